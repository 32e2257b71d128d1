/* SPDX-License-Identifier: MIT */
/* `allow` and `deny`: from words to rules, and what the rules say. */
#include "plan/egress.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>

#include "plan/plan.h"
#include "profile/profile.h"

/* ---- words ---- */

static bool ports_parse(const char *text, struct ports *ret)
{
	for (;;) {
		char *end;
		unsigned long port = *text >= '1' && *text <= '9' ? strtoul(text, &end, 10) : 0;

		if (port == 0 || port > UINT16_MAX || ret->n == EGRESS_PORTS_MAX)
			return false;
		ret->v[ret->n++] = (uint16_t)port;
		if (!*end)
			return true;
		if (*end != ',')
			return false;
		text = end + 1;
	}
}

/* ADDRESS or ADDRESS/BITS; what lies behind the prefix must be zero, since 10.1.2.3/8 is rarely what was meant. */
static bool network_parse(struct arena *arena, const char *text, struct egress_rule *r)
{
	const char *slash = strchr(text, '/');

	r->family = plan_address(slash ? arena_strndup(arena, text, (size_t)(slash - text)) : text, r->address);
	if (r->family < 0)
		return false;
	unsigned bits = r->family == AF_INET ? 32 : 128;
	char *end = NULL;
	r->prefix = slash ? (unsigned)strtoul(slash + 1, &end, 10) : bits;
	if (slash && (slash[1] < '0' || slash[1] > '9' || *end || r->prefix > bits))
		return false;
	for (unsigned i = r->prefix; i < bits; i++)
		if (r->address[i / 8] & 0x80 >> i % 8)
			return false;
	return true;
}

static bool name_parse(struct arena *arena, const char *text, struct egress_rule *r)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
	size_t n;

	r->below = strncmp(text, "*.", 2) == 0;
	char *name = arena_strdup(arena, r->below ? text + 2 : text);
	for (char *c = name; *c; c++)
		*c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 'a' - 'A') : *c;
	n = strlen(name);
	if (n > 0 && name[n - 1] == '.')
		name[--n] = '\0';
	const char *last = strrchr(name, '.');
	/* What ends in a number is an address or nothing. */
	if (n == 0 || n >= NAME_TEXT_MAX || name[0] == '.' || strstr(name, "..") || name[strspn(name, letters)] ||
	    !(last ? last + 1 : name)[strspn(last ? last + 1 : name, "0123456789")])
		return false;
	r->name = name;
	return true;
}

/* NAME, *.NAME, ADDRESS, CIDR, each with :PORT,…; IPv6 with ports has brackets. */
static bool rule_parse(struct arena *arena, const char *text, struct egress_rule *r)
{
	const char *colon = strrchr(text, ':');

	if (text[0] == '[') {
		const char *end = strchr(text, ']');

		if (!end || (end[1] && (end[1] != ':' || !ports_parse(end + 2, &r->ports))))
			return false;
		return network_parse(arena, arena_strndup(arena, text + 1, (size_t)(end - text - 1)), r) && r->family == AF_INET6;
	}
	if (colon && strchr(text, ':') != colon)
		return network_parse(arena, text, r);
	if (colon) {
		if (!ports_parse(colon + 1, &r->ports))
			return false;
		text = arena_strndup(arena, text, (size_t)(colon - text));
	}
	return network_parse(arena, text, r) || name_parse(arena, text, r);
}

static void rule_line(struct plan *plan, const struct setting *s, bool deny, struct err *err)
{
	struct egress_rule r = { .deny = deny, .from = s->from };

	if (!rule_parse(plan->arena, s->v.text, &r)) {
		err_add(err, s->from, "not a host: %s", s->v.text);
		err_remedy(err, "say NAME, *.NAME, ADDRESS or ADDRESS/BITS, each with :PORT,…; [2001:db8::1]:443 for IPv6");
		return;
	}
	if (r.name && deny && r.ports.n) {
		err_add(err, s->from, "%s: a name is denied with all its ports", s->v.text);
		err_remedy(err, "allow the name with the ports that are meant");
		return;
	}
	/* The host listens to it as well (net/egress.c). */
	if (!r.name && !deny && (r.family == AF_INET ? r.prefix >= 3 && r.address[0] >= 224 : r.prefix >= 8 && r.address[0] == 0xff)) {
		err_add(err, s->from, "%s: multicast and broadcast do not leave the sandbox", s->v.text);
		return;
	}
	vec_push(plan->arena, &plan->network.rules, r);
}

/*
 * Without an allow line everything else is open, by address as well: a name that is not looked up is no obstacle then.
 */
static void names_need_allow(struct plan *plan, struct err *err)
{
	vec_each (r, &plan->network.rules)
		if (r->name && r->deny && !plan->network.closed) {
			err_add(err, r->from, "%s: without an allow line every address is open, so a denied name holds nobody up", r->name);
			err_remedy(err, "deny its addresses, or list in allow what may be reached");
			return;
		}
}

