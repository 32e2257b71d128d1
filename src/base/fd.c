/* SPDX-License-Identifier: MIT */
#include "base/fd.h"

#include <sys/stat.h>

int fd_read_all(int fd, struct arena *arena, size_t max, char **ret_text, size_t *ret_size)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	/* st_size is a hint only: files of /proc say 0, and a file may grow while it is read. */
	size_t room = st.st_size > 0 && (size_t)st.st_size <= max ? (size_t)st.st_size : 4000;
	size_t n = 0;
	char *text = arena_alloc(arena, room + 2);

	for (;;) {
		ssize_t r = read(fd, text + n, room + 1 - n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (r == 0)
			break;
		n += (size_t)r;
		if (n > max)
			return -EFBIG;
		if (n > room) {
			char *more = arena_alloc(arena, room * 2 + 2);

			memcpy(more, text, n);
			text = more;
			room *= 2;
		}
	}
	text[n] = '\0';
	*ret_text = text;
	if (ret_size)
		*ret_size = n;
	return 0;
}

int fd_write_all(int fd, const void *data, size_t size)
{
	const char *p = data;

	while (size) {
		ssize_t r = write(fd, p, size);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		p += r;
		size -= (size_t)r;
	}
	return 0;
}
