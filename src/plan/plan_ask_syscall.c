/* SPDX-License-Identifier: MIT */
/* One question about a system call, answered from the filter's table. */
#include <errno.h>

#include "plan/ask.h"
#include "plan/syscall_groups.h"

static bool permits(uint32_t action)
{
	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG || action == SECCOMP_RET_USER_NOTIF;
}

/* The reasons of the cases that permit, or that refuse; NULL when there is none. */
static const char *case_reasons(struct arena *arena, const struct filter_rule *rule, bool permitting)
{
	const char *text = NULL, *last = "";

	for (size_t i = 0; i < rule->n_cases; i++) {
		const char *why = rule->cases[i].why;

		if (permits(rule->cases[i].action) != permitting || !why || streq(why, last))
			continue;
		text = text ? arena_printf(arena, "%s, %s", text, why) : why;
		last = why;
	}
	return text;
}

/* One sentence; *ret_allowed is whether any arguments are permitted. */
static const char *sentence(struct arena *arena, const struct filter *f, const char *name, const struct filter_rule *rule,
			    bool *ret_allowed)
{
	uint32_t action = rule ? rule->action : f->default_action;
	const char *text = arena_printf(arena, "%s: %s", name, action_text(arena, action));

	/* default = notify answers ENOSYS (report/): nobody has said that such a call may work. */
	*ret_allowed = permits(action) && (rule || action != SECCOMP_RET_USER_NOTIF);
	if (!rule)
		return arena_printf(arena, "%s, as any call that no line names", text);
	const char *only = permits(action) ? NULL : case_reasons(arena, rule, true);
	const char *but = permits(action) ? case_reasons(arena, rule, false) : NULL;
	const char *group = rule->group ? arena_printf(arena, ", from %s", rule->group) : "";

	*ret_allowed |= only != NULL;
	if (only)
		return arena_printf(arena, "%s: allowed for %s, else %s%s", name, only, action_text(arena, action), group);
	if (but)
		return arena_printf(arena, "%s%s; by its arguments refused: %s", text, group, but);
	/* Why it is shut is the line's business when a line shuts it. */
	if (*ret_allowed || !rule->why || rule->from.key)
		return arena_printf(arena, "%s%s", text, group);
	return arena_printf(arena, "%s%s (%s)", text, group, rule->why);
}

/* A line that shuts the call by its name is stronger than any that opens it: it must go first. */
static void take_back(const struct plan *plan, struct arena *arena, const char *name, struct verdict *v)
{
	static const enum key_id shut[] = { KEY_seccomp_deny, KEY_seccomp_kill };

	for (size_t i = 0; i < ARRAY_SIZE(shut); i++)
		vec_each (s, profile_list(plan->profile, shut[i]))
			if (streq(s->v.text, name)) {
				ask_empty(plan, arena, v, shut[i], s->raw);
				break;
			}
}

int plan_ask_syscall(const struct plan *plan, const char *name, struct arena *arena, struct verdict *ret)
{
	const struct filter_rule *rule = filter_rule_find(plan->filter, name);
	struct syscall_change change;
	const char *near = NULL;
	bool allowed;

	*ret = (struct verdict){ 0 };
	if (syscall_change(name, &change, &near) < 0) {
		ret->text = !near	      ? arena_printf(arena, "no such system call: %s", name) :
			    streq(near, name) ? arena_printf(arena, "%s is no system call of this machine", name) :
						arena_printf(arena, "no such system call: %s; did you mean %s?", name, near);
		return -EINVAL;
	}
	ret->text = sentence(arena, plan->filter, name, rule, &allowed);
	ret->kind = allowed ? VERDICT_ALLOWED : VERDICT_DENIED;
	ret->from = rule ? rule->from : plan->filter->default_from;
	if (allowed)
		return 0;
	if (!change.value) {
		ret->why_not = "no line opens it";
		return 0;
	}
	take_back(plan, arena, name, ret);
	ask_change(arena, ret, change.key, change.value, NULL);
	return 0;
}
