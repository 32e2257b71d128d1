/* SPDX-License-Identifier: MIT */
/* Processes on the host side that serve one sandbox: how they are begun and ended. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/macro.h"
#include "kernel/kernel.h"
#include "kernel/sys.h"

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

void companion_end(struct launch *l, const char *name)
{
	for (size_t i = 0; i < l->n_companions; i++) {
		struct companion *c = &l->companions[i];

		if (!streq(c->name, name))
			continue;
		(void)sys_pidfd_send_signal(c->pidfd, SIGKILL);
		while (waitid(P_PIDFD, (id_t)c->pidfd, NULL, WEXITED) < 0 && errno == EINTR)
			;
	}
}
