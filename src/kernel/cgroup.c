/* SPDX-License-Identifier: MIT */
#include "kernel/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/macro.h"
#include "kernel/cgroup_files.h"

enum { EVENTS_MAX = 4096, DEPTH_MAX = 64 };

int cgroup_open(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct statfs fs;

	if (fd < 0 || fstatfs(fd, &fs) < 0)
		return -errno;
	return fs.f_type == CGROUP2_SUPER_MAGIC ? fd_take(&fd) : -ENOTSUP;
}

int cgroup_file_read(int dir, const char *file, char *to, size_t size)
{
	_cleanup_close_ int fd = openat(dir, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = fd < 0 ? -1 : read(fd, to, size - 1);

	if (n < 0)
		return -errno;
	to[n] = '\0';
	return 0;
}

int cgroup_file_write(int dir, const char *file, const char *text)
{
	_cleanup_close_ int fd = openat(dir, file, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

pid_t cgroup_name_pid(const char *name, const char *ending)
{
	const char *dash = strrchr(name, '-');
	char *end;

	if (!skip_prefix(name, "sbox-") || !dash || dash[1] < '1' || dash[1] > '9')
		return 0;
	long pid = strtol(dash + 1, &end, 10);
	return streq(end, ending) && pid <= INT_MAX ? (pid_t)pid : 0;
}

/* The number behind @key in lines of "KEY NUMBER", or in the whole file when @key is empty; -1: none. */
static int64_t number_of(const char *text, const char *key)
{
	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		const char *value = skip_prefix(line, key);

		if (value && (!*key || *value++ == ' ') && *value >= '0' && *value <= '9')
			return strtoll(value, NULL, 10);
	}
	return -1;
}

int cgroup_stats(int dir, struct cgroup_stats *ret)
{
	const struct {
		const char *file, *key;
		int64_t *to;
	} rows[] = {
		{ "memory.current", "", &ret->memory },
		{ "memory.peak", "", &ret->memory_peak },
		{ "memory.events", "oom", &ret->oom },
		{ "memory.events", "oom_kill", &ret->oom_kills },
		{ "pids.current", "", &ret->tasks },
		{ "pids.peak", "", &ret->tasks_peak },
		{ "pids.events", "max", &ret->tasks_refused },
		{ "cpu.stat", "usage_usec", &ret->cpu_ns },
	};
	char text[EVENTS_MAX];
	int r = cgroup_file_read(dir, "cgroup.events", text, sizeof(text));

	if (r < 0)
		return r;
	*ret = (struct cgroup_stats){ .populated = number_of(text, "populated") == 1, .frozen = number_of(text, "frozen") == 1 };
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		bool again = i > 0 && streq(rows[i].file, rows[i - 1].file);

		if (!again && cgroup_file_read(dir, rows[i].file, text, sizeof(text)) < 0)
			text[0] = '\0'; /* its controller is not enabled here */
		*rows[i].to = number_of(text, rows[i].key);
	}
	if (ret->cpu_ns > 0)
		ret->cpu_ns *= 1000;
	return 0;
}

int64_t cgroup_number(int dir, const char *file)
{
	char text[EVENTS_MAX];

	return cgroup_file_read(dir, file, text, sizeof(text)) < 0 ? -1 : number_of(text, "");
}

/* Wait until "@key @value" is in cgroup.events, which is polled as the files of sysfs are. */
static int events_wait(int dir, const char *key, int64_t value, int timeout_ms)
{
	_cleanup_close_ int fd = openat(dir, "cgroup.events", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct pollfd changed = { .fd = fd, .events = POLLPRI };
	char text[EVENTS_MAX];

	if (fd < 0)
		return -errno;
	for (int waited = 0;; waited++) {
		ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

		if (n < 0)
			return -errno;
		text[n] = '\0';
		if (number_of(text, key) == value)
			return 0;
		if (waited == timeout_ms / 20)
			return -ETIMEDOUT;
		/* not poll(2): the supervisor's filter has this one */
		(void)ppoll(&changed, 1, &(const struct timespec){ .tv_nsec = 20000000 }, NULL);
	}
}

int cgroup_freeze(int dir, bool frozen)
{
	int r = cgroup_file_write(dir, "cgroup.freeze", frozen ? "1" : "0");

	return r < 0 ? r : events_wait(dir, "frozen", frozen, 1000);
}

int cgroup_wait_empty(int dir, int timeout_ms)
{
	return events_wait(dir, "populated", 0, timeout_ms);
}

/*
 * A program that may make namespaces and mounts of its own can have made cgroups in its own: at any depth, with any names.
 * One descriptor is open at a time for each level, and levels are bounded.
 */
static int remove_tree(int parent, const char *name, int depth)
{
	if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (errno != EBUSY && errno != ENOTEMPTY)
		return -errno;
	if (depth == DEPTH_MAX)
		return -ELOOP;

	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	int r = 0;

	if (!d) {
		r = -errno;
		fd_close(&fd);
		return r;
	}
	while (r == 0 && (e = readdir(d)))
		if (e->d_type == DT_DIR && !streq(e->d_name, ".") && !streq(e->d_name, ".."))
			r = remove_tree(fd, e->d_name, depth + 1);
	(void)closedir(d);
	if (r == 0 && unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		r = -errno;
	return r;
}

int cgroup_remove(int parent, const char *name)
{
	return remove_tree(parent, name, 0);
}
