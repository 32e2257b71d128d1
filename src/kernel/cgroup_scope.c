/* SPDX-License-Identifier: MIT */
/*
 * Two ways to the user's systemd: its own socket (cgroup_bus.c), and where that is not there the session bus.  That is
 * spoken by a program of its own (src/scope/), which is started only here: a launcher that is linked statically cannot have
 * the library, and one that needs none should not load it.
 */
#include "kernel/cgroup_scope.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/dirs.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/stamp.h"
#include "kernel/cgroup.h"
#include "kernel/cgroup_bus.h"
#include "kernel/cgroup_files.h"
#include "kernel/host_parts.h"

enum { WORDS_MAX = 16, ANSWER_MAX = 1024, FORGET_MS = 1000 };

/* With its standard output in @out_fd and no signal blocked: Ctrl-C must end a wait for a systemd that hangs. */
static int helper_start(char *const *argv, char *const *envp, int out_fd, pid_t *ret_pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none;
	int r;

	sigemptyset(&none);
	r = posix_spawn_file_actions_init(&files);
	if (r)
		return -r;
	r = posix_spawnattr_init(&attr);
	if (r == 0) {
		(void)posix_spawnattr_setsigmask(&attr, &none);
		(void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
		r = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
		if (r == 0)
			r = posix_spawn_file_actions_adddup2(&files, out_fd, 1);
		if (r == 0)
			r = posix_spawn(ret_pid, argv[0], &files, &attr, argv, envp);
		(void)posix_spawnattr_destroy(&attr);
	}
	(void)posix_spawn_file_actions_destroy(&files);
	return -r;
}

/* What it printed, in @arena: nothing when all went well. */
static int helper_run(char *const *argv, char *const *envp, struct arena *arena, char **ret_text)
{
	int ends[2], status = 0;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	_cleanup_close_ int out = ends[0], in = ends[1];
	int r = helper_start(argv, envp, in, &pid);
	if (r < 0)
		return r;
	fd_close(&in);
	r = fd_read_all(out, arena, ANSWER_MAX, ret_text, NULL);
	if (waitpid(pid, &status, 0) < 0)
		return -errno;
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGALRM ? -ETIMEDOUT : -ECANCELED;
	if (r == 0 && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
		r = -EIO;
	return r;
}

/* The kernel, not systemd, says where this process is now. */
static int scope_path(const struct plan *plan, const char *unit, const char **ret_path)
{
	const char *own = cgroup_own(plan->arena);

	if (!own || !streq(path_name(own), unit))
		return -ESRCH;
	*ret_path = arena_printf(plan->arena, "%s%s", plan->cgroup.mount, own);
	return 0;
}

static char *variable(const struct plan *plan, const char *name)
{
	const char *value = caller_env(plan->caller, name);

	return value ? arena_printf(plan->arena, "%s=%s", name, value) : NULL;
}

/* The helper with these words; what it says when it fails. */
static int by_helper(const struct plan *plan, char *const *argv, const char **ret_why)
{
	char *envp[3], *text = NULL;
	size_t n = 0;

	envp[n] = variable(plan, "XDG_RUNTIME_DIR");
	n += envp[n] != NULL;
	envp[n] = variable(plan, "DBUS_SESSION_BUS_ADDRESS");
	n += envp[n] != NULL;
	envp[n] = NULL;
	int r = helper_run(argv, envp, plan->arena, &text);
	if (r == -EIO && text && *text)
		*ret_why = arena_strndup(plan->arena, text, strcspn(text, "\n"));
	else if (r == -ENOENT)
		*ret_why = arena_printf(plan->arena, "%s is not there", scope_helper);
	return r;
}

static int helper_start_scope(const struct plan *plan, const char *unit, const char **ret_why)
{
	struct arena *arena = plan->arena;
	char *argv[WORDS_MAX + 1];
	size_t n = 0;

	argv[n++] = arena_strdup(arena, scope_helper);
	argv[n++] = arena_strdup(arena, unit);
	argv[n++] = arena_printf(arena, "%d", (int)getpid());
	argv[n++] = arena_strdup(arena, plan->cgroup.slice ? plan->cgroup.slice : "");
	for (size_t i = 0; plan->cgroup.controllers[i] && n < WORDS_MAX; i++)
		argv[n++] = arena_strdup(arena, plan->cgroup.controllers[i]);
	argv[n] = NULL;
	return by_helper(plan, argv, ret_why);
}

/* Is there nobody at systemd's own socket, and another way? */
static bool try_helper(int error)
{
	return scope_helper[0] && (error == -ENOENT || error == -ECONNREFUSED || error == -EACCES);
}

/*
 * systemd ends a scope when its last process ends; one whose only process was killed just before it was moved stays, and
 * systemd sees no end (252).  Its name is ours, nothing is in it and the process that it was for is gone.
 */
int scopes_sweep(const struct plan *plan, struct launch *l)
{
	/* SLICE/SCOPE/box */
	const char *slice = l->cgroup_path ? path_parent(plan->arena, path_parent(plan->arena, l->cgroup_path)) : NULL;
	DIR *d = slice ? opendir(slice) : NULL;
	const struct dirent *e;

	while (d && (e = readdir(d))) {
		pid_t pid = cgroup_name_pid(e->d_name, ".scope");
		const char *unit = e->d_name, *why;
		struct cgroup_stats stats;

		if (pid <= 0 || kill(pid, 0) == 0 || errno != ESRCH)
			continue;
		_cleanup_close_ int dir = openat(dirfd(d), unit, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (dir >= 0 && cgroup_stats(dir, &stats) == 0 && !stats.populated && try_helper(bus_scope_stop(plan, unit, &why)))
			(void)by_helper(plan,
					(char *[]){ arena_strdup(plan->arena, scope_helper), arena_strdup(plan->arena, unit), NULL },
					&why);
	}
	if (d)
		(void)closedir(d);
	return 0;
}

/*
 * Whoever moves a process between cgroups first waits for an RCU grace period, and whoever comes next, before another one
 * is over, does not (rcu_sync_enter() in kernel/rcu/sync.c).  systemd would begin that wait when it has read the call and made
 * the scope; so it begins here, meanwhile, with a move that changes nothing whenever it happens: systemd's own process to
 * the cgroup that it is in.  This process's own could undo what systemd did.  What fails costs only the time.
 */
static void first_move(const struct plan *plan, const struct launch *l)
{
	pid_t pid = bus_peer(l->cgroup.talk);
	const char *of = pid > 0 ? cgroup_of(plan->arena, pid) : NULL;
	/* Where a systemd is; in a /proc of another pid namespace the number is somebody else's. */
	bool known = of && streq(path_name(of), "init.scope");
	_cleanup_close_ int dir = known ? cgroup_open(arena_printf(plan->arena, "%s%s", plan->cgroup.mount, of)) : -EBADF;

	if (dir >= 0)
		(void)cgroup_file_write(dir, "cgroup.procs", arena_printf(plan->arena, "%d", (int)pid));
}

void scope_ask(const struct plan *plan, struct launch *l)
{
	l->cgroup.unit = arena_printf(plan->arena, "%s-%d.scope", plan->cgroup.name, (int)getpid());
	l->cgroup.asked = bus_scope_ask(plan, l->cgroup.unit, &l->cgroup.talk);
	if (l->cgroup.asked == 0)
		first_move(plan, l);
}

void scope_forget(struct launch *l)
{
	const char *why;

	if (l->cgroup.talk)
		(void)bus_scope_await(l->cgroup.talk, FORGET_MS, &why);
	l->cgroup.talk = NULL;
}

int scope_await(const struct plan *plan, struct launch *l, const char **ret_path, const char **ret_why)
{
	if (!l->cgroup.unit)
		scope_ask(plan, l);
	const char *unit = l->cgroup.unit;
	int r = l->cgroup.talk ? bus_scope_await(l->cgroup.talk, HELPER_MS, ret_why) : l->cgroup.asked;

	l->cgroup.talk = NULL;
	stamp("systemd has answered");
	if (try_helper(r))
		r = helper_start_scope(plan, unit, ret_why);
	if (r == -ETIMEDOUT)
		*ret_why = "the user's systemd does not answer";
	if (r < 0)
		return r;
	r = scope_path(plan, unit, ret_path);
	if (r < 0)
		*ret_why = "the user's systemd made a scope, and did not move this process to it";
	return r;
}
