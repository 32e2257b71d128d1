/* SPDX-License-Identifier: MIT */
/*
 * The waist of the machine: everything that a launch will do, as plain data.  Left of it nothing changes the
 * machine, right of it nothing is decided.  `explain` prints it, launch/ carries it out, both from the same
 * struct.  After plan_build() it is passed as const.  All pointers live in the plan's arena.
 */
#ifndef SBOX_PLAN_PLAN_H
#define SBOX_PLAN_PLAN_H

#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "plan/cgroup.h"
#include "plan/egress.h"
#include "plan/filter.h"
#include "plan/host.h"
#include "plan/landlock.h"
#include "plan/live_test.h"
#include "profile/idmap.h"
#include "profile/words.h"

struct profile;
struct setting;

enum mount_kind {
	MOUNT_DIR,     /* mkdir on sbox's own tmpfs; no mount */
	MOUNT_FILE,    /* a file with text on sbox's own tmpfs; a mount only where it covers a file of the host */
	MOUNT_SYMLINK, /* a symbolic link on sbox's own tmpfs; no mount */
	MOUNT_BIND,    /* a host file or directory, recursively */
	MOUNT_OVERLAY, /* a host directory whose changes go to a layer of their own */
	MOUNT_DEVICE,  /* a host device node, checked to be that device */
	MOUNT_PIN,     /* a directory bound on itself, so that it can't be renamed away */
	MOUNT_MASK,    /* an empty, unreadable file or an empty directory instead of what is there */
	MOUNT_TMPFS,
	MOUNT_DEVPTS,
	MOUNT_PROC,
	MOUNT_SOCKET,  /* a socket that is made for this sandbox: a bus's proxy, or the compositor, listens there */
	MOUNT_KIND_COUNT
};

/** enum attach - how the target of a mount comes to be */
enum attach {
	ATTACH_MAKE_DIR,  /* on sbox's own tmpfs: make a directory there */
	ATTACH_MAKE_FILE, /* on sbox's own tmpfs: make an empty file there */
	ATTACH_EXISTING,  /* lies in something bound: looked up beneath the new root, must have the right type */
	ATTACH_MAKE_KEPT, /* lies in a private home: an empty directory is made there if missing, and stays */
};

/** struct mount_entry - one step of building the root; parents come before children */
struct mount_entry {
	enum mount_kind kind;
	const char *target; /* path inside: absolute, normalized, without links */
	const char *source; /* BIND, OVERLAY, DEVICE, PIN: host path without links; SYMLINK: the link's target; FILE: the text */
	/*
	 * A source below something that a sandboxed program could write is opened beneath that item, following
	 * nothing: index of the entry, or -1; the part of @source below its source is @beneath_rest.
	 */
	int beneath;
	const char *beneath_rest;
	uint64_t attrs;     /* MOUNT_ATTR_* to set, on the whole tree, before it becomes visible */
	enum attach attach;
	bool is_dir;        /* BIND, PIN, MASK: what is mounted is a directory */
	bool no_links;      /* BIND, PIN: the source is opened without following any */
	bool is_link;       /* BIND: what is mounted is a symbolic link, on itself, so that it can't be replaced */
	bool from_inside;   /* BIND, PIN in an overlay: what is mounted is what is at @target already, not the host's */
	bool holds;         /* MASK: something below stays visible, so it has room for mount points until all are there */
	bool optional;      /* a source that has vanished since the look is skipped */
	uint64_t dev, ino;  /* BIND, OVERLAY, DEVICE, PIN: identity of the source when looked at; ino 0: not to be compared */
	uint64_t rdev;      /* DEVICE */
	uint64_t size;      /* TMPFS, MASK that holds: bytes; FILE: bytes of @source, 0: it is text; SOCKET: enum bus, or SOCKET_WAYLAND */
	mode_t mode;        /* DIR, FILE, TMPFS, MASK that holds: permissions of the root */
	struct origin from; /* the line to blame when this mount fails */
	const char *note;   /* for explain: "link on the way", "keeps .git from being renamed", or NULL */
};

