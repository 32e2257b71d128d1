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

int plan_env(struct plan *plan, struct host *host UNUSED, struct err *err UNUSED)
{
	const struct profile *p = plan->profile;

	for (size_t i = 0; i < ARRAY_SIZE(passed); i++)
		pass(plan, passed[i], always);
	set_own(plan);
	vec_each (s, profile_list(p, KEY_environment_pass))
		pass(plan, s->v.text, s->from);
	vec_each (s, profile_list(p, KEY_environment_set))
		set(plan, s->v.name, s->v.text, s->from);
	vec_each (s, profile_list(p, KEY_environment_unset))
		unset(plan, s->v.text);

	plan->envp = arena_new_array(plan->arena, char *, plan->env.n + 1);
	for (size_t i = 0; i < plan->env.n; i++)
		plan->envp[i] = arena_printf(plan->arena, "%s=%s", plan->env.v[i].name, plan->env.v[i].value);
	const struct plan_env *path = find(plan, "PATH");
	/* A copy: the launcher's own environment block is wiped before the program is looked up. */
	plan->path_list = path ? arena_strdup(plan->arena, path->value) : path_inside;
	return 0;
}
