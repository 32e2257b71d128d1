/* SPDX-License-Identifier: MIT */
/* Whose files lie below a directory: those of ids that do not exist inside cannot be copied up, nor changed. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "kernel/kernel.h"

/* A look for a warning, on the way to a launch: it takes a few milliseconds at most. */
enum { NAMES_MAX = 4096, DEPTH_MAX = 32 };

static bool exists_inside(const struct plan_idmap *map, bool mapped, uint32_t id, uint32_t self)
{
	for (size_t i = 0; mapped && i < map->n; i++)
		if (id - map->extents[i].outside < map->extents[i].count)
			return true;
	return !mapped && id == self;
}

/** struct owners - a walk that looks for somebody else's files */
struct owners {
	struct arena *arena;
	const struct plan_ids *ids;
	size_t left; /* names that may still be looked at */
};

/* Below @dir (taken), which is @path. */
static const char *foreign_in(struct owners *o, int dir, const char *path, int depth)
{
	DIR *d = fdopendir(dir);
	const struct dirent *e;
	const char *found = NULL;
	struct stat st;

	if (!d) {
		fd_close(&dir);
		return NULL;
	}
	while (!found && o->left && (e = readdir(d))) {
		if (streq(e->d_name, ".") || streq(e->d_name, "..") || fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		o->left--;
		if (!exists_inside(&o->ids->uids, o->ids->mapped, st.st_uid, o->ids->outer_uid) ||
		    !exists_inside(&o->ids->gids, o->ids->mapped, st.st_gid, o->ids->outer_gid)) {
			found = arena_printf(o->arena, "%s/%s", path, e->d_name);
		} else if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX) {
			int below = openat(dirfd(d), e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

			if (below >= 0)
				found = foreign_in(o, below, arena_printf(o->arena, "%s/%s", path, e->d_name), depth + 1);
		}
	}
	(void)closedir(d);
	return found;
}

const char *owners_foreign(struct arena *arena, const char *dir, const struct plan_ids *ids)
{
	struct owners o = { .arena = arena, .ids = ids, .left = NAMES_MAX };
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? NULL : foreign_in(&o, fd, dir, 0);
}
