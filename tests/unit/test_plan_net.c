/* SPDX-License-Identifier: MIT */
/* [network]: what mode = user needs, and what its lines mean. */
#include <sched.h>
#include <stdio.h>

#include "support.h"

TestSuite(plan_net, .fini = leak_check);

#define USER  "[network]\nmode = user\n"
#define PASTA "f /usr/bin/pasta\n"

static const char *command(const struct bench *b)
{
	const struct plan_network *n = &b->plan->network;
	const char *text = "";

	for (size_t i = 0; i < n->n_pasta_argv; i++)
		text = arena_printf(b->arena, "%s%s ", text, n->pasta_argv[i]);
	return text;
}

Test(plan_net, nothing_of_it_without_the_mode)
{
	PLAN(b, "", PASTA);
	cr_assert_null(b->plan->network.pasta);
	cr_assert(!b->plan->handshake);
}

Test(plan_net, pasta_is_started_without_its_ways_to_the_host)
{
	PLAN(b, USER, PASTA);
	cr_assert_str_eq(b->plan->network.pasta, "/usr/bin/pasta");
	cr_assert(b->plan->handshake && b->plan->loopback);
	cr_assert(strstr(command(b), "-t none -u none"));
	cr_assert(strstr(command(b), "-T none -U none"));
	cr_assert(strstr(command(b), "--no-map-gw"));
	cr_assert(!strstr(command(b), "--runas"));
}

Test(plan_net, a_missing_pasta_is_an_error_with_the_remedy)
{
	REFUSED(USER, "", 2, "apt-get install passt");
}

Test(plan_net, published_ports)
{
	static const struct {
		const char *line, *argument;
	} good[] = {
		{ "8080:80", "-t 127.0.0.1/8080:80" },       { "1:65535", "-t 127.0.0.1/1:65535" },
		{ "0.0.0.0:8080:80", "-t 0.0.0.0/8080:80" }, { "[::1]:8080:80", "-t ::1/8080:80" },
		{ "53:53/udp", "-u 127.0.0.1/53:53" },       { "10.0.0.1:53:53/udp", "-u 10.0.0.1/53:53" },
		{ "8080:80/tcp", "-t 127.0.0.1/8080:80" },
	};
	static const char *const bad[] = { "80",
					   ":80",
					   "80:",
					   "0:80",
					   "80:0",
					   "65536:80",
					   "80:99999999999",
					   "-1:80",
					   "80:80/sctp",
					   "host:80:80",
					   "::1:80:80",
					   "[127.0.0.1]:80:80",
					   "1.2.3:80:80",
					   "080:80",
					   "80:80/",
					   "[::1]80:80",
					   "127.0.0.1::80",
					   " " };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		char text[200];

		(void)snprintf(text, sizeof(text), USER "publish = %s\n", good[i].line);
		PLAN(b, text, PASTA);
		cr_assert(strstr(command(b), good[i].argument), "%s: %s", good[i].line, command(b));
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad) - 1; i++) {
		char text[200];

		(void)snprintf(text, sizeof(text), USER "publish = %s\n", bad[i]);
		REFUSED(text, PASTA, 3, "not [ADDRESS:]HOST-PORT:PORT-INSIDE");
	}
	REFUSED(USER "publish = 80:80\npublish = 80:81\n", PASTA, 4, "published twice");
}

Test(plan_net, two_udp_ports_need_a_newer_pasta)
{
	REFUSED(USER "publish = 54:53/udp\n", PASTA, 3, "loses the answers");
	PLAN(b, USER "publish = 54:53/udp\n", PASTA "p pasta 1\n");
	cr_assert(strstr(command(b), "-u 127.0.0.1/54:53"));
}

Test(plan_net, a_line_without_effect_is_an_error)
{
	REFUSED("[network]\npublish = 80:80\n", PASTA, 2, "needs mode = user");
	REFUSED("[network]\nmode = host\ndns = 192.0.2.1\n", PASTA, 3, "the mode is host");
	PLAN(b, USER "publish = 80:80\n----\n[profile]\nextends = ./base.ini\n[network]\nmode = none\n", PASTA);
	cr_assert_eq(b->plan->network.publish.n, 0);
}

Test(plan_net, resolvers)
{
	PLAN(b, USER "dns = 192.0.2.1 2001:db8::53\n", PASTA);
	cr_assert_str_eq(b->plan->network.resolv_conf, "nameserver 192.0.2.1\nnameserver 2001:db8::53\n");
	REFUSED(USER "dns = ::1\n", PASTA, 3, "own loopback");
	REFUSED(USER "dns = 127.0.0.53\n", PASTA, 3, "own loopback");
	REFUSED(USER "dns = name.example\n", PASTA, 3, "not an IPv4 or IPv6 address");
}

Test(plan_net, a_prepared_namespace_is_joined_and_not_made)
{
	PLAN(b, "[network]\njoin = /run/netns/x\n", "");
	cr_assert_eq(b->plan->net, NET_JOIN);
	cr_assert(!(b->plan->clone_flags & CLONE_NEWNET) && !b->plan->loopback && !b->plan->handshake);
	cr_assert_str_eq(b->plan->network.join_path, "/run/netns/x");
	PLAN(fd, "[network]\njoin = fd:7\n", "p fd 7\n");
	cr_assert_null(fd->plan->network.join_path);
	cr_assert_eq(fd->plan->network.join_fd, 7);
	REFUSED("[network]\njoin = fd:7\n", "", 2, "descriptor 7 is not open");
	REFUSED("[network]\njoin = x/y\n", "", 2, "relative path");
}

