/* SPDX-License-Identifier: MIT */
/*
 * What the next launch believes: sbox's own directories are never visible inside, and no profile can be written there,
 * whatever is given.  Else the program would write its own permission (firejail #7154).
 */
#include "plan/items.h"

#include <errno.h>

#include "base/dirs.h"
#include "base/path.h"

static const struct origin own = { .file = "always" };

/* The item that shows what is at host path @path, under whatever name; *ret_writable: one that does shows it writable. */
static const struct item *shown_by(struct items *it, const char *path, bool *ret_writable)
{
	const struct item *by = NULL;

	*ret_writable = false;
	vec_each (i, &it->v) {
		if (!item_shows_host(i) || i->kept || !i->source)
			continue;
		/* What `system` brings is read-only: names are enough there. */
		if (!(i->rank > RANK_GUARD ? items_below_object(it, path, i) : path_below(path, i->source)))
			continue;
		by = i;
		*ret_writable |= i->rw;
	}
	return by;
}

static bool same(const struct node *a, const struct node *b)
{
	return a && b && a->ino && a->ino == b->ino && a->dev == b->dev;
}

/* A line that names @r itself or something in it.  @writable: only one that gives it so. */
static const struct item *given_by(struct items *it, const struct resolved *r, bool writable)
{
	const struct item top = { .source = r->path, .node = r->node, .is_dir = r->node->kind == NODE_DIR };

	vec_each (i, &it->v) {
		if (!item_shows_host(i) || i->kept || !i->source || i->rank <= RANK_GUARD || i->rank == RANK_OWN)
			continue;
		if ((i->rw || !writable) && (same(i->node, r->node) || items_below_object(it, i->source, &top)))
			return i;
	}
	return NULL;
}

/* A link on the way could be replaced by a directory of the program's own: it is mounted on itself, read-only. */
static void guard_links(struct items *it, const struct resolved *r)
{
	bool writable;

	vec_each (l, &r->links)
		if (shown_by(it, l->at, &writable) && writable)
			item_add(it, (struct item){ .kind = MOUNT_BIND, .path = l->at, .source = l->at,
						    .node = it->host->node(it->host, l->at), .rank = RANK_OWN, .from = own,
						    .note = "leads to what sbox itself reads" });
}

/* Made first: a name that is missing could be made by the program and would then be believed. */
static void make_first(struct items *it, const struct resolved *r)
{
	vec_push(it->arena, &it->plan->own_dirs, (struct plan_dir){ .path = r->path, .from = own });
}

static void mask_own(struct items *it, const char *dir)
{
	struct resolved r;
	bool writable;
	int rc = host_resolve(it->host, it->arena, dir, &r);
	bool exists = rc == 0 && r.node->kind == NODE_DIR;
	const struct item *given = given_by(it, &r, false);

	if (given) {
		err_add(it->err, given->from, "%s belongs to sbox itself and is never visible inside", given->source);
		return;
	}
	guard_links(it, &r);
	if (!shown_by(it, r.path, &writable) || rc == -EACCES)
		return;
	if (!exists && !writable)
		return; /* nothing there, and nothing inside can make it */
	if (!exists)
		make_first(it, &r);
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
	if (!c->runtime_dir && it->plan->registry.dir)
		mask_own(it, it->plan->registry.dir);
}

/* ---- profiles ---- */

static bool masked(const struct items *it, const char *path)
{
	vec_each (i, &it->v)
		if (i->kind == MOUNT_MASK && i->rank == RANK_OWN && path_below(path, i->path))
			return true;
	return false;
}

/* @path, a directory of profiles or one of them, is read-only inside.  A missing directory is made when @make. */
static void guard_profile(struct items *it, const char *path, bool make)
{
	struct resolved r;
	bool writable;
	int rc = host_resolve(it->host, it->arena, path, &r);
	const struct item *given = rc == 0 ? given_by(it, &r, true) : NULL;

	if (given) {
		err_add(it->err, given->from, "%s is never writable inside: sbox reads profiles from it", given->source);
		err_remedy(it->err, "keep profiles elsewhere, or give it read-only");
		return;
	}
	guard_links(it, &r);
	if (!shown_by(it, r.path, &writable) || !writable || masked(it, r.path))
		return;
	bool missing = rc == -ENOENT || (rc == 0 && r.node->kind == NODE_MISSING);
	if (missing ? !make : rc < 0)
		return;
	if (missing)
		make_first(it, &r);
	item_add(it, (struct item){ .kind = MOUNT_BIND, .path = r.path, .source = r.path, .node = missing ? NULL : r.node,
				    .is_dir = missing || r.node->kind == NODE_DIR, .rank = RANK_OWN, .from = own,
				    .note = "sbox reads profiles from it" });
}

