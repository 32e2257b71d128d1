/* SPDX-License-Identifier: MIT */
/* One question about a path inside: is it visible, and how? */
#include <errno.h>
#include <fnmatch.h>
#include <linux/mount.h>
#include <unistd.h>

#include "base/path.h"
#include "plan/ask.h"

enum { LINKS_MAX = 40 };

/** struct path_question - what is known of the path asked about */
struct path_question {
	const struct plan *plan;
	struct host *host;
	struct arena *arena;
	enum ask_for what;
	const char *path;              /* as asked */
	const char *inside;            /* where it leads inside */
	const struct mount_entry *m;   /* what provides that */
	const char *there;             /* the object on the host, or NULL when it is none of the host's */
	const struct node *node;       /* of @there; NULL when it is missing */
	struct verdict *ret;
};

/* As it is written in a profile: what would be a pattern or SRC:DST is none. */
static const char *as_written(struct arena *arena, const char *path)
{
	char *text = arena_alloc(arena, strlen(path) * 2 + 1), *o = text;

	for (const char *p = path; *p; p++) {
		if (strchr(":*?[", *p))
			*o++ = '\\';
		*o++ = *p;
	}
	return text;
}

/* Under another system the path inside is not that of the host. */
static const char *line_for(const struct path_question *q, const char *path)
{
	const char *text = as_written(q->arena, path);

	if (!q->plan->rootfs || !q->there || !streq(path, q->inside) || !path_below(q->there, q->plan->rootfs))
		return text;
	return arena_printf(q->arena, "%s:%s", as_written(q->arena, q->there), text);
}

static void offer(struct path_question *q, enum key_id key, const char *path, const char *option)
{
	const char *secret;

	if (ask_bus_socket(q->plan, q->host, path, q->arena, q->ret))
		return;
	if ((q->ret->why_not = risk_of_socket(q->plan, q->host, q->arena, path)))
		return;
	if (is_secret(q->plan, q->arena, path))
		q->ret->why_not = "it holds secrets; a profile of its own for the program that needs it is the way";
	else if ((secret = secret_below(q->plan, q->host, q->arena, path)))
		q->ret->why_not = arena_printf(q->arena, "secrets lie below it, as %s: name what is needed there", secret);
	else if (strchr(path, '\n'))
		q->ret->why_not = "no line can name it: there is a line break in the name";
	else
		ask_change(q->arena, q->ret, key, line_for(q, path), option);
}

static void offer_visible(struct path_question *q, const char *path)
{
	if (q->what == ASK_FOR_WRITE)
		offer(q, KEY_files_rw, path, "rw");
	else
		offer(q, KEY_files_ro, path, "ro");
}

static bool is_own(const struct mount_entry *m)
{
	return m->from.file && streq(m->from.file, "always");
}

static void answer(struct path_question *q, enum verdict_kind kind, const char *text)
{
	q->ret->kind = kind;
	q->ret->text = arena_printf(q->arena, "%s %s", q->path, text);
}

static void masked(struct path_question *q)
{
	answer(q, VERDICT_MASKED, q->m->is_dir ? "is masked: an empty directory is there instead" : "is masked: an empty, unreadable file is there instead");
	if (is_own(q->m))
		q->ret->why_not = "it belongs to sbox itself, and no line uncovers it";
	else
		offer_visible(q, q->m->target);
}

/* May the caller do with it, outside, what is wanted?  If not, no line gives it to the program. */
static bool may(const struct path_question *q, const struct resolved *r)
{
	bool dir = r->node->kind == NODE_DIR;

	if (q->what == ASK_FOR_WRITE)
		return q->host->may(q->host, r->path, dir ? W_OK | X_OK : W_OK);
	return q->host->may(q->host, r->path, q->what == ASK_FOR_EXEC ? X_OK : dir ? R_OK | X_OK : R_OK) || r->node->kind == NODE_SOCKET;
}

static bool covers(struct arena *arena, const struct setting *hide, const char *path)
{
	if (!hide->v.glob)
		return path_below(path, hide->v.src) != NULL;
	const char *below = path_below(path, path_parent(arena, hide->v.src));
	return below && fnmatch(path_name(hide->v.src), arena_strndup(arena, below, strcspn(below, "/")), FNM_PERIOD) == 0;
}

/* What sbox itself would make, and a line hides, is not made at all: no mask shows the line.  The longest of them decides. */
static const struct setting *left_out_by(const struct path_question *q)
{
	const struct setting *by = NULL;

	vec_each (s, profile_list(q->plan->profile, KEY_files_hide))
		if (covers(q->arena, s, q->inside) && (!by || strlen(s->v.src) >= strlen(by->v.src)))
			by = s;
	return by;
}