/** struct plan_remark - something explain says and no step does: a skipped item, a link that was followed */
struct plan_remark {
	struct origin from;
	const char *text;
};

/** struct plan_dir - a directory of sbox's own that must exist before the launch; made 0700 by the parent */
struct plan_dir {
	const char *path;
	struct origin from;
};

/** struct plan_watch - a masked or protected name on the host: when its object is replaced, the mask goes with the old one */
struct plan_watch {
	const char *path; /* host path, without links */
	bool missing;      /* it was not there when looked at */
	uint64_t dev, ino; /* what was there; ino 0: not to be compared */
	struct origin from;
};

/** struct plan_offset - what is added to a clock */
struct plan_offset {
	int clock;        /* CLOCK_MONOTONIC or CLOCK_BOOTTIME */
	const char *name; /* "monotonic" */
	int64_t ns;
	struct origin from;
};

/** struct plan_overlay - a directory whose changes are kept apart: where its layer lies below the directory of the run */
struct plan_overlay {
	const char *source; /* host path, without links */
	const char *layer;  /* a name made of @source: the same one in each run */
	uint64_t dev, ino;  /* of @source */
	size_t mount;       /* index into plan->mounts */
	struct origin from;
};

/** struct plan_rlimit - one setrlimit in the program */
struct plan_rlimit {
	int resource;      /* RLIMIT_* */
	const char *name;  /* "nofile" */
	struct rlimit value;
	struct origin from;
};

/** struct plan_env - one variable of the program's environment */
struct plan_env {
	const char *name, *value;
	struct origin from;
};

/** struct plan_label - a label that the program's execve shall take */
struct plan_label {
	const char *name;    /* NULL: none */
	const char *command; /* what is written to the exec attribute */
	bool required;       /* else what cannot be taken is only said */
	struct origin from;
};

/** struct plan_idmap - uids, or gids, of a first user namespace that has more than the caller's */
struct plan_idmap {
	const struct id_extent *extents; /* by @inside */
	size_t n;
	const char *tool;  /* newuidmap or newgidmap: path on the host */
	char **argv;       /* its arguments; [1] is where the process id goes */
	const char *inner; /* what is written to the second user namespace's map: the same ids, each as itself */
	const char *remedy; /* what to do when @tool refuses, or NULL */
};

/** struct plan_report - somebody wants to know what was denied: --report, or a `notify` line */
struct plan_report {
	bool on;               /* a reporter runs beside the supervisor and answers what the filter stops */
	const char *file;      /* JSON lines go there while the program runs; NULL: text on stderr at the end */
	bool learns;           /* `sbox learn`: what works is noted too, and all goes, as JSON lines, to @fd */
	int fd;
	struct filter *filter; /* @plan->filter with the verdicts that stop a call; the kernel has this one */
	struct sock_fprog alone; /* for a process without a reporter (sbox enter): what `notify` names just works */
};

struct plan_ids {
	uid_t outer_uid; /* the caller's */
	gid_t outer_gid;
	uid_t inner_uid; /* what the program sees itself as, in both user namespaces */
	gid_t inner_gid;
	const char *user_name, *group_name;
	struct origin from;
	bool mapped;          /* @uids and @gids hold; else the child writes the one id of each itself */
	struct plan_idmap uids, gids;
	struct origin map_from;
};

/** struct plan_registry - how the sandbox is found while it runs: launch/registry.c, `sbox list` */
struct plan_registry {
	const char *dir;     /* host path without links; NULL: the sandbox is not registered */
	const char *name;    /* --name; NULL: launch/ makes an id of the profile's name and a pid */
	const char *profile; /* name of the profile */
	const char *file;    /* its main file */
};

