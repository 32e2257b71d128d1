/* SPDX-License-Identifier: MIT */
/* What pasta will need, tried before anything starts: its own messages come late and name no line of a profile. */
#include "net/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "base/fd.h"

static const char tun[] = "/dev/net/tun";

static int tun_check(const struct plan *plan, struct launch *l)
{
	_cleanup_close_ int fd = open(tun, O_RDWR | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0)
		return 0;
	int error = errno;
	err_sys(l->err, plan->network.from, error, "mode = user: pasta needs %s", tun);
	if (error == EACCES || error == EPERM)
		err_remedy(l->err, "as root: chmod 0666 %s (udev's rules do that on most systems)", tun);
	else
		err_remedy(l->err, "as root: modprobe tun; in a container, give it the device");
	return -error;
}

static socklen_t address_of(const struct plan_publish *p, struct sockaddr_storage *ret)
{
	*ret = (struct sockaddr_storage){ .ss_family = (sa_family_t)p->family };
	if (p->family == AF_INET) {
		struct sockaddr_in *v4 = (struct sockaddr_in *)ret;

		v4->sin_port = htons(p->host);
		memcpy(&v4->sin_addr, p->bytes, sizeof(v4->sin_addr));
		return sizeof(*v4);
	}
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;
	v6->sin6_port = htons(p->host);
	memcpy(&v6->sin6_addr, p->bytes, sizeof(v6->sin6_addr));
	return sizeof(*v6);
}

/* Somebody may still be quicker than pasta: then its own message has to do. */
static int port_check(const struct plan_publish *p, struct launch *l)
{
	_cleanup_close_ int fd = socket(p->family, (p->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
	struct sockaddr_storage address;
	socklen_t size = address_of(p, &address);
	const int on = 1;

	if (fd < 0)
		return err_sys(l->err, p->from, errno, "cannot open a socket");
	/* As pasta does for TCP: a connection that ended lately is no reason to refuse. */
	if (!p->udp)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (p->family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&address, size) == 0 && (p->udp || listen(fd, 1) == 0))
		return 0;
	int error = errno;
	err_sys(l->err, p->from, error, "%s port %u of %s cannot be published", p->udp ? "UDP" : "TCP", p->host, p->address);
	if (error == EADDRINUSE)
		err_remedy(l->err, "choose another port on the left, or end what listens there (ss -%sanp 'sport = %u')",
			   p->udp ? "u" : "tl", p->host);
	else if (error == EACCES)
		err_remedy(l->err, "ports below 1024 need sysctl net.ipv4.ip_unprivileged_port_start=%u; or choose a higher one", p->host);
	else if (error == EADDRNOTAVAIL)
		err_remedy(l->err, "the address must be one of this machine's");
	return -error;
}

/* Before the resolver and who reads it are made, which share it; a page is there once a name was written to it. */
static int seen_make(struct launch *l)
{
	void *at = mmap(NULL, sizeof(*l->seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return -errno;
	l->seen = at;
	return 0;
}

int net_check(const struct plan *plan, struct launch *l)
{
	int r = tun_check(plan, l);

	if (r == 0 && plan->network.closed)
		r = seen_make(l);

	vec_each (p, &plan->network.publish) {
		int port = port_check(p, l);

		r = r < 0 ? r : port;
	}
	return r;
}
