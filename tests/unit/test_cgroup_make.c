/* SPDX-License-Identifier: MIT */
/* What is said, and what is held in another way, when no control group can be made. */
#include <criterion/criterion.h>
#include <errno.h>

#include "base/dirs.h"
#include "launch_fixture.h"

const char scope_helper[] = "";

static void set_up(void)
{
	launch_open();
	/* It was a group of the kernel's when the plan was made. */
	plan = (struct plan){ .arena = arena, .cgroup = { .via = CGROUP_SUBTREE, .base = "/nonexistent", .name = "sbox-web",
							  .from = { "web.ini", 7, NULL } } };
	l = (struct launch){ .err = &err, .cgroup_fd = -EBADF, .cgroup = { .base = -EBADF, .inner = -EBADF, .kill = -EBADF,
									   .own_procs = -EBADF, .own_control = -EBADF } };
}

TestSuite(cgroup_make, .init = set_up, .fini = launch_close);

static void limit(const char *key, const char *file, bool user)
{
	vec_push(arena, &plan.cgroup.limits,
		 (struct cgroup_limit){ .key = key, .controller = "", .file = file, .value = "1", .user = user, .from = { "web.ini", 8, key } });
}

/* What is said of it, whole. */
static const char *said(void)
{
	cr_assert_eq(err.problems.n, 1);
	return err.problems.v[0].text;
}

Test(cgroup_make, what_the_user_asked_for_is_named_once)
{
	limit("memory-max", "memory.max", true);
	limit("memory-max", "memory.swap.max", true);
	limit("pids-max", "pids.max", true);
	limit("cpus", "cpuset.cpus", true);
	limit("cpu-max", "cpu.max", true);
	plan.cgroup.tasks = 50;
	cr_assert_eq(cgroup_make(&plan, &l), 0);
	cr_assert_str_eq(said(), "no cgroup could be made: No such file or directory, continuing without memory-max, cpus, cpu-max");
	cr_assert_eq(err.errors, 0);
	cr_assert(l.cgroup.tasks_unbound, "a resource limit has to hold the tasks");
	for (size_t i = 0; i < plan.cgroup.limits.n; i++)
		cr_assert_eq(l.cgroup.missed[i], ENOENT);
}

Test(cgroup_make, what_holds_in_another_way_is_not_lost)
{
	limit("pids-max", "pids.max", true);
	limit("memory-max", "memory.max", false);
	plan.cgroup.tasks = 50;
	cr_assert_eq(cgroup_make(&plan, &l), 0);
	cr_assert_eq(err.problems.n, 0, "and a shipped profile's limits are a matter of sbox -v");
	cr_assert(l.cgroup.tasks_unbound);
}

Test(cgroup_make, without_a_limit_the_group_itself_was_asked_for)
{
	cr_assert_eq(cgroup_make(&plan, &l), 0);
	cr_assert_str_eq(said(), "no cgroup could be made: No such file or directory, continuing without one");
}

Test(cgroup_make, what_is_required_is_an_error)
{
	limit("pids-max", "pids.max", false);
	plan.cgroup.required = true;
	cr_assert_eq(cgroup_make(&plan, &l), -ENOENT);
	cr_assert_str_eq(said(), "cgroup is required, and none could be made: No such file or directory");
	cr_assert(err.errors == 1 && err.problems.v[0].from.line == 7);
}

Test(cgroup_make, a_base_that_is_no_group_takes_no_directory)
{
	plan.cgroup.base = "/var/tmp";
	limit("memory-max", "memory.max", true);
	cr_assert_eq(cgroup_make(&plan, &l), 0);
	cr_assert_eq(l.cgroup_fd, -EBADF);
	cr_assert_eq(err.warnings, 1);
}

static const struct problem *missed(int error, bool is_error)
{
	err_init(&err, arena);
	cgroup_missed(&plan, 0, error, is_error, &err);
	cr_assert_eq(err.problems.n, 1);
	return &err.problems.v[0];
}

/* Why a limit does not hold, and what can be done about it where something can. */
Test(cgroup_make, a_limit_that_does_not_hold_has_its_cause)
{
	vec_push(arena, &plan.cgroup.limits,
		 (struct cgroup_limit){ .key = "io-weight", .controller = "io", .file = "io.weight", .value = "default 20",
					.from = { "web.ini", 8, "io-weight" } });
	const struct problem *p = missed(EREMOTEIO, false);
	cr_assert_str_eq(p->text, "io.weight default 20 does not hold: the kernel took another value, continuing without it");
	cr_assert(p->from.line == 8 && !p->remedy && !err.errors);
	p = missed(EACCES, true);
	cr_assert_str_eq(p->text, "cgroup is required, and this limit does not hold (io.weight default 20): Permission denied");
	cr_assert(!p->remedy && err.errors == 1);
	p = missed(ENOTSUP, false);
	cr_assert_str_eq(p->text, "io.weight default 20 does not hold: this kernel has no io.weight, continuing without it");
	cr_assert(strstr(p->remedy, "CONFIG_BLK_CGROUP_IOCOST"));
	p = missed(ENOENT, false);
	cr_assert(strstr(p->text, "the controller io was not handed down") && strstr(p->remedy, "+io"));
	plan.cgroup.via = CGROUP_SYSTEMD;
	cr_assert(strstr(missed(ENOENT, false)->remedy, "Delegate=cpu cpuset io memory pids"));
	plan.cgroup.version_1 = true;
	p = missed(ENOENT, false);
	cr_assert(strstr(p->text, cgroup_version_1) && strstr(p->remedy, cgroup_version_1_remedy));
}
