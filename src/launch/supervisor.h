/* SPDX-License-Identifier: MIT */
/* The supervisor's parts among themselves: supervise.c (the loop and the end), job.c (towards the shell), release.c. */
#ifndef SBOX_LAUNCH_SUPERVISOR_H
#define SBOX_LAUNCH_SUPERVISOR_H

#include "base/clock.h"
#include "launch/tty.h"
#include "report/unmask.h"

#define SECOND INT64_C(1000000000) /* nanoseconds */

/** struct supervisor - the state of the process outside while the sandbox runs */
struct supervisor {
	const struct plan *plan;
	struct launch *l;
	int signal_fd;
	int64_t deadline;      /* monotonic; 0: none */
	int64_t patience;      /* when a fatal signal must have been taken; 0: none is waited for */
	int impatient_signal;  /* that signal */
	int64_t leave;         /* enter: when a process that was killed is waited for no longer; 0: it was not */
	bool timed_out, killed;
	bool ended;            /* enter: the program, with end_status */
	int end_status;
	bool interrupted;      /* Ctrl-C */
	bool continued;        /* a SIGCONT came with the signals read last */
	int stopped_by;        /* the program's stop that is to be followed; 0: none */
	bool failed;
	bool worded;           /* a step of this side failed, and said why */
	bool unmasked;         /* on-unmask = kill ended it */
	struct unmask unmask;
	struct tty *tty;
	say_fn *say;
	void *say_data;
	struct err *err;
	struct report failure;
};

/* ---- supervise.c ---- */

/** supervisor_kill() - SIGKILL to pid 1 of the sandbox: the kernel ends the rest of the namespace with it */
void supervisor_kill(struct supervisor *s);
/** supervisor_forward() - ask pid 1 to send @signal to the program; @group: to its process group */
void supervisor_forward(struct supervisor *s, int signal, bool group);

/* ---- job.c: as a job of the caller's shell ---- */

/** job_signals() - take the signals that came, and hand them on */
void job_signals(struct supervisor *s);
/** job_stop() - s->stopped_by stopped the program: stop too, go on with it */
void job_stop(struct supervisor *s);
/** job_patience_end() - a fatal signal was not taken within a second: a child that hangs is killed */
void job_patience_end(struct supervisor *s);
/** job_return_terminal() - tty = inherit: the caller's group is in the foreground again, if the program's is gone */
void job_return_terminal(const struct plan *plan);

/* ---- release.c: what the supervisor does not hold ---- */

/** release_stdio() - 0 and 1 lead to /dev/null, except a terminal that it gives back at the end */
void release_stdio(const struct plan *plan);
/** release_fds() - close everything but 0-2 and what launch_keep() named */
void release_fds(const struct launch *l);

#endif
