/* SPDX-License-Identifier: MIT */
/* `host` of [test]: names as /etc/hosts and a server know them, and addresses that lead somewhere or nowhere. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>

#include "launch/live_test.h"
#include "leak_check.h"
#include "own_network.h"

TestSuite(live_host, .fini = leak_check, .timeout = 0);

static int at(int type, int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	need(bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0);
	return fd;
}

static void etc(const char *hosts, const char *resolv)
{
	need(mount("tmpfs", "/etc", "tmpfs", MS_NOSUID | MS_NODEV, NULL) == 0);
	write_text("/etc/hosts", hosts);
	write_text("/etc/resolv.conf", resolv);
}

static void addresses(void)
{
	need(listen(at(SOCK_STREAM, 8000), 8) == 0);
	need(live_connect("127.0.0.1", 8000) == 0);
	need(live_connect("127.0.0.1", 8001) == 0); /* who refuses is there */
	need(live_connect("localhost", 8000) == 0);
	need(live_connect("LocalHost", 8000) == 0);
	need(live_connect("10.9.9.9", 8000) == ENETUNREACH);
	need(live_connect("2001:db8::1", 8000) != 0);
}

Test(live_host, an_address_leads_somewhere_or_says_why_not)
{
	in_own_network(addresses);
}

static void names_of_hosts(void)
{
	etc("# 127.0.0.1 remark.test\n"
	    "127.0.0.1\tweb.test alias.test # behind.test\n"
	    "no-address odd.test\n"
	    "10.9.9.9 both.test far.test\n"
	    "127.0.0.1 both.test\n"
	    "127.0.0.1 last.test", /* without an end of its line */
	    "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
	need(live_connect("web.test", 8000) == 0);
	need(live_connect("ALIAS.test", 8000) == 0);
	need(live_connect("last.test", 8000) == 0);
	need(live_connect("both.test", 8000) == 0); /* by one of its addresses */
	need(live_connect("far.test", 8000) == ENETUNREACH);
	need(live_connect("remark.test", 8000) == ENOENT);
	need(live_connect("behind.test", 8000) == ENOENT);
	need(live_connect("odd.test", 8000) == ENOENT);
	need(live_connect("alias", 8000) == ENOENT);
}

Test(live_host, a_name_may_stand_in_etc_hosts)
{
	in_own_network(names_of_hosts);
}

/* What follows a question for the addresses of version 4 of a name that begins with @letter. */
static const struct said {
	char letter;
	uint8_t records;
	const char *data;
	size_t size;
} all_said[] = {
	{ 'g', 1, "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1", 16 },
	{ 'f', 1, "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x0a\x09\x09\x09", 16 },
	/* an address of three bytes */
	{ 's', 1, "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\3\x7f\0\0", 15 },
	/* a second one is promised */
	{ 'p', 2, "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1", 16 },
	/* whose name points to itself */
	{ 'l', 1, "\xc0\x1b\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1", 16 },
	/* has more bytes than there are */
	{ 'm', 1, "\xc0\x0c\0\1\0\1\0\0\0\x3c\xff\xff\x7f\0\0\1", 16 },
};

static _Noreturn void serve(int fd)
{
	uint8_t m[1024];
	struct sockaddr_in from;

	for (;;) {
		socklen_t size = sizeof(from);
		ssize_t n = recvfrom(fd, m, 512, 0, (struct sockaddr *)&from, &size);

		need(n > 16);
		m[2] = 0x81;
		m[3] = 0x80;
		m[11] = 0; /* no EDNS */
		const struct said *s = all_said;
		while (s < all_said + sizeof(all_said) / sizeof(*all_said) && s->letter != m[13])
			s++;
		if (s < all_said + sizeof(all_said) / sizeof(*all_said) && m[n - 3] == 1) {
			m[7] = s->records;
			memcpy(m + n, s->data, s->size);
			n += (ssize_t)s->size;
		}
		(void)sendto(fd, m, (size_t)n, 0, (struct sockaddr *)&from, size);
	}
}

static void names_of_servers(void)
{
	int fd = at(SOCK_DGRAM, 53);

	etc("", "nameserver 127.0.0.1\noptions timeout:5 attempts:1\n");
	pid_t pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		serve(fd);
	}
	need(live_connect("good.test", 8000) == 0);
	need(live_connect("far.test", 8000) == ENETUNREACH);
	need(live_connect("unknown.test", 8000) == ENOENT);
	need(live_connect("short.test", 8000) == ENOENT);
	need(live_connect("promise.test", 8000) == ENOENT);
	need(live_connect("loop.test", 8000) == ENOENT);
	need(live_connect("more.test", 8000) == ENOENT);
	need(waitpid(pid, NULL, WNOHANG) == 0);
}

Test(live_host, a_server_may_know_a_name_and_say_nonsense)
{
	in_own_network(names_of_servers);
}
