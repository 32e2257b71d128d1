/* SPDX-License-Identifier: MIT */
/* [test] as data. */
#include "support.h"

TestSuite(plan_live_test, .fini = leak_check);

Test(plan_live_test, each_line_becomes_one_deed)
{
	PLAN(b, "[test]\nallow = /a b\nallow = ~/x:rw\ndeny = /c\\:rw\ndeny = ${CWD}:rw\nhost = h:80 [::1]:7 example.org\n", "");
	static const struct live_test want[] = {
		{ .deed = LIVE_READ, .wanted = true, .path = "/a b" },
		{ .deed = LIVE_WRITE, .wanted = true, .path = "/home/u/x" },
		{ .deed = LIVE_READ, .path = "/c:rw" },
		{ .deed = LIVE_WRITE, .path = "/home/u/p" },
		{ .deed = LIVE_CONNECT, .wanted = true, .host = "h", .port = 80 },
		{ .deed = LIVE_CONNECT, .wanted = true, .host = "::1", .port = 7 },
		{ .deed = LIVE_CONNECT, .wanted = true, .host = "example.org", .port = 443 },
	};

	cr_assert_eq(plan_live_tests(b->plan, &b->err), 0, "%s", bench_problems(b));
	cr_assert_eq(b->plan->live_tests.n, ARRAY_SIZE(want));
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		const struct live_test *t = &b->plan->live_tests.v[i];

		cr_assert_eq(t->deed, want[i].deed, "%zu", i);
		cr_assert_eq(t->wanted, want[i].wanted, "%zu", i);
		cr_assert(!want[i].path || streq(t->path, want[i].path), "%s", t->path);
		cr_assert(!want[i].host || (streq(t->host, want[i].host) && t->port == want[i].port), "%s:%d", t->host, t->port);
		cr_assert_eq(t->from.line, i < 4 ? i + 2 : 6);
	}
}

Test(plan_live_test, a_plan_to_be_run_has_none)
{
	PLAN(b, "[test]\nallow = /a\n", "");
	cr_assert_eq(b->plan->live_tests.n, 0);
}

Test(plan_live_test, what_cannot_be_tested)
{
	REFUSED("[test]\nallow = /a:ro\n", "", 2, "PATH or PATH:rw");
	REFUSED("[test]\nallow = /a*\n", "", 2, "pattern");
	REFUSED("[test]\ndeny = a\n", "", 2, "relative");
	PLAN(b, "[test]\nhost = a/b\n", "");
	cr_assert_lt(plan_live_tests(b->plan, &b->err), 0);
	cr_assert(strstr(bench_problems(b), "neither a host"), "%s", bench_problems(b));
}
