/* SPDX-License-Identifier: MIT */
/* The filter with a report lets through, or stops for the reporter, exactly what the profile's own says; never more. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "filter_support.h"
#include "plan/verdict.h"
#include "plan/watched.h"

TestSuite(plan_report, .fini = leak_check);

static const char *const profiles[] = {
	"",
	"[namespaces]\nnested = sandbox\n[seccomp]\nallow = @extra @ipc\n",
	"[namespaces]\nnested = full\n[seccomp]\nallow = @extra @debug\narch = -i386 -x32 -arm\n",
	"[seccomp]\ndefault = kill\ndeny = @socket openat\nkill = mkdirat\nlog = @timer personality socket statx\n",
	"[seccomp]\ndefault = trap\nnotify = socket getpid sendto unshare\n",
};

static const uint64_t values[] = { 0, 1, 2, 16, 17, TIOCSTI, TIOCSTI | UINT64_C(1) << 32, CLONE_NEWUSER, S_ISUID, O_CREAT,
				   UINT32_MAX, UINT64_MAX };

/* What the kernel may do instead of @original. */
static bool agrees(uint32_t original, uint32_t turned, const char *name)
{
	switch (original & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ERRNO:
	case SECCOMP_RET_USER_NOTIF:
		return turned == SECCOMP_RET_USER_NOTIF;
	case SECCOMP_RET_ALLOW:
		return turned == original || (turned == SECCOMP_RET_USER_NOTIF && name && watched_find(name));
	default:
		return turned == original;
	}
}

static void compare(const struct filter_bench *b, const struct seccomp_data *data, const char *profile)
{
	const struct filter_rule *rule;
	uint32_t original = filter_verdict(b->plan.filter, data, &rule), turned = bpf_run(&b->plan.program, data);

	cr_assert(agrees(original, turned, rule ? rule->name : NULL), "%s: call %d of %08x: %08x became %08x", profile, data->nr,
		  data->arch, original, turned);
}

Test(plan_report, a_call_is_stopped_or_does_as_before_in_every_abi)
{
	for (size_t p = 0; p < ARRAY_SIZE(profiles); p++) {
		_cleanup_filter_ struct filter_bench *b = filter_bench(profiles[p], NULL);

		cr_assert_eq(b->result, 0, "%s", filter_problems(b));
		cr_assert_eq(plan_want_report(&b->plan, NULL, &b->err), 0, "%s", filter_problems(b));
		for (size_t a = 0; a < b->plan.filter->n_abis; a++)
			for (uint32_t nr = 0; nr < 600; nr++)
				for (size_t i = 0; i < ARRAY_SIZE(values); i++)
					for (size_t k = 0; k < 6; k++) {
						struct seccomp_data data = { .arch = b->plan.filter->abis[a].audit_arch };

						data.nr = (int)(abi_is_x32(&b->plan.filter->abis[a]) ? nr | X32_BIT : nr);
						data.args[k] = values[i];
						compare(b, &data, profiles[p]);
					}
		struct seccomp_data foreign = { .arch = 0x1234 };
		cr_assert_eq(bpf_run(&b->plan.program, &foreign), KILL);
	}
}

/* The number of the listener is written after the filter is loaded. */
Test(plan_report, write_never_waits_for_the_reporter)
{
	_cleanup_filter_ struct filter_bench *b = filter_bench("[seccomp]\nallow =\n", NULL);

	cr_assert_eq(plan_want_report(&b->plan, NULL, &b->err), 0);
	cr_assert_eq(ask(b, "write", END), ALLOW);
	cr_assert_eq(ask(b, "execve", END), SECCOMP_RET_USER_NOTIF);
	_cleanup_filter_ struct filter_bench *no = filter_bench("[seccomp]\nnotify = write\n", NULL);
	cr_assert_lt(no->result, 0);
	_cleanup_filter_ struct filter_bench *group = filter_bench("[seccomp]\nnotify = @always\n", NULL);
	cr_assert_lt(group->result, 0);
}

Test(plan_report, send_without_an_address_is_not_stopped)
{
	_cleanup_filter_ struct filter_bench *b = filter_bench("", NULL);

	cr_assert_eq(plan_want_report(&b->plan, NULL, &b->err), 0);
	cr_assert_eq(ask(b, "sendto", ARG(4, 0), END), ALLOW);
	cr_assert_eq(ask(b, "sendto", ARG(4, UINT64_C(1) << 32), END), SECCOMP_RET_USER_NOTIF);
	cr_assert_eq(ask(b, "openat", END), SECCOMP_RET_USER_NOTIF);
	cr_assert_eq(ask(b, "read", END), ALLOW);
}

/* ---- notify ---- */

Test(plan_report, without_report_and_notify_the_filter_is_the_profiles)
{
	_cleanup_filter_ struct filter_bench *b = filter_bench("", NULL);
	const struct sock_filter *program = b->plan.program.filter;

	cr_assert_eq(plan_report(&b->plan, NULL, &b->err), 0);
	cr_assert_not(b->plan.report.on);
	cr_assert_eq(b->plan.program.filter, program);
}

