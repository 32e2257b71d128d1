/* SPDX-License-Identifier: MIT */
/*
 * Which network a program needs.  Names of the Internet: `mode = user`, with the names it asked for and the ports it went to.
 * A service that it is itself: `mode = user`, with its ports published.  A service of this machine at its loopback: `mode = host`,
 * held to the ports by Landlock.
 */
#include <stdlib.h>

#include "base/path.h"
#include "learn/choose.h"

enum { PORTS_MAX = 16, NAMES_MAX = 24, SHARED_MIN = 4, DNS_PORT = 53 };

typedef VEC(unsigned) port_list;

/** struct traffic - what of the trace is about the network */
struct traffic {
	struct arena *arena;
	port_list outside;      /* TCP, away from this machine */
	port_list local;        /* TCP, services of this machine */
	port_list bound, serves; /* TCP, own; those that the program itself did not go to */
	name_list names, addresses; /* asked for; gone to: ADDR:PORT */
	bool datagrams;         /* UDP away from this machine, beside questions for names */
};

static bool has_port(const port_list *list, unsigned port)
{
	vec_each (p, list)
		if (*p == port)
			return true;
	return false;
}

static void add_port(struct traffic *t, port_list *list, unsigned port)
{
	if (!has_port(list, port))
		vec_push(t->arena, list, port);
}

static void add_name(struct traffic *t, name_list *list, const char *name)
{
	vec_each (known, list)
		if (streq(*known, name))
			return;
	vec_push(t->arena, list, name);
}

static bool is_loopback(const char *address)
{
	return skip_prefix(address, "127.") || skip_prefix(address, "[::1]") || skip_prefix(address, "0.0.0.0:") || skip_prefix(address, "[::]:") ||
	       skip_prefix(address, "[::ffff:127.");
}

static unsigned port_of(const char *address)
{
	const char *colon = strrchr(address, ':');

	return colon ? (unsigned)strtoul(colon + 1, NULL, 10) & 0xffff : 0;
}

/* What may stand in an `allow` line; what a program asks for may be anything. */
static bool is_host_name(const char *name)
{
	size_t n = strlen(name);

	return n && n < 128 && name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")] == '\0' &&
	       name[0] != '.' && name[0] != '-' && name[n - 1] != '.' && !strstr(name, "..") && strchr(name, '.');
}

static void look(struct traffic *t, const struct use *use)
{
	const char *to = use->object;
	unsigned port = port_of(to);

	switch (use->did) {
	case DID_BIND:
		if (port)
			add_port(t, &t->bound, port);
		break;
	case DID_REACH:
		if (is_loopback(to)) {
			add_port(t, &t->local, port);
		} else if (port) {
			add_port(t, &t->outside, port);
			add_name(t, &t->addresses, to);
		}
		break;
	case DID_REACH_UDP:
		/* A connected datagram socket is how libraries ask the kernel for a route. */
		t->datagrams |= !is_loopback(to) && port != DNS_PORT && !streq(use->call, "connect");
		break;
	case DID_ASK:
		if (is_host_name(to))
			add_name(t, &t->names, to);
		break;
	default:
		break;
	}
}

static const char *ports_text(struct traffic *t, const port_list *list, const char *between)
{
	const char *text = "";

	vec_each (p, list)
		text = arena_printf(t->arena, "%s%s%u", text, *text ? between : "", *p);
	return text;
}

/* ---- names ---- */

/* "example.org" of "a.b.example.org": what many names share. */
static const char *domain_of(const char *name)
{
	const char *last = strrchr(name, '.'), *dot = last;

	while (dot > name && *--dot != '.')
		;
	return *dot == '.' ? dot + 1 : name;
}

static bool shares_domain(const struct traffic *t, const char *domain)
{
	size_t n = 0;

	vec_each (name, &t->names)
		n += streq(domain_of(*name), domain);
	return n >= SHARED_MIN;
}

static void allow(struct traffic *t, struct choice *c, const char *host, const char *why)
{
	const char *ports = t->outside.n && t->outside.n <= PORTS_MAX && !t->datagrams ? ports_text(t, &t->outside, ",") : "";

	choice_add(t->arena, c, "network", "allow", arena_printf(t->arena, "%s%s%s", host, *ports ? ":" : "", ports), false, why);
}

