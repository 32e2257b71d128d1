/* SPDX-License-Identifier: MIT */
/* Questions about paths inside, asked of the finished mount list. */
#include "base/path.h"
#include "plan/plan.h"

enum { LINKS_MAX = 40 };

const struct proc_guarded proc_guarded[] = {
	{ "/proc/sys", false, false },
	{ "/proc/bus", false, false },
	{ "/proc/fs", false, false },
	{ "/proc/irq", false, false },
	{ "/proc/sysrq-trigger", false, false },
	{ "/proc/kcore", true, false },
	{ "/proc/keys", true, false },
	{ "/proc/timer_list", true, false },
	{ "/proc/sched_debug", true, false }, /* until 5.12; /sys/kernel/debug since */
	/*
	 * Files that only the host's uid 0 may open, and whose code asks for no capability: what a sandbox that root
	 * started would see or set of the whole machine.
	 */
	{ "/proc/kmsg", true, true },
	{ "/proc/kpagecount", true, true },
	{ "/proc/kpageflags", true, true },
	{ "/proc/kpagecgroup", true, true },
	{ "/proc/pagetypeinfo", true, true },
	{ "/proc/slabinfo", true, true },
	{ "/proc/vmallocinfo", true, true },
	{ "/proc/iomem", true, true },
	{ "/proc/ioports", true, true },
	{ "/proc/mtrr", false, true },
	{ "/proc/acpi", false, true },
	{ "/proc/scsi", false, true },
	{ "/proc/pressure", false, true },
	{ "/proc/driver", false, true },
	{ "/proc/dynamic_debug", false, true },
	{ "/proc/latency_stats", false, true },
};
const size_t n_proc_guarded = ARRAY_SIZE(proc_guarded);

const struct mount_entry *plan_entry_of(const struct plan *plan, const char *path)
{
	const struct mount_entry *best = plan->mounts;

	for (size_t i = 1; i < plan->n_mounts; i++)
		if (path_below(path, plan->mounts[i].target))
			best = &plan->mounts[i];
	return best;
}

const char *plan_follow(const struct plan *plan, struct arena *arena, const char *path)
{
	for (int links = 0; links < LINKS_MAX; links++) {
		const struct mount_entry *m = plan_entry_of(plan, path);

		if (m->kind != MOUNT_SYMLINK)
			return path;
		const char *base = m->source[0] == '/' ? "/" : path_parent(arena, m->target);
		path = path_normalize(arena, arena_printf(arena, "%s/%s/%s", base, m->source, path_below(path, m->target)));
	}
	return path;
}
