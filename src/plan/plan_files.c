/* SPDX-License-Identifier: MIT */
/* The lines of [files] as items; and where their sources lead. */
#include "plan/items.h"

#include <errno.h>

#include "base/path.h"

void item_add(struct items *it, struct item item)
{
	item.nr = it->v.n;
	vec_push(it->arena, &it->v, item);
}

uint64_t items_tmp_size(struct items *it)
{
	const struct setting *s = profile_get(it->plan->profile, KEY_files_tmp_size);

	if (!s->v.percent)
		return (uint64_t)s->v.number;
	return ((uint64_t)it->host->probe(it->host, PROBE_RAM, 0) / 100 * (uint64_t)s->v.number) & ~UINT64_C(4095);
}

void item_remark(struct items *it, struct origin from, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	const char *text = arena_vprintf(it->arena, fmt, ap);
	va_end(ap);
	vec_push(it->arena, &it->plan->remarks, (struct plan_remark){ .from = from, .text = text });
}

int item_source(struct items *it, const char *path, struct origin from, bool optional, bool recreate, struct resolved *ret)
{
	int r = host_resolve_in(it->host, it->arena, it->plan->rootfs, path, ret);

	if (r == -ENOENT || r == -ENOTDIR || (r == 0 && ret->node->kind == NODE_MISSING)) {
		if (optional) {
			item_remark(it, from, "%s is not there: skipped", path);
			return 1;
		}
		err_sys(it->err, from, r ? -r : ENOENT, "%s", path);
		err_remedy(it->err, "a leading \"-\" makes the line optional: -%s", path);
		return -EINVAL;
	}
	if (r < 0 || ret->node->kind == NODE_DENIED) {
		err_sys(it->err, from, r == -ELOOP ? ELOOP : EACCES, "%s", path);
		if (r != -ELOOP)
			err_remedy(it->err, "the user who starts sbox must be able to reach %s", ret->path);
		return -EINVAL;
	}
	vec_each (l, &ret->links)
		vec_push(it->arena, &it->followed, (struct followed){ .at = l->at, .target = l->target, .from = from });
	if (ret->links.n)
		item_remark(it, from, "%s leads to %s", path, ret->path);
	if (recreate)
		vec_each (l, &ret->links)
			item_add(it, (struct item){ .kind = MOUNT_SYMLINK, .path = l->at, .source = l->target, .rank = RANK_LINK,
						    .from = from, .note = "link on the way" });
	return 0;
}

/* ---- ro, rw, dev, hide: with globs ---- */

typedef void add_fn(struct items *it, const struct setting *s, const char *src, const char *dst, bool globbed);

static void each_hit(struct items *it, const struct setting *s, add_fn *add)
{
	if (!s->v.glob) {
		add(it, s, s->v.src, s->v.dst, false);
		return;
	}
	name_list hits = { 0 };
	const char *dir = path_parent(it->arena, s->v.src);
	struct resolved r;

	if (host_resolve_in(it->host, it->arena, it->plan->rootfs, dir, &r) == 0 && r.node->kind == NODE_DIR) {
		int error = it->host->names(it->host, r.path, path_name(s->v.src), &hits);

		/* What was not found would not be hidden. */
		if (error < 0 && !(s->optional && error == -EACCES))
			err_sys(it->err, s->from, -error, "%s: cannot list %s", s->v.src, r.path);
	}
	item_remark(it, s->from, "%s: %zu %s", s->v.src, hits.n, hits.n == 1 ? "hit" : "hits");
	vec_each (name, &hits) {
		const char *hit = path_join(it->arena, dir, *name);

		add(it, s, hit, hit, true);
	}
}

/*
 * The host's procfs leads to all of the user's processes: /proc/PID/root, environ, even mem.  It is refused, and
 * what lies around it is given without it.
 */
static bool host_proc(struct items *it, const struct setting *s, const struct item *item)
{
	if (path_below(item->source, "/proc") || path_below(item->path, "/proc")) {
		err_add(it->err, s->from, "%s: the host's /proc is never given, and a sandbox has its own", s->raw);
		return true;
	}
	const char *rest = path_below("/proc", item->source);
	if (rest && item->is_dir)
		item_add(it, (struct item){ .kind = MOUNT_MASK, .path = path_join(it->arena, item->path, rest), .source = "/proc",
					    .node = it->host->node(it->host, "/proc"), .is_dir = true, .rank = RANK_OWN,
					    .from = s->from, .note = "the host's processes" });
	return false;
}

/*
 * A file where the line has a directory: .git of a worktree, which says where the repository is.  Who replaces it makes
 * what the line protects, so it is protected instead, wherever it is visible.
 */
static void guard_in_the_way(struct items *it, const struct setting *s, const struct resolved *r)
{
	const char *path = r->path;

	if (r->node->kind != NODE_FILE)
		return;
	while (it->host->node(it->host, path)->kind != NODE_FILE && !streq(path, "/"))
		path = path_parent(it->arena, path);
	if (!streq(path, "/"))
		vec_push(it->arena, &it->guards, (struct item){ .kind = MOUNT_BIND, .path = "", .source = path, .node = r->node,
								.rank = RANK_GUARD, .from = s->from,
								.note = "a file in the place of the directory" });
}

