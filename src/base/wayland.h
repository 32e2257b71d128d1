/* SPDX-License-Identifier: MIT */
/*
 * As much of the Wayland wire protocol as it takes to ask a compositor for a security context (security-context-v1): a socket
 * of one's own, whose clients it treats as those of a sandbox and shows none of its privileged protocols.
 *
 * The protocol's own library would be one more thing to link statically, for nine messages.  The compositor is the user's own
 * and trusted with the screen; it is read with every length checked all the same, and never waited for without an end.
 */
#ifndef SBOX_BASE_WAYLAND_H
#define SBOX_BASE_WAYLAND_H

#include <stdbool.h>

/** struct wayland_context - what the compositor is told of the clients that come by the new socket */
struct wayland_context {
	const char *engine;   /* what kind of sandbox: "sbox" */
	const char *app_id;   /* which application */
	const char *instance; /* which run of it */
};

/**
 * wayland_offers_context() - does the compositor that listens at @path offer security contexts?
 * Return: 1 or 0; -ETIMEDOUT when it does not answer; -EPROTO when it is none; -errno of connect(2).
 */
int wayland_offers_context(const char *path);

/**
 * wayland_make_context() - have clients of @listen_fd, a listening unix socket, taken for @context's
 * @end_fd: the compositor keeps a copy, and accepts no more when its other end is closed (the reading end of a pipe).
 * Return: 0; -EOPNOTSUPP when it has no such thing; -EPROTO when it refuses; otherwise as above.
 */
int wayland_make_context(const char *path, const struct wayland_context *context, int listen_fd, int end_fd);

#endif
