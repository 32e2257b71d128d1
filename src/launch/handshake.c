/* SPDX-License-Identifier: MIT */
/*
 * What a process of a launch waits for.
 *
 * The child: what the supervisor does to the child's namespaces from outside (a map of several extents, a
 * connection to the network) needs their files below /proc, which are shut once the child is not dumpable; so the child
 * waits, with its id maps written if they are its own to write, until the supervisor has done its part.
 */
#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "launch/launch.h"

int handshake_wait(const struct plan *plan UNUSED, struct launch *l)
{
	const struct report waiting = { .kind = REPORT_WAITING };
	struct pollfd sock = { .fd = l->child_sock, .events = POLLIN };
	struct request req;

	for (unsigned i = 0; i < NET_SOCK_COUNT; i++) {
		const struct report lent = { .kind = REPORT_SOCKET, .item = i };
		int r = l->net_socks[i] < 0 ? 0 : report_send_fd(l->child_sock, &lent, l->net_socks[i]);

		if (r < 0)
			return r;
		fd_close(&l->net_socks[i]);
	}
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

static int report_await(struct launch *l)
{
	struct pollfd fds[] = { { .fd = l->sup_sock, .events = POLLIN }, { .fd = l->pidfd, .events = POLLIN } };

	while (ppoll(fds, ARRAY_SIZE(fds), NULL, NULL) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

/* Anything else that the child reports is its failure: left in the socket for the loop, which words it. */
int handshake_child_ready(const struct plan *plan UNUSED, struct launch *l)
{
	struct report r;
	int fd, e;

	while ((e = report_await(l)) == 0) {
		ssize_t n = recv(l->sup_sock, &r, sizeof(r), MSG_PEEK);

		if (n != (ssize_t)sizeof(r) || (r.kind != REPORT_WAITING && r.kind != REPORT_SOCKET))
			return -ECHILD;
		if (report_recv(l->sup_sock, &r, &fd) < 0)
			return -errno;
		if (r.kind == REPORT_WAITING)
			return 0;
		if (r.item >= NET_SOCK_COUNT)
			return -EPROTO;
		l->net_socks[r.item] = fd;
	}
	return e;
}

int handshake_go(const struct plan *plan UNUSED, struct launch *l)
{
	const struct request go = { .go = true };

	return send(l->sup_sock, &go, sizeof(go), MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/*
 * The program: that the supervisor and pid 1 are confined.  Each takes one from a counter that begins at two, and the program
 * adds the most that a counter holds, which waits until nothing is left: by write(2), since a filter may forbid read(2), and
 * every one allows that.  Who dies before its turn takes nothing, and the program with it: it is in pid 1's namespace, or
 * tied to what stands in for that, and pid 1 is tied to the supervisor.
 */
enum { TO_BE_CONFINED = 2 };

int confined_open(struct launch *l)
{
	l->confined = eventfd(TO_BE_CONFINED, EFD_CLOEXEC | EFD_SEMAPHORE);
	return l->confined < 0 ? -errno : 0;
}

int confined_say(const struct plan *plan UNUSED, struct launch *l)
{
	uint64_t one;

	return read(l->confined, &one, sizeof(one)) == sizeof(one) ? 0 : -errno;
}

int confined_wait(const struct plan *plan UNUSED, struct launch *l)
{
	const uint64_t most = UINT64_MAX - 1;

	while (write(l->confined, &most, sizeof(most)) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}
