/* SPDX-License-Identifier: MIT */
/* [cgroup]: who makes the sandbox's control group, where, and which limits are written to it. */
#include <errno.h>

#include "base/dirs.h"
#include "base/path.h"
#include "base/str.h"
#include "plan/cgroup_values.h"
#include "plan/plan.h"
#include "profile/profile.h"

const char cgroup_version_1[] = "the controllers are in hierarchies of cgroup version 1, which users cannot be given";
const char cgroup_version_1_remedy[] = "boot with systemd.unified_cgroup_hierarchy=1";

struct choice {
	struct plan *plan;
	struct host *host;
	struct err *err;
	const char *why_not; /* what keeps the last manager that was looked at from serving; NULL: nothing */
	const char *remedy;
};

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && streq(text + n - m, end);
}

static bool has_word(const char *words, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = words; (at = strstr(at, word)); at += n)
		if ((at == words || at[-1] == ' ') && (!at[n] || at[n] == ' ' || at[n] == '\n'))
			return true;
	return false;
}

/* Does @words name every controller that a limit needs? */
static bool serves(const struct cgroup_plan *p, const char *words)
{
	vec_each (l, &p->limits)
		if (l->controller[0] && !has_word(words, l->controller))
			return false;
	return true;
}

/* ---- subtree ---- */

/*
 * Slices, and the service that the user's systemd runs in, are systemd's to divide, whoever owns them; a scope or service
 * is so unless it was delegated.  What has no such name was made by somebody else, for the caller.
 */
static bool is_callers(const struct cgroup_level *level)
{
	const char *name = path_name(level->path);

	if (ends_with(name, ".slice") || skip_prefix(name, "user@"))
		return false;
	return level->delegated || !(ends_with(name, ".scope") || ends_with(name, ".service"));
}

/* Above a unit of systemd nothing is the caller's. */
static bool is_unit(const struct cgroup_level *level)
{
	const char *name = path_name(level->path);

	return ends_with(name, ".scope") || ends_with(name, ".service");
}

static const char *words_to_enable(struct choice *c, const struct cgroup_level *level)
{
	static const char *const also[] = { "memory", "pids" }; /* what `sbox list` shows */
	const char *text = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(also); i++)
		if (has_word(level->controllers, also[i]) && !has_word(level->enabled, also[i]))
			text = arena_printf(c->plan->arena, "%s+%s", text ? arena_printf(c->plan->arena, "%s ", text) : "", also[i]);
	vec_each (l, &c->plan->cgroup.limits) {
		if (!l->controller[0] || has_word(level->enabled, l->controller) || !has_word(level->controllers, l->controller) ||
		    (text && strstr(text, arena_printf(c->plan->arena, "+%s", l->controller))))
			continue;
		text = arena_printf(c->plan->arena, "%s%s+%s", text ? text : "", text ? " " : "", l->controller);
	}
	return text;
}

/*
 * A group that hands controllers down must not hold processes itself.  So the caller's own can be divided only when sbox
 * is alone in it and moves to a leaf; above it, where nobody is, a leaf is enough.
 */
static bool can_divide(struct choice *c, const struct cgroup_level *level, bool own)
{
	struct cgroup_plan *p = &c->plan->cgroup;

	if (!is_callers(level))
		return false;
	p->base = level->path;
	p->leaves = false;
	p->enable = NULL;
	if (serves(p, level->enabled))
		return true;
	if (!serves(p, level->controllers) || (own && !level->alone))
		return false;
	p->leaves = own;
	p->enable = words_to_enable(c, level);
	return true;
}

/* @partly: also one that cannot hold every limit */
static bool choose_subtree(struct choice *c, bool partly)
{
	const struct cgroup_place *place = c->host->cgroups(c->host);
	struct cgroup_plan *p = &c->plan->cgroup;

	c->remedy = NULL;
	if (!place->mount) {
		c->why_not = "this machine has no version 2 control groups";
		c->remedy = cgroup_version_1_remedy;
		return false;
	}
	p->mount = place->mount;
	vec_each (level, &place->levels) {
		if (can_divide(c, level, level == place->levels.v)) {
			p->via = CGROUP_SUBTREE;
			return true;
		}
		if (is_unit(level))
			break;
	}
	c->why_not = "the caller's control group is not marked as delegated";
	c->remedy = "manager = systemd: the user's systemd makes one.  What it delegates itself (systemd-run --user -p Delegate=yes) "
		    "it does not mark";
	if (!partly || !place->levels.n || !is_callers(&place->levels.v[0]))
		return false;
	p->base = place->levels.v[0].path;
	p->leaves = false;
	p->enable = NULL;
	p->via = CGROUP_SUBTREE;
	return true;
}