/** struct plan_publish - a port of the sandbox on the host */
struct plan_publish {
	const char *address; /* of the host, where it listens */
	int family;          /* AF_INET or AF_INET6 */
	uint8_t bytes[16];   /* @address, in network order */
	uint16_t host, guest;
	bool udp;
	struct origin from;
};

/** struct plan_server - a resolver, as the host reaches it */
struct plan_server {
	int family; /* AF_INET or AF_INET6 */
	uint8_t address[16];
};

/** struct plan_network - mode = user: a network namespace that pasta connects; or one that somebody prepared */
struct plan_network {
	const char *join;         /* NET_JOIN: what the line says, "fd:N" or a path of the host */
	const char *join_path;    /* the path, or NULL: */
	int join_fd;              /* a descriptor of the caller's */
	uint64_t join_above;      /* enter: inode number of the user namespace above the first, where that is not the caller's */
	const char *pasta;        /* the program, on the host */
	const char **pasta_argv;  /* without the namespaces that it enters and without a NULL at the end */
	size_t n_pasta_argv;
	VEC(struct plan_publish) publish;
	VEC(const char *) dns;    /* resolvers that lines name; none: the host's, through pasta */
	bool forward4, forward6;  /* the host's resolver is asked through pasta, over this family */
	bool pasta_new;           /* of mid-2024 or later: see PROBE_PASTA_2024 */
	bool pasta_guarded;       /* AppArmor is at work: pasta may not hear of the supervisor's death */
	bool forward_tcp;         /* and by TCP as well */
	const char *interface;    /* of the host, that traffic leaves by; NULL: as the host's routes say */
	bool via4, via6;          /* the families that leave by it; the sandbox has no other */
	egress_rules rules;       /* `allow` and `deny` */
	bool filtered;            /* there are some: the kernel holds what leaves the sandbox to them */
	bool closed;              /* there is an allow line: nothing else is reached, and names go through sbox's own resolver */
	VEC(struct plan_server) servers; /* closed: whom the resolver asks */
	const char *resolv_conf;  /* text of the file inside */
	struct origin from;       /* the line that chose the mode, or the namespace */
};

/** struct plan_log - `log`: where the program's output and sbox's own messages go */
struct plan_log {
	enum log_mode to;
	const char *file; /* LOG_FILE: host path without links; its last component may be missing */
	const char *name; /* LOG_FILE: as the line says it: links on the way are looked at as well */
	struct origin from;
};

/** struct plan_hook - a program of the host's that a line names */
struct plan_hook {
	const char *path; /* without links */
	const char *name; /* as the line says it */
	bool after;       /* when the sandbox has ended; else before it starts */
	struct origin from;
};

/** enum bus - the message buses that a program may get, each through the proxy */
enum bus { BUS_SESSION, BUS_SYSTEM, BUS_A11Y, BUS_COUNT };

/* Sockets that are made for one sandbox: those of the buses, and the compositor's. */
enum { SOCKET_WAYLAND = BUS_COUNT, SOCKET_COUNT };

/** struct plan_wayland - a security context, which the compositor gives the sandbox */
struct plan_wayland {
	const char *socket; /* of the compositor, on the host; NULL: no context, its own socket if any */
	const char *dir;    /* where the new socket is made */
	const char *app_id; /* what the compositor takes the program for */
	struct origin from;
};

/** enum bus_right - what a program may do with a name of a bus; each implies those before it */
enum bus_right { BUS_SEE, BUS_CALL, BUS_TALK, BUS_OWN, BUS_RIGHT_COUNT };
/** bus_right_words - of each: "see", "call" (some of its methods), "talk", "own" */
extern const char *const bus_right_words[BUS_RIGHT_COUNT];

/** struct plan_bus_rule - one option of xdg-dbus-proxy */
struct plan_bus_rule {
	const char *option; /* "--talk=org.example.App" */
	enum bus_right right;
	const char *name;   /* "org.example.App", or "org.example.App.*" for it and all below it; NULL: it speaks about none */
	struct origin from;
};

