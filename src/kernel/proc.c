/* SPDX-License-Identifier: MIT */
/* The parts of /proc that speak about the machine, not about processes. */
#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"
#include "kernel/mount.h"
#include "kernel/sys.h"

static const struct guarded {
	const char *path;
	bool mask; /* else: read-only */
} guarded[] = {
	{ "/proc/sys", false },           { "/proc/bus", false },  { "/proc/fs", false },         { "/proc/irq", false },
	{ "/proc/sysrq-trigger", false }, { "/proc/kcore", true }, { "/proc/keys", true },        { "/proc/timer_list", true },
	{ "/proc/sched_debug", true }, /* until 5.12; /sys/kernel/debug since */
};

/*
 * Files that only the host's uid 0 may open, and whose code asks for no capability: what a sandbox that root started would
 * see or set of the whole machine.
 */
static const struct guarded guarded_from_root[] = {
	{ "/proc/kmsg", true },         { "/proc/kpagecount", true }, { "/proc/kpageflags", true },    { "/proc/kpagecgroup", true },
	{ "/proc/pagetypeinfo", true }, { "/proc/slabinfo", true },   { "/proc/vmallocinfo", true },   { "/proc/iomem", true },
	{ "/proc/ioports", true },      { "/proc/mtrr", false },      { "/proc/acpi", false },         { "/proc/scsi", false },
	{ "/proc/pressure", false },    { "/proc/driver", false },    { "/proc/dynamic_debug", false }, { "/proc/latency_stats", false },
};

static int guard(int root, const char *path, bool mask)
{
	const uint64_t attrs = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	_cleanup_close_ int tree = sys_open_tree(root, mask ? MASK_FILE : path + 1, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (tree < 0)
		return -errno;
	int r = mount_attrs(tree, attrs);
	if (r < 0)
		return r;
	/* A fresh procfs holds no link that anybody could have planted. */
	return sys_move_mount(tree, "", root, path + 1, MOVE_MOUNT_F_EMPTY_PATH) < 0 ? -errno : 0;
}

static int guard_all(struct launch *l, const struct guarded *all, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		l->item = i;
		int r = guard(l->root_fd, all[i].path, all[i].mask);
		if (r < 0 && r != -ENOENT) /* not in every kernel configuration */
			return r;
	}
	return 0;
}

/*
 * Before: the fresh procfs is at /proc of the new root; the old root is still there (so that /proc/sys could be
 * written through it).
 * After: nothing in /proc/sys and its neighbours can be written, what tells secrets is empty.
 */
int proc_guard(const struct plan *plan, struct launch *l)
{
	int r = guard_all(l, guarded, ARRAY_SIZE(guarded));

	return r < 0 || plan->ids.outer_uid != 0 ? r : guard_all(l, guarded_from_root, ARRAY_SIZE(guarded_from_root));
}
