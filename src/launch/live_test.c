/* SPDX-License-Identifier: MIT */
/*
 * What stands in [test], tried in place of an execve(): after the last step the process is what a program would be, and
 * no program has to exist inside, nor to be let in.  Nothing of the sandbox can change what is seen or reported, since
 * nothing else runs there.
 */
#include "launch/live_test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"

/* getdents64(2) */
struct entry {
	uint64_t ino;
	int64_t off;
	uint16_t size;
	uint8_t type;
	char name[];
};

static bool is_empty(int dir)
{
	_Alignas(struct entry) char data[4096];
	long n = syscall(SYS_getdents64, dir, data, sizeof(data));

	for (long at = 0; at < n;) {
		const struct entry *e = (const struct entry *)(data + at);

		if (!streq(e->name, ".") && !streq(e->name, ".."))
			return false;
		at += e->size;
	}
	/* ENOENT: it was removed, as the masks were when they were in place. */
	return n >= 0 || errno == ENOENT;
}

static int connect_to(const char *path)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const char *name = path;
	char dir[PATH_MAX];

	if (fd < 0)
		return errno;
	if (strlen(path) >= sizeof(to.sun_path)) {
		/* A path that is too long for an address is reached from its directory. */
		name = strrchr(path, '/') + 1;
		(void)snprintf(dir, sizeof(dir), "%.*s", (int)(name - path), path);
		if (strlen(name) >= sizeof(to.sun_path))
			return ENAMETOOLONG;
		if (chdir(dir) < 0)
			return errno;
	}
	memcpy(to.sun_path, name, strlen(name) + 1);
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0)
		return 0;
	/* Nobody listens, or in another way: who does could be reached. */
	return errno == ECONNREFUSED || errno == EPROTOTYPE || errno == EAGAIN ? 0 : errno;
}

static int read_test(const char *path, bool *ret_nothing)
{
	struct stat st;
	struct statvfs fs;

	if (stat(path, &st) < 0)
		return errno;
	if (S_ISSOCK(st.st_mode))
		return connect_to(path);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	*ret_nothing = S_ISDIR(st.st_mode) && (st.st_mode & 07777) == 0555 && fstatvfs(fd, &fs) == 0 && fs.f_flag & ST_RDONLY &&
		       is_empty(fd);
	return 0;
}

/* A file without a name; where the file system has none, a directory that is taken away at once. */
static int write_into(const char *dir)
{
	static const char name[] = ".sbox-test-can-it-be-written";
	_cleanup_close_ int at = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (at < 0)
		return errno;
	_cleanup_close_ int fd = openat(at, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	if (fd >= 0)
		return 0;
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT)
		return errno;
	if (mkdirat(at, name, 0700) < 0)
		return errno;
	return unlinkat(at, name, AT_REMOVEDIR) < 0 ? errno : 0;
}

static int write_test(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno;
	if (S_ISDIR(st.st_mode))
		return write_into(path);
	if (S_ISSOCK(st.st_mode))
		return connect_to(path);
	_cleanup_close_ int fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	/* A FIFO that nobody reads. */
	return fd >= 0 || errno == ENXIO ? 0 : errno;
}

_Noreturn void live_tests_run(const struct plan *plan)
{
	for (size_t i = 0; i < plan->live_tests.n; i++) {
		const struct live_test *t = &plan->live_tests.v[i];
		struct live_result r = { .test = (unsigned)i };

		if (t->deed == LIVE_READ)
			r.error = read_test(t->path, &r.nothing);
		else if (t->deed == LIVE_WRITE)
			r.error = write_test(t->path);
		else
			r.error = live_connect(t->host, t->port);
		if (fd_write_all(STDOUT_FILENO, &r, sizeof(r)) < 0)
			break;
	}
	_exit(0);
}
