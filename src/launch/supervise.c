/* SPDX-License-Identifier: MIT */
/*
 * The supervisor: outside, the only process of sbox that a caller sees.  To a shell it behaves as the program would:
 * takes its signals, stops and goes on with it, ends with its status.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/sys.h"
#include "launch/tty.h"
#include "report/unmask.h"

static const int64_t SECOND = 1000000000;

struct supervisor {
	const struct plan *plan;
	struct launch *l;
	int signal_fd;
	int64_t deadline;      /* monotonic; 0: none */
	int64_t patience;      /* when a fatal signal must have been taken; 0: none is waited for */
	int impatient_signal;  /* that signal */
	bool timed_out, killed;
	bool interrupted;      /* Ctrl-C */
	bool continued;        /* a SIGCONT came with the signals read last */
	int stopped_by;        /* the program's stop that is to be followed; 0: none */
	bool failed;
	bool unmasked;         /* on-unmask = kill ended it */
	struct unmask unmask;
	struct tty *tty;
	say_fn *say;
	void *say_data;
	struct err *err;
	struct report failure;
};

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * SECOND + t.tv_nsec;
}

static void kill_all(struct supervisor *s)
{
	s->killed = true;
	/* pid 1: the kernel ends the rest of the namespace with it */
	(void)sys_pidfd_send_signal(s->l->pidfd, SIGKILL);
}

static void forward(struct supervisor *s, int signal, bool group)
{
	struct request req = { .signal = signal, .group = group };

	(void)send(s->l->sup_sock, &req, sizeof(req), MSG_NOSIGNAL);
}

/*
 * A child that hangs in its set-up (a dead network file system below a bind) reads no requests, so a Ctrl-C would wait
 * with it.
 */
static void patience_start(struct supervisor *s, int signal)
{
	if (signal != SIGINT && signal != SIGTERM && signal != SIGHUP && signal != SIGQUIT)
		return;
	if (!s->patience) {
		s->patience = now_ns() + SECOND;
		s->impatient_signal = signal;
	}
}

static void patience_end(struct supervisor *s)
{
	int unread = 0;

	s->patience = 0;
	if (ioctl(s->l->sup_sock, SIOCOUTQ, &unread) == 0 && unread > 0)
		kill_all(s);
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
	return got->ssi_signo == SIGCONT && (got->ssi_code == SI_TIMER || got->ssi_code == POLL_IN);
}

static void signals_read(struct supervisor *s)
{
	struct signalfd_siginfo got[4];
	ssize_t n;

	s->continued = false;
	while ((n = read(s->signal_fd, got, sizeof(got))) > 0)
		for (size_t i = 0; i < (size_t)n / sizeof(got[0]); i++) {
			int signal = (int)got[i].ssi_signo;

			if (is_wake(&got[i]))
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
			forward(s, signal, terminal || signal == SIGCONT);
			patience_start(s, signal);
		}
}

/* On a raw terminal a message would run away to the right. */
static void say(struct supervisor *s)
{
	bool raw = s->tty->raw;

	tty_give_back(s->tty);
	s->say(s->err, s->say_data);
	if (raw)
		(void)tty_take(s->tty);
}

static void reports_read(struct supervisor *s, struct pollfd *sock)
{
	struct report r;
	ssize_t n;
	int fd;

	while ((n = report_recv(s->l->sup_sock, &r, &fd)) > 0) {
		if (n != (ssize_t)sizeof(r) || r.kind >= REPORT_KIND_COUNT)
			fd_close(&fd);
		else if (r.kind == REPORT_TERMINAL) {
			tty_attach(s->tty, fd);
		} else if (r.kind == REPORT_STOPPED) {
			s->stopped_by = r.signal;
		} else if (r.kind == REPORT_MISSED) {
			report_missed(s->plan, &r, s->err);
			say(s);
		} else if (!s->failed) {
			s->failure = r;
			s->failed = true;
		}
	}
	if (n == 0)
		sock->fd = -1;
}

/*
 * A program that stops itself stops the supervisor, and its other processes run on: the timeout and on-unmask = kill must
 * hold all the same.  So the kernel wakes this process for them, by the one signal that can.
 */
struct wake {
	timer_t timers[2];
	size_t n;
};

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
	if (s->plan->on_unmask == ON_UNMASK_KILL && s->unmask.fd >= 0 && fcntl(s->unmask.fd, F_SETOWN, getpid()) == 0 &&
	    fcntl(s->unmask.fd, F_SETSIG, SIGCONT) == 0)
		(void)fcntl(s->unmask.fd, F_SETFL, O_NONBLOCK | O_ASYNC);
}

