/* SPDX-License-Identifier: MIT */
/* plan_build(): the parts, in order. */
#include "plan/plan.h"

#include <errno.h>
#include <sched.h>

#include "base/str.h"
#include "profile/profile.h"

/* ---- ids ---- */

int plan_ids(struct plan *plan, struct host *host, struct err *err UNUSED)
{
	const struct caller *c = host->caller;
	const struct setting *user = profile_get(plan->profile, KEY_ids_user);
	struct plan_ids *ids = &plan->ids;

	*ids = (struct plan_ids){ .outer_uid = c->uid, .outer_gid = c->gid, .inner_uid = c->uid, .inner_gid = c->gid,
				  .user_name = c->user, .group_name = c->group, .from = user->from };
	if (user->v.number == USER_ROOT) {
		ids->inner_uid = ids->inner_gid = 0;
		ids->user_name = ids->group_name = "root";
	} else if (user->v.number == USER_NUMBER && user->v.id != c->uid) {
		ids->inner_uid = ids->inner_gid = user->v.id;
		ids->user_name = ids->group_name = user->v.id ? arena_printf(plan->arena, "user%u", user->v.id) : "root";
	}
	return 0;
}

/* ---- namespaces ---- */

int plan_namespaces(struct plan *plan, struct host *host UNUSED, struct err *err UNUSED)
{
	static const struct {
		enum key_id key;
		uint64_t flag;
	} optional[] = {
		{ KEY_namespaces_ipc, CLONE_NEWIPC },
		{ KEY_namespaces_uts, CLONE_NEWUTS },
		{ KEY_namespaces_cgroup, CLONE_NEWCGROUP },
	};
	const struct profile *p = plan->profile;

	plan->clone_flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID;
	for (size_t i = 0; i < ARRAY_SIZE(optional); i++)
		if (profile_number(p, optional[i].key) == NS_PRIVATE)
			plan->clone_flags |= optional[i].flag;
	plan->net = (enum net_mode)profile_number(p, KEY_network_mode);
	if (plan->net != NET_HOST)
		plan->clone_flags |= CLONE_NEWNET;
	plan->loopback = plan->net != NET_HOST;
	if (plan->clone_flags & CLONE_NEWUTS)
		plan->hostname = profile_get(p, KEY_namespaces_hostname)->v.text;
	plan->nested = (enum nested_mode)profile_number(p, KEY_namespaces_nested);
	plan->limit_userns = plan->nested == NESTED_DENY;
	return 0;
}

/* ---- everything ---- */

int plan_build(struct arena *arena, const struct profile *profile, struct host *host, char *const *argv, struct plan **ret,
	       struct err *err)
{
	static int (*const parts[])(struct plan *, struct host *, struct err *) = {
		plan_ids, plan_namespaces, plan_access, plan_mounts, plan_landlock, plan_syscalls, plan_own_filters, plan_labels, plan_limits, plan_env,
	};
	struct plan *plan = arena_alloc(arena, sizeof(*plan));
	size_t before = err->errors;

	plan->arena = arena;
	plan->profile = profile;
	plan->caller = host->caller;
	/* Each part runs even after another has failed, so that one run shows every problem. */
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		(void)parts[i](plan, host, err);
	(void)plan_process(plan, host, argv, err);
	if (err->errors != before)
		return -EINVAL;
	*ret = plan;
	return 0;
}
