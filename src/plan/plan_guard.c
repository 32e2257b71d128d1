/* SPDX-License-Identifier: MIT */
/*
 * hide and ro hold wherever their object is visible, not only where the line says: a profile that gives ~/p as /srv
 * means its `hide = ~/p/.env` there as well.  Guards only take away.
 */
#include "plan/items.h"

#include <errno.h>

#include "base/path.h"

static void add_guard(struct items *it, struct item guard)
{
	guard.path = ""; /* no place of its own */
	vec_push(it->arena, &it->guards, guard);
}

/* What is sbox's own is held wherever it is visible, and at its own path something else may be. */
static void take_own(struct items *it)
{
	size_t out = 0;

	vec_each (i, &it->v) {
		if (i->rank == RANK_OWN)
			add_guard(it, *i);
		else
			it->v.v[out++] = *i;
	}
	it->v.n = it->sorted = out;
}

/*
 * The tree is over paths inside: under `rw = ~/p:/srv`, `hide = /srv/.env` is about ~/p/.env.  What the host itself has at
 * /srv/.env may be visible elsewhere and is kept in mind for that.
 */
static void hide_what_is_there(struct items *it)
{
	vec_each (i, &it->v) {
		const struct item *surface = i->kind == MOUNT_MASK ? items_covering(it, path_parent(it->arena, i->path)) : NULL;
		struct resolved r;

		if (!surface || !item_shows_host(surface) || !surface->is_dir)
			continue;
		const char *shown = path_join(it->arena, surface->source, path_below(i->path, surface->path));
		if (streq(shown, i->source))
			continue;
		if (i->node && i->node->kind != NODE_MISSING) {
			add_guard(it, *i);
		}
		int rc = host_resolve_in(it->host, it->arena, it->plan->rootfs, shown, &r);
		i->source = shown;
		i->node = r.node;
		i->is_dir = rc == 0 && r.node->kind == NODE_DIR;
	}
}

static void guard_at(struct items *it, const struct item *guard, const struct item *shown, const char *rest)
{
	/* Two lines about one object at two places: the later layer has the last word. */
	if (!*rest && (shown->rank > guard->rank || streq(shown->path, guard->path)))
		return;
	if (!*rest && shown->rank == guard->rank && shown->globbed == guard->globbed) {
		err_add(it->err, guard->from, "%s contradicts %s: both are about %s", guard->from.key,
			origin_text(it->arena, shown->from), guard->source);
		return;
	}
	const char *path = path_join(it->arena, shown->path, rest);
	const struct item *there = items_covering(it, path);
	/* Something longer than @shown provides this path: its own visibility is checked against its own source. */
	bool other = !there || !streq(there->path, shown->path);
	bool line_hides_own = there && guard->rank == RANK_OWN && guard->kind == there->kind && streq(there->path, path);
	if (streq(path, guard->path) || (other && !line_hides_own))
		return;
	struct item again = *guard;
	again.path = path;
	if (*rest && guard->rank != RANK_OWN)
		again.rank = RANK_GUARD;
	if (!again.note)
		again.note = arena_printf(it->arena, "the same object as %s", guard->source);
	item_add(it, again);
}

static void guard_everywhere(struct items *it, const struct item *guard, struct shown *shown)
{
	size_t n = shown_find(shown, guard->source);

	for (size_t i = 0; i < n; i++) {
		const char *rest = guard->source + shown->found.v[i].len;

		guard_at(it, guard, shown->found.v[i].item, rest + (*rest == '/'));
	}
}

/* A link below something that a sandboxed program could write is the program's word: never followed. */
static void refuse_planted_links(struct items *it, struct shown *writable)
{
	const char *last = "";

	vec_each (l, &it->followed) {
		size_t n = streq(l->at, last) ? 0 : shown_find(writable, l->at);

		last = l->at;
		for (size_t i = 0; i < n; i++) {
			const struct item *w = writable->found.v[i].item;

			if (!l->at[writable->found.v[i].len])
				continue;
			err_add(it->err, l->from, "%s is a symbolic link to %s below %s, which is writable inside (%s)", l->at,
				l->target, w->source, origin_text(it->arena, w->from));
			err_remedy(it->err, "a program may have put it there: remove the link, or name what it leads to");
			break;
		}
	}
}

/* An optional ro line below something writable: that what it protects appears is worth a word. */
static void watch_absent(struct items *it, struct shown *writable)
{
	vec_each (a, &it->absent)
		if (shown_find(writable, a->path))
			vec_push(it->arena, &it->plan->watches, *a);
}

static bool is_guard(const struct item *i)
{
	return i->kind == MOUNT_MASK || (i->kind == MOUNT_BIND && !i->rw && i->rank > RANK_GUARD);
}

void items_guard(struct items *it)
{
	struct shown all, writable;

	take_own(it);
	hide_what_is_there(it);
	const struct item *items = it->v.v; /* stays valid in the arena while it->v grows */
	size_t n = it->v.n;

	shown_init(&all, it, false);
	shown_init(&writable, it, true);
	refuse_planted_links(it, &writable);
	watch_absent(it, &writable);
	for (const struct item *guard = items; guard < items + n; guard++)
		if (is_guard(guard))
			guard_everywhere(it, guard, guard->kind == MOUNT_MASK ? &all : &writable);
	vec_each (guard, &it->guards)
		guard_everywhere(it, guard, guard->kind == MOUNT_MASK ? &all : &writable);
	if (it->v.n != n)
		items_merge(it);
}
