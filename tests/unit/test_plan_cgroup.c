/* SPDX-License-Identifier: MIT */
/* [cgroup]: which manager, which limits, and what is said when one cannot be held. */
#include <stdio.h>

#include "support.h"

TestSuite(plan_cgroup, .fini = leak_check);

#define UNITS "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice"
#define BUS "s /run/user/1000/systemd/private\n"
#define TREE "G /sys/fs/cgroup\n"
/* A shell in a terminal's scope: systemd's, whoever owns it. */
#define DESKTOP TREE BUS "g " UNITS "/term.scope -;memory pids;\ng " UNITS " -;cpu memory pids;memory pids\n"

static struct bench *with_runtime_dir(const char *profile, const char *machine)
{
	struct caller c = fake_caller();

	c.runtime_dir = "/run/user/1000";
	struct bench *b = bench_plan_as(&c, NULL, profile, machine);
	cr_assert(b->plan, "%s", bench_problems(b));
	return b;
}

#define CGROUP(b, profile, machine) _cleanup_bench_ struct bench *b = with_runtime_dir(profile, machine)

static const char *value(const struct bench *b, const char *file)
{
	vec_each (l, &b->plan->cgroup.limits)
		if (streq(l->file, file))
			return l->value;
	return NULL;
}

static rlim_t tasks(const struct bench *b)
{
	vec_each (r, &b->plan->rlimits)
		if (r->resource == RLIMIT_NPROC)
			return r->value.rlim_max;
	return 0;
}

Test(plan_cgroup, nothing_is_made_and_nothing_asked_without_a_key)
{
	PLAN(b, "", "");
	cr_assert_eq(b->plan->cgroup.via, CGROUP_NONE);
	b->host->cgroups = NULL; /* a question would end this test */
	struct plan *again;
	cr_assert_eq(plan_build(b->arena, b->profile, b->host, NULL, &again, &b->err), 0);
}

Test(plan_cgroup, values_as_the_kernel_writes_them)
{
	CGROUP(b, "[cgroup]\nmemory-max = 64M\nmemory-high = 50%\npids-max = 99\ncpu-max = 150%\ncpu-weight = 7\ncpus = 0-1,3\n"
		  "io-weight = 20\n", DESKTOP);
	cr_assert_str_eq(value(b, "memory.max"), "67108864");
	cr_assert_str_eq(value(b, "memory.high"), "2147418112", "half of 4 GiB, as whole pages of any size: %s", value(b, "memory.high"));
	cr_assert_str_eq(value(b, "memory.swap.max"), "0", "memory that goes to the disk instead is not bounded");
	cr_assert_str_eq(value(b, "memory.oom.group"), "1");
	cr_assert_str_eq(value(b, "pids.max"), "99");
	cr_assert_str_eq(value(b, "cpu.max"), "150000 100000");
	cr_assert_str_eq(value(b, "cpu.weight"), "7");
	cr_assert_str_eq(value(b, "cpuset.cpus"), "0-1,3");
	cr_assert_str_eq(value(b, "io.weight"), "default 20");
	vec_each (l, &b->plan->cgroup.limits)
		cr_assert(l->user && l->from.line, "%s", l->file);
}

Test(plan_cgroup, swap_may_be_given)
{
	CGROUP(b, "[cgroup]\nmemory-max = 64M\nswap-max = 1G\n", DESKTOP);
	cr_assert_str_eq(value(b, "memory.swap.max"), "1073741824");
}

