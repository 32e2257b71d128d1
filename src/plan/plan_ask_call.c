/* SPDX-License-Identifier: MIT */
/* One question about a system call with its arguments: what a report asks when one was refused. */
#include <errno.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "plan/ask.h"
#include "plan/syscall_groups.h"

/** struct meaning - a value of an argument, by name */
struct meaning {
	uint64_t value;
	const char *name;
};

#define MEANS(x) { x, #x }
static const struct meaning ioctls[] = {
	MEANS(TIOCSTI), MEANS(TIOCLINUX), MEANS(TIOCSETD), { 0x50009401, "BTRFS_IOC_SNAP_CREATE" },
	{ 0x50009417, "BTRFS_IOC_SNAP_CREATE_V2" }, { 0x5000940f, "BTRFS_IOC_SNAP_DESTROY" },
	{ 0x5000943f, "BTRFS_IOC_SNAP_DESTROY_V2" }, { 0, NULL },
};
static const struct meaning namespaces[] = {
	MEANS(CLONE_NEWUSER), MEANS(CLONE_NEWNS), MEANS(CLONE_NEWPID), MEANS(CLONE_NEWNET), MEANS(CLONE_NEWIPC),
	MEANS(CLONE_NEWUTS), MEANS(CLONE_NEWCGROUP), { 0x80, "CLONE_NEWTIME" }, { 0, NULL },
};
static const struct meaning prctls[] = { MEANS(PR_SET_MM), { 0, NULL } };
static const struct meaning fcntls[] = { { 1024, "F_SETLEASE" }, { 0, NULL } };
static const struct meaning personalities[] = { { 0x40000, "ADDR_NO_RANDOMIZE" }, { 0x400000, "READ_IMPLIES_EXEC" },
						{ 0x100000, "MMAP_PAGE_ZERO" }, { 0, NULL } };
static const struct meaning set_ids[] = { MEANS(S_ISUID), MEANS(S_ISGID), { 0, NULL } };

/** struct argument - the argument that a rule looks at, its names, and what opens it */
struct argument {
	const char *call;
	int arg;
	bool flags;                 /* each bit has a name */
	const struct meaning *names; /* ends with a NULL */
	enum key_id key;            /* what opens it; KEY_COUNT: nothing does */
	const char *value;
};

static const struct argument arguments[] = {
	{ "ioctl", 1, false, ioctls, KEY_COUNT, NULL },
	{ "unshare", 0, true, namespaces, KEY_namespaces_nested, NULL },
	{ "clone", 0, true, namespaces, KEY_namespaces_nested, NULL },
	{ "prctl", 0, false, prctls, KEY_COUNT, NULL },
	{ "fcntl", 1, false, fcntls, KEY_COUNT, NULL },
	{ "fcntl64", 1, false, fcntls, KEY_COUNT, NULL },
	{ "personality", 0, true, personalities, KEY_COUNT, NULL },
	{ "prlimit64", -1, false, NULL, KEY_seccomp_allow, "@debug" },
	{ "kill", -1, false, NULL, KEY_process_tty, "private" },
	{ "setpriority", -1, false, NULL, KEY_process_tty, "private" },
	{ "ioprio_set", -1, false, NULL, KEY_process_tty, "private" },
	{ "chmod", 1, true, set_ids, KEY_seccomp_allow, "@set-id" },
	{ "fchmod", 1, true, set_ids, KEY_seccomp_allow, "@set-id" },
	{ "fchmodat", 2, true, set_ids, KEY_seccomp_allow, "@set-id" },
	{ "mknod", 1, true, set_ids, KEY_seccomp_allow, "@set-id" },
	{ "mknodat", 2, true, set_ids, KEY_seccomp_allow, "@set-id" },
	{ "creat", 1, true, set_ids, KEY_seccomp_allow, "@set-id" },
	{ "open", 2, true, set_ids, KEY_seccomp_allow, "@set-id" },
	{ "openat", 3, true, set_ids, KEY_seccomp_allow, "@set-id" },
};

static const struct argument *argument_of(const char *call)
{
	for (size_t i = 0; i < ARRAY_SIZE(arguments); i++)
		if (streq(arguments[i].call, call))
			return &arguments[i];
	return NULL;
}

static const char *flags_text(struct arena *arena, const struct meaning *names, uint64_t value)
{
	const char *text = "";

	for (; names->name; names++)
		if (value & names->value)
			text = arena_printf(arena, "%s%s%s", text, *text ? "|" : "", names->name);
	return text;
}

