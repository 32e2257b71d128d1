/* SPDX-License-Identifier: MIT */
/*
 * The longest path wins, and hide and ro hold wherever their object is visible: said twice.  Once naively, path by path
 * (expected()), once by carrying out the mount list that the plan made of the same lines (visible()).  The two must agree
 * on every path of thousands of small random profiles.
 */
#include <errno.h>
#include <stdio.h>

#include "base/path.h"
#include "support.h"

TestSuite(plan_property, .fini = leak_check);

enum { CASES = 20000, LINES_MAX = 6 };

/* A small tree with names that begin alike, and /m: the same objects as /s/a, as a bind mount has. */
static const char machine[] = "d /s/a/b/c\nf /s/a/b/f\nf /s/a/b/c/g\nf /s/a/g\nd /s/ab\nf /s/ab/h\nd /s/a-b\nd /s/b\nf /s/b/k\n= /m /s/a\n"
			      "d /m\n";
static const char *const sources[] = {
	"/s", "/s/a", "/s/a/b", "/s/a/b/c", "/s/a/b/f", "/s/a/b/c/g", "/s/a/g", "/s/ab", "/s/ab/h", "/s/a-b", "/s/b", "/s/b/k",
	"/m", "/m/b", "/m/b/c", "/m/b/f", "/m/g",
};
static const char *const targets[] = { "/d", "/d/b", "/e", "/s", "/s/a", "/d/b/c" };
/* What may be asked for inside: each is tried. */
static const char *const places[] = { "/s", "/m", "/d", "/d/b", "/e", "/s/a", "/d/b/c" };

enum kind { RO, RW, HIDE, KIND_COUNT };
static const enum key_id key_of[KIND_COUNT] = { KEY_files_ro, KEY_files_rw, KEY_files_hide };

struct line {
	enum kind kind;
	const char *src, *dst;
	unsigned layer;
};

struct test_case {
	struct arena *arena;
	struct host *host;
	struct line lines[LINES_MAX];
	size_t n;
};

/* What a program sees at a path: nothing of the host, or an object. */
struct sight {
	const char *object; /* canonical host path, NULL: nothing */
	bool rw;
};

/* ---- random profiles ---- */

static uint32_t random_below(uint64_t *seed, size_t n)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((*seed >> 33) % n);
}

static void make_lines(struct test_case *c, uint64_t *seed)
{
	c->n = 1 + random_below(seed, LINES_MAX);
	for (size_t i = 0; i < c->n; i++) {
		struct line *l = &c->lines[i];

		l->kind = (enum kind)random_below(seed, KIND_COUNT);
		l->src = sources[random_below(seed, ARRAY_SIZE(sources))];
		l->dst = l->kind == HIDE || random_below(seed, 3) ? l->src : targets[random_below(seed, ARRAY_SIZE(targets))];
		l->layer = 1 + random_below(seed, 2);
		/* A line about a place inside only: its host path does not matter. */
		if (l->kind == HIDE && !random_below(seed, 4))
			l->src = l->dst = arena_printf(c->arena, "%s/%s", targets[random_below(seed, 3)],
						       random_below(seed, 2) ? "b" : "g");
	}
}

static void take_lines(struct profile *p, const struct test_case *c)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct line *l = &c->lines[i];

		vec_push(c->arena, &p->by_key[key_of[l->kind]],
			 (struct setting){ .key = key_of[l->kind], .layer = l->layer, .raw = l->src,
					   .optional = l->kind == HIDE, /* what is missing is no error here */
					   .from = { "case.ini", (unsigned)i + 1, keys[key_of[l->kind]].name },
					   .v = { .src = l->src, .dst = l->dst } });
	}
}

static const char *case_text(const struct test_case *c)
{
	static const char *const words[] = { "ro", "rw", "hide" };
	const char *text = "";

	for (size_t i = 0; i < c->n; i++)
		text = arena_printf(c->arena, "%s%s = %s:%s (layer %u)\n", text, words[c->lines[i].kind], c->lines[i].src,
				    c->lines[i].dst, c->lines[i].layer);
	return text;
}

/* ---- the rule, naively ---- */

static const char *canonical(struct arena *a, const char *path)
{
	const char *rest = path_below(path, "/m");

	return rest ? path_join(a, "/s/a", rest) : path;
}

static bool exists(const struct test_case *c, const char *path)
{
	return c->host->node(c->host, path)->kind != NODE_MISSING;
}

