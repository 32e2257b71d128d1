/* SPDX-License-Identifier: MIT */
/*
 * Maps of more ids than the caller's own.  The first user namespace's are written from outside by newuidmap and newgidmap,
 * which know what root granted; the second one's by a process that stayed in the first (user_namespaces(7): a map of several
 * extents needs CAP_SETUID in the parent namespace, and whoever unshared is no longer there).
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/fd.h"
#include "kernel/kernel.h"
#include "kernel/proc_write.h"
#include "kernel/sys.h"

enum { SAID_MAX = 1024 };

/* ---- the first: newuidmap, newgidmap ---- */

/* No environment, no descriptor but the standard ones; signals as usual, so that Ctrl-C ends one that hangs. */
static _Noreturn void tool_exec(const struct plan_idmap *map, char *const *argv, int out_fd)
{
	static char *const nothing[] = { NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(out_fd, 2) < 0)
		_exit(127);
	(void)sys_close_range(3, ~0U, 0);
	(void)sys_sigmask(SIG_SETMASK, 0);
	(void)execve(map->tool, argv, nothing);
	const char *why = strerror(errno);
	(void)!write(2, why, strlen(why));
	_exit(127);
}

/* The first line of what it wrote on stderr.  Return: false when it did not end in time. */
static bool read_said(int fd, char said[SAID_MAX])
{
	struct pollfd pipe = { .fd = fd, .events = POLLIN };
	int64_t end = clock_ms() + HELPER_MS;
	char rest[64];
	size_t n = 0;
	ssize_t got = 1;

	while (got != 0) {
		int64_t left = end - clock_ms();

		if (left <= 0 || poll(&pipe, 1, (int)left) == 0)
			break;
		got = n < SAID_MAX - 1 ? read(fd, said + n, SAID_MAX - 1 - n) : read(fd, rest, sizeof(rest));
		n += got > 0 && n < SAID_MAX - 1 ? (size_t)got : 0;
	}
	said[n] = '\0';
	said[strcspn(said, "\n")] = '\0';
	return got == 0;
}

static int tool_problem(const struct plan *plan, const struct plan_idmap *map, bool ended, int status, const char *said, struct err *err)
{
	const char *cause = ended && WIFSIGNALED(status) ? arena_printf(err->arena, "ended by signal %d", WTERMSIG(status)) :
			    !ended		? "it does not end (the user database, a server perhaps, does not answer)" :
			    *said		? said :
						  arena_printf(err->arena, "status %d", WEXITSTATUS(status));

	err_add(err, plan->ids.map_from, "%s cannot map the ids: %s", map->tool, cause);
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		err_remedy(err, "sbox was started with no_new_privs (NoNewPrivileges= of a service, or another sandbox), so that "
				"no program it starts can map ids: map = self");
	else if (map->remedy)
		err_remedy(err, "%s", map->remedy);
	return -EPERM;
}

static int tool_run(const struct plan *plan, struct launch *l, const struct plan_idmap *map)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	char *argv[3 * ID_EXTENTS_MAX + 3], pid_text[NUMBER_TEXT_MAX + 1] = { 0 }, said[SAID_MAX];
	_cleanup_close_ int from = -EBADF, to = -EBADF;
	int ends[2], status = 0;
	size_t n = 0;

	do
		argv[n] = map->argv[n];
	while (map->argv[n++]);
	(void)number_text(pid_text, l->child);
	argv[1] = pid_text;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	from = ends[0];
	to = ends[1];
	pid_t pid = sys_clone3(&args, sizeof(args));
	if (pid == 0)
		tool_exec(map, argv, to);
	if (pid < 0)
		return -errno;
	fd_close(&to);
	bool ended = read_said(from, said);
	if (!ended)
		(void)kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) < 0)
		return -errno;
	return ended && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : tool_problem(plan, map, ended, status, said, l->err);
}

int idmap_first(const struct plan *plan, struct launch *l)
{
	int r = tool_run(plan, l, &plan->ids.uids);

	return r < 0 ? r : tool_run(plan, l, &plan->ids.gids);
}

/* ---- the second: a process that stays in the first ---- */

/* "PID/NAME" below the host's /proc, where @pid is what "self" leads to. */
static int write_map_of(const struct launch *l, const char *pid, const char *name, const char *text)
{
	char path[NUMBER_TEXT_MAX + sizeof("/uid_map")];
	size_t n = strlen(pid);

	memcpy(path, pid, n);
	memcpy(path + n, name, strlen(name) + 1);
	return host_proc_write(l, path, text, strlen(text));
}

static _Noreturn void helper_main(const struct plan *plan, const struct launch *l, const char *pid, int from)
{
	char go;
	ssize_t n;

	while ((n = read(from, &go, 1)) < 0 && errno == EINTR)
		;
	if (n != 1)
		_exit(ECANCELED);
	int r = write_map_of(l, pid, "/uid_map", plan->ids.uids.inner);
	if (r == 0)
		r = write_map_of(l, pid, "/gid_map", plan->ids.gids.inner);
	_exit(-r);
}

int idmap_second(const struct plan *plan, struct launch *l)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	_cleanup_close_ int from = -EBADF, to = -EBADF;
	char pid_text[NUMBER_TEXT_MAX + 1];
	int ends[2], status = 0;

	/* The number that the host's procfs has for this process, which is pid 1 to itself. */
	ssize_t n = readlinkat(l->old_proc_fd, "self", pid_text, NUMBER_TEXT_MAX);
	if (n <= 0)
		return n < 0 ? -errno : -EIO;
	pid_text[n] = '\0';
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	from = ends[0];
	to = ends[1];
	pid_t helper = sys_clone3(&args, sizeof(args));
	if (helper < 0)
		return -errno;
	if (helper == 0) {
		fd_close(&to);
		helper_main(plan, l, pid_text, from);
	}
	int r = unshare(CLONE_NEWUSER) < 0 ? -errno : 0;
	if (r == 0 && write(to, "", 1) != 1)
		r = -EPIPE;
	fd_close(&to);
	while (waitpid(helper, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (r < 0)
		return r;
	return !WIFEXITED(status) ? -ECHILD : -WEXITSTATUS(status);
}
