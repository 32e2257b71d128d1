/* SPDX-License-Identifier: MIT */
/* The parts of /proc that speak about the machine, not about processes. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/mount.h"
#include "kernel/sys.h"

static int guard(int root, const char *path, bool mask)
{
	const uint64_t attrs = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

	/* Looked for first: closing a tree that found no place waits for an RCU grace period, as an unmount does. */
	if (mask && faccessat(root, path + 1, F_OK, 0) < 0)
		return -errno;
	_cleanup_close_ int tree = sys_open_tree(root, mask ? MASK_FILE : path + 1, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (tree < 0)
		return -errno;
	int r = mount_attrs(tree, attrs);
	if (r < 0)
		return r;
	/* A fresh procfs holds no link that anybody could have planted. */
	return sys_move_mount(tree, "", root, path + 1, MOVE_MOUNT_F_EMPTY_PATH) < 0 ? -errno : 0;
}

/*
 * Before: the fresh procfs is at /proc of the new root; the old root is still there (so that /proc/sys could be
 * written through it).
 * After: nothing in /proc/sys and its neighbours can be written, what tells secrets is empty.
 */
int proc_guard(const struct plan *plan, struct launch *l)
{
	for (size_t i = 0; i < n_proc_guarded; i++) {
		l->item = i;
		if (proc_guarded[i].from_root && plan->ids.outer_uid != 0)
			continue;
		int r = guard(l->root_fd, proc_guarded[i].path, proc_guarded[i].mask);
		if (r < 0 && r != -ENOENT) /* not in every kernel configuration */
			return r;
	}
	return 0;
}
