/* SPDX-License-Identifier: MIT */
/* rlimits, nice, umask, timeout. */
#include "support.h"

TestSuite(plan_limits, .fini = leak_check);

static const struct plan_rlimit *limit(const struct bench *b, int resource)
{
	vec_each (r, &b->plan->rlimits)
		if (r->resource == resource)
			return r;
	return NULL;
}

Test(plan_limits, only_core_is_limited_by_itself)
{
	PLAN(b, "", "");
	cr_assert_eq(b->plan->rlimits.n, 1);
	cr_assert_eq(limit(b, RLIMIT_CORE)->value.rlim_max, 1, "0 would still start a |handler");
	cr_assert(!b->plan->set_nice && !b->plan->set_umask && !b->plan->set_oom_score_adj);
	cr_assert_eq(b->plan->timeout_ns, 0);
}

Test(plan_limits, each_key_is_its_own_resource)
{
	static const struct {
		const char *key;
		int resource;
		rlim_t soft;
	} rows[] = {
		{ "as", RLIMIT_AS, 1 << 30 },         { "core", RLIMIT_CORE, 2 },          { "cpu", RLIMIT_CPU, 3 },
		{ "data", RLIMIT_DATA, 1 << 29 },     { "fsize", RLIMIT_FSIZE, 1 << 28 },  { "locks", RLIMIT_LOCKS, 6 },
		{ "memlock", RLIMIT_MEMLOCK, 8192 },  { "msgqueue", RLIMIT_MSGQUEUE, 8 },  { "nice", RLIMIT_NICE, 9 },
		{ "nofile", RLIMIT_NOFILE, 100 },     { "nproc", RLIMIT_NPROC, 110 },      { "rss", RLIMIT_RSS, 1 << 27 },
		{ "rtprio", RLIMIT_RTPRIO, 13 },      { "rttime", RLIMIT_RTTIME, 14000 },  { "sigpending", RLIMIT_SIGPENDING, 150 },
		{ "stack", RLIMIT_STACK, 1 << 26 },
	};
	struct arena *arena = arena_new();
	const char *profile = "[rlimits]\n";

	cr_assert_eq(ARRAY_SIZE(rows), RLIM_NLIMITS, "a resource has no key");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		profile = arena_printf(arena, "%s%s = %ju:%ju\n", profile, rows[i].key, (uintmax_t)rows[i].soft, (uintmax_t)rows[i].soft + 1);
	PLAN(b, profile, "");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct plan_rlimit *r = limit(b, rows[i].resource);

		cr_assert(r, "%s", rows[i].key);
		cr_assert_eq(r->value.rlim_cur, rows[i].soft, "%s", rows[i].key);
		cr_assert_eq(r->value.rlim_max, rows[i].soft + 1, "%s", rows[i].key);
		cr_assert_str_eq(r->name, rows[i].key);
		cr_assert_eq(r->from.line, i + 2);
	}
	arena_free(arena);
}

Test(plan_limits, unlimited_and_sizes)
{
	PLAN(b, "[rlimits]\nstack = 8M:unlimited\ncore = unlimited\n", "");
	cr_assert_eq(limit(b, RLIMIT_STACK)->value.rlim_cur, 8 << 20);
	cr_assert_eq(limit(b, RLIMIT_STACK)->value.rlim_max, RLIM_INFINITY);
	cr_assert_eq(limit(b, RLIMIT_CORE)->value.rlim_max, RLIM_INFINITY);
}

Test(plan_limits, what_is_set_is_marked_as_set)
{
	PLAN(b, "[process]\nnice = 0\numask = 0\noom-score-adj = 0\ntimeout = 1500ms\n", "");
	cr_assert(b->plan->set_nice && b->plan->nice == 0, "0 is a value");
	cr_assert(b->plan->set_umask && b->plan->umask == 0);
	cr_assert(b->plan->set_oom_score_adj && b->plan->oom_score_adj == 0);
	cr_assert_eq(b->plan->timeout_ns, INT64_C(1500000000));
	PLAN(other, "[process]\nnice = 19\numask = 077\noom-score-adj = 500\ntimeout = 2h\n", "");
	cr_assert_eq(other->plan->nice, 19);
	cr_assert_eq(other->plan->umask, 077);
	cr_assert_eq(other->plan->oom_score_adj, 500);
	cr_assert_eq(other->plan->timeout_ns, INT64_C(7200) * 1000000000);
}

Test(plan_limits, what_the_caller_cannot_have_is_said)
{
	PLAN(b, "[rlimits]\nnofile = 4097\nstack = 64K:unlimited\ncpu = 5\n", "p rlimit 4096\n");
	const char *problems = bench_problems(b);

	cr_assert(strstr(problems, "2: nofile: 4097 cannot be had"), "%s", problems);
	cr_assert(strstr(problems, "is 4096, and holds instead"), "%s", problems);
	cr_assert(strstr(problems, "3: stack: unlimited cannot be had"), "%s", problems);
	cr_assert(!strstr(problems, "cpu"), "%s", problems);
	PLAN(enough, "[rlimits]\nnofile = 4096\n", "p rlimit 4096\n");
	cr_assert_str_eq(bench_problems(enough), "");
}
