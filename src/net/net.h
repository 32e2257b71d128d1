/* SPDX-License-Identifier: MIT */
/*
 * A network namespace that somebody prepared (prepared.c); and mode = user: the sandbox's network namespace, connected by pasta.
 *
 *   child: sockets of the namespace ──hand-shake──► supervisor: pasta starts; the host's own addresses are shut
 *
 * The supervisor keeps a netlink socket of the sandbox's namespace.  The kernel asks whoever made it and whoever writes
 * to it for the right over that namespace: both have it, the program inside has not.
 */
#ifndef SBOX_NET_NET_H
#define SBOX_NET_NET_H

#include <linux/sched.h>

#include "kernel/kernel.h"

/* ---- prepared.c: join ---- */
step_fn prepared_open;    /* parent: l->prepared_net and where it is entered from; refused when the caller may not */
/**
 * prepared_clone() - clone3(2) with @args, of a child that is in the prepared network namespace
 * Return: as clone3(2); when entering failed it was said in l->err.
 */
pid_t prepared_clone(const struct plan *plan, struct launch *l, struct clone_args *args);

/* ---- ports.c ---- */
step_fn net_check;        /* parent: /dev/net/tun can be opened, each port of `publish` is free */

/* ---- sockets.c ---- */
step_fn net_sockets_open; /* child: l->net_socks, made in its network namespace */

/* ---- pasta.c ---- */
step_fn pasta_start;      /* supervisor, while the child waits */
step_fn net_end;          /* supervisor, in PHASE_END: pasta and the resolver */

/* ---- pasta_guard.c ---- */
enum { PASTA_FD_HIGH = 10 }; /* descriptors from here on are nobody's target */
/**
 * pasta_guard() - a process that ends this one (pasta, before its execve) when @supervisor is gone or wants it
 * @namespaces: the sandbox's first user namespace and its network namespace, from PASTA_FD_HIGH.  Return: 0 or -errno.
 */
int pasta_guard(pid_t supervisor, const int namespaces[2]);

/* ---- egress.c, names.c: with allow or deny lines ---- */
step_fn egress_rules_load; /* supervisor, while the child waits */
step_fn names_start;       /* supervisor: the resolver */
/** names_explain() - the program failed: which names it asked for in vain, and the option that allows them */
void names_explain(const struct plan *plan, const struct launch *l, struct err *err);

/* ---- own_addresses.c ---- */
step_fn own_addresses_shut; /* supervisor, after pasta: no address of the host itself is reached from inside */
/**
 * own_addresses_changed() - l->address_fd is readable: the host has other addresses now.  In the supervisor's loop.
 * Return: 0; -errno: one of them may be open to the program, which must not go on
 */
int own_addresses_changed(struct launch *l);
/** own_addresses_each() - @fn for each address of the host's interfaces; @fd: NETLINK_ROUTE of the host.  0 or -errno */
int own_addresses_each(int fd, int (*fn)(int family, const uint8_t *address, unsigned interface, void *data), void *data);

#endif