/* A name that nothing provides.  To make a file, the directory must be there. */
static void absent(struct path_question *q)
{
	const char *parent = path_parent(q->arena, q->inside);
	struct resolved r;
	bool on_host = host_resolve(q->host, q->arena, q->inside, &r) == 0 && r.node->kind != NODE_MISSING;

	const struct setting *hide = left_out_by(q);

	q->ret->from = hide ? hide->from : NO_ORIGIN;
	answer(q, VERDICT_ABSENT, !on_host ? "is not visible inside, and does not exist on the host" :
				  hide	   ? "is not visible inside: a line hides it" :
					     "is not visible inside");
	if (on_host && !may(q, &r))
		q->ret->why_not = "its owner and mode do not let you open it outside either";
	else if (on_host && !hide && ask_desktop(q->plan, q->inside, q->what, q->arena, q->ret))
		return;
	else if (on_host && (r.node->kind == NODE_CHAR || r.node->kind == NODE_BLOCK))
		offer(q, KEY_files_dev, q->inside, NULL);
	else if (on_host)
		offer_visible(q, q->inside);
	else if (q->what == ASK_FOR_WRITE && host_resolve(q->host, q->arena, parent, &r) == 0 && r.node->kind == NODE_DIR)
		offer_visible(q, parent);
}

static void missing(struct path_question *q)
{
	struct resolved r;

	/* Something else is given at this place: a home of the profile's own. */
	if (!q->plan->rootfs && !streq(q->there, q->inside) && host_resolve(q->host, q->arena, q->inside, &r) == 0 &&
	    r.node->kind != NODE_MISSING) {
		absent(q);
		q->ret->from = q->m->from;
		return;
	}
	bool writable = (q->m->kind == MOUNT_BIND || q->m->kind == MOUNT_OVERLAY) && !(q->m->attrs & MOUNT_ATTR_RDONLY) &&
			q->host->may(q->host, path_parent(q->arena, q->there), W_OK | X_OK);

	answer(q, VERDICT_ABSENT, writable ? "does not exist, neither inside nor on the host; it can be made" :
					     "does not exist, neither inside nor on the host");
}

/* Files of /proc about processes differ inside; those about the machine are the host's. */
static void in_proc(struct path_question *q, const char *rest)
{
	const char *first = arena_strndup(q->arena, rest, strcspn(rest, "/"));
	bool process = streq(first, "self") || streq(first, "thread-self") || !first[strspn(first, "0123456789")];
	bool read_only = false;
	struct resolved r;
	bool there = host_resolve(q->host, q->arena, q->inside, &r) == 0 && r.node->kind != NODE_MISSING;

	for (size_t i = 0; q->plan->proc_guard && i < n_proc_guarded; i++) {
		const struct proc_guarded *g = &proc_guarded[i];

		if (!path_below(q->inside, g->path) || (g->from_root && q->plan->ids.outer_uid != 0))
			continue;
		if (g->mask && there) {
			answer(q, VERDICT_MASKED, "is masked: it speaks about the whole machine");
			return;
		}
		read_only = true;
	}
	if (process) {
		answer(q, VERDICT_READ, "is what the sandbox's own /proc has there");
		return;
	}
	if (!there)
		answer(q, VERDICT_ABSENT, "does not exist");
	else if (!q->host->may(q->host, q->inside, R_OK))
		answer(q, VERDICT_DENIED, "is what the sandbox's own /proc has there, and its permissions do not let you read it");
	else if (read_only || !q->host->may(q->host, q->inside, W_OK))
		answer(q, VERDICT_READ, "is what the sandbox's own /proc has there, read-only");
	else
		answer(q, VERDICT_WRITE, "is what the sandbox's own /proc has there");
}

/* Reading, writing and executing objects of the host: the mount and the object's own permissions must both let it. */
static void of_the_host(struct path_question *q)
{
	const struct mount_entry *m = q->m;
	const struct node *n = q->node;
	bool device = n->kind == NODE_CHAR || n->kind == NODE_BLOCK;
	/* Neither a device nor a socket is changed by writing to it, so a read-only mount does not forbid that. */
	bool mount_rw = !(m->attrs & MOUNT_ATTR_RDONLY) || device || n->kind == NODE_SOCKET;
	bool may_write = q->host->may(q->host, q->there, n->kind == NODE_DIR ? W_OK | X_OK : W_OK);
	bool noexec = m->attrs & MOUNT_ATTR_NOEXEC;

	q->ret->exec = !noexec && (n->kind == NODE_DIR || (n->kind == NODE_FILE && q->host->may(q->host, q->there, X_OK)));
	if (device && m->attrs & MOUNT_ATTR_NODEV) {
		answer(q, VERDICT_DENIED, "is a device, and devices do not work where it is visible");
		offer(q, KEY_files_dev, q->inside, NULL);
		return;
	}
	if (mount_rw && may_write && (m->kind == MOUNT_OVERLAY || m->from_inside)) {
		answer(q, VERDICT_WRITE, "is visible, read-write; changes are kept apart from the host's files");
		return;
	}
	if (mount_rw && may_write) {
		answer(q, VERDICT_WRITE, noexec ? "is visible, read-write, and cannot be executed" : "is visible, read-write");
		return;
	}
	if (!q->host->may(q->host, q->there, n->kind == NODE_DIR ? R_OK | X_OK : R_OK)) {
		answer(q, VERDICT_DENIED, "is visible, but its permissions do not let you read it");
		q->ret->why_not = "its owner and mode decide, as they do outside";
		return;
	}
	answer(q, VERDICT_READ, noexec ? "is visible, read-only, and cannot be executed" : "is visible, read-only");
	if (!may_write)
		q->ret->why_not = "its owner and mode decide who may write to it, as they do outside";
	else if (is_own(m))
		q->ret->why_not = "what the next launch believes is never writable";
	else if (!mount_rw && q->what != ASK_FOR_EXEC)
		offer(q, KEY_files_rw, q->inside, "rw");
}

