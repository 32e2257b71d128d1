/* SPDX-License-Identifier: MIT */
/* Descriptors: each process of a launch keeps those that it needs, and hands on those that the plan names. */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/kernel.h"
#include "kernel/sys.h"

int host_close(const struct plan *plan UNUSED, struct launch *l)
{
	fd_close(&l->old_proc_fd);
	fd_close(&l->root_fd);
	return 0;
}

/*
 * Pid 1 must not keep the caller's pipes open: whoever reads the program's output waits for the end of it.  What
 * remains moves to 0, 1, 2 and 3, so that one call closes the rest.
 */
int init_fds(const struct plan *plan UNUSED, struct launch *l)
{
	l->signal_fd = sys_signalfd(~UINT64_C(0), SFD_CLOEXEC | SFD_NONBLOCK);
	if (l->signal_fd < 0)
		return -errno;
	if (dup2(l->child_sock, 0) < 0 || dup2(l->signal_fd, 1) < 0 || dup2(l->confined, 2) < 0)
		return -errno;
	/* The last: what is open as 3 may be one of the others. */
	if (l->tty_fd >= 0 && dup2(l->tty_fd, 3) < 0)
		return -errno;
	if (sys_close_range(l->tty_fd >= 0 ? 4 : 3, ~0U, 0) < 0)
		return -errno;
	l->tty_fd = l->tty_fd >= 0 ? 3 : -EBADF;
	l->child_sock = 0;
	l->signal_fd = 1;
	l->confined = 2;
	return 0;
}

/*
 * openat() below a directory of the host reaches all of the host's tree, whatever the mount namespace holds
 * (CVE-2024-21626 was one such descriptor).  `sbox … < /` is no way to ask for that; `pass-fds` is.
 */
static int stdio_check(void)
{
	for (int fd = 0; fd < 3; fd++) {
		struct stat st;

		if (fstat(fd, &st) < 0)
			return -errno;
		if (S_ISDIR(st.st_mode))
			return -EISDIR;
	}
	return 0;
}

int fds_close(const struct plan *plan, struct launch *l)
{
	int r = stdio_check();

	if (r < 0)
		return r;
	/* What came with sbox's execve has no such mark, and all that sbox opened has one, whatever the plan saw by that number. */
	for (size_t i = 0; i < plan->pass_fds.n; i++) {
		int flags = fcntl(plan->pass_fds.v[i], F_GETFD);

		l->item = i;
		if (flags < 0 || flags & FD_CLOEXEC)
			return -EBADF;
	}
	/* Not closed but marked: a failed execve() still has to be reported. */
	if (sys_close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return -errno;
	for (size_t i = 0; i < plan->pass_fds.n; i++)
		if (fcntl(plan->pass_fds.v[i], F_SETFD, 0) < 0)
			return -errno;
	return 0;
}

void launch_keep(struct launch *l, int fd)
{
	if (fd >= 0 && l->n_kept < ARRAY_SIZE(l->kept))
		l->kept[l->n_kept++] = fd;
}
