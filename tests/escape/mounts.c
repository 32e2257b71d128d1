/* SPDX-License-Identifier: MIT */
/* Mount calls, old and new, and what a mount of one's own would uncover. */
#include "escape.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { REMOUNT = 32, BIND = 4096, MOVE = 8192, REC = 16384, SHARED = 1 << 20, DETACH = 2 };

static long do_mount(const char *source, const char *target, const char *type, unsigned long flags)
{
	return syscall(SYS_mount, source, target, type, flags, NULL);
}

static int mount_fs(const struct attempt *a)
{
	return answer(do_mount("none", "/tmp", a->path, 0));
}

static int mount_bind(const struct attempt *a)
{
	(void)a;
	return answer(do_mount("/", "/tmp", NULL, BIND | REC));
}

static int mount_move(const struct attempt *a)
{
	(void)a;
	return answer(do_mount("/proc", "/tmp", NULL, MOVE));
}

static int remount(const struct attempt *a)
{
	return answer(do_mount(NULL, a->path, NULL, REMOUNT | BIND));
}

static int share(const struct attempt *a)
{
	(void)a;
	return answer(do_mount(NULL, "/", NULL, SHARED | REC));
}

static int unmount(const struct attempt *a)
{
	return answer(syscall(SYS_umount2, a->path, DETACH));
}

/* Every mount that there is: one of them may be a mask. */
static int unmount_any(const struct attempt *a)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char line[4096], path[4096];
	int r = -ENOENT;

	(void)a;
	while (f && r != 0 && fgets(line, sizeof(line), f))
		if (sscanf(line, "%*s %*s %*s %*s %4095s", path) == 1 && strcmp(path, "/") != 0)
			r = answer(syscall(SYS_umount2, path, DETACH));
	return r;
}

static int pivot(const struct attempt *a)
{
	(void)a;
	return answer(syscall(SYS_pivot_root, ".", "."));
}

static int change_root(const struct attempt *a)
{
	return answer(syscall(SYS_chroot, a->path));
}

static int fs_open(const struct attempt *a)
{
	return close_answer(syscall(SYS_fsopen, a->path, 0));
}

static int fs_pick(const struct attempt *a)
{
	(void)a;
	return close_answer(syscall(SYS_fspick, AT_FDCWD, "/", 0));
}

/* Without a file system context the kernel's own answer is EBADF: anything else comes from a wall in front of it. */
static int fs_config(const struct attempt *a)
{
	(void)a;
	int r = answer(syscall(SYS_fsconfig, -1, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
	return r == -EBADF ? 0 : r;
}

static int fs_mount(const struct attempt *a)
{
	(void)a;
	int r = answer(syscall(SYS_fsmount, -1, 0, 0));
	return r == -EBADF ? 0 : r;
}

static int tree_clone(const struct attempt *a)
{
	(void)a;
	return close_answer(syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE | AT_RECURSIVE));
}

static int tree_move(const struct attempt *a)
{
	(void)a;
	return answer(syscall(SYS_move_mount, AT_FDCWD, "/proc", AT_FDCWD, "/tmp", 0));
}

static int set_attr(const struct attempt *a)
{
	uint64_t attr[4] = { 0, MOUNT_ATTR_RDONLY, 0, 0 };

	return answer(syscall(SYS_mount_setattr, AT_FDCWD, a->path, 0, attr, sizeof(attr)));
}

static const struct attempt rows[] = {
	{ "mount-tmpfs", mount_fs, "EPERM", "mount a tmpfs", "tmpfs", 0, 0 },
	{ "mount-proc", mount_fs, "EPERM", "mount a fresh /proc", "proc", 0, 0 },
	{ "mount-sysfs", mount_fs, "EPERM", "mount a sysfs", "sysfs", 0, 0 },
	{ "mount-cgroup", mount_fs, "EPERM", "mount a cgroup2", "cgroup2", 0, 0 },
	{ "mount-mqueue", mount_fs, "EPERM", "mount an mqueue", "mqueue", 0, 0 },
	{ "mount-bind", mount_bind, "EPERM", "bind / elsewhere, past the masks", NULL, 0, 0 },
	{ "mount-move", mount_move, "EPERM", "move a mount", NULL, 0, 0 },
	{ "mount-shared", share, "EPERM", "let mounts propagate", NULL, 0, 0 },
	{ "remount-root", remount, "EPERM", "remount / writable", "/", 0, 0 },
	{ "remount-usr", remount, "EPERM", "remount /usr writable", "/usr", 0, 0 },
	{ "remount-cwd", remount, "EPERM", "remount the working directory writable", ".", 0, 0 },
	{ "remount-sysctl", remount, "EPERM", "remount /proc/sys writable", "/proc/sys", 0, 0 },
	{ "umount-proc", unmount, "EPERM", "unmount /proc", "/proc", 0, 0 },
	{ "umount-root", unmount, "EPERM", "unmount /", "/", 0, 0 },
	{ "umount-any", unmount_any, "EPERM", "unmount each mount in turn", NULL, 0, 0 },
	{ "pivot-root", pivot, "EPERM", "pivot_root", NULL, 0, 0 },
	{ "chroot", change_root, "EPERM", "chroot", "/tmp", 0, 0 },
	{ "fsopen", fs_open, "EPERM", "fsopen of a tmpfs", "tmpfs", 0, 0 },
	{ "fsopen-overlay", fs_open, "EPERM", "fsopen of an overlay", "overlay", 0, 0 },
	{ "fspick", fs_pick, "EPERM", "fspick of /", NULL, 0, 0 },
	{ "fsconfig", fs_config, "EPERM", "fsconfig reaches the kernel", NULL, 0, 0 },
	{ "fsmount", fs_mount, "EPERM", "fsmount reaches the kernel", NULL, 0, 0 },
	{ "open-tree-clone", tree_clone, "EPERM", "open_tree: a copy of the tree", NULL, 0, 0 },
	{ "move-mount", tree_move, "EPERM", "move_mount", NULL, 0, 0 },
	{ "mount-setattr-usr", set_attr, "EPERM", "mount_setattr: /usr writable", "/usr", 0, 0 },
	{ "mount-setattr-cwd", set_attr, "EPERM", "mount_setattr: the working directory writable", ".", 0, 0 },
};
const struct attempts mount_attempts = ATTEMPTS("mounts", rows);
