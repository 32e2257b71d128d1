/* SPDX-License-Identifier: MIT */
#include "report/judge.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "plan/verdict.h"

void suspect_add(struct stopped *s, struct suspect suspect)
{
	if (s->n_suspects < SUSPECTS_MAX)
		s->suspects[s->n_suspects++] = suspect;
}

void used_add(struct stopped *s, enum did did, const char *object, const char *asked)
{
	vec_push(s->arena, &s->used, (struct use){ .did = did, .object = object, .asked = asked, .call = s->call.name, .command = "" });
}

/* Where @path inside lies on the host: what is given there, else the same path. */
static const char *on_host(struct stopped *s, const char *path)
{
	const struct mount_entry *m = plan_entry_of(s->plan, path);
	bool given = m->kind == MOUNT_BIND || m->kind == MOUNT_PIN || m->kind == MOUNT_DEVICE;

	return given ? path_join(s->arena, m->source, path_below(path, m->target)) : path;
}

/*
 * The program chooses these names: below an automounter's directory each would be handed to that, which asks the network and
 * mounts.  O_PATH asks for the directory itself only.
 */
static bool is_automounted(struct stopped *s, const char *path)
{
	char *prefix = arena_strdup(s->arena, path);
	struct statfs fs;

	for (char *slash = strchr(prefix + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		_cleanup_close_ int fd = open(prefix, O_PATH | O_CLOEXEC);
		if (fd < 0)
			return false;
		if (fstatfs(fd, &fs) < 0 || fs.f_type == AUTOFS_SUPER_MAGIC)
			return true;
		*slash = '/';
	}
	return false;
}

/* Most names that a program looks for are nowhere: one call tells. */
static bool exists(struct stopped *s, const char *path)
{
	return !is_automounted(s, path) && faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Without the sandbox, the same call would work: else nothing was taken. */
static bool works_outside(struct stopped *s, const struct suspect *u, struct host *host)
{
	const char *inside = u->parent ? u->parent : u->object, *path = on_host(s, inside);
	struct resolved r;

	/* What a home of the profile's own lacks may be in the user's. */
	if (!exists(s, path)) {
		if (s->plan->rootfs || streq(path, inside) || !exists(s, inside))
			return false;
		path = inside;
	}
	if (host_resolve(host, s->arena, path, &r) < 0 || r.node->kind == NODE_MISSING || r.node->kind == NODE_DENIED)
		return false;
	/* A socket is connected to, and a directory changed, by who may write to it. */
	int how = u->parent ? W_OK | X_OK : u->how;
	return !how || host->may(host, r.path, how);
}

static enum ask_for asked_for(const struct suspect *u)
{
	if (u->connects)
		return ASK_FOR_READ;
	return u->parent || u->how & W_OK ? ASK_FOR_WRITE : u->how & X_OK ? ASK_FOR_EXEC : ASK_FOR_READ;
}

static enum denial_kind kind_of(const struct suspect *u, const struct verdict *v)
{
	if (v->kind == VERDICT_MASKED)
		return DENIAL_MASKED;
	return v->change && skip_prefix(v->change, "[files] dev = ") ? DENIAL_DEVICE : u->kind;
}

static bool judge_path(struct stopped *s, const struct suspect *u, struct host *host, struct denial *d)
{
	if (!works_outside(s, u, host))
		return false;
	plan_ask_path(s->plan, host, u->parent ? u->parent : u->object, asked_for(u), s->arena, &d->why);
	if (u->parent && !streq(u->parent, u->object))
		d->why.text = arena_printf(s->arena, "%s cannot be %s: %s", u->object, u->kind == DENIAL_READ_ONLY ? "made or removed" : "made",
					   d->why.text);
	d->kind = kind_of(u, &d->why);
	/* What the plan says is given, and the kernel did not find, has just changed. */
	return d->why.change || d->why.why_not || d->kind == DENIAL_MASKED;
}

bool judge(struct stopped *s, const struct suspect *u, struct host *host, struct denial *ret)
{
	*ret = (struct denial){ .kind = u->kind, .call = s->call.name, .object = u->object, .error = u->error, .why = u->why };
	if (u->why.text)
		return true;
	if (u->ask)
		return plan_ask_host(s->plan, host, u->ask, s->arena, &ret->why) == 0 && ret->why.kind == VERDICT_DENIED;
	return judge_path(s, u, host, ret);
}
