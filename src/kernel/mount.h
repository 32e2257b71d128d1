/* SPDX-License-Identifier: MIT */
/*
 * Mounts by descriptor: open_tree(2), mount_setattr(2), move_mount(2), fsopen(2) (Linux 5.2 to 5.12), and openat2(2)
 * look-ups (5.6).  Each mount is made detached and gets its flags before it becomes visible.  All
 * functions run in the child, in the user namespace that owns its mount namespace, and allocate nothing.
 */
#ifndef SBOX_KERNEL_MOUNT_H
#define SBOX_KERNEL_MOUNT_H

#include "kernel/kernel.h"

/* The two objects that masks are copies of, on the new root; both are unlinked before the program starts. */
#define MASK_FILE ".mask-file"
#define MASK_DIR ".mask-dir"
/* The text that is about to cover a file of the host; unlinked at once. */
#define TEXT_FILE ".text-file"

/** mount_source() - a detached copy of the tree at @m->source, checked to be what the plan saw.  Return: descriptor or -errno. */
int mount_source(const struct plan *plan, const struct mount_entry *m);
/** mount_object() - what is at @m->source, by O_PATH, checked to be what the plan saw.  Return: descriptor or -errno. */
int mount_object(const struct plan *plan, const struct mount_entry *m);
/** mount_inside() - a detached copy of what is at @m->target in the new root.  Return: descriptor or -errno. */
int mount_inside(int root, const struct mount_entry *m);
/** mount_attrs() - set @attrs on the whole detached tree @fd, and make it private */
int mount_attrs(int fd, uint64_t attrs);
/** mount_place() - make detached tree @fd visible at @m->target below @root; checks that it is what is found there then */
int mount_place(int root, const struct mount_entry *m, int fd);
/**
 * mount_make_kept() - the mount point of @m in a private home or below a mask, and the directories on the way
 * Component by component, following nothing; what is made stays.
 */
int mount_make_kept(int root, const struct mount_entry *m);
/** mount_seal() - what is at @m->target turns read-only */
int mount_seal(int root, const struct mount_entry *m);

/** struct fs_option - one fsconfig(2) string, or a flag when @value is NULL */
struct fs_option {
	const char *key, *value;
};
/** mount_new_fs() - a new, detached file system.  Return: descriptor or -errno. */
int mount_new_fs(const char *type, const struct fs_option *options, size_t n, uint64_t attrs);

/** path_beneath() - open @path below @dir with O_PATH, following nothing and never leaving @dir.  Descriptor or -errno. */
int path_beneath(int dir, const char *path);

#endif
