/* SPDX-License-Identifier: MIT */
/*
 * Who runs.  A pid is never taken from a file: the kernel says who holds an entry's lock, and says so once more after a
 * descriptor of that process was opened, so it is the same one.  Pid 1 of a sandbox is told by being the child of that
 * supervisor and the first process of a pid namespace below this one.
 */
#include "launch/running.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/cgroup.h"
#include "kernel/sys.h"

bool running_has_ended(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	const struct timespec now = { 0 };

	/* Not poll(): the supervisor's filter has none. */
	return ppoll(&p, 1, &now, NULL) != 0;
}

static int proc_dir(pid_t pid)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/%d", pid);
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* The descriptor comes first, then the questions, then the look whether it still is the same process. */
static void child_open(struct arena *arena, struct running *r)
{
	_cleanup_close_ int pidfd = sys_pidfd_open(r->entry.child), dir = proc_dir(r->entry.child), own = open("/proc/self", O_PATH | O_CLOEXEC);
	pid_t pid, mine;

	r->child_fd = r->child_proc = -EBADF;
	if (pidfd < 0 || dir < 0 || own < 0 || proc_parent(arena, dir) != r->supervisor)
		return;
	if (proc_pid_levels(arena, dir, &pid) != proc_pid_levels(arena, own, &mine) + 1 || pid != 1 || running_has_ended(pidfd))
		return;
	r->child_fd = fd_take(&pidfd);
	r->child_proc = fd_take(&dir);
}

/* Pid 1 has given back its memory when the kernel ends the others, and is seen to have ended when they are gone. */
bool running_is_ending(struct arena *arena, const struct running *r)
{
	_cleanup_close_ int dir = proc_dir(r->entry.child);
	const char *memory = dir >= 0 ? proc_text(arena, dir, "statm") : NULL;

	return running_has_ended(r->child_fd) || (memory && skip_prefix(memory, "0 "));
}

/* A group of that name may be the next sandbox's: it was this one's if the supervisor, who removes it, still lives. */
int running_cgroup(const struct running *r)
{
	_cleanup_close_ int dir = r->entry.cgroup ? cgroup_open(r->entry.cgroup) : -EBADF;

	if (dir < 0)
		return dir;
	return running_has_ended(r->supervisor_fd) ? -ENOENT : fd_take(&dir);
}

/* Return: true when @ret is a sandbox that runs. */
static bool entry_look(struct arena *arena, int dir, const char *name, struct running *ret)
{
	_cleanup_close_ int fd = openat(dir, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	size_t size;
	char *text;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != getuid())
		return false;
	*ret = (struct running){ .entry.id = arena_strdup(arena, name), .supervisor = registry_holder(fd) };
	if (ret->supervisor <= 0 || fd_read_all(fd, arena, REGISTRY_TEXT_MAX, &text, &size) < 0 ||
	    registry_parse(arena, text, size, &ret->entry) < 0)
		return false;
	_cleanup_close_ int pidfd = sys_pidfd_open(ret->supervisor);
	if (pidfd < 0 || registry_holder(fd) != ret->supervisor)
		return false;
	ret->supervisor_fd = fd_take(&pidfd);
	child_open(arena, ret);
	return true;
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct running *)a)->entry.id, ((const struct running *)b)->entry.id);
}

int running_look(struct arena *arena, const char *path, running_list *ret)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	const struct dirent *e;
	struct running r;
	struct stat st;

	if (dir < 0)
		return -errno;
	if (fstat(dir, &st) < 0 || st.st_uid != getuid() || st.st_mode & 077) {
		fd_close(&dir);
		return -EPERM;
	}
	(void)registry_sweep(dir);
	DIR *d = fdopendir(dir);
	if (!d) {
		fd_close(&dir);
		return -ENOMEM;
	}
	rewinddir(d);
	while ((e = readdir(d)))
		if (id_is_valid(e->d_name) && entry_look(arena, dir, e->d_name, &r))
			vec_push(arena, ret, r);
	closedir(d);
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_id);
	return 0;
}

void running_done(running_list *list)
{
	vec_each (r, list) {
		fd_close(&r->supervisor_fd);
		fd_close(&r->child_fd);
		fd_close(&r->child_proc);
	}
}

/* ---- which one is meant ---- */

static bool is_id(const struct running *r, const char *word)
{
	return streq(r->entry.id, word);
}

static bool is_profile(const struct running *r, const char *word)
{
	return streq(r->entry.profile, word);
}

static bool is_start(const struct running *r, const char *word)
{
	return *word && skip_prefix(r->entry.id, word);
}

const struct running *running_find(const running_list *list, const char *word, struct err *err)
{
	static bool (*const ways[])(const struct running *, const char *) = { is_id, is_profile, is_start };
	const struct running *found = NULL;
	const char *several = "";
	size_t n = 0;

	for (size_t way = 0; way < ARRAY_SIZE(ways) && !n; way++)
		vec_each (r, list)
			if (ways[way](r, word)) {
				found = r;
				several = arena_printf(err->arena, "%s%s%s", several, n++ ? ", " : "", r->entry.id);
			}
	if (n == 1)
		return found;
	if (n) {
		err_add(err, NO_ORIGIN, "%s means %zu sandboxes: %s", word, n, several);
		err_remedy(err, "say more of the id");
	} else {
		err_add(err, NO_ORIGIN, "no sandbox called %s is running", word);
		err_remedy(err, "sbox list shows those that are");
	}
	return NULL;
}

/* ---- its namespaces ---- */

enum { DEPTH_MAX = 64 };

/*
 * Does the process of directory @proc descend from pid 1 of @r?  Each on the way is opened before its parent is asked for,
 * and all are asked once more in the end: a directory of /proc is of one process, and empty when that is gone.
 */
static bool descends(struct arena *arena, const struct running *r, int proc)
{
	int way[DEPTH_MAX] = { proc };
	pid_t parents[DEPTH_MAX] = { 0 };
	size_t n = 1, i;
	bool yes = false;

	while ((parents[n - 1] = proc_parent(arena, way[n - 1])) != r->entry.child) {
		if (parents[n - 1] <= 1 || n == DEPTH_MAX)
			break;
		way[n] = proc_dir(parents[n - 1]);
		if (way[n] < 0)
			break;
		n++;
	}
	if (parents[n - 1] == r->entry.child) {
		for (i = 0; i < n && proc_parent(arena, way[i]) == parents[i]; i++)
			;
		yes = i == n && !running_has_ended(r->child_fd);
	}
	for (i = 1; i < n; i++)
		fd_close(&way[i]);
	return yes;
}

int running_join(struct arena *arena, const struct running *r, const member_list *all, struct joined *ret)
{
	pid_t in_sandbox;
	size_t levels = r->child_fd >= 0 ? proc_pid_levels(arena, r->child_proc, &in_sandbox) : 0;
	member_list own = { 0 };
	int error = -ESRCH;

	if (!levels || !r->entry.plan)
		return -ESRCH;
	members_of(arena, all, r->entry.child, &own);
	vec_each (m, &own) {
		_cleanup_close_ int proc = m->pid == r->entry.child ? -EBADF : proc_dir(m->pid);

		/* one more level, and it is in a pid namespace that a program inside has made */
		if (proc < 0 || proc_pid_levels(arena, proc, &in_sandbox) != levels || !descends(arena, r, proc))
			continue;
		error = join_open(r->entry.plan, proc, ret);
		if (error == 0)
			return 0;
		if (error == -ENOENT)
			error = -ESRCH; /* it is ending, and has no namespaces any more */
	}
	return running_has_ended(r->child_fd) ? -ESRCH : error;
}
