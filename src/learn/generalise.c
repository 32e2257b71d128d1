/* SPDX-License-Identifier: MIT */
/*
 * Needs → lines.  Two passes: first where names are made (`rw` of a directory), then what is read.  In each, three entries of
 * a directory become the directory, from the deepest upwards; a program's own directory below ~/.config and the like at once.
 * It stops at walls: directories that belong to many, and those that hold secrets.
 */
#include <stdlib.h>

#include "base/path.h"
#include "base/str.h"
#include "learn/learn.h"

enum { COLLAPSE_MIN = 3, EXAMPLES = 3, LINES_MAX = 256 };

/** struct group - what one line will give */
struct group {
	const char *path;
	unsigned bits;
	bool is_dir;
	size_t n;                   /* needs in it */
	const char *examples[EXAMPLES];
	const char *call, *command; /* of the first */
};
typedef VEC(struct group) group_list;

/** struct work - on the way */
struct work {
	const struct places *places;
	struct arena *arena;
	line_list *lines;
	size_t shown;
};

/* ---- walls ---- */

/* Nothing below these belongs together. */
static const char *const shared[] = {
	"/dev", "/sys", "/proc", "/var/lib", "/var/cache", "/var/log", "/var/spool", "/run/user", "/usr/local", "/usr/share",
};

static bool is_wall(const struct work *w, const char *dir)
{
	if (streq(dir, "/") || !strchr(dir + 1, '/'))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(shared); i++)
		if (streq(dir, shared[i]))
			return true;
	/* The home's own directories with a name, all that they lie in, and what lies in sysfs near the top. */
	vec_each (name, &w->places->names)
		if (path_below(name->path, dir))
			return true;
	const char *sys = path_below(dir, "/sys");
	return (sys && !strchr(sys, '/')) || w->places->holds_secret(w->places, dir);
}

/* The directory that belongs to one program and that @path is, or lies in: ~/.config/NAME, ~/.NAME; NULL. */
static const char *unit_of(const struct work *w, const char *path)
{
	const struct places *p = w->places;

	vec_each (name, &p->names) {
		const char *rest = name->apps ? path_below(path, name->path) : NULL;

		if (rest && *rest)
			return path_join(w->arena, name->path, arena_strndup(w->arena, rest, strcspn(rest, "/")));
	}
	const char *rest = path_below(path, p->home);
	if (!rest || *rest != '.' || !strchr(rest, '/'))
		return NULL;
	const char *unit = path_join(w->arena, p->home, arena_strndup(w->arena, rest, strcspn(rest, "/")));
	return is_wall(w, unit) ? NULL : unit;
}

/* ---- groups ---- */

/* As if "/" came before every other character: what lies in a directory follows it, and nothing comes between. */
static int path_order(const char *a, const char *b)
{
	for (; *a && *a == *b; a++)
		b++;
	int x = *a == '/' ? 1 : (unsigned char)*a + (*a != 0), y = *b == '/' ? 1 : (unsigned char)*b + (*b != 0);
	return x - y;
}

static int by_path(const void *a, const void *b)
{
	return path_order(((const struct group *)a)->path, ((const struct group *)b)->path);
}

static void sort(group_list *list)
{
	if (list->n)
		qsort(list->v, list->n, sizeof(*list->v), by_path);
}

static void join(struct group *to, const struct group *from)
{
	to->bits |= from->bits;
	to->n += from->n;
	for (size_t i = 0, k = 0; i < EXAMPLES && from->examples[i]; i++) {
		while (k < EXAMPLES && to->examples[k])
			k++;
		if (k < EXAMPLES)
			to->examples[k] = from->examples[i];
	}
}

/* One group for each path; what lies below a directory that is given whole goes into it. */
static void settle(struct work *w, group_list *list)
{
	group_list kept = { 0 };

	sort(list);
	vec_each (g, list) {
		struct group *last = kept.n ? &kept.v[kept.n - 1] : NULL;

		if (last && path_below(g->path, last->path))
			join(last, g);
		else
			vec_push(w->arena, &kept, *g);
	}
	*list = kept;
}

