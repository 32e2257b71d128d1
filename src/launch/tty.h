/* SPDX-License-Identifier: MIT */
/*
 * The private terminal, outer side: a relay between the caller's terminal and the one inside, run by the supervisor's
 * loop.  While the program is in the foreground the caller's terminal is raw, so that every key (Ctrl-C, Ctrl-Z too)
 * reaches the line discipline inside.
 *
 * Where sbox is only one part of a pipeline on the terminal (`sbox … | less`), the keys belong to the others until the
 * program asks for input: it begins in the background of its own terminal, reading stops it by SIGTTIN, and then the
 * relay takes the keyboard (as a shell would have given it).
 *
 * tty = none uses the same relay, from a pipe and without a keyboard.
 */
#ifndef SBOX_LAUNCH_TTY_H
#define SBOX_LAUNCH_TTY_H

#include <poll.h>
#include <termios.h>

#include "launch/launch.h"

enum { TTY_BUFFER = 16384, TTY_POLLS = 3 };

/** struct tty_flow - one direction; @at..@n of @data (TTY_BUFFER bytes, in the plan's arena) still has to be written */
struct tty_flow {
	size_t at, n;
	char *data;
};

struct tty {
	const struct plan *plan;
	int in_fd, out_fd; /* the caller's terminal, opened anew without O_CLOEXEC's absence or blocking; -EBADF: none */
	int master;        /* the side of the inner terminal that the child sent, or the pipe of tty = none */
	int guard_fd;      /* held open as long as the supervisor lives: its end tells the guard */
	pid_t guard;
	struct termios before; /* the caller's settings */
	bool has_before;
	bool interrupt_typed; /* the interrupt key (Ctrl-C) went to the program */
	bool raw;          /* the relay has the keyboard */
	bool wanted;       /* the program is to have the keyboard when sbox is in the foreground */
	struct tty_flow input, output;
};

/** tty_open() - look at the caller's terminal; before clone3 and before any filter.  Return: 0 or -errno. */
int tty_open(struct tty *t, const struct plan *plan, struct launch *l);
/** tty_attach() - the inner side has come; takes the keyboard if the program should have it from the start */
void tty_attach(struct tty *t, int master);
/** tty_polls() - fill TTY_POLLS entries of poll(2) */
void tty_polls(const struct tty *t, struct pollfd *fds);
/** tty_relay() - move what can be moved */
void tty_relay(struct tty *t, const struct pollfd *fds);
/** tty_resize() - the caller's window changed its size */
void tty_resize(const struct tty *t);
/** tty_take() - take the keyboard if sbox is in the foreground.  Return: is it taken now? */
bool tty_take(struct tty *t);
/** tty_give_back() - the caller's terminal as it was, before sbox stops or speaks */
void tty_give_back(struct tty *t);
/** tty_close() - write what is left, give back, let the guard go */
void tty_close(struct tty *t);

#endif
