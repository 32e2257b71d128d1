/* SPDX-License-Identifier: MIT */
/* Who the program is, and which namespaces it has. */
#include <sched.h>

#include "support.h"

TestSuite(plan, .fini = leak_check);

Test(plan, the_program_is_who_started_it_unless_the_profile_says_otherwise)
{
	PLAN(self, "", "");
	cr_assert_eq(self->plan->ids.inner_uid, self->caller.uid);
	cr_assert_str_eq(self->plan->ids.user_name, "u");
	PLAN(root, "[ids]\nuser = root\n", "");
	cr_assert(root->plan->ids.inner_uid == 0 && root->plan->ids.inner_gid == 0);
	cr_assert_eq(root->plan->ids.outer_uid, root->caller.uid);
	cr_assert_str_eq(root->plan->ids.group_name, "root");
	PLAN(number, "[ids]\nuser = 4242\n", "");
	cr_assert_eq(number->plan->ids.inner_uid, 4242);
	cr_assert_str_eq(number->plan->ids.user_name, "user4242");
}

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
