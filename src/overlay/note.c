/* SPDX-License-Identifier: MIT */
/* Numbers in an attribute of a directory: what one apply leaves there for the next. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/xattr.h>

#include "overlay/overlay.h"

enum { NOTE_MAX = 96 };

bool note_read(int fd, const char *name, int64_t *v, size_t n)
{
	char text[NOTE_MAX];
	ssize_t size = fgetxattr(fd, name, text, sizeof(text) - 1);
	char *at = text, *end;

	if (size < 0)
		return false;
	text[size] = '\0';
	for (size_t i = 0; i < n; i++, at = end) {
		v[i] = strtoll(at, &end, 10);
		if (end == at)
			return false;
	}
	return true;
}

int note_write(int fd, const char *name, const int64_t *v, size_t n)
{
	char text[NOTE_MAX] = "";
	size_t size = 0;

	for (size_t i = 0; i < n; i++)
		size += (size_t)snprintf(text + size, sizeof(text) - size, "%s%lld", i ? " " : "", (long long)v[i]);
	return fsetxattr(fd, name, text, size, 0) < 0 ? -errno : 0;
}
