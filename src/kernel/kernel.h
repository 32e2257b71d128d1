/* SPDX-License-Identifier: MIT */
/*
 * Kernel mechanisms, one per file, each with the step functions that launch/steps.c lists.  They read the plan
 * and decide nothing.  All run in the child (first user namespace) unless said otherwise; after clone3 nothing
 * here allocates.
 */
#ifndef SBOX_KERNEL_KERNEL_H
#define SBOX_KERNEL_KERNEL_H

#include <errno.h>
#include <limits.h>

#include <sys/ioctl.h>
#include <termios.h>

#include "base/err.h"
#include "kernel/cgroup.h"
#include "plan/plan.h"
#include "plan/seen.h"

/* HELPER_MS: what a program or service outside may take for what is done in milliseconds; more is a hang */
enum { COMPANIONS_MAX = 8, KEPT_MAX = 32, HELPER_MS = 8000 };

/** enum net_sock - sockets of the sandbox's network namespace that the supervisor gets from the child */
enum net_sock {
	NET_SOCK_NFT,       /* netlink: nf_tables */
	NET_SOCK_NFT_NAMES, /* the same, for the resolver: each gets its own answers */
	NET_SOCK_DNS_UDP, /* 127.0.0.1:53 */
	NET_SOCK_DNS_TCP,
	NET_SOCK_COUNT
};

/** struct companion - a process on the host side that serves one sandbox; whoever started it ends it in PHASE_END */
struct companion {
	pid_t pid;
	int pidfd;        /* owned; the supervisor's loop watches it */
	const char *name; /* "pasta" */
	const char *lost; /* what is missing without it: said when it ends before the program */
	bool vital;       /* then the sandbox is ended too */
	bool ended;       /* it did */
};

struct bus_talk;

/** struct cgroup_launch - the supervisor's side of the cgroup; descriptors that are not needed are -EBADF */
struct cgroup_launch {
	const char *unit;      /* the scope that systemd was asked for, NULL: it was not */
	struct bus_talk *talk; /* its answer is still to be read; NULL: none is */
	int asked;             /* -errno: it could not be asked by its own socket */
	int base;           /* the directory above */
	int inner;          /* nested = full: the group in it that the payload is born in */
	int kill;           /* cgroup.kill, for a supervisor that may open nothing for writing any more */
	int own_procs, own_control; /* subtree with leaves: the way back out of "sup" */
	const char *name;   /* in @base */
	int missed[CGROUP_LIMITS_MAX]; /* for each of the plan's limits: errno when it does not hold */
	bool tasks_unbound; /* pids-max does not hold there: RLIMIT_NPROC instead */
	bool has_stats;
	struct cgroup_stats stats; /* at the end */
};

enum { JOINED_KINDS = 7 };

/** struct joined - the namespaces of a running sandbox, by descriptor; negative: the caller's own */
struct joined {
	int above;         /* user namespaces: that of a network that was joined, where it is not the caller's own; */
	int first, second; /* no second one where a capability is kept */
	int kinds[JOINED_KINDS];
};
#define JOINED_NONE ((struct joined){ -EBADF, -EBADF, -EBADF, { -EBADF, -EBADF, -EBADF, -EBADF, -EBADF, -EBADF, -EBADF } })

/** struct launch - everything that lives as long as one launch; each descriptor has one owner: this */
struct launch {
	const struct plan *plan;

