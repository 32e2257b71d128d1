/* SPDX-License-Identifier: MIT */
#include "plan/watched.h"

#include "base/macro.h"

static const struct watched rows[] = {
#define PATH(name, dir, at, use, flags)       { #name, WATCHED_PATH, USE_##use, dir, at, flags },
#define ADDRESS(name, use, at, size)          { #name, WATCHED_ADDRESS, USE_##use, -1, at, size },
#define TASK(name)                            { #name, WATCHED_TASK, USE_TASK, -1, -1, -1 },
#include "plan/watched.def"
};

const struct watched *watched_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (streq(rows[i].name, name))
			return &rows[i];
	return NULL;
}

const struct watched *watched_next(const struct watched *row)
{
	const struct watched *next = row + 1;

	return next < rows + ARRAY_SIZE(rows) && streq(next->name, row->name) ? next : NULL;
}