Test(plan_net, mode_or_namespace_what_a_later_layer_says_holds)
{
	PLAN(b, "[network]\nmode = user\n----\n[profile]\nextends = ./base.ini\n[network]\njoin = /n\n", PASTA);
	cr_assert_eq(b->plan->net, NET_JOIN);
	cr_assert_null(b->plan->network.pasta);
	PLAN(back, "[network]\njoin = /n\n----\n[profile]\nextends = ./base.ini\n[network]\nmode = none\n", "");
	cr_assert_eq(back->plan->net, NET_NONE);
	cr_assert(back->plan->clone_flags & CLONE_NEWNET);
	REFUSED("[network]\nmode = none\njoin = /n\n", "", 3, "the mode is said as well");
	REFUSED("[network]\njoin = /n\nallow = a.example\n", "", 3, "a namespace is joined");
	PLAN(open, USER "allow = a.example\n----\n[profile]\nextends = ./base.ini\n[network]\njoin = /n\n", PASTA);
	cr_assert(strstr(bench_problems(open), "not limited, a namespace is joined"), "%s", bench_problems(open));
}

Test(plan_net, names_in_a_joined_namespace)
{
	PLAN(b, "[files]\nsystem = host\n[network]\njoin = /n\ndns = 127.0.0.1\n", "");
	cr_assert_str_eq(b->plan->network.resolv_conf, "nameserver 127.0.0.1\n");
	PLAN(hosts, "[files]\nsystem = host\n[network]\njoin = /n\n", "f /etc/resolv.conf\n");
	cr_assert_eq(entry(hosts, "/etc/resolv.conf")->kind, MOUNT_BIND);
}

#define WAYS                                                                                                           \
	"f /proc/net/dev Inter-| Receive;  face |bytes;    lo: 1 2;  eth0: 1 2;wlan0: 1 2; wg0:1;\n"                   \
	"f /proc/net/route Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT;"                    \
	"eth0 00000000 010200C0 0003 0 0 0 00000000 0 0 0;eth0 000200C0 00000000 0001 0 0 0 00FFFFFF 0 0 0;"           \
	"wlan0 00000000 010200C0 0003 0 0 600 00000000 0 0 0;wg0 000200C0 00000000 0001 0 0 0 00FFFFFF 0 0 0;\n"       \
	"f /proc/net/ipv6_route 00000000000000000000000000000000 00 00000000000000000000000000000000 00 "              \
	"20010db8000100000000000000000001 00000400 00000001 00000000 00000003     eth0;"                               \
	"00000000000000000000000000000000 00 00000000000000000000000000000000 00 "                                     \
	"00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo;\n"                             \
	"f /proc/net/if_inet6 20010db8000100000000000000000002 02 40 00 80     eth0;"                                  \
	"fe800000000000000000000000000002 03 40 20 80    wlan0;\n"

Test(plan_net, an_interface_and_the_families_that_leave_by_it)
{
	PLAN(b, USER "interface = eth0\n", PASTA WAYS);
	cr_assert(strstr(command(b), "-i eth0 --outbound-if4 eth0 --outbound-if6 eth0"), "%s", command(b));
	PLAN(v4, USER "interface = wlan0\n", PASTA WAYS "p pasta 1\n");
	cr_assert(strstr(command(v4), "-i wlan0 --outbound-if4 wlan0 "), "%s", command(v4));
	cr_assert(!strstr(command(v4), "--outbound-if6"));
	REFUSED(USER "interface = wlan0\n", PASTA WAYS, 3, "would let UDP leave by another interface");
	REFUSED(USER "interface = wg0\n", PASTA WAYS, 3, "no default route");
	REFUSED(USER "interface = lo\n", PASTA WAYS, 3, "no default route");
	REFUSED(USER "interface = eth\n", PASTA WAYS, 3, "no interface eth");
	REFUSED("[network]\ninterface = eth0\n", PASTA WAYS, 2, "needs mode = user");
}

Test(plan_net, resolvers_by_an_interface)
{
	PLAN(b, USER "interface = eth0\n",
	     PASTA WAYS "f /etc/resolv.conf nameserver 127.0.0.53;nameserver 192.0.2.1\n");
	cr_assert_str_eq(b->plan->network.resolv_conf, "nameserver 192.0.2.1\n");
	cr_assert(!strstr(command(b), "--dns-forward"));
	REFUSED(USER "interface = eth0\n", PASTA WAYS "f /etc/resolv.conf nameserver 127.0.0.53\n", 3, "dns = ADDRESS");
	PLAN(own, USER "interface = eth0\nallow = a.example\n",
	     PASTA WAYS "f /etc/resolv.conf nameserver 127.0.0.53\n");
	cr_assert_str_eq(own->plan->network.resolv_conf, "nameserver 127.0.0.1\n");
}
