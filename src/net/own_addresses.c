/* SPDX-License-Identifier: MIT */
/*
 * No way to the machine itself.  pasta opens the sandbox's connections on the host, so a service of the host would be
 * reached by any of its addresses but those that pasta gives to the sandbox.  A routing rule in the sandbox's namespace
 * refuses each, at once and whatever the program sends.  A rule and not a route: a rule also holds when the program names
 * the interface, as it must for a link-local address.
 */
#include "net/net.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/fd.h"

enum { DUMP_MAX = 1 << 15, RULE_PRIORITY = 1, ADDRESS_MAX = 16 };

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

/* ---- the sandbox's rules ---- */

struct rule {
	struct nlmsghdr h;
	struct fib_rule_hdr m;
	char attributes[RTA_SPACE(ADDRESS_MAX) + 2 * RTA_SPACE(sizeof(uint32_t))];
};

static void attribute(struct rule *r, unsigned short type, const void *value, size_t size)
{
	struct rtattr *a = (struct rtattr *)((char *)r + NLMSG_ALIGN(r->h.nlmsg_len));

	a->rta_type = type;
	a->rta_len = (unsigned short)RTA_LENGTH(size);
	memcpy(RTA_DATA(a), value, size);
	r->h.nlmsg_len = (uint32_t)(NLMSG_ALIGN(r->h.nlmsg_len) + RTA_SPACE(size));
}

/* Return: what the kernel says to one request. */
static int acknowledged(int fd)
{
	_Alignas(struct nlmsghdr) char text[1024];
	struct iovec iov = { .iov_base = text, .iov_len = sizeof(text) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = recvmsg(fd, &msg, 0);
	const struct nlmsghdr *h = (struct nlmsghdr *)text;

	if (n < 0)
		return -errno;
	if (!NLMSG_OK(h, n) || h->nlmsg_type != NLMSG_ERROR)
		return -EPROTO;
	return ((const struct nlmsgerr *)NLMSG_DATA(h))->error;
}

static int rule_send(const struct launch *l, struct rule *rule)
{
	const uint32_t priority = RULE_PRIORITY;

	attribute(rule, FRA_PRIORITY, &priority, sizeof(priority));
	if (send(l->net_socks[NET_SOCK_ROUTE], rule, rule->h.nlmsg_len, 0) < 0)
		return -errno;
	int r = acknowledged(l->net_socks[NET_SOCK_ROUTE]);
	return r == -EEXIST ? 0 : r;
}

static struct rule prohibit(int family, const uint8_t *address)
{
	const size_t size = family == AF_INET ? 4 : 16;
	struct rule rule = { .h = { .nlmsg_len = NLMSG_LENGTH(sizeof(rule.m)), .nlmsg_type = RTM_NEWRULE,
				    .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL },
			     .m = { .family = (uint8_t)family, .dst_len = (uint8_t)(size * 8), .action = FR_ACT_PROHIBIT } };

	attribute(&rule, FRA_DST, address, size);
	return rule;
}

/* After the table of local addresses (priority 0): what pasta copied for the sandbox is its own there. */
static int shut(int family, const uint8_t *address, unsigned interface UNUSED, void *data)
{
	struct rule rule = prohibit(family, address);

	return rule_send(data, &rule);
}

/* pasta would try to connect to the address itself, and the program would wait for minutes. */
static int forward_shut_tcp(const struct launch *l, const char *text)
{
	const uint8_t protocol = IPPROTO_TCP;
	uint8_t address[16];
	int family = plan_address(text, address);
	struct rule rule = prohibit(family, address);

	attribute(&rule, FRA_IP_PROTO, &protocol, sizeof(protocol));
	return rule_send(l, &rule);
}

/* Rules are added and never taken away: an address that left one interface may be on another. */
static int shut_all(struct launch *l)
{
	return own_addresses_each(l->address_fd, shut, l);
}

int own_addresses_shut(const struct plan *plan, struct launch *l)
{
	const struct sockaddr_nl changes = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR };

	/* Watched from before they are listed, so that none is missed. */
	l->address_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (l->address_fd < 0 || bind(l->address_fd, (const struct sockaddr *)&changes, sizeof(changes)) < 0)
		return -errno;
	launch_keep(l, l->address_fd);
	launch_keep(l, l->net_socks[NET_SOCK_ROUTE]);
	int r = shut_all(l);
	if (r == 0 && plan->network.forward4 && !plan->network.forward_tcp)
		r = forward_shut_tcp(l, plan_forward4);
	if (r == 0 && plan->network.forward6 && !plan->network.forward_tcp)
		r = forward_shut_tcp(l, plan_forward6);
	return r;
}

void own_addresses_changed(struct launch *l)
{
	_Alignas(struct nlmsghdr) char text[DUMP_MAX];
	struct iovec iov = { .iov_base = text, .iov_len = sizeof(text) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = recvmsg(l->address_fd, &msg, MSG_DONTWAIT);

	/* More than fit: ask for all. */
	if (n < 0 && errno == ENOBUFS)
		(void)shut_all(l);
	for (struct nlmsghdr *h = (struct nlmsghdr *)text; n > 0 && NLMSG_OK(h, n); h = NLMSG_NEXT(h, n))
		if (h->nlmsg_type == RTM_NEWADDR)
			(void)each_of(h, shut, l);
}
