/* SPDX-License-Identifier: MIT */
/* Calls of the user's systemd over its own socket, without a D-Bus library and without a bus.  Internal to kernel/. */
#ifndef SBOX_KERNEL_CGROUP_BUS_H
#define SBOX_KERNEL_CGROUP_BUS_H

#include "plan/plan.h"

/**
 * bus_scope_start() - have this process moved to a new scope @unit, delegated with the plan's controllers, in its slice
 * Return: 0; -ENOENT, -ECONNREFUSED when that socket does not serve; -ETIMEDOUT; -ECANCELED when a signal that ends a
 * process has come; -EIO when systemd refused, with its words in *ret_why (the plan's arena); -errno.
 */
int bus_scope_start(const struct plan *plan, const char *unit, const char **ret_why);
/** bus_scope_stop() - end the empty scope @unit.  Return: as above. */
int bus_scope_stop(const struct plan *plan, const char *unit, const char **ret_why);

#endif
