/* SPDX-License-Identifier: MIT */
/* The filter as a table: what a call does, and the words for it. */
#include "plan/filter.h"

#include <errno.h>
#include <linux/audit.h>

#include "base/errno_name.h"
#include "plan/syscall_groups.h"

static bool cond_holds(const struct filter_cond *c, const struct seccomp_data *data)
{
	return ((data->args[c->arg] & c->mask) == c->value) != c->negate;
}

static bool case_holds(const struct filter_case *c, const struct seccomp_data *data)
{
	for (size_t i = 0; i < c->n_conds; i++)
		if (!cond_holds(&c->conds[i], data))
			return false;
	return true;
}

static const struct filter_abi *abi_of(const struct filter *f, const struct seccomp_data *data)
{
	/* Nothing lies above the x32 calls but -1, which is what a tracer makes of a call that it cancels. */
	bool x32 = data->arch == AUDIT_ARCH_X86_64 && (uint32_t)data->nr >= X32_BIT && data->nr != -1;

	for (size_t i = 0; i < f->n_abis; i++)
		if (f->abis[i].audit_arch == data->arch && abi_is_x32(&f->abis[i]) == x32)
			return &f->abis[i];
	return NULL;
}

static const struct filter_rule *rule_of(const struct filter_abi *abi, uint32_t nr)
{
	size_t low = 0, high = abi->n_rules;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (abi->rules[mid].nr == nr)
			return &abi->rules[mid];
		if (abi->rules[mid].nr < nr)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

const struct filter_case *filter_case_find(const struct filter_rule *rule, const struct seccomp_data *data)
{
	for (size_t i = 0; i < rule->n_cases; i++)
		if (case_holds(&rule->cases[i], data))
			return &rule->cases[i];
	return NULL;
}

uint32_t filter_verdict(const struct filter *f, const struct seccomp_data *data, const struct filter_rule **ret_rule)
{
	const struct filter_abi *abi = abi_of(f, data);
	const struct filter_rule *rule = abi ? rule_of(abi, (uint32_t)data->nr) : NULL;

	if (ret_rule)
		*ret_rule = rule;
	if (!abi)
		return SECCOMP_RET_KILL_PROCESS;
	if (!rule)
		return abi->default_action;
	const struct filter_case *hit = filter_case_find(rule, data);
	return hit ? hit->action : rule->action;
}

const struct filter_rule *filter_rule_find(const struct filter *f, const char *name)
{
	for (size_t i = 0; f->n_abis && i < f->abis[0].n_rules; i++)
		if (streq(f->abis[0].rules[i].name, name))
			return &f->abis[0].rules[i];
	return NULL;
}

static const struct {
	const char *name;
	uint32_t action;
} actions[] = {
	{ "allow", SECCOMP_RET_ALLOW }, { "kill", SECCOMP_RET_KILL_PROCESS },  { "trap", SECCOMP_RET_TRAP },
	{ "log", SECCOMP_RET_LOG },	{ "notify", SECCOMP_RET_USER_NOTIF },
};

const char *action_text(struct arena *arena, uint32_t action)
{
	uint32_t kind = action & SECCOMP_RET_ACTION_FULL;
	int error = (int)(action & SECCOMP_RET_DATA);

	if (kind == SECCOMP_RET_ERRNO) {
		const char *name = errno_name(error);

		return name ? arena_printf(arena, "errno:%s", name) : arena_printf(arena, "errno:%d", error);
	}
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (actions[i].action == kind)
			return actions[i].name;
	return arena_printf(arena, "0x%08x", action);
}
