/* SPDX-License-Identifier: MIT */
/* One thing at a time, in a process of its own: what it changes is gone with it. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "cmd/doctor.h"

int doctor_try(try_fn *fn, void *data)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(-fn(data));
	if (waitpid(pid, &status, 0) < 0)
		return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECHILD;
}

/** struct as_root - something for root of a user namespace */
struct as_root {
	try_fn *fn;
	void *data;
	int made_fd; /* a byte goes there when the namespaces are made */
};

static int write_file(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd_write_all(fd, text, strlen(text));
}

static int namespaces_make(void)
{
	char uid_map[64], gid_map[64];

	(void)snprintf(uid_map, sizeof(uid_map), "0 %u 1", getuid());
	(void)snprintf(gid_map, sizeof(gid_map), "0 %u 1", getgid());
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return -errno;
	int r = write_file("/proc/self/setgroups", "deny");
	if (r == 0)
		r = write_file("/proc/self/uid_map", uid_map);
	return r == 0 ? write_file("/proc/self/gid_map", gid_map) : r;
}

static int in_namespaces(void *data)
{
	const struct as_root *a = data;
	int r = namespaces_make();

	if (r < 0)
		return r;
	(void)!write(a->made_fd, "", 1);
	return a->fn(a->data);
}

int doctor_try_as_root(try_fn *fn, void *data, bool *ret_made)
{
	struct as_root a = { .fn = fn, .data = data };
	int ends[2];
	char byte;

	*ret_made = false;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	a.made_fd = ends[1];
	int r = doctor_try(in_namespaces, &a);
	(void)close(ends[1]);
	*ret_made = read(ends[0], &byte, 1) == 1;
	(void)close(ends[0]);
	return r;
}

const char *doctor_program(struct doctor *d, const char *name)
{
	static const char *const dirs[] = { "/usr/bin", "/usr/local/bin", "/bin" };

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		const char *path = arena_printf(d->arena, "%s/%s", dirs[i], name);

		if (access(path, X_OK) == 0)
			return path;
	}
	return NULL;
}
