/* SPDX-License-Identifier: MIT */
/* Calls of the user's systemd over its own socket, without a D-Bus library and without a bus.  Internal to kernel/. */
#ifndef SBOX_KERNEL_CGROUP_BUS_H
#define SBOX_KERNEL_CGROUP_BUS_H

#include "plan/plan.h"

/** struct bus_talk - a call that was sent, in the plan's arena; holds the connection until it is awaited */
struct bus_talk;

/**
 * bus_scope_ask() - ask that this process be moved to a new scope @unit, delegated with the plan's controllers, in its slice
 * Return: 0 and *ret; -ENOENT, -ECONNREFUSED when that socket does not serve; -ETIMEDOUT; -errno.
 */
int bus_scope_ask(const struct plan *plan, const char *unit, struct bus_talk **ret);
/** bus_peer() - the pid of that systemd; 0: in none of this process's pid namespaces */
pid_t bus_peer(const struct bus_talk *talk);
/**
 * bus_scope_await() - until it is in that scope; the end of @talk
 * Return: 0; -ETIMEDOUT after @patience_ms; -ECANCELED when a signal that ends a process has come, and is blocked; -EIO when
 * systemd refused, with its words in *ret_why (the plan's arena); -errno.
 */
int bus_scope_await(struct bus_talk *talk, int patience_ms, const char **ret_why);
/** bus_scope_stop() - end the empty scope @unit.  Return: as of both. */
int bus_scope_stop(const struct plan *plan, const char *unit, const char **ret_why);

#endif