	/* parent */
	char **script_argv; /* room for running a script without "#!" by /bin/sh: two entries more than plan->argv */
	int pidfd;      /* of the child; from clone3 */
	int sup_sock;   /* the supervisor's end */
	int confined;   /* eventfd: how many of the supervisor and pid 1 are not confined yet (launch/handshake.c) */
	pid_t child;    /* in the supervisor's pid namespace */
	struct err *err; /* a step of the supervisor may word its own failure here; NULL in the child and further in */
	int cgroup_fd;  /* directory of the cgroup that the payload is born in; -EBADF: that of the caller */
	const char *cgroup_path; /* the same as a path of the host, NULL for none; in the plan's arena */
	const char *id;   /* of the sandbox in the registry; NULL: it is not registered */
	int registry_dir; /* the registry */
	int registry_fd;  /* the entry, with the supervisor's lock on it */
	struct cgroup_launch cgroup; /* what else the supervisor holds of it: cgroup_make.c */
	struct rusage rusage; /* of pid 1 and all that it waited for, at the end */
	int kept[KEPT_MAX]; /* what stays open in the supervisor beside 0-2: launch_keep() */
	size_t n_kept;
	int net_socks[NET_SOCK_COUNT]; /* made in the child, used in the supervisor; -EBADF: not wanted */
	struct names_seen *seen;  /* what the resolver saw, for the reporter and names_explain(); NULL: no resolver */
	int address_fd;     /* netlink of the host: tells of new addresses */
	int pasta_words_fd; /* what pasta says on its stderr */
	int prepared_net;   /* NET_JOIN: the network namespace, until the child is in it */
	int prepared_user;  /* the user namespace that it is entered from; -EBADF: the caller's own */
	uint64_t prepared_above; /* its inode number, for the registry; 0: the caller's own */
	uint32_t outer_uid, outer_gid; /* the caller's, as the namespace above the first calls them */
	int bus_fds[BUS_COUNT];    /* a proxy ends when its one is closed; without a report the first serves all buses */
	int bus_logs[BUS_COUNT];   /* the reporter's: what the proxy of that bus says */
	pid_t bus_pids[BUS_COUNT]; /* of the proxies that log */
	int portal_parent, portal_dir; /* where the portals look the sandbox up; -EBADF: nowhere */
	int wayland_fd;     /* the compositor accepts no more clients when this one is closed */
	const char *socket_paths[SOCKET_COUNT]; /* of MOUNT_SOCKET, on the host; NULL: not wanted */
	struct companion companions[COMPANIONS_MAX];
	size_t n_companions;
	struct companion *reporter; /* one of them, or NULL */
	int report_out;    /* where the report goes; the reporter's, as the next */
	int reporter_link; /* by which it learns the number of the program's listener */
	int report_sock;   /* the other end: the program's until its execve */
	int reporter_end;  /* the supervisor's: closed when nothing runs inside any more */

	/* log and hooks */
	int log_out;    /* the program's output; held by the supervisor until the program has it */
	int log_sbox;   /* the supervisor's own messages */
	int hook_link;  /* to the process that waits to run `after` */
	bool hooked;    /* the hooks were begun: `after` is due */
	bool interrupted; /* Ctrl-C ended the program, and nothing is to be said about that */
	bool cut_off;   /* enter: what stands in for pid 1 left without a word, and this process had not ended it */
	int status;     /* PHASE_LAST: the exit status of sbox */

	/* overlays */
	int overlays_dir;       /* plan->overlays_dir */
	int overlay_dir;        /* this run's directory in it, locked */
	const char *overlay_id; /* its name */
	struct joined joined; /* enter: what the new process goes into */

	/* child */
	pid_t init;     /* enter: the pid inside of the process that stands in for pid 1 */
	int out_fd;     /* tty = none: the program's side of the pipe that replaces a terminal */
	bool tty_front; /* tty = private: the program has the keyboard from the start */
	bool tty_modes_known; /* the two below hold what the caller's terminal has */
	struct termios tty_modes;
	struct winsize tty_size;
	int tty_fd;     /* tty = private: the terminal inside; pid 1 keeps it */
	int tty_master; /* its other side, until the supervisor has it */
	int child_sock; /* the child's end; also the program's until its execve */
	int root_fd;    /* the new root, O_PATH */
	int old_proc_fd; /* the host's /proc, O_PATH, checked to be procfs; closed before the program is forked */
	int missed;      /* errno of a hint that the step just run could not take, and that is not required; 0: none */
	int signal_fd;   /* init: every signal that was sent to it */
	char *command;  /* program: what command_find() found; PATH_MAX bytes in the plan's arena */
	size_t item;    /* index of the mount entry, rlimit, … that a step is at: named in its error report */
};

