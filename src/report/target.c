/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/fd.h"
#include "report/target.h"

enum { PAGE = 4096, STATUS_MAX = 4096 };

/*
 * Allowed without any capability: the reporter's user owns the user namespace of the sandbox, and so has every capability
 * over what runs in it, which is also what Yama asks for.
 */
int target_read(pid_t tid, uint64_t address, void *to, size_t size)
{
	struct iovec mine = { .iov_base = to, .iov_len = size };
	struct iovec its = { .iov_base = (void *)(uintptr_t)address, .iov_len = size }; // NOLINT(performance-no-int-to-ptr)
	ssize_t n = process_vm_readv(tid, &mine, 1, &its, 1, 0);

	if (n < 0)
		return -errno;
	return (size_t)n == size ? 0 : -EFAULT;
}

/* Page by page: the text may end right before memory that is not mapped. */
ssize_t target_string(pid_t tid, uint64_t address, char *to, size_t size)
{
	size_t at = 0;

	while (at < size) {
		size_t chunk = PAGE - (size_t)((address + at) % PAGE);

		if (chunk > size - at)
			chunk = size - at;
		int r = target_read(tid, address + at, to + at, chunk);
		if (r < 0)
			return r;
		const char *nul = memchr(to + at, '\0', chunk);
		if (nul)
			return nul - to;
		at += chunk;
	}
	return -ENAMETOOLONG;
}

ssize_t target_link(pid_t tid, const char *name, char *to, size_t size)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", tid, name);
	ssize_t n = readlink(path, to, size - 1);
	if (n < 0)
		return -errno;
	to[n] = '\0';
	return n;
}

/* The rest of the line that starts with @name. */
static const char *field(const char *status, const char *name)
{
	const char *at = strstr(status, name);

	return at ? at + strlen(name) : "";
}

/* The last number of the line: the innermost namespace's. */
static int last_number(const char *line)
{
	int n = 0;

	for (const char *end = line + strcspn(line, "\n"); line < end; line += strcspn(line, "\t\n") + 1)
		n = atoi(line);
	return n;
}

struct someone target_who(pid_t tid, struct arena *arena)
{
	char path[64], status[STATUS_MAX], exe[PAGE];
	struct someone who = { .command = "", .exe = "" };

	(void)snprintf(path, sizeof(path), "/proc/%d/status", tid);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, status, sizeof(status) - 1) : -1;
	if (n > 0) {
		status[n] = '\0';
		const char *name = field(status, "Name:\t");

		who.command = arena_strndup(arena, name, strcspn(name, "\n"));
		who.pid = last_number(field(status, "\nNStgid:\t"));
		who.outer = atoi(field(status, "\nTgid:\t"));
	}
	if (target_link(tid, "exe", exe, sizeof(exe)) > 0)
		who.exe = arena_strdup(arena, exe);
	return who;
}