/** struct plan_bus - one bus */
struct plan_bus {
	bool wanted;         /* it is there, and the program gets a way to it */
	const char *address; /* of the bus itself */
	const char *socket;  /* its path on the host, without links; NULL: it is abstract */
	VEC(struct plan_bus_rule) rules;
	struct origin from;  /* of the first rule */
};

/** struct plan_proxy - xdg-dbus-proxy, a process on the host side that serves this sandbox */
struct plan_proxy {
	bool wanted;
	bool asked;          /* by a line of the user's own */
	const char *program; /* on the host */
	const char *dir;     /* where its sockets are, until the child has them */
	const char *app_id;  /* what portals take the program for */
	struct plan *plan;   /* its own sandbox: ids, mounts, Landlock; no program, filter or environment */
};

/* What the name of an instance starts with; sbox's process id follows. */
#define PORTAL_INSTANCE "sbox-"

/** struct plan_portal - what the portals are told of the program, beside its id */
struct plan_portal {
	bool wanted;          /* portals = yes, and there is a bus to reach them by */
	const char *instance; /* the name of this run */
	const char *dir;      /* where the portals look it up: host path without links */
	struct origin from;
};

struct plan {
	struct arena *arena;
	const struct profile *profile; /* borrowed; must outlive the plan */
	const struct caller *caller;

	struct plan_ids ids;
	struct plan_registry registry;
	bool enter; /* of one process more in a sandbox that runs: what that needs is here, and nothing of namespaces and files */

	/* namespaces */
	uint64_t clone_flags; /* CLONE_NEW* of the one clone3; always user, mount, pid */
	enum nested_mode nested;
	bool second_userns;   /* false only when a capability is kept */
	bool limit_userns;    /* write max_user_namespaces = 1 in the first user namespace */
	VEC(struct plan_offset) offsets; /* of the time namespace; none: the host's clocks */
	bool clock_adrift;    /* the host's wall clock is not synchronised; only who shows the plan has asked */
	const char *hostname; /* NULL: uts is the host's */
	bool handshake;       /* the supervisor has work on the child's namespaces before the child goes on */
	bool loopback;        /* a new network namespace: bring lo up, free the low ports */
	enum net_mode net;
	struct plan_network network; /* mode = user, or join */

	/* root; entry 0 is always the root tmpfs itself */
	struct mount_entry *mounts;
	size_t n_mounts;
	const char *rootfs;   /* `system = DIR`: that directory, without links; NULL for the host's system or none */
	bool proc_guard;      /* cover /proc/sys and friends; false under nested = full */
	VEC(struct plan_dir) own_dirs;
	const char *overlays_dir; /* where the layers of all runs are kept; NULL: no overlay */
	VEC(struct plan_overlay) overlays;
	VEC(struct plan_watch) watches;
	VEC(struct plan_remark) remarks;

	/* what the program may do */
	struct filter *filter;     /* what each call does */
	struct sock_fprog program; /* what the kernel gets: @filter as instructions, or @report.filter */
	struct sock_fprog init_program; /* the small filter of pid 1 */
	struct sock_fprog resolver_program; /* that of the resolver, when there is one */
	struct sock_fprog supervisor_program; /* that of the process outside */
	struct sock_fprog reporter_program;   /* that of the reporter, when there is one */
	struct sock_fprog logger_program;     /* that of the logger, when there is one */
	struct plan_report report;
	uint64_t keep_caps;        /* bit n: capability n */
	int cap_last;              /* the kernel's last capability */
	struct landlock_plan landlock;
	struct plan_label apparmor, selinux;
	bool keyring_required;     /* the profile allows key calls: a session keyring is a must then */

	/* limits */
	struct cgroup_plan cgroup;
	VEC(struct plan_rlimit) rlimits;
	int64_t timeout_ns;        /* 0: none */
	int nice;
	bool set_nice;
	int oom_score_adj;
	bool set_oom_score_adj;
	mode_t umask;
	bool set_umask;

