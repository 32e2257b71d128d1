/* SPDX-License-Identifier: MIT */
/*
 * One question about the network: can the program reach a host?  Each wall on the way is asked; the first that refuses
 * decides, and every one that refuses adds the line that would open it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/path.h"
#include "plan/ask.h"
#include "plan/syscall_groups.h"

enum { PORT_ANY = -1, PORT_MAX = 65535 };

/** struct host_question - a host, as asked */
struct host_question {
	const struct plan *plan;
	struct host *host;
	struct arena *arena;
	const char *text; /* as asked */
	const char *name; /* without port and brackets */
	int family;       /* AF_INET, AF_INET6; AF_UNSPEC: a name */
	int port;         /* TCP; or PORT_ANY */
	bool own;         /* the sandbox itself, when it has a network of its own: its loopback */
	struct verdict *ret;
};

/* ---- what is asked ---- */

static bool port_parse(const char *text, int *ret)
{
	char *end;
	long port = strtol(text, &end, 10);

	if (end == text || *end || *text < '0' || *text > '9' || port < 1 || port > PORT_MAX)
		return false;
	*ret = (int)port;
	return true;
}

/* NAME, ADDR, ADDR6, each with :PORT; with a port an ADDR6 has brackets. */
static bool split(struct host_question *q)
{
	const char *colon = strrchr(q->text, ':');

	q->port = PORT_ANY;
	q->name = q->text;
	if (q->text[0] == '[') {
		const char *end = strchr(q->text, ']');

		if (!end || (end[1] && end[1] != ':'))
			return false;
		q->name = arena_strndup(q->arena, q->text + 1, (size_t)(end - q->text - 1));
		return strchr(q->name, ':') && (!end[1] || port_parse(end + 2, &q->port));
	}
	if (!colon || strchr(q->text, ':') != colon)
		return true;
	q->name = arena_strndup(q->arena, q->text, (size_t)(colon - q->text));
	return port_parse(colon + 1, &q->port);
}

static bool is_name(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	const char *last = strrchr(name, '.');

	/* What ends in a number is an address or nothing (RFC 1123, section 2.1). */
	return *name && *name != '.' && !name[strspn(name, letters)] && !(last ? last[1] && !last[1 + strspn(last + 1, "0123456789")] :
										  !name[strspn(name, "0123456789")]);
}

static bool is_localhost(const char *name)
{
	size_t n = strlen(name), suffix = strlen("localhost");

	return n >= suffix && streq(name + n - suffix, "localhost") && (n == suffix || name[n - suffix - 1] == '.');
}

static bool parse(struct host_question *q)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (!split(q))
		return false;
	if (inet_pton(AF_INET, q->name, &v4) == 1) {
		q->family = AF_INET;
		/* Who connects to 0.0.0.0 reaches himself. */
		q->own = ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET || v4.s_addr == INADDR_ANY;
	} else if (inet_pton(AF_INET6, q->name, &v6) == 1) {
		q->family = AF_INET6;
		q->own = IN6_IS_ADDR_LOOPBACK(&v6) || IN6_IS_ADDR_UNSPECIFIED(&v6) ||
			 (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == IN_LOOPBACKNET);
	} else if (is_name(q->name)) {
		q->family = AF_UNSPEC;
		q->own = is_localhost(q->name);
	} else {
		return false;
	}
	return true;
}

bool ask_host_split(struct arena *arena, const char *text, const char **ret_name, int *ret_port)
{
	struct host_question q = { .arena = arena, .text = text };
	bool is_host = parse(&q);

	*ret_name = q.name;
	*ret_port = q.port;
	return is_host;
}

/* ---- the walls ---- */

static void refuse(struct host_question *q, struct origin from, const char *why)
{
	if (q->ret->kind == VERDICT_DENIED)
		return;
	q->ret->kind = VERDICT_DENIED;
	q->ret->from = from;
	q->ret->text = arena_printf(q->arena, "%s cannot be reached: %s", q->text, why);
}

static bool is_multicast(const struct host_question *q)
{
	uint8_t address[16];

	return plan_address(q->name, address) == AF_INET ? address[0] >= 224 : address[0] == 0xff;
}

static void ask_mode(struct host_question *q)
{
	if (q->plan->net == NET_JOIN) {
		q->ret->from = q->plan->network.from;
		q->ret->text = arena_printf(q->arena, "%s can be reached as the network namespace that is joined reaches it", q->text);
		return;
	}
	if (q->plan->net != NET_HOST && q->own) {
		q->ret->text = arena_printf(q->arena, "%s can be reached: it is the sandbox itself, not the host", q->text);
		return;
	}
	if (q->plan->net == NET_USER && q->family != AF_UNSPEC && is_multicast(q)) {
		refuse(q, q->ret->from, "multicast and broadcast do not leave the sandbox");
		return;
	}
	q->ret->text = arena_printf(q->arena, "%s can be reached as the host reaches it%s", q->text,
				    q->plan->net == NET_USER ? ", unless it is the host itself" : "");
	if (q->plan->net != NET_NONE)
		return;
	refuse(q, q->ret->from, "the sandbox has a network of its own, with nothing in it");
	ask_change(q->arena, q->ret, KEY_network_mode, "user", "net");
}