static void allow_hosts(struct traffic *t, struct choice *c)
{
	size_t n = 0;

	vec_each (name, &t->names) {
		const char *domain = domain_of(*name);

		if (n++ == NAMES_MAX)
			break;
		if (streq(domain, *name) || !shares_domain(t, domain))
			allow(t, c, *name, NULL);
		else
			allow(t, c, arena_printf(t->arena, "*.%s", domain), arena_printf(t->arena, "as %s", *name));
	}
	if (t->names.n)
		return;
	vec_each (address, &t->addresses)
		if (n++ < NAMES_MAX)
			choice_add(t->arena, c, "network", "allow", *address, false, "no name was asked for");
}

static const char *evidence(struct traffic *t)
{
	const char *text = "", *between = "";

	vec_each (address, &t->addresses) {
		if (address - t->addresses.v == 4) {
			text = arena_printf(t->arena, "%s, and %zu more", text, t->addresses.n - 4);
			break;
		}
		text = arena_printf(t->arena, "%s%s%s", text, between, *address);
		between = ", ";
	}
	return *text ? arena_printf(t->arena, "went to %s", text) : "asked for host names";
}

/* ---- the mode ---- */

static void choose_host(struct traffic *t, struct choice *c, const char *why)
{
	port_list all = { 0 };

	choice_add(t->arena, c, "network", "mode", "host", false, why);
	vec_each (p, &t->local)
		add_port(t, &all, *p);
	vec_each (p, &t->outside)
		add_port(t, &all, *p);
	if (t->names.n)
		add_port(t, &all, DNS_PORT);
	if (all.n && all.n <= PORTS_MAX)
		choice_add(t->arena, c, "landlock", "connect", ports_text(t, &all, " "), false, "the TCP ports that it went to");
	if (t->bound.n && t->bound.n <= PORTS_MAX)
		choice_add(t->arena, c, "landlock", "bind", ports_text(t, &t->bound, " "), false, "the TCP ports that it took");
}

/* A namespace of its own, the ports given to the host's loopback, and the outside shut when the program went nowhere. */
static void choose_published(struct traffic *t, struct choice *c)
{
	choice_add(t->arena, c, "network", "mode", "user", false, "it serves; with mode = host it would reach this machine's own services as well");
	vec_each (p, &t->serves)
		choice_add(t->arena, c, "network", "publish", arena_printf(t->arena, "%u:%u", *p, *p), false,
			   "it serves there: for this machine; 0.0.0.0: before it would give it to others, too");
	if (t->outside.n || t->names.n || t->datagrams) {
		allow_hosts(t, c);
		return;
	}
	/* Not a line of `deny`, which would stand against what a later run allows. */
	choice_add(t->arena, c, "network", "allow", "127.0.0.1", false, "itself: it went nowhere else");
}

/* Only the host's network leads to the services of its loopback, so this line is needed; what else it opens is said. */
static void choose_local(struct traffic *t, bool held, struct choice *c)
{
	const char *ports = ports_text(t, &t->local, ", ");

	choose_host(t, c, held && t->local.n <= PORTS_MAX ?
		    arena_printf(t->arena, "services of this machine at port %s, which only the host's network has; of TCP it is held to the ports below", ports) :
		    arena_printf(t->arena, "WARNING: services of this machine at port %s, which only the host's network has, with all others of this machine: "
				 "no ports can be held here", ports));
}

void choose_network(const struct trace *trace, bool pasta, bool held, struct arena *arena, struct choice *c)
{
	struct traffic t = { .arena = arena };

	vec_each (use, &trace->uses)
		look(&t, use);
	/* Between its own processes a loopback of its own is enough. */
	port_list local = { 0 };
	vec_each (p, &t.local)
		if (!has_port(&t.bound, *p) && *p != DNS_PORT)
			vec_push(arena, &local, *p);
	vec_each (p, &t.bound)
		if (!has_port(&t.local, *p))
			vec_push(arena, &t.serves, *p);
	t.local = local;

	if (t.local.n)
		choose_local(&t, held, c);
	else if (t.serves.n && t.serves.n <= PORTS_MAX && pasta)
		choose_published(&t, c);
	else if (t.serves.n)
		choose_host(&t, c, arena_printf(arena, "it serves at port %s; with passt installed, mode = user and `publish` are the other way",
						ports_text(&t, &t.serves, ", ")));
	else if ((t.outside.n || t.names.n || t.datagrams) && !pasta)
		choose_host(&t, c, arena_printf(arena, "%s; with passt installed, mode = user can hold it to names", evidence(&t)));
	else if (t.outside.n || t.names.n || t.datagrams) {
		choice_add(arena, c, "network", "mode", "user", false, evidence(&t));
		allow_hosts(&t, c);
	}
}
