/* SPDX-License-Identifier: MIT */
/* rlimits, and what else bounds the program. */
#include "plan/plan.h"
#include "profile/profile.h"

static const struct {
	enum key_id key;
	int resource;
} limits[] = {
	{ KEY_rlimits_as, RLIMIT_AS },
	{ KEY_rlimits_core, RLIMIT_CORE },
	{ KEY_rlimits_cpu, RLIMIT_CPU },
	{ KEY_rlimits_data, RLIMIT_DATA },
	{ KEY_rlimits_fsize, RLIMIT_FSIZE },
	{ KEY_rlimits_locks, RLIMIT_LOCKS },
	{ KEY_rlimits_memlock, RLIMIT_MEMLOCK },
	{ KEY_rlimits_msgqueue, RLIMIT_MSGQUEUE },
	{ KEY_rlimits_nice, RLIMIT_NICE },
	{ KEY_rlimits_nofile, RLIMIT_NOFILE },
	{ KEY_rlimits_nproc, RLIMIT_NPROC },
	{ KEY_rlimits_rss, RLIMIT_RSS },
	{ KEY_rlimits_rtprio, RLIMIT_RTPRIO },
	{ KEY_rlimits_rttime, RLIMIT_RTTIME },
	{ KEY_rlimits_sigpending, RLIMIT_SIGPENDING },
	{ KEY_rlimits_stack, RLIMIT_STACK },
};

static int64_t number_if_set(const struct plan *plan, enum key_id key, bool *ret_set)
{
	const struct setting *s = profile_get(plan->profile, key);

	*ret_set = s != NULL;
	return s ? s->v.number : 0;
}

int plan_limits(struct plan *plan, struct host *host UNUSED, struct err *err UNUSED)
{
	bool set;

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		const struct setting *s = profile_get(plan->profile, limits[i].key);

		if (s)
			vec_push(plan->arena, &plan->rlimits,
				 (struct plan_rlimit){ .resource = limits[i].resource, .name = keys[limits[i].key].name,
						       .value = s->v.rlimit, .from = s->from });
	}
	plan->timeout_ns = number_if_set(plan, KEY_process_timeout, &set);
	plan->nice = (int)number_if_set(plan, KEY_process_nice, &plan->set_nice);
	plan->oom_score_adj = (int)number_if_set(plan, KEY_process_oom_score_adj, &plan->set_oom_score_adj);
	plan->umask = (mode_t)number_if_set(plan, KEY_process_umask, &plan->set_umask);
	return 0;
}
