/* SPDX-License-Identifier: MIT */
/*
 * No way to the machine itself.  pasta opens the sandbox's connections on the host, so a service of the host would be
 * reached by any of its addresses but those that pasta gives to the sandbox.  The table of the sandbox's namespace refuses
 * each (egress.c), at once and whatever the program sends.
 */
#include "net/net.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "net/egress.h"

enum { DUMP_MAX = 1 << 15 };

/* ---- the host's addresses ---- */

static int each_of(const struct nlmsghdr *h, int (*fn)(int, const uint8_t *, unsigned, void *), void *data)
{
	const struct ifaddrmsg *m = NLMSG_DATA(h);
	const struct rtattr *local = NULL;
	int size = (int)IFA_PAYLOAD(h);

	/* IFA_LOCAL is this side of a point-to-point link, IFA_ADDRESS the other. */
	for (const struct rtattr *a = IFA_RTA(m); RTA_OK(a, size); a = RTA_NEXT(a, size))
		if (a->rta_type == IFA_LOCAL || (a->rta_type == IFA_ADDRESS && !local))
			local = a;
	size_t want = m->ifa_family == AF_INET ? 4 : 16;
	if (!local || (m->ifa_family != AF_INET && m->ifa_family != AF_INET6) || RTA_PAYLOAD(local) != want)
		return 0;
	return fn(m->ifa_family, RTA_DATA(local), m->ifa_index, data);
}

int own_addresses_each(int fd, int (*fn)(int family, const uint8_t *address, unsigned interface, void *data), void *data)
{
	struct {
		struct nlmsghdr h;
		struct ifaddrmsg m;
	} ask = { .h = { .nlmsg_len = sizeof(ask), .nlmsg_type = RTM_GETADDR, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		  .m = { .ifa_family = AF_UNSPEC } };
	_Alignas(struct nlmsghdr) char text[DUMP_MAX];
	struct iovec iov = { .iov_base = text, .iov_len = sizeof(text) };

	if (send(fd, &ask, sizeof(ask), 0) < 0)
		return -errno;
	for (;;) {
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
		ssize_t n = recvmsg(fd, &msg, 0);

		if (n < 0)
			return -errno;
		for (struct nlmsghdr *h = (struct nlmsghdr *)text; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
			if (h->nlmsg_type == NLMSG_DONE)
				return 0;
			if (h->nlmsg_type == NLMSG_ERROR)
				return ((struct nlmsgerr *)NLMSG_DATA(h))->error;
			int r = h->nlmsg_type == RTM_NEWADDR ? each_of(h, fn, data) : 0;
			if (r < 0)
				return r;
		}
	}
}

/* ---- the sandbox's table ---- */

/** struct shutting - addresses on their way into the table */
struct shutting {
	int fd;
	struct nft batch;
};

static int shut(int family, const uint8_t *address, unsigned interface UNUSED, void *data)
{
	struct shutting *s = data;

	if (s->batch.n > sizeof(s->batch.text) / 2) {
		int r = nft_commit(&s->batch, s->fd);

		if (r < 0)
			return r;
		nft_begin(&s->batch);
	}
	egress_shut(&s->batch, family, address);
	return 0;
}

/* Addresses are added and never taken away: one that left an interface may be on another. */
static int shut_all(struct launch *l, struct shutting *s)
{
	s->fd = l->net_socks[NET_SOCK_NFT];
	nft_begin(&s->batch);
	int r = own_addresses_each(l->address_fd, shut, s);
	return r < 0 ? r : nft_commit(&s->batch, s->fd);
}

int own_addresses_shut(const struct plan *plan UNUSED, struct launch *l)
{
	const struct sockaddr_nl changes = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR };

	/* Watched from before they are listed, so that none is missed. */
	l->address_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (l->address_fd < 0 || bind(l->address_fd, (const struct sockaddr *)&changes, sizeof(changes)) < 0)
		return -errno;
	launch_keep(l, l->address_fd);
	launch_keep(l, l->net_socks[NET_SOCK_NFT]);
	return shut_all(l, arena_alloc(l->err->arena, sizeof(struct shutting)));
}

int own_addresses_changed(struct launch *l)
{
	_Alignas(struct nlmsghdr) char text[DUMP_MAX];
	struct iovec iov = { .iov_base = text, .iov_len = sizeof(text) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = recvmsg(l->address_fd, &msg, MSG_DONTWAIT);
	struct shutting s = { .fd = l->net_socks[NET_SOCK_NFT] };
	int r = 0;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n >= 0 && !(msg.msg_flags & MSG_TRUNC)) {
		nft_begin(&s.batch);
		for (struct nlmsghdr *h = (struct nlmsghdr *)text; r == 0 && NLMSG_OK(h, n); h = NLMSG_NEXT(h, n))
			if (h->nlmsg_type == RTM_NEWADDR)
				r = each_of(h, shut, &s);
		if (r == 0)
			r = nft_commit(&s.batch, s.fd);
		if (r == 0)
			return 0;
	}
	/* Changes were lost (ENOBUFS: more than fit), or could not be entered: once more, with all that there are. */
	return shut_all(l, &s);
}
