/* SPDX-License-Identifier: MIT */
/* Which descriptors the program gets. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "kernel/kernel.h"
#include "leak_check.h"

TestSuite(fds, .fini = leak_check);

static bool goes_on(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	return flags >= 0 && !(flags & FD_CLOEXEC);
}

/* Criterion runs each test in a process of its own. */
static int closed(int *fds, size_t n, size_t *ret_item)
{
	const struct plan plan = { .pass_fds = { .v = fds, .n = n } };
	struct launch l = { 0 };
	int r = fds_close(&plan, &l);

	*ret_item = l.item;
	return r;
}

Test(fds, what_the_caller_left_open_and_named_goes_on)
{
	int named = open("/dev/null", O_RDWR), other = open("/dev/null", O_RDWR);
	size_t item;

	cr_assert_eq(closed(&named, 1, &item), 0);
	cr_assert(goes_on(0) && goes_on(1) && goes_on(2));
	cr_assert(goes_on(named));
	cr_assert(!goes_on(other));
}

/* A number that the caller had, and that leads somewhere else by now. */
Test(fds, what_sbox_opened_never_does)
{
	int named[] = { open("/dev/null", O_RDWR), open("/dev/null", O_RDWR | O_CLOEXEC) };
	size_t item;

	cr_assert_eq(closed(named, 2, &item), -EBADF);
	cr_assert_eq(item, 1);
	close(named[1]);
	cr_assert_eq(closed(named, 2, &item), -EBADF, "nor what is closed");
	cr_assert_eq(item, 1);
}

Test(fds, a_directory_is_no_stream)
{
	size_t item;
	int dir = open("/", O_RDONLY | O_CLOEXEC);

	cr_assert_eq(dup2(dir, 0), 0);
	cr_assert_eq(closed(NULL, 0, &item), -EISDIR);
	close(0);
	cr_assert_eq(closed(NULL, 0, &item), -EBADF);
}
