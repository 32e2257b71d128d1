/* SPDX-License-Identifier: MIT */
/*
 * Items in order, one a path.  Paths are a tree and the longest path wins: sorted by path with '/' before every other
 * byte, parents come before children and a subtree is one run.
 */
#include "plan/items.h"

#include <errno.h>
#include <stdlib.h>

#include "base/path.h"

enum { LINKS_MAX = 40 };

/* ---- order ---- */

static int path_order(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;

	int x = *a == '/' ? 1 : (unsigned char)*a + (*a ? 1 : 0), y = *b == '/' ? 1 : (unsigned char)*b + (*b ? 1 : 0);
	return x - y;
}

/* At one path: the winner first. */
static int item_order(const void *pa, const void *pb)
{
	const struct item *a = pa, *b = pb;
	int d = path_order(a->path, b->path);

	if (d)
		return d;
	if (a->rank != b->rank)
		return a->rank < b->rank ? 1 : -1;
	/* Of two lines that hold at another place as well, the one that takes away more. */
	if (a->rank == RANK_GUARD && (a->kind == MOUNT_MASK) != (b->kind == MOUNT_MASK))
		return a->kind == MOUNT_MASK ? -1 : 1;
	if (a->globbed != b->globbed)
		return a->globbed ? 1 : -1;
	if ((a->rank >= RANK_LAYER || a->rank == RANK_PIN) && a->from.line != b->from.line)
		return a->from.line < b->from.line ? -1 : 1;
	return a->nr < b->nr ? -1 : a->nr > b->nr;
}

const struct item *item_at(const struct items *it, const char *path)
{
	size_t lo = 0, hi = it->sorted;

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
	char *p = arena_strdup(it->arena, path);

	for (;;) {
		const struct item *i = item_at(it, p);

		if (i && i->kind != MOUNT_DIR && i->kind != MOUNT_SYMLINK)
			return i;
		char *slash = strrchr(p, '/');
		if (!slash[1] && slash == p)
			return NULL;
		slash[slash == p] = '\0';
	}
}

/* ---- one item a path ---- */

static bool same_meaning(const struct item *a, const struct item *b)
{
	return a->kind == b->kind && a->rw == b->rw && a->devices == b->devices && a->size == b->size && a->mode == b->mode &&
	       (a->source == b->source || (a->source && b->source && streq(a->source, b->source)));
}

static void sort(struct items *it)
{
	/* Often it is in order already, for instance when a pattern or a program wrote the lines. */
	for (size_t i = 1; i < it->v.n; i++)
		if (item_order(&it->v.v[i - 1], &it->v.v[i]) > 0) {
			qsort(it->v.v, it->v.n, sizeof(*it->v.v), item_order);
			return;
		}
}

void items_merge(struct items *it)
{
	size_t out = 0;

	sort(it);
	for (size_t i = 0; i < it->v.n; i++) {
		const struct item *item = &it->v.v[i];
		struct item *won = out ? &it->v.v[out - 1] : NULL;

		if (!won || !streq(won->path, item->path)) {
			it->v.v[out++] = *item;
			continue;
		}
		won->covers |= item->covers || item->rank >= RANK_SYSTEM;
		if (won->rank != item->rank || won->rank < RANK_LAYER || won->globbed != item->globbed)
			continue;
		if (same_meaning(won, item)) {
			won->optional &= item->optional;
			continue;
		}
		err_add(it->err, item->from, "%s contradicts %s for %s", item->from.key ? item->from.key : "this line",
			origin_text(it->arena, won->from), item->path);
		err_remedy(it->err, "keep one of the two lines");
	}
	it->v.n = it->sorted = out;
}

/* ---- links that are made inside ---- */

struct link {
	struct item *item;
	size_t len; /* of its path */
};
typedef VEC(struct link) link_list;

/* A link that @path leads through; with @last its own name may be one. */
static const struct link *link_on(const char *path, const link_list *links, bool last)
{
	size_t n = strlen(path);

	vec_each (l, links)
		if ((n > l->len ? path[l->len] == '/' : last && n == l->len) && memcmp(path, l->item->path, l->len) == 0)
			return l;
	return NULL;
}

/*
 * The path that @path means inside, where links that sbox itself makes (/bin → usr/bin, /var/tmp → /tmp) are on the way.
 * Links of the host inside a bound directory are found when the target is looked at.
 */
static const char *follow_inside(struct items *it, const char *path, const link_list *links, bool last, struct origin from)
{
	const char *at = path;

	for (int followed = 0; followed < LINKS_MAX; followed++) {
		/* A link in the last component is the item itself, or is replaced by it. */
		const struct link *l = link_on(at, links, last);

		if (!l)
			return at;
		const char *target = l->item->source;
		const char *base = target[0] == '/' ? "/" : path_parent(it->arena, l->item->path);
		at = path_normalize(it->arena, arena_printf(it->arena, "%s/%s/%s", base, target, at + l->len));
	}
	err_sys(it->err, from, ELOOP, "%s", path);
	return path;
}

/*
 * Links may lie below links: until none moves any more.  An item left behind a link would be made wherever that leads, and
 * while the root is built an absolute link leads to the host.
 */
static bool settle_links(struct items *it, link_list *links)
{
	bool moved = false, again = true;

	for (int round = 0; again; round++) {
		if (round == LINKS_MAX) {
			err_add(it->err, links->v[0].item->from, "the symbolic links of [files] lead to one another without end");
			break;
		}
		again = false;
		vec_each (l, links) {
			const char *path = follow_inside(it, l->item->path, links, false, l->item->from);

			again |= !streq(path, l->item->path);
			l->item->path = path;
			l->len = strlen(path);
		}
		moved |= again;
	}
	return moved;
}

void items_settle(struct items *it)
{
	link_list links = { 0 };

	items_merge(it);
	vec_each (i, &it->v)
		if (i->kind == MOUNT_SYMLINK)
			vec_push(it->arena, &links, (struct link){ i, strlen(i->path) });
	bool moved = settle_links(it, &links);
	vec_each (i, &it->v) {
		if (i->kind == MOUNT_SYMLINK)
			continue;
		const char *path = follow_inside(it, i->path, &links, false, i->from);

		moved |= path != i->path;
		i->path = path;
	}
	vec_each (n, &it->noexec)
		n->path = follow_inside(it, n->path, &links, true, n->from);
	if (moved)
		items_merge(it);
}