static const char *value_text(struct arena *arena, const struct argument *a, uint64_t value)
{
	value &= UINT32_MAX;
	if (a->flags)
		return flags_text(arena, a->names, value);
	for (const struct meaning *m = a->names; m->name; m++)
		if (m->value == value)
			return m->name;
	return arena_printf(arena, "0x%llx", (unsigned long long)value);
}

/* ---- sockets ---- */

static bool is_socket(const char *call)
{
	return streq(call, "socket") || streq(call, "socketpair");
}

static const struct socket_family *family_of(const struct seccomp_data *data)
{
	for (size_t i = 0; i < FAMILY_COUNT; i++)
		if (socket_families[i].domain == (uint32_t)data->args[0] &&
		    (socket_families[i].protocol < 0 || socket_families[i].protocol == (int)data->args[2]))
			return &socket_families[i];
	return NULL;
}

const char *plan_socket_family(const struct seccomp_data *data, struct arena *arena)
{
	const struct socket_family *f = family_of(data);

	return f ? f->name : arena_printf(arena, "family %u", (uint32_t)data->args[0]);
}

static void ask_socket(const struct seccomp_data *data, struct arena *arena, struct call_verdict *ret)
{
	const struct socket_family *f = family_of(data);

	ret->family = true;
	ret->argument = plan_socket_family(data, arena);
	ret->is.text = arena_printf(arena, "no %s socket may be opened: it is not in [seccomp] sockets", ret->argument);
	if (f)
		ask_change(arena, &ret->is, KEY_seccomp_sockets, f->name, NULL);
	else
		ret->is.why_not = "the family has no name that `sockets` knows";
}

/* ---- the others ---- */

/* Namespaces that nested = sandbox gives; the others, and those that it refuses, need `full`. */
static const char *nested_for(const struct plan *plan, uint64_t flags)
{
	const uint64_t in_sandbox = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC;
	const uint64_t any = in_sandbox | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWCGROUP | 0x80;

	return plan->nested == NESTED_DENY && !(flags & any & ~in_sandbox) ? "sandbox" : "full";
}

static void ask_arguments(const struct plan *plan, const struct filter_rule *rule, const struct seccomp_data *data,
			  struct arena *arena, struct call_verdict *ret)
{
	const struct argument *a = argument_of(rule->name);
	const struct filter_case *hit = filter_case_find(rule, data);
	const char *why = hit ? hit->why : rule->why;

	ret->argument = a && a->arg >= 0 ? value_text(arena, a, data->args[a->arg]) : "";
	ret->is.text = arena_printf(arena, "%s%s%s is refused: %s", rule->name, *ret->argument ? " " : "", ret->argument,
				    why ? why : "its arguments");
	if (!a || a->key == KEY_COUNT)
		ret->is.why_not = "no line opens it";
	else
		ask_change(arena, &ret->is, a->key, a->value ? a->value : nested_for(plan, data->args[a->arg]), NULL);
}

void plan_ask_call(const struct plan *plan, const struct seccomp_data *data, struct arena *arena, struct call_verdict *ret)
{
	const struct filter_rule *rule;
	uint32_t verdict = filter_verdict(plan->filter, data, &rule);

	*ret = (struct call_verdict){ .verdict = verdict, .rule = rule, .argument = "" };
	ret->name = rule ? rule->name : abi_call_name(data->arch, (uint32_t)data->nr, arena);
	ret->error = (verdict & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO ? (int)(verdict & SECCOMP_RET_DATA) : 0;
	if (verdict == SECCOMP_RET_USER_NOTIF && !rule)
		ret->error = ENOSYS;
}

void plan_ask_denied(const struct plan *plan, const struct seccomp_data *data, struct arena *arena, struct call_verdict *ret)
{
	const struct filter_rule *rule = ret->rule;

	ret->is = (struct verdict){ .kind = VERDICT_DENIED, .from = rule ? rule->from : plan->filter->default_from };
	ret->fallback = ret->error == ENOSYS;
	if (rule && is_socket(rule->name) && rule->action == ((uint32_t)SECCOMP_RET_ERRNO | EAFNOSUPPORT)) {
		ret->is.from = ask_from_key(plan, KEY_seccomp_sockets);
		ask_socket(data, arena, ret);
	} else if (rule && rule->n_cases) {
		ask_arguments(plan, rule, data, arena, ret);
	} else if (plan_ask_syscall(plan, ret->name, arena, &ret->is) < 0) {
		ret->is.text = arena_printf(arena, "%s: this version of sbox knows no such call", ret->name);
		ret->is.why_not = "a line can only name calls that sbox knows";
	}
}
