/* SPDX-License-Identifier: MIT */
/* The home directory, the directories that are kept, and the current directory. */
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

/*
 * Where @rest below sbox's state directory is.  That directory itself may be reached through links (~/.local leads
 * elsewhere): those are the user's.  Below it there are none but what a program left in a kept directory: one that led
 * to ~/.ssh would be given to the next run.
 * Return: 0, *ret_node is NULL when it is still to be made; -EINVAL.
 */
int items_own_path(struct items *it, const char *rest, struct origin from, const char **ret, const struct node **ret_node)
{
	struct resolved r;
	int rc = host_resolve(it->host, it->arena, path_join(it->arena, it->plan->caller->state_dir, "sbox"), &r);

	*ret_node = rc == 0 && r.node->kind == NODE_DIR ? r.node : NULL;
	if (rc < 0 && rc != -ENOENT)
		return err_sys(it->err, from, -rc, "%s", r.path);
	for (*ret = r.path; *rest; rest += strspn(rest, "/")) {
		size_t n = strcspn(rest, "/");

		*ret = path_join(it->arena, *ret, arena_strndup(it->arena, rest, n));
		rest += n;
		if (!*ret_node)
			continue;
		*ret_node = it->host->node(it->host, *ret);
		if ((*ret_node)->kind == NODE_MISSING) {
			*ret_node = NULL;
		} else if ((*ret_node)->kind != NODE_DIR) {
			err_add(it->err, from, "%s is no directory: a program must have put it there", *ret);
			err_remedy(it->err, "remove it, once you have looked at what it is");
			return -EINVAL;
		}
	}
	if (*ret_node && (*ret_node)->uid != it->plan->caller->uid)
		return err_add(it->err, from, "%s belongs to uid %u, not to the user", *ret, (*ret_node)->uid);
	return 0;
}

/* A directory of sbox's own that is kept between runs; made by the parent when it is missing. */
static void add_kept(struct items *it, const char *rest, const char *path, int rank, struct origin from, const char *note)
{
	const struct node *node = NULL;
	const char *source = NULL;

	if (it->plan->profile->name[0] == '.') {
		err_add(it->err, from, "a profile called \"%s\" can keep nothing", it->plan->profile->name);
		err_remedy(it->err, "give the file another name");
		return;
	}
	if (items_own_path(it, rest, from, &source, &node) < 0)
		return;
	vec_push(it->arena, &it->plan->own_dirs, (struct plan_dir){ .path = source, .from = from });
	item_add(it, (struct item){ .kind = MOUNT_BIND, .path = path, .source = source, .node = node, .rw = true, .kept = true,
				    .rank = rank, .from = from, .note = note, .is_dir = true });
}

/* Where the home lies inside: a home that is reached through links is reached through the same ones. */
static const char *home_path(struct items *it, int rank, struct origin from)
{
	const char *home = it->plan->caller->home;
	struct resolved r;

	if (host_resolve(it->host, it->arena, home, &r) < 0)
		return home;
	vec_each (l, &r.links)
		item_add(it, (struct item){ .kind = MOUNT_SYMLINK, .path = l->at, .source = l->target, .rank = RANK_LINK,
					    .from = from, .note = "link on the way" });
	return rank > RANK_SYSTEM || r.path[1] ? r.path : home;
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
		item_add(it, (struct item){ .kind = MOUNT_TMPFS, .path = home_path(it, rank, home->from), .size = items_tmp_size(it),
					    .mode = 0700, .rw = true, .rank = rank, .from = home->from, .is_dir = true });
		break;
	case HOME_PRIVATE:
		add_kept(it, arena_printf(it->arena, "homes/%s", p->name), home_path(it, rank, home->from), rank, home->from,
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
		add_kept(it, arena_printf(it->arena, "keep/%s/%s", p->name, rest), s->v.src,
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
	/* A bind mount shows the same home elsewhere: by identity. */
	const struct node *here = it->host->node(it->host, cwd);
	for (const char *p = home.path; !streq(p, "/"); p = path_parent(it->arena, p)) {
		const struct node *n = it->host->node(it->host, p);

		if (n->ino == here->ino && n->dev == here->dev && n->kind == NODE_DIR)
			return streq(p, home.path) ? "it is the home directory" : "the home directory is below it";
	}
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

static void add_overlay_cwd(struct items *it, const char *path, const struct setting *cwd)
{
	struct resolved r;

	if (item_source(it, path, cwd->from, false, true, &r) == 0)
		items_overlay(it, cwd, &r, r.path);
}

static void items_cwd(struct items *it)
{
	const struct setting *cwd = profile_get(it->plan->profile, KEY_files_cwd);
	const char *path = it->plan->caller->cwd;

	if (cwd->v.number == CWD_NONE)
		return;

	const char *why = cwd_refusal(it, path);
	if (!why) {
		if (cwd->v.number == CWD_OVERLAY)
			add_overlay_cwd(it, path, cwd);
		else
			add_host_dir(it, path, cwd->v.number == CWD_RW, RANK_LAYER + (int)cwd->layer, cwd->from);
		return;
	}
	const char *shown = path ? path : "the current directory";
	static const char *const words[] = { [CWD_RO] = "ro", [CWD_RW] = "rw", [CWD_OVERLAY] = "overlay" };
	if (plan_requires(it->plan, HINT_CWD))
		err_add(it->err, cwd->from, "%s is not given to the sandbox: %s", shown, why);
	else
		err_warn(it->err, cwd->from, "%s is not given to the sandbox: %s", shown, why);
	if (path)
		err_remedy(it->err, "change to a directory of its own, or name what is meant: --%s %s", words[cwd->v.number],
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
