/* SPDX-License-Identifier: MIT */
/*
 * `allow` and `deny` of [network]: who may be reached.  Pure; plan_egress.c reads the lines, net/ holds them (the kernel
 * for addresses, the resolver for names), plan_ask_host.c answers from them.
 */
#ifndef SBOX_PLAN_EGRESS_H
#define SBOX_PLAN_EGRESS_H

#include <stdint.h>

#include "base/err.h"

enum { EGRESS_PORTS_MAX = 16, NAME_TEXT_MAX = 254 };

/** struct ports - which ports, TCP and UDP alike; n == 0: all */
struct ports {
	uint16_t v[EGRESS_PORTS_MAX];
	size_t n;
};

/** struct egress_rule - one item of a line */
struct egress_rule {
	bool deny;
	const char *name; /* small letters, no dot at the end; NULL: addresses */
	bool below;       /* "*.name": every name below @name, not itself */
	int family;       /* addresses: AF_INET or AF_INET6 */
	uint8_t address[16];
	unsigned prefix;  /* bits of @address that count */
	struct ports ports;
	struct origin from;
};

typedef VEC(struct egress_rule) egress_rules;

/** struct grant - what the rules say about one name or address */
struct grant {
	bool allowed;
	struct ports ports;             /* when allowed */
	const struct egress_rule *rule; /* that decided, or NULL: none names it */
};

/** egress_name() - may @name (any case, a dot at the end or not) be looked up, and which ports are open then? */
struct grant egress_name(const egress_rules *rules, const char *name);
/** egress_address() - what the lines say about an address itself, whatever name led to it */
struct grant egress_address(const egress_rules *rules, int family, const uint8_t *address);
/** egress_text() - a rule as it may be written; in @arena */
const char *egress_text(struct arena *arena, const struct egress_rule *rule);
/** ports_has() - is @port among them?  Port 0 stands for "any at all". */
bool ports_has(const struct ports *p, uint16_t port);
/**
 * egress_is_private() - is this no address of the public Internet?
 * Private, shared, loopback, link-local (metadata services), multicast, reserved, and what holds an IPv4 address that could be one.
 */
bool egress_is_private(int family, const uint8_t *address);

#endif
