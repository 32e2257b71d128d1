/* SPDX-License-Identifier: MIT */
/* allow and deny: what the words mean, and what they say about a host. */
#include <stdio.h>

#include "plan/verdict.h"
#include "support.h"

TestSuite(plan_egress, .fini = leak_check);

#define USER "[network]\nmode = user\n"
#define PASTA "f /usr/bin/pasta\n"

static bool says(const struct bench *b, const char *host)
{
	struct verdict v;

	cr_assert_eq(plan_ask_host(b->plan, b->host, host, b->arena, &v), 0, "%s", host);
	return v.kind == VERDICT_ALLOWED;
}

Test(plan_egress, names)
{
	PLAN(b, USER "allow = Web.Example. *.cdn.example:443,8443 api.example:22\ndeny = bad.cdn.example\n", PASTA);
	static const struct {
		const char *host;
		bool reached;
	} rows[] = {
		{ "web.example", true },	{ "WEB.example:1", true },     { "sub.web.example", false }, { "xweb.example", false },
		{ "example", false },		{ "a.cdn.example:443", true }, { "a.b.cdn.example", true },  { "cdn.example:443", false },
		{ "a.cdn.example:80", false },	{ "xcdn.example", false },     { "bad.cdn.example", false }, { "api.example:22", true },
		{ "api.example:2222", false },	{ "198.51.100.7", false },     { "localhost", true },	     { "127.0.0.1:53", true },
	};

	cr_assert(b->plan->network.closed && b->plan->network.filtered);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		cr_expect_eq(says(b, rows[i].host), rows[i].reached, "%s", rows[i].host);
}

Test(plan_egress, the_line_that_decides_and_the_one_that_would_change_it)
{
	PLAN(b, USER "allow = web.example:443\ndeny = 203.0.113.0/24\n", PASTA);
	struct verdict v;

	cr_assert_eq(plan_ask_host(b->plan, b->host, "web.example:80", b->arena, &v), 0);
	cr_assert_eq(v.from.line, 3);
	cr_assert(strstr(v.text, "other ports"), "%s", v.text);
	cr_assert(strstr(v.option, "network.allow=web.example:80"), "%s", v.option);
	cr_assert_eq(plan_ask_host(b->plan, b->host, "203.0.113.9", b->arena, &v), 0);
	cr_assert_eq(v.from.line, 4);
	cr_assert(strstr(v.text, "deny line"));
}

Test(plan_egress, addresses)
{
	PLAN(b, USER "allow = 192.0.2.1 198.51.100.0/24:80 2001:db8::/32 [2001:db9::1]:443 10.0.0.0/9\ndeny = 10.1.0.0/16\n", PASTA);
	static const struct {
		const char *host;
		bool reached;
	} rows[] = {
		{ "192.0.2.1", true },	    { "192.0.2.2", false },	  { "198.51.100.255:80", true }, { "198.51.100.1:81", false },
		{ "198.51.101.1:80", false }, { "[2001:db8::7]:1", true },  { "2001:db7::1", false },	   { "[2001:db9::1]:443", true },
		{ "[2001:db9::1]:80", false }, { "10.127.255.255", true },  { "10.128.0.0", false },	   { "10.1.2.3", false },
		{ "10.2.0.0", true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		cr_expect_eq(says(b, rows[i].host), rows[i].reached, "%s", rows[i].host);
}

Test(plan_egress, deny_alone_leaves_the_rest)
{
	PLAN(b, USER "deny = 203.0.113.0/24\n", PASTA);
	cr_assert(b->plan->network.filtered && !b->plan->network.closed);
	cr_assert(says(b, "web.example") && says(b, "198.51.100.7") && !says(b, "203.0.113.7"));
	REFUSED(USER "deny = web.example\n", PASTA, 3, "holds nobody up");
}

Test(plan_egress, words_that_are_none)
{
	static const char *const bad[] = { "http://web.example/", "web.example:", "web.example:0", "web.example:65536", "web.example:80,", "web..example",
					   ".example",		  "*",		 "*.",		   "a.*.example",    "web_example/24",	 "1.2.3",
					   "1.2.3.256",		  "10.1.2.3/8",	 "10.0.0.0/33",	   "10.0.0.0/",	     "::1/129",		 "[::1",
					   "[192.0.2.1]:80",	  "[::1]80",	 "2001:db8::1/32", "web.example:80:81", "web.example:-1" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char text[200];

		(void)snprintf(text, sizeof(text), USER "allow = %s\n", bad[i]);
		REFUSED(text, PASTA, 3, "not a host");
	}
	REFUSED(USER "allow = web.example\ndeny = web.example:80\n", PASTA, 4, "denied with all its ports");
}

Test(plan_egress, no_address_of_the_internet)
{
	static const char *const private[] = { "0.0.0.0",	"10.9.9.9",  "100.64.0.1",    "100.127.255.255", "127.0.0.1", "169.254.169.254", "172.16.0.1",
					       "172.31.255.255", "192.0.0.1", "192.168.1.1", "198.18.0.1",	  "198.19.1.1", "224.0.0.1",	   "255.255.255.255",
					       "240.0.0.1",	"::",	     "::1",	      "::ffff:10.0.0.1", "fe80::1",   "fd00::1",	   "fc00::1",
					       "ff02::1",	"fec0::1",   "64:ff9b::10.0.0.1", "2002:a00:1::",  "2001::1" };
	static const char *const public[] = { "1.1.1.1",	"100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "198.17.255.255",
					      "223.255.255.255", "2606:4700::1111", "2001:4860::8888", "64:ff9b::1.1.1.1", "2002:101:101::" };
	uint8_t address[16];

	for (size_t i = 0; i < ARRAY_SIZE(private); i++) {
		int family = plan_address(private[i], address);
		cr_expect(egress_is_private(family, address), "%s", private[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(public); i++) {
		int family = plan_address(public[i], address);
		cr_expect(!egress_is_private(family, address), "%s", public[i]);
	}
}
