/* SPDX-License-Identifier: MIT */
/* Where the caller is among the cgroups, and which of them the caller may divide: plan/host.h's cgroups(). */
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "kernel/cgroup_files.h"
#include "kernel/host_parts.h"

enum { FILE_MAX_SIZE = 65536, FILE_SIZE = 4096, LEVELS_MAX = 32 };

/* Where systemd and others mount it; beside version 1 hierarchies at the second. */
static const char *const mounts[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };

static const char *mount_find(void)
{
	struct statfs fs;

	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++)
		if (statfs(mounts[i], &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC)
			return mounts[i];
	return NULL;
}

/* "4:memory:/PATH": a hierarchy of version 1, which memory is counted in? */
static bool is_version_1(const char *line)
{
	const char *list = strchr(line, ':');

	return list && (skip_prefix(list, ":memory:") || skip_prefix(list, ":pids:"));
}

/* @path: a file "cgroup" of /proc */
static const char *own_look(struct arena *arena, const char *path, bool *ret_version_1)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	const char *own = NULL;
	char *text;

	*ret_version_1 = false;
	if (fd < 0 || fd_read_all(fd, arena, FILE_MAX_SIZE, &text, NULL) < 0)
		return NULL;
	for (char *line; (line = strsep(&text, "\n"));) {
		const char *below = skip_prefix(line, "0::");

		/* "/.." begins what lies outside of the caller's cgroup namespace */
		if (below && below[0] == '/' && !skip_prefix(below, "/.."))
			own = below;
		*ret_version_1 |= is_version_1(line);
	}
	return own;
}

const char *cgroup_own(struct arena *arena)
{
	bool version_1;

	return own_look(arena, "/proc/self/cgroup", &version_1);
}

const char *cgroup_of(struct arena *arena, pid_t pid)
{
	bool version_1;

	return own_look(arena, arena_printf(arena, "/proc/%d/cgroup", (int)pid), &version_1);
}

bool cgroup_own_is(const char *name)
{
	_cleanup_close_ int fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
	char text[FILE_SIZE], *rest = text;
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	text[n < 0 ? 0 : n] = '\0';
	for (char *line; (line = strsep(&rest, "\n"));) {
		const char *path = skip_prefix(line, "0::");

		if (path)
			return streq(path_name(path), name);
	}
	return false;
}

/* Is this process in it, and no other? */
static bool alone_in(int dir, bool *ret_in_it)
{
	char text[256], *at = text;

	*ret_in_it = false;
	if (cgroup_file_read(dir, "cgroup.procs", text, sizeof(text)) < 0)
		return false;
	bool alone = strtol(at, &at, 10) == getpid() && streq(at, "\n");
	*ret_in_it = text[0] != '\0';
	return alone;
}

static bool level_look(struct arena *arena, const char *path, bool own, struct cgroup_level *ret)
{
	char controllers[512], enabled[512], mark[2];
	bool in_it = true;
	_cleanup_close_ int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	/* Root's capabilities do not count: the supervisor, which cleans up, has none.  (The topmost group is mode 0555.) */
	if (dir < 0 || fstat(dir, &st) < 0 || (geteuid() == 0 && (st.st_uid != 0 || !(st.st_mode & S_IWUSR))))
		return false;
	if (faccessat(dir, ".", W_OK, AT_EACCESS) < 0 || faccessat(dir, "cgroup.procs", W_OK, AT_EACCESS) < 0)
		return false;
	if (cgroup_file_read(dir, "cgroup.controllers", controllers, sizeof(controllers)) < 0 ||
	    cgroup_file_read(dir, "cgroup.subtree_control", enabled, sizeof(enabled)) < 0)
		return false;
	*ret = (struct cgroup_level){ .path = path, .controllers = arena_strdup(arena, controllers),
				      .enabled = arena_strdup(arena, enabled), .alone = own && alone_in(dir, &in_it),
				      .delegated = fgetxattr(dir, "user.delegate", mark, sizeof(mark)) == 1 && mark[0] == '1' };
	/* A mount that shows another part of the tree than /proc speaks of. */
	return in_it;
}

struct cgroup_place *cgroup_look(struct arena *arena)
{
	struct cgroup_place *place = arena_alloc(arena, sizeof(*place));
	const char *own = own_look(arena, "/proc/self/cgroup", &place->version_1);

	place->mount = mount_find();
	if (!place->mount)
		own = NULL;
	for (size_t n = 0; own && n < LEVELS_MAX; n++) {
		struct cgroup_level level;

		if (!level_look(arena, streq(own, "/") ? place->mount : arena_printf(arena, "%s%s", place->mount, own), n == 0, &level))
			break;
		vec_push(arena, &place->levels, level);
		own = streq(own, "/") ? NULL : path_parent(arena, own);
	}
	return place;
}
