/* SPDX-License-Identifier: MIT */
/*
 * What the plan may know of the machine.  plan/ asks through this interface, lazily, and never looks itself:
 * kernel/host.c answers for the real machine (each question costs at most one look, answers are kept), tests
 * answer from a table written by hand.  So a probe that no item needs is not made, and the plan stays a pure
 * function of profile and answers.  (A list of questions made beforehand would not do: where a symbolic link leads
 * is only known when it was read, and what to ask next depends on it.)
 */
#ifndef SBOX_PLAN_HOST_H
#define SBOX_PLAN_HOST_H

#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/caller.h"

enum node_kind { NODE_MISSING, NODE_DENIED, NODE_DIR, NODE_FILE, NODE_LINK, NODE_CHAR, NODE_BLOCK, NODE_FIFO, NODE_SOCKET };

/** struct node - one name on the host, looked at without following a link in its last component */
struct node {
	enum node_kind kind;
	mode_t mode;       /* permission bits */
	uid_t uid;
	uint64_t dev, ino; /* identity; the child compares what it opens */
	uint64_t rdev;     /* NODE_CHAR, NODE_BLOCK */
	const char *link;  /* NODE_LINK: target as written */
};

typedef VEC(const char *) name_list;

enum probe {
	PROBE_LANDLOCK_ABI, /* 0: none, else the ABI version */
	PROBE_APPARMOR,     /* 1: enabled, 0: built in but off, -1: not in this kernel */
	PROBE_SELINUX,      /* the same */
	PROBE_STDIO_TTY,    /* bit n set: descriptor n (0, 1, 2) is a terminal */
	PROBE_FD_OPEN,      /* argument: descriptor; 1 when the caller left it open */
	PROBE_CAP_LAST,     /* number of the kernel's last capability */
	PROBE_RAM,          /* bytes of memory */
	PROBE_PASTA_2024,   /* 1: pasta is of mid-2024 or later: UDP ports may differ, resolvers are forwarded over TCP as well */
	PROBE_PID,          /* number of this process, which is the supervisor's later */
	PROBE_CLOCK,        /* 1: the kernel's clock is synchronised, 0: it is not, -1: it does not say */
	PROBE_RLIMIT,       /* the caller's hard limit on resource @argument (RLIMIT_*); -1: none */
};

/** struct cgroup_level - a version 2 cgroup that the caller may divide: itself, or one above it */
struct cgroup_level {
	const char *path;        /* its directory */
	const char *controllers; /* words: what it could hand down */
	const char *enabled;     /* words: what it does hand down */
	bool delegated;          /* marked by systemd (251) as handed over, with all in it */
	bool alone;              /* the caller is the only process in it */
};

/** struct cgroup_place - where the caller is among the cgroups */
struct cgroup_place {
	const char *mount; /* of the version 2 hierarchy; NULL: there is none */
	bool version_1;    /* memory and tasks are counted in hierarchies of version 1 */
	VEC(struct cgroup_level) levels; /* from the caller's own upwards, as long as the caller may write there */
};
struct plan_ids;

struct host {
	const struct caller *caller;

	/**
	 * node() - what @path (absolute, normalized) is; its parent components must have been resolved by the
	 * caller (a component that is a link yields NODE_MISSING).  Never NULL; the answer stays valid.
	 */
	const struct node *(*node)(struct host *h, const char *path);
	/**
	 * may() - what the caller may do with the object at @path (without links) when he has no privileges but his own ids
	 * @how: R_OK, W_OK and X_OK of access(2); the answer is that of owner, mode, ACLs and a read-only file system
	 */
	bool (*may)(struct host *h, const char *path, int how);
	/**
	 * names() - entries of directory @dir that match @pattern (fnmatch, no leading dot), in C order
	 * Return: 0, also when there is no such directory; -errno when there may be more than @ret says.
	 */
	int (*names)(struct host *h, const char *dir, const char *pattern, name_list *ret);
	/** probe() - a number about the machine; see enum probe */
	int64_t (*probe)(struct host *h, enum probe what, int64_t argument);
	/** cgroups() - the caller's place among the cgroups; never NULL */
	const struct cgroup_place *(*cgroups)(struct host *h);
	/**
	 * foreign() - the first object in @dir, or below, whose owner or group does not exist inside; NULL when none does
	 * A bounded look: in a large tree not everything is seen.
	 */
	const char *(*foreign)(struct host *h, const char *dir, const struct plan_ids *ids);
	/** wayland() - does the compositor that listens at @socket offer security contexts?  1, 0; -errno: it does not answer */
	int (*wayland)(struct host *h, const char *socket);
	/** text() - contents of a small file ("/etc/passwd"), at most 1 MiB; NULL when it cannot be read */
	const char *(*text)(struct host *h, const char *path);
	/** bytes() - the same for a file that is no text: *ret_n of them */
	const char *(*bytes)(struct host *h, const char *path, size_t *ret_n);
};

/** struct resolved - where a path leads */
struct resolved {
	const char *path;        /* without links; the last component may be missing */
	const struct node *node; /* what is there */
	VEC(struct link_step {
		const char *at;     /* absolute path of the link, itself without links before the last component */
		const char *target; /* as written */
	}) links;                /* each link that was followed, in order */
};

/**
 * host_resolve() - follow every link of @path (plan/resolve.c; pure, it asks node() for each component)
 * Return: 0; -ELOOP after 40 links; -ENOENT with ret->node->kind NODE_MISSING when a component before the last is
 * missing; -EACCES when a directory on the way cannot be entered; -ENOTDIR.
 */
int host_resolve(struct host *h, struct arena *arena, const char *path, struct resolved *ret);
/** host_resolve_in() - the same, but what is below @root (NULL: nothing is) never leads out of it: "/" and ".." end there */
int host_resolve_in(struct host *h, struct arena *arena, const char *root, const char *path, struct resolved *ret);

#endif
