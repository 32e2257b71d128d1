/* SPDX-License-Identifier: MIT */
/* The command, where it starts, its terminal and its descriptors. */
#include "support.h"

TestSuite(plan_process, .fini = leak_check);

static struct bench *plan_in(const char *cwd, const char *profile, const char *machine)
{
	struct caller c = fake_caller();

	c.cwd = cwd;
	struct bench *b = bench_plan_as(&c, NULL, profile, machine);
	cr_assert(b->plan, "%s", bench_problems(b));
	return b;
}

static void starts_in(const char *expected, const char *cwd, const char *profile, const char *machine)
{
	struct bench *b = plan_in(cwd, profile, machine);

	cr_assert_str_eq(b->plan->cwd, expected, "%s", profile);
	bench_free(b);
}

Test(plan_process, the_command_is_taken_as_it_is)
{
	char *argv[] = { (char[]){ "tool" }, (char[]){ "" }, (char[]){ "-x y" }, NULL };
	struct bench *b = bench_plan_as(NULL, argv, "", "");

	for (size_t i = 0; i < 3; i++)
		cr_assert_str_eq(b->plan->argv[i], argv[i]);
	cr_assert_null(b->plan->argv[3]);
	bench_free(b);
	PLAN(none, "", "");
	cr_assert_null(none->plan->argv[0]);
}

Test(plan_process, it_starts_in_the_current_directory_when_that_is_visible)
{
	starts_in("/home/u/p", "/home/u/p", "[files]\ncwd = ro\n", "");
	starts_in("/home/u/p/deep", "/home/u/p/deep", "[files]\nrw = ~/p\n", "d /home/u/p/deep\n");
	starts_in("/usr/lib", "/usr/lib", "[files]\nsystem = host\n", "");
	starts_in("/tmp", "/tmp", "[files]\nsystem = host\n", "d /tmp\n");
}

Test(plan_process, also_below_a_directory_that_is_pinned)
{
	starts_in("/home/u/p/.git/refs", "/home/u/p/.git/refs", "[files]\nrw = ~/p\nro = ~/p/.git/hooks\n",
		  "d /home/u/p/.git/refs\nd /home/u/p/.git/hooks\n");
}

Test(plan_process, else_in_the_home_else_in_the_root)
{
	starts_in("/home/u", "/home/u/p", "[files]\nsystem = host\n", "");
	starts_in("/home/u", NULL, "[files]\nsystem = host\n", "");
	starts_in("/", "/home/u/p", "", "");
	starts_in("/", "/home/u/p", "[files]\nro = /srv/f:/home/u\n", "f /srv/f\n");
}

Test(plan_process, another_directory_at_that_path_is_another_directory)
{
	starts_in("/home/u/p", "/home/u/p", "[files]\nrw = /srv:/home/u/p\n", "d /srv\n");
	starts_in("/home/u", "/home/u/p/deep", "[files]\nrw = /srv:/home/u/p\n", "d /srv\nd /home/u/p/deep\n");
}

Test(plan_process, nor_does_it_start_in_what_is_hidden)
{
	starts_in("/home/u", "/home/u/p/x", "[files]\nhome = host\nhide = /home/u/p\n", "d /home/u/p/x\n");
}

Test(plan_process, descriptors_are_open_sorted_and_told_once)
{
	PLAN(b, "[process]\npass-fds = 9 3 2 9\npass-fds = 5\n", "p fd 2\np fd 3\np fd 5\np fd 9\n");
	cr_assert_eq(b->plan->pass_fds.n, 3, "0 to 2 are passed anyway");
	cr_assert_eq(b->plan->pass_fds.v[0], 3);
	cr_assert_eq(b->plan->pass_fds.v[1], 5);
	cr_assert_eq(b->plan->pass_fds.v[2], 9);
	REFUSED("[process]\npass-fds = 7\n", "", 2, "descriptor 7 is not open");
	REFUSED("[process]\npass-fds = 7x\n", "", 2, "not a descriptor");
	REFUSED("[process]\npass-fds = -1\n", "", 2, "not a descriptor");
	REFUSED("[process]\npass-fds = 99999999999999999999\n", "", 2, "not a descriptor");
}

Test(plan_process, what_becomes_of_a_terminal)
{
	PLAN(none, "[process]\ntty = none\n", "p tty 7\n");
	cr_assert_eq(none->plan->tty, TTY_NONE);
	cr_assert(none->plan->stdio_tty);
	PLAN(pipe, "[process]\ntty = inherit\n", "p tty 0\n");
	cr_assert_eq(pipe->plan->tty, TTY_INHERIT);
	cr_assert(!pipe->plan->stdio_tty);
	PLAN(one, "[process]\ntty = inherit\n", "p tty 4\n");
	cr_assert(one->plan->stdio_tty, "standard error alone");
	cr_assert_eq(one->plan->tty_fds, 4);
}

Test(plan_process, what_happens_at_the_end)
{
	PLAN(b, "", "");
	cr_assert_eq(b->plan->on_exit, ON_EXIT_KILL);
	cr_assert_eq(b->plan->on_unmask, ON_UNMASK_WARN);
	PLAN(other, "[process]\non-exit = wait\non-unmask = kill\n", "");
	cr_assert_eq(other->plan->on_exit, ON_EXIT_WAIT);
	cr_assert_eq(other->plan->on_unmask, ON_UNMASK_KILL);
}