/* ---- systemd ---- */

static bool is_socket(struct choice *c, const char *path)
{
	struct resolved r;

	return host_resolve(c->host, c->plan->arena, path, &r) == 0 && r.node->kind == NODE_SOCKET;
}

static const char *const *controllers_to_ask(struct choice *c)
{
	const char **list = arena_new_array(c->plan->arena, const char *, c->plan->cgroup.limits.n + 3);
	size_t n = 0;

	list[n++] = "memory";
	list[n++] = "pids";
	vec_each (l, &c->plan->cgroup.limits) {
		bool there = !l->controller[0];

		for (size_t i = 0; i < n; i++)
			there |= streq(list[i], l->controller);
		if (!there)
			list[n++] = l->controller;
	}
	return list;
}

static bool choose_systemd(struct choice *c)
{
	const char *dir = c->plan->caller->runtime_dir;
	struct cgroup_plan *p = &c->plan->cgroup;

	bool own = dir && is_socket(c, path_join(c->plan->arena, dir, "systemd/private"));
	bool bus = dir && !own && is_socket(c, path_join(c->plan->arena, dir, "bus"));
	if (bus && !scope_helper[0]) {
		c->why_not = "the user's systemd has no socket of its own, and this sbox was built without systemd's library";
		c->remedy = "./configure without --without-systemd, with libsystemd's headers installed";
		return false;
	}
	if (!own && !bus) {
		c->why_not = "no systemd of the user can be reached by XDG_RUNTIME_DIR";
		c->remedy = arena_printf(c->plan->arena, "start sbox from a login session, or as root: loginctl enable-linger %s",
					 c->plan->caller->user);
		return false;
	}
	p->mount = c->host->cgroups(c->host)->mount;
	if (!p->mount) {
		c->why_not = "this machine has no version 2 control groups";
		c->remedy = cgroup_version_1_remedy;
		return false;
	}
	p->via = CGROUP_SYSTEMD;
	p->leaves = true;
	p->controllers = controllers_to_ask(c);
	return true;
}

/* ---- the choice ---- */

static void choose(struct choice *c, enum cgroup_manager manager)
{
	const struct cgroup_plan *p = &c->plan->cgroup;
	bool only_shipped_tasks = p->limits.n == 1 && p->tasks && !p->limits.v[0].user && !p->slice;

	switch (manager) {
	case MANAGER_SUBTREE:
		(void)choose_subtree(c, true);
		return;
	case MANAGER_SYSTEMD:
		(void)choose_systemd(c);
		return;
	case MANAGER_NONE:
		c->why_not = "manager = none";
		return;
	case MANAGER_AUTO:
		break;
	}
	/* A round trip to systemd takes longer than all the rest of a launch. */
	if (p->slice || !choose_subtree(c, false)) {
		if (only_shipped_tasks || choose_systemd(c))
			return;
		const char *why_not = c->why_not, *remedy = c->remedy;

		if (!p->slice)
			(void)choose_subtree(c, true);
		c->why_not = arena_printf(c->plan->arena, "%s%s%s", p->slice ? "" : c->why_not, p->slice ? "" : ", and ", why_not);
		c->remedy = remedy;
	}
}

/* A name for directories and units: what systemd takes, without what has a meaning there. */
static const char *name_of(const struct plan *plan)
{
	char *name = arena_printf(plan->arena, "sbox-%.64s", plan->profile->name);

	for (char *c = name; *c; c++)
		if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || strchr("._-", *c)))
			*c = '_';
	return name;
}

static void note(struct plan *plan, struct origin from, const char *text)
{
	vec_push(plan->arena, &plan->cgroup.notes, (struct cgroup_note){ text, from });
}

/* RLIMIT_NPROC counts inside the user namespace, so it bounds the same tasks. */
void plan_cgroup_tasks(struct plan *plan)
{
	if (plan->cgroup.via != CGROUP_NONE || !plan->cgroup.tasks)
		return;
	const struct setting *s = profile_get(plan->profile, KEY_cgroup_pids_max);
	rlim_t most = (rlim_t)plan->cgroup.tasks;

	note(plan, s->from, "pids-max is held as a resource limit (nproc), in the sandbox's user namespace");
	vec_each (r, &plan->rlimits)
		if (r->resource == RLIMIT_NPROC) {
			if (r->value.rlim_max > most)
				*r = (struct plan_rlimit){ RLIMIT_NPROC, r->name, { most, most }, s->from };
			return;
		}
	vec_push(plan->arena, &plan->rlimits, (struct plan_rlimit){ RLIMIT_NPROC, "nproc", { most, most }, s->from });
}

