/* SPDX-License-Identifier: MIT */
/* A resource limit that a program has met. */
#include "plan/ask.h"

void plan_ask_limit(const struct plan_rlimit *limit, rlim_t most, struct arena *arena, struct verdict *ret)
{
	rlim_t more = limit->value.rlim_cur <= RLIM_INFINITY / 4 ? limit->value.rlim_cur * 2 : RLIM_INFINITY;

	*ret = (struct verdict){ .kind = VERDICT_DENIED, .from = limit->from };
	ret->text = arena_printf(arena, "the limit %s = %llu is reached", limit->name, (unsigned long long)limit->value.rlim_cur);
	if (more > most)
		more = most;
	for (size_t key = 0; key < KEY_COUNT && more > limit->value.rlim_cur; key++)
		if (streq(keys[key].section, "rlimits") && streq(keys[key].name, limit->name))
			ask_change(arena, ret, (enum key_id)key, arena_printf(arena, "%llu", (unsigned long long)more), NULL);
	if (!ret->change)
		ret->why_not = "the caller's own hard limit is no higher";
}
