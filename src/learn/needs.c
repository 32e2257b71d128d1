/* SPDX-License-Identifier: MIT */
/* Which of the paths that a program used are not given yet. */
#include <errno.h>

#include "base/path.h"
#include "base/str.h"
#include "learn/learn.h"
#include "plan/secrets.h"
#include "plan/verdict.h"

/** struct search - on the way */
struct search {
	const struct plan *plan;
	struct host *host;
	struct arena *arena;
	struct arena *scratch; /* for one use: a plan is asked many questions */
	struct need **slots; /* by path; open addressing, at most half full */
	size_t size;
};

static size_t slot_of(const struct search *s, const char *path)
{
	uint64_t h = hash_text(HASH_TEXT, path);
	size_t i = (size_t)(h ^ h >> 29) & (s->size - 1);
	while (s->slots[i] && !streq(s->slots[i]->path, path))
		i = (i + 1) & (s->size - 1);
	return i;
}

/* A secret, by its own name or by where a link leads. */
static const char *secret_of(const struct search *s, const char *path, const struct resolved *r)
{
	if (is_secret(s->plan, s->scratch, r->path))
		return r->path;
	return is_secret(s->plan, s->scratch, path) ? path : NULL;
}

static void add(struct search *s, const struct use *use, unsigned bits, const char *path, const struct resolved *r, const char *example)
{
	struct need **known = &s->slots[slot_of(s, path)];

	if (!*known) {
		const char *secret = secret_of(s, path, r);

		*known = arena_alloc(s->arena, sizeof(**known));
		**known = (struct need){ .path = arena_strdup(s->arena, path), .is_dir = r->node->kind == NODE_DIR, .socket = r->node->kind == NODE_SOCKET,
					 .secret = secret ? arena_strdup(s->arena, secret) : NULL, .call = use->call,
					 .command = use->command, .example = example ? arena_strdup(s->arena, example) : NULL };
	}
	(*known)->bits |= bits;
}

/* ---- what is there already ---- */

static bool gives(struct search *s, const char *path, enum ask_for what)
{
	struct verdict v;

	plan_ask_path(s->plan, s->host, path, what, s->scratch, &v);
	if (v.kind == VERDICT_ABSENT || v.kind == VERDICT_MASKED)
		return false;
	if (what == ASK_FOR_WRITE)
		return v.kind == VERDICT_WRITE || (v.why_not && !v.change);
	return what != ASK_FOR_EXEC || v.exec || v.kind == VERDICT_DENIED;
}

static bool is_kernels(const char *path)
{
	return path_below(path, "/proc") || path_below(path, "/dev/pts") || path_below(path, "/dev/shm");
}

/* Nothing that sbox itself reads, keeps or runs by is ever a program's. */
static bool is_own(const struct search *s, const char *path)
{
	const struct caller *c = s->plan->caller;
	const char *bases[] = { c->config_dir, c->data_dir, c->state_dir, c->cache_dir, c->runtime_dir };

	for (size_t i = 0; i < ARRAY_SIZE(bases); i++)
		if (bases[i] && path_below(path, path_join(s->scratch, bases[i], "sbox")))
			return true;
	return false;
}

/* ---- names that were made ---- */

/* The topmost directory on the way to @dir that does not exist on the host. */
static const char *top_missing(struct search *s, const char *dir)
{
	const char *top = NULL;

	for (struct resolved r; !streq(dir, "/"); dir = path_parent(s->scratch, dir)) {
		int rc = host_resolve(s->host, s->scratch, dir, &r);

		if (rc == 0 && r.node->kind != NODE_MISSING)
			break;
		top = dir;
	}
	return top;
}

/* Is what is made at @path in memory, and gone with the sandbox?  Directories that sbox makes on the way to a mount are, too. */
static bool is_in_memory(const struct search *s, const char *path)
{
	const struct mount_entry *m = plan_entry_of(s->plan, path);

	while (m->kind == MOUNT_DIR)
		m = plan_entry_of(s->plan, path = path_parent(s->scratch, m->target));
	return m->kind == MOUNT_TMPFS && m != s->plan->mounts;
}

