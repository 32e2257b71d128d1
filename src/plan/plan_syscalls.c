/* SPDX-License-Identifier: MIT */
/*
 * `[seccomp]` → filter rules.  What no line names does as the table in syscall_groups.def says: ENOSYS for what is
 * merely unknown, EPERM for what is known to be dangerous.
 */
#include <errno.h>

#include "plan/syscall_lines.h"

/* The ways in which a call passes. */
enum pass { PASS_ALLOW, PASS_LOG, PASS_NOTIFY, PASS_COUNT };
static const uint32_t passes[] = { SECCOMP_RET_ALLOW, SECCOMP_RET_LOG, SECCOMP_RET_USER_NOTIF };

/* struct making - a filter being made */
struct making {
	struct syscall_lines lines;
	struct origin nested_from;
	uint8_t cases_at[CALL_COUNT];   /* 1 + index into syscall_cases, or 0 */
	struct filter_case *sockets[PASS_COUNT]; /* with each action that lets a call pass */
	size_t n_sockets;
};

static const struct origin built_in = { .file = "built-in" };
static const uint32_t errno_perm = SECCOMP_RET_ERRNO | EPERM, errno_nosys = SECCOMP_RET_ERRNO | ENOSYS;

static const struct decision *decision_of(const struct making *m, enum syscall_id call)
{
	const struct syscall_lines *l = &m->lines;

	return l->named_at[call] ? &l->named.v[l->named_at[call] - 1].is : &l->groups[syscall_rows[call].group];
}

/* A call that no line names and that is not known to be dangerous does what every unknown one does. */
static bool needs_rule(const struct making *m, enum syscall_id call)
{
	return decision_of(m, call)->said != SAID_NOTHING || call_refusal(call) != REFUSE_DEFAULT;
}

static void cases_add(const struct making *m, enum syscall_id call, struct filter_rule *rule)
{
	uint32_t pass = rule->action;
	size_t first = m->cases_at[call] - 1u, end = first, n = 0;
	struct filter_case *cases;

	while (end < n_syscall_cases && syscall_cases[end].call == call)
		end++;
	cases = arena_new_array(m->lines.plan->arena, struct filter_case, end - first);
	for (size_t i = first; i < end; i++) {
		if (!(syscall_cases[i].when & m->lines.holds))
			continue;
		cases[n] = syscall_cases[i].rule;
		if (cases[n].action == SECCOMP_RET_ALLOW) {
			cases[n].action = pass;
			rule->action = errno_perm;
			rule->why = "only harmless values are permitted";
		}
		n++;
	}
	rule->cases = cases;
	rule->n_cases = n;
}

static void permit(const struct making *m, enum syscall_id call, enum said said, struct filter_rule *rule)
{
	enum pass pass = said == SAID_LOG ? PASS_LOG : said == SAID_NOTIFY ? PASS_NOTIFY : PASS_ALLOW;

	rule->action = passes[pass];
	if (call == CALL_COUNT)
		return;
	if (call == CALL_socket || call == CALL_socketpair) {
		/* What a kernel without the family says: programs try another one then. */
		rule->action = SECCOMP_RET_ERRNO | EAFNOSUPPORT;
		rule->why = "the family is not in [seccomp] sockets";
		rule->cases = m->sockets[pass];
		rule->n_cases = m->n_sockets;
	} else if (m->cases_at[call]) {
		cases_add(m, call, rule);
	}
}

/* ENOSYS where a library falls back on that alone: with EPERM from clone3 there are no threads. */
static void refuse(enum syscall_id call, struct filter_rule *rule)
{
	rule->action = call < CALL_COUNT && call_refusal(call) == REFUSE_NOSYS ? errno_nosys : errno_perm;
	rule->why = call < CALL_COUNT ? call_why(call) : NULL;
}

static void rule_decide(const struct making *m, enum syscall_id call, enum said said, struct filter_rule *rule)
{
	if (said == SAID_KILL)
		rule->action = SECCOMP_RET_KILL_PROCESS;
	else if (opens(said) && (call == CALL_COUNT || call_wall(call) != WALL_NEVER))
		permit(m, call, said, rule);
	else
		refuse(call, rule);
}

static void rule_make(const struct making *m, enum syscall_id call, struct filter_rule *rule)
{
	const struct decision *d = decision_of(m, call);
	enum syscall_group_id group = syscall_rows[call].group;

	rule->name = syscall_rows[call].name;
	rule->group = m->lines.named_at[call] ? NULL : syscall_groups[group].name;
	rule->from = d->by ? d->by->from : d->said == SAID_IMPLIED && group != GROUP_ALWAYS ? m->nested_from : built_in;
	rule_decide(m, call, d->said, rule);
}

static void stranger_make(const struct making *m, const struct named *n, struct filter_rule *rule)
{
	rule->name = n->name;
	rule->from = n->is.by->from;
	rule_decide(m, CALL_COUNT, n->is.said, rule);
}

/* ---- one ABI ---- */

/* Numbers come in order without sorting: one slot each.  Arm's own calls start at 0xf0000. */
enum { PRIVATE_FIRST = 0xf0000, PRIVATE_SLOT = 1024, SLOT_COUNT = PRIVATE_SLOT + 16 };

static size_t slot_of(int64_t nr)
{
	nr &= ~(int64_t)X32_BIT;
	if (nr >= PRIVATE_FIRST)
		nr += PRIVATE_SLOT - PRIVATE_FIRST;
	return (size_t)nr;
}

