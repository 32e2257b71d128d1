/* SPDX-License-Identifier: MIT */
/*
 * From the mount list to a root of its own.
 *
 * The new root is mounted over "/" of the child's mount namespace and held by descriptor: the process's own root
 * stays what it was, so every source keeps its path, nothing is hidden and no directory of a known name is
 * needed anywhere (snap-confine, CVE-2021-44731; bubblewrap, CVE-2019-12439).  Then pivot_root(".", ".") and the old
 * root is detached: from there on no path leads to the host.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "kernel/mount.h"
#include "kernel/overlay.h"
#include "kernel/sys.h"

/* "size=…" and "nr_inodes=…": a tmpfs without them may take half of the memory, and inodes are memory as well. */
struct tmpfs_numbers {
	char size[24], inodes[24], mode[8];
};

static char *put_number(char *end, uint64_t n, unsigned base)
{
	*--end = '\0';
	do
		*--end = (char)('0' + n % base);
	while (n /= base);
	return end;
}

/** struct build - what one call of a builder needs */
struct build {
	const struct plan *plan;
	const struct mount_entry *m;
	struct launch *l;
	int root;
};

static int new_tmpfs(const struct mount_entry *m)
{
	struct tmpfs_numbers text;
	uint64_t inodes = m->size / 4096 > 1024 ? m->size / 4096 : 1024;
	const struct fs_option options[] = {
		{ "size", put_number(text.size + sizeof(text.size), m->size, 10) },
		{ "nr_inodes", put_number(text.inodes + sizeof(text.inodes), inodes < 1 << 20 ? inodes : 1 << 20, 10) },
		{ "mode", put_number(text.mode + sizeof(text.mode), m->mode, 8) },
		{ "source", "sbox" },
	};

	return mount_new_fs("tmpfs", options, ARRAY_SIZE(options), m->attrs);
}

static int place(const struct build *b, int fd)
{
	_cleanup_close_ int tree = fd;

	return tree < 0 ? tree : mount_place(b->root, b->m, tree);
}

static int make_dir(const struct build *b)
{
	const char *path = b->m->target + 1;

	if (mkdirat(b->root, path, b->m->mode) < 0 && errno != EEXIST)
		return -errno;
	/* The child's umask is the caller's. */
	return b->m->mode & 022 && fchmodat(b->root, path, b->m->mode, 0) < 0 ? -errno : 0;
}

