/* SPDX-License-Identifier: MIT */
/* Sockets that belong to the sandbox's network namespace and that a process outside works with. */
#include "net/net.h"

#include <errno.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

static int netlink_open(int protocol)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
}

/* Where resolv.conf inside says; lo is up. */
static int names_open(int type)
{
	const struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(53),
					     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	/* Some hundred programs may ask at once. */
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &(int){ 1 << 20 }, sizeof(int));
	if (fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	if (fd >= 0 && type == SOCK_STREAM && listen(fd, 64) < 0)
		return -1;
	return fd;
}

int net_sockets_open(const struct plan *plan, struct launch *l)
{
	const bool closed = plan->network.closed;

	l->net_socks[NET_SOCK_NFT] = netlink_open(NETLINK_NETFILTER);
	if (closed) {
		l->net_socks[NET_SOCK_NFT_NAMES] = netlink_open(NETLINK_NETFILTER);
		l->net_socks[NET_SOCK_DNS_UDP] = names_open(SOCK_DGRAM);
		l->net_socks[NET_SOCK_DNS_TCP] = names_open(SOCK_STREAM);
	}
	for (size_t i = 0; i < (closed ? NET_SOCK_COUNT : NET_SOCK_NFT_NAMES); i++)
		if (l->net_socks[i] < 0)
			return -errno;
	return 0;
}
