/* SPDX-License-Identifier: MIT */
/*
 * Changes become the host's.  Each is one rename(2) out of the layer or one unlink(2), so it is there or it is not; what is
 * done is gone from the layer, so that a second apply goes on where the first was ended.  On the way:
 *
 *   - an opaque directory is made one with whiteouts first: what was moved out of it already must not look deleted;
 *   - a directory of the host that goes is renamed to APPLY_TRASH beside it, removed, and only then its whiteout;
 *   - a directory that is made on the host is noted in the layer before, and gets its mode last.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "kernel/overlay.h"
#include "overlay/overlay.h"
#include "overlay/put.h"

enum { CONFLICTS_SHOWN = 20 };

/** struct apply - one apply */
struct apply {
	struct kept_layer *layer;
	struct changes *c;
	struct arena *arena;
	struct err *err;
	bool force;
	size_t dir; /* the directory that the two are; SIZE_MAX: none */
	int upper, host;
	size_t applied;
};

/* ---- which ---- */

static bool asked_for(const char *path, const char *const *paths)
{
	for (; paths && *paths; paths++) {
		size_t n = strlen(*paths);

		if (!n || streq(*paths, ".") || (strncmp(path, *paths, n) == 0 && (!path[n] || path[n] == '/')))
			return true;
	}
	return !paths;
}

static void select_changes(struct apply *a, const char *const *paths)
{
	vec_each (c, &a->c->v) {
		c->selected = asked_for(c->path, paths);
		if (!c->selected || c->kind == CHANGE_NONE)
			continue;
		/* What lies in a new directory needs that directory. */
		for (size_t d = c->dir; d; d = a->c->dirs.v[d].parent) {
			size_t by = a->c->dirs.v[d].by;

			if (by != SIZE_MAX && (a->c->v.v[by].kind == CHANGE_ADD || a->c->v.v[by].kind == CHANGE_MODIFY || a->c->v.v[by].conflict))
				a->c->v.v[by].selected = true;
		}
	}
}

static int refuse_conflicts(struct apply *a)
{
	size_t n = 0;

	vec_each (c, &a->c->v) {
		if (!c->selected || !c->conflict || (a->force && !c->blocked))
			continue;
		if (++n > CONFLICTS_SHOWN)
			continue;
		err_add(a->err, NO_ORIGIN, "%s/%s: %s", a->layer->source, c->path, c->conflict);
		if (!c->blocked)
			err_remedy(a->err, "look at both (sbox diff --patch), then name the other paths, or take the layer's with --force");
	}
	if (n > CONFLICTS_SHOWN)
		err_add(a->err, NO_ORIGIN, "%zu more like these", n - CONFLICTS_SHOWN);
	return n ? -ESTALE : 0;
}

/* ---- the two directories ---- */

/*
 * A directory of the layer that its owner cannot write: it can then, and what it was is noted.  In this order, since an attribute
 * is only set on what can be written; whatever ends apply between the two leaves the owner's bits added.
 */
static int make_writable(int fd, mode_t mode)
{
	const int64_t noted = mode & 07777;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if ((st.st_mode & 0700) == 0700)
		return 0;
	if (fchmod(fd, (st.st_mode & 07777) | 0700) < 0)
		return -errno;
	return note_write(fd, LAYER_MODE, &noted, 1);
}

static int note_host(int fd, const struct seen *host, int64_t ctime)
{
	return note_write(fd, LAYER_HOST, (const int64_t[]){ (int64_t)host->inode, host->btime, ctime }, 3);
}

/*
 * It stays in the layer, again as the program left it.  Where apply was at the host's directory, whose time of change is new
 * then, it is noted how that was left: what changes it afterwards is a conflict.
 */
static int settle(int fd, const struct changed_dir *d, const struct seen *host)
{
	int r = 0;

	if (d->at_work && host->mode)
		r = note_host(fd, host, host->ctime);
	else if (d->at_work && fremovexattr(fd, LAYER_HOST) < 0 && errno != ENODATA)
		r = -errno;
	if (r < 0)
		return r;
	if (fremovexattr(fd, LAYER_MODE) < 0)
		return errno == ENODATA || errno == EOPNOTSUPP ? 0 : -errno;
	return fchmod(fd, d->mode & 07777) < 0 ? -errno : 0;
}

