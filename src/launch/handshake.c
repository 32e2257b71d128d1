/* SPDX-License-Identifier: MIT */
/*
 * The one hand-shake.  What the supervisor does to the child's namespaces from outside (a map of several extents, a
 * connection to the network) needs their files below /proc, which are shut once the child is not dumpable; so the child
 * waits, with its id maps written if they are its own to write, until the supervisor has done its part.
 */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "launch/launch.h"

int handshake_wait(const struct plan *plan UNUSED, struct launch *l)
{
	const struct report waiting = { .kind = REPORT_WAITING };
	struct pollfd sock = { .fd = l->child_sock, .events = POLLIN };
	struct request req;

	report_send(l->child_sock, &waiting);
	for (;;) {
		ssize_t n = recv(l->child_sock, &req, sizeof(req), 0);

		if (n == (ssize_t)sizeof(req) && req.go)
			return 0;
		if (n == 0)
			return -ECANCELED;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		(void)ppoll(&sock, 1, NULL, NULL);
	}
}

/* Anything else that the child reports is its failure: left in the socket for the loop, which words it. */
int handshake_child_ready(const struct plan *plan UNUSED, struct launch *l)
{
	struct pollfd fds[] = { { .fd = l->sup_sock, .events = POLLIN }, { .fd = l->pidfd, .events = POLLIN } };
	struct report r;

	while (ppoll(fds, ARRAY_SIZE(fds), NULL, NULL) < 0)
		if (errno != EINTR)
			return -errno;
	ssize_t n = recv(l->sup_sock, &r, sizeof(r), MSG_PEEK);
	if (n != (ssize_t)sizeof(r) || r.kind != REPORT_WAITING)
		return -ECHILD;
	return recv(l->sup_sock, &r, sizeof(r), 0) < 0 ? -errno : 0;
}

int handshake_go(const struct plan *plan UNUSED, struct launch *l)
{
	const struct request go = { .go = true };

	return send(l->sup_sock, &go, sizeof(go), MSG_NOSIGNAL) < 0 ? -errno : 0;
}
