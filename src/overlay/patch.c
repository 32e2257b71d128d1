/* SPDX-License-Identifier: MIT */
/*
 * Changes as a patch, which patch(1) and `git apply` read.  The hunks are diff(1)'s: it is on every system, and gets the two
 * files as open descriptors, so that no name from a layer is ever one of its arguments but a label.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "overlay/overlay.h"

enum { FILE_MAX_SIZE = 64 << 20, OUTPUT_MAX = 256 << 20, NAMES_MAX = 1 << 20, DEPTH_MAX = 256, FIRST_FREE = 10 };

/** struct patch - one patch */
struct patch {
	const struct kept_layer *layer;
	struct arena *arena; /* for one change */
	patch_fn *put;
	void *data;
	const char *diff; /* the program */
};

/** struct side - a file before or after */
struct side {
	int dir; /* negative: there is none */
	const char *name;
	mode_t mode; /* 0: there is none */
	uint64_t size;
};

static int put(const struct patch *p, const char *text)
{
	return p->put(p->data, text, strlen(text));
}

/* As git writes names that are not plain: in quotes, with \ooo. */
static const char *label(struct arena *arena, const char *prefix, const char *path)
{
	char *text = arena_alloc(arena, strlen(path) * 4 + strlen(prefix) + 3), *o = text;
	bool plain = true;

	for (const char *c = path; *c; c++)
		plain &= (unsigned char)*c > ' ' && (unsigned char)*c < 0x7f && *c != '"' && *c != '\\';
	if (plain)
		return arena_printf(arena, "%s%s", prefix, path);
	*o++ = '"';
	o = stpcpy(o, prefix);
	for (const char *c = path; *c; c++) {
		unsigned char b = (unsigned char)*c;

		if (b >= ' ' && b < 0x7f && b != '"' && b != '\\') {
			*o++ = *c;
			continue;
		}
		*o++ = '\\';
		*o++ = (char)('0' + (b >> 6));
		*o++ = (char)('0' + (b >> 3 & 7));
		*o++ = (char)('0' + (b & 7));
	}
	*o++ = '"';
	*o = '\0';
	return text;
}

/* ---- diff(1) ---- */

static const char *diff_find(void)
{
	static const char *const paths[] = { "/usr/bin/diff", "/bin/diff" };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (access(paths[i], X_OK) == 0)
			return paths[i];
	return NULL;
}

static int spawn(const struct patch *p, int a, int b, int out, const char *from, const char *to, pid_t *ret)
{
	const char *const argv[] = { "diff", "-u", "--label", from, "--label", to, "/dev/fd/3", "/dev/fd/4", NULL };
	const char *const env[] = { "LC_ALL=C", NULL };
	posix_spawn_file_actions_t actions;
	int r = posix_spawn_file_actions_init(&actions);

	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, a, 3);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, b, 4);
	if (r == 0)
		r = posix_spawn(ret, p->diff, &actions, NULL, (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)env);
	(void)posix_spawn_file_actions_destroy(&actions);
	return -r;
}

