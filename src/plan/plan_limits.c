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

static const char *limit_text(struct arena *arena, rlim_t value)
{
	return value == RLIM_INFINITY ? "unlimited" : arena_printf(arena, "%llu", (unsigned long long)value);
}

/* Above the hard limit that sbox was started with nobody gets; what the user asked for himself does not fall short in silence. */
static void say_lowered(struct plan *plan, struct host *host, const struct setting *s, int resource, struct err *err)
{
	int64_t hard = s->user ? host->probe(host, PROBE_RLIMIT, resource) : -1;
	rlim_t asked = s->v.rlimit.rlim_cur > s->v.rlimit.rlim_max ? s->v.rlimit.rlim_cur : s->v.rlimit.rlim_max;

	if (hard < 0 || asked <= (rlim_t)hard)
		return;
	err_warn(err, s->from, "%s cannot be had: the hard limit that sbox was started with is %lld, and holds instead",
		 limit_text(plan->arena, asked), (long long)hard);
	err_remedy(err, "ask for that, or raise it first: limits.conf(5), or the service that sbox is started from");
}

int plan_limits(struct plan *plan, struct host *host, struct err *err)
{
	bool set;

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		const struct setting *s = profile_get(plan->profile, limits[i].key);

		if (!s)
			continue;
		vec_push(plan->arena, &plan->rlimits,
			 (struct plan_rlimit){ .resource = limits[i].resource, .name = keys[limits[i].key].name,
					       .value = s->v.rlimit, .from = s->from });
		say_lowered(plan, host, s, limits[i].resource, err);
	}
	plan_cgroup_tasks(plan);
	plan->timeout_ns = number_if_set(plan, KEY_process_timeout, &set);
	plan->nice = (int)number_if_set(plan, KEY_process_nice, &plan->set_nice);
	plan->oom_score_adj = (int)number_if_set(plan, KEY_process_oom_score_adj, &plan->set_oom_score_adj);
	plan->umask = (mode_t)number_if_set(plan, KEY_process_umask, &plan->set_umask);
	return 0;
}
