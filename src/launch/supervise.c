/* SPDX-License-Identifier: MIT */
/*
 * The supervisor: outside, the only process of sbox that a caller sees.  To a shell it behaves as the program would:
 * takes its signals, stops and goes on with it, ends with its status.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/image.h"
#include "base/fd.h"
#include "base/stamp.h"
#include "kernel/sys.h"
#include "launch/supervisor.h"
#include "net/net.h"

enum { LEAVE_AFTER = 2 }; /* seconds */

void supervisor_kill(struct supervisor *s)
{
	s->killed = true;
	/* Dying takes processor time, of which a sandbox may have none; nothing of it is this process's to clean up. */
	if (s->plan->enter && !s->leave)
		s->leave = clock_ns() + LEAVE_AFTER * SECOND;
	/* pid 1: the kernel ends the rest of the namespace with it */
	(void)sys_pidfd_send_signal(s->l->pidfd, SIGKILL);
}

void supervisor_forward(struct supervisor *s, int signal, bool group)
{
	struct request req = { .signal = signal, .group = group };

	(void)send(s->l->sup_sock, &req, sizeof(req), MSG_NOSIGNAL);
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
		} else if (r.kind == REPORT_ENDED) {
			s->ended = true;
			s->end_status = (int)(r.item & 0xff);
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

static void deadline_passed(struct supervisor *s)
{
	if (s->timed_out) {
		s->deadline = 0;
		supervisor_kill(s);
		return;
	}
	s->timed_out = true;
	s->deadline = clock_ns() + 5 * SECOND;
	supervisor_forward(s, SIGTERM, false);
	supervisor_forward(s, SIGCONT, true);
}

/* Return: until the next deadline, or NULL when there is none. */
static const struct timespec *deadlines(struct supervisor *s, struct timespec *left)
{
	if (!s->deadline && !s->patience && !s->leave)
		return NULL;
	int64_t now = clock_ns(), next = 0;
	if (s->patience && now >= s->patience)
		job_patience_end(s);
	if (s->deadline && now >= s->deadline)
		deadline_passed(s);
	const int64_t all[] = { s->deadline, s->patience, s->leave };
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i] && (!next || all[i] < next))
			next = all[i];
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
		supervisor_kill(s);
	}
}

static void unmask_happened(struct supervisor *s)
{
	if (!unmask_read(&s->unmask, s->err))
		return;
	say(s);
	unmask_act(s);
}

/* Its end is said at once; the sandbox goes on without it, as far as it can. */
static void companion_ended(struct supervisor *s, struct companion *c, struct pollfd *poll)
{
	poll->fd = -1;
	c->ended = true;
	err_warn(s->err, NO_ORIGIN, "%s ended before the program: %s", c->name, c->lost);
	say(s);
	if (c->vital)
		supervisor_kill(s);
}

static void addresses_changed(struct supervisor *s)
{
	int r = own_addresses_changed(s->l);

	if (r == 0)
		return;
	err_sys(s->err, NO_ORIGIN, -r, "the host has a new address, which cannot be shut for the program");
	say(s);
	supervisor_kill(s);
}

enum { POLL_TTY = 5 };

static void watch(struct supervisor *s)
{
	struct pollfd fds[] = {
		{ .fd = s->l->pidfd, .events = POLLIN },
		{ .fd = s->signal_fd, .events = POLLIN },
		{ .fd = s->l->sup_sock, .events = POLLIN },
		{ .fd = s->unmask.fd, .events = POLLIN },
		{ .fd = s->l->address_fd, .events = POLLIN },
		[POLL_TTY ... POLL_TTY + TTY_POLLS + COMPANIONS_MAX - 1] = { .fd = -1 },
	};
	struct pollfd *companions = &fds[POLL_TTY + TTY_POLLS];
	/* no more than there are: ppoll() counts unused ones against the limit on open files */
	const size_t n = POLL_TTY + TTY_POLLS + s->l->n_companions;

	for (size_t i = 0; i < s->l->n_companions; i++)
		companions[i] = (struct pollfd){ .fd = s->l->companions[i].pidfd, .events = POLLIN };

	while (!(fds[0].revents & POLLIN) && !(s->leave && clock_ns() >= s->leave)) {
		struct timespec left;

		tty_polls(s->tty, &fds[POLL_TTY]);
		if (ppoll(fds, n, deadlines(s, &left), NULL) < 0 && errno != EINTR) {
			err_sys(s->err, NO_ORIGIN, errno, "cannot watch the sandbox");
			s->worded = true;
			supervisor_kill(s);
			break;
		}
		/* Signals first: what came before a stop must be forwarded before the supervisor stops. */
		if (fds[1].revents)
			job_signals(s);
		if (fds[2].revents)
			reports_read(s, &fds[2]);
		if (fds[3].revents)
			unmask_happened(s);
		if (fds[4].revents)
			addresses_changed(s);
		tty_relay(s->tty, &fds[POLL_TTY]);
		for (size_t i = 0; i < s->l->n_companions && !(fds[0].revents & POLLIN); i++)
			if (companions[i].revents)
				companion_ended(s, &s->l->companions[i], &companions[i]);
		if (s->stopped_by && !(fds[0].revents & POLLIN))
			job_stop(s);
	}
	/* A report of failure may have come with the end. */
	reports_read(s, &fds[2]);
}