/** step_fn - one step of a launch.  Return: 0 or -errno, with l->item saying what it was at */
typedef int step_fn(const struct plan *plan, struct launch *l);

/**
 * plan_shares_terminal() - is the program part of the caller's session and process group?
 * Then the terminal's signals (and a shell's kill -PGRP) reach it directly, as they reach a bare program.  Else it has
 * a session and group of its own, and whatever the supervisor receives is forwarded.
 */
static inline bool plan_shares_terminal(const struct plan *plan)
{
	return plan->tty == TTY_INHERIT && plan->stdio_tty;
}

/* host.c */
/** host_new() - the real machine behind plan/host.h; in @arena */
struct host *host_new(struct arena *arena, const struct caller *caller);

/* self.c: the launcher protects itself; runs first in main(), before anything is read */
/** self_check() - refuse set-id, file capabilities; /dev/null on missing 0-2; signals and mask to default.  0 or -EPERM */
int self_check(struct err *err);

/* companion.c */
/**
 * companion_fork() - begin a process that serves the sandbox; the supervisor's loop watches it
 * @flags: CLONE_NEW*.  @name, @lost: see struct companion; literals.  In PHASE_PARENT, PHASE_START.
 * Return: 0 in the new process, its pid, or -errno.
 */
pid_t companion_fork(struct launch *l, uint64_t flags, const char *name, const char *lost);
/**
 * companion_wait() - wait for the end of the one called @name, which comes soon
 * @patience_ms: then SIGKILL ends it; negative: it may take as long as it likes
 * Return: its exit status; EIO when a signal ended it, ETIMEDOUT when that was this one; 0: there is none
 */
int companion_wait(struct launch *l, const char *name, int patience_ms);
/** companions_go_on() - SIGCONT to all: what has been stopped does its part at the end */
void companions_go_on(const struct launch *l);
/** companion_end() - SIGKILL to those called @name, and wait for them, a while if it is refused; in PHASE_END */
void companion_end(struct launch *l, const char *name);

/* own_dirs.c */
step_fn own_dirs_make;    /* parent: plan->own_dirs exist, 0700 */

/* owners.c */
/** owners_foreign() - host.h's foreign() */
const char *owners_foreign(struct arena *arena, const char *dir, const struct plan_ids *ids);

/* overlay.c */
step_fn overlay_prepare;  /* parent: the layers are there, and nobody else uses them */

/* fds.c */
/** launch_keep() - the supervisor keeps @fd open while the sandbox runs (negative ones are none); in PHASE_PARENT, PHASE_START */
void launch_keep(struct launch *l, int fd);
step_fn host_close;       /* child: the last handles on the host's /proc and root */
step_fn init_fds;         /* init: nothing but the socket, its signals and l->confined stays open */
step_fn fds_close;        /* program: everything but 0-2, pass_fds is marked close-on-exec */

/* cgroup_make.c, cgroup_scope.c, cgroup_end.c */
step_fn cgroup_ask;       /* supervisor, while the plan is made: systemd is to make a scope */
step_fn cgroup_make;      /* parent: the cgroup that the payload is born in, with its limits; a miss is a warning in l->err */
step_fn scopes_sweep;     /* supervisor, while the child builds: no scope is left of launchers that were killed */
step_fn cgroup_end;       /* supervisor, at the end: what was used; nothing of it is left */
/** cgroup_missed() - word that limit @i does not hold; @error as in struct cgroup_launch */
void cgroup_missed(const struct plan *plan, size_t i, int error, bool is_error, struct err *err);
/** cgroup_done() - close what a launch holds */
void cgroup_done(struct launch *l);