static size_t depth(const char *path)
{
	size_t n = 0;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

/* All groups become part of @dir that lie directly in it: those from @first to before @end. */
static void lift(struct work *w, group_list *list, size_t first, size_t end, const char *dir)
{
	for (size_t i = first; i < end; i++)
		if (streq(path_parent(w->arena, list->v[i].path), dir)) {
			list->v[i].path = dir;
			list->v[i].is_dir = true;
		}
}

/* Entries of one directory that lie side by side at depth @deep: enough of them become the directory. */
static bool collapse_at(struct work *w, group_list *list, size_t deep)
{
	bool changed = false;

	for (size_t i = 0; i < list->n; i++) {
		if (depth(list->v[i].path) != deep)
			continue;
		const char *dir = path_parent(w->arena, list->v[i].path);
		size_t n = 0, end = i;

		for (; end < list->n && path_below(list->v[end].path, dir); end++)
			n += depth(list->v[end].path) == deep;
		if (n >= COLLAPSE_MIN && !is_wall(w, dir)) {
			lift(w, list, i, end, dir);
			changed = true;
		}
		i = end - 1;
	}
	return changed;
}

static void collapse(struct work *w, group_list *list)
{
	size_t deepest = 0;

	settle(w, list);
	vec_each (g, list)
		if (depth(g->path) > deepest)
			deepest = depth(g->path);
	for (; deepest > 1; deepest--)
		if (collapse_at(w, list, deepest))
			settle(w, list);
}

static struct group group_of(const struct need *n)
{
	return (struct group){ .path = n->path, .bits = n->bits, .is_dir = n->is_dir, .n = 1, .call = n->call, .command = n->command,
			       .examples = { n->example ? n->example : n->path } };
}

/* A program's own directory is given as one: at once when names are made in it, else from the second file on. */
static void take_units(struct work *w, group_list *list, size_t min)
{
	sort(list);
	for (size_t i = 0, end; i < list->n; i = end) {
		const char *unit = unit_of(w, list->v[i].path);

		for (end = i + 1; unit && end < list->n && path_below(list->v[end].path, unit); end++)
			;
		if (!unit || end - i < min || w->places->holds_secret(w->places, unit))
			continue;
		for (size_t k = i; k < end; k++)
			if (!streq(list->v[k].path, unit)) {
				list->v[k].path = unit;
				list->v[k].is_dir = true;
			}
	}
}

/* ---- lines ---- */

static const char *ways_text(struct arena *arena, unsigned bits)
{
	static const struct {
		unsigned bits;
		const char *word;
	} ways[] = {
		{ NEED_READ | NEED_LOOK, "read" }, { NEED_EXEC, "run" }, { NEED_WRITE, "written" },
		{ NEED_MAKE | NEED_KEEP | NEED_LOST, "made or removed" },
	};
	const char *text = "";

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		if (bits & ways[i].bits)
			text = arena_printf(arena, "%s%s%s", text, *text ? ", " : "", ways[i].word);
	return text;
}

static const char *why(struct work *w, const struct group *g)
{
	const char *names = "";

	for (size_t i = 0; i < EXAMPLES && g->examples[i]; i++) {
		const char *rest = path_below(g->examples[i], g->path);

		if (rest && *rest)
			names = arena_printf(w->arena, "%s%s%s", names, *names ? ", " : ": ", rest);
	}
	return arena_printf(w->arena, "%s (%s: %s)%s%s", ways_text(w->arena, g->bits), *g->command ? g->command : "?", g->call,
			    g->n > 1 ? arena_printf(w->arena, ", %zu names", g->n) : "", names);
}

static void put(struct work *w, const char *key, const char *path, bool off, const char *text)
{
	const char *value = path_value(w->places, w->arena, path);

	if (w->shown++ >= LINES_MAX)
		return;
	if (!value) {
		/* What is shown is not what it is called, so it stays a comment. */
		value = quote(w->arena, path);
		text = arena_printf(w->arena, "no line can hold this name; %s", text);
		off = true;
	}
	vec_push(w->arena, w->lines, (struct line){ .section = "files", .key = key, .value = value, .why = text, .off = off });
}

/* @list is settled, so only the last one that does not come after @path can be it. */
static bool below_any(const group_list *list, const char *path, unsigned bits)
{
	size_t low = 0, high = list->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (path_order(list->v[middle].path, path) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low && list->v[low - 1].bits & bits && path_below(path, list->v[low - 1].path);
}

static void put_secrets(struct work *w, const need_list *needs)
{
	vec_each (n, needs)
		if (n->secret)
			put(w, n->bits & (NEED_WRITE | NEED_MAKE | NEED_KEEP) ? "rw" : "ro", n->path, true,
			    arena_printf(w->arena, "WARNING: a secret (%s).  Only if this program is meant to have it", n->secret));
}

/* Who may write there decides; a line cannot. */
static void put_socket(struct work *w, const struct need *n)
{
	put(w, "ro", n->path, true, arena_printf(w->arena, "a service listens there, and does what it is asked (%s: %s)", n->command, n->call));
}

static bool is_plain(const struct need *n)
{
	return !n->secret && !n->socket;
}

/* Directories of the home that are not there yet. */
static void put_keeps(struct work *w, const need_list *needs, group_list *keeps)
{
	vec_each (n, needs)
		if (is_plain(n) && n->bits & NEED_KEEP) {
			struct group g = group_of(n);

			/* Without a ~/.cache, only the program's own directory in it is to be kept; a file in it cannot be. */
			if (is_wall(w, g.path))
				g.path = unit_of(w, n->example);
			if (g.path && (!streq(g.path, n->example) || skip_prefix(n->call, "mkdir")))
				vec_push(w->arena, keeps, g);
		}
	take_units(w, keeps, 1);
	settle(w, keeps);
	vec_each (g, keeps)
		put(w, "keep", g->path, false, arena_printf(w->arena, "not there yet: kept for this profile; %s", why(w, g)));
	vec_each (n, needs)
		if (n->bits & NEED_LOST && is_plain(n) && !below_any(keeps, n->example, NEED_KEEP))
			put(w, "rw", n->example, true, "made in the home, which is an empty one inside: gone afterwards");
}

/* A file that is changed in place stays a line of its own; what is made needs the directory. */
static void put_changes(struct work *w, const need_list *needs, const group_list *keeps, group_list *ret)
{
	vec_each (n, needs)
		if (is_plain(n) && n->bits & NEED_MAKE)
			vec_push(w->arena, ret, group_of(n));
	take_units(w, ret, 1);
	collapse(w, ret);
	vec_each (n, needs)
		if (is_plain(n) && n->bits & NEED_WRITE && !(n->bits & NEED_MAKE))
			vec_push(w->arena, ret, group_of(n));
	settle(w, ret);
	vec_each (g, ret) {
		/* What a program does while it is learned must not become its way out in the runs after. */
		const char *risk = w->places->risk(w->places, g->path);

		if (risk)
			put(w, "rw", g->path, true, arena_printf(w->arena, "WARNING: %s.  %s", risk, why(w, g)));
		else if (!(g->bits & NEED_MAKE) || !is_wall(w, g->path))
			put(w, "rw", g->path, false, why(w, g));
		else if (!below_any(keeps, g->examples[0], NEED_KEEP))
			put(w, "rw", g->path, true, arena_printf(w->arena, "a directory of many; %s", why(w, g)));
	}
}

static void put_reads(struct work *w, const need_list *needs, const group_list *writes)
{
	group_list reads = { 0 };

	vec_each (n, needs)
		if (is_plain(n) && n->bits & (NEED_READ | NEED_LOOK | NEED_EXEC) && !below_any(writes, n->path, NEED_MAKE)) {
			/* The names in a directory of many are not worth all that is in it. */
			if (n->is_dir && is_wall(w, n->path))
				put(w, "ro", n->path, true, arena_printf(w->arena, "a directory of many; %s", why(w, &(struct group){ .path = n->path, .bits = n->bits, .n = 1, .call = n->call, .command = n->command })));
			else
				vec_push(w->arena, &reads, group_of(n));
		}
	take_units(w, &reads, 2);
	collapse(w, &reads);
	vec_each (g, &reads)
		if (!below_any(writes, g->path, NEED_MAKE | NEED_WRITE))
			put(w, "ro", g->path, false, why(w, g));
}

void generalise(const need_list *needs, const struct places *places, struct arena *arena, line_list *ret)
{
	struct work w = { .places = places, .arena = arena, .lines = ret };
	group_list writes = { 0 }, keeps = { 0 };

	put_keeps(&w, needs, &keeps);
	put_changes(&w, needs, &keeps, &writes);
	put_reads(&w, needs, &writes);
	vec_each (n, needs)
		if (n->socket && !n->secret)
			put_socket(&w, n);
	put_secrets(&w, needs);
	if (w.shown > LINES_MAX)
		vec_push(arena, ret, (struct line){ .section = "files", .key = "ro", .value = "…", .off = true,
						    .why = arena_printf(arena, "%zu lines more were left out", w.shown - LINES_MAX) });
}
