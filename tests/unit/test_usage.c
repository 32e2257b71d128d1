/* SPDX-License-Identifier: MIT */
/* From the kernel's counters to sentences: what a run used, and which limit ended it. */
#include <criterion/criterion.h>
#include <errno.h>

#include "base/dirs.h"
#include "launch/launch.h"
#include "launch_fixture.h"

const char shipped_apparmor_profile[] = "/nonexistent/apparmor";
const char scope_helper[] = "";

static void set_up(void)
{
	launch_open();
	plan = (struct plan){ .arena = arena };
	vec_push(arena, &plan.cgroup.limits,
		 (struct cgroup_limit){ .key = "memory-max", .controller = "memory", .file = "memory.max", .value = "67108864",
					.from = { "web.ini", 3, "memory-max" } });
	vec_push(arena, &plan.cgroup.limits,
		 (struct cgroup_limit){ .key = "pids-max", .controller = "pids", .file = "pids.max", .value = "20", .from = { "web.ini", 4, "pids-max" } });
	l = (struct launch){ .err = &err };
	l.cgroup.has_stats = true;
	l.cgroup.stats = (struct cgroup_stats){ .memory = -1, .memory_peak = 67108864, .tasks = -1, .tasks_peak = 20, .cpu_ns = 5000 };
}

TestSuite(usage, .init = set_up, .fini = launch_close);

static const char *explained(void)
{
	err_init(&err, arena);
	limits_explain(&plan, &l, &err);
	return err.problems.n ? err.problems.v[0].text : "";
}

Test(usage, sizes_for_a_human)
{
	cr_assert_str_eq(size_human(arena, 0), "0 KiB");
	cr_assert_str_eq(size_human(arena, 512), "0.5 KiB");
	cr_assert_str_eq(size_human(arena, 67108864), "64 MiB");
	cr_assert_str_eq(size_human(arena, INT64_C(3) << 29), "1.5 GiB");
	cr_assert_str_eq(size_human(arena, INT64_C(1) << 52), "4096 TiB");
}

Test(usage, out_of_memory_names_the_limit_that_was_met)
{
	cr_assert_str_eq(explained(), "");
	l.cgroup.stats.oom_kills = 1;
	l.cgroup.stats.oom = 1;
	cr_assert_str_eq(explained(), "out of memory: peak 64 MiB of memory-max 64 MiB (web.ini:3)");
	l.cgroup.stats.memory_peak = -1; /* kernels before 5.19 */
	cr_assert_str_eq(explained(), "out of memory: memory-max 64 MiB (web.ini:3)");
}

/* Somebody else's limit, or none. */
Test(usage, out_of_memory_blames_no_limit_that_was_not_met)
{
	l.cgroup.stats.oom_kills = 1;
	cr_assert_str_eq(explained(), "out of memory: peak 64 MiB, and the memory of the machine, or of the group around the sandbox, was used up");
	l.cgroup.stats.oom = 1;
	l.cgroup.missed[0] = ENOENT;
	plan.cgroup.slice = "work.slice";
	cr_assert_str_eq(explained(), "out of memory: peak 64 MiB, and the limit of work.slice, or the machine's memory, was reached");
	l.cgroup.has_stats = false;
	cr_assert_str_eq(explained(), "");
}

Test(usage, tasks_that_were_refused_are_counted)
{
	l.cgroup.stats.tasks_refused = 1;
	cr_assert_str_eq(explained(), "the limit of 20 tasks was reached: 1 more was refused");
	l.cgroup.stats.tasks_refused = 3;
	cr_assert_str_eq(explained(), "the limit of 20 tasks was reached: 3 more were refused");
	cr_assert_eq(err.problems.v[0].from.line, 4);
	l.cgroup.missed[1] = ENOENT;
	cr_assert_str_eq(explained(), "");
}

Test(usage, what_a_run_used_is_the_groups_where_there_is_one)
{
	struct launch_usage u;

	err_init(&u.notes, arena);
	l.rusage.ru_utime.tv_sec = 2;
	l.rusage.ru_stime.tv_usec = 500;
	l.rusage.ru_maxrss = 1024;
	usage_fill(&plan, &l, &u);
	cr_assert(u.cpu_ns == 5000 && u.memory_peak == 67108864 && u.tasks_peak == 20 && u.largest_process == 1048576);
	cr_assert_eq(u.notes.problems.n, 0);
	l.cgroup.has_stats = false;
	usage_fill(&plan, &l, &u);
	cr_assert(u.cpu_ns == INT64_C(2000500000) && u.memory_peak == -1 && u.tasks_peak == -1);
}

/* A shipped profile's limits: who asks for more words hears of them. */
Test(usage, what_a_profile_wished_and_does_not_hold_is_a_note)
{
	struct launch_usage u;

	err_init(&u.notes, arena);
	plan.cgroup.limits.v[1].user = true; /* was said at the start */
	l.cgroup.missed[0] = l.cgroup.missed[1] = ENOENT;
	usage_fill(&plan, &l, &u);
	cr_assert_eq(u.notes.problems.n, 1);
	cr_assert_eq(u.notes.errors, 0);
	cr_assert_eq(u.notes.problems.v[0].from.line, 3);
}