/* Single profiles and drop-ins are often links into a repository of dotfiles. */
static void guard_linked_profiles(struct items *it, const char *dir)
{
	name_list names = { 0 };
	struct resolved r;

	if (host_resolve(it->host, it->arena, dir, &r) < 0 || r.node->kind != NODE_DIR)
		return;
	int error = it->host->names(it->host, r.path, "*.*", &names);
	if (error < 0 && error != -EACCES)
		err_sys(it->err, NO_ORIGIN, -error, "cannot list %s, to guard the profiles in it", r.path);
	vec_each (name, &names) {
		const char *path = path_join(it->arena, r.path, *name);
		const struct node *n = it->host->node(it->host, path);

		if (n->kind == NODE_LINK)
			guard_profile(it, path, false);
		else if (n->kind == NODE_DIR)
			guard_linked_profiles(it, path);
	}
}

static void guard_profile_dirs(struct items *it)
{
	const struct caller *c = it->plan->caller;
	const char *path = caller_env(c, "SBOX_PROFILE_PATH");

	guard_profile(it, shipped_profile_dir, true);
	guard_profile(it, system_profile_dir, true);
	if (!path || !*path) {
		guard_linked_profiles(it, path_join(it->arena, c->config_dir, "sbox/profiles"));
		return;
	}
	while (*path) {
		size_t n = strcspn(path, ":");
		const char *dir = path_normalize(it->arena, arena_strndup(it->arena, path, n));

		path += n + (path[n] == ':');
		if (!dir)
			continue;
		guard_profile(it, dir, true);
		guard_linked_profiles(it, dir);
	}
}

/* Who can write there lifts the limits, or leaves the group that they hold for. */
static void guard_cgroups(struct items *it)
{
	static const char path[] = "/sys/fs/cgroup";
	struct resolved r;
	bool writable;

	if (host_resolve(it->host, it->arena, path, &r) < 0 || r.node->kind != NODE_DIR)
		return;
	const struct item *given = given_by(it, &r, true);
	if (given) {
		err_add(it->err, given->from, "%s is never writable inside: it holds the control groups of the host", given->source);
		err_remedy(it->err, "give it read-only");
		return;
	}
	if (shown_by(it, r.path, &writable) && writable)
		item_add(it, (struct item){ .kind = MOUNT_BIND, .path = r.path, .source = r.path, .node = r.node, .is_dir = true,
					    .rank = RANK_OWN, .from = own, .note = "the control groups of the host" });
}

/* ---- hooks and log ---- */

/* The line that lets the program write what is at host path @path, or in one of sbox's own directories; or NULL. */
static const struct origin *written_by(struct items *it, const char *path)
{
	const struct caller *c = it->plan->caller;
	const char *const bases[] = { c->data_dir, c->state_dir, c->cache_dir };

	vec_each (i, &it->v)
		if (item_shows_host(i) && !item_apart(i) && i->rw && !i->kept && i->source && items_below_object(it, path, i))
			return &i->from;
	for (size_t i = 0; i < ARRAY_SIZE(bases); i++)
		if (bases[i] && path_below(path, path_join(it->arena, bases[i], "sbox")))
			return &own; /* private homes, layers of overlays */
	return NULL;
}

static void refuse_written(struct items *it, const char *path, struct origin from, const char *what)
{
	struct resolved r;

	(void)host_resolve(it->host, it->arena, path, &r);
	const struct origin *by = written_by(it, r.path);
	vec_each (l, &r.links)
		by = by ? by : written_by(it, l->at);
	if (!by)
		return;
	err_add(it->err, from, "%s: the sandbox can write there (%s)", path, origin_text(it->arena, *by));
	err_remedy(it->err, "%s", what);
}

void items_outside(struct items *it)
{
	const struct plan *plan = it->plan;

	vec_each (h, &plan->hooks)
		refuse_written(it, h->name, h->from, "a program that is run outside lies where nothing inside can change it");
	if (plan->log.to == LOG_FILE)
		refuse_written(it, plan->log.name, plan->log.from, "a log that the program cannot change lies elsewhere; log = journal is another way");
}

void items_profiles(struct items *it)
{
	bool writable = false;

	vec_each (i, &it->v)
		writable |= item_shows_host(i) && i->rw && !i->kept;
	if (!writable)
		return;
	guard_cgroups(it);
	guard_profile_dirs(it);
	vec_each (layer, &it->plan->profile->layers)
		if (layer->file && layer->file[0] == '/')
			guard_profile(it, layer->file, false);
}
