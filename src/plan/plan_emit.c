/* SPDX-License-Identifier: MIT */
/*
 * From items in order to the mount list.  A subtree is one run, so a stack of the open ancestors is all the tree that is
 * needed.
 */
#include "plan/items.h"

#include <errno.h>
#include <linux/mount.h>
#include <stdlib.h>

#include "base/path.h"

/* A masked directory with something visible below is a tmpfs of its own, with room for the mount points. */
enum { MASK_SIZE = 64 << 10, MASK_MODE = 0555, RUNTIME_SIZE = 16 << 20 };

static bool is_surface(const struct item *i)
{
	return i->kind != MOUNT_DIR && i->kind != MOUNT_SYMLINK && i->kind != MOUNT_PIN;
}

/* The ancestors of the item being looked at. */
struct open_items {
	struct arena *arena;
	VEC(const struct item *) at;
};

/* Pops what is not an ancestor of @path; the nearest ancestor that provides its content, or NULL for the root. */
static const struct item *open_surface(struct open_items *open, const char *path)
{
	while (open->at.n && !path_below(path, open->at.v[open->at.n - 1]->path))
		open->at.n--;
	return open->at.n ? open->at.v[open->at.n - 1] : NULL;
}

static void open_push(struct open_items *open, const struct item *i)
{
	if (is_surface(i))
		vec_push(open->arena, &open->at, i);
}

static bool on_host(const struct item *surface)
{
	return surface && item_shows_host(surface);
}

static bool is_noexec(const struct items *it, const char *path)
{
	vec_each (n, &it->noexec)
		if (path_below(path, n->path))
			return true;
	return false;
}

/* ---- what changes nothing ---- */

/* An item of `system` below a directory that a line hides or provides: the line is meant. */
static bool is_overruled(const struct item *i, const struct item *surface, const struct item *hidden)
{
	if (i->rank > RANK_SYSTEM)
		return false;
	if (i->rank == RANK_SYSTEM && hidden && path_below(i->path, hidden->path))
		return i->kind == MOUNT_BIND || i->kind == MOUNT_FILE || i->kind == MOUNT_DEVICE || i->kind == MOUNT_SYMLINK ||
		       i->kind == MOUNT_SOCKET;
	return surface && surface->kind != MOUNT_TMPFS && (i->kind == MOUNT_DIR || i->kind == MOUNT_SYMLINK || i->kind == MOUNT_FILE);
}

/*
 * A runtime directory in what is the host's, as below a private home or in a directory that a line gives, needs a mount:
 * what belongs in it could not be made there, and the session's sockets would show.
 */
static void settle_runtime_dir(struct item *i, const struct item *surface)
{
	if (!i->runtime || !on_host(surface))
		return;
	i->kind = MOUNT_TMPFS;
	i->size = RUNTIME_SIZE;
	i->rw = true;
}

static bool mask_changes_nothing(const struct item *i, const struct item *surface)
{
	bool there = !i->node || (i->node->kind != NODE_MISSING && i->node->kind != NODE_DENIED);

	if (surface && surface->kind == MOUNT_PROC)
		return !there;
	return !on_host(surface) || (!there && (!surface->rw || surface->kept));
}

/* Would the program see exactly the same without @i? */
static bool changes_nothing(struct items *it, const struct item *i, const struct item *surface)
{
	if (i->kind == MOUNT_MASK)
		return mask_changes_nothing(i, surface);
	if (!item_shows_host(i))
		return false;
	/* A guard never shows what something else hides. */
	if ((i->rank == RANK_GUARD || i->rank == RANK_OWN) && !on_host(surface))
		return true;
	/* Writable in an overlay means its layer, writable below it the host's files. */
	return on_host(surface) && i->rw == surface->rw && item_apart(i) == item_apart(surface) && i->devices == surface->devices && !i->kept &&
	       is_noexec(it, i->path) == is_noexec(it, surface->path) &&
	       streq(path_join(it->arena, surface->source, path_below(i->path, surface->path)), i->source);
}

