/* SPDX-License-Identifier: MIT */
/* Sockets by family, and what listens outside. */
#include "escape.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <mqueue.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int make(const struct attempt *a)
{
	return close_answer(socket((int)a->n, a->n == AF_NETLINK ? SOCK_RAW : a->n == AF_ALG ? SOCK_SEQPACKET : SOCK_STREAM, (int)a->m));
}

static int make_raw(const struct attempt *a)
{
	return close_answer(socket((int)a->n, SOCK_RAW, (int)a->m));
}

static int make_dgram(const struct attempt *a)
{
	return close_answer(socket((int)a->n, SOCK_DGRAM, (int)a->m));
}

/* AF_INET with SOCK_PACKET is AF_PACKET by its name of Linux 2.0. */
static int make_old_packet(const struct attempt *a)
{
	(void)a;
	return close_answer(socket(AF_INET, 10, htons(3)));
}

static int connect_unix(const char *name, bool abstract)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t n = strlen(name);

	if (n + 2 > sizeof(to.sun_path))
		return -ENAMETOOLONG;
	memcpy(to.sun_path + abstract, name, n);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	return answer(connect(fd, (struct sockaddr *)&to, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + abstract + n)));
}

static int abstract_socket(const struct attempt *a)
{
	return fact(a->path) ? connect_unix(fact(a->path), true) : NO_FACT;
}

static int path_socket(const struct attempt *a)
{
	const char *name = a->path[0] == '/' ? a->path : fact(a->path);

	return name ? connect_unix(name, false) : NO_FACT;
}

static int connect_port(const struct attempt *a)
{
	long port = fact_number(a->n == AF_INET ? "port" : "port6");
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port), .sin6_addr = IN6ADDR_LOOPBACK_INIT };

	if (port < 0)
		return NO_FACT;
	int fd = socket((int)a->n, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	return answer(a->n == AF_INET ? connect(fd, (struct sockaddr *)&to, sizeof(to)) : connect(fd, (struct sockaddr *)&to6, sizeof(to6)));
}

/* A datagram needs no answer: that there is a way out is enough.  TEST-NET-1 belongs to nobody. */
static int way_out(const struct attempt *a)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };

	(void)a;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	(void)inet_pton(AF_INET, "192.0.2.1", &to.sin_addr);
	return answer(connect(fd, (struct sockaddr *)&to, sizeof(to)));
}

static int interfaces(const struct attempt *a)
{
	struct if_nameindex *list = if_nameindex();
	int r = NOTHING;

	(void)a;
	for (size_t i = 0; list && list[i].if_name; i++)
		if (strcmp(list[i].if_name, "lo") != 0)
			r = 0;
	return list ? r : -errno;
}

static int interface_down(const struct attempt *a)
{
	struct ifreq lo = { .ifr_name = "lo" };

	(void)a;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	return answer(ioctl(fd, SIOCSIFFLAGS, &lo));
}

static int shared_memory(const struct attempt *a)
{
	long key = fact_number("shmkey");

	(void)a;
	return key < 0 ? NO_FACT : answer(shmget((key_t)key, 0, 0));
}

static int message_queue(const struct attempt *a)
{
	(void)a;
	return fact("mqueue") ? close_answer(mq_open(fact("mqueue"), O_RDONLY)) : NO_FACT;
}

#define NETLINK(name, protocol, how) { "netlink-" name, make, how, "a netlink socket: " name, NULL, AF_NETLINK, protocol }
#define FAMILY(name, number) { "af-" name, make_raw, "EAFNOSUPPORT", "a socket of the family " name, NULL, number, 0 }

