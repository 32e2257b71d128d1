/* SPDX-License-Identifier: MIT */
/* Do two files hold the same? */
#include <fcntl.h>
#include <unistd.h>

#include "overlay/overlay.h"

int content_open(int dir, const char *name)
{
	return openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/* Where the next byte of one of the two is that is written; what neither has is equal, and a program can make much of it. */
static off_t next_data(int a, int b, off_t at)
{
	off_t x = lseek(a, at, SEEK_DATA), y = lseek(b, at, SEEK_DATA);

	if (x < 0 && y < 0)
		return lseek(a, 0, SEEK_END);
	return y < 0 || (x >= 0 && x < y) ? x : y;
}

bool contents_equal(char *const block[2], int a, int b)
{
	ssize_t x, y;

	for (off_t at = 0;; at += x) {
		at = next_data(a, b, at);
		x = pread(a, block[0], COMPARE_BLOCK, at);
		y = pread(b, block[1], COMPARE_BLOCK, at);
		if (x < 0 || x != y || memcmp(block[0], block[1], (size_t)x) != 0)
			return false;
		if (x == 0)
			return true;
	}
}

bool links_equal(int a, int b, const char *name)
{
	char x[4096], y[4096];
	ssize_t nx = readlinkat(a, name, x, sizeof(x)), ny = readlinkat(b, name, y, sizeof(y));

	return nx >= 0 && nx == ny && memcmp(x, y, (size_t)nx) == 0;
}
