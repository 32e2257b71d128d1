/* SPDX-License-Identifier: MIT */
/* Questions about paths inside, asked of the finished mount list. */
#include "base/path.h"
#include "plan/plan.h"

enum { LINKS_MAX = 40 };

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
