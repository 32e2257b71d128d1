/* SPDX-License-Identifier: MIT */
/*
 * Overlays: overlayfs, mounted without privileges (Linux 5.11), with its attributes in user.overlay.* (`userxattr`).
 *
 *   DIR/ID/LAYER/upper   what the program changed: its word, never followed, read with bounds
 *   DIR/ID/LAYER/work    the kernel's
 *
 * DIR/ID is locked by the supervisor as long as a sandbox uses it.  What a layer belongs to is said by an attribute of LAYER
 * and not by a file, so that rmdir() is all that removes one in which nothing changed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/fd.h"
#include "kernel/mount.h"
#include "kernel/overlay.h"
#include "kernel/sys.h"

enum { IDS_MAX = 10000, TRIES = 8 };

/* ---- supervisor, before the launch ---- */

static int dir_open(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int dir_made(int dir, const char *name)
{
	return mkdirat(dir, name, 0700) < 0 && errno != EEXIST ? -errno : dir_open(dir, name);
}

/* Return: 0; -EAGAIN when it was removed meanwhile; -EWOULDBLOCK when a sandbox uses it. */
static int id_lock(int dir, const char *id, int *ret)
{
	_cleanup_close_ int fd = dir_open(dir, id);
	struct stat st;

	if (fd < 0)
		return fd == -ENOENT ? -EAGAIN : fd;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (fstat(fd, &st) < 0 || st.st_nlink == 0)
		return -EAGAIN;
	*ret = fd_take(&fd);
	return 0;
}

static int named_take(int dir, const char *id, int *ret)
{
	int r = -EAGAIN;

	for (int i = 0; r == -EAGAIN && i < TRIES; i++) {
		if (mkdirat(dir, id, 0700) < 0 && errno != EEXIST)
			return -errno;
		r = id_lock(dir, id, ret);
	}
	return r;
}

/* "default-1": the first number that is free. */
static int new_take(const struct plan *plan, struct launch *l, int *ret)
{
	char *name = arena_strdup(l->err->arena, plan->registry.profile);

	for (char *c = name; *c; c++)
		if (!id_is_valid((char[]){ 'x', *c, '\0' }) || (c == name && !id_is_valid((char[]){ *c, '\0' })))
			*c = '_';
	for (int i = 1; i < IDS_MAX; i++) {
		l->overlay_id = arena_printf(l->err->arena, "%.48s-%d", name, i);
		if (mkdirat(l->overlays_dir, l->overlay_id, 0700) == 0)
			return id_lock(l->overlays_dir, l->overlay_id, ret);
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

int overlay_identity(int fd, char text[OVERLAY_IDENTITY_MAX])
{
	struct statx st;

	/* No device number: that of a disk may be another one after the next boot. */
	if (sys_statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &st) < 0)
		return -errno;
	bool born = st.stx_mask & STATX_BTIME;
	(void)snprintf(text, OVERLAY_IDENTITY_MAX, "%llu %lld.%09u", (unsigned long long)st.stx_ino,
		       born ? (long long)st.stx_btime.tv_sec : 0, born ? st.stx_btime.tv_nsec : 0);
	return 0;
}

/* An attribute of the layer: written the first time, afterwards compared.  Return: 0; -ESTALE when it differs; -errno. */
static int attribute_hold(int fd, const char *name, const char *value)
{
	char known[PATH_MAX];
	ssize_t n = fgetxattr(fd, name, known, sizeof(known));

	if (n < 0)
		return errno != ENODATA ? -errno : fsetxattr(fd, name, value, strlen(value), XATTR_CREATE) < 0 ? -errno : 0;
	return (size_t)n == strlen(value) && memcmp(known, value, (size_t)n) == 0 ? 0 : -ESTALE;
}

/* The upper layer's own directory is what the program sees as the top: it has the permissions and attributes of the source. */
static int upper_make(int layer, int source)
{
	_cleanup_close_ int fd = -EBADF, from = -EBADF;
	struct stat st;

	if (mkdirat(layer, "upper", 0700) < 0)
		return errno == EEXIST ? 0 : -errno;
	fd = dir_open(layer, "upper");
	if (fd < 0)
		return fd;
	/* One that its user cannot read shows none. */
	from = openat(source, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = from < 0 ? 0 : attributes_copy(from, fd);
	if (r < 0)
		return r;
	return fstat(source, &st) < 0 || fchmod(fd, st.st_mode & 07777) < 0 ? -errno : 0;
}

static int layer_make(struct launch *l, const struct plan_overlay *o)
{
	_cleanup_close_ int source = open(o->source, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_close_ int layer = dir_made(l->overlay_dir, o->layer);
	char identity[OVERLAY_IDENTITY_MAX];

	if (source < 0)
		return -errno;
	if (layer < 0)
		return layer;
	int r = overlay_identity(source, identity);
	if (r == 0)
		r = attribute_hold(layer, OVERLAY_SOURCE, o->source);
	if (r == 0)
		r = attribute_hold(layer, OVERLAY_IDENTITY, identity);
	if (r == 0)
		r = upper_make(layer, source);
	if (r == 0 && mkdirat(layer, "work", 0700) < 0 && errno != EEXIST)
		r = -errno;
	return r;
}

static int layer_problem(const struct plan *plan, struct launch *l, const struct plan_overlay *o, int r)
{
	if (r == -ESTALE) {
		err_add(l->err, o->from, "%s is not the directory any more that the changes kept as %s belong to", o->source, l->overlay_id);
		err_remedy(l->err, "another --name; or: sbox diff %s, then sbox discard %s", l->overlay_id, l->overlay_id);
	} else if (r == -EOPNOTSUPP) {
		err_add(l->err, o->from, "the file system of %s cannot keep changes: it has no user.* attributes", plan->overlays_dir);
		err_remedy(l->err, "set XDG_STATE_HOME to a directory on another one (ext4, xfs and btrfs have them)");
	} else if (r < 0) {
		err_sys(l->err, o->from, -r, "cannot keep the changes of %s in %s/%s", o->source, plan->overlays_dir, l->overlay_id);
	}
	return r;
}

int overlay_prepare(const struct plan *plan, struct launch *l)
{
	const struct origin from = plan->overlays.v[0].from;
	int r;

	l->overlays_dir = open(plan->overlays_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (l->overlays_dir < 0)
		return err_sys(l->err, from, errno, "%s", plan->overlays_dir);
	l->overlay_id = plan->registry.name;
	r = plan->registry.name ? named_take(l->overlays_dir, l->overlay_id, &l->overlay_dir) : new_take(plan, l, &l->overlay_dir);
	if (r == -EBUSY) {
		err_add(l->err, from, "the changes kept as %s are in use", l->overlay_id);
		err_remedy(l->err, "wait for the end of the other sandbox (or of sbox apply), or take another --name");
		return r;
	}
	if (r < 0)
		return err_sys(l->err, from, -r, "cannot make a directory for the changes in %s", plan->overlays_dir);
	launch_keep(l, l->overlays_dir);
	launch_keep(l, l->overlay_dir);
	for (size_t i = 0; r == 0 && i < plan->overlays.n; i++)
		r = layer_problem(plan, l, &plan->overlays.v[i], layer_make(l, &plan->overlays.v[i]));
	return r;
}

/* ---- child ---- */

struct fd_path {
	char text[32];
};

/* A name for an open directory that needs no escaping, whatever the directory is called. */
static const char *fd_path(struct fd_path *p, int fd)
{
	static const char prefix[] = "/proc/self/fd/";
	char digits[12], *d = digits + sizeof(digits);

	*--d = '\0';
	do
		*--d = (char)('0' + fd % 10);
	while (fd /= 10);
	memcpy(p->text, prefix, sizeof(prefix));
	memcpy(p->text + sizeof(prefix) - 1, d, (size_t)(digits + sizeof(digits) - d));
	return p->text;
}

/* Opened again in this mount namespace: overlayfs takes no directory of another. */
static int layer_open(const struct plan *plan, const struct launch *l, const char *layer)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW, .resolve = RESOLVE_NO_SYMLINKS };
	_cleanup_close_ int dir = sys_openat2(AT_FDCWD, plan->overlays_dir, &how);
	_cleanup_close_ int id = dir < 0 ? -EBADF : path_beneath(dir, l->overlay_id);

	return dir < 0 ? -errno : id < 0 ? id : path_beneath(id, layer);
}

static const struct plan_overlay *overlay_of(const struct plan *plan, const struct mount_entry *m)
{
	vec_each (o, &plan->overlays)
		if (&plan->mounts[o->mount] == m)
			return o;
	return NULL;
}

int overlay_mount(const struct plan *plan, const struct launch *l, const struct mount_entry *m)
{
	const struct plan_overlay *o = overlay_of(plan, m);
	struct fd_path lower_path, upper_path, work_path;
	_cleanup_close_ int layer = o ? layer_open(plan, l, o->layer) : -EINVAL;

	if (layer < 0)
		return layer;
	_cleanup_close_ int lower = mount_object(plan, m), upper = path_beneath(layer, "upper"), work = path_beneath(layer, "work");
	if (lower < 0 || upper < 0 || work < 0)
		return lower < 0 ? lower : upper < 0 ? upper : work;

	const struct fs_option options[] = {
		{ "lowerdir", fd_path(&lower_path, lower) },
		{ "upperdir", fd_path(&upper_path, upper) },
		{ "workdir", fd_path(&work_path, work) },
		{ "userxattr", NULL },
		{ "source", "sbox" },
	};
	return mount_new_fs("overlay", options, ARRAY_SIZE(options), m->attrs);
}
