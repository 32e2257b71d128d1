/* SPDX-License-Identifier: MIT */
#include "profile_support.h"

TestSuite(profile_number, .init = world_open, .fini = world_close);

static const struct value *value_of(const char *section, const char *line)
{
	char *name = arena_strndup(w->arena, line, strcspn(line, " ="));

	assert_loads(arena_printf(w->arena, "[%s]\n%s\n", section, line));
	return &profile_get(w->profile, key_find(section, name))->v;
}

static void refuse(const char *section, const char *line, const char *message)
{
	assert_refused(arena_printf(w->arena, "[%s]\n%s\n", section, line), message);
}

Test(profile_number, sizes_and_shares)
{
	cr_assert_eq(value_of("files", "tmp-size = 64M")->number, 64 << 20);
	cr_assert_eq(value_of("files", "tmp-size = 1048576")->number, 1 << 20);
	cr_assert_eq(value_of("files", "tmp-size = 2T")->number, 2LL << 40);
	const struct value *v = value_of("files", "tmp-size = 50%");
	cr_assert(v->percent);
	cr_assert_eq(v->number, 50);
}

Test(profile_number, units_that_do_not_exist)
{
	refuse("files", "tmp-size = 10MB", "t.ini:2: tmp-size: unknown unit \"MB\"");
	cr_assert(said("did you mean \"M\"? (K, M, G or T)"));
	refuse("files", "tmp-size = 10m", "did you mean \"M\"?");
	refuse("process", "timeout = 10M", "did you mean \"ms\"?");
	refuse("process", "timeout = 3w", "write ms, s, m, h or d");
	refuse("files", "tmp-size = 1.5G", "not a whole size");
	refuse("files", "tmp-size = G", "not a whole size");
	refuse("files", "tmp-size = -1M", "not a whole size");
	refuse("files", "tmp-size = 99999999999T", "is too large");
	refuse("files", "tmp-size = 99999999999999999999", "is too large");
}

Test(profile_number, too_small_to_work)
{
	refuse("files", "tmp-size = 1023K", "1023K is too small to work: at least 1M");
	refuse("files", "tmp-size = 0%", "0% is out of range");
	refuse("files", "tmp-size = 101%", "101% is out of range: 1% to 100%");
	refuse("cgroup", "memory-max = 4096", "too small to work: at least 1M");
	refuse("cgroup", "pids-max = 1", "too small to work: at least 2");
	refuse("rlimits", "nproc = 1", "1 is too small to work: at least 2");
	refuse("rlimits", "as = 1K", "too small to work: at least 1M");
	refuse("process", "timeout = 0", "too short to work");
}

Test(profile_number, ranges)
{
	cr_assert_eq(value_of("process", "nice = -20")->number, -20);
	cr_assert_eq(value_of("process", "nice = +5")->number, 5);
	refuse("process", "nice = 20", "20 is too large: at most 19");
	refuse("process", "nice = -21", "-21 is too small: at least -20");
	refuse("process", "nice = 1.5", "not a whole number");
	cr_assert_eq(value_of("process", "oom-score-adj = 1000")->number, 1000);
	refuse("process", "oom-score-adj = 1001", "at most 1000");
	cr_assert_eq(value_of("process", "umask = 027")->number, 027);
	refuse("process", "umask = 1777", "at most 0777");
	refuse("process", "umask = 088", "not an octal mode");
	refuse("process", "umask = rwx", "not an octal mode");
}

Test(profile_number, durations)
{
	cr_assert_eq(value_of("process", "timeout = 90")->number, 90000000000);
	cr_assert_eq(value_of("process", "timeout = 1500ms")->number, 1500000000);
	cr_assert_eq(value_of("process", "timeout = 2h")->number, 7200000000000);
	refuse("process", "timeout = -1s", "not a whole number with its unit");
	refuse("process", "timeout = 999999999d", "too large");
}

Test(profile_number, rlimits)
{
	const struct value *v = value_of("rlimits", "nofile = 256:1024");

	cr_assert_eq(v->rlimit.rlim_cur, 256);
	cr_assert_eq(v->rlimit.rlim_max, 1024);
	v = value_of("rlimits", "stack = 8M:unlimited");
	cr_assert_eq(v->rlimit.rlim_cur, 8 << 20);
	cr_assert_eq(v->rlimit.rlim_max, RLIM_INFINITY);
	cr_assert_eq(value_of("rlimits", "cpu = 10m")->rlimit.rlim_cur, 600);
	refuse("rlimits", "nofile = 1024:256", "the soft limit is above the hard one");
	refuse("rlimits", "nofile = 1K", "not a whole number");
	refuse("rlimits", "nofile = off", "not a whole number");
	refuse("rlimits", "rtprio = 100", "at most 99");
	refuse("rlimits", "cpu = 500ms", "too small to work");
}

Test(profile_number, core_off_is_a_limit_of_one)
{
	static const char *const lines[] = { "core = off", "core = 0" };

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		const struct value *v = value_of("rlimits", lines[i]);

		cr_assert_eq(v->number, 1);
		cr_assert_eq(v->rlimit.rlim_cur, 1);
		cr_assert_eq(v->rlimit.rlim_max, 1);
	}
	cr_assert_eq(value_of("rlimits", "core = 1G")->rlimit.rlim_max, 1 << 30);
}
