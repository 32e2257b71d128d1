/* SPDX-License-Identifier: MIT */
/* A scope of the user's systemd.  Internal to kernel/. */
#ifndef SBOX_KERNEL_CGROUP_SCOPE_H
#define SBOX_KERNEL_CGROUP_SCOPE_H

#include "kernel/kernel.h"

/** scope_ask() - ask that this process be moved to a new scope that is delegated to it; what fails is for scope_await() to say */
void scope_ask(const struct plan *plan, struct launch *l);
/**
 * scope_await() - until it is there; asks first if nobody has
 * *ret_path: its directory, in the plan's arena; on failure *ret_why may say more than the error.
 * Return: 0 or -errno; -ECANCELED when a signal ended the waiting.
 */
int scope_await(const struct plan *plan, struct launch *l, const char **ret_path, const char **ret_why);
/** scope_forget() - the launch has failed: when this process ends, systemd no longer has it to move, and removes the scope */
void scope_forget(struct launch *l);

#endif
