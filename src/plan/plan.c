/* SPDX-License-Identifier: MIT */
/* plan_build(): the parts, in order. */
#include "base/stamp.h"
#include "plan/plan.h"

#include <errno.h>
#include <sched.h>
#include <time.h>

#include "base/str.h"
#include "profile/profile.h"

/* ---- namespaces ---- */

static void clock_offsets(struct plan *plan)
{
	static const struct {
		enum key_id key;
		int clock;
		const char *name;
	} clocks[] = {
		{ KEY_namespaces_monotonic_offset, CLOCK_MONOTONIC, "monotonic" },
		{ KEY_namespaces_boottime_offset, CLOCK_BOOTTIME, "boottime" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		const struct setting *s = profile_get(plan->profile, clocks[i].key);

		/* Zero takes back what a parent says. */
		if (s && s->v.number)
			vec_push(plan->arena, &plan->offsets,
				 (struct plan_offset){ clocks[i].clock, clocks[i].name, s->v.number, s->from });
	}
}

/* What was said last holds, a mode or a namespace to join; one file that says both contradicts itself. */
static enum net_mode net_mode(const struct profile *p, struct err *err)
{
	const struct setting *mode = profile_get(p, KEY_network_mode), *join = profile_get(p, KEY_network_join);

	if (!join || mode->layer > join->layer)
		return (enum net_mode)mode->v.number;
	if (mode->layer == join->layer) {
		err_add(err, join->from, "%s: the mode is said as well, at %s", join->raw, origin_text(p->arena, mode->from));
		err_remedy(err, "leave one of the two out: a namespace that is joined is as it was prepared");
	}
	return NET_JOIN;
}

int plan_namespaces(struct plan *plan, struct host *host UNUSED, struct err *err)
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
	plan->net = net_mode(p, err);
	plan->loopback = plan->net == NET_NONE || plan->net == NET_USER;
	if (plan->loopback)
		plan->clone_flags |= CLONE_NEWNET;
	if (plan->clone_flags & CLONE_NEWUTS)
		plan->hostname = profile_get(p, KEY_namespaces_hostname)->v.text;
	clock_offsets(plan);
	plan->nested = (enum nested_mode)profile_number(p, KEY_namespaces_nested);
	plan->limit_userns = plan->nested == NESTED_DENY;
	return 0;
}

/* ---- everything ---- */

struct part {
	const char *name;
	int (*build)(struct plan *plan, struct host *host, struct err *err);
};

/* Each part runs even after another has failed, so that one run shows every problem. */
static void parts_build(const struct part *parts, size_t n, struct plan *plan, struct host *host, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		(void)parts[i].build(plan, host, err);
		stamp(parts[i].name);
	}
}

struct plan *plan_begin(struct arena *arena, const struct profile *profile, struct host *host, struct err *err)
{
	static const struct part parts[] = {
		{ "plan: ids", plan_ids },
		{ "plan: cgroup", plan_cgroup },
	};
	struct plan *plan = arena_alloc(arena, sizeof(*plan));

	plan->arena = arena;
	plan->profile = profile;
	plan->caller = host->caller;
	parts_build(parts, ARRAY_SIZE(parts), plan, host, err);
	return plan;
}

int plan_finish(struct plan *plan, struct host *host, char *const *argv, struct err *err)
{
	static const struct part parts[] = {
		{ "plan: namespaces", plan_namespaces },
		{ "plan: registry", plan_registry },
		{ "plan: network", plan_network },
		{ "plan: access", plan_access },
		{ "plan: hooks", plan_hooks },
		{ "plan: mounts", plan_mounts },
		{ "plan: landlock", plan_landlock },
		{ "plan: system calls", plan_syscalls },
		{ "plan: labels", plan_labels },
		{ "plan: limits", plan_limits },
		{ "plan: own filters", plan_own_filters },
		{ "plan: report", plan_report },
		{ "plan: environment", plan_env },
	};
	size_t before = err->errors;

	parts_build(parts, ARRAY_SIZE(parts), plan, host, err);
	(void)plan_process(plan, host, argv, err);
	return err->errors == before ? 0 : -EINVAL;
}

int plan_build(struct arena *arena, const struct profile *profile, struct host *host, char *const *argv, struct plan **ret,
	       struct err *err)
{
	size_t before = err->errors;
	struct plan *plan = plan_begin(arena, profile, host, err);

	(void)plan_finish(plan, host, argv, err);
	if (err->errors != before)
		return -EINVAL;
	*ret = plan;
	return 0;
}
