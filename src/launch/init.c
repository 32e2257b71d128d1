/* SPDX-License-Identifier: MIT */
/*
 * Pid 1 of the sandbox.  It reaps, hands signals on and leaves with the program's status; when it is gone, for whatever
 * reason, the kernel ends everything else inside.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "launch/launch.h"

enum { SIGNAL_COUNT = 65, ROUNDS_MAX = 16 };

struct init {
	const struct plan *plan;
	const struct launch *l;
	pid_t program; /* 0 once it has ended */
	int status;
	bool child_changed;
	int64_t seen[SIGNAL_COUNT]; /* when this process itself got the signal, ns; 0: never */
};

/*
 * All signals are blocked here; what comes is noted.  Not until there are no more: a program can send them faster than
 * they are read, and would never be reaped.
 */
static void signals_note(struct init *in)
{
	struct signalfd_siginfo got[4];
	ssize_t n;

	for (int round = 0; round < ROUNDS_MAX && (n = read(in->l->signal_fd, got, sizeof(got))) > 0; round++)
		for (size_t i = 0; i < (size_t)n / sizeof(got[0]); i++) {
			if (got[i].ssi_signo == SIGCHLD)
				in->child_changed = true;
			else if (got[i].ssi_signo < SIGNAL_COUNT)
				in->seen[got[i].ssi_signo] = clock_ns();
		}
}

/*
 * In a shared process group a Ctrl-C, or a kill of the group, reaches supervisor, init and program at once; what was
 * sent to the supervisor alone reaches only that.  Init tells one from the other: it is in the group, and nothing else
 * is ever sent to it.  (The kernel walks a group from its youngest member, so init has its copy before the
 * supervisor's request can come.  A program that kills pid 1 leaves a mark, which must not count for ever.)
 */
static bool program_has_it(struct init *in, int signal)
{
	int64_t at = in->seen[signal];

	in->seen[signal] = 0;
	return at && clock_ns() - at < 1000000000 && getpgid(in->program) == getpgid(0);
}

static void signal_forward(struct init *in, const struct request *req)
{
	if (req->signal < 1 || req->signal >= SIGNAL_COUNT)
		return;
	signals_note(in);
	if (!in->program) {
		(void)kill(-1, req->signal);
		return;
	}
	if (plan_shares_terminal(in->plan)) {
		if (!program_has_it(in, req->signal))
			(void)kill(in->program, req->signal);
		return;
	}
	if (!req->group || kill(-in->program, req->signal) < 0)
		(void)kill(in->program, req->signal);
}

/* The session's leader may say which of its groups has the terminal, from the background too: SIGTTOU is blocked. */
static void foreground_give(struct init *in)
{
	if (in->program)
		(void)tcsetpgrp(in->l->tty_fd, in->program);
}

static void requests_read(struct init *in)
{
	struct request req;

	for (;;) {
		ssize_t n = read(in->l->child_sock, &req, sizeof(req));

		if (n == (ssize_t)sizeof(req)) {
			if (req.foreground)
				foreground_give(in);
			signal_forward(in, &req);
			continue;
		}
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		/* The supervisor is gone. */
		_exit(EXIT_SIGNAL + SIGKILL);
	}
}

/* Of who entered nobody takes the status from the kernel (launch/enter.c). */
static _Noreturn void leave(const struct init *in)
{
	const struct report r = { .kind = REPORT_ENDED, .item = (unsigned)in->status };

	if (in->plan->enter)
		report_send(in->l->child_sock, &r);
	_exit(in->status);
}

static void program_changed(struct init *in, int status)
{
	struct report r = { .kind = REPORT_STOPPED };

	if (WIFSTOPPED(status)) {
		r.signal = WSTOPSIG(status);
		report_send(in->l->child_sock, &r);
		return;
	}
	in->status = WIFSIGNALED(status) ? EXIT_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
	in->program = 0;
	if (in->plan->on_exit == ON_EXIT_KILL)
		leave(in);
}

/* Nor does it reap for ever: there are requests to be read as well. */
static void children_reap(struct init *in)
{
	int status;
	pid_t pid = 1;

	for (int round = 0; round < ROUNDS_MAX && pid > 0; round++) {
		pid = wait4(-1, &status, WNOHANG | WUNTRACED | __WALL, NULL);
		if (pid > 0 && pid == in->program)
			program_changed(in, status);
	}
	in->child_changed = pid > 0;
	if (pid < 0 && errno == ECHILD)
		leave(in);
}

_Noreturn void init_loop(const struct plan *plan, struct launch *l, pid_t program)
{
	struct init in = { .plan = plan, .l = l, .program = program };
	const struct timespec now = { 0 };
	struct pollfd fds[] = {
		{ .fd = l->child_sock, .events = POLLIN },
		{ .fd = l->signal_fd, .events = POLLIN },
	};

	/*
	 * A child that ended before the descriptor was made is pending in it.  ppoll() and not poll(): that goes on by
	 * restart_syscall() after a SIGSTOP, which the filter would have to allow.
	 */
	for (;;) {
		(void)ppoll(fds, 2, in.child_changed ? &now : NULL, NULL);
		if (fds[0].revents)
			requests_read(&in);
		signals_note(&in);
		if (in.child_changed)
			children_reap(&in);
	}
}