static const struct attempt rows[] = {
	{ "af-vsock", make, "EAFNOSUPPORT", "a socket to the hypervisor", NULL, 40, 0 },
	{ "af-vsock-dgram", make_dgram, "EAFNOSUPPORT", "a datagram socket to the hypervisor", NULL, 40, 0 },
	{ "af-alg", make, "EAFNOSUPPORT", "the kernel's cryptography", NULL, AF_ALG, 0 },
	{ "af-packet", make_raw, "EAFNOSUPPORT", "raw packets", NULL, AF_PACKET, 0x300 },
	{ "af-packet-old", make_old_packet, "EAFNOSUPPORT", "raw packets by their old name", NULL, 0, 0 },
	{ "raw-ip", make_raw, "EPERM", "raw IP", NULL, AF_INET, IPPROTO_ICMP },
	{ "raw-ip6", make_raw, "EPERM", "raw IPv6", NULL, AF_INET6, IPPROTO_ICMPV6 },
	NETLINK("usersock", 2, "EAFNOSUPPORT"), NETLINK("sock-diag", 4, "EAFNOSUPPORT"), NETLINK("nflog", 5, "EAFNOSUPPORT"),
	NETLINK("xfrm", 6, "EAFNOSUPPORT"), NETLINK("selinux", 7, "EAFNOSUPPORT"), NETLINK("iscsi", 8, "EAFNOSUPPORT"),
	NETLINK("audit", 9, "EAFNOSUPPORT"), NETLINK("fib-lookup", 10, "EAFNOSUPPORT"), NETLINK("connector", 11, "EAFNOSUPPORT"),
	NETLINK("netfilter", 12, "EAFNOSUPPORT"), NETLINK("kobject-uevent", 15, "EAFNOSUPPORT"),
	NETLINK("generic", 16, "EAFNOSUPPORT"), NETLINK("scsi-transport", 18, "EAFNOSUPPORT"), NETLINK("rdma", 20, "EAFNOSUPPORT"),
	NETLINK("crypto", 21, "EAFNOSUPPORT"),
	FAMILY("ax25", 3), FAMILY("ipx", 4), FAMILY("appletalk", 5), FAMILY("netrom", 6), FAMILY("atmpvc", 8), FAMILY("x25", 9),
	FAMILY("rose", 11), FAMILY("key", 15), FAMILY("atmsvc", 20), FAMILY("rds", 21), FAMILY("pppox", 24), FAMILY("llc", 26),
	FAMILY("ib", 27), FAMILY("mpls", 28), FAMILY("can", 29), FAMILY("tipc", 30), FAMILY("bluetooth", 31), FAMILY("iucv", 32),
	FAMILY("rxrpc", 33), FAMILY("isdn", 34), FAMILY("phonet", 35), FAMILY("ieee802154", 36), FAMILY("caif", 37), FAMILY("nfc", 39),
	FAMILY("kcm", 41), FAMILY("qipcrtr", 42), FAMILY("smc", 43), FAMILY("xdp", 44), FAMILY("mctp", 45), FAMILY("unknown", 63),
	{ "abstract-unix", abstract_socket, "ECONNREFUSED|EPERM", "an abstract unix socket of the host", "abstract", 0, 0 },
	{ "unix-path", path_socket, "ENOENT", "a unix socket of the host by its path", "socket", 0, 0 },
	{ "unix-bus", path_socket, "ENOENT", "the system bus", "/run/dbus/system_bus_socket", 0, 0 },
	{ "unix-docker", path_socket, "ENOENT", "docker.sock", "/var/run/docker.sock", 0, 0 },
	{ "host-port", connect_port, "ECONNREFUSED", "a server on the host's loopback", NULL, AF_INET, 0 },
	{ "host-port6", connect_port, "ECONNREFUSED", "the same by IPv6", NULL, AF_INET6, 0 },
	{ "way-out", way_out, "ENETUNREACH", "the internet", NULL, 0, 0 },
	{ "interfaces", interfaces, "-", "an interface beside lo", NULL, 0, 0 },
	{ "interface-down", interface_down, "EPERM", "change an interface", NULL, 0, 0 },
	{ "sysv-shm", shared_memory, "ENOSYS|ENOENT", "System V shared memory of the host", NULL, 0, 0 },
	{ "posix-mq", message_queue, "ENOSYS|ENOENT", "a message queue of the host", NULL, 0, 0 },
};
const struct attempts network_attempts = ATTEMPTS("network", rows);
