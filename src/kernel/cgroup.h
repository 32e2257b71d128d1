/* SPDX-License-Identifier: MIT */
/*
 * Control groups, version 2: what is done with the one that a sandbox runs in, by a descriptor of its directory.
 * For the supervisor, and for the commands about running sandboxes.
 */
#ifndef SBOX_KERNEL_CGROUP_H
#define SBOX_KERNEL_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

/** struct cgroup_stats - what a cgroup uses, and what its limits have done; -1: not counted there */
struct cgroup_stats {
	int64_t memory, memory_peak; /* bytes; the peak since Linux 5.19 */
	int64_t tasks, tasks_peak;   /* the peak since Linux 6.11 */
	int64_t tasks_refused;       /* how often pids.max stopped a task from being made */
	int64_t cpu_ns;
	int64_t oom;                 /* how often memory.max, of this group or of one in it, could not be kept by reclaiming */
	int64_t oom_kills;           /* processes that were killed for want of memory, whoever's limit it was */
	bool populated;              /* a process lives in it, or in one below */
	bool frozen;                 /* all of them stand still */
};

/** cgroup_open() - the directory @path, checked to be a version 2 cgroup.  Return: descriptor or -errno (ENOTSUP: it is none). */
int cgroup_open(const char *path);
/** cgroup_stats() - Return: 0 or -errno (ENODEV: it was removed) */
int cgroup_stats(int dir, struct cgroup_stats *ret);
/** cgroup_number() - what @file, which is one of a limit, begins with.  Return: a number; -1: "max", or it is not there. */
int64_t cgroup_number(int dir, const char *file);
/**
 * cgroup_freeze() - stop or go on with every process in it, and wait until that holds, a second at the most
 * Return: 0 or -errno; -ETIMEDOUT: it was asked for, and some process is still in a call that cannot be interrupted.
 */
int cgroup_freeze(int dir, bool frozen);
/** cgroup_remove() - remove the cgroup @name of @parent, and those in it; none may be populated.  Return: 0 or -errno. */
int cgroup_remove(int parent, const char *name);

#endif
