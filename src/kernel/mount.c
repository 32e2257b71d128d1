/* SPDX-License-Identifier: MIT */
#include "kernel/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/fd.h"
#include "base/path.h"
#include "kernel/sys.h"

/* sys.h returns what the kernel's callers expect, -1 and errno; the steps return -errno. */
static int checked(int r)
{
	return r < 0 ? -errno : r;
}

int path_beneath(int dir, const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC | O_NOFOLLOW,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};

	return checked(sys_openat2(dir, path, &how));
}

/* Is @fd the very object that the plan looked at for @m? */
static int same_object(int fd, const struct mount_entry *m)
{
	uint64_t rdev = m->kind == MOUNT_DEVICE ? m->rdev : 0;
	struct statx st;

	if (sys_statx(fd, "", AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, STATX_TYPE | STATX_INO, &st) < 0)
		return -errno;
	if (m->ino && (st.stx_ino != m->ino || makedev(st.stx_dev_major, st.stx_dev_minor) != m->dev))
		return -ESTALE;
	if (S_ISLNK(st.stx_mode) != m->is_link || S_ISDIR(st.stx_mode) != m->is_dir)
		return -ESTALE;
	/* CVE-2025-31133, CVE-2026-88265: a device is bound only when it is that device. */
	if (rdev && (!(S_ISCHR(st.stx_mode) || S_ISBLK(st.stx_mode)) || makedev(st.stx_rdev_major, st.stx_rdev_minor) != rdev))
		return -ESTALE;
	return 0;
}

/* The base that a sandboxed program could write below: its own path was settled before any such program ran. */
static int open_beneath_entry(const struct plan *plan, const struct mount_entry *m)
{
	const struct mount_entry *base = &plan->mounts[m->beneath];
	struct open_how how = { .flags = O_PATH | O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW, .resolve = RESOLVE_NO_SYMLINKS };
	_cleanup_close_ int dir = checked(sys_openat2(AT_FDCWD, base->source, &how));

	if (dir < 0)
		return dir;
	int r = same_object(dir, base);
	return r < 0 ? r : path_beneath(dir, m->beneath_rest);
}

int mount_source(const struct plan *plan, const struct mount_entry *m)
{
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW;
	_cleanup_close_ int tree = -EBADF;

	if (m->beneath >= 0) {
		_cleanup_close_ int fd = open_beneath_entry(plan, m);

		if (fd < 0)
			return fd == -ELOOP ? -ESTALE : fd;
		tree = checked(sys_open_tree(fd, "", flags | AT_EMPTY_PATH));
	} else if (!m->ino || m->no_links) {
		/*
		 * Made a moment ago, so there is no identity to compare; or below a root file system that a program could write at
		 * an earlier run.  The plan's path had no links, so none is followed.
		 */
		struct open_how how = { .flags = O_PATH | O_CLOEXEC | O_NOFOLLOW, .resolve = RESOLVE_NO_SYMLINKS };
		_cleanup_close_ int fd = checked(sys_openat2(AT_FDCWD, m->source, &how));

		if (fd < 0)
			return fd == -ELOOP ? -ESTALE : fd;
		tree = checked(sys_open_tree(fd, "", flags | AT_EMPTY_PATH));
	} else {
		tree = checked(sys_open_tree(AT_FDCWD, m->source, flags));
	}
	if (tree < 0)
		return tree;
	int r = same_object(tree, m);
	return r < 0 ? r : fd_take(&tree);
}

int mount_object(const struct plan *plan, const struct mount_entry *m)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC | O_NOFOLLOW, .resolve = RESOLVE_NO_SYMLINKS };
	_cleanup_close_ int fd = m->beneath >= 0 ? open_beneath_entry(plan, m) : checked(sys_openat2(AT_FDCWD, m->source, &how));

	if (fd < 0)
		return fd == -ELOOP ? -ESTALE : fd;
	int r = same_object(fd, m);
	return r < 0 ? r : fd_take(&fd);
}

int mount_attrs(int fd, uint64_t attrs)
{
	/* Only adds: flags that are locked on the source stay (mount_namespaces(7)).  Private: nothing comes or goes. */
	struct mount_attr attr = { .attr_set = attrs, .propagation = MS_PRIVATE };

	return checked(sys_mount_setattr(fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr));
}

