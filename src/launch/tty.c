/* SPDX-License-Identifier: MIT */
#include "launch/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/sys.h"

/* A pseudo-terminal holds 640 KiB and a line, a pipe (unless root allows more) what is said here. */
enum { KERNEL_HOLDS = 1 << 20 };

/*
 * The caller's terminal as an open file of its own: non-blocking mode belongs to the open file, and others (the shell)
 * share the one behind 0-2.  A terminal of another mount namespace cannot be opened by name: then it may block.
 */
static int reopen(int fd, int flags)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	int own = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return own >= 0 ? own : fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

static int first_tty(const struct plan *plan, const int order[3])
{
	for (int i = 0; i < 3; i++)
		if (plan->tty_fds & 1U << order[i])
			return order[i];
	return -EBADF;
}

static bool in_foreground(const struct tty *t)
{
	return t->in_fd >= 0 && tcgetpgrp(t->in_fd) == getpgrp();
}

/* ---- the guard ---- */

static struct termios raw_modes(const struct tty *t)
{
	struct termios raw = t->before;

	cfmakeraw(&raw);
	return raw;
}

/*
 * A process that only waits for the supervisor's end: when that was a SIGKILL, nobody else gives the terminal back.
 * It does so only if it finds the very modes that the relay set: the shell may have been faster.
 */
static _Noreturn void guard_main(const struct tty *t, int read_end)
{
	struct termios now, raw = raw_modes(t);
	char byte;

	(void)setsid();
	(void)dup2(read_end, 0);
	(void)dup2(t->in_fd, 1);
	(void)sys_close_range(2, ~0U, 0);
	while (read(0, &byte, 1) < 0 && errno == EINTR)
		;
	if (tcgetattr(1, &now) == 0 && now.c_lflag == raw.c_lflag && now.c_iflag == raw.c_iflag && now.c_oflag == raw.c_oflag)
		(void)tcsetattr(1, TCSANOW, &t->before);
	_exit(0);
}

static int guard_start(struct tty *t)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	t->guard = fork();
	if (t->guard == 0) {
		(void)close(ends[1]);
		guard_main(t, ends[0]);
	}
	(void)close(ends[0]);
	t->guard_fd = ends[1];
	return t->guard < 0 ? -errno : 0;
}

/* ---- opening ---- */

int tty_open(struct tty *t, const struct plan *plan, struct launch *l)
{
	static const int input[] = { 0, 1, 2 }, output[] = { 1, 2, 0 };
	int ends[2], from = first_tty(plan, input), to = first_tty(plan, output);

	t->plan = plan;
	t->in_fd = t->out_fd = t->master = t->guard_fd = -EBADF;
	if (plan->tty == TTY_INHERIT || !plan->stdio_tty)
		return 0;
	t->input.data = arena_alloc(plan->arena, TTY_BUFFER);
	t->output.data = arena_alloc(plan->arena, TTY_BUFFER);
	t->out_fd = reopen(to, O_WRONLY);
	if (t->out_fd < 0)
		return -errno;
	if (plan->tty == TTY_NONE) {
		if (pipe2(ends, O_CLOEXEC) < 0)
			return -errno;
		t->master = ends[0];
		l->out_fd = ends[1];
		return fcntl(t->master, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
	}
	t->in_fd = reopen(from, O_RDWR);
	if (t->in_fd < 0)
		return -errno;
	t->has_before = tcgetattr(t->in_fd, &t->before) == 0;
	l->tty_modes = t->before;
	l->tty_modes_known = t->has_before && ioctl(t->in_fd, TIOCGWINSZ, &l->tty_size) == 0;
	/* Both ends on the terminal: an interactive program, which has the keyboard from the start. */
	t->wanted = (plan->tty_fds & 3) == 3;
	l->tty_front = t->wanted && in_foreground(t);
	return t->has_before ? guard_start(t) : 0;
}

void tty_attach(struct tty *t, int master)
{
	t->master = master;
	(void)fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK);
	if (t->wanted)
		(void)tty_take(t);
}

void tty_resize(const struct tty *t)
{
	struct winsize size;

	if (t->master >= 0 && t->in_fd >= 0 && ioctl(t->in_fd, TIOCGWINSZ, &size) == 0)
		(void)ioctl(t->master, TIOCSWINSZ, &size);
}

/* ---- the keyboard ---- */