static void own_object(struct path_question *q)
{
	const struct mount_entry *m = q->m;
	bool fixed = m->kind != MOUNT_SOCKET && (m->kind == MOUNT_DIR || m->kind == MOUNT_FILE || m->kind == MOUNT_SYMLINK || m->kind == MOUNT_DEVPTS ||
		     m->kind == MOUNT_PROC || m == q->plan->mounts || m->attrs & MOUNT_ATTR_RDONLY);

	q->ret->exec = !(m->attrs & MOUNT_ATTR_NOEXEC) && (m->kind == MOUNT_DIR || m->kind == MOUNT_TMPFS);
	answer(q, fixed ? VERDICT_READ : VERDICT_WRITE, fixed ? "is visible, read-only" : "is visible, read-write");
	if (m->kind == MOUNT_FILE && m->from.key && streq(m->from.key, keys[KEY_files_data].name) && q->what != ASK_FOR_EXEC)
		q->ret->why_not = "it holds the text of that line, in every run";
}

/* Executing is asked for, and a noexec line forbids it: the longest one above the path. */
static void offer_exec(struct path_question *q)
{
	const struct setting *by = NULL;

	if (q->what != ASK_FOR_EXEC || q->ret->exec || !(q->m->attrs & MOUNT_ATTR_NOEXEC))
		return;
	vec_each (s, profile_list(q->plan->profile, KEY_files_noexec))
		if (path_below(q->inside, s->v.src) && (!by || strlen(s->v.src) >= strlen(by->v.src)))
			by = s;
	if (!by)
		return;
	q->ret->from = by->from;
	ask_empty(q->plan, q->arena, q->ret, KEY_files_noexec, by->raw);
}

/*
 * Where @path leads: the links that sbox makes, and those of the host in what is bound, which a program follows inside.
 * *ret_there is where the object lies on the host, or NULL when it is none of the host's.
 */
static const struct mount_entry *lead(const struct plan *plan, struct host *host, struct arena *arena, const char **path,
				      const char **ret_there)
{
	const struct mount_entry *m;

	for (int links = 0;; links++) {
		struct resolved r;

		*path = plan_follow(plan, arena, *path);
		m = plan_entry_of(plan, *path);
		*ret_there = NULL;
		if (m->kind != MOUNT_BIND && m->kind != MOUNT_OVERLAY && m->kind != MOUNT_PIN && m->kind != MOUNT_DEVICE)
			return m;
		*ret_there = path_join(arena, m->source, path_below(*path, m->target));
		if (host_resolve(host, arena, *ret_there, &r) < 0 || !r.links.n || links == LINKS_MAX)
			return m;
		const char *rest = path_below(r.path, m->source);
		*path = rest ? path_join(arena, m->target, rest) : r.path;
	}
}

static void path_decide(struct path_question *q)
{
	const char *rest = path_below(q->inside, q->m->target);
	struct resolved r;

	if (q->m->kind == MOUNT_MASK) {
		masked(q);
	} else if (q->there) {
		int rc = host_resolve_in(q->host, q->arena, q->plan->rootfs, q->there, &r);

		q->node = r.node;
		if (rc == -EACCES)
			answer(q, VERDICT_DENIED, "lies in a directory that you may not enter");
		else if (rc < 0 || r.node->kind == NODE_MISSING)
			missing(q);
		else
			of_the_host(q);
	} else if (*rest && q->m->kind == MOUNT_PROC) {
		in_proc(q, rest);
	} else if (*rest && q->m->kind == MOUNT_DEVPTS) {
		answer(q, VERDICT_READ, "is what the sandbox's own terminals have there");
	} else if (*rest) {
		absent(q);
	} else {
		own_object(q);
	}
}

void plan_ask_path(const struct plan *plan, struct host *host, const char *path, enum ask_for what, struct arena *arena,
		   struct verdict *ret)
{
	struct path_question q = { .plan = plan, .host = host, .arena = arena, .what = what, .path = path, .inside = path, .ret = ret };

	q.m = lead(plan, host, arena, &q.inside, &q.there);
	*ret = (struct verdict){ .from = q.m->from };
	path_decide(&q);
	if (ret->kind == VERDICT_READ || ret->kind == VERDICT_WRITE)
		offer_exec(&q);
}
