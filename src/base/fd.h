/* SPDX-License-Identifier: MIT */
/* File descriptors with one visible owner each. */
#ifndef SBOX_BASE_FD_H
#define SBOX_BASE_FD_H

#include <errno.h>
#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/arena.h"

static inline void fd_close(int *fd)
{
	if (*fd >= 0) {
		int saved = errno;

		(void)close(*fd);
		errno = saved;
		*fd = -EBADF;
	}
}
#define _cleanup_close_ __attribute__((cleanup(fd_close)))

/* The kernel's O_ACCMODE.  musl's has O_PATH in it, and is no index. */
enum { FD_ACCESS_MODE = O_RDONLY | O_WRONLY | O_RDWR };

/** fd_take() - ownership leaves *@fd, visibly */
static inline int fd_take(int *fd)
{
	int r = *fd;

	*fd = -EBADF;
	return r;
}

/**
 * fd_read_all() - everything that @fd still holds, NUL-terminated, at most @max bytes
 * Return: 0; -EFBIG when there is more than @max; -errno.
 */
int fd_read_all(int fd, struct arena *arena, size_t max, char **ret_text, size_t *ret_size);

/** fd_write_all() - write all of @size bytes, retrying short writes and EINTR.  Return: 0 or -errno. */
int fd_write_all(int fd, const void *data, size_t size);

#endif
