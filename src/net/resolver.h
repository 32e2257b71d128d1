/* SPDX-License-Identifier: MIT */
/* The resolver's loop, without the process around it: net/names.c starts that. */
#ifndef SBOX_NET_RESOLVER_H
#define SBOX_NET_RESOLVER_H

#include "plan/plan.h"
#include "plan/seen.h"

/** struct resolver_io - what the resolver works with; it owns none of them */
struct resolver_io {
	int udp, tcp; /* sockets of the sandbox's namespace, at 127.0.0.1:53 */
	int nft;      /* netlink of the same */
	struct names_seen *seen; /* for the report, or NULL */
};

struct resolver;

/** resolver_new() - all the memory that it will need, in @arena */
struct resolver *resolver_new(struct arena *arena, const struct plan *plan, const struct resolver_io *io);
/** resolver_run() - serve until the process is ended; allocates nothing.  Return: -errno when it cannot go on. */
int resolver_run(struct resolver *r);

#endif
