/* SPDX-License-Identifier: MIT */
/* What a sandbox used, and which limit it met: from the kernel's counters to sentences. */
#include <stdlib.h>

#include "launch/launch.h"

const char *size_human(struct arena *arena, int64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double n = (double)bytes / 1024;
	size_t u = 0;

	for (; n >= 1024 && u + 1 < ARRAY_SIZE(units); u++)
		n /= 1024;
	/* "64 MiB", "1.5 GiB" */
	bool whole = n >= 100 || (double)(int64_t)n == n;
	return arena_printf(arena, whole ? "%.0f %s" : "%.1f %s", n, units[u]);
}

/* The limit of file @name, if it holds; NULL: there is none. */
static const struct cgroup_limit *held(const struct plan *plan, const struct launch *l, const char *name)
{
	for (size_t i = 0; i < plan->cgroup.limits.n; i++)
		if (!l->cgroup.missed[i] && streq(plan->cgroup.limits.v[i].file, name))
			return &plan->cgroup.limits.v[i];
	return NULL;
}

static const char *line_of(struct arena *arena, struct origin from)
{
	return origin_text(arena, (struct origin){ from.file, from.line, NULL });
}

static void out_of_memory(const struct plan *plan, const struct launch *l, struct err *err)
{
	const struct cgroup_limit *max = held(plan, l, "memory.max");
	const struct cgroup_stats *s = &l->cgroup.stats;
	const char *peak = s->memory_peak >= 0 ? arena_printf(err->arena, "peak %s", size_human(err->arena, s->memory_peak)) : "";

	if (max && s->oom > 0) {
		err_add(err, NO_ORIGIN, "out of memory: %s%smemory-max %s (%s)", peak, *peak ? " of " : "",
			size_human(err->arena, strtoll(max->value, NULL, 10)), line_of(err->arena, max->from));
		return;
	}
	err_add(err, NO_ORIGIN, "out of memory: %s%s%s", peak, *peak ? ", and " : "",
		plan->cgroup.slice ? arena_printf(err->arena, "the limit of %s, or the machine's memory, was reached", plan->cgroup.slice) :
				     "the memory of the machine, or of the group around the sandbox, was used up");
}

void limits_explain(const struct plan *plan, const struct launch *l, struct err *err)
{
	const struct cgroup_limit *tasks = held(plan, l, "pids.max");
	const struct cgroup_stats *s = &l->cgroup.stats;

	if (!l->cgroup.has_stats)
		return;
	if (s->oom_kills > 0)
		out_of_memory(plan, l, err);
	if (tasks && s->tasks_refused > 0)
		err_warn(err, tasks->from, "the limit of %s tasks was reached: %lld more %s refused", tasks->value,
			 (long long)s->tasks_refused, s->tasks_refused == 1 ? "was" : "were");
}

void usage_fill(const struct plan *plan, const struct launch *l, struct launch_usage *ret)
{
	const struct cgroup_stats *s = &l->cgroup.stats;
	const struct rusage *r = &l->rusage;
	const int64_t second = 1000000000;

	ret->cpu_ns = (int64_t)(r->ru_utime.tv_sec + r->ru_stime.tv_sec) * second +
		      (int64_t)(r->ru_utime.tv_usec + r->ru_stime.tv_usec) * 1000;
	ret->largest_process = (int64_t)r->ru_maxrss * 1024;
	ret->memory_peak = ret->tasks_peak = -1;
	if (l->cgroup.has_stats) {
		ret->memory_peak = s->memory_peak;
		ret->tasks_peak = s->tasks_peak;
		if (s->cpu_ns >= 0)
			ret->cpu_ns = s->cpu_ns;
	}
	for (size_t i = 0; i < plan->cgroup.limits.n; i++)
		if (l->cgroup.missed[i] && !plan->cgroup.limits.v[i].user)
			cgroup_missed(plan, i, l->cgroup.missed[i], false, &ret->notes);
}
