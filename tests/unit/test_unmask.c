/* SPDX-License-Identifier: MIT */
/* Names that are masked or protected are watched on a real file system. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "report/unmask.h"
#include "support.h"

static struct arena *arena;
static struct err err;
static struct plan plan;
static struct unmask u;
static char dir[] = "/tmp/sbox-unmask-XXXXXX";

static void setup(void)
{
	arena = arena_new();
	err_init(&err, arena);
	plan = (struct plan){ .arena = arena };
	cr_assert(mkdtemp(dir));
}

static void teardown(void)
{
	unmask_close(&u);
	cr_assert_eq(system(arena_printf(arena, "rm -rf %s", dir)), 0);
	arena_free(arena);
	leak_check();
}

TestSuite(unmask, .init = setup, .fini = teardown);

static const char *at(const char *name)
{
	return arena_printf(arena, "%s/%s", dir, name);
}

static void put(const char *name)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	cr_assert(fd >= 0 && write(fd, "x", 1) == 1 && close(fd) == 0, "%s", name);
}

static void move(const char *from, const char *to)
{
	cr_assert_eq(rename(at(from), at(to)), 0);
}

/* A name as the plan sees it now. */
static void watch(const char *name)
{
	struct plan_watch w = { .path = at(name), .from = { "t.ini", 7, "hide" } };
	struct stat st;

	if (stat(w.path, &st) == 0) {
		w.dev = makedev(major(st.st_dev), minor(st.st_dev));
		w.ino = st.st_ino;
	} else {
		w.missing = true;
	}
	vec_push(arena, &plan.watches, w);
}

Test(unmask, nothing_to_watch_costs_nothing)
{
	cr_assert_eq(unmask_open(&u, &plan, &err), 0);
	cr_assert_lt(u.fd, 0);
}

Test(unmask, a_replaced_file_is_said_once_with_its_line)
{
	put(".env");
	watch(".env");
	cr_assert_eq(unmask_open(&u, &plan, &err), 0);
	put("new");
	move("new", ".env");
	cr_assert_eq(unmask_read(&u, &err), 1);
	cr_assert_str_eq(err.problems.v[0].from.file, "t.ini");
	cr_assert_eq(err.problems.v[0].from.line, 7);
	cr_assert_not_null(strstr(err.problems.v[0].text, at(".env")));
	cr_assert_not_null(err.problems.v[0].remedy);
	put("again");
	move("again", ".env");
	cr_assert_eq(unmask_read(&u, &err), 0);
}

Test(unmask, what_happens_to_the_object_itself_is_no_replacement)
{
	put(".env");
	watch(".env");
	cr_assert_eq(unmask_open(&u, &plan, &err), 0);
	put(".env");
	cr_assert_eq(chmod(at(".env"), 0400), 0);
	put("other");
	put(".env2");
	put("x.env");
	cr_assert_eq(unmask_read(&u, &err), 0);
	cr_assert_eq(unlink(at(".env")), 0);
	cr_assert_eq(unmask_read(&u, &err), 0, "gone is gone");
	put(".env");
	cr_assert_eq(unmask_read(&u, &err), 1, "made anew it is another object");
}

Test(unmask, a_missing_name_is_said_when_it_appears)
{
	watch(".git/hooks");
	cr_assert_eq(unmask_open(&u, &plan, &err), 0);
	cr_assert_eq(mkdir(at(".git"), 0700), 0);
	cr_assert_eq(unmask_read(&u, &err), 0, "a directory on the way is not yet it");
	cr_assert_eq(mkdir(at(".git/hooks"), 0700), 0);
	cr_assert_eq(unmask_read(&u, &err), 1);
}

Test(unmask, or_when_all_of_the_way_appears_at_once)
{
	watch(".git/hooks");
	cr_assert_eq(mkdir(at("made"), 0700), 0);
	cr_assert_eq(mkdir(at("made/hooks"), 0700), 0);
	cr_assert_eq(unmask_open(&u, &plan, &err), 0);
	move("made", ".git");
	cr_assert_eq(unmask_read(&u, &err), 1);
}

Test(unmask, what_changed_before_it_was_watched_is_said_at_once)
{
	put("a");
	watch("a");
	watch("b");
	put("new");
	move("new", "a");
	put("b");
	cr_assert_eq(unmask_open(&u, &plan, &err), 2);
	cr_assert_eq(u.found, 2);
	cr_assert_eq(err.warnings, 2);
}

Test(unmask, two_names_in_one_directory_are_told_apart)
{
	put("a");
	put("b");
	watch("a");
	watch("b");
	cr_assert_eq(unmask_open(&u, &plan, &err), 0);
	put("new");
	move("new", "b");
	cr_assert_eq(unmask_read(&u, &err), 1);
	cr_assert_not_null(strstr(err.problems.v[0].text, at("b")));
}

Test(unmask, a_directory_that_cannot_be_watched_is_a_warning)
{
	char *path = arena_alloc(arena, PATH_MAX + 2);

	memset(path, 'x', PATH_MAX + 1);
	path[0] = '/';
	vec_push(arena, &plan.watches, (struct plan_watch){ .path = path, .missing = true });
	cr_assert_eq(unmask_open(&u, &plan, &err), 1);
	cr_assert_not_null(strstr(err.problems.v[0].text, "would go unnoticed"));
}

Test(unmask, nothing_appears_below_a_file)
{
	put("file");
	vec_push(arena, &plan.watches, (struct plan_watch){ .path = at("file/below"), .missing = true });
	cr_assert_eq(unmask_open(&u, &plan, &err), 0);
}
