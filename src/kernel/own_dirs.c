/* SPDX-License-Identifier: MIT */
/* Sbox's own directories (private homes, kept directories, state): made before the launch, by the parent. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "kernel/kernel.h"
#include "kernel/sys.h"

/* The plan found no link on the way to it: one that is there now is a program's, and is not followed. */
static int directory_open(int dir, const char *path)
{
	struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
	int fd = sys_openat2(dir, path, &how);

	return fd < 0 ? -errno : fd;
}

/* Each missing directory of @path, 0700: what is above a private home is as private as the home. */
static int directories_make(const char *path)
{
	_cleanup_close_ int dir = directory_open(AT_FDCWD, "/");
	char name[NAME_MAX + 1];

	for (path += strspn(path, "/"); dir >= 0 && *path; path += strspn(path, "/")) {
		size_t n = strcspn(path, "/");

		if (n >= sizeof(name))
			return -ENAMETOOLONG;
		memcpy(name, path, n);
		name[n] = '\0';
		path += n;

		int next = directory_open(dir, name);
		if (next == -ENOENT) {
			if (mkdirat(dir, name, 0700) < 0 && errno != EEXIST)
				return -errno;
			next = directory_open(dir, name);
		}
		fd_close(&dir);
		dir = next;
	}
	return dir < 0 ? dir : 0;
}

int own_dirs_make(const struct plan *plan, struct launch *l)
{
	for (size_t i = 0; i < plan->own_dirs.n; i++) {
		_cleanup_close_ int fd = directory_open(AT_FDCWD, plan->own_dirs.v[i].path);

		l->item = i;
		int r = fd == -ENOENT ? directories_make(plan->own_dirs.v[i].path) : fd;
		if (r < 0)
			return r;
	}
	return 0;
}