/* The line that provides @path inside: the longest, then the later layer.  NULL: none. */
static const struct line *winner(const struct test_case *c, const char *path)
{
	const struct line *best = NULL;

	for (size_t i = 0; i < c->n; i++) {
		const struct line *l = &c->lines[i];

		if (!path_below(path, l->dst))
			continue;
		if (!best || strlen(l->dst) > strlen(best->dst) || (streq(l->dst, best->dst) && l->layer > best->layer))
			best = l;
	}
	return best;
}

/* The host path that bind line @l shows at @path, before any line holds elsewhere. */
static const char *shown_by(const struct test_case *c, const struct line *l, const char *path)
{
	return path_join(c->arena, l->src, path_below(path, l->dst));
}

/*
 * Does what is about host path @path concern a line that gives @top?  *ret_below: it is about something below that.
 * A second name of @top is recognized on the way to @path, and not one that @path itself has below @top: for that the
 * whole tree would have to be read.
 */
static bool concerns(const struct test_case *c, const char *path, const char *top, bool *ret_below)
{
	top = canonical(c->arena, top);
	*ret_below = false;
	for (const char *p = path;; p = path_parent(c->arena, p), *ret_below = true) {
		if (streq(canonical(c->arena, p), top))
			return true;
		if (streq(p, "/"))
			return false;
	}
}

/* The objects that line @g is about: what the host has at its path and, for hide, what the sandbox has there. */
static size_t objects_of(const struct test_case *c, const struct line *g, const char *ret[2])
{
	size_t n = 0;

	if (exists(c, g->src))
		ret[n++] = g->src;
	if (g->kind == HIDE) {
		const struct line *around = winner(c, path_parent(c->arena, g->dst));
		const char *there = around && around->kind != HIDE ? shown_by(c, around, g->dst) : NULL;

		if (there && exists(c, there) && (!n || !streq(there, ret[0])))
			ret[n++] = there;
	}
	return n;
}

static struct sight expected(const struct test_case *c, const char *path)
{
	const struct line *w = winner(c, path);
	struct sight s = { NULL, false };

	if (!w || w->kind == HIDE || !exists(c, w->src))
		return s;
	const char *object = canonical(c->arena, shown_by(c, w, path));
	if (!exists(c, object))
		return s;
	s = (struct sight){ object, w->kind == RW };
	for (size_t i = 0; i < c->n; i++) {
		const struct line *g = &c->lines[i];
		const char *about[2];

		/* A line that lost its own place to a later layer says nothing any more. */
		if (g->kind == RW || (winner(c, g->dst)->layer != g->layer && streq(winner(c, g->dst)->dst, g->dst)))
			continue;
		for (size_t k = objects_of(c, g, about); k-- > 0;) {
			bool below;

			if (!concerns(c, about[k], w->src, &below) || (!below && g->layer <= w->layer) ||
			    !path_below(object, canonical(c->arena, about[k])))
				continue;
			if (g->kind == HIDE)
				return (struct sight){ NULL, false };
			s.rw = false;
		}
	}
	return s;
}

/* ---- the mount list, carried out ---- */

static const struct mount_entry *mount_at(const struct plan *p, const char *path)
{
	const struct mount_entry *top = p->mounts;

	for (size_t i = 1; i < p->n_mounts; i++)
		if (path_below(path, p->mounts[i].target) && p->mounts[i].kind != MOUNT_DIR && p->mounts[i].kind != MOUNT_SYMLINK)
			top = strlen(p->mounts[i].target) >= strlen(top->target) ? &p->mounts[i] : top;
	return top;
}

static struct sight visible(const struct test_case *c, const struct plan *p, const char *path)
{
	const struct mount_entry *m = mount_at(p, path);
	struct sight s = { NULL, false };

	if (m->kind != MOUNT_BIND && m->kind != MOUNT_PIN)
		return s;
	const char *object = canonical(c->arena, path_join(c->arena, m->source, path_below(path, m->target)));
	if (exists(c, object))
		s = (struct sight){ object, !(m->attrs & MOUNT_ATTR_RDONLY) };
	return s;
}