/* A protected name that does not exist below something writable: the program could make it. */
static bool missing_guard(struct items *it, const struct item *i, const struct item *surface)
{
	if (i->kind != MOUNT_MASK || !i->node || (i->node->kind != NODE_MISSING && i->node->kind != NODE_DENIED))
		return false;
	if (!on_host(surface) || !surface->rw || surface->kept)
		return false;
	if (i->optional) {
		item_remark(it, i->from, "%s is not there, and could be made inside: not masked", i->source);
		vec_push(it->arena, &it->plan->watches, (struct plan_watch){ .path = i->source, .missing = i->node->kind == NODE_MISSING, .from = i->from });
		return true;
	}
	err_add(it->err, i->from, "%s %s, and a program could make it: %s is writable (%s)", i->source,
		i->node->kind == NODE_DENIED ? "cannot be reached" : "does not exist", surface->path,
		origin_text(it->arena, surface->from));
	err_remedy(it->err, "make it, or write -%s to go on without", i->source);
	return true;
}

static void remark_mask(struct items *it, const struct item *i)
{
	if (i->covers)
		item_remark(it, i->from, "%s is left out", i->path);
	else if (i->rank > RANK_GUARD && i->rank != RANK_OWN)
		item_remark(it, i->from, "%s covers nothing that is visible", i->source);
}

static void drop_items(struct items *it)
{
	struct open_items open = { .arena = it->arena };
	const struct item *hidden = NULL;
	size_t out = 1;

	open_push(&open, &it->v.v[0]);
	for (size_t n = 1; n < it->v.n; n++) {
		const struct item *i = &it->v.v[n], *surface = open_surface(&open, i->path);

		settle_runtime_dir(&it->v.v[n], surface);
		bool drop = is_overruled(i, surface, hidden);

		if (i->kind == MOUNT_MASK && i->rank > RANK_GUARD && !(hidden && path_below(i->path, hidden->path))) {
			struct item *kept = arena_alloc(it->arena, sizeof(*kept));

			*kept = *i;
			hidden = kept;
		}
		if (!drop && missing_guard(it, i, surface)) {
			drop = true;
		} else if (!drop && changes_nothing(it, i, surface)) {
			drop = true;
			if (i->kind == MOUNT_MASK)
				remark_mask(it, i);
		}
		if (drop)
			continue;
		it->v.v[out] = *i;
		open_push(&open, &it->v.v[out]);
		out++;
	}
	it->v.n = it->sorted = out;
}

/* ---- pins, directories on the way, noexec ---- */

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
					    .rw = true, .is_dir = true, .inside = item_apart(surface), .rank = RANK_PIN,
					    .from = i->from,
					    .note = "can't be renamed away" });
	}
}

static void add_dirs(struct items *it, const struct item *i)
{
	for (const char *p = path_parent(it->arena, i->path); !streq(p, "/") && !item_at(it, p); p = path_parent(it->arena, p))
		item_add(it, (struct item){ .kind = MOUNT_DIR, .path = p, .mode = 0755, .is_dir = true, .rank = RANK_DIR,
					    .from = i->from });
}

static bool same_parent(const char *a, const char *b)
{
	size_t n = (size_t)(strrchr(a, '/') - a);

	return strncmp(a, b, n + 1) == 0 && !strchr(b + n + 1, '/');
}

static void add_ways(struct items *it)
{
	struct open_items open = { .arena = it->arena };
	const struct item *items = it->v.v; /* stays valid in the arena while it->v grows */
	size_t n = it->v.n;

	for (const struct item *i = items; i < items + n; i++) {
		const struct item *surface = open_surface(&open, i->path);

		open_push(&open, i);
		/* Neighbours share their ways. */
		if (!surface || same_parent(i[-1].path, i->path))
			continue;
		if (surface->kind == MOUNT_TMPFS)
			add_dirs(it, i);
		else if (on_host(surface) && surface->rw)
			add_pins(it, i, surface);
	}
	if (it->v.n != n)
		items_merge(it);
}

/* A line that nothing could carry out is no line: said when it is optional, else refused. */
static void noexec_problem(struct items *it, const struct noexec *n, const char *what, const char *remedy)
{
	if (n->optional) {
		item_remark(it, n->from, "%s %s: skipped", n->path, what);
		return;
	}
	err_add(it->err, n->from, "%s %s", n->path, what);
	err_remedy(it->err, "%s", remedy);
}

static bool has_below(const struct items *it, const char *path)
{
	for (size_t i = 0; i < it->sorted; i++)
		if ((item_shows_host(&it->v.v[i]) || it->v.v[i].kind == MOUNT_TMPFS) && path_below(it->v.v[i].path, path))
			return true;
	return false;
}