	/* the program */
	char **argv;          /* NULL-terminated */
	char **envp;          /* NULL-terminated, "NAME=VALUE" */
	VEC(struct plan_env) env; /* the same with the lines that decided */
	struct plan_bus bus[BUS_COUNT];
	struct plan_proxy proxy;
	struct plan_wayland wayland;
	struct plan_portal portal;
	VEC(struct plan_env) service_env; /* what [desktop] brings to it; an [environment] line overrides that */
	const char *path_list;    /* PATH of @envp, for looking the program up inside */
	const char *cwd;      /* directory inside in which the program starts */
	enum tty_mode tty;
	unsigned tty_fds;     /* bit n: descriptor n (0, 1, 2) is a terminal */
	bool stdio_tty;       /* at least one of them is */
	enum on_exit on_exit;
	enum on_unmask on_unmask;
	VEC(int) pass_fds;    /* beside 0, 1, 2; sorted */
	VEC(struct plan_hook) hooks; /* `before` in their order, then `after` */
	struct plan_log log;
	int status_fd;        /* where start and exit are written as JSON lines; 0: nowhere */
	VEC(struct live_test) live_tests; /* carried out in place of @argv when there is any (plan/live_test.h) */
};

/**
 * plan_build() - decide everything
 * @argv: the command, NULL-terminated; NULL for `explain` without one
 * Asks @host, changes nothing.  All problems are added to @err.
 * Return: 0 and *ret in @arena; -EINVAL with problems in @err.
 */
int plan_build(struct arena *arena, const struct profile *profile, struct host *host, char *const *argv, struct plan **ret,
	       struct err *err);

/**
 * plan_begin() - the first part of that: who exists inside, and the control group
 * plan_finish() - the rest; also after problems, so that one run shows every one
 * What is done outside for that much of a plan can go on while the rest is made: launch_begin().
 * Return: plan_begin() the plan, with its problems in @err; plan_finish() 0, or -EINVAL with problems in @err.
 */
struct plan *plan_begin(struct arena *arena, const struct profile *profile, struct host *host, struct err *err);
int plan_finish(struct plan *plan, struct host *host, char *const *argv, struct err *err);

/** registry_dir() - where the caller's running sandboxes are registered, in @arena; NULL: there is no such place */
const char *registry_dir(struct arena *arena, struct host *host);
/** id_is_valid() - may @id name a running sandbox?  Letters, digits, "_", "-" and ".", not first "-" or ".", at most 64. */
bool id_is_valid(const char *id);
/**
 * plan_options() - what only the command line can say: --name, --json-status-fd (or NULL)
 * Return: 0; -EINVAL with problems in @err.
 */
int plan_options(struct plan *plan, struct host *host, const char *name, const char *status_fd, struct err *err);

/**
 * plan_enter() - make @plan, which came out of the registry, one of the process that enters and runs @argv
 * @argv: NULL-terminated.  The terminal, and TERM if the sandbox has it, are those of the caller.
 */
int plan_enter(struct plan *plan, struct host *host, char *const *argv, struct err *err);

