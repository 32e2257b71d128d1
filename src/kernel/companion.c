/* SPDX-License-Identifier: MIT */
/* Processes on the host side that serve one sandbox: how they are begun and ended. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/macro.h"
#include "kernel/kernel.h"
#include "kernel/sys.h"

enum { OTHERWISE_MS = 5000 };

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

/* @patience_ms: negative: for ever.  Return: whether it ends in that time. */
static bool ends_within(const struct companion *c, int patience_ms)
{
	struct pollfd pidfd = { .fd = c->pidfd, .events = POLLIN };
	const struct timespec patience = { .tv_sec = patience_ms / 1000, .tv_nsec = patience_ms % 1000 * 1000000L };
	int n;

	/* Every signal is blocked. */
	while ((n = ppoll(&pidfd, 1, patience_ms < 0 ? NULL : &patience, NULL)) < 0 && errno == EINTR)
		;
	return n != 0;
}

/*
 * A security module may forbid the signal (AppArmor, when sbox and the companion have labels).  Such a companion has somebody
 * beside it who ends it in another way; should that fail, nobody waits for ever.
 */
static bool is_ended(const struct companion *c)
{
	return sys_pidfd_send_signal(c->pidfd, SIGKILL) == 0 || errno == ESRCH || ends_within(c, OTHERWISE_MS);
}

int companion_wait(struct launch *l, const char *name, int patience_ms)
{
	siginfo_t end = { 0 };

	for (size_t i = 0; i < l->n_companions; i++) {
		struct companion *c = &l->companions[i];

		if (!streq(c->name, name))
			continue;
		bool late = !ends_within(c, patience_ms);
		if (late && !is_ended(c))
			return ETIMEDOUT;
		while (waitid(P_PIDFD, (id_t)c->pidfd, &end, WEXITED) < 0 && errno == EINTR)
			;
		return late ? ETIMEDOUT : end.si_code == CLD_EXITED ? end.si_status : EIO;
	}
	return 0;
}

void companions_go_on(const struct launch *l)
{
	for (size_t i = 0; i < l->n_companions; i++)
		(void)sys_pidfd_send_signal(l->companions[i].pidfd, SIGCONT);
}

void companion_end(struct launch *l, const char *name)
{
	for (size_t i = 0; i < l->n_companions; i++) {
		struct companion *c = &l->companions[i];

		if (!streq(c->name, name))
			continue;
		if (!is_ended(c)) {
			err_warn(l->err, NO_ORIGIN, "%s cannot be ended: this sbox may not send it a signal", name);
			continue;
		}
		while (waitid(P_PIDFD, (id_t)c->pidfd, NULL, WEXITED) < 0 && errno == EINTR)
			;
	}
}