/* The flag goes on the mount that is there, or on a mount made for it. */
static void add_noexec_item(struct items *it, const struct noexec *n)
{
	const struct item *surface = items_covering(it, n->path);

	if (streq(surface->path, n->path) || surface->kind == MOUNT_PROC || surface->kind == MOUNT_DEVPTS || surface->kind == MOUNT_MASK)
		return;
	if (surface == it->v.v) {
		/* The root is read-only: only what is mounted below the path can hold a program. */
		if (!has_below(it, n->path))
			noexec_problem(it, n, "is not visible inside", "a leading \"-\" makes the line optional");
		return;
	}
	if (!on_host(surface)) {
		noexec_problem(it, n, "is no mount of its own, so the flag has no place", "tmpfs = PATH makes one; or name the directory it is in");
		return;
	}
	struct item i = *surface;
	i.kind = MOUNT_BIND;
	i.inside = item_apart(surface);
	i.path = n->path;
	i.source = path_join(it->arena, surface->source, path_below(n->path, surface->path));
	i.node = it->host->node(it->host, i.source);
	i.is_dir = i.node->kind == NODE_DIR;
	i.kept = false;
	i.from = n->from;
	if (i.node->kind == NODE_MISSING)
		noexec_problem(it, n, "does not exist", "a leading \"-\" makes the line optional");
	else
		item_add(it, i);
}