void plan_egress(struct plan *plan, bool (*holds)(const struct plan *, const struct setting *, struct err *), struct err *err)
{
	vec_each (s, profile_list(plan->profile, KEY_network_allow))
		if (holds(plan, s, err)) {
			rule_line(plan, s, false, err);
			plan->network.closed = true;
		}
	vec_each (s, profile_list(plan->profile, KEY_network_deny))
		if (holds(plan, s, err))
			rule_line(plan, s, true, err);
	names_need_allow(plan, err);
	plan->network.filtered = plan->network.rules.n > 0;
}

const char *egress_text(struct arena *arena, const struct egress_rule *r)
{
	char address[INET6_ADDRSTRLEN];
	const char *text = r->name ? arena_printf(arena, "%s%s", r->below ? "*." : "", r->name) : NULL;
	bool brackets = r->family == AF_INET6 && r->ports.n;

	if (!text) {
		(void)inet_ntop(r->family, r->address, address, sizeof(address));
		text = arena_printf(arena, "%s%s", brackets ? "[" : "", address);
		if (r->prefix != (r->family == AF_INET ? 32U : 128U))
			text = arena_printf(arena, "%s/%u", text, r->prefix);
		if (brackets)
			text = arena_printf(arena, "%s]", text);
	}
	for (size_t i = 0; i < r->ports.n; i++)
		text = arena_printf(arena, "%s%c%u", text, i ? ',' : ':', r->ports.v[i]);
	return text;
}

/* ---- what they say ---- */

bool ports_has(const struct ports *p, uint16_t port)
{
	if (!p->n || !port)
		return true;
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i] == port)
			return true;
	return false;
}

static void ports_add(struct grant *g, const struct ports *more)
{
	bool all = g->allowed && !g->ports.n;

	g->allowed = true;
	if (all || !more->n) {
		g->ports.n = 0;
		return;
	}
	for (size_t i = 0; i < more->n; i++)
		if ((!g->ports.n || !ports_has(&g->ports, more->v[i])) && g->ports.n < EGRESS_PORTS_MAX)
			g->ports.v[g->ports.n++] = more->v[i];
}

static bool name_matches(const struct egress_rule *r, const char *name, size_t n)
{
	size_t own = r->name ? strlen(r->name) : 0;

	if (!r->name || n < own || strncasecmp(name + n - own, r->name, own) != 0)
		return false;
	return r->below ? n > own + 1 && name[n - own - 1] == '.' : n == own;
}

struct grant egress_name(const egress_rules *rules, const char *name)
{
	struct grant g = { 0 };
	size_t n = strlen(name);

	if (n > 0 && name[n - 1] == '.')
		n--;
	vec_each (r, rules) {
		if (!name_matches(r, name, n))
			continue;
		if (r->deny)
			return (struct grant){ .rule = r };
		ports_add(&g, &r->ports);
		g.rule = r;
	}
	return g;
}

static bool address_matches(const struct egress_rule *r, int family, const uint8_t *address)
{
	if (r->name || r->family != family || memcmp(r->address, address, r->prefix / 8) != 0)
		return false;
	unsigned rest = r->prefix % 8;
	return !rest || (r->address[r->prefix / 8] ^ address[r->prefix / 8]) >> (8 - rest) == 0;
}

struct grant egress_address(const egress_rules *rules, int family, const uint8_t *address)
{
	struct grant g = { 0 };

	vec_each (r, rules) {
		if (!address_matches(r, family, address))
			continue;
		if (r->deny && !r->ports.n)
			return (struct grant){ .rule = r };
		if (r->deny)
			continue;
		ports_add(&g, &r->ports);
		g.rule = r;
	}
	return g;
}

static bool private4(const uint8_t *a)
{
	static const struct {
		uint32_t net;
		unsigned bits;
	} nets[] = {
		{ 0x00000000, 8 },  { 0x0a000000, 8 },	{ 0x64400000, 10 }, { 0x7f000000, 8 }, { 0xa9fe0000, 16 }, { 0xac100000, 12 },
		{ 0xc0000000, 24 }, { 0xc0a80000, 16 }, { 0xc6120000, 15 }, { 0xe0000000, 3 },
	};
	uint32_t address = (uint32_t)a[0] << 24 | (uint32_t)a[1] << 16 | (uint32_t)a[2] << 8 | a[3];

	for (size_t i = 0; i < ARRAY_SIZE(nets); i++)
		if ((address ^ nets[i].net) >> (32 - nets[i].bits) == 0)
			return true;
	return false;
}

bool egress_is_private(int family, const uint8_t *a)
{
	static const uint8_t nat64[12] = { 0x00, 0x64, 0xff, 0x9b };

	if (family == AF_INET)
		return private4(a);
	if (memcmp(a, nat64, sizeof(nat64)) == 0)
		return private4(a + 12);
	if (a[0] == 0x20 && a[1] == 0x02) /* 6to4 */
		return private4(a + 2);
	/* Only 2000::/3 is public; Teredo (2001::/32) hides the IPv4 address that it leads to. */
	return (a[0] & 0xe0) != 0x20 || (a[0] == 0x20 && a[1] == 0x01 && a[2] == 0 && a[3] == 0);
}