static uint32_t number_of(const struct abi *abi, size_t slot)
{
	uint32_t nr = slot < PRIVATE_SLOT ? (uint32_t)slot : (uint32_t)(slot - PRIVATE_SLOT + PRIVATE_FIRST);

	return abi->x32 ? nr | X32_BIT : nr;
}

struct slots {
	uint16_t what[SLOT_COUNT]; /* 1 + call, or 1 + CALL_COUNT + index into named; 0: nothing */
	size_t n;
};

static void slot_put(struct slots *slots, int64_t nr, size_t what)
{
	if (nr < 0 || slot_of(nr) >= SLOT_COUNT)
		return;
	slots->n += !slots->what[slot_of(nr)];
	slots->what[slot_of(nr)] = (uint16_t)(what + 1);
}

static void abi_fill(const struct making *m, const struct abi *abi, struct filter_abi *ret)
{
	const char *native = abi == &machine_native->abis[0] ? call_numbers : NULL;
	struct slots slots = { .n = 0 };
	size_t n = 0;

	for (size_t i = 0; i < CALL_COUNT; i++) {
		int64_t nr = native ? call_number_next(&native) : -1;

		if ((abi->only32 || !syscall_rows[i].only32) && needs_rule(m, (enum syscall_id)i))
			slot_put(&slots, nr >= 0 ? nr : abi_number(abi, syscall_rows[i].name), i);
	}
	for (size_t i = 0; i < m->lines.named.n; i++)
		if (m->lines.named.v[i].call == CALL_COUNT)
			slot_put(&slots, abi_number(abi, m->lines.named.v[i].name), CALL_COUNT + i);

	struct filter_rule *rules = arena_new_array(m->lines.plan->arena, struct filter_rule, slots.n);
	for (size_t slot = 0; slot < SLOT_COUNT; slot++) {
		if (!slots.what[slot])
			continue;
		size_t what = slots.what[slot] - 1u;
		if (what < CALL_COUNT)
			rule_make(m, (enum syscall_id)what, &rules[n]);
		else
			stranger_make(m, &m->lines.named.v[what - CALL_COUNT], &rules[n]);
		rules[n++].nr = number_of(abi, slot);
	}
	*ret = (struct filter_abi){ .audit_arch = abi->audit_arch, .name = abi->name, .rules = rules, .n_rules = n,
				    .default_action = m->lines.plan->filter->default_action };
}

/* ---- the whole ---- */

static int sockets_read(struct making *m)
{
	int r = socket_cases(m->lines.plan, m->lines.err, SECCOMP_RET_ALLOW, &m->sockets[0], &m->n_sockets);

	for (size_t p = 1; p < PASS_COUNT; p++) {
		m->sockets[p] = arena_new_array(m->lines.plan->arena, struct filter_case, m->n_sockets);
		for (size_t i = 0; i < m->n_sockets; i++) {
			m->sockets[p][i] = m->sockets[0][i];
			if (m->sockets[p][i].action == SECCOMP_RET_ALLOW)
				m->sockets[p][i].action = passes[p];
		}
	}
	return r;
}

static void default_read(struct making *m)
{
	const struct setting *s = profile_get(m->lines.plan->profile, KEY_seccomp_default);
	struct filter *f = m->lines.plan->filter;

	f->default_action = s ? (uint32_t)s->v.number : errno_nosys;
	f->default_from = s ? s->from : built_in;
	if (s && f->default_action == SECCOMP_RET_LOG)
		err_warn(m->lines.err, s->from, "default = log: every call that is not known to be dangerous works");
}

int filter_build(struct plan *plan, const struct machine *machine, struct err *err)
{
	struct making m = { .lines = { .plan = plan, .err = err, .machine = machine } };
	const struct setting *nested = profile_get(plan->profile, KEY_namespaces_nested);
	size_t errors = err->errors;
	struct filter *f = plan->filter = arena_alloc(plan->arena, sizeof(*f));

	m.nested_from = nested ? nested->from : built_in;
	for (size_t i = n_syscall_cases; i-- > 0;)
		m.cases_at[syscall_cases[i].call] = (uint8_t)(i + 1);
	syscall_lines_read(&m.lines);
	(void)sockets_read(&m);
	default_read(&m);
	if (err->errors != errors)
		return -EINVAL;

	f->abis = arena_new_array(plan->arena, struct filter_abi, m.lines.abis.n);
	for (f->n_abis = 0; f->n_abis < m.lines.abis.n; f->n_abis++)
		abi_fill(&m, m.lines.abis.v[f->n_abis], &f->abis[f->n_abis]);
	plan->keyring_required = opens(decision_of(&m, CALL_keyctl)->said) ||
				 opens(decision_of(&m, CALL_add_key)->said) ||
				 opens(decision_of(&m, CALL_request_key)->said);
	return 0;
}

int plan_syscalls(struct plan *plan, struct host *host UNUSED, struct err *err)
{
	int r = filter_build(plan, machine_native, err);

	if (r < 0)
		return r;
	if (bpf_build(plan->filter, plan->arena, &plan->program) < 0)
		return err_add(err, plan->filter->default_from,
			       "the filter has more than %d instructions: name fewer calls", BPF_MAXINSNS);
	return 0;
}