void items_complete(struct items *it)
{
	drop_items(it);
	size_t n = it->v.n;
	vec_each (line, &it->noexec)
		add_noexec_item(it, line);
	if (it->v.n != n)
		items_merge(it);
	add_ways(it);
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

/* A link of the host that is mounted on itself (plan_trust.c). */
static bool is_link(const struct item *i)
{
	return i->kind == MOUNT_BIND && i->node && i->node->kind == NODE_LINK;
}

/* The mount point of @i is the host's: problems when it cannot be one. */
static enum attach attach_on_host(struct items *it, const struct item *i, const struct item *surface)
{
	const char *there = path_join(it->arena, surface->source, path_below(i->path, surface->path));
	struct resolved r;

	if (is_link(i))
		return ATTACH_EXISTING;
	int rc = surface->node ? host_resolve_in(it->host, it->arena, it->plan->rootfs, there, &r) : -ENOENT;
	bool missing = rc == -ENOENT || (rc == 0 && r.node->kind == NODE_MISSING);

	if (missing && surface->kept)
		return ATTACH_MAKE_KEPT;
	if (missing && (i->rank == RANK_OWN || i->kind == MOUNT_PIN))
		return ATTACH_EXISTING; /* made by the parent before the launch */
	if (missing) {
		err_add(it->err, i->from, "%s does not exist in %s, so nothing can be mounted there (%s)", i->path, surface->path,
			origin_text(it->arena, surface->from));
		err_remedy(it->err, "make it on the host, or choose a path that is not below %s", surface->path);
	} else if (rc < 0) {
		err_sys(it->err, i->from, -rc, "%s", i->path);
	} else if (r.links.n) {
		err_add(it->err, i->from, "%s goes through the symbolic link %s -> %s", i->path, r.links.v[0].at, r.links.v[0].target);
		err_remedy(it->err, "name the path it leads to");
	} else if ((r.node->kind == NODE_DIR) != i->is_dir) {
		err_add(it->err, i->from, "%s is a %s, so a %s cannot be mounted on it", i->path,
			r.node->kind == NODE_DIR ? "directory" : "file", i->is_dir ? "directory" : "file");
	}
	return ATTACH_EXISTING;
}

/* Where the mount point of @i comes from; problems when it cannot exist. */
static enum attach attach_of(struct items *it, const struct item *i, const struct item *surface)
{
	/* A text is mounted over a file of the host; a link or a directory would have to be made there. */
	bool made = i->kind == MOUNT_SYMLINK || i->kind == MOUNT_DIR || (i->kind == MOUNT_FILE && !on_host(surface));

	if (!surface->is_dir) {
		err_add(it->err, i->from, "%s cannot be: %s is a file inside (%s)", i->path, surface->path,
			origin_text(it->arena, surface->from));
		return ATTACH_EXISTING;
	}
	if (surface->kind == MOUNT_TMPFS)
		return i->is_dir ? ATTACH_MAKE_DIR : ATTACH_MAKE_FILE;
	if (made || surface->kind == MOUNT_DEVPTS) {
		err_add(it->err, i->from, "%s would be made in %s, which is %s (%s)", i->path, surface->path,
			on_host(surface) ? "the host's" : surface->kind == MOUNT_MASK ? "hidden" : "the kernel's",
			origin_text(it->arena, surface->from));
		err_remedy(it->err, "choose a path that is not below %s", surface->path);
		return ATTACH_EXISTING;
	}
	if (surface->kind == MOUNT_MASK)
		return ATTACH_MAKE_KEPT;
	return on_host(surface) ? attach_on_host(it, i, surface) : ATTACH_EXISTING;
}

/*
 * A source below something that a sandboxed program could write (or could at an earlier run) is opened beneath the
 * outermost such entry, where nothing is followed.
 */
static void set_beneath(struct items *it, struct shown *writable, struct mount_entry *m)
{
	size_t n = shown_find(writable, m->source), shortest = strlen(m->source);

	for (size_t i = 0; i < n; i++) {
		const struct item *base = writable->found.v[i].item;
		const char *rest = path_below(m->source, base->source);

		if (writable->found.v[i].len >= shortest || !base->is_dir || !rest)
			continue; /* by another name: its own path leads there, too */
		shortest = writable->found.v[i].len;
		m->beneath = (int)(base - it->v.v);
		m->beneath_rest = rest;
	}
}

/* A directory above a protected name counts too: when that is replaced, so is all that is in it. */
static bool is_watched(const struct item *i, const struct item *surface)
{
	/* An overlay goes on to show what it showed, and its names are no one's but the program's. */
	if (surface && item_apart(surface))
		return false;
	return i->kind == MOUNT_MASK || i->kind == MOUNT_PIN ||
	       (i->kind == MOUNT_BIND && surface && on_host(surface) && surface->rw && !i->rw);
}

static int watch_order(const void *pa, const void *pb)
{
	const struct plan_watch *a = pa, *b = pb;
	int d = strcmp(a->path, b->path);

	return d ? d : a->from.line < b->from.line ? -1 : a->from.line > b->from.line;
}

/* A name that is masked at two places is replaced once. */
static void merge_watches(struct plan *plan)
{
	size_t out = 0;

	if (plan->watches.n)
		qsort(plan->watches.v, plan->watches.n, sizeof(*plan->watches.v), watch_order);
	vec_each (w, &plan->watches)
		if (!out || !streq(plan->watches.v[out - 1].path, w->path))
			plan->watches.v[out++] = *w;
	plan->watches.n = out;
}

static void emit(struct items *it, const struct item *i, const struct item *surface, struct shown *writable)
{
	struct plan *plan = it->plan;
	struct mount_entry *m = &plan->mounts[plan->n_mounts++];

	*m = (struct mount_entry){ .kind = i->kind, .target = i->path, .source = i->source, .beneath = -1,
				   .attrs = item_attrs(it, i), .is_dir = i->is_dir, .is_link = is_link(i), .from_inside = i->inside,
				   .no_links = plan->rootfs && i->source && path_below(i->source, plan->rootfs),
				   .optional = i->optional, .size = i->size, .mode = i->mode, .from = i->from, .note = i->note };
	if (i->node) {
		m->dev = i->node->dev;
		m->ino = i->node->ino;
		m->rdev = i->node->rdev;
	}
	if (surface)
		m->attach = attach_of(it, i, surface);
	if (surface && surface->kind == MOUNT_MASK) {
		struct mount_entry *mask = &plan->mounts[surface - it->v.v];

		mask->holds = true;
		mask->size = MASK_SIZE;
		mask->mode = MASK_MODE;
	}
	if (item_shows_host(i) || i->kind == MOUNT_PIN)
		set_beneath(it, writable, m);
	/* What sbox itself makes, in a private home at its first start, is nobody's replacement. */
	bool made_now = m->attach == ATTACH_MAKE_KEPT && !m->ino;
	if (is_watched(i, surface) && !made_now)
		vec_push(it->arena, &plan->watches,
			 (struct plan_watch){ .path = i->source, .dev = m->dev, .ino = m->ino, .from = i->from });
}

/* Each mount point is an inode of the tmpfs that it lies on; a profile with thousands of lines needs as many. */
static void make_room(struct plan *plan)
{
	if (plan->n_mounts > 512)
		plan->mounts[0].size += (uint64_t)plan->n_mounts * 4096;
}

void items_emit(struct items *it)
{
	struct open_items open = { .arena = it->arena };
	struct shown writable;

	shown_init(&writable, it, true);
	it->plan->mounts = arena_new_array(it->arena, struct mount_entry, it->v.n + 1);
	it->plan->n_mounts = 0;
	vec_each (i, &it->v) {
		emit(it, i, open_surface(&open, i->path), &writable);
		open_push(&open, i);
	}
	make_room(it->plan);
	merge_watches(it->plan);
}
