/* SPDX-License-Identifier: MIT */
/* The home directory, the current directory, and sbox's own directories. */
#include "plan/items.h"

#include <errno.h>

#include "base/path.h"

/* A host directory that is given as it is. */
static void add_host_dir(struct items *it, const char *path, bool rw, int rank, struct origin from)
{
	struct resolved r;

	if (item_source(it, path, from, false, true, &r))
		return;
	if (r.node->kind != NODE_DIR) {
		err_add(it->err, from, "%s is not a directory", path);
		return;
	}
	item_add(it, (struct item){ .kind = MOUNT_BIND, .path = r.path, .source = r.path, .node = r.node, .rw = rw, .rank = rank,
				    .from = from, .is_dir = true });
}

/* A directory of sbox's own that is kept between runs; made by the parent when it is missing. */
static void add_kept(struct items *it, const char *source, const char *path, int rank, struct origin from, const char *note)
{
	struct resolved r;

	vec_push(it->arena, &it->plan->own_dirs, (struct plan_dir){ .path = source, .from = from });
	/* The state directory itself may be reached through links (~/.local → elsewhere); below it there are none. */
	if (host_resolve(it->host, it->arena, source, &r) < 0 || r.node->kind != NODE_DIR)
		r.node = NULL;
	item_add(it, (struct item){ .kind = MOUNT_BIND, .path = path, .source = r.node ? r.path : source, .node = r.node, .rw = true,
				    .kept = true, .rank = rank, .from = from, .note = note, .is_dir = true });
}

static void items_home_dir(struct items *it)
{
	const struct profile *p = it->plan->profile;
	const struct caller *c = it->plan->caller;
	const struct setting *home = profile_get(p, KEY_files_home);
	int rank = home->layer ? RANK_LAYER + (int)home->layer : RANK_SYSTEM;

	/* Without a system directory tree only what is asked for is there. */
	if (!home->layer && profile_number(p, KEY_files_system) == SYSTEM_NONE)
		return;
	switch (home->v.number) {
	case HOME_EPHEMERAL:
		item_add(it, (struct item){ .kind = MOUNT_TMPFS, .path = c->home, .size = items_tmp_size(it), .mode = 0700, .rw = true, .rank = rank,
					    .from = home->from, .is_dir = true });
		break;
	case HOME_PRIVATE:
		add_kept(it, arena_printf(it->arena, "%s/sbox/homes/%s", c->state_dir, p->name), c->home, rank, home->from,
			 "private home of this profile");
		break;
	default:
		add_host_dir(it, c->home, home->v.number == HOME_HOST, rank, home->from);
		break;
	}
}

static void items_keep(struct items *it)
{
	const struct profile *p = it->plan->profile;
	const struct caller *c = it->plan->caller;

	vec_each (s, profile_list(p, KEY_files_keep)) {
		const char *rest = path_below(s->v.src, c->home);

		if (!rest || !*rest) {
			err_add(it->err, s->from, "%s is not below the home directory %s", s->v.src, c->home);
			continue;
		}
		if (profile_number(p, KEY_files_home) != HOME_EPHEMERAL) {
			err_add(it->err, s->from, "only an ephemeral home has directories that are kept apart");
			err_remedy(it->err, "home = ephemeral, or leave this line out");
			continue;
		}
		add_kept(it, arena_printf(it->arena, "%s/sbox/keep/%s/%s", c->state_dir, p->name, rest), s->v.src,
			 RANK_LAYER + (int)s->layer, s->from, "kept between runs");
	}
}

/* ---- the current directory ---- */

/* Below these nothing belongs to a user; a build in /usr/src is what --rw is for. */
static const char *const system_trees[] = {
	"/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/sbin", "/sys", "/usr",
};

/* These hold what belongs to many; a directory below them may well be a project. */
static const char *const shared_dirs[] = {
	"/", "/home", "/media", "/mnt", "/opt", "/root", "/run", "/srv", "/tmp", "/var", "/var/lib", "/var/tmp",
};

