/* SPDX-License-Identifier: MIT */
/* A scope of the user's systemd.  Internal to kernel/. */
#ifndef SBOX_KERNEL_CGROUP_SCOPE_H
#define SBOX_KERNEL_CGROUP_SCOPE_H

#include "kernel/kernel.h"

/**
 * scope_make() - have this process moved to a new scope that is delegated to it
 * *ret_path: its directory, in the plan's arena; on failure *ret_why may say more than the error.
 * Return: 0 or -errno; -ECANCELED when a signal ended the waiting.
 */
int scope_make(const struct plan *plan, struct launch *l, const char **ret_path, const char **ret_why);

#endif
