/* SPDX-License-Identifier: MIT */
/* The tables of system calls for people. */
#include <errno.h>

#include "base/str.h"
#include "plan/syscall_groups.h"

struct text {
	struct arena *arena;
	VEC(char) chars;
};

static void add(struct text *t, const char *s)
{
	for (; *s; s++)
		vec_push(t->arena, &t->chars, *s);
}

static const char *finish(struct text *t)
{
	vec_push(t->arena, &t->chars, '\0');
	return t->chars.v;
}

static const char *const wall_words[] = {
	[WALL_OPEN] = NULL,
	[WALL_NAMED] = "each call can be allowed by its own name only",
	[WALL_SET_ID] = "only together with @set-id",
	[WALL_FULL] = "only with [namespaces] nested = full",
	[WALL_NEVER] = "no line opens it",
};

static const char *refusal_word(enum refusal r)
{
	return r == REFUSE_PERM ? "EPERM" : r == REFUSE_NOSYS ? "ENOSYS" : "[seccomp] default";
}

static void add_base(struct text *t)
{
	add(t, "@base: what ordinary programs need:");
	for (size_t i = 0; i < GROUP_COUNT; i++)
		if (syscall_groups[i].in_base)
			add(t, arena_printf(t->arena, " %s", syscall_groups[i].name));
	add(t, "\n");
}

static void add_group(struct text *t, const struct syscall_group *g)
{
	add(t, arena_printf(t->arena, "\n%s: %s\n  reason: %s\n", g->name, g->help, g->why));
	if (!g->in_base)
		add(t, arena_printf(t->arena, "  not named: %s\n", refusal_word(g->refusal)));
	if (wall_words[g->wall])
		add(t, arena_printf(t->arena, "  %s\n", wall_words[g->wall]));
}

/* What the row says beyond its group. */
static const char *row_note(struct arena *arena, const struct syscall_row *row)
{
	const char *note = "";

	if (row->only32)
		note = ", 32-bit programs";
	if (row->why && row->refusal != REFUSE_INHERIT)
		note = arena_printf(arena, "%s, not named: %s: %s", note, refusal_word(row->refusal), row->why);
	return *note ? arena_printf(arena, "  (%s)", note + 2) : "";
}

static void add_cases(struct text *t, const struct filter_rule *rule)
{
	for (size_t i = 0; i < rule->n_cases; i++)
		add(t, arena_printf(t->arena, "      %-18s %s\n", action_text(t->arena, rule->cases[i].action),
				    rule->cases[i].why));
}

static void add_call(struct text *t, const struct plan *plan, size_t call)
{
	const struct syscall_row *row = &syscall_rows[call];
	const struct filter_rule *rule = plan ? filter_rule_find(plan->filter, row->name) : NULL;

	if (!plan) {
		add(t, arena_printf(t->arena, "    %s%s\n", row->name, row_note(t->arena, row)));
		return;
	}
	if (abi_number(&machine_native->abis[0], row->name) < 0)
		return;
	add(t, arena_printf(t->arena, "    %-24s %-18s %s\n", row->name,
			    action_text(t->arena, rule ? rule->action : plan->filter->default_action),
			    origin_text(t->arena, rule ? rule->from : plan->filter->default_from)));
	if (rule)
		add_cases(t, rule);
}

const char *syscall_groups_text(struct arena *arena, const struct plan *plan)
{
	struct text t = { .arena = arena };

	add_base(&t);
	for (size_t g = 0; g < GROUP_COUNT; g++) {
		add_group(&t, &syscall_groups[g]);
		for (size_t i = 0; i < CALL_COUNT; i++)
			if (syscall_rows[i].group == g)
				add_call(&t, plan, i);
	}
	return finish(&t);
}

int syscall_change(const char *name, struct syscall_change *ret, const char **ret_near)
{
	enum syscall_id call = call_find(name);
	enum wall wall = call < CALL_COUNT ? call_wall(call) : WALL_OPEN;

	*ret = (struct syscall_change){ KEY_seccomp_allow, name };
	*ret_near = NULL;
	if (abi_number(&machine_native->abis[0], name) < 0) {
		*ret_near = call < CALL_COUNT ? name : nearest(name, call_or_group_at, NULL);
		return -EINVAL;
	}
	if (wall == WALL_NEVER)
		ret->value = NULL;
	else if (wall == WALL_FULL)
		*ret = (struct syscall_change){ KEY_namespaces_nested, "full" };
	else if (wall == WALL_SET_ID)
		ret->value = "@set-id";
	else if (call == CALL_unshare || call == CALL_chroot)
		/* Without that the number of namespaces is limited as well. */
		*ret = (struct syscall_change){ KEY_namespaces_nested, "sandbox" };
	return 0;
}
