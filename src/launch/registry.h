/* SPDX-License-Identifier: MIT */
/*
 * The registry of running sandboxes: a directory of the user's, one file for each, named by its id.
 *
 * The supervisor holds a record lock on the file for as long as it lives, and the kernel tells who holds it (F_GETLK): so
 * no pid in a file is ever believed, a dead supervisor's entry is known by its free lock, and a reused pid cannot be
 * mistaken for a supervisor.  (A record lock is not inherited by fork(), as one of flock(2) would be.)
 *
 * The text is records "key=value", each ended by a NUL byte; the last one, "filter=N", is followed by N instructions.
 * Nothing of it can be seen from inside (plan_trust.c); reading it is bounded and checked all the same.
 */
#ifndef SBOX_LAUNCH_REGISTRY_H
#define SBOX_LAUNCH_REGISTRY_H

#include "plan/plan.h"

enum { REGISTRY_TEXT_MAX = 1 << 20 };

/** struct entry - what a file of the registry says */
struct entry {
	const char *id;      /* the file's name */
	const char *version; /* of the sbox that wrote it */
	const char *profile, *file;
	const char *cgroup;  /* its path as the host has it, or NULL */
	VEC(const char *) argv; /* the command; long ones are cut short */
	pid_t child;         /* pid 1 of the sandbox, as the supervisor sees it */
	int64_t begun;       /* seconds since the epoch */
	struct plan *plan;   /* what `enter` needs of the plan, and no more; NULL: this sbox cannot read it */
};

/** struct launched - what a launch has besides its plan */
struct launched {
	pid_t child;
	int64_t begun;      /* seconds since the epoch */
	const char *cgroup; /* NULL: none of its own */
	uint64_t above;     /* inode number of the user namespace above the first; 0: the caller's */
	uint64_t tasks;     /* pids-max that no cgroup holds, so RLIMIT_NPROC does; 0: none */
};

/** registry_text() - the entry of a sandbox of @plan; in @arena */
const char *registry_text(const struct plan *plan, const struct launched *l, struct arena *arena, size_t *ret_size);
/**
 * registry_parse() - the other way; strings of @ret lie in @arena
 * Return: 0; -EAGAIN when the end is missing (it is being written); -EINVAL.
 */
int registry_parse(struct arena *arena, const char *text, size_t size, struct entry *ret);

/** registry_id() - the id of a sandbox without --name: the profile's name, as far as it can be one, and @pid */
const char *registry_id(struct arena *arena, const char *profile, pid_t pid);

/**
 * registry_sweep() - remove what supervisors left that were killed, below directory @dir
 * Return: how many entries are left, or -errno.
 */
int registry_sweep(int dir);
/** registry_holder() - who holds the entry open at @fd.  Return: its pid; 0: nobody; -1: somebody in another pid namespace. */
pid_t registry_holder(int fd);

#endif
