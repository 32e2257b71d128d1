/* SPDX-License-Identifier: MIT */
/* Exhaustion, each attempt bounded: it stops well before it would hurt the machine. */
#include "escape.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FORKS = 1500, FILES = 20000 };

static int raise_limit(const struct attempt *a)
{
	struct rlimit limit;

	if (getrlimit((int)a->n, &limit) < 0)
		return -errno;
	limit.rlim_max = limit.rlim_max == RLIM_INFINITY ? RLIM_INFINITY : limit.rlim_max + 1;
	return answer(setrlimit((int)a->n, &limit));
}

/* A core file may be large, and a "|handler" runs on the host (CVE-2025-4598): a hard limit of 1 byte stops both. */
static int core_file(const struct attempt *a)
{
	struct rlimit limit = { 4096, 4096 };

	(void)a;
	return answer(setrlimit(RLIMIT_CORE, &limit));
}

static int forks(const struct attempt *a)
{
	static pid_t children[FORKS];
	int r = 0, n;

	(void)a;
	for (n = 0; n < FORKS; n++) {
		children[n] = fork();
		if (children[n] == 0) {
			(void)pause();
			_exit(0);
		}
		if (children[n] < 0) {
			r = -errno;
			break;
		}
	}
	while (n-- > 0) {
		(void)kill(children[n], SIGKILL);
		(void)waitpid(children[n], NULL, 0);
	}
	return r;
}

/*
 * One byte more than a tmpfs has: refused at once.  One that has no bound, or as much as the machine, is not filled to
 * prove it, nor is a disk of the host.
 */
static int fill(const struct attempt *a)
{
	char path[256];
	struct statfs fs;
	struct sysinfo info;

	if (statfs(a->path, &fs) < 0 || sysinfo(&info) < 0)
		return -errno;
	uint64_t size = (uint64_t)fs.f_blocks * (uint64_t)fs.f_bsize;
	if (fs.f_type != TMPFS_MAGIC || !size || size > (uint64_t)info.totalram * info.mem_unit / 10 * 9)
		return 0;
	(void)snprintf(path, sizeof(path), "%s/escape-fill", a->path);
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	int r = answer(fallocate(fd, 0, 0, (off_t)size + 1));
	(void)close(fd);
	(void)unlink(path);
	return r;
}

static int fill_inodes(const struct attempt *a)
{
	char path[256];
	struct statvfs fs;
	int r = 0, n;

	if (statvfs(a->path, &fs) < 0)
		return -errno;
	for (n = 0; n < FILES && r == 0; n++) {
		(void)snprintf(path, sizeof(path), "%s/escape-%d", a->path, n);
		int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		r = close_answer(fd);
	}
	while (n-- > 0) {
		(void)snprintf(path, sizeof(path), "%s/escape-%d", a->path, n);
		(void)unlink(path);
	}
	return r;
}

static int inodes_unbounded(const struct attempt *a)
{
	struct statvfs fs;

	if (statvfs(a->path, &fs) < 0)
		return -errno;
	return fs.f_files && fs.f_files <= 1U << 20 ? NOTHING : 0;
}

static int nice_down(const struct attempt *a)
{
	(void)a;
	errno = 0;
	return answer(setpriority(PRIO_PROCESS, 0, -5));
}

static const struct attempt rows[] = {
	{ "fork-bomb", forks, "EAGAIN", "1,500 processes at once", NULL, 0, 0 },
	{ "nproc-raise", raise_limit, "EPERM", "raise the limit on processes", NULL, RLIMIT_NPROC, 0 },
	{ "nofile-raise", raise_limit, "EPERM", "raise the limit on descriptors", NULL, RLIMIT_NOFILE, 0 },
	{ "core", core_file, "EPERM", "leave a core file", NULL, 0, 0 },
	{ "nice-down", nice_down, "EACCES|EPERM", "a higher priority", NULL, 0, 0 },
	{ "fill-tmp", fill, "ENOSPC", "more than a part of the memory in /tmp", "/tmp", 0, 0 },
	{ "fill-shm", fill, "ENOSPC", "more than a part of the memory in /dev/shm", "/dev/shm", 0, 0 },
	{ "fill-run", fill, "ENOSPC", "more than a part of the memory in /run", "/run", 0, 0 },
	{ "inodes-run", fill_inodes, "ENOSPC", "20,000 files in /run", "/run", 0, 0 },
	{ "inodes-tmp", inodes_unbounded, "-", "files without number in /tmp", "/tmp", 0, 0 },
	{ "inodes-shm", inodes_unbounded, "-", "files without number in /dev/shm", "/dev/shm", 0, 0 },
};
const struct attempts limit_attempts = ATTEMPTS("limits", rows);
