/* SPDX-License-Identifier: MIT */
/* Problems, as the user reads them. */
#include <criterion/criterion.h>
#include <errno.h>
#include <unistd.h>

#include "base/err.h"
#include "base/errno_name.h"
#include "base/fd.h"
#include "leak_check.h"

static struct arena *a;
static struct err e;

static void setup(void)
{
	a = arena_new();
	err_init(&e, a);
}

static void teardown(void)
{
	arena_free(a);
	leak_check();
}

TestSuite(err, .init = setup, .fini = teardown);

static const struct origin line = { "web.ini", 12, "rw" };

static const char *printed(size_t max)
{
	int fds[2];
	char *text;

	cr_assert_eq(pipe(fds), 0);
	err_print(&e, fds[1], max);
	close(fds[1]);
	cr_assert_eq(fd_read_all(fds[0], a, 1 << 16, &text, NULL), 0);
	close(fds[0]);
	return text;
}

Test(err, an_origin_is_a_place_to_look)
{
	cr_assert_str_eq(origin_text(a, line), "web.ini:12: rw");
	cr_assert_str_eq(origin_text(a, (struct origin){ "web.ini", 12, NULL }), "web.ini:12");
	cr_assert_str_eq(origin_text(a, (struct origin){ "option --net", 0, "mode" }), "option --net");
	cr_assert_str_eq(origin_text(a, NO_ORIGIN), "");
}

Test(err, what_is_returned_can_be_returned)
{
	cr_assert_eq(err_add(&e, line, "%s is wrong", "it"), -EINVAL);
	cr_assert_eq(err_sys(&e, line, EACCES, "cannot open %s", "it"), -EACCES);
	cr_assert_eq(e.errors, 2);
	cr_assert_eq(e.warnings, 0);
}

Test(err, where_what_why_and_what_to_do)
{
	err_sys(&e, line, EACCES, "cannot mount %s", "/srv");
	err_remedy(&e, "chmod %s", "+x");
	cr_assert_str_eq(printed(0), "sbox: web.ini:12: rw: cannot mount /srv: Permission denied\n  remedy: chmod +x\n");
}

Test(err, a_warning_says_that_it_is_one)
{
	err_warn(&e, NO_ORIGIN, "odd");
	cr_assert_str_eq(printed(0), "sbox: warning: odd\n");
	cr_assert_eq(e.errors, 0);
	cr_assert_eq(e.warnings, 1);
}

Test(err, only_the_first_ones_where_that_is_asked_for)
{
	for (int i = 0; i < 5; i++)
		err_add(&e, NO_ORIGIN, "%d", i);
	cr_assert_str_eq(printed(2), "sbox: 0\nsbox: 1\n");
	cr_assert_str_eq(printed(5), printed(0));
}

Test(err, a_remedy_belongs_to_the_last_problem)
{
	err_remedy(&e, "for nothing");
	err_add(&e, NO_ORIGIN, "first");
	err_add(&e, NO_ORIGIN, "second");
	err_remedy(&e, "this");
	cr_assert_null(e.problems.v[0].remedy);
	cr_assert_str_eq(e.problems.v[1].remedy, "this");
}

Test(err, nothing_hostile_reaches_the_terminal)
{
	err_add(&e, (struct origin){ "\x1b[1m.ini", 1, NULL }, "a\nsbox: all is well\x9b");
	err_remedy(&e, "rm \x1b]0;x\x07");
	cr_assert_str_eq(printed(0),
			 "sbox: \\x1b[1m.ini:1: a\\x0asbox: all is well\\x9b\n  remedy: rm \\x1b]0;x\\x07\n");
}

Test(err, errors_have_names_both_ways)
{
	const char *name;
	size_t n = 0;

	for (; (name = errno_name_at(n, NULL)); n++)
		cr_assert_str_eq(errno_name(errno_number(name)), name);
	cr_assert_gt(n, 50);
	cr_assert_eq(errno_number("EPERM"), EPERM);
	cr_assert_eq(errno_number("ENOSYS"), ENOSYS);
	cr_assert_eq(errno_number("EPER"), -1);
	cr_assert_null(errno_name(0));
}
