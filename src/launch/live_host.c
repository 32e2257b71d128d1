/* SPDX-License-Identifier: MIT */
/*
 * Can a host be reached?  Names are looked up as most programs do: localhost, /etc/hosts, then the servers of
 * /etc/resolv.conf.  getaddrinfo() is out of reach for a static program.
 */
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <resolv.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "launch/live_test.h"

enum { ADDRESSES_MAX = 16, PATIENCE_MS = 10000 };

struct addresses {
	union address {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} at[ADDRESSES_MAX];
	size_t n;
	int port;
};

static bool add_v4(struct addresses *a, const void *address)
{
	if (a->n == ADDRESSES_MAX)
		return false;
	struct sockaddr_in *to = &a->at[a->n++].v4;
	*to = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)a->port) };
	memcpy(&to->sin_addr, address, sizeof(to->sin_addr));
	return true;
}

static bool add_v6(struct addresses *a, const void *address)
{
	if (a->n == ADDRESSES_MAX)
		return false;
	struct sockaddr_in6 *to = &a->at[a->n++].v6;
	*to = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)a->port) };
	memcpy(&to->sin6_addr, address, sizeof(to->sin6_addr));
	return true;
}

static bool add_text(struct addresses *a, const char *text)
{
	struct in6_addr v6;
	struct in_addr v4;

	if (inet_pton(AF_INET, text, &v4) == 1)
		return add_v4(a, &v4);
	return inet_pton(AF_INET6, text, &v6) == 1 && add_v6(a, &v6);
}

static void from_hosts(struct addresses *a, const char *host)
{
	FILE *f = fopen("/etc/hosts", "re");
	char line[1024];

	while (f && fgets(line, sizeof(line), f)) {
		char *rest = line;

		line[strcspn(line, "#\n")] = '\0';
		const char *address = next_word(&rest);
		for (const char *name; address && (name = next_word(&rest));)
			if (strcasecmp(name, host) == 0)
				(void)add_text(a, address);
	}
	if (f)
		(void)fclose(f);
}

static void from_servers(struct addresses *a, const char *host)
{
	static const int types[] = { ns_t_a, ns_t_aaaa };
	unsigned char answer[NS_PACKETSZ * 8];

	for (size_t t = 0; t < ARRAY_SIZE(types); t++) {
		int n = res_query(host, ns_c_in, types[t], answer, sizeof(answer));
		ns_msg message;

		if (n < 0 || ns_initparse(answer, n, &message) < 0)
			continue;
		for (int i = 0; i < ns_msg_count(message, ns_s_an); i++) {
			ns_rr rr;

			if (ns_parserr(&message, ns_s_an, i, &rr) < 0)
				break;
			if (ns_rr_type(rr) == ns_t_a && ns_rr_rdlen(rr) == sizeof(struct in_addr))
				(void)add_v4(a, ns_rr_rdata(rr));
			else if (ns_rr_type(rr) == ns_t_aaaa && ns_rr_rdlen(rr) == sizeof(struct in6_addr))
				(void)add_v6(a, ns_rr_rdata(rr));
		}
	}
}

static int try_one(const union address *to)
{
	_cleanup_close_ int fd = socket(to->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct pollfd writable = { .fd = fd, .events = POLLOUT };
	socklen_t len = to->any.sa_family == AF_INET ? sizeof(to->v4) : sizeof(to->v6);
	int error = 0;

	if (fd < 0)
		return errno;
	if (connect(fd, &to->any, len) < 0)
		error = errno;
	if (error == EINPROGRESS) {
		len = sizeof(error);
		if (poll(&writable, 1, PATIENCE_MS) <= 0)
			error = ETIMEDOUT;
		else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
			error = errno;
	}
	/* A host that refuses was reached. */
	return error == ECONNREFUSED ? 0 : error;
}

int live_connect(const char *host, int port)
{
	struct addresses a = { .port = port };
	int error = ENOENT; /* no such name */

	if (!add_text(&a, host)) {
		if (strcasecmp(host, "localhost") == 0)
			(void)(add_text(&a, "127.0.0.1") && add_text(&a, "::1"));
		else
			from_hosts(&a, host);
		if (!a.n)
			from_servers(&a, host);
	}
	for (size_t i = 0; i < a.n; i++) {
		int e = try_one(&a.at[i]);

		if (e == 0)
			return 0;
		if (error == ENOENT)
			error = e;
	}
	return error;
}
