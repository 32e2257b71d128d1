/* SPDX-License-Identifier: MIT */
/* Labels are hints, unless they are required. */
#include "support.h"

TestSuite(plan_labels, .fini = leak_check);

#define BOTH "[apparmor]\nlabel = sbox-web\n[selinux]\nlabel = user_u:user_r:web_t:s0\n"

Test(plan_labels, none_without_a_line)
{
	PLAN(b, "", "p apparmor 1\np selinux 1\n");
	cr_assert_null(b->plan->apparmor.name);
	cr_assert_null(b->plan->selinux.name);
}

Test(plan_labels, each_module_has_its_own_words)
{
	PLAN(b, BOTH, "p apparmor 1\np selinux 1\n");
	cr_assert_str_eq(b->plan->apparmor.name, "sbox-web");
	cr_assert_str_eq(b->plan->apparmor.command, "exec sbox-web");
	cr_assert(!b->plan->apparmor.required);
	cr_assert_str_eq(b->plan->selinux.command, "user_u:user_r:web_t:s0");
	cr_assert_eq(b->plan->selinux.from.line, 4);
	cr_assert_eq(b->err.problems.n, 0);
}

Test(plan_labels, a_hint_that_cannot_be_taken_is_said)
{
	static const char *const machines[] = { "p apparmor 0\np selinux 0\n", "p apparmor -1\np selinux -1\n" };

	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		PLAN(b, BOTH, machines[i]);
		cr_assert_null(b->plan->apparmor.name, "what is not at work is not tried");
		cr_assert_null(b->plan->selinux.name);
		cr_assert_eq(b->err.warnings, 2);
		cr_assert(strstr(bench_problems(b), "AppArmor is not at work on this machine, continuing without label sbox-web"), "%s",
			  bench_problems(b));
	}
}

Test(plan_labels, required_is_an_error_that_names_what_is_missing)
{
	REFUSED("[profile]\nrequire = apparmor\n" BOTH, "p apparmor 0\np selinux 1\n", 4, "AppArmor is required");
	REFUSED("[profile]\nrequire = selinux\n" BOTH, "p apparmor 1\np selinux -1\n", 6, "SELinux is required");
	REFUSED("[profile]\nrequire = apparmor\n", "p apparmor 1\n", 2, "[apparmor] label = NAME");
	PLAN(b, "[profile]\nrequire = apparmor\n" BOTH, "p apparmor 1\np selinux 1\n");
	cr_assert(b->plan->apparmor.required && !b->plan->selinux.required);
}
