/* SPDX-License-Identifier: MIT */
/* Files in the user's directories: looked at without following, put in one step. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>

#include "base/fd.h"
#include "base/path.h"
#include "desktop/record.h"
#include "kernel/sys.h"

/*
 * No name that any desktop looks at; what an interruption leaves is overwritten by the next.  The store's lock keeps
 * others off.
 */
static const char fresh[] = ".sbox-desktop-writes";

/* The user's own, and nobody else writes there. */
static int check_owner(int dir)
{
	struct stat st;

	if (fstat(dir, &st) < 0)
		return -errno;
	return st.st_uid == geteuid() && !(st.st_mode & S_IWOTH) ? 0 : -EPERM;
}

/* Directory @path, with what of it has to be made. */
static int dir_open(struct arena *arena, const char *path, bool make)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0 || errno != ENOENT || !make || streq(path, "/"))
		return fd < 0 ? -errno : fd;
	_cleanup_close_ int parent = dir_open(arena, path_parent(arena, path), make);
	if (parent < 0)
		return parent;
	if (mkdirat(parent, path_name(path), 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(parent, path_name(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int below_open(int *dir, const char *name, bool make)
{
	struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
	int next = sys_openat2(*dir, name, &how);

	if (next < 0 && errno == ENOENT && make) {
		if (mkdirat(*dir, name, 0700) < 0 && errno != EEXIST)
			return -errno;
		next = sys_openat2(*dir, name, &how);
	}
	if (next < 0)
		return -errno;
	fd_close(dir);
	*dir = next;
	return 0;
}

int place_open(struct arena *arena, const char *dir, const char *name, bool make, struct place *ret)
{
	_cleanup_close_ int fd = dir_open(arena, dir, make);
	int r = fd < 0 ? fd : check_owner(fd);

	*ret = (struct place){ .dir = -EBADF, .name = path_name(name) };
	while (r == 0 && strchr(name, '/')) {
		const char *step = arena_strndup(arena, name, strcspn(name, "/"));

		r = below_open(&fd, step, make);
		name += strlen(step) + 1;
	}
	if (r == 0 && (!*name || streq(name, ".") || streq(name, "..")))
		r = -EINVAL;
	if (r == 0)
		ret->dir = fd_take(&fd);
	return r;
}

void place_missing(struct arena *arena, const char *path, keyfile_names *ret)
{
	struct stat st;

	if (streq(path, "/") || lstat(path, &st) == 0 || errno != ENOENT)
		return;
	place_missing(arena, path_parent(arena, path), ret);
	vec_push(arena, ret, path);
}

void place_close(struct place *p)
{
	fd_close(&p->dir);
}

int file_read(struct arena *arena, int dir, const char *path, struct blob *ret)
{
	_cleanup_close_ int fd = openat(dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	char *text;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	int r = fd_read_all(fd, arena, KEYFILE_SIZE_MAX, &text, &ret->size);
	if (r == 0)
		ret->data = text;
	return r;
}

int place_look(struct arena *arena, const struct place *p, struct file_state *ret)
{
	char target[PATH_MAX];
	struct stat st;

	*ret = (struct file_state){ .type = FILE_NONE, .data = { "", 0 } };
	if (p->dir < 0)
		return 0;
	if (fstatat(p->dir, p->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	ret->mode = st.st_mode & 07777;
	ret->mtime = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
	if (S_ISLNK(st.st_mode)) {
		ssize_t n = readlinkat(p->dir, p->name, target, sizeof(target));

		if (n < 0)
			return -errno;
		ret->type = FILE_LINK;
		ret->data = (struct blob){ arena_strndup(arena, target, (size_t)n), (size_t)n };
		return 0;
	}
	ret->type = S_ISREG(st.st_mode) ? FILE_REGULAR : FILE_OTHER;
	return ret->type == FILE_REGULAR ? file_read(arena, p->dir, p->name, &ret->data) : 0;
}

static int write_fresh(const struct place *p, const struct file_state *want)
{
	const struct timespec times[2] = {
		{ .tv_nsec = UTIME_OMIT }, { .tv_sec = want->mtime / 1000000000, .tv_nsec = want->mtime % 1000000000 }
	};
	_cleanup_close_ int fd = openat(p->dir, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	int r = fd_write_all(fd, want->data.data, want->data.size);
	if (r == 0 && (fchmod(fd, want->mode) < 0 || (want->mtime && futimens(fd, times) < 0) || fsync(fd) < 0))
		r = -errno;
	return r;
}

void place_tidy(const struct place *p)
{
	(void)unlinkat(p->dir, fresh, 0);
}

int place_put(const struct place *p, const struct file_state *want)
{
	int r;

	if (want->type == FILE_OTHER)
		return -EINVAL;
	if (unlinkat(p->dir, fresh, 0) < 0 && errno != ENOENT)
		return -errno;
	if (want->type == FILE_NONE)
		return unlinkat(p->dir, p->name, 0) == 0 || errno == ENOENT ? 0 : -errno;
	if (want->type == FILE_LINK)
		r = symlinkat(want->data.data, p->dir, fresh) < 0 ? -errno : 0;
	else
		r = write_fresh(p, want);
	if (r == 0 && renameat(p->dir, fresh, p->dir, p->name) < 0)
		r = -errno;
	if (r < 0)
		(void)unlinkat(p->dir, fresh, 0);
	else
		(void)fsync(p->dir);
	return r;
}