static void wake_disarm(struct supervisor *s, struct wake *w)
{
	while (w->n > 0)
		(void)timer_delete(w->timers[--w->n]);
	if (s->unmask.fd >= 0)
		(void)fcntl(s->unmask.fd, F_SETFL, O_NONBLOCK);
}

/*
 * The shell that waits for sbox has to see the job stop, by the signal that stopped the program.  A SIGCONT that came
 * meanwhile has been forwarded already: then there is nothing to follow.
 */
static void stop_as_program(struct supervisor *s)
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
	signals_read(s);
	if (s->continued)
		return;
	uint64_t bit = UINT64_C(1) << (signal - 1);
	struct wake wake;
	wake_arm(s, &wake);
	(void)kill(getpid(), signal);
	(void)sys_sigmask(SIG_UNBLOCK, bit);
	/* stopped here */
	(void)sys_sigmask(SIG_BLOCK, bit);
	wake_disarm(s, &wake);
	if (s->tty->wanted || signal == SIGTTIN || signal == SIGTTOU) {
		if (tty_take(s->tty))
			foreground(s);
	}
}

static void deadline_passed(struct supervisor *s)
{
	if (s->timed_out) {
		s->deadline = 0;
		kill_all(s);
		return;
	}
	s->timed_out = true;
	s->deadline = now_ns() + 5 * SECOND;
	forward(s, SIGTERM, false);
	forward(s, SIGCONT, true);
}

/* Return: until the next deadline, or NULL when there is none. */
static const struct timespec *deadlines(struct supervisor *s, struct timespec *left)
{
	if (!s->deadline && !s->patience)
		return NULL;
	int64_t now = now_ns();
	if (s->patience && now >= s->patience)
		patience_end(s);
	if (s->deadline && now >= s->deadline)
		deadline_passed(s);
	int64_t next = s->deadline;
	if (s->patience && (!next || s->patience < next))
		next = s->patience;
	if (!next)
		return NULL;
	int64_t ns = next > now ? next - now : 0;
	*left = (struct timespec){ .tv_sec = ns / SECOND, .tv_nsec = ns % SECOND };
	return left;
}

static void unmask_act(struct supervisor *s)
{
	if (s->plan->on_unmask == ON_UNMASK_KILL) {
		s->unmasked = true;
		kill_all(s);
	}
}

static void unmask_happened(struct supervisor *s)
{
	if (!unmask_read(&s->unmask, s->err))
		return;
	say(s);
	unmask_act(s);
}

static void watch(struct supervisor *s)
{
	struct pollfd fds[] = {
		{ .fd = s->l->pidfd, .events = POLLIN },
		{ .fd = s->signal_fd, .events = POLLIN },
		{ .fd = s->l->sup_sock, .events = POLLIN },
		{ .fd = s->unmask.fd, .events = POLLIN },
		[4 ... 3 + TTY_POLLS] = { .fd = -1 },
	};

	while (!(fds[0].revents & POLLIN)) {
		struct timespec left;

		tty_polls(s->tty, &fds[4]);
		if (ppoll(fds, ARRAY_SIZE(fds), deadlines(s, &left), NULL) < 0 && errno != EINTR) {
			kill_all(s);
			break;
		}
		/* Signals first: what came before a stop must be forwarded before the supervisor stops. */
		if (fds[1].revents)
			signals_read(s);
		if (fds[2].revents)
			reports_read(s, &fds[2]);
		if (fds[3].revents)
			unmask_happened(s);
		tty_relay(s->tty, &fds[4]);
		if (s->stopped_by && !(fds[0].revents & POLLIN))
			stop_as_program(s);
	}
	/* A report of failure may have come with the end. */
	reports_read(s, &fds[2]);
}

/*
 * Whoever reads the program's output waits for its end, and whoever writes its input wants to know that nobody reads:
 * so a pipe is not held open here.  stderr stays, for messages.  A terminal stays too, to be given back at the end.
 */
static void stdio_release(const struct plan *plan)
{
	_cleanup_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; null >= 0 && fd < 2; fd++)
		if (!plan_shares_terminal(plan) || !isatty(fd))
			(void)dup2(null, fd);
}

