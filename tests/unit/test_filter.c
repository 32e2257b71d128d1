/* SPDX-License-Identifier: MIT */
/* The filter as a table: verdicts, and the words for actions. */
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/audit.h>

#include "arena_fixture.h"
#include "filter_support.h"

TestSuite(filter, .init = arena_open, .fini = arena_close);

Test(filter, actions_are_said_as_they_are_written)
{
	static const struct {
		uint32_t action;
		const char *text;
	} rows[] = {
		{ SECCOMP_RET_ALLOW, "allow" },	      { SECCOMP_RET_KILL_PROCESS, "kill" }, { SECCOMP_RET_TRAP, "trap" },
		{ SECCOMP_RET_LOG, "log" },	      { ERR(EPERM), "errno:EPERM" },	    { ERR(ENOSYS), "errno:ENOSYS" },
		{ ERR(EAFNOSUPPORT), "errno:EAFNOSUPPORT" }, { ERR(4000), "errno:4000" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		cr_assert_str_eq(action_text(a, rows[i].action), rows[i].text);
}

/* One call with two cases, of which the first that holds decides. */
static struct filter *small_filter(void)
{
	static struct filter_case cases[] = {
		{ .action = ERR(EPERM), .n_conds = 2, .conds = { { .arg = 0, .mask = 0xff, .value = 7 },
								 { .arg = 5, .negate = true, .mask = UINT64_MAX, .value = 9 } } },
		{ .action = SECCOMP_RET_LOG, .n_conds = 1, .conds = { { .arg = 0, .mask = UINT64_MAX, .value = 7 } } },
	};
	static struct filter_rule rules[] = {
		{ .nr = 3, .action = SECCOMP_RET_ALLOW, .name = "three" },
		{ .nr = 5, .action = SECCOMP_RET_TRAP, .name = "five", .cases = cases, .n_cases = 2 },
	};
	static struct filter_abi abi = { .audit_arch = AUDIT_ARCH_X86_64, .name = "x86-64", .default_action = ERR(ENOSYS),
					 .rules = rules, .n_rules = 2 };
	static struct filter f = { .abis = &abi, .n_abis = 1, .default_action = ERR(ENOSYS) };

	return &f;
}

static uint32_t verdict(int nr, uint64_t arg0, uint64_t arg5)
{
	struct seccomp_data data = { .nr = nr, .arch = AUDIT_ARCH_X86_64, .args = { arg0, 0, 0, 0, 0, arg5 } };

	return filter_verdict(small_filter(), &data, NULL);
}

Test(filter, the_first_case_that_holds_decides)
{
	cr_assert_eq(verdict(5, 7, 0), ERR(EPERM));
	cr_assert_eq(verdict(5, 0x107, 0), ERR(EPERM), "the mask hides the other bits");
	cr_assert_eq(verdict(5, 7, 9), SECCOMP_RET_LOG);
	cr_assert_eq(verdict(5, 0x107, 9), SECCOMP_RET_TRAP);
	cr_assert_eq(verdict(5, 8, 0), SECCOMP_RET_TRAP);
}

Test(filter, what_no_rule_names_gets_the_default)
{
	const struct filter_rule *rule = NULL;
	struct seccomp_data data = { .nr = 3, .arch = AUDIT_ARCH_X86_64 };

	cr_assert_eq(verdict(4, 0, 0), ERR(ENOSYS));
	cr_assert_eq(filter_verdict(small_filter(), &data, &rule), SECCOMP_RET_ALLOW);
	cr_assert_str_eq(rule->name, "three");
	cr_assert_eq(filter_rule_find(small_filter(), "three"), rule);
	cr_assert_null(filter_rule_find(small_filter(), "four"));
}

Test(filter, a_foreign_abi_ends_the_program_and_a_cancelled_call_does_not)
{
	struct seccomp_data data = { .nr = 3, .arch = AUDIT_ARCH_I386 };

	cr_assert_eq(filter_verdict(small_filter(), &data, NULL), KILL);
	cr_assert_eq(verdict((int)(X32_BIT | 3), 0, 0), KILL);
	cr_assert_eq(verdict(-1, 0, 0), ERR(ENOSYS));
}