static int hunks(const struct patch *p, int before, int after, const char *from, const char *to)
{
	/* Out of the way of those that diff gets them as. */
	_cleanup_close_ int a = fcntl(before, F_DUPFD_CLOEXEC, FIRST_FREE), b = fcntl(after, F_DUPFD_CLOEXEC, FIRST_FREE);
	int ends[2], status;
	char *text = NULL;
	size_t size = 0;
	pid_t pid;

	if (a < 0 || b < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	_cleanup_close_ int in = ends[0];
	int r = spawn(p, a, b, ends[1], from, to, &pid);
	(void)close(ends[1]);
	if (r < 0)
		return r;
	r = fd_read_all(in, p->arena, OUTPUT_MAX, &text, &size);
	fd_close(&in);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (r < 0)
		return r;
	return WIFEXITED(status) && WEXITSTATUS(status) < 2 ? p->put(p->data, text, size) : -EIO;
}

static int side_open(const struct side *s)
{
	int fd = s->mode ? openat(s->dir, s->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) :
			   open("/dev/null", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int files(const struct patch *p, const struct side *before, const struct side *after, const char *from, const char *to)
{
	_cleanup_close_ int a = side_open(before), b = side_open(after);

	if (a < 0 || b < 0 || before->size > FILE_MAX_SIZE || after->size > FILE_MAX_SIZE)
		return put(p, arena_printf(p->arena, "Files %s and %s differ\n", from, to));
	return hunks(p, a, b, from, to);
}

static const char *link_text(const struct patch *p, const struct side *s)
{
	char target[4097];
	ssize_t n = s->mode ? readlinkat(s->dir, s->name, target, sizeof(target)) : -1;

	return n < 0 ? NULL : arena_strndup(p->arena, target, (size_t)n);
}

/* git's view: a link is a file with its target in it, and no newline; a newline in a target is not written. */
static int links(const struct patch *p, const struct side *before, const struct side *after, const char *from, const char *to)
{
	static const char end[] = "\\ No newline at end of file\n";
	const char *a = link_text(p, before), *b = link_text(p, after);

	if ((a && strchr(a, '\n')) || (b && strchr(b, '\n')))
		return put(p, arena_printf(p->arena, "Links %s and %s differ\n", from, to));
	return put(p, arena_printf(p->arena, "--- %s\n+++ %s\n@@ -%s +%s @@\n%s%s%s%s%s%s%s%s", from, to, a ? "1" : "0,0", b ? "1" : "0,0",
				   a ? "-" : "", a ? a : "", a ? "\n" : "", a ? end : "", b ? "+" : "", b ? b : "", b ? "\n" : "",
				   b ? end : ""));
}

/* git knows two modes of a file, and one of a link. */
static unsigned git_mode(mode_t mode)
{
	return S_ISLNK(mode) ? 0120000 : mode & 0100 ? 0100755 : 0100644;
}

/* Of one type, or with one side missing. */
static int one(const struct patch *p, const char *path, const struct side *before, const struct side *after)
{
	const char *a = label(p->arena, "a/", path), *b = label(p->arena, "b/", path);
	mode_t mode = after->mode ? after->mode : before->mode;

	if (!S_ISREG(mode) && !S_ISLNK(mode))
		return put(p, arena_printf(p->arena, "# %s: neither a file nor a link\n", label(p->arena, "", path)));
	const char *head = arena_printf(p->arena, "diff --git %s %s\n", a, b);
	if (!before->mode)
		head = arena_printf(p->arena, "%snew file mode %06o\n", head, git_mode(after->mode));
	else if (!after->mode)
		head = arena_printf(p->arena, "%sdeleted file mode %06o\n", head, git_mode(before->mode));
	else if (git_mode(before->mode) != git_mode(after->mode))
		head = arena_printf(p->arena, "%sold mode %06o\nnew mode %06o\n", head, git_mode(before->mode), git_mode(after->mode));
	else if (before->mode != after->mode)
		head = arena_printf(p->arena, "# %s: mode %04o, was %04o\n%s", label(p->arena, "", path), after->mode & 07777,
				    before->mode & 07777, head);
	int r = put(p, head);
	return r < 0 ? r : (S_ISREG(mode) ? files : links)(p, before, after, before->mode ? a : "/dev/null", after->mode ? b : "/dev/null");
}

/* ---- what is not one file ---- */

static int both(const struct patch *p, const char *path, const struct side *before, const struct side *after, int depth);

/* All that is in directory @s goes. */
static int deleted_below(const struct patch *p, const char *path, const struct side *s, int depth)
{
	_cleanup_close_ int dir = tree_open(s->dir, s->name);
	entry_names names = { 0 };
	int r = dir < 0 ? dir : depth > DEPTH_MAX ? -ELOOP : tree_names(dir, p->arena, NAMES_MAX, &names);

	if (r < 0)
		return put(p, arena_printf(p->arena, "# %s: %s\n", label(p->arena, "", path), strerror(-r)));
	vec_each (name, &names) {
		struct stat st;

		if (fstatat(dir, *name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		const struct side before = { dir, *name, st.st_mode, (uint64_t)st.st_size }, none = { .dir = -EBADF };
		r = both(p, path_join(p->arena, path, *name), &before, &none, depth + 1);
		if (r < 0)
			return r;
	}
	return 0;
}

static int both(const struct patch *p, const char *path, const struct side *before, const struct side *after, int depth)
{
	const struct side none = { .dir = -EBADF };
	int r = 0;

	if (S_ISDIR(before->mode)) {
		r = S_ISDIR(after->mode) ? 0 : deleted_below(p, path, before, depth);
		before = &none;
	} else if (before->mode && after->mode && (before->mode ^ after->mode) & S_IFMT) {
		r = one(p, path, before, &none);
		before = &none;
	}
	/* What is in a directory that was added is a change of its own. */
	if (S_ISDIR(after->mode))
		after = &none;
	return r < 0 || (!before->mode && !after->mode) ? r : one(p, path, before, after);
}

static int change(const struct patch *p, const struct change *c, const char *parent)
{
	_cleanup_close_ int host = tree_open(p->layer->host, parent), upper = tree_open(p->layer->upper, parent);
	const char *name = path_name(c->path);
	const struct side before = { host, name, host < 0 ? 0 : c->before.mode, c->before.size };
	const struct side after = { upper, name, upper < 0 || c->kind == CHANGE_DELETE ? 0 : c->after.mode, c->after.size };

	return both(p, c->path, &before, &after, 0);
}

int changes_patch(const struct kept_layer *layer, const struct changes *c, patch_fn *put_fn, void *data, struct err *err)
{
	struct patch p = { .layer = layer, .put = put_fn, .data = data, .diff = diff_find() };

	if (!p.diff) {
		err_add(err, NO_ORIGIN, "no patch without diff(1)");
		err_remedy(err, "install diffutils");
		return -ENOENT;
	}
	vec_each (e, &c->v) {
		if (e->kind == CHANGE_NONE || streq(e->path, "."))
			continue;
		_cleanup_arena_ struct arena *arena = arena_new();

		p.arena = arena;
		int r = change(&p, e, c->dirs.v[e->dir].path);
		if (r < 0)
			return err_sys(err, NO_ORIGIN, -r, "cannot write the patch of %s/%s", layer->source, e->path);
	}
	return 0;
}
