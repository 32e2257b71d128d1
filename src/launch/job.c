/* SPDX-License-Identifier: MIT */
/* The supervisor as a job: to a shell it behaves as the program would, takes its signals, stops and goes on with it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "kernel/sys.h"
#include "launch/supervisor.h"

/*
 * A child that hangs in its set-up (a dead network file system below a bind) reads no requests, so a Ctrl-C would wait
 * with it.
 */
static void patience_start(struct supervisor *s, int signal)
{
	if (SIGNAL_BIT(signal) & SIGNALS_OF_IMPATIENCE && !s->patience) {
		s->patience = clock_ns() + SECOND;
		s->impatient_signal = signal;
	}
}

void job_patience_end(struct supervisor *s)
{
	int unread = 0;

	s->patience = 0;
	if (ioctl(s->l->sup_sock, SIOCOUTQ, &unread) == 0 && unread > 0)
		supervisor_kill(s);
	else
		s->impatient_signal = 0;
}

/* The program's group gets the private terminal, and goes on. */
static void foreground(struct supervisor *s)
{
	struct request req = { .signal = SIGCONT, .group = true, .foreground = true };

	(void)send(s->l->sup_sock, &req, sizeof(req), MSG_NOSIGNAL);
}

/* Did wake_arm() cause it?  Then the program is not to go on. */
static bool is_wake(const struct signalfd_siginfo *got)
{
	return got->ssi_signo == SIGCONT && (got->ssi_code == SI_TIMER || got->ssi_code == POLL_IN || got->ssi_code == POLL_HUP);
}

/* What this process brought on itself (SIGXFSZ, SIGPIPE: a write that its limits or its reader refuse) is not the program's. */
static bool is_own(const struct signalfd_siginfo *got)
{
	return got->ssi_code == SI_USER && got->ssi_pid == (uint32_t)getpid();
}

void job_signals(struct supervisor *s)
{
	struct signalfd_siginfo got[4];
	ssize_t n;

	s->continued = false;
	while ((n = read(s->signal_fd, got, sizeof(got))) > 0)
		for (size_t i = 0; i < (size_t)n / sizeof(got[0]); i++) {
			int signal = (int)got[i].ssi_signo;

			if (is_wake(&got[i]) || is_own(&got[i]))
				continue;
			/* The terminal and a shell's `fg` mean the whole job; a plain kill means one process. */
			bool terminal = got[i].ssi_code == SI_KERNEL;

			if (signal == SIGCONT) {
				s->continued = true;
				/* `fg` without a stop: a job that was begun in the background */
				if (s->tty->wanted && !s->tty->raw && tty_take(s->tty))
					foreground(s);
			}
			if (signal == SIGWINCH)
				tty_resize(s->tty);
			if (signal == SIGINT && terminal)
				s->interrupted = true;
			supervisor_forward(s, signal, terminal || signal == SIGCONT);
			patience_start(s, signal);
		}
}

/*
 * A program that stops itself stops the supervisor, and its other processes run on: the timeout and on-unmask = kill must
 * hold all the same.  So the kernel wakes this process for them, by the one signal that can.
 */
struct wake {
	timer_t timers[2];
	size_t n;
};

static void wake_by(int fd)
{
	if (fcntl(fd, F_SETOWN, getpid()) == 0 && fcntl(fd, F_SETSIG, SIGCONT) == 0)
		(void)fcntl(fd, F_SETFL, O_NONBLOCK | O_ASYNC);
}

static void wake_arm(struct supervisor *s, struct wake *w)
{
	struct sigevent by = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGCONT };

	/* Twice: one that comes right before the stop is lost with it, and would not come again. */
	for (w->n = 0; s->deadline && w->n < ARRAY_SIZE(w->timers); w->n++) {
		int64_t when = s->deadline + (int64_t)w->n * SECOND;
		struct itimerspec at = { .it_value = { when / SECOND, when % SECOND } };

		if (timer_create(CLOCK_MONOTONIC, &by, &w->timers[w->n]) < 0)
			break;
		(void)timer_settime(w->timers[w->n], TIMER_ABSTIME, &at, NULL);
	}
	if (s->plan->on_unmask == ON_UNMASK_KILL && s->unmask.fd >= 0)
		wake_by(s->unmask.fd);
	/* The end of the sandbox is the end of who entered it, whom `kill` does not know. */
	if (s->plan->enter)
		wake_by(s->l->sup_sock);
}

static bool hung_up(int sock)
{
	struct pollfd p = { .fd = sock };
	const struct timespec now = { 0 };

	return ppoll(&p, 1, &now, NULL) > 0 && p.revents & POLLHUP;
}

static void wake_disarm(struct supervisor *s, struct wake *w)
{
	while (w->n > 0)
		(void)timer_delete(w->timers[--w->n]);
	if (s->unmask.fd >= 0)
		(void)fcntl(s->unmask.fd, F_SETFL, O_NONBLOCK);
	if (s->plan->enter)
		(void)fcntl(s->l->sup_sock, F_SETFL, O_NONBLOCK);
}

/*
 * The shell that waits for sbox has to see the job stop, by the signal that stopped the program.  A SIGCONT that came
 * meanwhile has been forwarded already: then there is nothing to follow.
 */
void job_stop(struct supervisor *s)
{
	int signal = s->stopped_by;

	s->stopped_by = 0;
	/* It asked for the keyboard of its terminal: in the foreground it gets that instead of being stopped. */
	if ((signal == SIGTTIN || signal == SIGTTOU) && tty_take(s->tty)) {
		foreground(s);
		return;
	}
	tty_give_back(s->tty);
	if (signal != SIGTSTP && signal != SIGTTIN && signal != SIGTTOU)
		signal = SIGSTOP;
	job_signals(s);
	if (s->continued)
		return;
	struct wake wake;
	wake_arm(s, &wake);
	if (!s->plan->enter || !hung_up(s->l->sup_sock))
		(void)kill(getpid(), signal);
	(void)sys_sigmask(SIG_UNBLOCK, SIGNAL_BIT(signal));
	/* stopped here */
	(void)sys_sigmask(SIG_BLOCK, SIGNAL_BIT(signal));
	wake_disarm(s, &wake);
	if (s->tty->wanted || signal == SIGTTIN || signal == SIGTTOU) {
		if (tty_take(s->tty))
			foreground(s);
	}
}

/*
 * A shell inside makes a process group of its own and gives it the terminal; when it ends, that group is gone and the
 * caller's next program would be in the background.  Modes of the terminal are left as the program left them, as when
 * it runs bare.
 */
void job_return_terminal(const struct plan *plan)
{
	if (!plan_shares_terminal(plan))
		return;
	for (int fd = 2; fd >= 0; fd--) {
		pid_t group = tcgetpgrp(fd);

		if (group < 0)
			continue;
		if (group > 0 && group != getpgrp() && kill(-group, 0) < 0 && errno == ESRCH)
			(void)tcsetpgrp(fd, getpgrp());
		return;
	}
}
