/* SPDX-License-Identifier: MIT */
/* Running sandboxes as others of the user's processes see them: list, kill, freeze, enter. */
#ifndef SBOX_LAUNCH_RUNNING_H
#define SBOX_LAUNCH_RUNNING_H

#include "kernel/kernel.h"
#include "launch/registry.h"

/** struct running - one sandbox that runs; the descriptors are owned by its running_list */
struct running {
	struct entry entry;
	pid_t supervisor;
	int supervisor_fd; /* pidfd */
	int child_fd;      /* pidfd of pid 1; -EBADF: it cannot be seen from here (another pid namespace), or it has just ended */
	int child_proc;    /* its directory below /proc: of this very process, it is empty when the process is gone */
};

typedef VEC(struct running) running_list;

/** running_look() - every sandbox registered in @dir, by id; dead ones are swept.  Return: 0 or -errno (ENOENT: none yet). */
int running_look(struct arena *arena, const char *dir, running_list *ret);
/** running_done() - close what running_look() opened */
void running_done(running_list *list);
/**
 * running_find() - the sandbox that @word means: its id, else the name of a profile that one runs, else the start of an id
 * Return: NULL with a problem in @err when there is none, or several.
 */
const struct running *running_find(const running_list *list, const char *word, struct err *err);

/** struct member - one process of the machine */
struct member {
	pid_t pid, parent;
	uint64_t threads;
	uint64_t cpu_ticks; /* its own and that of the children it has waited for */
	uint64_t memory;    /* bytes that are its own: resident, not shared with a file */
	uint64_t start;     /* ticks since boot */
};
typedef VEC(struct member) member_list;

/** running_has_ended() - is the process behind @pidfd gone? */
bool running_has_ended(int pidfd);
/** running_is_ending() - has pid 1 of @r, which takes everything in it along, ended, or begun to? */
bool running_is_ending(struct arena *arena, const struct running *r);
/** running_cgroup() - its control group, opened.  Return: descriptor or -errno; -EBADF: it has none, -ENOENT: it has just ended. */
int running_cgroup(const struct running *r);
/**
 * running_join() - the namespaces of sandbox @r, for launch_enter(); those of one of its processes, out of @all
 * Return: 0; -ESRCH: it has just ended; -EXDEV: no process inside is where sbox has put it; -errno.
 */
int running_join(struct arena *arena, const struct running *r, const member_list *all, struct joined *ret);

/** members_look() - every process of the machine that may be looked at, in @arena */
void members_look(struct arena *arena, member_list *ret);
/** members_of() - @top and what descends from it, out of @all */
void members_of(struct arena *arena, const member_list *all, pid_t top, member_list *ret);

/** struct usage - what a sandbox uses */
struct usage {
	bool of_cgroup;      /* counted by the kernel; else summed over the processes that live */
	bool frozen;
	uint64_t memory, tasks, cpu_ns;
};
/** usage_of() - of sandbox @r; @all from members_look() */
void usage_of(struct arena *arena, const struct running *r, const member_list *all, struct usage *ret);

/** proc_text() - the text of file @name in directory @dir of /proc, in @arena; NULL when the process is gone */
char *proc_text(struct arena *arena, int dir, const char *name);
/** proc_parent() - the parent of the process whose directory is @dir, or -1 */
pid_t proc_parent(struct arena *arena, int dir);
/** proc_pid_levels() - in how many pid namespaces, from this one on, the process has a pid; *ret_last: that in the last.  0: gone */
size_t proc_pid_levels(struct arena *arena, int dir, pid_t *ret_last);

#endif