static uint32_t verdict_of_call(const struct filter *f, const struct filter_rule *rule, uint64_t arg0, uint64_t arg1)
{
	const struct seccomp_data data = { .nr = (int)rule->nr, .arch = f->abis[0].audit_arch, .args = { arg0, arg1 } };

	return filter_verdict(f, &data, NULL);
}

static bool family_opens(const struct filter *f, int family)
{
	const struct filter_rule *rule = filter_rule_find(f, "socket");
	uint32_t action = rule ? verdict_of_call(f, rule, (uint64_t)family, SOCK_STREAM) : f->default_action;

	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG || (rule && action == SECCOMP_RET_USER_NOTIF);
}

static void ask_calls(struct host_question *q)
{
	static const char *const calls[] = { "socket", "connect" };

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		struct verdict v;

		if (plan_ask_syscall(q->plan, calls[i], q->arena, &v) < 0 || v.kind == VERDICT_ALLOWED)
			continue;
		refuse(q, v.from, arena_printf(q->arena, "the system call %s is shut", calls[i]));
		ask_also(q->arena, q->ret, &v);
		return;
	}
	bool v4 = q->family != AF_INET6 && family_opens(q->plan->filter, AF_INET);
	bool v6 = q->family != AF_INET && family_opens(q->plan->filter, AF_INET6);
	if (v4 || v6)
		return;
	const char *words = q->family == AF_INET ? "inet" : q->family == AF_INET6 ? "inet6" : "inet inet6";
	refuse(q, ask_from_key(q->plan, KEY_seccomp_sockets), arena_printf(q->arena, "no %s socket may be opened", words));
	ask_change(q->arena, q->ret, KEY_seccomp_sockets, words, NULL);
}

static void ask_ports(struct host_question *q)
{
	const struct landlock_plan *l = &q->plan->landlock;
	const char *open = NULL;
	struct origin from = NO_ORIGIN;

	if (!(l->handled_net & NET_CONNECT_TCP))
		return;
	vec_each (p, &l->ports) {
		if (!(p->allowed & NET_CONNECT_TCP))
			continue;
		if (p->port == q->port)
			return;
		open = open ? arena_printf(q->arena, "%s, %d", open, p->port) : arena_printf(q->arena, "%d", p->port);
		from = p->from;
	}
	if (q->port == PORT_ANY) {
		if (q->ret->kind == VERDICT_ALLOWED)
			q->ret->text = arena_printf(q->arena, "%s; TCP only at port %s", q->ret->text, open);
		return;
	}
	refuse(q, from, arena_printf(q->arena, "TCP may only be connected to port %s", open));
	ask_change(q->arena, q->ret, KEY_landlock_connect, arena_printf(q->arena, "%d", q->port), NULL);
}

/* Of an address only the lines that name it are known here; the resolver opens others while a name leads to them. */
static void ask_egress(struct host_question *q)
{
	const struct plan_network *net = &q->plan->network;
	uint8_t address[16];
	int family = plan_address(q->name, address);

	if (!net->filtered || q->own)
		return;
	struct grant g = family < 0 ? egress_name(&net->rules, q->name) : egress_address(&net->rules, family, address);
	bool port = g.allowed && (q->port == PORT_ANY || ports_has(&g.ports, (uint16_t)q->port));
	if (g.rule && !g.allowed) {
		refuse(q, g.rule->from, "a deny line names it");
	} else if (net->closed && !port) {
		refuse(q, g.rule ? g.rule->from : net->rules.v[0].from,
		       g.rule      ? "the allow line that names it has other ports" :
		       family < 0 ? "no allow line names it" :
				    "no allow line names it; it is open only while an allowed name leads to it");
		ask_change(q->arena, q->ret, KEY_network_allow, q->text, NULL);
	} else if (g.rule) {
		q->ret->from = g.rule->from;
		q->ret->text = arena_printf(q->arena, "%s can be reached: an allow line names it", q->text);
	}
}

/* Names are looked up as this file says: without it no server is known, and most libraries ask one at 127.0.0.1. */
static void ask_names(struct host_question *q)
{
	struct verdict v;

	if (q->family != AF_UNSPEC || q->own || q->plan->net == NET_NONE)
		return;
	plan_ask_path(q->plan, q->host, "/etc/resolv.conf", ASK_FOR_READ, q->arena, &v);
	if (v.kind == VERDICT_READ || v.kind == VERDICT_WRITE || !v.change)
		return;
	refuse(q, v.from, "names cannot be looked up, /etc/resolv.conf is not visible inside");
	ask_also(q->arena, q->ret, &v);
}

int plan_ask_host(const struct plan *plan, struct host *host, const char *name, struct arena *arena, struct verdict *ret)
{
	struct host_question q = { .plan = plan, .host = host, .arena = arena, .text = name, .ret = ret };

	*ret = (struct verdict){ .kind = VERDICT_ALLOWED, .from = ask_from_key(plan, KEY_network_mode) };
	if (!parse(&q)) {
		ret->text = arena_printf(arena, "neither a host nor an address, with or without :PORT: %s", name);
		return -EINVAL;
	}
	ask_mode(&q);
	ask_egress(&q);
	ask_calls(&q);
	ask_ports(&q);
	ask_names(&q);
	return 0;
}
