/* SPDX-License-Identifier: MIT */
/*
 * What xdg-dbus-proxy logs, as refusals.  Half of each line was written by the program: it may be of any length, and look
 * like another one.  So a refusal says what a program was denied or pretends to have been, and no more.
 */
#ifndef SBOX_REPORT_BUS_LOG_H
#define SBOX_REPORT_BUS_LOG_H

#include "plan/plan.h"

enum {
	BUS_LINE_MAX = 1024, /* what follows in the line is dropped */
	BUS_TEXT_MAX = 255,  /* a name; an interface and a member */
};

/** struct bus_refusal - one thing that the proxy refused */
struct bus_refusal {
	bool call;            /* of the bus itself: @text is "INTERFACE.MEMBER"; else: @text is a name, to which … */
	enum bus_right right; /* … this was not given */
	const char *text;     /* cut at BUS_TEXT_MAX; valid until the next line */
};

/** bus_refused_fn - called for each refusal */
typedef void bus_refused_fn(void *data, enum bus bus, const struct bus_refusal *refusal);

/** struct bus_log - the log of one proxy */
struct bus_log {
	int fd;    /* its pipe; negative: there is none, or it has ended */
	pid_t pid; /* of the proxy */
	enum bus bus;
	char line[BUS_LINE_MAX];
	size_t n;                    /* of it are there */
	struct bus_refusal asked;    /* what the last message asked for, unless text is NULL */
	char text[BUS_TEXT_MAX + 1]; /* of it */
};

/** bus_log_line() - one more line, NUL-terminated.  Return: it completes the refusal *ret. */
bool bus_log_line(struct bus_log *log, const char *line, struct bus_refusal *ret);
/** bus_log_read() - what the pipe has now, at most a few thousand bytes.  Return: there was something. */
bool bus_log_read(struct bus_log *log, bus_refused_fn *fn, void *data);
/**
 * bus_log_drain() - everything that was sent to the proxy by processes that are no more
 * Waits until the proxy sleeps with nothing left to read; gives up after a second.
 */
void bus_log_drain(struct bus_log *log, bus_refused_fn *fn, void *data);

#endif
