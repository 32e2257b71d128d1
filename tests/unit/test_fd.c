/* SPDX-License-Identifier: MIT */
/* Descriptors: one owner each, short reads and writes. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "arena_fixture.h"
#include "base/fd.h"
#include "kernel/kernel.h"

TestSuite(fd, .init = arena_open, .fini = arena_close);

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static int file_of(const char *text, size_t n)
{
	char name[] = "/tmp/sbox-fd-XXXXXX";
	int fd = mkstemp(name);

	cr_assert(fd >= 0 && unlink(name) == 0);
	cr_assert_eq(fd_write_all(fd, text, n), 0);
	cr_assert_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

Test(fd, a_descriptor_is_closed_at_the_end_of_its_scope)
{
	int seen;
	{
		_cleanup_close_ int fd = open("/", O_RDONLY | O_CLOEXEC);

		seen = fd;
		cr_assert(is_open(seen));
		errno = E2BIG;
	}
	cr_assert_eq(errno, E2BIG, "the error that led there is still known");
	cr_assert(!is_open(seen));
}

Test(fd, unless_it_was_taken)
{
	int taken;
	{
		_cleanup_close_ int fd = open("/", O_RDONLY | O_CLOEXEC);

		taken = fd_take(&fd);
		cr_assert_lt(fd, 0);
	}
	cr_assert(is_open(taken));
	fd_close(&taken);
	cr_assert_lt(taken, 0);
	fd_close(&taken);
}

Test(fd, all_of_a_file_is_read)
{
	static const size_t sizes[] = { 0, 1, 3999, 4000, 4001, 100000 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		char *data = arena_alloc(a, sizes[i] + 1), *text;
		size_t n;

		memset(data, 'x', sizes[i]);
		_cleanup_close_ int fd = file_of(data, sizes[i]);
		cr_assert_eq(fd_read_all(fd, a, 1 << 20, &text, &n), 0);
		cr_assert_eq(n, sizes[i]);
		cr_assert_str_eq(text, data);
	}
}

Test(fd, a_nul_byte_does_not_end_it)
{
	_cleanup_close_ int fd = file_of("a\0b", 3);
	char *text;
	size_t n;

	cr_assert_eq(fd_read_all(fd, a, 100, &text, &n), 0);
	cr_assert_eq(n, 3);
	cr_assert_eq(memcmp(text, "a\0b", 4), 0);
}

Test(fd, more_than_the_limit_is_refused)
{
	char *text;
	_cleanup_close_ int exact = file_of("0123456789", 10);
	_cleanup_close_ int more = file_of("0123456789a", 11);
	_cleanup_close_ int zeros = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	cr_assert_eq(fd_read_all(exact, a, 10, &text, NULL), 0);
	cr_assert_eq(fd_read_all(more, a, 10, &text, NULL), -EFBIG);
	cr_assert_eq(fd_read_all(zeros, a, 1 << 20, &text, NULL), -EFBIG);
}

Test(fd, a_file_that_does_not_say_its_size)
{
	_cleanup_close_ int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	char *text;

	cr_assert_eq(fd_read_all(fd, a, 1 << 20, &text, NULL), 0);
	cr_assert(strstr(text, "Name:") == text);
}

Test(fd, what_cannot_be_read_or_written_is_an_error)
{
	_cleanup_close_ int dir = open("/", O_RDONLY | O_CLOEXEC);
	char *text;

	cr_assert_eq(fd_read_all(dir, a, 100, &text, NULL), -EISDIR);
	cr_assert_eq(fd_read_all(-1, a, 100, &text, NULL), -EBADF);
	cr_assert_eq(fd_write_all(dir, "x", 1), -EBADF);
	cr_assert_eq(fd_write_all(-1, "", 0), 0);
}

Test(fd, all_is_written_through_a_narrow_pipe)
{
	enum { SIZE = 300000 };
	char *data = arena_alloc(a, SIZE), *text;
	int fds[2];
	size_t n;

	memset(data, 'y', SIZE);
	cr_assert_eq(pipe(fds), 0);
	pid_t pid = fork();
	if (pid == 0)
		_exit(fd_write_all(fds[1], data, SIZE) == 0 ? 0 : 1);
	close(fds[1]);
	cr_assert_eq(fd_read_all(fds[0], a, 1 << 20, &text, &n), 0);
	cr_assert_eq(n, SIZE);
	int status;
	cr_assert(waitpid(pid, &status, 0) == pid && status == 0);
	close(fds[0]);
}

/* While a plan is made sbox has descriptors of its own, under the numbers that the caller left free. */
Test(fd, what_is_not_the_callers_does_not_count_as_open)
{
	const struct caller caller = { 0 };
	struct host *host = host_new(a, &caller);
	_cleanup_close_ int own = open("/", O_RDONLY | O_CLOEXEC), callers = fcntl(own, F_DUPFD, 0);

	cr_assert(host->probe(host, PROBE_FD_OPEN, callers));
	cr_assert(!host->probe(host, PROBE_FD_OPEN, own), "it is closed by an execve: none has handed it over");
}
