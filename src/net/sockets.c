/* SPDX-License-Identifier: MIT */
/* Sockets that belong to the sandbox's network namespace and that a process outside works with. */
#include "net/net.h"

#include <errno.h>
#include <linux/netlink.h>
#include <sys/socket.h>

int net_sockets_open(const struct plan *plan UNUSED, struct launch *l)
{
	l->net_socks[NET_SOCK_ROUTE] = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	return l->net_socks[NET_SOCK_ROUTE] < 0 ? -errno : 0;
}
