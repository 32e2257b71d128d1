/* SPDX-License-Identifier: MIT */
/*
 * Items → the ordered mount list.  Paths are a tree and the longest path wins: sorted by path with '/' before
 * every other byte, parents come before children and a subtree is one run, so a stack of the open
 * ancestors is all the tree that is needed.
 */
#include "plan/items.h"

#include <errno.h>
#include <linux/mount.h>
#include <stdlib.h>

#include "base/path.h"

/* ---- order ---- */

static int path_order(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;

	int x = *a == '/' ? 1 : (unsigned char)*a + (*a ? 1 : 0), y = *b == '/' ? 1 : (unsigned char)*b + (*b ? 1 : 0);
	return x - y;
}

static int item_order(const void *pa, const void *pb)
{
	const struct item *a = pa, *b = pb;
	int d = path_order(a->path, b->path);

	if (d)
		return d;
	if (a->rank != b->rank)
		return a->rank < b->rank ? 1 : -1; /* the winner first */
	if (a->globbed != b->globbed)
		return a->globbed ? 1 : -1;
	return a->from.line < b->from.line ? -1 : a->from.line > b->from.line;
}

const struct item *item_at(const struct items *it, const char *path)
{
	size_t lo = 0, hi = it->v.n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int d = path_order(it->v.v[mid].path, path);

		if (d == 0)
			return &it->v.v[mid];
		if (d < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

const struct item *items_covering(const struct items *it, const char *path)
{
	for (const char *p = path;; p = path_parent(it->arena, p)) {
		const struct item *i = item_at(it, p);

		if (i && i->kind != MOUNT_DIR && i->kind != MOUNT_SYMLINK)
			return i;
		if (streq(p, "/"))
			return NULL;
	}
}

/* ---- one item a path ---- */

static bool same_meaning(const struct item *a, const struct item *b)
{
	return a->kind == b->kind && a->rw == b->rw && a->devices == b->devices && a->size == b->size && a->mode == b->mode &&
	       (a->source == b->source || (a->source && b->source && streq(a->source, b->source)));
}

static void merge(struct items *it)
{
	size_t out = 0;

	if (it->v.n)
		qsort(it->v.v, it->v.n, sizeof(*it->v.v), item_order);
	for (size_t i = 0; i < it->v.n; i++) {
		const struct item *item = &it->v.v[i], *won = out ? &it->v.v[out - 1] : NULL;

		if (!won || !streq(won->path, item->path)) {
			it->v.v[out++] = *item;
			continue;
		}
		if (won->rank == item->rank && won->rank >= RANK_LAYER && won->globbed == item->globbed &&
		    !same_meaning(won, item)) {
			err_add(it->err, item->from, "%s contradicts %s for %s", item->from.key ? item->from.key : "this line",
				origin_text(it->arena, won->from), item->path);
			err_remedy(it->err, "keep one of the two lines");
		}
	}
	it->v.n = out;
}

/*
 * The path that @path means inside, where links that sbox itself makes (/bin → usr/bin, /var/tmp → /tmp) are on the way.
 * Links of the host inside a bound directory are found when the target is looked at.
 */
static const char *follow_inside(struct items *it, const struct item *i, const struct item *const *links, size_t n)
{
	const char *path = i->path;

	for (int followed = 0; followed < 40; followed++) {
		const char *rest = NULL;
		size_t l;

		for (l = 0; l < n; l++) {
			rest = path_below(path, links[l]->path);
			if (rest && *rest) /* a link in the last component is the item itself, or is replaced by it */
				break;
		}
		if (l == n)
			return path;
		const char *base = links[l]->source[0] == '/' ? "/" : path_parent(it->arena, links[l]->path);
		path = path_normalize(it->arena, arena_printf(it->arena, "%s/%s/%s", base, links[l]->source, rest));
	}
	err_sys(it->err, i->from, ELOOP, "%s", i->path);
	return i->path;
}

void items_settle(struct items *it)
{
	VEC(const struct item *) links = { 0 };
	bool moved = false;

	merge(it);
	vec_each (i, &it->v)
		if (i->kind == MOUNT_SYMLINK)
			vec_push(it->arena, &links, i);
	vec_each (i, &it->v) {
		const char *path = follow_inside(it, i, links.v, links.n);

		moved |= !streq(path, i->path);
		i->path = path;
	}
	if (moved)
		merge(it);
}

/* ---- hide and ro hold wherever their object is visible ---- */

/*
 * What is left of @path below the object @top, also when the host shows that object at several places (a bind
 * mount, /home → /var/home): directories are compared by identity.
 */
static const char *below_object(struct items *it, const char *path, const struct item *top)
{
	const char *rest = path_below(path, top->source);

	if (rest || !top->node || !top->is_dir)
		return rest;

	const char *parent = path_parent(it->arena, path);
	if (it->memo.top != top || !streq(it->memo.parent, parent)) {
		it->memo.top = top;
		it->memo.parent = parent;
		it->memo.same = NULL;
		for (const char *p = parent; !it->memo.same && !streq(p, "/"); p = path_parent(it->arena, p)) {
			const struct node *n = it->host->node(it->host, p);

			if (n->kind == NODE_DIR && n->ino == top->node->ino && n->dev == top->node->dev)
				it->memo.same = p;
		}
	}
	return it->memo.same ? path_below(path, it->memo.same) : NULL;
}

static void guard_at(struct items *it, const struct item *guard, const struct item *shown)
{
	const char *rest = below_object(it, guard->source, shown);

	/* Two lines about one object at two places: the later layer has the last word. */
	if (!rest || (!*rest && (shown->rank > guard->rank || streq(shown->path, guard->path))))
		return;
	if (!*rest && shown->rank == guard->rank) {
		err_add(it->err, guard->from, "%s contradicts %s: both are about %s", guard->from.key,
			origin_text(it->arena, shown->from), guard->source);
		return;
	}
	const char *path = path_join(it->arena, shown->path, rest);
	const struct item *there = items_covering(it, path);
	/* Something longer than @shown provides this path: its own visibility is checked against its own source. */
	if (streq(path, guard->path) || !there || !streq(there->path, shown->path))
		return;
	struct item again = *guard;
	again.path = path;
	if (*rest && guard->rank != RANK_OWN)
		again.rank = RANK_GUARD;
	again.note = arena_printf(it->arena, "the same object as %s", guard->source);
	item_add(it, again);
}

/* A link below something that a sandboxed program could write is the program's word: never followed. */
static void refuse_planted_links(struct items *it)
{
	vec_each (l, &it->v) {
		if (l->rank != RANK_LINK)
			continue;
		vec_each (w, &it->v) {
			if (w->kind != MOUNT_BIND || !w->rw || !w->source)
				continue;
			const char *rest = path_below(l->path, w->source);
			if (!rest || !*rest)
				continue;
			err_add(it->err, l->from, "%s is a symbolic link to %s below %s, which is writable inside (%s)", l->path,
				l->source, w->source, origin_text(it->arena, w->from));
			err_remedy(it->err, "a program may have put it there: remove the link, or name what it leads to");
			break;
		}
	}
}

static bool is_guard(const struct item *i)
{
	return i->kind == MOUNT_MASK || (i->kind == MOUNT_BIND && !i->rw && i->rank > RANK_GUARD);
}

void items_guard(struct items *it)
{
	VEC(const struct item *) binds = { 0 }, writable = { 0 };
	const struct item *items = it->v.v; /* stays valid in the arena while it->v grows */
	size_t n = it->v.n;

	refuse_planted_links(it);
	vec_each (i, &it->v)
		if (i->kind == MOUNT_BIND && i->source) {
			vec_push(it->arena, &binds, i);
			if (i->rw)
				vec_push(it->arena, &writable, i);
		}
	for (const struct item *guard = items; guard < items + n; guard++) {
		if (!is_guard(guard))
			continue;
		if (guard->kind == MOUNT_MASK)
			vec_each (shown, &binds)
				guard_at(it, guard, *shown);
		else
			vec_each (shown, &writable)
				guard_at(it, guard, *shown);
	}
	if (it->v.n != n)
		merge(it);
}

/* ---- pins, directories on the way, what changes nothing ---- */

static bool is_surface(const struct item *i)
{
	return i->kind == MOUNT_TMPFS || i->kind == MOUNT_BIND || i->kind == MOUNT_PROC || i->kind == MOUNT_DEVPTS ||
	       i->kind == MOUNT_MASK || i->kind == MOUNT_FILE || i->kind == MOUNT_DEVICE;
}

/* The ancestors of the item being looked at; sorted order makes a stack of them. */
struct open_items {
	const struct item *at[256];
	size_t n;
};

/* Pops what is not an ancestor of @path; the nearest ancestor that provides its content, or NULL for the root. */
static const struct item *open_surface(struct open_items *open, const char *path)
{
	while (open->n && !path_below(path, open->at[open->n - 1]->path))
		open->n--;
	return open->n ? open->at[open->n - 1] : NULL;
}

static void open_push(struct open_items *open, const struct item *i)
{
	if (is_surface(i) && open->n < ARRAY_SIZE(open->at))
		open->at[open->n++] = i;
}

static bool on_host(const struct item *surface)
{
	return surface->kind == MOUNT_BIND;
}

static bool is_noexec(const struct items *it, const char *path)
{
	vec_each (n, &it->noexec)
		if (path_below(path, n->path))
			return true;
	return false;
}

/* Would the program see exactly the same without @i? */
static bool changes_nothing(struct items *it, const struct item *i, const struct item *surface)
{
	if (!surface || !on_host(surface))
		return i->kind == MOUNT_MASK; /* nothing of the host is there to be masked */

	const char *rest = path_below(i->path, surface->path);
	const char *shown = path_join(it->arena, surface->source, rest);

	if (i->kind == MOUNT_SYMLINK)
		return i->rank <= RANK_SYSTEM && path_below(i->path, surface->path);
	if (i->kind == MOUNT_DIR)
		return true;
	if (i->kind == MOUNT_MASK)
		return i->node && (i->node->kind == NODE_MISSING) && !surface->rw;
	return i->kind == MOUNT_BIND && streq(shown, i->source) && i->rw == surface->rw && i->devices == surface->devices &&
	       !i->kept && is_noexec(it, i->path) == is_noexec(it, surface->path);
}

/*
 * A mount guards an object, not a name: a directory between a writable item and a narrower one below it could be
 * renamed away and made anew (`mv .git x; mkdir -p .git/hooks`).  A mount of its own keeps it in place.
 */
static void add_pins(struct items *it, const struct item *i, const struct item *surface)
{
	for (const char *p = path_parent(it->arena, i->path); !streq(p, surface->path); p = path_parent(it->arena, p)) {
		const char *source = path_join(it->arena, surface->source, path_below(p, surface->path));
		const struct node *n = it->host->node(it->host, source);

		item_add(it, (struct item){ .kind = MOUNT_PIN, .path = p, .source = source, .node = n->kind == NODE_DIR ? n : NULL,
					    .rw = true, .is_dir = true, .rank = RANK_PIN, .from = i->from,
					    .note = "can't be renamed away" });
	}
}

static void add_dirs(struct items *it, const struct item *i)
{
	for (const char *p = path_parent(it->arena, i->path); !streq(p, "/"); p = path_parent(it->arena, p)) {
		const struct item *last = &it->v.v[it->v.n - 1];

		/* Neighbours share their parents: stop at what the one before already brought. */
		if (item_at(it, p) || (last->kind == MOUNT_DIR && streq(last->path, p)))
			return;
		item_add(it, (struct item){ .kind = MOUNT_DIR, .path = p, .mode = 0755, .is_dir = true, .rank = RANK_DIR,
					    .from = i->from });
	}
}

/* A protected name that does not exist below something writable: the program could make it. */
static bool missing_guard(struct items *it, const struct item *i, const struct item *surface)
{
	if (i->kind != MOUNT_MASK || !i->node || (i->node->kind != NODE_MISSING && i->node->kind != NODE_DENIED))
		return false;
	if (!surface || !on_host(surface) || !surface->rw)
		return false;
	if (i->optional) {
		item_remark(it, i->from, "%s is not there, and could be made inside: not masked", i->source);
		vec_push(it->arena, &it->plan->watches, (struct plan_watch){ .path = i->source, .from = i->from });
		return true;
	}
	err_add(it->err, i->from, "%s does not exist, and a program could make it: %s is writable (%s)", i->source, surface->path,
		origin_text(it->arena, surface->from));
	err_remedy(it->err, "make it, or write -%s to go on without", i->source);
	return true;
}

static void add_noexec_items(struct items *it)
{
	vec_each (n, &it->noexec) {
		const struct item *surface = items_covering(it, n->path);

		if (!surface) {
			err_add(it->err, n->from, "%s is not visible inside", n->path);
			continue;
		}
		if (streq(surface->path, n->path) || !on_host(surface))
			continue; /* the flag goes on the mount that is there, or on those below */
		struct item i = *surface;
		const char *rest = path_below(n->path, surface->path);
		i.path = n->path;
		i.source = path_join(it->arena, surface->source, rest);
		i.node = it->host->node(it->host, i.source);
		i.is_dir = i.node->kind == NODE_DIR;
		i.kept = false;
		i.from = n->from;
		if (i.node->kind == NODE_MISSING) {
			err_sys(it->err, n->from, ENOENT, "%s", n->path);
			continue;
		}
		item_add(it, i);
	}
	merge(it);
}

void items_complete(struct items *it)
{
	struct open_items open = { 0 };
	size_t out = 0, n;

	add_noexec_items(it);
	/* In two passes, since the stack points into the array: first drop, then add. */
	for (size_t i = 0; i < it->v.n; i++) {
		const struct item *item = &it->v.v[i], *surface = open_surface(&open, item->path);
		bool drop = missing_guard(it, item, surface);

		if (!drop && surface != NULL && changes_nothing(it, item, surface)) {
			drop = true;
			if (item->kind == MOUNT_MASK && item->rank > RANK_GUARD && item->rank != RANK_OWN)
				item_remark(it, item->from, "%s covers nothing that is visible", item->source);
		}
		if (drop)
			continue;
		it->v.v[out] = *item;
		open_push(&open, &it->v.v[out]);
		out++;
	}
	n = it->v.n = out;
	open = (struct open_items){ 0 };
	for (size_t i = 0; i < n; i++) {
		struct item item = it->v.v[i];
		const struct item *surface = open_surface(&open, item.path);
		struct item *kept = arena_alloc(it->arena, sizeof(*kept));

		*kept = item;
		if (surface && !on_host(surface))
			add_dirs(it, &item);
		else if (surface && surface->rw)
			add_pins(it, &item, surface);
		open_push(&open, kept);
	}
	if (it->v.n != n)
		merge(it);
}

/* ---- emission ---- */

static uint64_t item_attrs(const struct items *it, const struct item *i)
{
	uint64_t attrs = MOUNT_ATTR_NOSUID;

	if (!i->devices)
		attrs |= MOUNT_ATTR_NODEV;
	if (!i->rw && i->kind != MOUNT_TMPFS)
		attrs |= MOUNT_ATTR_RDONLY;
	if (i->kind == MOUNT_DEVPTS)
		attrs &= ~(uint64_t)MOUNT_ATTR_NODEV;
	if (i->kind == MOUNT_PROC || i->kind == MOUNT_DEVPTS || i->kind == MOUNT_DEVICE || i->kind == MOUNT_MASK ||
	    is_noexec(it, i->path))
		attrs |= MOUNT_ATTR_NOEXEC;
	return attrs;
}

/* Where the mount point of @i comes from; problems when it cannot exist. */
static enum attach attach_of(struct items *it, const struct item *i, const struct item *surface)
{
	if (!surface || !on_host(surface))
		return i->is_dir ? ATTACH_MAKE_DIR : ATTACH_MAKE_FILE;

	const char *there = path_join(it->arena, surface->source, path_below(i->path, surface->path));
	struct resolved r;
	int rc = surface->node ? host_resolve(it->host, it->arena, there, &r) : -ENOENT;
	bool missing = rc == -ENOENT || (rc == 0 && r.node->kind == NODE_MISSING);

	if (i->rank == RANK_OWN || (i->kind == MOUNT_PIN && !i->node))
		return ATTACH_EXISTING; /* made by the parent before the launch */
	if (i->kind == MOUNT_SYMLINK || i->kind == MOUNT_FILE || i->kind == MOUNT_DIR) {
		err_add(it->err, i->from, "%s would be made in %s, which is the host's (%s)", i->path, surface->path,
			origin_text(it->arena, surface->from));
		err_remedy(it->err, "choose a path that is not below %s", surface->path);
	} else if (missing && surface->kept) {
		return ATTACH_MAKE_KEPT;
	} else if (missing) {
		err_add(it->err, i->from, "%s does not exist in %s, so nothing can be mounted there (%s)", i->path, surface->path,
			origin_text(it->arena, surface->from));
		err_remedy(it->err, "make it on the host, or choose a path that is not below %s", surface->path);
	} else if (rc < 0) {
		err_sys(it->err, i->from, -rc, "%s", i->path);
	} else if (r.links.n && path_below(r.links.v[r.links.n - 1].at, surface->source)) {
		err_add(it->err, i->from, "%s goes through the symbolic link %s -> %s", i->path, r.links.v[r.links.n - 1].at,
			r.links.v[r.links.n - 1].target);
		err_remedy(it->err, "name the path it leads to");
	} else if ((r.node->kind == NODE_DIR) != i->is_dir) {
		err_add(it->err, i->from, "%s is a %s, so a %s cannot be mounted on it", i->path,
			r.node->kind == NODE_DIR ? "directory" : "file", i->is_dir ? "directory" : "file");
	}
	return ATTACH_EXISTING;
}

/* Indexes of the writable binds emitted so far. */
typedef VEC(size_t) entry_list;

/* The writable entry whose content a source is part of; nothing is followed below it. */
static int beneath_of(const struct plan *plan, const entry_list *writable, const struct item *i, const char **ret_rest)
{
	vec_each (e, writable) {
		const char *rest = path_below(i->source, plan->mounts[*e].source);

		if (rest && *rest) {
			*ret_rest = rest;
			return (int)*e;
		}
	}
	return -1;
}

void items_emit(struct items *it)
{
	struct plan *plan = it->plan;
	struct open_items open = { 0 };
	entry_list writable = { 0 };

	plan->mounts = arena_new_array(it->arena, struct mount_entry, it->v.n + 1);
	plan->n_mounts = 0;
	vec_each (i, &it->v) {
		const struct item *surface = open_surface(&open, i->path);
		struct mount_entry m = { .kind = i->kind, .target = i->path, .source = i->source, .beneath = -1,
					 .attrs = item_attrs(it, i), .is_dir = i->is_dir, .optional = i->optional,
					 .size = i->size, .mode = i->mode, .from = i->from, .note = i->note };

		if (i->node) {
			m.dev = i->node->dev;
			m.ino = i->node->ino;
			m.rdev = i->node->rdev;
		}
		if (plan->n_mounts)
			m.attach = attach_of(it, i, surface);
		if (i->kind == MOUNT_BIND || i->kind == MOUNT_PIN)
			m.beneath = beneath_of(plan, &writable, i, &m.beneath_rest);
		if (i->kind == MOUNT_BIND && i->rw && m.beneath < 0)
			vec_push(it->arena, &writable, plan->n_mounts);
		if (i->kind == MOUNT_MASK || (i->kind == MOUNT_BIND && surface && on_host(surface) && surface->rw && !i->rw))
			vec_push(it->arena, &plan->watches, (struct plan_watch){ .path = i->source, .from = i->from });
		plan->mounts[plan->n_mounts++] = m;
		open_push(&open, i);
	}
}