static int write_file(const struct build *b, const char *path)
{
	_cleanup_close_ int fd = openat(b->root, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	int r = fd_write_all(fd, b->m->source, b->m->size ? b->m->size : strlen(b->m->source));
	return r < 0 ? r : fchmod(fd, b->m->mode) < 0 ? -errno : 0;
}

/* Over a file of the host: the text is in a file that has no name any more. */
static int cover_file(const struct build *b)
{
	int r = write_file(b, TEXT_FILE);
	if (r < 0)
		return r;
	_cleanup_close_ int tree = sys_open_tree(b->root, TEXT_FILE, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (tree < 0)
		return -errno;
	r = mount_attrs(tree, b->m->attrs);
	if (r == 0)
		r = mount_place(b->root, b->m, tree);
	/* Afterwards: what has no name cannot be mounted. */
	return r < 0 ? r : unlinkat(b->root, TEXT_FILE, 0) < 0 ? -errno : 0;
}

static int make_file(const struct build *b)
{
	return b->m->attach == ATTACH_MAKE_FILE ? write_file(b, b->m->target + 1) : cover_file(b);
}

static int make_symlink(const struct build *b)
{
	return symlinkat(b->m->source, b->root, b->m->target + 1) < 0 ? -errno : 0;
}

static int make_bind(const struct build *b)
{
	/* A pin in a private home is that directory bound on itself: it must be there first. */
	int made = b->m->kind == MOUNT_PIN && b->m->attach == ATTACH_MAKE_KEPT ? mount_make_kept(b->root, b->m) : 0;
	if (made < 0)
		return made;

	_cleanup_close_ int tree = b->m->from_inside ? mount_inside(b->root, b->m) : mount_source(b->plan, b->m);
	if (tree == -ENOENT && b->m->optional)
		return 0;
	if (tree < 0)
		return tree;
	int r = mount_attrs(tree, b->m->attrs);
	return r < 0 ? r : mount_place(b->root, b->m, tree);
}

static int make_overlay(const struct build *b)
{
	return place(b, overlay_mount(b->plan, b->l, b->m));
}

/* What stays visible below a mask needs mount points: a tmpfs, and read-only once they are there. */
static int make_mask_that_holds(const struct build *b)
{
	struct mount_entry open = *b->m;

	open.attrs &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	return place(b, new_tmpfs(&open));
}

static int make_mask(const struct build *b)
{
	if (b->m->holds)
		return make_mask_that_holds(b);

	_cleanup_close_ int tree = sys_open_tree(b->root, b->m->is_dir ? MASK_DIR : MASK_FILE, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (tree < 0)
		return -errno;
	int r = mount_attrs(tree, b->m->attrs);
	return r < 0 ? r : mount_place(b->root, b->m, tree);
}

static int make_tmpfs(const struct build *b)
{
	return place(b, new_tmpfs(b->m));
}

static int make_devpts(const struct build *b)
{
	/* newinstance is implied since 4.7; ptmxmode 0666 makes the instance's own ptmx usable. */
	static const struct fs_option options[] = { { "ptmxmode", "0666" }, { "mode", "0620" } };

	return place(b, mount_new_fs("devpts", options, ARRAY_SIZE(options), b->m->attrs));
}

static int make_proc(const struct build *b)
{
	return place(b, mount_new_fs("proc", NULL, 0, b->m->attrs));
}

/*
 * What a proxy, or the compositor, listens at.  Once it is mounted its name can go, so that nothing is left to be cleaned up, nor to be found by
 * another process of the user's.  (Before, no mount of it could be attached: ENOENT.)
 */
static int make_socket(const struct build *b)
{
	const char *path = b->l->socket_paths[b->m->size];
	_cleanup_close_ int tree = sys_open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);

	if (tree < 0)
		return -errno;
	int r = mount_attrs(tree, b->m->attrs);
	if (r == 0)
		r = mount_place(b->root, b->m, tree);
	return r == 0 && unlink(path) < 0 ? -errno : r;
}

static int (*const builders[MOUNT_KIND_COUNT])(const struct build *) = {
	[MOUNT_DIR] = make_dir,       [MOUNT_FILE] = make_file, [MOUNT_SYMLINK] = make_symlink, [MOUNT_BIND] = make_bind,
	[MOUNT_DEVICE] = make_bind,   [MOUNT_PIN] = make_bind,  [MOUNT_MASK] = make_mask,       [MOUNT_TMPFS] = make_tmpfs,
	[MOUNT_DEVPTS] = make_devpts, [MOUNT_PROC] = make_proc, [MOUNT_SOCKET] = make_socket, [MOUNT_OVERLAY] = make_overlay,
};

static bool has_masks(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_mounts; i++)
		if (plan->mounts[i].kind == MOUNT_MASK)
			return true;
	return plan->proc_guard;
}

static int mask_objects_make(const struct plan *plan, int root)
{
	if (!has_masks(plan))
		return 0;
	if (mknodat(root, MASK_FILE, S_IFREG, 0) < 0 || mkdirat(root, MASK_DIR, 0555) < 0)
		return -errno;
	return 0;
}

static int mask_objects_drop(const struct plan *plan, int root)
{
	if (!has_masks(plan))
		return 0;
	return unlinkat(root, MASK_FILE, 0) < 0 || unlinkat(root, MASK_DIR, AT_REMOVEDIR) < 0 ? -errno : 0;
}

/*
 * Before: the child is in its own user and mount namespace, with the host's tree around it.
 * After: l->root_fd is a tree with every entry of the plan in it, mounted over "/"; nothing of it can be
 * reached from outside the namespace.
 */
int root_build(const struct plan *plan, struct launch *l)
{
	mode_t umask_before = umask(0);

	l->item = 0;
	l->root_fd = new_tmpfs(&plan->mounts[0]);
	if (l->root_fd < 0)
		return l->root_fd;
	if (sys_move_mount(l->root_fd, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return -errno;
	int r = mask_objects_make(plan, l->root_fd);
	for (size_t i = 1; r == 0 && i < plan->n_mounts; i++) {
		const struct build b = { .plan = plan, .m = &plan->mounts[i], .l = l, .root = l->root_fd };

		l->item = i;
		r = builders[b.m->kind](&b);
	}
	for (size_t i = 1; r == 0 && i < plan->n_mounts; i++)
		if (plan->mounts[i].holds) {
			l->item = i;
			r = mount_seal(l->root_fd, &plan->mounts[i]);
		}
	umask(umask_before);
	return r;
}

/*
 * Before: root_build(), proc_guard(); nothing of the host is needed any more.
 * After: "/" is the new root, the old one is detached from this namespace, and the root tmpfs (with /dev) is
 * read-only; the working directory is inside.
 */
int root_pivot(const struct plan *plan, struct launch *l)
{
	struct mount_attr readonly = { .attr_set = MOUNT_ATTR_RDONLY };

	int r = mask_objects_drop(plan, l->root_fd);
	if (r < 0)
		return r;
	if (fchdir(l->root_fd) < 0 || sys_pivot_root(".", ".") < 0)
		return -errno;
	/* "." is the old root now, mounted over the new one (pivot_root(2), "pivot_root(".", ".")"). */
	if (sys_umount2(".", UMOUNT_DETACH) < 0 || chdir("/") < 0)
		return -errno;
	/* Not recursively: what was given writable stays so. */
	if (sys_mount_setattr(l->root_fd, "", AT_EMPTY_PATH, &readonly) < 0)
		return -errno;
	fd_close(&l->root_fd);
	return 0;
}
