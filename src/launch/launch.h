/* SPDX-License-Identifier: MIT */
/*
 * Right of the plan: processes.  Who exists, in which order, how they report.
 *
 *   supervisor (host side) ──clone3──► child: builds the root, becomes pid 1 ("sbox-init")
 *        │        ▲                        │
 *        └─ ctl ──┴── socketpair ──────────┤ fork
 *                                          └─► program (execve)
 *
 * The socketpair (SOCK_SEQPACKET) carries requests down and reports up; when either side dies the other one
 * sees its end.
 */
#ifndef SBOX_LAUNCH_LAUNCH_H
#define SBOX_LAUNCH_LAUNCH_H

#include <signal.h>
#include <sys/types.h>

#include "kernel/kernel.h"

enum {
	EXIT_USAGE = 2,
	EXIT_SBOX = 125,      /* sbox itself failed; nothing was run */
	EXIT_NOT_EXEC = 126,  /* found, but cannot be executed */
	EXIT_NOT_FOUND = 127,
	EXIT_SIGNAL = 128,    /* + n: signal n ended the program */
};

struct tty;

/** say_fn - tell the user, now, what came into @err; only cmd/ prints */
typedef void say_fn(struct err *err, void *data);

/** struct launch_usage - what a run used, as far as it was counted */
struct launch_usage {
	int64_t cpu_ns;
	int64_t memory_peak;     /* of all processes together; -1: only a cgroup knows */
	int64_t tasks_peak;      /* -1: not known */
	int64_t largest_process; /* bytes */
	struct err notes;        /* limits of a shipped profile that did not hold; initialised by the caller */
};

/**
 * launch_begin() - what others take a while for: asked for now, while the rest of @plan, of plan_begin(), is made
 * launch_go() - launch_run() with @l of launch_begin()
 */
void launch_begin(struct launch *l, const struct plan *plan, struct err *err);
int launch_go(struct launch *l, say_fn *say, void *data, struct launch_usage *usage);

/**
 * launch_run() - carry the plan out: start, supervise, clean up
 * @say: called, with @data, for what cannot wait until the end (a mask that was replaced, a hint that was missed)
 * Afterwards signals are still blocked and stdin and stdout may lead to /dev/null: the caller prints what @err holds
 * and leaves.  It does not return when Ctrl-C ended the program: the launcher then dies of SIGINT as well, since a
 * shell that runs a script stops it only for that, not for an exit status of 130.
 * @usage: may be NULL
 * Return: the exit status for main().
 */
int launch_run(const struct plan *plan, say_fn *say, void *data, struct launch_usage *usage, struct err *err);

/** struct entering - the sandbox that one process more goes into */
struct entering {
	const char *id;
	struct joined joined; /* its namespaces; launch_enter() takes them */
	int cgroup;           /* in which the process is born, or negative; stays open */
	int64_t oom_kills;    /* how many of the group were killed for want of memory before: enter_check() */
	int alive;            /* pidfd of its pid 1; stays open */
	bool cut_off;         /* set by launch_enter(): the process was ended, and not by its program's end or from outside */
};

/** enter_check() - can a process be born in the cgroup of @e as it is now?  Return: 0; -errno, said in @err. */
int enter_check(struct entering *e, struct err *err);
/** launch_enter() - one process more in the sandbox @e.  @plan: of plan_enter().  Otherwise as launch_run(). */
int launch_enter(const struct plan *plan, struct entering *e, say_fn *say, void *data, struct err *err);

/* ---- steps (steps.c): the launch script ---- */

enum phase {
	PHASE_ASK,     /* in the supervisor, while the rest of the plan is made: what takes others a while; nothing fails here */
	PHASE_PARENT,  /* before clone3, in the supervisor */
	PHASE_START,   /* in the supervisor, while the child builds: what serves the sandbox from outside starts here */
	PHASE_SUPERVISOR, /* in the supervisor: it gives up what it needs no more */
	PHASE_JOIN,    /* enter: in a process that goes into the namespaces, and whose child is then inside */
	PHASE_CHILD,   /* in the child, first user namespace, host's mounts still there */
	PHASE_INIT,    /* in pid 1 after the program was forked */
	PHASE_PROGRAM, /* in the program before its execve */
	PHASE_END,     /* in the supervisor, confined, when nothing runs inside any more: also after a failure */
	PHASE_LAST,    /* the same, when the exit status is known and nothing of the sandbox is left */
	PHASE_COUNT
};

