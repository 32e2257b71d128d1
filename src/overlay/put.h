/* SPDX-License-Identifier: MIT */
/* One name of the layer becomes the host's, or the host's goes: in one step each, for apply.c. */
#ifndef SBOX_OVERLAY_PUT_H
#define SBOX_OVERLAY_PUT_H

#include "overlay/overlay.h"

/** host_remove() - what is at @name below directory @host goes, a directory by way of APPLY_TRASH.  0 (also: nothing was there) or -errno */
int host_remove(int host, const char *name);
/**
 * put_file() - the file, link, FIFO or socket @name of directory @upper takes its place in directory @host, and is gone from @upper
 * By rename(2) where that is possible and right; else a complete copy (APPLY_FRESH) takes the place.  Return: 0 or -errno.
 */
int put_file(int upper, int host, const struct change *c, const char *name);

#endif
