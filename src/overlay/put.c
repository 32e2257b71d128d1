/* SPDX-License-Identifier: MIT */
#include "overlay/put.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/overlay.h"
#include "kernel/sys.h"

enum { BLOCK = 64 << 10 };

/* What the host has at @name goes, in one step. */
int host_remove(int host, const char *name)
{
	if (unlinkat(host, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	int r = tree_remove(host, APPLY_TRASH);
	if (r < 0)
		return r;
	if (renameat(host, name, host, APPLY_TRASH) < 0)
		return errno == ENOENT ? 0 : -errno;
	return tree_remove(host, APPLY_TRASH);
}

/* Where nothing was, nothing is replaced: -ESTALE when something is there now.  Not every file system (NFS) can see to that. */
static int take_place(int from, const char *from_name, int host, const struct change *c, const char *name)
{
	if (!c->before.mode || S_ISDIR(c->before.mode)) {
		if (sys_renameat2(from, from_name, host, name, RENAME_NOREPLACE) == 0)
			return 0;
		if (errno != EINVAL)
			return errno == EEXIST ? -ESTALE : -errno;
	}
	return renameat(from, from_name, host, name) < 0 ? -errno : 0;
}

/* Return: 0 when @fd can be moved as it is; 1 when a copy has to be made; -errno. */
static int clean(const struct change *c, int fd)
{
	char names[4096];
	ssize_t size = flistxattr(fd, names, sizeof(names));

	/* A second name of it would be the host's file, too: the next program could write to it through the overlay. */
	if (c->after.nlink > 1)
		return 1;
	if (!(c->after.mode & 0400))
		return 1;
	/* set-id bits that the host's file had not are not taken over */
	if (c->after.mode & 06000 & ~c->before.mode)
		return 1;
	if (size < 0)
		return errno == ERANGE ? 1 : errno == EOPNOTSUPP ? 0 : -errno;
	for (const char *n = names; n < names + size; n += strlen(n) + 1) {
		if (skip_prefix(n, "security.capability"))
			return 1;
		if (skip_prefix(n, "user.overlay.") && fremovexattr(fd, n) < 0)
			return 1; /* read-only: changing its mode first would be seen after an interruption */
	}
	return 0;
}

static int copy_content(int from, int to)
{
	char *block = malloc(BLOCK);
	ssize_t n = block ? 1 : 0;
	int r = block ? 0 : -ENOMEM;

	while (r == 0 && n > 0) {
		n = read(from, block, BLOCK);
		r = n < 0 ? -errno : fd_write_all(to, block, (size_t)n);
	}
	free(block);
	return r;
}

/* Beside its place, complete and on the disk, before it takes it. */
static int copy_over(int upper, int host, const struct change *c, const char *name, int from)
{
	mode_t mode = c->after.mode & 07777 & ~(06000 & ~c->before.mode);
	struct stat st;

	if (fstat(from, &st) < 0)
		return -errno;
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, st.st_mtim };
	if (unlinkat(host, APPLY_FRESH, 0) < 0 && errno != ENOENT)
		return -errno;
	_cleanup_close_ int to = openat(host, APPLY_FRESH, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return -errno;
	int r = copy_content(from, to);
	if (r == 0)
		r = attributes_copy(from, to);
	if (r == 0 && (fchmod(to, mode) < 0 || futimens(to, times) < 0 || fsync(to) < 0))
		r = -errno;
	if (r == 0)
		r = take_place(host, APPLY_FRESH, host, c, name);
	if (r < 0)
		(void)unlinkat(host, APPLY_FRESH, 0);
	return r < 0 ? r : unlinkat(upper, name, 0) < 0 ? -errno : 0;
}

static int link_over(int upper, int host, const struct change *c, const char *name)
{
	char target[4097];
	ssize_t n = readlinkat(upper, name, target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	target[n] = '\0';
	if (unlinkat(host, APPLY_FRESH, 0) < 0 && errno != ENOENT)
		return -errno;
	if (symlinkat(target, host, APPLY_FRESH) < 0)
		return -errno;
	int r = take_place(host, APPLY_FRESH, host, c, name);
	if (r < 0)
		(void)unlinkat(host, APPLY_FRESH, 0);
	return r < 0 ? r : unlinkat(upper, name, 0) < 0 ? -errno : 0;
}

/*
 * One that its owner may not read is made readable for the moment in which it is opened: the copy that is made of it takes
 * longer, and whatever ends that must not leave another mode behind.
 */
static int file_open(int dir, const char *name, mode_t mode)
{
	int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, fd = openat(dir, name, flags);

	if (fd >= 0 || errno != EACCES)
		return fd < 0 ? -errno : fd;
	if (fchmodat(dir, name, (mode & 07777) | 0600, 0) < 0)
		return -EACCES;
	fd = openat(dir, name, flags);
	int r = fd < 0 ? -errno : 0;
	if ((fd >= 0 ? fchmod(fd, mode & 07777) : fchmodat(dir, name, mode & 07777, 0)) < 0 && r == 0)
		r = -errno;
	if (r < 0)
		fd_close(&fd);
	return r < 0 ? r : fd;
}

int put_file(int upper, int host, const struct change *c, const char *name)
{
	_cleanup_close_ int fd = -EBADF;
	int r = 0;

	if (S_ISDIR(c->before.mode))
		r = host_remove(host, name);
	if (r == 0 && S_ISREG(c->after.mode)) {
		fd = file_open(upper, name, c->after.mode);
		r = fd < 0 ? fd : clean(c, fd);
	}
	if (r < 0)
		return r;
	r = r == 0 ? take_place(upper, name, host, c, name) : -EXDEV;
	if (r != -EXDEV)
		return r;
	if (S_ISLNK(c->after.mode))
		return link_over(upper, host, c, name);
	return fd >= 0 ? copy_over(upper, host, c, name, fd) : -EXDEV;
}
