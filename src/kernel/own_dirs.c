/* SPDX-License-Identifier: MIT */
/* Sbox's own directories (private homes, kept directories, state): made before the launch, by the parent. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "kernel/kernel.h"

/* Each missing directory of @path, 0700: what is above a private home is as private as the home. */
static int directories_make(const char *path)
{
	char at[PATH_MAX];
	size_t n = strlen(path);
	int refused = -ENOENT;

	if (n >= sizeof(at))
		return -ENAMETOOLONG;
	memcpy(at, path, n + 1);
	for (char *p = at + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		/* An automounter may refuse what it would make by itself: the last one tells. */
		if (mkdir(at, 0700) < 0 && errno != EEXIST)
			refused = -errno;
		*p = '/';
	}
	if (mkdir(at, 0700) == 0 || errno == EEXIST)
		return 0;
	return errno == ENOENT ? refused : -errno;
}

int own_dirs_make(const struct plan *plan, struct launch *l)
{
	for (size_t i = 0; i < plan->own_dirs.n; i++) {
		const char *path = plan->own_dirs.v[i].path;

		l->item = i;
		if (mkdir(path, 0700) == 0 || errno == EEXIST)
			continue;
		int r = errno == ENOENT ? directories_make(path) : -errno;
		if (r < 0)
			return r;
	}
	return 0;
}