static void timeout_problem(const struct supervisor *s, struct err *err)
{
	double seconds = (double)s->plan->timeout_ns / (double)SECOND;

	err_add(err, NO_ORIGIN, "timeout after %g s: %s", seconds,
		s->killed ? "SIGTERM did not end the program, SIGKILL ended the sandbox" : "SIGTERM ended the program");
}

static int outcome(struct supervisor *s, const siginfo_t *end, struct err *err)
{
	if (s->worded)
		return EXIT_SBOX;
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

/*
 * The kernel keeps no status of it (launch/enter.c): what leaves without a word was killed, or will be.  Where watch() was not
 * there to wait for its end, that is awaited here.
 */
static void entered_end(const struct supervisor *s, siginfo_t *ret)
{
	struct pollfd gone = { .fd = s->l->pidfd, .events = POLLIN };
	int64_t ns = s->leave ? s->leave - clock_ns() : 0;
	const struct timespec left = { .tv_sec = ns > 0 ? ns / SECOND : 0, .tv_nsec = ns > 0 ? ns % SECOND : 0 };

	ret->si_code = s->ended ? CLD_EXITED : CLD_KILLED;
	ret->si_status = s->ended ? s->end_status : SIGKILL;
	s->l->cut_off = !s->ended && !s->killed && !s->failed;
	if (s->leave && ppoll(&gone, 1, &left, NULL) == 0)
		err_warn(s->err, NO_ORIGIN, "what entered the sandbox was killed, and will end as soon as it gets processor time");
}

/* The same in one word, for --json-status-fd. */
static const char *cause(const struct supervisor *s, bool ready, const siginfo_t *end)
{
	if (!ready || s->worded || s->failed)
		return "not-run";
	if (s->unmasked)
		return "unmasked";
	if (s->timed_out)
		return "timeout";
	return end->si_code == CLD_EXITED ? "exited" : "killed";
}

/* A step of this side may have worded its failure itself.  What the child says goes first: it may be the cause. */
static bool phase_run(struct supervisor *s, enum phase phase)
{
	struct pollfd sock = { .fd = s->l->sup_sock };
	size_t errors = s->err->errors;
	unsigned step;
	int r = steps_run(phase, s->plan, s->l, &step);

	if (r == 0)
		return true;
	s->worded = s->err->errors > errors;
	reports_read(s, &sock);
	if (!s->failed)
		s->failure = (struct report){ .kind = REPORT_FAILED_STEP, .step = step, .item = (unsigned)s->l->item, .error = -r };
	s->failed = true;
	return false;
}

static bool supervisor_init(struct supervisor *s)
{
	const uint64_t all = ~UINT64_C(0), child = SIGNAL_BIT(SIGCHLD);

	s->signal_fd = sys_signalfd(all & ~child, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->signal_fd < 0)
		return false;
	if (s->plan->timeout_ns)
		s->deadline = clock_ns() + s->plan->timeout_ns;
	if (!phase_run(s, PHASE_START))
		return false;
	const int kept[] = { s->signal_fd, s->l->pidfd, s->l->sup_sock, s->l->confined, s->unmask.fd, s->tty->in_fd, s->tty->out_fd,
			     s->tty->master, s->tty->guard_fd };
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		launch_keep(s->l, kept[i]);
	release_fds(s->l);
	release_stdio(s->plan);
	image_let_go();
	return phase_run(s, PHASE_SUPERVISOR);
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
		supervisor_kill(&s);
	}
	stamp("program ran, end seen");
	if (plan->enter)
		entered_end(&s, &end);
	else
		(void)sys_waitid(P_PIDFD, l->pidfd, &end, WEXITED, &l->rusage);
	stamp("sandbox gone");
	companions_go_on(l);
	fd_close(&s.signal_fd);
	unmask_close(&s.unmask);
	tty_close(tty);
	job_return_terminal(plan);
	size_t before = err->problems.n;
	steps_end(PHASE_END, plan, l);
	/* What they say is no reason for another end than the program's. */
	if (!before && err->problems.n)
		say_now(err, data);
	int status = !ready && !s.failed ? EXIT_SBOX : outcome(&s, &end, err);
	json_status_exit(plan, status, cause(&s, ready, &end));
	l->interrupted = (s.interrupted || tty->interrupt_typed) && status == EXIT_SIGNAL + SIGINT && !err->problems.n;
	return status;
}
