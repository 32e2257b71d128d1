/* SPDX-License-Identifier: MIT */
/* From values of [cgroup] to what the kernel's files take.  Internal to plan/. */
#ifndef SBOX_PLAN_CGROUP_VALUES_H
#define SBOX_PLAN_CGROUP_VALUES_H

#include "plan/plan.h"

/** cgroup_limits() - fill plan->cgroup.limits and .tasks; problems go to @err */
void cgroup_limits(struct plan *plan, struct host *host, struct err *err);
/** cgroup_slice_is_valid() - may @name be that of a slice, with or without its ending? */
bool cgroup_slice_is_valid(const char *name);

#endif
