/* SPDX-License-Identifier: MIT */
/* What diff, apply and discard share: overlay.c, and how changes are shown: overlay_show.c. */
#ifndef SBOX_CMD_OVERLAY_H
#define SBOX_CMD_OVERLAY_H

#include "cmd/cmd.h"
#include "overlay/overlay.h"

/** overlay_show() - the changes of one layer, one a line; *ret_n: how many */
void overlay_show(struct session *s, const struct kept *k, const struct kept_layer *layer, const struct changes *c, size_t *ret_n);
struct json_t;
/** overlay_json() - all changes of @k; consumes nothing */
struct json_t *overlay_json(struct session *s, const struct kept *k, const struct changes *changes);
/** overlay_patch() - the patch, to stdout.  0 or -errno, with a problem */
int overlay_patch(struct session *s, const struct kept_layer *layer, const struct changes *c);
/** overlay_drop() - what is kept under ids that begin with @start is dropped, without a word.  Return: 0 or -errno. */
int overlay_drop(struct session *s, const char *start);

#endif