/* Each mount point is there when its turn comes, and a directory that leads from something writable to it is pinned. */
static const char *mount_problem(const struct test_case *c, const struct plan *p, size_t i)
{
	const struct mount_entry *m = &p->mounts[i];
	const struct mount_entry *around = mount_at(p, path_parent(c->arena, m->target));
	bool host = around->kind == MOUNT_BIND || around->kind == MOUNT_PIN;

	if (m->kind == MOUNT_DIR || m->kind == MOUNT_SYMLINK || m->kind == MOUNT_FILE)
		return NULL;
	if (around >= m)
		return "comes before what is around it";
	if (host && !(around->attrs & MOUNT_ATTR_RDONLY) && !streq(around->target, path_parent(c->arena, m->target)))
		return "the directory above it is not pinned";
	if (around->kind == MOUNT_MASK && !around->holds)
		return "is below a mask without room for it";
	if (!host)
		return m->attach == ATTACH_EXISTING ? "its mount point is not made" : NULL;
	const struct node *n = c->host->node(c->host, path_join(c->arena, around->source, path_below(m->target, around->target)));
	if (n->kind == NODE_MISSING)
		return "its mount point does not exist";
	return (n->kind == NODE_DIR) != m->is_dir ? "its mount point is of another type" : NULL;
}

/* ---- both ---- */

static void check_path(const struct test_case *c, const struct plan *p, const char *path)
{
	struct sight want = expected(c, path), got = visible(c, p, path);

	cr_assert_eq(!want.object, !got.object, "%s%s is %s", case_text(c), path, got.object ? "visible" : "not visible");
	if (!want.object)
		return;
	cr_assert_str_eq(got.object, want.object, "%s%s shows %s instead of %s", case_text(c), path, got.object, want.object);
	cr_assert_eq(got.rw, want.rw, "%s%s is %s", case_text(c), path, got.rw ? "writable" : "read-only");
}

static void check_plan(const struct test_case *c, const struct plan *p)
{
	for (size_t i = 1; i < p->n_mounts; i++) {
		const char *problem = mount_problem(c, p, i);

		cr_assert_null(problem, "%s%s: %s", case_text(c), p->mounts[i].target, problem);
	}
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		for (size_t k = 0; k < ARRAY_SIZE(sources); k++) {
			const char *rest = path_below(sources[k], "/s");

			if (rest)
				check_path(c, p, path_join(c->arena, places[i], rest));
			rest = path_below(sources[k], "/s/a");
			if (rest)
				check_path(c, p, path_join(c->arena, places[i], rest));
		}
}

/* A refusal is the plan's right only where two lines of one layer disagree, or a mount point cannot be. */
static bool may_be_refused(const struct test_case *c, const struct err *err)
{
	vec_each (p, &err->problems) {
		bool disagree = false;

		if (strstr(p->text, "contradicts"))
			for (size_t i = 0; i < c->n; i++)
				for (size_t k = 0; k < c->n; k++) {
					const struct line *a = &c->lines[i], *b = &c->lines[k];
					const char *of_a[2], *of_b[2];
					bool one = streq(a->dst, b->dst);

					for (size_t x = objects_of(c, a, of_a); x-- > 0;)
						for (size_t y = objects_of(c, b, of_b); y-- > 0;)
							one |= streq(canonical(c->arena, of_a[x]), canonical(c->arena, of_b[y]));
					disagree |= one && a->layer == b->layer && (a->kind != b->kind || !streq(a->src, b->src));
				}
		else
			disagree = strstr(p->text, "does not exist in") || strstr(p->text, "cannot be mounted on it") ||
				   strstr(p->text, "is a file inside") || p->severity == SEVERITY_WARNING;
		if (!disagree)
			return false;
	}
	return true;
}

Test(plan_property, the_mount_list_shows_what_the_lines_say)
{
	_cleanup_bench_ struct bench *b = bench_plan("", machine);
	uint64_t seed = 20260101;
	size_t planned = 0;

	cr_assert(b->plan, "%s", bench_problems(b));
	for (int i = 0; i < CASES; i++) {
		struct test_case c = { .arena = arena_new(), .host = b->host };
		struct profile profile = *b->profile;
		struct plan plan = { .arena = c.arena, .profile = &profile, .caller = &b->caller };
		struct err err;

		err_init(&err, c.arena);
		make_lines(&c, &seed);
		take_lines(&profile, &c);
		if (plan_mounts(&plan, b->host, &err) == 0) {
			check_plan(&c, &plan);
			planned++;
		} else {
			cr_assert(may_be_refused(&c, &err), "case %d\n%srefused: %s", i, case_text(&c), err.problems.v[0].text);
		}
		arena_free(c.arena);
	}
	cr_assert_gt(planned, CASES / 3, "only %zu of %d were planned: the rest tells nothing", planned, CASES);
}