static int enter(struct apply *a, size_t dir)
{
	const struct changed_dir *d = &a->c->dirs.v[dir];

	if (a->dir == dir)
		return 0;
	fd_close(&a->upper);
	fd_close(&a->host);
	a->dir = SIZE_MAX;
	a->upper = tree_open(a->layer->upper, d->path);
	a->host = tree_open(a->layer->host, d->path);
	if (a->upper < 0)
		return a->upper;
	int r = make_writable(a->upper, d->mode);
	if (r < 0)
		return r;
	if (a->host < 0)
		return a->host == -ELOOP || a->host == -ENOTDIR ? -ESTALE : a->host;
	a->dir = dir;
	return 0;
}

/* From now on the host's directory, which is open, has a time of change that is apply's. */
static int begin_work(struct apply *a, size_t dir)
{
	struct changed_dir *d = &a->c->dirs.v[dir];
	const struct change *by = d->by == SIZE_MAX ? NULL : &a->c->v.v[d->by];

	/* The top's conflict, which need not be asked for, is one afterwards as well. */
	if (d->at_work || (by && by->conflict && !by->selected))
		return 0;
	const struct seen host = see(a->host, ".");
	int r = note_host(a->upper, &host, 0);
	d->at_work = r == 0;
	return r;
}

static void leave(struct apply *a)
{
	fd_close(&a->upper);
	fd_close(&a->host);
	a->dir = SIZE_MAX;
}

/* ---- opaque directories ---- */

/* A whiteout for each name that the host has and the layer has not.  Since Linux 5.8 anybody may make a whiteout. */
static int whiteouts_write(struct apply *a, size_t dir)
{
	struct change *v = a->c->v.v;
	int r = enter(a, dir);

	if (r == -ENOENT)
		return 0; /* not on the host: it hides nothing there */
	/* What it hides was found first of all that is in it. */
	for (size_t i = a->c->dirs.v[dir].by + 1; r == 0 && i < a->c->v.n && v[i].dir == dir && v[i].implied; i++) {
		if (mknodat(a->upper, path_name(v[i].path), S_IFCHR | 0600, makedev(0, 0)) < 0 && errno != EEXIST)
			return -errno;
		v[i].implied = false;
	}
	return r;
}

/*
 * Of an opaque directory: does it hide something of the host at this name, for which there is no whiteout?  What cannot be
 * looked into would show all that the host has in it.
 */
static bool is_hiding(const struct change *c)
{
	return c->implied || (c->blocked && S_ISDIR(c->before.mode) && S_ISDIR(c->after.mode));
}

/* With its whiteouts a directory hides nothing more by itself.  Since when all that is in it hid the host's is noted. */
static int opaque_clear(struct apply *a, size_t dir)
{
	struct changed_dir *d = &a->c->dirs.v[dir];
	struct timespec now;
	int r = enter(a, dir);

	if (r == -ENOENT)
		return 0;
	if (r == 0 && clock_gettime(CLOCK_REALTIME, &now) < 0)
		r = -errno;
	if (r == 0)
		r = note_write(a->upper, LAYER_SINCE, (const int64_t[]){ d->born, now.tv_sec * INT64_C(1000000000) + now.tv_nsec }, 2);
	if (r == 0 && fremovexattr(a->upper, OVERLAY_OPAQUE) < 0 && errno != ENODATA)
		r = -errno;
	if (r == 0)
		d->opaque = false;
	return r;
}

/* Whiteouts for all, before the first is opaque no more: what lies below it would show the host's names. */
static int opaque_each(struct apply *a, const bool *needed, int (*fn)(struct apply *a, size_t dir))
{
	int r = 0;

	for (size_t d = 1; r == 0 && d < a->c->dirs.n; d++)
		if (needed[d] && a->c->dirs.v[d].opaque && S_ISDIR(a->c->v.v[a->c->dirs.v[d].by].before.mode))
			r = fn(a, d);
	return r;
}

/* Which directories are opaque no more, if they are: something in them is applied. */
static bool *dirs_needed(const struct apply *a)
{
	bool *needed = arena_new_array(a->arena, bool, a->c->dirs.n);

	vec_each (c, &a->c->v)
		for (size_t d = c->selected ? c->dir : 0; d && !needed[d]; d = a->c->dirs.v[d].parent)
			needed[d] = true;
	/* A parent comes before what is in it. */
	for (size_t d = 1; d < a->c->dirs.n; d++)
		needed[d] |= needed[a->c->dirs.v[d].parent] && a->c->dirs.v[a->c->dirs.v[d].parent].opaque;
	return needed;
}

/* What cannot be looked into gets no whiteouts: nothing is applied beside it that needs them. */
static void select_shut(struct apply *a)
{
	const bool *needed = dirs_needed(a);

	vec_each (c, &a->c->v)
		c->selected |= c->blocked && is_hiding(c) && needed[c->dir] && a->c->dirs.v[c->dir].opaque;
}