/* Everything but 0-2 and @keep (negative ones aside): pass-fds, and what the caller left open by mistake. */
static void fds_release(const int *keep, size_t n)
{
	unsigned next = 3;

	for (size_t round = 0; round < n; round++) {
		unsigned least = ~0U;

		for (size_t i = 0; i < n; i++)
			if (keep[i] >= 0 && (unsigned)keep[i] >= next && (unsigned)keep[i] < least)
				least = (unsigned)keep[i];
		if (least == ~0U)
			break;
		if (least > next)
			(void)sys_close_range(next, least - 1, 0);
		next = least + 1;
	}
	(void)sys_close_range(next, ~0U, 0);
}

/*
 * A shell inside makes a process group of its own and gives it the terminal; when it ends, that group is gone and the
 * caller's next program would be in the background.  Modes of the terminal are left as the program left them, as when
 * it runs bare.
 */
static void terminal_return(const struct plan *plan)
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

static void die_of(int signal)
{
	(void)kill(getpid(), signal);
	(void)sys_sigmask(SIG_UNBLOCK, UINT64_C(1) << (signal - 1));
}

static void timeout_problem(const struct supervisor *s, struct err *err)
{
	double seconds = (double)s->plan->timeout_ns / (double)SECOND;

	err_add(err, NO_ORIGIN, "timeout after %g s: %s", seconds,
		s->killed ? "SIGTERM did not end the program, SIGKILL ended the sandbox" : "SIGTERM ended the program");
}

static int outcome(struct supervisor *s, const siginfo_t *end, struct err *err)
{
	if (s->failed)
		return report_problem(s->plan, &s->failure, err);
	if (s->unmasked)
		return EXIT_SIGNAL + SIGKILL;
	if (s->timed_out) {
		timeout_problem(s, err);
		return EXIT_SIGNAL + (s->killed ? SIGKILL : SIGTERM);
	}
	if (s->killed && s->impatient_signal)
		return EXIT_SIGNAL + s->impatient_signal;
	if (end->si_code == CLD_EXITED)
		return end->si_status;
	if (end->si_status != SIGKILL) {
		err_add(err, NO_ORIGIN, "pid 1 of the sandbox was ended by signal %d", end->si_status);
		return EXIT_SBOX;
	}
	return EXIT_SIGNAL + end->si_status;
}

static bool supervisor_init(struct supervisor *s)
{
	const uint64_t all = ~UINT64_C(0), child = UINT64_C(1) << (SIGCHLD - 1);

	s->signal_fd = sys_signalfd(all & ~child, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->signal_fd < 0)
		return false;
	if (s->plan->timeout_ns)
		s->deadline = now_ns() + s->plan->timeout_ns;
	fds_release((int[]){ s->signal_fd, s->l->pidfd, s->l->sup_sock, s->unmask.fd, s->tty->in_fd, s->tty->out_fd,
			      s->tty->master, s->tty->guard_fd }, 8);
	stdio_release(s->plan);

	unsigned step;
	int r = steps_run(PHASE_SUPERVISOR, s->plan, s->l, &step);
	if (r == 0)
		return true;
	s->failure = (struct report){ .kind = REPORT_FAILED_STEP, .step = step, .error = -r };
	s->failed = true;
	return false;
}

int supervise(const struct plan *plan, struct launch *l, struct tty *tty, say_fn *say_now, void *data, struct err *err)
{
	struct supervisor s = { .plan = plan, .l = l, .tty = tty, .say = say_now, .say_data = data, .err = err };
	siginfo_t end = { 0 };

	if (unmask_open(&s.unmask, plan, err))
		say_now(err, data);
	bool ready = supervisor_init(&s);

	if (ready) {
		if (s.unmask.found)
			unmask_act(&s);
		watch(&s);
	} else {
		if (!s.failed)
			err_sys(err, NO_ORIGIN, errno, "cannot watch the sandbox");
		kill_all(&s);
	}
	(void)waitid(P_PIDFD, (id_t)l->pidfd, &end, WEXITED);
	fd_close(&s.signal_fd);
	unmask_close(&s.unmask);
	tty_close(tty);
	terminal_return(plan);
	if (!ready && !s.failed)
		return EXIT_SBOX;
	int status = outcome(&s, &end, err);
	if ((s.interrupted || tty->interrupt_typed) && status == EXIT_SIGNAL + SIGINT && !err->problems.n)
		die_of(SIGINT);
	return status;
}
