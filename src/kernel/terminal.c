/* SPDX-License-Identifier: MIT */
/*
 * The private terminal, inner side.  It comes from the sandbox's own devpts, so that /dev/tty and ttyname(3) work
 * inside and no descriptor of the caller's terminal exists there: nothing can be typed into that (CVE-2017-5226).
 * Pid 1 leads its session and keeps it open; the program has a process group of its own in that session.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/kernel.h"

/*
 * Before: the root is the new one; this process leads a session without a terminal.
 * After: l->tty_fd is the terminal of that session, l->tty_master its other side, for the supervisor.
 */
int terminal_make(const struct plan *plan UNUSED, struct launch *l)
{
	_cleanup_close_ int master = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	int locked = 0;

	if (master < 0 || ioctl(master, TIOCSPTLCK, &locked) < 0)
		return -errno;
	/* 4.13: the peer without a path, which could by now be another one's */
	l->tty_fd = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (l->tty_fd < 0 || ioctl(l->tty_fd, TIOCSCTTY, 0) < 0)
		return -errno;
	/* Before the program looks: a terminal of size 0, or one that echoes differently, would not feel like the caller's. */
	if (l->tty_modes_known && (ioctl(l->tty_fd, TIOCSWINSZ, &l->tty_size) < 0 || tcsetattr(l->tty_fd, TCSANOW, &l->tty_modes) < 0))
		return -errno;
	l->tty_master = fd_take(&master);
	return 0;
}

/*
 * Each of 0-2 that was a terminal becomes the private one; a pipe stays a pipe.  All signals are blocked, so taking the
 * foreground from outside of it does not stop this process (SIGTTOU).
 */
int terminal_take(const struct plan *plan, struct launch *l)
{
	if (l->tty_front && tcsetpgrp(l->tty_fd, getpid()) < 0)
		return -errno;
	for (int fd = 0; fd <= 2; fd++)
		if (plan->tty_fds & 1U << fd && dup2(l->tty_fd, fd) < 0)
			return -errno;
	return 0;
}

/* tty = none: nothing to type into, and what is written goes through a pipe that the supervisor copies. */
int terminal_none(const struct plan *plan, struct launch *l)
{
	_cleanup_close_ int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null < 0)
		return -errno;
	for (int fd = 0; fd <= 2; fd++)
		if (plan->tty_fds & 1U << fd && dup2(fd == 0 ? null : l->out_fd, fd) < 0)
			return -errno;
	return 0;
}