static int opaque_first(struct apply *a)
{
	const bool *needed = dirs_needed(a);
	int r = opaque_each(a, needed, whiteouts_write);

	return r < 0 ? r : opaque_each(a, needed, opaque_clear);
}

/*
 * What hides something that was not applied stays opaque, and all that is around it and in it.  What hides nothing more is
 * opaque no more, so that an empty directory in it can go: the host's, alike, is seen in its place.
 */
static int opaque_last(struct apply *a)
{
	struct changed_dir *dirs = a->c->dirs.v;
	bool *hides = arena_new_array(a->arena, bool, a->c->dirs.n);
	int r = 0;

	vec_each (c, &a->c->v)
		hides[c->dir] |= is_hiding(c);
	for (size_t d = a->c->dirs.n; d-- > 1;)
		hides[dirs[d].parent] |= hides[d] && dirs[d].opaque;
	for (size_t d = 1; r == 0 && d < a->c->dirs.n; d++)
		if (dirs[d].opaque && !hides[d] && !dirs[dirs[d].parent].opaque && S_ISDIR(a->c->v.v[dirs[d].by].before.mode))
			r = opaque_clear(a, d);
	return r;
}

/* ---- one change ---- */

/* A directory changes with what is applied in it, a file with another name that apply took from it. */
static bool changed_since_look(const struct apply *a, const struct change *c, const char *name)
{
	const struct seen now = see(a->host, name), *was = &c->before;

	if (now.mode != was->mode || now.inode != was->inode)
		return true;
	if (S_ISDIR(now.mode) || now.ctime == was->ctime)
		return false;
	return now.nlink >= was->nlink || now.size != was->size || now.mtime != was->mtime;
}

/* Nothing that overlayfs said about the directory holds any more. */
static int mark(const struct change *c, int fd)
{
	static const char *const said[] = { OVERLAY_OPAQUE, OVERLAY_ORIGIN, "user.overlay.impure" };
	int r = make_writable(fd, c->after.mode);

	if (r == 0)
		r = note_host(fd, &(const struct seen){ 0 }, 0);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(said); i++)
		if (fremovexattr(fd, said[i]) < 0 && errno != ENODATA)
			r = -errno;
	return r;
}

static int put_directory(const struct apply *a, const struct change *c, const char *name)
{
	_cleanup_close_ int fd = tree_open(a->upper, name);
	int r = fd < 0 ? fd : mark(c, fd);

	if (r == 0 && c->before.mode)
		r = host_remove(a->host, name);
	if (r == 0 && mkdirat(a->host, name, 0700) < 0)
		r = errno == EEXIST ? -ESTALE : -errno;
	return r;
}

static int apply_one(struct apply *a, const struct change *c)
{
	const char *name = path_name(c->path);

	if (streq(c->path, "."))
		return 0; /* with the other directories' modes */
	/* Nothing of it goes to the host: no matter whether that has the directory. */
	int r = enter(a, c->dir);
	if (r < 0)
		return r;
	if (c->kind == CHANGE_NONE)
		return S_ISDIR(c->after.mode) || unlinkat(a->upper, name, 0) == 0 || errno == ENOENT ? 0 : -errno;
	if (!a->force && changed_since_look(a, c, name))
		return -ESTALE;
	r = begin_work(a, c->dir);
	if (r < 0)
		return r;
	if (c->kind == CHANGE_DELETE) {
		r = host_remove(a->host, name);
		return r < 0 ? r : unlinkat(a->upper, name, 0) < 0 && errno != ENOENT ? -errno : 0;
	}
	if (!S_ISDIR(c->after.mode))
		return put_file(a->upper, a->host, c, name);
	return c->kind == CHANGE_ATTR ? 0 : put_directory(a, c, name);
}

/* ---- at the end ---- */

/* The host's directory, which is open, gets the mode and the attributes that the program gave. */
static int give_mode(struct apply *a, size_t dir, const struct change *by)
{
	const mode_t mode = a->c->dirs.v[dir].mode;
	int r = begin_work(a, dir);

	if (r == 0 && !a->force && by->kind == CHANGE_ATTR && see(a->host, ".").mode != by->before.mode)
		r = -ESTALE;
	if (r == 0 && (by->attributes || by->kind != CHANGE_ATTR))
		r = attributes_copy(a->upper, a->host);
	return r == 0 && fchmod(a->host, mode & 07777) < 0 ? -errno : r;
}

