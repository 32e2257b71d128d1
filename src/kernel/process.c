/* SPDX-License-Identifier: MIT */
/* The program's own attributes: session, signals, keyring, limits, umask, directory, and the file that it is. */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/kernel.h"
#include "kernel/sys.h"

int session_new(const struct plan *plan UNUSED, struct launch *l UNUSED)
{
	return setsid() < 0 ? -errno : 0;
}

/*
 * A group, not a session: it has its parent (pid 1) in the same session and another group, so it is not an orphaned
 * one, in which the kernel would drop every Ctrl-Z that is forwarded to it.
 */
int group_new(const struct plan *plan UNUSED, struct launch *l UNUSED)
{
	return setpgid(0, 0) < 0 ? -errno : 0;
}

int signals_reset(const struct plan *plan UNUSED, struct launch *l UNUSED)
{
	return sys_sigmask(SIG_SETMASK, 0) < 0 ? -errno : 0;
}

/*
 * No namespace covers the session keyring.  Without one of its own the program could use the caller's, were it not
 * for the filter, which shuts the key calls unless the profile opens them.
 */
int keyring_join(const struct plan *plan, struct launch *l UNUSED)
{
	if (sys_keyctl(KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && plan->keyring_required)
		return -errno;
	return 0;
}

/*
 * A limit is an upper bound.  Where the caller's own hard limit is below it (nproc on a small machine), that one holds
 * and the bound with it.
 */
static int rlimit_lower(int resource, struct rlimit value)
{
	struct rlimit own;

	if (getrlimit(resource, &own) < 0)
		return -errno;
	if (value.rlim_max > own.rlim_max)
		value.rlim_max = own.rlim_max;
	if (value.rlim_cur > value.rlim_max)
		value.rlim_cur = value.rlim_max;
	return setrlimit(resource, &value) < 0 ? -errno : 0;
}

int rlimits_set(const struct plan *plan, struct launch *l)
{
	for (size_t i = 0; i < plan->rlimits.n; i++) {
		const struct plan_rlimit *limit = &plan->rlimits.v[i];

		l->item = i;
		if (setrlimit(limit->resource, &limit->value) == 0)
			continue;
		int r = errno == EPERM ? rlimit_lower(limit->resource, limit->value) : -errno;
		if (r < 0)
			return r;
	}
	if (!l->cgroup.tasks_unbound)
		return 0;
	/* pids-max, which no cgroup counts; a lower limit of the profile's own stays */
	struct rlimit tasks = { (rlim_t)plan->cgroup.tasks, (rlim_t)plan->cgroup.tasks };
	return rlimit_lower(RLIMIT_NPROC, tasks);
}

int process_attrs(const struct plan *plan, struct launch *l UNUSED)
{
	if (plan->set_umask)
		(void)umask(plan->umask);
	if (plan->set_nice && setpriority(PRIO_PROCESS, 0, plan->nice) < 0)
		return -errno;
	return 0;
}

/* Who enters later may find that the program has removed it: then the root will do. */
int cwd_enter(const struct plan *plan, struct launch *l UNUSED)
{
	return chdir(plan->cwd) < 0 && (!plan->enter || chdir("/") < 0) ? -errno : 0;
}

static int executable(const char *path)
{
	struct stat st;

	if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0)
		return -errno;
	if (stat(path, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? -EACCES : 0;
}

/* "@dir/@name" into @to.  An empty entry of PATH means the current directory. */
static int candidate(char to[PATH_MAX], const char *dir, size_t dir_len, const char *name, size_t name_len)
{
	if (dir_len + name_len + 2 > PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(to, dir, dir_len);
	if (dir_len)
		to[dir_len++] = '/';
	memcpy(to + dir_len, name, name_len + 1);
	return 0;
}

/*
 * Looked for before the filter is loaded, so that "not found" is told from "its interpreter is not found", and so that
 * no failing execve() has to be allowed.  As execvp(): an unusable hit does not end the search, but is remembered.
 */
int command_find(const struct plan *plan, struct launch *l)
{
	const char *name = plan->argv[0], *dir = plan->path_list;
	size_t name_len = strlen(name);
	int found = -ENOENT;

	if (name_len == 0)
		return -ENOENT;
	if (strchr(name, '/')) {
		int r = candidate(l->command, "", 0, name, name_len);
		return r < 0 ? r : executable(name);
	}
	while (dir) {
		size_t n = strcspn(dir, ":");
		int r = candidate(l->command, dir, n, name, name_len);

		if (r == 0)
			r = executable(l->command);
		if (r == 0)
			return 0;
		if (r == -EACCES)
			found = r;
		dir = dir[n] ? dir + n + 1 : NULL;
	}
	return found;
}
