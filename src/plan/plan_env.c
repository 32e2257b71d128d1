/* SPDX-License-Identifier: MIT */
/* The program's environment: built from nothing, not inherited. */
#include <errno.h>
#include <fnmatch.h>

#include "plan/plan.h"
#include "profile/profile.h"

static const struct origin always = { .file = "always" };
static const char path_inside[] = "/usr/local/bin:/usr/bin:/bin:/usr/games";

/* Handed through in every sandbox: who, where and in which language. */
static const char *const passed[] = {
	"HOME", "USER", "LOGNAME", "SHELL", "TERM", "COLORTERM", "LANG", "LC_*", "TZ", "XDG_RUNTIME_DIR",
};

static struct plan_env *find(struct plan *plan, const char *name)
{
	vec_each (e, &plan->env)
		if (streq(e->name, name))
			return e;
	return NULL;
}

static void set(struct plan *plan, const char *name, const char *value, struct origin from)
{
	struct plan_env *e = find(plan, name);

	if (e)
		*e = (struct plan_env){ .name = name, .value = value, .from = from };
	else
		vec_push(plan->arena, &plan->env, (struct plan_env){ .name = name, .value = value, .from = from });
}

/* Every variable of the caller that @pattern names. */
static void pass(struct plan *plan, const char *pattern, struct origin from)
{
	size_t literal = strcspn(pattern, "*?[");

	for (char *const *v = plan->caller->environ; v && *v; v++) {
		const char *eq = strchr(*v, '=');

		if (!eq || strncmp(*v, pattern, literal) != 0)
			continue;
		if (!pattern[literal]) {
			if ((size_t)(eq - *v) == literal) {
				set(plan, pattern, eq + 1, from);
				return;
			}
			continue;
		}
		const char *name = arena_strndup(plan->arena, *v, (size_t)(eq - *v));
		if (fnmatch(pattern, name, 0) == 0)
			set(plan, name, eq + 1, from);
	}
}

static void unset(struct plan *plan, const char *pattern)
{
	size_t out = 0;

	vec_each (e, &plan->env)
		if (fnmatch(pattern, e->name, 0) != 0)
			plan->env.v[out++] = *e;
	plan->env.n = out;
}

static void pass_line(struct plan *plan, const struct setting *s, struct err *err UNUSED)
{
	pass(plan, s->v.text, s->from);
}

static void set_line(struct plan *plan, const struct setting *s, struct err *err UNUSED)
{
	set(plan, s->v.name, s->v.text, s->from);
}

/* A pattern that takes away what a line of the same file sets is an exception; the name itself is a contradiction. */
static void unset_line(struct plan *plan, const struct setting *s, struct err *err)
{
	vec_each (other, profile_list(plan->profile, KEY_environment_set))
		if (other->layer == s->layer && streq(other->v.name, s->v.text)) {
			err_add(err, s->from, "unset contradicts %s for %s", origin_text(plan->arena, other->from), s->v.text);
			err_remedy(err, "keep one of the two lines");
		}
	unset(plan, s->v.text);
}

/* A later layer has the last word, whatever the key; in one layer: pass, then set, then unset. */
static void take_lines(struct plan *plan, struct err *err)
{
	static void (*const take[])(struct plan *, const struct setting *, struct err *) = { pass_line, set_line, unset_line };
	const setting_list *lists[] = { profile_list(plan->profile, KEY_environment_pass), profile_list(plan->profile, KEY_environment_set),
					profile_list(plan->profile, KEY_environment_unset) };
	size_t at[ARRAY_SIZE(lists)] = { 0 };

	for (;;) {
		size_t next = ARRAY_SIZE(lists);

		for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
			if (at[i] < lists[i]->n && (next == ARRAY_SIZE(lists) || lists[i]->v[at[i]].layer < lists[next]->v[at[next]].layer))
				next = i;
		if (next == ARRAY_SIZE(lists))
			return;
		take[next](plan, &lists[next]->v[at[next]++], err);
	}
}

/* What the caller's variables can't say: the directories and the name as they are inside. */
static void set_own(struct plan *plan)
{
	const struct caller *c = plan->caller;

	set(plan, "HOME", c->home, always);
	set(plan, "PATH", path_inside, always);
	set(plan, "USER", plan->ids.user_name, always);
	set(plan, "LOGNAME", plan->ids.user_name, always);
	if (profile_number(plan->profile, KEY_files_system) == SYSTEM_HOST && !c->runtime_dir)
		set(plan, "XDG_RUNTIME_DIR", arena_printf(plan->arena, "/run/user/%u", plan->ids.inner_uid), always);
}

int plan_env(struct plan *plan, struct host *host UNUSED, struct err *err)
{
	size_t before = err->errors;

	for (size_t i = 0; i < ARRAY_SIZE(passed); i++)
		pass(plan, passed[i], always);
	set_own(plan);
	vec_each (e, &plan->service_env)
		set(plan, e->name, e->value, e->from);
	take_lines(plan, err);

	plan->envp = arena_new_array(plan->arena, char *, plan->env.n + 1);
	for (size_t i = 0; i < plan->env.n; i++)
		plan->envp[i] = arena_printf(plan->arena, "%s=%s", plan->env.v[i].name, plan->env.v[i].value);
	const struct plan_env *path = find(plan, "PATH");
	/* A copy: the launcher's own environment block is wiped before the program is looked up. */
	plan->path_list = path ? arena_strdup(plan->arena, path->value) : path_inside;
	return err->errors == before ? 0 : -EINVAL;
}