/* The mount point below something bound: looked up below the new root, without following anything. */
static int open_target(int root, const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC | O_NOFOLLOW,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};

	return checked(sys_openat2(root, path, &how));
}

int mount_inside(int root, const struct mount_entry *m)
{
	_cleanup_close_ int there = open_target(root, m->target);

	if (there < 0)
		return there == -ELOOP ? -ESTALE : there;
	return checked(sys_open_tree(there, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_EMPTY_PATH));
}

/*
 * A renamer that races with set-up could have moved the mount point between look-up and move_mount: what is found at
 * the path afterwards must be the mount that was just made.
 */
static int check_placed(int root, const char *path, int fd)
{
	_cleanup_close_ int there = open_target(root, path);
	struct statx a, b;

	if (there < 0)
		return -ESTALE;
	if (sys_statx(there, "", AT_EMPTY_PATH, STATX_MNT_ID, &a) < 0 || sys_statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &b) < 0)
		return -errno;
	return a.stx_mnt_id == b.stx_mnt_id ? 0 : -ESTALE;
}

int mount_make_kept(int root, const struct mount_entry *m)
{
	char part[PATH_MAX];

	for (const char *p = m->target + 1;; p++) {
		p += strcspn(p, "/");
		size_t n = (size_t)(p - m->target);

		if (n >= sizeof(part))
			return -ENAMETOOLONG;
		memcpy(part, m->target, n);
		part[n] = '\0';

		_cleanup_close_ int there = open_target(root, part);
		if (there == -ENOENT) {
			char *slash = strrchr(part, '/');
			*slash = '\0';
			_cleanup_close_ int dir = open_target(root, *part ? part : "/");
			if (dir < 0)
				return dir;
			int r = *p || m->is_dir ? mkdirat(dir, slash + 1, 0700) : mknodat(dir, slash + 1, S_IFREG | 0600, 0);
			if (r < 0 && errno != EEXIST)
				return -errno;
		} else if (there < 0) {
			return there;
		}
		if (!*p)
			return 0;
	}
}

int mount_place(int root, const struct mount_entry *m, int fd)
{
	const char *below = m->target + 1;

	switch (m->attach) {
	case ATTACH_MAKE_DIR:
		if (mkdirat(root, below, 0755) < 0 && errno != EEXIST)
			return -errno;
		break;
	case ATTACH_MAKE_FILE:
		if (mknodat(root, below, S_IFREG | 0444, 0) < 0 && errno != EEXIST)
			return -errno;
		break;
	case ATTACH_MAKE_KEPT: {
		int r = mount_make_kept(root, m);
		if (r < 0)
			return r;
		break;
	}
	case ATTACH_EXISTING:
		break;
	}
	/* On sbox's own tmpfs every name on the way was made a moment ago by this process and nobody else sees it. */
	if (m->attach == ATTACH_MAKE_DIR || m->attach == ATTACH_MAKE_FILE)
		return checked(sys_move_mount(fd, "", root, below, MOVE_MOUNT_F_EMPTY_PATH));

	_cleanup_close_ int target = open_target(root, m->target);
	if (target < 0)
		return target == -ELOOP ? -ESTALE : target;
	int r = checked(sys_move_mount(fd, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
	return r < 0 ? r : check_placed(root, m->target, fd);
}

int mount_seal(int root, const struct mount_entry *m)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	_cleanup_close_ int fd = open_target(root, m->target);

	if (fd < 0)
		return fd;
	/* Not recursively: what stays visible below has its own flags. */
	return checked(sys_mount_setattr(fd, "", AT_EMPTY_PATH, &attr));
}

int mount_new_fs(const char *type, const struct fs_option *options, size_t n, uint64_t attrs)
{
	_cleanup_close_ int fs = checked(sys_fsopen(type, FSOPEN_CLOEXEC));

	if (fs < 0)
		return fs;
	for (size_t i = 0; i < n; i++) {
		int r = checked(sys_fsconfig(fs, options[i].value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, options[i].key,
				     options[i].value, 0));
		if (r < 0)
			return r;
	}
	int r = checked(sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
	return r < 0 ? r : checked(sys_fsmount(fs, FSMOUNT_CLOEXEC, (unsigned)attrs));
}