Test(plan_cgroup, disks)
{
	static const char disk[] = DESKTOP "b /dev/sda1\nl /sys/dev/block/8:1 ../../devices/pci/sda/sda1\nd /sys/devices/pci/sda/sda1\n"
					   "f /sys/devices/pci/sda/sda1/partition 1\nf /sys/devices/pci/sda/dev 8:0\n";
	CGROUP(b, "[cgroup]\nio-max = /dev/sda1 wbps=1M riops=100\n", disk);
	cr_assert_str_eq(value(b, "io.max"), "8:0 wbps=1048576 riops=100", "the disk, not its partition");
	CGROUP(whole, "[cgroup]\nio-max = /dev/sda1 rbps=4096\n", DESKTOP "b /dev/sda1\n");
	cr_assert_str_eq(value(whole, "io.max"), "8:1 rbps=4096");
	REFUSED("[cgroup]\nio-max = /dev/null rbps=1M\n", "", 2, "not a disk");
	REFUSED("[cgroup]\nio-max = sda rbps=1M\n", "", 2, "not a disk: sda | DEVICE [rbps=N]");
	REFUSED("[cgroup]\nio-max = /dev/sda1\n", "b /dev/sda1\n", 2, "no limit for /dev/sda1");
	REFUSED("[cgroup]\nio-max = /dev/sda1 rbps=0\n", "b /dev/sda1\n", 2, "not a limit of a disk: rbps=0");
	REFUSED("[cgroup]\nio-max = /dev/sda1 riops=1M\n", "b /dev/sda1\n", 2, "not a limit of a disk: riops=1M");
	REFUSED("[cgroup]\nio-max = /dev/sda1 rbps=99999999T\n", "b /dev/sda1\n", 2, "not a limit of a disk");
	REFUSED("[cgroup]\nio-max = /dev/sda1 speed=1\n", "b /dev/sda1\n", 2, "not a limit of a disk: speed=1");
}

Test(plan_cgroup, lists_of_cpus)
{
	static const char *const wrong[] = { "a", "1-", "-1", "3-1", "1,,2", "1,", "0-99999", "1;2", "+1" };

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		char profile[64];

		(void)snprintf(profile, sizeof(profile), "[cgroup]\ncpus = %s\n", wrong[i]);
		REFUSED(profile, "", 2, "not a list of CPUs");
	}
}

