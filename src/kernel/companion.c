/* SPDX-License-Identifier: MIT */
/* Processes on the host side that serve one sandbox: how they are begun and ended. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/macro.h"
#include "kernel/kernel.h"
#include "kernel/sys.h"

enum { OTHERWISE_S = 5 };

pid_t companion_fork(struct launch *l, uint64_t flags, const char *name, const char *lost)
{
	int pidfd = -EBADF;
	struct clone_args args = { .flags = flags | CLONE_PIDFD, .pidfd = (uintptr_t)&pidfd, .exit_signal = SIGCHLD };

	if (l->n_companions == COMPANIONS_MAX)
		return -E2BIG;
	pid_t pid = sys_clone3(&args, sizeof(args));
	if (pid < 0)
		return -errno;
	if (pid == 0)
		return 0;
	l->companions[l->n_companions++] = (struct companion){ .pid = pid, .pidfd = pidfd, .name = name, .lost = lost };
	launch_keep(l, pidfd);
	return pid;
}

int companion_wait(struct launch *l, const char *name)
{
	siginfo_t end = { 0 };

	for (size_t i = 0; i < l->n_companions; i++) {
		struct companion *c = &l->companions[i];

		if (!streq(c->name, name))
			continue;
		while (waitid(P_PIDFD, (id_t)c->pidfd, &end, WEXITED) < 0 && errno == EINTR)
			;
		return end.si_code == CLD_EXITED ? end.si_status : EIO;
	}
	return 0;
}

/*
 * A security module may forbid the signal (AppArmor, when sbox and the companion have labels).  Such a companion has somebody
 * beside it who ends it in another way; should that fail, nobody waits for ever.
 */
static bool ends_otherwise(const struct companion *c)
{
	struct pollfd fd = { .fd = c->pidfd, .events = POLLIN };
	const struct timespec limit = { .tv_sec = OTHERWISE_S };
	int r;

	while ((r = ppoll(&fd, 1, &limit, NULL)) < 0 && errno == EINTR)
		;
	return r > 0;
}

void companion_end(struct launch *l, const char *name)
{
	for (size_t i = 0; i < l->n_companions; i++) {
		struct companion *c = &l->companions[i];

		if (!streq(c->name, name))
			continue;
		if (sys_pidfd_send_signal(c->pidfd, SIGKILL) < 0 && errno != ESRCH && !ends_otherwise(c)) {
			err_warn(l->err, NO_ORIGIN, "%s cannot be ended: this sbox may not send it a signal", name);
			continue;
		}
		while (waitid(P_PIDFD, (id_t)c->pidfd, NULL, WEXITED) < 0 && errno == EINTR)
			;
	}
}