/* Parts of plan_build(), each in plan_<part>.c.  Each reads @plan->profile and fills its own fields. */
int plan_ids(struct plan *plan, struct host *host, struct err *err);
int plan_namespaces(struct plan *plan, struct host *host, struct err *err);
int plan_registry(struct plan *plan, struct host *host, struct err *err);
int plan_network(struct plan *plan, struct host *host, struct err *err);
int plan_hooks(struct plan *plan, struct host *host, struct err *err);
/** plan_interface() - plan->network.interface, and what leaves by it; @s: the line.  Return: 0 or -errno, said in @err. */
int plan_interface(struct plan *plan, struct host *host, const struct setting *s, struct err *err);
int plan_mounts(struct plan *plan, struct host *host, struct err *err);
int plan_syscalls(struct plan *plan, struct host *host, struct err *err);
/** plan_requires() - does a `require` line name @hint?  Return: the line, or NULL. */
const struct setting *plan_requires(const struct plan *plan, enum hint hint);
int plan_labels(struct plan *plan, struct host *host, struct err *err);
/** plan_scopes_abstract() - will Landlock cut off the abstract unix sockets outside? */
bool plan_scopes_abstract(const struct plan *plan, struct host *host);
int plan_landlock(struct plan *plan, struct host *host, struct err *err);
int plan_own_filters(struct plan *plan, struct host *host, struct err *err);
int plan_reporter_filter(struct plan *plan); /* the third of them, when there is a report */
int plan_access(struct plan *plan, struct host *host, struct err *err);
int plan_limits(struct plan *plan, struct host *host, struct err *err);
int plan_cgroup(struct plan *plan, struct host *host, struct err *err);
/** plan_cgroup_tasks() - after the resource limits: pids-max is one of them when no control group counts tasks */
void plan_cgroup_tasks(struct plan *plan);
int plan_env(struct plan *plan, struct host *host, struct err *err);
int plan_report(struct plan *plan, struct host *host, struct err *err);
int plan_process(struct plan *plan, struct host *host, char *const *argv, struct err *err);

/**
 * plan_want_report() - after plan_build(): the caller asks for a report as well
 * @file: for JSON lines, or NULL for text at the end
 * Return: 0; -EINVAL with the problem in @err.
 */
int plan_want_report(struct plan *plan, const char *file, struct err *err);

/** plan_want_learning() - after plan_build(): what the program uses is written to @fd as well */
int plan_want_learning(struct plan *plan, int fd, struct err *err);

/* ---- network (plan_net.c) ---- */

/** plan_pasta() - the pasta that mode = user starts, or NULL; in @arena or static */
const char *plan_pasta(struct host *host, struct arena *arena);
/** plan_forward4, plan_forward6 - where pasta answers inside with the host's resolver */
extern const char plan_forward4[], plan_forward6[];
/** plan_egress() - read `allow` and `deny`; @holds: does a line have an effect with this mode? */
void plan_egress(struct plan *plan, bool (*holds)(const struct plan *, const struct setting *, struct err *), struct err *err);
/** plan_address() - an address as text.  Return: AF_INET or AF_INET6, and 4 or 16 bytes in @ret; -EINVAL. */
int plan_address(const char *text, uint8_t ret[16]);
/** plan_is_loopback() - is an address of @family, in network order, one of the loopback? */
bool plan_is_loopback(int family, const uint8_t *bytes);

/* ---- D-Bus (plan_proxy.c) ---- */

/** plan_proxy() - the sandbox of the proxy: fills plan->proxy, whose program is known, for the buses that are wanted */
void plan_proxy(struct plan *plan, struct host *host);

/* ---- paths inside (inside.c) ---- */

/** struct proc_guarded - a part of /proc that speaks about the machine, not about processes */
struct proc_guarded {
	const char *path;
	bool mask;      /* something empty is there instead; else it is read-only */
	bool from_root; /* only when root starts the sandbox: nobody else could open it anyway */
};
extern const struct proc_guarded proc_guarded[]; /* what plan->proc_guard covers */
extern const size_t n_proc_guarded;

/** plan_entry_of() - the entry that provides what is at @path (normalized); the root at least */
const struct mount_entry *plan_entry_of(const struct plan *plan, const char *path);
/** plan_follow() - @path where the links that sbox makes inside lead; in @arena */
const char *plan_follow(const struct plan *plan, struct arena *arena, const char *path);

/* ---- reading a plan (plan_print.c) ---- */

/** plan_text() - the plan for a human: one item a line, each with the file:line that decided it; in @arena */
const char *plan_text(const struct plan *plan, struct arena *arena);
/** plan_json() - the same as JSON, NUL-terminated, in @arena */
const char *plan_json(const struct plan *plan, struct arena *arena);

#endif