Test(plan_cgroup, a_limit_holds_when_the_file_says_so)
{
	static const char disks[] = "8:0 rbps=max wbps=1048576 riops=max wiops=max\n8:16 rbps=4096 wbps=max riops=100 wiops=max\n";
	static const struct {
		const char *text, *words;
		bool holds;
	} files[] = {
		{ "67108864\n", "67108864", true },
		{ "67108864\n", "6710886", false },
		{ "6710886\n", "67108864", false },
		{ "max 100000\n", "150000 100000", false },
		{ "150000 100000\n", "150000 100000", true },
		{ "default 20\n8:0 30\n", "default 20", true },
		{ "default 30\n8:0 20\n", "default 20", false },
		{ disks, "8:16 riops=100", true },
		{ disks, "8:0 riops=100", false },
		{ disks, "8:0 wbps=1048576", true },
		{ disks, "8:1 wbps=1048576", false },
		{ "", "0", false },
		{ "\n", "0", false },
		{ "cpuset cpu io memory pids\n", "cpu", true },
		{ "cpuset memory pids\n", "cpu", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		cr_assert_eq(cgroup_line_holds(files[i].text, files[i].words), files[i].holds, "%s in %s", files[i].words, files[i].text);
}

Test(plan_cgroup, cpus_hold_when_none_other_is_in_effect)
{
	static const struct {
		const char *effective, *wanted;
		bool holds;
	} lists[] = {
		{ "0\n", "0", true },
		{ "0-3\n", "0-3", true },
		{ "0-1\n", "0-3", true },
		{ "1,3-5\n", "3-8,0-1", true },
		{ "0-1\n", "9", false },
		{ "0-3\n", "0-1,3", false },
		{ "2,10-11\n", "2,10", false },
		{ "1\n", "10-19", false },
		{ "0-1\n", "1", false },
		{ "\n", "0", false },
		{ "", "0", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		cr_assert_eq(cgroup_cpus_hold(lists[i].effective, lists[i].wanted), lists[i].holds, "%s of %s", lists[i].wanted,
			     lists[i].effective);
}

Test(plan_cgroup, a_subtree_that_hands_down_what_is_needed)
{
	CGROUP(b, "[cgroup]\nmemory-max = 64M\n", TREE BUS "g /sys/fs/cgroup/mine/shell -;memory;\ng /sys/fs/cgroup/mine -;memory pids;memory\n");
	cr_assert_eq(b->plan->cgroup.via, CGROUP_SUBTREE, "no round trip to systemd is needed");
	cr_assert_str_eq(b->plan->cgroup.base, "/sys/fs/cgroup/mine");
	cr_assert(!b->plan->cgroup.leaves && !b->plan->cgroup.enable);
}

Test(plan_cgroup, a_subtree_above_is_told_to_hand_down)
{
	CGROUP(b, "[cgroup]\ncpu-max = 50%\n", TREE "g /sys/fs/cgroup/mine/shell -;memory;\ng /sys/fs/cgroup/mine -;cpu memory;memory\n");
	cr_assert_str_eq(b->plan->cgroup.base, "/sys/fs/cgroup/mine");
	cr_assert_str_eq(b->plan->cgroup.enable, "+cpu");
}

Test(plan_cgroup, a_group_with_other_processes_is_not_divided)
{
	static const char shared[] = TREE "g /sys/fs/cgroup/mine -;memory pids;\n", alone[] = TREE "g /sys/fs/cgroup/mine a;memory pids;\n";

	CGROUP(b, "[cgroup]\nmemory-max = 64M\n", alone);
	cr_assert_eq(b->plan->cgroup.via, CGROUP_SUBTREE);
	cr_assert(b->plan->cgroup.leaves, "the supervisor moves out of the way");
	cr_assert_str_eq(b->plan->cgroup.enable, "+memory +pids");
	CGROUP(other, "[cgroup]\nmemory-max = 64M\n", shared);
	cr_assert(!other->plan->cgroup.leaves);
	cr_assert_eq(other->err.warnings, 0, "what can be had is seen when it is written: %s", bench_problems(other));
}

Test(plan_cgroup, units_of_systemd_are_its_own_unless_delegated)
{
	static const char delegated[] = TREE BUS "g " UNITS "/run.scope da;memory pids;\ng " UNITS " -;memory pids;memory pids\n";

	CGROUP(b, "[cgroup]\nmemory-max = 64M\n", DESKTOP);
	cr_assert_eq(b->plan->cgroup.via, CGROUP_SYSTEMD, "the caller owns the slice, and must not divide it");
	cr_assert_str_eq(b->plan->cgroup.name, "sbox-t");
	cr_assert(b->plan->cgroup.leaves);
	CGROUP(scope, "[cgroup]\nmemory-max = 64M\n", delegated);
	cr_assert_eq(scope->plan->cgroup.via, CGROUP_SUBTREE);
	cr_assert_str_eq(scope->plan->cgroup.base, UNITS "/run.scope");
	/* nothing above a unit */
	CGROUP(inner, "[cgroup]\nmemory-max = 64M\n",
	       TREE BUS "g /sys/fs/cgroup/a/x.service -;memory;\ng /sys/fs/cgroup/a -;memory;memory\n");
	cr_assert_eq(inner->plan->cgroup.via, CGROUP_SYSTEMD);
}

Test(plan_cgroup, systemd_is_asked_for_what_is_needed)
{
	CGROUP(b, "[cgroup]\nmemory-max = 64M\ncpus = 0\ncpu-max = 50%\ncpu-weight = 3\n", DESKTOP);
	const char *const want[] = { "memory", "pids", "cpu", "cpuset" };

	for (size_t i = 0; i < ARRAY_SIZE(want); i++)
		cr_assert_str_eq(b->plan->cgroup.controllers[i], want[i]);
	cr_assert_null(b->plan->cgroup.controllers[ARRAY_SIZE(want)]);
}

Test(plan_cgroup, nobody_can_hold_it_one_line_says_so)
{
	CGROUP(b, "[cgroup]\nmemory-max = 64M\npids-max = 50\ncpu-max = 50%\n", TREE);
	cr_assert_eq(b->plan->cgroup.via, CGROUP_NONE);
	cr_assert_eq(b->err.problems.n, 1, "%s", bench_problems(b));
	cr_assert(strstr(bench_problems(b), "2: memory-max: cannot be held: "), "%s", bench_problems(b));
	cr_assert(strstr(bench_problems(b), "continuing without memory-max, cpu-max"), "%s", bench_problems(b));
	cr_assert(strstr(bench_problems(b), "loginctl enable-linger u"), "%s", bench_problems(b));
	cr_assert_eq(tasks(b), 50, "pids-max is held as a resource limit");
}

Test(plan_cgroup, a_lower_limit_of_the_profile_stays)
{
	CGROUP(b, "[cgroup]\npids-max = 50\n[rlimits]\nnproc = 20\n", TREE);
	cr_assert_eq(tasks(b), 20);
	CGROUP(more, "[cgroup]\npids-max = 50\n[rlimits]\nnproc = 200\n", TREE);
	cr_assert_eq(tasks(more), 50);
}

Test(plan_cgroup, required_and_not_to_be_had)
{
	REFUSED("[profile]\nrequire = cgroup\n", "", 2, "no line of [cgroup] says which limit");
	REFUSED("[profile]\nrequire = cgroup\n[cgroup]\nmemory-max = 64M\n", TREE, 4, "none can be made");
	REFUSED("[profile]\nrequire = cgroup\n[cgroup]\nmemory-max = 64M\n", "", 4, "no version 2 control groups");
	REFUSED("[profile]\nrequire = cgroup\n[cgroup]\nmemory-max = 64M\nmanager = none\n", DESKTOP, 4, "manager = none");
}

Test(plan_cgroup, managers_by_name)
{
	CGROUP(b, "[cgroup]\nmemory-max = 64M\nmanager = none\npids-max = 9\n", DESKTOP);
	cr_assert_eq(b->plan->cgroup.via, CGROUP_NONE);
	cr_assert_eq(b->err.problems.n, 0, "it was asked for: %s", bench_problems(b));
	cr_assert_eq(tasks(b), 9);
	CGROUP(systemd, "[cgroup]\nmanager = systemd\n", TREE BUS "g /sys/fs/cgroup/mine a;memory;\n");
	cr_assert_eq(systemd->plan->cgroup.via, CGROUP_SYSTEMD, "a cgroup without limits, to be frozen");
	CGROUP(subtree, "[cgroup]\nmanager = subtree\n", TREE BUS "g /sys/fs/cgroup/mine -;;\n");
	cr_assert_eq(subtree->plan->cgroup.via, CGROUP_SUBTREE);
	cr_assert_str_eq(subtree->plan->cgroup.base, "/sys/fs/cgroup/mine");
}

Test(plan_cgroup, a_manager_by_name_that_cannot_serve_is_announced)
{
	CGROUP(b, "[cgroup]\nmanager = systemd\n", TREE);
	cr_assert_eq(b->plan->cgroup.via, CGROUP_NONE);
	cr_assert(strstr(bench_problems(b), "no control group can be made: no systemd of the user"), "%s", bench_problems(b));
	cr_assert(strstr(b->err.problems.v[0].remedy, "loginctl enable-linger"));
}

Test(plan_cgroup, version_1_is_the_cause_whatever_else_is_missing)
{
	static const char *const managers[] = { "auto", "systemd", "subtree" };

	for (size_t i = 0; i < ARRAY_SIZE(managers); i++) {
		char text[100];

		(void)snprintf(text, sizeof(text), "[cgroup]\nmemory-max = 64M\nmanager = %s\n", managers[i]);
		CGROUP(b, text, "V .\n" TREE);
		cr_assert(strstr(bench_problems(b), cgroup_version_1), "%s: %s", text, bench_problems(b));
		cr_assert_str_eq(b->err.problems.v[0].remedy, cgroup_version_1_remedy);
	}
}

Test(plan_cgroup, slices)
{
	CGROUP(b, "[cgroup]\nslice = games\n", TREE BUS "g /sys/fs/cgroup/mine a;memory;\n");
	cr_assert_eq(b->plan->cgroup.via, CGROUP_SYSTEMD, "slices are systemd's");
	cr_assert_str_eq(b->plan->cgroup.slice, "games.slice");
	REFUSED("[cgroup]\nslice = ../x\n", DESKTOP, 2, "not the name of a slice");
	REFUSED("[cgroup]\nslice = a--b.slice\n", DESKTOP, 2, "not the name of a slice");
	REFUSED("[cgroup]\nslice = games\nmanager = subtree\n", DESKTOP, 2, "slices are systemd's");
}

Test(plan_cgroup, names_have_no_more_than_systemd_takes)
{
	struct caller c = fake_caller();

	c.runtime_dir = "/run/user/1000";
	_cleanup_bench_ struct bench *b = bench_plan_as(&c, NULL, "[cgroup]\nmanager = systemd\n", DESKTOP);
	struct profile other = *b->profile;
	struct plan *plan;

	other.name = "a/b c+\n@x";
	cr_assert_eq(plan_build(b->arena, &other, b->host, NULL, &plan, &b->err), 0);
	cr_assert_str_eq(plan->cgroup.name, "sbox-a_b_c___x");
}