/* No cgroup at all: one line for all the limits that are lost by that. */
static void nothing_made(struct choice *c, enum cgroup_manager manager)
{
	struct cgroup_plan *p = &c->plan->cgroup;
	struct arena *arena = c->plan->arena;
	const char *lost = p->slice ? "slice" : "", *last = NULL;
	const struct setting *named = profile_get(c->plan->profile, KEY_cgroup_manager);
	bool user = p->slice && p->slice_user, asked = manager != MANAGER_AUTO && named->user;

	vec_each (l, &p->limits) {
		if (streq(l->file, "pids.max") || (last && streq(last, l->key)))
			continue;
		lost = arena_printf(arena, "%s%s%s", lost, *lost ? ", " : "", l->key);
		user |= l->user;
		last = l->key;
	}
	if (manager == MANAGER_NONE)
		return;
	if ((*lost && user) || asked) {
		if (*lost)
			err_warn(c->err, p->from, "cannot be held: %s, continuing without %s", c->why_not, lost);
		else
			err_warn(c->err, named->from, "no control group can be made: %s, continuing without one", c->why_not);
		if (c->remedy)
			err_remedy(c->err, "%s", c->remedy);
	} else if (*lost || manager != MANAGER_AUTO) {
		note(c->plan, p->from, arena_printf(arena, "%s: %s", *lost ? arena_printf(arena, "%s: not held", lost) : "no cgroup",
						    c->why_not));
	}
}

static void check_required(struct choice *c, const struct setting *required)
{
	struct cgroup_plan *p = &c->plan->cgroup;

	if (!p->limits.n && !p->slice) {
		err_add(c->err, required->from, "cgroup is required, and no line of [cgroup] says which limit");
		return;
	}
	if (p->via != CGROUP_NONE)
		return;
	err_add(c->err, p->from, "cgroup is required, and none can be made: %s", c->why_not);
	if (c->remedy)
		err_remedy(c->err, "%s", c->remedy);
}

static void take_slice(struct choice *c, enum cgroup_manager manager)
{
	const struct setting *s = profile_get(c->plan->profile, KEY_cgroup_slice);
	struct cgroup_plan *p = &c->plan->cgroup;

	if (!s)
		return;
	if (!cgroup_slice_is_valid(s->v.text)) {
		err_add(c->err, s->from, "not the name of a slice: %s", s->v.text);
		err_remedy(c->err, "NAME.slice, of letters, digits, \"_\", \".\" and \"-\"");
		return;
	}
	if (manager == MANAGER_SUBTREE) {
		err_add(c->err, s->from, "slices are systemd's: they cannot be had with manager = subtree");
		err_remedy(c->err, "manager = systemd; or set limits on the group that was delegated, which bound the sum");
		return;
	}
	p->slice = ends_with(s->v.text, ".slice") ? s->v.text : arena_printf(c->plan->arena, "%s.slice", s->v.text);
	p->slice_user = s->user;
	p->slice_from = s->from;
}

int plan_cgroup(struct plan *plan, struct host *host, struct err *err)
{
	enum cgroup_manager manager = (enum cgroup_manager)profile_number(plan->profile, KEY_cgroup_manager);
	const struct setting *required = plan_requires(plan, HINT_CGROUP);
	struct choice c = { .plan = plan, .host = host, .err = err };
	struct cgroup_plan *p = &plan->cgroup;
	size_t before = err->errors;

	cgroup_limits(plan, host, err);
	take_slice(&c, manager);
	if (err->errors != before)
		return -EINVAL;
	p->required = required != NULL;
	p->name = name_of(plan);
	p->from = p->limits.n ? p->limits.v[0].from : p->slice ? p->slice_from : profile_get(plan->profile, KEY_cgroup_manager)->from;
	/* Without a limit there is none, unless a manager is named: then `sbox freeze` has something to work on. */
	if (p->limits.n || p->slice || manager == MANAGER_SUBTREE || manager == MANAGER_SYSTEMD)
		choose(&c, manager);
	/* Whatever else is missing: a limit could not be held by it. */
	p->version_1 = p->limits.n && manager != MANAGER_NONE && host->cgroups(host)->version_1;
	if (p->via == CGROUP_NONE && p->version_1) {
		c.why_not = cgroup_version_1;
		c.remedy = cgroup_version_1_remedy;
	}
	if (required)
		check_required(&c, required);
	if (p->via == CGROUP_NONE && err->errors == before && (p->limits.n || p->slice || c.why_not))
		nothing_made(&c, manager);
	return err->errors == before ? 0 : -EINVAL;
}