/** enum step_items - what struct launch's item counts while a step runs */
enum step_items { ITEMS_NONE, ITEMS_DIRS, ITEMS_MOUNTS, ITEMS_RLIMITS, ITEMS_FDS, ITEMS_CLOCKS };

struct step {
	enum phase phase;
	const char *name;  /* stable: tests and explain --steps show it */
	step_fn *run;
	bool (*wanted)(const struct plan *plan); /* NULL: always */
	const char *holds; /* what holds afterwards */
	const char *fails; /* how its failure is worded, the cause follows; with items: words before the item */
	enum step_items items;
};

extern const struct step steps[];
extern const size_t n_steps;

/** steps_run() - the steps of @phase in order; on failure *ret_step is the index of the one that failed */
int steps_run(enum phase phase, const struct plan *plan, struct launch *l, unsigned *ret_step);

/**
 * steps_end() - every step of @phase (PHASE_END, PHASE_LAST), whether another fails or not; nothing that one cleans up need exist
 * A failure is a warning in @l->err.
 */
void steps_end(enum phase phase, const struct plan *plan, struct launch *l);

/* ---- json_status.c: for programs that drive sbox ---- */

/** json_status_exit() - the line of the end, when one is wanted; @cause: "exited", "timeout", … (sbox(1)) */
void json_status_exit(const struct plan *plan, int status, const char *cause);

/* ---- status.c: how inner processes report ---- */

enum report_kind {
	REPORT_FAILED_STEP,
	REPORT_FAILED_FORK, /* the program's process could not be made */
	REPORT_FAILED_TERMINAL, /* the private terminal could not be handed to the supervisor */
	REPORT_FAILED_EXEC, /* the command was found, execve() refused it */
	REPORT_MISSED,      /* a hint that is not required could not be taken; the launch goes on */
	REPORT_STOPPED,     /* a signal stopped the program */
	REPORT_TERMINAL,    /* with a descriptor: the outer side of the private terminal */
	REPORT_SOCKET,      /* with a descriptor: the socket @item of enum net_sock */
	REPORT_ENTERED,     /* enter: the process inside is there; @item is its pid, in the sender's pid namespace */
	REPORT_ENDED,       /* enter: the program has ended, with the exit status @item */
	REPORT_WAITING,     /* the child waits in wait-parent: the supervisor may work on its namespaces */
	REPORT_KIND_COUNT
};

/** struct report - one message up the socket; plain data, written in one write(2), no pointers */
struct report {
	enum report_kind kind;
	unsigned step;  /* index into steps[] */
	unsigned item;  /* index into what the step walks over */
	int error;      /* errno */
	int signal;     /* REPORT_STOPPED */
};

/** struct request - message down the socket: the supervisor got a signal, or the program may have the keyboard */
struct request {
	int signal;
	bool group;      /* it was meant for a whole process group */
	bool go;         /* the only thing that counts: leave wait-parent */
	bool foreground; /* make the program's group the foreground one of the private terminal, then send @signal */
};

/** report_send() - async-signal-safe; runs in child, init and program.  Only write(2): that every filter allows. */
void report_send(int sock, const struct report *r);
/** report_send_fd() - the same with descriptor @fd; runs in the child, before any filter.  Return: 0 or -errno. */
int report_send_fd(int sock, const struct report *r, int fd);
/** report_recv() - one report; a descriptor that came with it in *@ret_fd, else -EBADF.  Return: as recv(2). */
ssize_t report_recv(int sock, struct report *r, int *ret_fd);
/** report_problem() - word a failure: the plan's line, the remedy; runs in the supervisor.  Return: exit status. */
int report_problem(const struct plan *plan, const struct report *r, struct err *err);
/** tasks_remedy - what EAGAIN means to who makes a process in a cgroup */
extern const char tasks_remedy[];
/** report_missed() - word a REPORT_MISSED: a warning */
void report_missed(const struct plan *plan, const struct report *r, struct err *err);

/* ---- usage.c ---- */

/** size_human() - "512 MiB"; in @arena */
const char *size_human(struct arena *arena, int64_t bytes);
/** limits_explain() - word which limit the sandbox met */
void limits_explain(const struct plan *plan, const struct launch *l, struct err *err);
void usage_fill(const struct plan *plan, const struct launch *l, struct launch_usage *ret);

/* ---- refused.c, command.c: causes looked for after something failed, on the host side ---- */