/* userns.c */
step_fn userns_maps;      /* child: both maps of the first user namespace, while still dumpable */
step_fn userns_limit;     /* child: max_user_namespaces = 1 in the first */
step_fn userns_second;    /* child: the second user namespace and its maps */

/* idmap.c: more ids than the caller's own */
/** idmap_first() - supervisor, while what it starts can still gain privileges: newuidmap and newgidmap */
step_fn idmap_first;
/** idmap_second() - child: unshare() the second user namespace and have its maps written.  Return: 0 or -errno. */
int idmap_second(const struct plan *plan, struct launch *l);

/* namespaces.c */
step_fn hostname_set;
step_fn loopback_up;
step_fn dad_off;          /* child: no duplicate address detection on interfaces that come */
/* timens.c */
step_fn timens_make;      /* child, before the first fork: a time namespace for what is forked, with its offsets */
step_fn oom_score_set;    /* child, while dumpable */

/* join.c: one process more in a sandbox that runs */
/**
 * join_open() - the namespaces of the process whose directory below /proc is @proc
 * Return: 0; -EXDEV when they are not those that @plan made; -errno.
 */
int join_open(const struct plan *plan, int proc, struct joined *ret);
/** struct join_number - a namespace as the kernel numbers it */
struct join_number {
	const char *kind; /* "net" */
	uint64_t inode;
};
/** join_numbers() - of all that @j holds, and for what it does not hold, of the caller's own; the first user namespace */
void join_numbers(const struct joined *j, struct join_number ret[JOINED_KINDS + 1]);
/** join_close() - close what join_open() opened */
void join_close(struct joined *j);
/** join_scope() - supervisor: go to where a child may be born in the cgroup of a sandbox.  Return: 0; -errno, said in l->err. */
int join_scope(const struct plan *plan, struct launch *l);
step_fn join_prepare;     /* join: what needs the host's /proc */
step_fn join_namespaces;  /* join */

/* root.c: from the mount list to pivot_root */
step_fn root_build;       /* child: every entry of plan->mounts */
step_fn root_pivot;       /* child: pivot_root, old root gone, root read-only */

/* proc.c */
step_fn proc_guard;       /* child: /proc/sys and friends read-only or masked */

/* process.c: the program's own attributes */
step_fn session_new;      /* child: out of the caller's session */
step_fn group_new;        /* program: a process group of its own in that session */
step_fn signals_reset;    /* program: nothing blocked */
step_fn keyring_join;
step_fn rlimits_set;
step_fn process_attrs;    /* umask, nice */
step_fn cwd_enter;
step_fn command_find;     /* program: plan->argv[0] along plan->path_list; ENOENT, EACCES as execvp would say */

/* terminal.c */
step_fn terminal_make;    /* child, after the pivot */
step_fn terminal_take;    /* program */
step_fn terminal_none;    /* program */

/* caps.c */
step_fn caps_drop;        /* child or (with keep) program: all five sets, securebits, no_new_privs */
step_fn caps_drop_supervisor; /* supervisor: nothing that root brought along is needed */
step_fn caps_drop_init;   /* init: the same without keep, when the program keeps some */

/* landlock.c */
step_fn landlock_restrict; /* program: after no_new_privs */
step_fn landlock_supervisor;

/* labels.c */
step_fn apparmor_take; /* program: a hint that is missed is noted in l->missed */
step_fn selinux_take;

/* seccomp.c */
step_fn filter_load;      /* program: last */
step_fn filter_load_init; /* init: after the fork */
step_fn filter_load_supervisor;
step_fn filter_load_resolver;   /* resolver */
step_fn filter_load_reporter; /* reporter: it has the listener */
step_fn filter_load_logger;   /* logger */

/* self.c, child side */
step_fn self_hide;        /* child: argument and environment blocks overwritten, name sbox-init, not dumpable */
step_fn death_tie;        /* child: PR_SET_PDEATHSIG, then the socket is looked at */
step_fn death_tie_init;   /* program that entered: the same towards what stands in for pid 1 */

#endif
