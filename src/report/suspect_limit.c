/* SPDX-License-Identifier: MIT */
/* Resource limits of the profile that the next descriptor, or the next task, will meet. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "plan/verdict.h"
#include "report/judge.h"
#include "report/target.h"

/* The limit that holds for the process, when it is the profile's: not one of its own, nor the caller's lower one. */
static const struct plan_rlimit *limit_of(const struct stopped *s, int resource)
{
	struct rlimit now;

	vec_each (limit, &s->plan->rlimits)
		if (limit->resource == resource)
			return prlimit((pid_t)s->n->pid, resource, NULL, &now) == 0 && now.rlim_cur == limit->value.rlim_cur ? limit : NULL;
	return NULL;
}

/*
 * Names of a directory of procfs that are numbers; with @tasks, the threads of each.  Below the root of a process
 * something else may be called proc: then there are none.
 */
static rlim_t numbers_in(const char *path, bool tasks)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0 || fstatfs(fd, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
		return 0;
	DIR *d = fdopendir(fd_take(&fd));
	const struct dirent *e;
	struct stat st;
	char task[32];
	rlim_t n = 0;

	while (d && (e = readdir(d))) {
		if (e->d_name[0] < '0' || e->d_name[0] > '9')
			continue;
		/* its links: "." and "..", and one for each thread */
		(void)snprintf(task, sizeof(task), "%.20s/task", e->d_name);
		n += !tasks ? 1 : fstatat(dirfd(d), task, &st, 0) == 0 && st.st_nlink > 2 ? st.st_nlink - 2 : 1;
	}
	if (d)
		closedir(d);
	return n;
}

static void suspect(struct stopped *s, const struct plan_rlimit *limit, int error)
{
	struct suspect u = { .kind = DENIAL_LIMIT, .object = limit->name, .error = error };
	struct rlimit own;

	if (prlimit(0, (int)limit->resource, NULL, &own) < 0)
		return;
	plan_ask_limit(limit, own.rlim_max, s->arena, &u.why);
	/* It comes before everything that the call would meet otherwise. */
	s->n_suspects = 0;
	suspect_add(s, u);
}

/* The lowest free descriptor is taken: none is free exactly when the last one and all below it are open. */
void suspect_files(struct stopped *s)
{
	const struct plan_rlimit *limit = limit_of(s, RLIMIT_NOFILE);
	char path[64], target[64];

	if (!limit)
		return;
	(void)snprintf(path, sizeof(path), "fd/%ju", (uintmax_t)limit->value.rlim_cur - 1);
	if (target_link((pid_t)s->n->pid, path, target, sizeof(target)) < 0)
		return;
	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)s->n->pid);
	if (numbers_in(path, false) >= limit->value.rlim_cur)
		suspect(s, limit, EMFILE);
}

/*
 * Counting all tasks for each new one would make a program that forks slow: as many as there was room for when they were
 * counted last can follow unseen.
 */
void suspect_task(struct stopped *s, uint64_t *room)
{
	char path[64];

	if (*room > 0) {
		(*room)--;
		return;
	}
	const struct plan_rlimit *limit = limit_of(s, RLIMIT_NPROC);
	if (!limit || s->plan->ids.outer_uid == 0) /* the kernel holds root to no limit on tasks */
		return;
	(void)snprintf(path, sizeof(path), "/proc/%d/root/proc", (int)s->n->pid);
	rlim_t tasks = numbers_in(path, true);
	if (tasks >= limit->value.rlim_cur)
		suspect(s, limit, EAGAIN);
	else if (tasks)
		*room = limit->value.rlim_cur - tasks - 1;
}
