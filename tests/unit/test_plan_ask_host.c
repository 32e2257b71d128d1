/* SPDX-License-Identifier: MIT */
/* One question about the network. */
#include <errno.h>

#include "plan/verdict.h"
#include "support.h"

TestSuite(plan_ask_host, .fini = leak_check);

static struct verdict ask(struct bench *b, const char *host)
{
	struct verdict v;

	cr_assert_eq(plan_ask_host(b->plan, b->host, host, b->arena, &v), 0, "%s", v.text);
	return v;
}

static void answers(struct bench *b, const char *host, enum verdict_kind kind, unsigned line, const char *option)
{
	struct verdict v = ask(b, host);

	cr_assert_eq(v.kind, kind, "%s", v.text);
	cr_assert_eq(v.from.line, line, "%s: %s", host, origin_text(b->arena, v.from));
	cr_assert(!option == !v.option && (!option || streq(option, v.option)), "%s: %s", host, v.option);
}

Test(plan_ask_host, without_a_network_only_the_sandbox_itself)
{
	PLAN(b, "[network]\nmode = none\n", "");
	answers(b, "example.org", VERDICT_DENIED, 2, "--net=user");
	answers(b, "10.0.0.1:80", VERDICT_DENIED, 2, "--net=user");
	answers(b, "[2001:db8::1]:80", VERDICT_DENIED, 2, "--net=user");
	static const char *const own[] = { "localhost", "a.localhost:80", "127.0.0.1", "127.1.2.3:80", "::1", "[::1]:80", "0.0.0.0" };
	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		answers(b, own[i], VERDICT_ALLOWED, 2, NULL);
		cr_assert(strstr(ask(b, own[i]).text, "not the host"));
	}
}

Test(plan_ask_host, the_hosts_network)
{
	PLAN(b, "[files]\nro = /etc\n[network]\nmode = host\n", "f /etc/resolv.conf\n");
	answers(b, "example.org", VERDICT_ALLOWED, 4, NULL);
	answers(b, "127.0.0.1:631", VERDICT_ALLOWED, 4, NULL);
}

Test(plan_ask_host, a_name_needs_the_file_that_says_whom_to_ask)
{
	PLAN(b, "[network]\nmode = host\n", "f /etc/resolv.conf\n");
	answers(b, "example.org", VERDICT_DENIED, 0, "--ro=/etc/resolv.conf");
	answers(b, "10.0.0.1", VERDICT_ALLOWED, 2, NULL);
}

Test(plan_ask_host, families_and_calls)
{
	PLAN(b, "[network]\nmode = host\n[seccomp]\nsockets =\nsockets = unix inet\n", "");
	answers(b, "10.0.0.1", VERDICT_ALLOWED, 2, NULL);
	answers(b, "2001:db8::1", VERDICT_DENIED, 5, "--set=seccomp.sockets=inet6");

	PLAN(c, "[network]\nmode = host\n[seccomp]\ndeny = connect\n", "");
	answers(c, "10.0.0.1", VERDICT_DENIED, 4, "--set=seccomp.deny=\n--set=seccomp.allow=connect");
}

Test(plan_ask_host, ports)
{
	PLAN(b, "[network]\nmode = host\n[landlock]\nconnect = 80 443\n", "");
	answers(b, "10.0.0.1:443", VERDICT_ALLOWED, 2, NULL);
	answers(b, "10.0.0.1:22", VERDICT_DENIED, 4, "--set=landlock.connect=22");
	cr_assert(strstr(ask(b, "10.0.0.1").text, "port 80, 443"), "%s", ask(b, "10.0.0.1").text);

	PLAN(c, "[landlock]\nconnect = 80\n", "");
	answers(c, "10.0.0.1:22", VERDICT_DENIED, 0, "--net=user\n--set=landlock.connect=22");
}

Test(plan_ask_host, what_is_no_host)
{
	static const char *const wrong[] = { "", ":80", "a:", "a:0", "a:65536", "a:+1", "a b", "[::1", "[a]:80", "[::1]x", "1.2.3", "1.2.3.4.5",
					     "::g", "a/b", "77", ".a" };
	struct verdict v;

	PLAN(b, "", "");
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		cr_assert_eq(plan_ask_host(b->plan, b->host, wrong[i], b->arena, &v), -EINVAL, "%s", wrong[i]);
}
