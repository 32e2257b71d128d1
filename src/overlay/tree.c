/* SPDX-License-Identifier: MIT */
/* Trees that a sandboxed program made: open without following, list, remove. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "kernel/sys.h"
#include "overlay/overlay.h"

/* Return: the number of the mount that @name is in; it is not automounted; -errno. */
static int mount_of(int dir, const char *name, uint64_t *ret)
{
	struct statx st;

	if (sys_statx(dir, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_MNT_ID, &st) < 0)
		return -errno;
	*ret = st.stx_mnt_id;
	return 0;
}

/* One component after the other, since openat2(2), whose flags no filter can see, is not the supervisor's.  No name is "..". */
int tree_open(int top, const char *path)
{
	_cleanup_close_ int fd = openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uint64_t first = 0, mount = 0;
	int r = fd < 0 ? -errno : mount_of(fd, ".", &first);

	for (size_t n; r == 0 && *path; path += n + (path[n] == '/')) {
		char name[NAME_MAX + 1];

		n = strcspn(path, "/");
		if (n >= sizeof(name) || !n || (n == 2 && memcmp(path, "..", 2) == 0))
			return n >= sizeof(name) ? -ENAMETOOLONG : -EINVAL;
		memcpy(name, path, n);
		name[n] = '\0';
		r = mount_of(fd, name, &mount);
		if (r < 0 || mount != first)
			return r < 0 ? r : -EXDEV;
		int below = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		r = below < 0 ? -errno : 0;
		if (r == 0) {
			fd_close(&fd);
			fd = below;
		}
	}
	return r < 0 ? r : fd_take(&fd);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A directory stream of its own, so that @dir stays open and at its beginning. */
static DIR *stream(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d)
		fd_close(&fd);
	return d;
}

static const char *next_name(DIR *d)
{
	const struct dirent *e;

	while ((e = readdir(d)))
		if (!streq(e->d_name, ".") && !streq(e->d_name, ".."))
			return e->d_name;
	return NULL;
}

int tree_names(int dir, struct arena *arena, size_t max, entry_names *ret)
{
	DIR *d = stream(dir);
	const char *name;

	if (!d)
		return -errno;
	while (ret->n <= max && (name = next_name(d)))
		vec_push(arena, ret, arena_strdup(arena, name));
	(void)closedir(d);
	if (ret->n > max)
		return -EOVERFLOW;
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_name);
	return 0;
}

/* ---- removing ---- */

/* fchmod() takes no O_PATH, and fchmodat() follows links: another sandbox may be at a tree on the host. */
static int mode_add(int object)
{
	char path[32];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", object);
	if (fstat(object, &st) < 0)
		return -errno;
	return (st.st_mode & 0700) == 0700 || chmod(path, 0700) == 0 ? 0 : -errno;
}

/* A directory that its owner may not read or write (work/work is such a one). */
static int open_forced(int dir, const char *name)
{
	_cleanup_close_ int object = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r = object < 0 ? -errno : mode_add(object);
	int fd = r < 0 ? r : openat(object, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 && r == 0 ? -errno : fd;
}

/* Move directory @name of @dir to @top under a name that is free there. */
static int lift(int dir, const char *name, int top, unsigned *counter)
{
	char to[32];

	for (;;) {
		(void)snprintf(to, sizeof(to), "sbox-%u", (*counter)++);
		if (sys_renameat2(dir, name, top, to, RENAME_NOREPLACE) == 0)
			return 0;
		if (errno != EEXIST)
			return -errno;
	}
}

/*
 * What is in directory @name of @top goes, except directories with something in them: those move to @top.  So no tree is too
 * deep, for the stack or for a path.
 */
static int empty_one(int top, const char *name, unsigned *counter)
{
	_cleanup_close_ int dir = open_forced(top, name);
	DIR *d = dir < 0 ? NULL : stream(dir);
	const char *entry;
	int r = 0;

	if (!d)
		return dir < 0 ? dir : -errno;
	while (r == 0 && (entry = next_name(d))) {
		if (unlinkat(dir, entry, 0) == 0 || unlinkat(dir, entry, AT_REMOVEDIR) == 0)
			continue;
		r = errno == ENOTEMPTY || errno == EEXIST ? 0 : -errno;
		if (r == 0) {
			/* its ".." changes with the move, so it must be writable */
			_cleanup_close_ int fd = open_forced(dir, entry);

			r = fd < 0 ? fd : lift(dir, entry, top, counter);
		}
	}
	(void)closedir(d);
	return r < 0 ? r : unlinkat(top, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

int tree_remove(int dir, const char *name)
{
	unsigned counter = 0;
	bool again = true;
	int r = 0;

	if (unlinkat(dir, name, 0) == 0)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return errno == ENOENT ? 0 : -errno;
	_cleanup_close_ int top = open_forced(dir, name);
	if (top < 0)
		return top == -ENOENT ? 0 : top;
	while (r == 0 && again) {
		DIR *d = stream(top);
		const char *entry;

		if (!d)
			return -errno;
		again = false;
		while (r == 0 && (entry = next_name(d))) {
			again = true;
			if (unlinkat(top, entry, 0) < 0)
				r = errno == ENOENT ? 0 : empty_one(top, entry, &counter);
		}
		(void)closedir(d);
	}
	return r < 0 ? r : unlinkat(dir, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}