/** userns_remedy() - why clone3() or the first id map was refused with @error: adds the remedy to the last problem */
void userns_remedy(int error, struct err *err);
/** apparmor_remedy() - adds a remedy and returns true when AppArmor confines what sbox does in its user namespace */
bool apparmor_remedy(struct err *err);
/** kernel_is_old() - is it older than what sbox needs?  @release: its version */
bool kernel_is_old(char release[64]);
/** kernel_remedy() - a system call is not there: adds whether the kernel is old or a filter hides it */
void kernel_remedy(struct err *err);
/** filter_remedy() - adds a remedy and returns true when sbox was started under a system call filter */
bool filter_remedy(struct err *err);
/** proc_remedy() - adds a remedy and returns true when parts of /proc are covered, so that no fresh one can be mounted */
bool proc_remedy(struct err *err);
/** apparmor_install() - how to load the profile that is shipped for sbox itself; in @arena */
const char *apparmor_install(struct arena *arena);
/** command_problem() - why the command could not be run.  @found: it was found inside, but execve() refused it */
void command_problem(const struct plan *plan, int error, bool found, struct err *err);

/* ---- handshake.c: steps; the first four when the plan has @handshake ---- */

step_fn handshake_wait;        /* child: until the supervisor has done what needs this process dumpable */
step_fn handshake_child_ready; /* supervisor: until the child waits; -ECHILD when it failed before, and reported why */
step_fn json_status_start;     /* supervisor, while the child waits: the line of the start */
step_fn handshake_go;          /* supervisor: the child may go on */

/** confined_open() - make @l->confined, before the first process.  Return: 0 or -errno. */
int confined_open(struct launch *l);
step_fn confined_say;  /* supervisor, pid 1: this one is confined */
step_fn confined_wait; /* program: both are.  Every filter allows what it calls. */

/* ---- registry.c: the sandbox can be found while it runs; nothing of it is done without plan->registry.dir ---- */

step_fn registry_reserve;  /* parent: --name is this launch's */
step_fn registry_register; /* start: the entry is written, the supervisor holds its lock */
step_fn registry_remove;   /* end */
/* ---- report.c: steps, when the plan has @report.on ---- */

step_fn reporter_open;   /* supervisor, before clone3: output, and the sockets */
step_fn reporter_start;  /* supervisor: the process */
step_fn reporter_finish; /* supervisor: the report is written, the process gone */

/* ---- log.c: steps, when the plan has a log ---- */

step_fn log_open;  /* supervisor, before clone3: the file or the journal, and the process that writes to it */
step_fn log_take;  /* program: its output is the log's */
step_fn log_end;   /* supervisor, last: all is written, the process gone */
/** log_say() - what @err holds, to the log; nothing without one */
void log_say(const struct launch *l, const struct err *err);

/* ---- hooks.c: steps, when the plan has hooks ---- */

step_fn hooks_before; /* supervisor, last before clone3 */
step_fn hooks_wait;   /* supervisor: the process that runs `after`, since the supervisor will be able to run nothing */
step_fn hooks_after;  /* supervisor, last */

/* ---- child.c, init.c, supervise.c ---- */

/** launch_init() - @l with no descriptor open */
void launch_init(struct launch *l, const struct plan *plan, struct err *err);
/** launch_sockets() - the socket pair, and what the child needs ready.  Return: exit status. */
int launch_sockets(struct launch *l, struct err *err);
/** launch_done() - close what is left; after launch_begin() alone: it is not to be launched after all */
void launch_done(struct launch *l);
/** child_main() - from clone3 to the init loop; never returns */
_Noreturn void child_main(const struct plan *plan, struct launch *l);
/**
 * init_loop() - pid 1: reap, forward signals, leave with the program's status; never returns
 * Its filter must allow: ppoll, read, write, wait4, kill, getpgid, clock_gettime, exit_group.
 */
_Noreturn void init_loop(const struct plan *plan, struct launch *l, pid_t program);
/**
 * launch_leave() - PHASE_LAST, then launch_done(); does not return when @interrupted and there is nothing to say
 * @say, @data: as for launch_run()
 */
void launch_leave(const struct plan *plan, struct launch *l, int status, say_fn *say, void *data, struct err *err);
/** supervise() - wait for the end; forward signals, stop with the program, keep the timeout.  Return: exit status. */
int supervise(const struct plan *plan, struct launch *l, struct tty *tty, say_fn *say_now, void *data, struct err *err);

#endif
