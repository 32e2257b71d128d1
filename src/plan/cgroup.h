/* SPDX-License-Identifier: MIT */
/* The control group of a sandbox as data: who makes it, where, and what is written to it. */
#ifndef SBOX_PLAN_CGROUP_H
#define SBOX_PLAN_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum cgroup_via {
	CGROUP_NONE,
	CGROUP_SUBTREE, /* below a cgroup that the caller may divide */
	CGROUP_SYSTEMD, /* a scope that the user's systemd makes */
};

/** struct cgroup_limit - one file of the sandbox's cgroup; read back after it was written */
struct cgroup_limit {
	const char *key;        /* "memory-max" */
	const char *controller; /* "memory" */
	const char *file;       /* "memory.max" */
	const char *value;      /* what is written; a line of the file must then hold all its words */
	const char *shown;      /* the value for a human: "512 MiB" */
	bool cpus;              /* a list of CPUs: what is in effect must be part of it */
	bool user;              /* asked for in the user's own words: it is announced when it does not hold */
	struct origin from;
};

enum { CGROUP_LIMITS_MAX = 32 };

/** struct cgroup_plan - nothing is made when @via is CGROUP_NONE */
struct cgroup_plan {
	enum cgroup_via via;
	const char *mount;  /* where the hierarchy is mounted */
	const char *base;   /* SUBTREE: the directory that the sandbox's is made in */
	bool leaves;        /* @base is this sandbox's alone: the supervisor moves to "sup" in it, the box is "box" */
	const char *name;   /* SUBTREE without leaves: name of the directory, SYSTEMD: of the scope; "-PID" follows */
	const char *enable; /* controllers that @base is told to hand down, "+memory +pids"; NULL: none */
	const char *const *controllers; /* SYSTEMD: asked for; NULL-terminated */
	const char *slice;  /* SYSTEMD: "NAME.slice", or NULL */
	bool slice_user;
	struct origin slice_from;
	VEC(struct cgroup_limit) limits; /* at most CGROUP_LIMITS_MAX */
	bool version_1;     /* the machine counts memory and tasks elsewhere: cgroup_version_1 */
	bool required;      /* `require = cgroup`: a limit that does not hold is an error */
	struct origin from; /* the first line of [cgroup], for what concerns all of it */
	int64_t tasks;      /* pids-max: RLIMIT_NPROC when no cgroup counts them; 0: none */
	VEC(struct cgroup_note {
		const char *text; /* what does not hold, and was not announced */
		struct origin from;
	}) notes;
};

/** cgroup_line_holds() - does some line of a file have every one of @words?  Most files have one line and one word. */
bool cgroup_line_holds(const char *text, const char *words);
/**
 * cgroup_cpus_hold() - are the CPUs that are in effect, of which there are some, all among those that are @wanted?
 * Where none of the wanted ones is there, the kernel lets all be used that the group above has.
 */
bool cgroup_cpus_hold(const char *effective, const char *wanted);

/* Why no limit holds on a machine whose controllers are in hierarchies of version 1, and what can be done. */
extern const char cgroup_version_1[], cgroup_version_1_remedy[];

#endif