static void add_bind(struct items *it, const struct setting *s, const char *src, const char *dst, bool globbed)
{
	bool apart = dst && !streq(src, dst);
	struct resolved r;

	int rc = item_source(it, src, s->from, s->optional, !apart, &r);
	if (rc > 0 && s->key == KEY_files_ro) {
		vec_push(it->arena, &it->absent, (struct plan_watch){ .path = r.path, .missing = true, .from = s->from });
		guard_in_the_way(it, s, &r);
	}
	if (rc || items_rootfs_line(it, s, &r, dst))
		return;

	if (s->key == KEY_files_overlay) {
		items_overlay(it, s, &r, apart ? dst : r.path);
		return;
	}
	struct item item = { .kind = MOUNT_BIND, .path = apart ? dst : r.path, .source = r.path, .node = r.node,
			     .rw = s->key == KEY_files_rw, .optional = s->optional, .globbed = globbed,
			     .is_dir = r.node->kind == NODE_DIR, .rank = RANK_LAYER + (int)s->layer, .from = s->from };
	if (s->key == KEY_files_dev) {
		item.devices = true;
		if (r.node->kind == NODE_CHAR || r.node->kind == NODE_BLOCK)
			item.kind = MOUNT_DEVICE;
		else if (!item.is_dir) {
			err_add(it->err, s->from, "%s is neither a device nor a directory", src);
			return;
		}
	}
	if (!host_proc(it, s, &item))
		item_add(it, item);
}

static void add_hide(struct items *it, const struct setting *s, const char *src, const char *dst UNUSED, bool globbed)
{
	struct resolved r;
	int rc = host_resolve_in(it->host, it->arena, it->plan->rootfs, src, &r);

	if (rc < 0 && rc != -ENOENT && rc != -ENOTDIR && rc != -EACCES) {
		err_sys(it->err, s->from, -rc, "%s", src);
		return;
	}
	/* ~/.bash_history of who wants none: without its /dev/null hardly a program works. */
	if (rc == 0 && streq(r.path, "/dev/null") && !streq(src, r.path)) {
		item_remark(it, s->from, "%s leads to /dev/null, where nothing is to hide", src);
		return;
	}
	/* A name that is missing stays an item: whether that matters depends on what is around it (plan_tree.c). */
	bool missing = rc < 0 || r.node->kind == NODE_MISSING;
	item_add(it, (struct item){ .kind = MOUNT_MASK, .path = r.path, .source = r.path, .node = r.node, .optional = s->optional,
				    .globbed = globbed, .is_dir = !missing && r.node->kind == NODE_DIR,
				    .rank = RANK_LAYER + (int)s->layer, .from = s->from });
}

/* ---- the simple ones ---- */

static void add_tmpfs_line(struct items *it, const struct setting *s)
{
	item_add(it, (struct item){ .kind = MOUNT_TMPFS, .path = s->v.dst, .size = s->v.number ? (uint64_t)s->v.number : items_tmp_size(it),
				    .mode = s->v.mode ? s->v.mode : 0755, .rw = true, .is_dir = true,
				    .rank = RANK_LAYER + (int)s->layer, .from = s->from });
}

static void add_symlink_line(struct items *it, const struct setting *s)
{
	item_add(it, (struct item){ .kind = MOUNT_SYMLINK, .path = s->v.dst, .source = s->v.text,
				    .rank = RANK_LAYER + (int)s->layer, .from = s->from });
}

static void add_data_line(struct items *it, const struct setting *s)
{
	item_add(it, (struct item){ .kind = MOUNT_FILE, .path = s->v.dst, .source = arena_printf(it->arena, "%s\n", s->v.text),
				    .mode = 0444, .rank = RANK_LAYER + (int)s->layer, .from = s->from });
}

static void add_noexec_line(struct items *it, const struct setting *s)
{
	vec_push(it->arena, &it->noexec, (struct noexec){ .path = s->v.src, .optional = s->optional, .from = s->from });
}

void items_files(struct items *it)
{
	static const struct {
		enum key_id key;
		add_fn *hits;
		void (*line)(struct items *it, const struct setting *s);
	} rows[] = {
		{ KEY_files_ro, add_bind, NULL },          { KEY_files_rw, add_bind, NULL },
		{ KEY_files_overlay, add_bind, NULL },
		{ KEY_files_dev, add_bind, NULL },         { KEY_files_hide, add_hide, NULL },
		{ KEY_files_tmpfs, NULL, add_tmpfs_line }, { KEY_files_symlink, NULL, add_symlink_line },
		{ KEY_files_data, NULL, add_data_line },   { KEY_files_noexec, NULL, add_noexec_line },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		vec_each (s, profile_list(it->plan->profile, rows[i].key)) {
			if (rows[i].hits)
				each_hit(it, s, rows[i].hits);
			else
				rows[i].line(it, s);
		}
}
