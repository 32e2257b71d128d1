/* SPDX-License-Identifier: MIT */
/* One question about a system call. */
#include <errno.h>

#include "plan/syscall_groups.h"
#include "plan/verdict.h"
#include "support.h"

TestSuite(plan_ask_syscall, .fini = leak_check);

static struct verdict ask(struct bench *b, const char *name)
{
	struct verdict v;

	cr_assert_eq(plan_ask_syscall(b->plan, name, b->arena, &v), 0, "%s", v.text);
	return v;
}

Test(plan_ask_syscall, a_call_is_allowed_or_denied_by_a_line)
{
	PLAN(b, "[seccomp]\ndeny = fchmod\n", "");
	cr_assert_eq(ask(b, "read").kind, VERDICT_ALLOWED);
	cr_assert_null(ask(b, "read").option);
	cr_assert_eq(ask(b, "fchmod").kind, VERDICT_DENIED);
	cr_assert_eq(ask(b, "fchmod").from.line, 2);
}

Test(plan_ask_syscall, what_its_arguments_decide_is_said)
{
	PLAN(b, "", "");
	struct verdict v = ask(b, "socket");

	cr_assert_eq(v.kind, VERDICT_ALLOWED, "%s", v.text);
	cr_assert(strstr(v.text, "allowed for unix, inet") && strstr(v.text, "else errno:EAFNOSUPPORT"), "%s", v.text);
	v = ask(b, "ioctl");
	cr_assert(v.kind == VERDICT_ALLOWED && strstr(v.text, "refused: TIOCSTI"), "%s", v.text);
}

Test(plan_ask_syscall, what_would_open_it)
{
	PLAN(b, "[seccomp]\ndeny = fchownat mkdirat @debug\nkill = fchownat\n", "");
	cr_assert_str_eq(ask(b, "ptrace").option, "--set=seccomp.allow=ptrace");
	cr_assert_str_eq(ask(b, "unshare").change, "[namespaces] nested = sandbox");
	cr_assert_null(ask(b, "bpf").change);
	cr_assert(ask(b, "bpf").why_not);
	/* A deny beats an allow of the same name: it goes first, and the others come back. */
	cr_assert_str_eq(ask(b, "fchownat").change,
			 "[seccomp] deny =\n[seccomp] deny = mkdirat\n[seccomp] deny = @debug\n[seccomp] kill =\n[seccomp] allow = fchownat");
}

Test(plan_ask_syscall, an_unknown_name_gets_the_nearest)
{
	struct verdict v;

	PLAN(b, "", "");
	cr_assert_eq(plan_ask_syscall(b->plan, "ptrase", b->arena, &v), -EINVAL);
	cr_assert(strstr(v.text, "ptrace"), "%s", v.text);
}

/* On aarch64 half of the calls that everybody knows do not exist. */
Test(plan_ask_syscall, a_call_of_another_machine_is_not_mistyped)
{
	const char *other = machine_native == &machine_x86_64 ? "chown32" : "stat";
	struct verdict v;

	PLAN(b, "", "");
	cr_assert_eq(plan_ask_syscall(b->plan, other, b->arena, &v), -EINVAL);
	cr_assert(strstr(v.text, "is no system call of this machine"), "%s", v.text);
}