/* Why the current directory is never given, or NULL. */
static const char *cwd_refusal(struct items *it, const char *cwd)
{
	const struct caller *c = it->plan->caller;
	struct resolved home;

	if (!cwd)
		return "it was deleted or cannot be named";
	if (host_resolve(it->host, it->arena, c->home, &home) < 0)
		home.path = c->home;
	if (streq(cwd, home.path) || streq(cwd, c->home))
		return "it is the home directory";
	if (path_below(home.path, cwd) || path_below(c->home, cwd))
		return "the home directory is below it";
	if (c->runtime_dir && path_below(c->runtime_dir, cwd))
		return "the runtime directory is below it";
	for (size_t i = 0; i < ARRAY_SIZE(shared_dirs); i++)
		if (streq(cwd, shared_dirs[i]))
			return "it is a system directory";
	for (size_t i = 0; i < ARRAY_SIZE(system_trees); i++)
		if (path_below(cwd, system_trees[i]))
			return "it is a system directory";
	return NULL;
}

static void items_cwd(struct items *it)
{
	const struct setting *cwd = profile_get(it->plan->profile, KEY_files_cwd);
	const char *path = it->plan->caller->cwd;

	if (cwd->v.number == CWD_NONE)
		return;

	const char *why = cwd_refusal(it, path);
	if (!why) {
		add_host_dir(it, path, cwd->v.number == CWD_RW, RANK_LAYER + (int)cwd->layer, cwd->from);
		return;
	}
	const char *shown = path ? path : "the current directory";
	const char *word = cwd->v.number == CWD_RW ? "rw" : "ro";
	if (plan_requires(it->plan, HINT_CWD))
		err_add(it->err, cwd->from, "%s is not given to the sandbox: %s", shown, why);
	else
		err_warn(it->err, cwd->from, "%s is not given to the sandbox: %s", shown, why);
	if (path)
		err_remedy(it->err, "change to a directory of its own, or name what is meant: --%s %s", word,
			   streq(path, it->plan->caller->home) ? "~" : path);
	else
		err_remedy(it->err, "change to a directory that exists");
}

void items_home(struct items *it)
{
	items_home_dir(it);
	items_keep(it);
	items_cwd(it);
}

/* ---- sbox's own directories ---- */

static void mask_own(struct items *it, const char *dir)
{
	static const struct origin own = { .file = "always" };
	struct resolved r;
	const struct item *shown_by = NULL;
	bool writable = false;
	int rc = host_resolve(it->host, it->arena, dir, &r);

	vec_each (i, &it->v) {
		if (i->kind != MOUNT_BIND || i->kept || !i->source)
			continue;
		if (path_below(i->source, r.path) && i->rank > RANK_GUARD) {
			err_add(it->err, i->from, "%s belongs to sbox itself and is never visible inside", i->source);
			return;
		}
		if (path_below(r.path, i->source)) {
			shown_by = i;
			writable |= i->rw;
		}
	}
	if (!shown_by || rc == -EACCES)
		return;
	bool exists = rc == 0 && r.node->kind == NODE_DIR;
	if (!exists && !writable)
		return; /* nothing there, and nothing inside can make it */
	/* Made first: a name that is missing could be made by the program and would then be believed. */
	if (!exists)
		vec_push(it->arena, &it->plan->own_dirs, (struct plan_dir){ .path = r.path, .from = own });
	item_add(it, (struct item){ .kind = MOUNT_MASK, .path = r.path, .source = r.path, .node = exists ? r.node : NULL,
				    .is_dir = true, .rank = RANK_OWN, .from = own, .note = "sbox's own directory" });
}

void items_own_dirs(struct items *it)
{
	const struct caller *c = it->plan->caller;
	const char *bases[] = { c->config_dir, c->data_dir, c->state_dir, c->cache_dir, c->runtime_dir };

	for (size_t i = 0; i < ARRAY_SIZE(bases); i++)
		if (bases[i])
			mask_own(it, path_join(it->arena, bases[i], "sbox"));
}