bool tty_take(struct tty *t)
{
	struct termios raw = raw_modes(t);

	if (t->master < 0 || !t->has_before || !in_foreground(t))
		return false;
	t->wanted = true;
	/* SIGTTOU is blocked like every signal */
	if (!t->raw && tcsetattr(t->in_fd, TCSADRAIN, &raw) == 0)
		t->raw = true;
	tty_resize(t);
	return t->raw;
}

void tty_give_back(struct tty *t)
{
	if (t->raw && in_foreground(t))
		(void)tcsetattr(t->in_fd, TCSADRAIN, &t->before);
	t->raw = false;
}

/* ---- the relay ---- */

/* Return: false when nothing will come any more. */
static bool flow_read(struct tty_flow *f, int fd)
{
	if (f->n)
		return true;
	ssize_t n = read(fd, f->data, TTY_BUFFER);

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	f->at = 0;
	f->n = (size_t)n;
	return true;
}

static bool flow_write(struct tty_flow *f, int fd)
{
	if (!f->n)
		return true;
	ssize_t n = write(fd, f->data + f->at, f->n - f->at);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	f->at += (size_t)n;
	if (f->at == f->n)
		f->at = f->n = 0;
	return true;
}

void tty_polls(const struct tty *t, struct pollfd *fds)
{
	fds[0] = (struct pollfd){ .fd = t->raw && !t->input.n ? t->in_fd : -1, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = t->output.n ? t->out_fd : -1, .events = POLLOUT };
	fds[2] = (struct pollfd){ .fd = t->master, .events = (short)((t->output.n ? 0 : POLLIN) | (t->input.n ? POLLOUT : 0)) };
	if (!fds[2].events)
		fds[2].fd = -1; /* a hang-up alone would keep poll() from waiting */
}

/* As much as both sides take without waiting, within bounds: signals want to be looked at too. */
static void output_flow(struct tty *t)
{
	for (int i = 0; i < 64; i++) {
		if (!flow_read(&t->output, t->master)) {
			fd_close(&t->master);
			return;
		}
		if (!t->output.n)
			return;
		if (!flow_write(&t->output, t->out_fd))
			t->output.n = 0; /* nobody sees it any more */
		if (t->output.n)
			return;
	}
}

void tty_relay(struct tty *t, const struct pollfd *fds)
{
	if (fds[0].revents && !flow_read(&t->input, t->in_fd))
		t->raw = false; /* the caller's terminal is gone; SIGHUP comes as well */
	if (fds[0].revents && t->input.n && memchr(t->input.data, t->before.c_cc[VINTR], t->input.n))
		t->interrupt_typed = true;
	if (fds[1].revents && !flow_write(&t->output, t->out_fd))
		t->output.n = 0;
	if (fds[2].revents & (POLLIN | POLLHUP | POLLERR) && !t->output.n)
		output_flow(t);
	if (t->master >= 0 && t->input.n && !flow_write(&t->input, t->master))
		t->input.n = 0;
}

/*
 * The program has ended: what it wrote last is still on its way, however slow the reader is.  After `enter` others live on,
 * who may open the terminal inside and fill it faster than it is read: then no more than the kernel holds for one, or for a pipe.
 */
static void drain(struct tty *t)
{
	struct pollfd out = { .fd = t->out_fd, .events = POLLOUT };
	size_t left = t->plan->enter ? KERNEL_HOLDS : SIZE_MAX;

	while (t->master >= 0 || t->output.n) {
		if (!t->output.n) {
			/* non-blocking: nothing left is EAGAIN, all sides closed is EIO */
			if (!flow_read(&t->output, t->master) || !t->output.n || t->output.n > left)
				return;
			left -= t->output.n;
		}
		if (!flow_write(&t->output, t->out_fd))
			return;
		if (t->output.n && ppoll(&out, 1, NULL, NULL) < 0 && errno != EINTR)
			return;
	}
}

void tty_close(struct tty *t)
{
	drain(t);
	tty_give_back(t);
	fd_close(&t->guard_fd);
	/* Whoever stopped it would have the supervisor wait for ever. */
	if (t->guard > 0)
		(void)kill(t->guard, SIGCONT);
	if (t->guard > 0)
		(void)waitid(P_PID, (id_t)t->guard, NULL, WEXITED);
	fd_close(&t->master);
	fd_close(&t->in_fd);
	fd_close(&t->out_fd);
}