/* What was not asked for is still in it, and then it stays; so does one that hides what the host has, and be it empty. */
static int directory_goes(struct apply *a, const struct changed_dir *d, const struct seen *host)
{
	const struct changed_dir *above = &a->c->dirs.v[d->parent];
	bool hides = d->opaque && d->by != SIZE_MAX && S_ISDIR(a->c->v.v[d->by].before.mode);
	_cleanup_close_ int parent = tree_open(a->layer->upper, above->path);

	if (parent < 0 || make_writable(parent, above->mode) < 0)
		return parent < 0 ? parent : 0;
	if (!hides && unlinkat(parent, path_name(d->path), AT_REMOVEDIR) == 0)
		return 0;
	if (!hides && errno != ENOTEMPTY && errno != EEXIST)
		return -errno;
	_cleanup_close_ int fd = tree_open(parent, path_name(d->path));
	return fd < 0 ? fd : settle(fd, d, host);
}

/* Children before parents: modes are given, what an interruption left is removed, and what is empty goes. */
static int finish_directory(struct apply *a, size_t dir)
{
	const struct changed_dir *d = &a->c->dirs.v[dir];
	const struct change *by = d->by == SIZE_MAX ? NULL : &a->c->v.v[d->by];
	bool changes = by && (by->kind == CHANGE_ADD || by->kind == CHANGE_MODIFY || by->kind == CHANGE_ATTR);
	int r = enter(a, dir);

	/* not asked for, and not on the host, or something else there */
	if (r == -ENOENT || (r == -ESTALE && by && !by->selected))
		return a->upper < 0 ? 0 : settle(a->upper, d, &(const struct seen){ 0 });
	if (r == 0)
		r = tree_remove(a->host, APPLY_TRASH);
	if (r == 0 && unlinkat(a->host, APPLY_FRESH, 0) < 0 && errno != ENOENT)
		r = -errno;
	if (r == 0 && changes && by->selected)
		r = give_mode(a, dir, by);
	if (r < 0)
		return r;
	const struct seen host = see(a->host, ".");
	if ((changes && !by->selected) || !*d->path)
		return settle(a->upper, d, &host);
	leave(a);
	return directory_goes(a, d, &host);
}

int changes_tidy(const struct kept_layer *layer, const struct changes *c)
{
	int r = 0;

	vec_each (d, &c->dirs) {
		_cleanup_close_ int host = tree_open(layer->host, d->path);

		if (host < 0)
			continue;
		(void)unlinkat(host, APPLY_FRESH, 0);
		int failed = tree_remove(host, APPLY_TRASH);
		r = r ? r : failed;
	}
	return r;
}

static int problem(struct apply *a, const char *path, int r)
{
	if (r == -ESTALE)
		err_add(a->err, NO_ORIGIN, "%s/%s changed on the host while changes were applied", a->layer->source, path);
	else
		err_sys(a->err, NO_ORIGIN, -r, "cannot apply %s/%s", a->layer->source, path);
	err_remedy(a->err, "%zu %s applied; mend it and run sbox apply again: it goes on with the rest", a->applied,
		   a->applied == 1 ? "change was" : "changes were");
	return r;
}

static int apply_all(struct apply *a)
{
	int r = opaque_first(a);

	if (r < 0)
		return problem(a, "", r);
	vec_each (c, &a->c->v) {
		if (!c->selected)
			continue;
		/* An entry that says nothing, in a directory that is not there: it goes with that. */
		r = apply_one(a, c);
		if (r < 0 && !(r == -ENOENT && c->kind == CHANGE_NONE))
			return problem(a, c->path, r);
		a->applied += c->kind != CHANGE_NONE && change_is_shown(a->c, c);
	}
	r = opaque_last(a);
	if (r < 0)
		return problem(a, "", r);
	for (size_t d = a->c->dirs.n; d-- > 0;) {
		r = finish_directory(a, d);
		if (r < 0)
			return problem(a, a->c->dirs.v[d].path, r);
	}
	return 0;
}

int changes_apply(struct kept *k, struct kept_layer *layer, struct changes *c, const struct apply_request *request, size_t *ret_applied,
		  struct arena *arena, struct err *err)
{
	struct apply a = { .layer = layer, .c = c, .arena = arena, .err = err, .force = request->force, .dir = SIZE_MAX,
			   .upper = -EBADF, .host = -EBADF };

	if (!k->locked)
		return -EBUSY;
	select_changes(&a, request->paths);
	select_shut(&a);
	int r = refuse_conflicts(&a);
	if (r == 0 && c->dirs.n)
		r = apply_all(&a);
	leave(&a);
	*ret_applied = a.applied;
	return r;
}