Test(plan_report, notify_is_stronger_than_allow_and_keeps_the_rules_about_arguments)
{
	_cleanup_filter_ struct filter_bench *b = filter_bench("[seccomp]\nnotify = getpid socket\nlog = getpid\n", NULL);

	cr_assert_eq(ask(b, "getpid", END), SECCOMP_RET_USER_NOTIF);
	cr_assert_eq(ask(b, "socket", ARG(0, 1), END), SECCOMP_RET_USER_NOTIF);
	cr_assert_eq(ask(b, "socket", ARG(0, 38), END), ERR(EAFNOSUPPORT));
	cr_assert_eq(plan_report(&b->plan, NULL, &b->err), 0);
	cr_assert(b->plan.report.on);
	_cleanup_filter_ struct filter_bench *shut = filter_bench("[seccomp]\nnotify = ptrace\ndeny = ptrace\n", NULL);
	cr_assert_lt(shut->result, 0, "one file that says the opposite of itself");
}

/* Who enters a sandbox later has no reporter: nothing may wait for one. */
Test(plan_report, without_a_listener_no_call_waits)
{
	static const struct {
		const char *call;
		uint64_t first;
		uint32_t action;
	} rows[] = {
		{ "getpid", 0, ALLOW }, { "socket", 1, ALLOW }, { "socket", 38, ERR(EAFNOSUPPORT) }, { "ptrace", 0, ERR(EPERM) },
		{ "openat", 0, ALLOW }, { "shmget", 0, ERR(ENOSYS) },
	};
	_cleanup_filter_ struct filter_bench *b = filter_bench("[seccomp]\ndefault = notify\nnotify = getpid socket\n", NULL);

	cr_assert_eq(plan_report(&b->plan, NULL, &b->err), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct seccomp_data data = { .arch = machine_native->abis[0].audit_arch,
						   .nr = (int)abi_number(&machine_native->abis[0], rows[i].call),
						   .args = { rows[i].first } };

		cr_assert_eq(bpf_run(&b->plan.report.alone, &data), rows[i].action, "%s", rows[i].call);
	}
}

/* ---- one call with its arguments ---- */

static struct call_verdict asked(struct filter_bench *b, const char *name, unsigned arg, uint64_t value)
{
	struct seccomp_data data = { .arch = machine_native->abis[0].audit_arch,
				     .nr = (int)abi_number(&machine_native->abis[0], name) };
	struct call_verdict v;

	data.args[arg] = value;
	plan_ask_call(&b->plan, &data, b->arena, &v);
	plan_ask_denied(&b->plan, &data, b->arena, &v);
	return v;
}

Test(plan_report, the_argument_that_mattered_has_a_name)
{
	static const struct {
		const char *call;
		unsigned arg;
		uint64_t value;
		const char *name, *option;
	} rows[] = {
		{ "ioctl", 1, TIOCSTI, "TIOCSTI", NULL },
		{ "unshare", 0, CLONE_NEWUSER | CLONE_NEWNET, "", "--set=namespaces.nested=sandbox" },
		{ "clone", 0, CLONE_NEWUSER, "CLONE_NEWUSER", "--set=namespaces.nested=sandbox" },
		{ "clone", 0, CLONE_NEWNS, "CLONE_NEWNS", "--set=namespaces.nested=full" },
		{ "socket", 0, 38, "alg", "--set=seccomp.sockets=alg" },
		{ "socket", 0, 99, "family 99", NULL },
		{ "fchmod", 1, S_ISUID | 0755, "S_ISUID", "--set=seccomp.allow=@set-id" },
		{ "ptrace", 0, 0, "", "--set=seccomp.allow=ptrace" },
		{ "bpf", 0, 0, "", NULL },
	};
	_cleanup_filter_ struct filter_bench *b = filter_bench("", NULL);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct call_verdict v = asked(b, rows[i].call, rows[i].arg, rows[i].value);

		cr_assert_gt(v.error, 0, "%s", rows[i].call);
		cr_assert_str_eq(v.argument, rows[i].name, "%s", rows[i].call);
		if (rows[i].option)
			cr_assert_str_eq(v.is.option ? v.is.option : "none", rows[i].option, "%s", rows[i].call);
		else
			cr_assert(!v.is.option && v.is.why_not, "%s: %s", rows[i].call, v.is.option);
	}
}

Test(plan_report, a_call_without_a_name_is_a_number)
{
	_cleanup_filter_ struct filter_bench *b = filter_bench("", NULL);
	const struct seccomp_data data = { .arch = machine_native->abis[0].audit_arch, .nr = 4095 };
	struct call_verdict v;

	plan_ask_call(&b->plan, &data, b->arena, &v);
	plan_ask_denied(&b->plan, &data, b->arena, &v);
	cr_assert_str_eq(v.name, "call 4095");
	cr_assert_eq(v.error, ENOSYS);
	cr_assert(v.is.why_not && v.fallback);
	_cleanup_filter_ struct filter_bench *n = filter_bench("[seccomp]\ndefault = notify\n", NULL);
	plan_ask_call(&n->plan, &data, n->arena, &v);
	cr_assert_eq(v.error, ENOSYS, "nobody has said that it may work");
}
