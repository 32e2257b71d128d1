/* SPDX-License-Identifier: MIT */
/* Which namespaces the program has. */
#include <sched.h>
#include <time.h>

#include "support.h"

TestSuite(plan, .fini = leak_check);

Test(plan, every_namespace_is_private_unless_the_profile_says_host)
{
	const uint64_t always = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID;

	PLAN(b, "", "");
	cr_assert_eq(b->plan->clone_flags, always | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_NEWNET);
	cr_assert(b->plan->loopback);
	cr_assert_str_eq(b->plan->hostname, "sbox");
	PLAN(host, "[namespaces]\nipc = host\nuts = host\ncgroup = host\n[network]\nmode = host\n", "");
	cr_assert_eq(host->plan->clone_flags, always);
	cr_assert(!host->plan->loopback);
	cr_assert_null(host->plan->hostname, "the host's name is not changed");
}

Test(plan, clocks_are_moved_when_a_line_says_so)
{
	PLAN(none, "[namespaces]\nboottime-offset = 0\n", "");
	cr_assert_eq(none->plan->offsets.n, 0);
	PLAN(b, "[namespaces]\nboottime-offset = -1h\nmonotonic-offset = 1500ms\n", "");
	cr_assert_eq(b->plan->offsets.n, 2);
	cr_assert(b->plan->offsets.v[0].clock == CLOCK_MONOTONIC && b->plan->offsets.v[0].ns == 1500000000);
	cr_assert(b->plan->offsets.v[1].clock == CLOCK_BOOTTIME && b->plan->offsets.v[1].ns == -3600000000000);
	cr_assert_eq(b->plan->offsets.v[1].from.line, 2);
}

Test(plan, nesting_is_limited_unless_it_is_allowed)
{
	PLAN(deny, "", "");
	cr_assert(deny->plan->limit_userns);
	PLAN(sandbox, "[namespaces]\nnested = sandbox\n", "");
	cr_assert(!sandbox->plan->limit_userns && sandbox->plan->second_userns);
}

Test(plan, a_plan_with_problems_is_none)
{
	_cleanup_bench_ struct bench *b = bench_plan("[files]\nro = /none\n", "");

	cr_assert_null(b->plan);
	cr_assert_eq(b->err.errors, 1);
}
