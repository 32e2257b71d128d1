/* SPDX-License-Identifier: MIT */
/* Parts of the real machine that have a file of their own.  Internal to kernel/. */
#ifndef SBOX_KERNEL_HOST_PARTS_H
#define SBOX_KERNEL_HOST_PARTS_H

#include "plan/host.h"

/** cgroup_own() - this process's cgroup below the version 2 mount, "/user.slice/…"; NULL: none that can be named */
const char *cgroup_own(struct arena *arena);
/** cgroup_of() - that of process @pid */
const char *cgroup_of(struct arena *arena, pid_t pid);
/** cgroup_own_is() - is the last name in that @name? */
bool cgroup_own_is(const char *name);
/** cgroup_look() - the answer to host->cgroups() */
struct cgroup_place *cgroup_look(struct arena *arena);

#endif
