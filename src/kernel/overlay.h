/* SPDX-License-Identifier: MIT */
/* The layers of overlays: how they lie on the disk, for the launch and for what looks at them afterwards. */
#ifndef SBOX_KERNEL_OVERLAY_H
#define SBOX_KERNEL_OVERLAY_H

#include "kernel/kernel.h"

/* Attributes of a layer: the path of its source, and which directory that was. */
#define OVERLAY_SOURCE "user.sbox.source"
#define OVERLAY_IDENTITY "user.sbox.identity"
enum { OVERLAY_IDENTITY_MAX = 64 };

/** overlay_identity() - the directory open at @fd in words that stay true over a boot: inode and time of birth.  0 or -errno */
int overlay_identity(int fd, char text[OVERLAY_IDENTITY_MAX]);
/** overlay_mount() - a detached overlay for @m; runs in the child.  Return: descriptor or -errno. */
int overlay_mount(const struct plan *plan, const struct launch *l, const struct mount_entry *m);

/* ---- attributes.c ---- */

/** attributes_differ() - do the user's attributes of the two open files (not those of overlayfs) differ? */
bool attributes_differ(int a, int b);
/** attributes_copy() - give @to the user's attributes of @from, and no others.  0 or -errno */
int attributes_copy(int from, int to);

#endif