static void made(struct search *s, const struct use *use, const char *path)
{
	const char *dir = path_parent(s->scratch, path), *missing = top_missing(s, dir);
	const char *home = s->plan->caller->home;
	bool memory = is_in_memory(s, missing ? missing : dir);
	struct resolved r;

	if (host_resolve(s->host, s->scratch, missing ? path_parent(s->scratch, missing) : dir, &r) < 0)
		return;
	if (missing && memory && path_below(missing, home))
		add(s, use, NEED_KEEP, missing, &r, path);
	else if (missing && !memory && !gives(s, path_parent(s->scratch, missing), ASK_FOR_WRITE))
		add(s, use, NEED_MAKE, path_parent(s->scratch, missing), &r, path);
	if (missing)
		return;
	/* It works, and whether it is kept is another matter: of a home it may be meant, of /tmp it is not. */
	if (memory && path_below(dir, home))
		add(s, use, streq(dir, home) ? NEED_LOST : NEED_MAKE, dir, &r, path);
	else if (!memory && !gives(s, dir, ASK_FOR_WRITE))
		add(s, use, NEED_MAKE, dir, &r, path);
}

/* ---- the rest ---- */

static void was_there(struct search *s, const struct use *use, const char *path, const struct resolved *r)
{
	static const struct {
		enum ask_for what;
		unsigned bit;
	} ways[DID_COUNT] = {
		[DID_LOOK] = { ASK_FOR_READ, NEED_LOOK },  [DID_READ] = { ASK_FOR_READ, NEED_READ },
		[DID_EXEC] = { ASK_FOR_EXEC, NEED_EXEC },  [DID_WRITE] = { ASK_FOR_WRITE, NEED_WRITE },
		[DID_CONNECT] = { ASK_FOR_READ, NEED_READ },
	};

	/* Every realpath(3) looks at the directories on its way; they are there when something below them is. */
	if (use->did == DID_LOOK && r->node->kind == NODE_DIR)
		return;
	if (use->did == DID_CONNECT && r->node->kind != NODE_SOCKET)
		return;
	if (!gives(s, path, ways[use->did].what))
		add(s, use, ways[use->did].bit, path, r, NULL);
}

/*
 * As it was asked for, when the links are the host's: a program makes some of its own.  Those that are visible inside anyway
 * (/usr) need no line.
 */
static const char *path_of(struct search *s, const struct use *use, struct resolved *r)
{
	const char *paths[] = { use->asked, use->object };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		const char *path = paths[i][0] == '/' ? path_normalize(s->scratch, paths[i]) : NULL;

		if (path && i == 0 && plan_entry_of(s->plan, path)->kind == MOUNT_BIND)
			continue;
		int rc = path ? host_resolve(s->host, s->scratch, path, r) : -ENOENT;

		if (path && (use->did == DID_MAKE ? i == 1 : rc == 0 && r->node->kind != NODE_MISSING))
			return path;
	}
	return NULL;
}

void needs_find(const struct trace *trace, const struct plan *plan, struct host *host, struct arena *arena, need_list *ret)
{
	struct search s = { .plan = plan, .host = host, .arena = arena, .size = 1024 };
	struct resolved r;

	while (s.size < 2 * trace->uses.n + 2)
		s.size *= 2;
	s.slots = arena_new_array(arena, struct need *, s.size);
	vec_each (use, &trace->uses) {
		_cleanup_arena_ struct arena *scratch = arena_new();

		s.scratch = scratch;
		const char *path = use->did <= DID_CONNECT ? path_of(&s, use, &r) : NULL;

		if (!path || is_kernels(path) || is_own(&s, path))
			continue;
		if (use->did == DID_MAKE)
			made(&s, use, path);
		else
			was_there(&s, use, path, &r);
	}
	*ret = (need_list){ 0 };
	for (size_t i = 0; i < s.size; i++)
		if (s.slots[i])
			vec_push(arena, ret, *s.slots[i]);
}

unsigned needs_in_cwd(const struct trace *trace, const struct plan *plan)
{
	const char *cwd = plan->caller->cwd;
	unsigned bits = 0;

	vec_each (use, &trace->uses) {
		const char *rest = cwd && use->did <= DID_CONNECT ? path_below(use->object, cwd) : NULL;

		if (!rest)
			continue;
		if (use->did == DID_MAKE || use->did == DID_WRITE)
			bits |= NEED_MAKE;
		else if (use->did != DID_LOOK || *rest)
			bits |= NEED_READ;
	}
	return bits;
}
