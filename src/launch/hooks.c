/* SPDX-License-Identifier: MIT */
/*
 * Hooks: programs that run outside, as the user, before the sandbox starts and after it has ended.  plan_hooks.c says
 * whose word counts for that.  What they get comes from the caller and the supervisor: nothing that the sandboxed program
 * can say reaches them but its exit status, and they start in "/", since it may have written to the caller's directory.
 *
 * `before` is run by the launcher.  By the time of `after` the supervisor can start no program any more, so a process that
 * was made before it gave that up waits for the status, or for the supervisor's end.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/sys.h"
#include "launch/supervisor.h"

static const char companion_name[] = "the process that runs `after`";

/** struct hook_end - a hook that failed, as the waiting process tells it */
struct hook_end {
	size_t hook; /* index into plan->hooks */
	int status;  /* as of hook_run() */
};

static bool is_ours(const char *entry)
{
	static const char *const names[] = { "SBOX_HOOK=", "SBOX_PROFILE_NAME=", "SBOX_STATUS=", "SBOX_CWD=" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strncmp(entry, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

static char **hook_env(const struct plan *plan, const struct plan_hook *hook, int status)
{
	struct arena *arena = plan->arena;
	char *none = NULL;
	VEC(char *) env = { 0 };

	for (char *const *e = plan->caller->environ; *e; e++)
		if (!is_ours(*e))
			vec_push(arena, &env, *e);
	vec_push(arena, &env, arena_printf(arena, "SBOX_HOOK=%s", hook->after ? "after" : "before"));
	vec_push(arena, &env, arena_printf(arena, "SBOX_PROFILE_NAME=%s", plan->registry.profile));
	if (plan->caller->cwd)
		vec_push(arena, &env, arena_printf(arena, "SBOX_CWD=%s", plan->caller->cwd));
	if (hook->after)
		vec_push(arena, &env, arena_printf(arena, "SBOX_STATUS=%d", status));
	vec_push(arena, &env, none);
	return env.v;
}

/* The hook's arguments are the sandbox's command. */
static char **hook_argv(const struct plan *plan, const struct plan_hook *hook)
{
	char *none = NULL;
	VEC(char *) argv = { 0 };

	vec_push(plan->arena, &argv, arena_strdup(plan->arena, hook->name));
	for (char **a = plan->argv; *a; a++)
		vec_push(plan->arena, &argv, *a);
	vec_push(plan->arena, &argv, none);
	return argv.v;
}

static _Noreturn void hook_exec(const struct launch *l, const char *path, char *const *argv, char *const *envp)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int out = l->log_sbox >= 0 ? l->log_sbox : STDERR_FILENO;

	if (null >= 0 && dup2(null, 0) >= 0 && dup2(out, 1) >= 0 && dup2(out, 2) >= 0 && sys_close_range(3, ~0U, 0) >= 0 &&
	    chdir("/") >= 0 && sys_sigmask(SIG_SETMASK, 0) >= 0)
		(void)execve(path, argv, envp);
	_exit(errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXEC);
}

/*
 * Ctrl-C reaches a hook as it reaches sbox, and is left for the program if the hook does not mind.  What was sent to sbox
 * alone is handed on.  Return: the last such signal, or 0.
 */
static int wait_for(int pidfd)
{
	const uint64_t ends = SIGNAL_BIT(SIGTERM) | SIGNAL_BIT(SIGHUP);
	_cleanup_close_ int signals = sys_signalfd(ends, SFD_CLOEXEC | SFD_NONBLOCK);
	struct pollfd fds[] = { { .fd = pidfd, .events = POLLIN }, { .fd = signals, .events = POLLIN } };
	struct signalfd_siginfo info;
	int came = 0;

	while (!fds[0].revents) {
		if (ppoll(fds, ARRAY_SIZE(fds), NULL, NULL) < 0)
			continue;
		while (fds[1].revents && read(signals, &info, sizeof(info)) == sizeof(info)) {
			came = (int)info.ssi_signo;
			(void)sys_pidfd_send_signal(pidfd, came);
		}
	}
	return came;
}

/* Return: its exit status, 128 + n when signal n ended it, or sbox while it ran; -errno when there is no process. */
static int hook_run(const struct plan *plan, const struct launch *l, const struct plan_hook *hook, int status)
{
	char **argv = hook_argv(plan, hook), **envp = hook_env(plan, hook, status);
	_cleanup_close_ int pidfd = -EBADF;
	struct clone_args args = { .flags = CLONE_PIDFD, .pidfd = (uintptr_t)&pidfd, .exit_signal = SIGCHLD };
	siginfo_t end = { 0 };
	pid_t pid = sys_clone3(&args, sizeof(args));

	if (pid == 0)
		hook_exec(l, hook->path, argv, envp);
	if (pid < 0)
		return -errno;
	int came = wait_for(pidfd);
	while (waitid(P_PIDFD, (id_t)pidfd, &end, WEXITED) < 0 && errno == EINTR)
		;
	int code = end.si_code == CLD_EXITED ? end.si_status : EXIT_SIGNAL + end.si_status;
	return code == 0 && came ? EXIT_SIGNAL + came : code;
}

static const char *end_text(struct arena *arena, int status)
{
	if (status < 0)
		return arena_printf(arena, "could not be started: %s", strerror(-status));
	return arena_printf(arena, "ended with status %d%s", status,
			    status == EXIT_NOT_EXEC || status == EXIT_NOT_FOUND ? ", as what cannot be executed" : "");
}

int hooks_before(const struct plan *plan, struct launch *l)
{
	l->hooked = true;
	vec_each (h, &plan->hooks) {
		if (h->after)
			break;
		int status = hook_run(plan, l, h, 0);
		if (status != 0)
			return err_add(l->err, h->from, "%s %s, so nothing was run", h->name, end_text(l->err->arena, status));
	}
	return 0;
}

/* ---- the process that waits ---- */

static void run_after(const struct plan *plan, const struct launch *l, int status, void (*failed)(const struct hook_end *, void *), void *data)
{
	for (size_t i = 0; i < plan->hooks.n; i++) {
		struct hook_end end = { .hook = i };

		if (!plan->hooks.v[i].after)
			continue;
		end.status = hook_run(plan, l, &plan->hooks.v[i], status);
		if (end.status != 0)
			failed(&end, data);
	}
}

static void tell(const struct hook_end *end, void *data)
{
	(void)send(*(const int *)data, end, sizeof(*end), MSG_NOSIGNAL); /* the supervisor may be gone */
}

static int waiter_main(const struct plan *plan, struct launch *l, int link)
{
	_cleanup_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct pollfd sandbox = { .fd = l->pidfd, .events = POLLIN };
	int status;
	ssize_t n;

	(void)prctl(PR_SET_NAME, "sbox-hooks");
	/* Whoever reads the program's output waits for its end. */
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0)
		return -errno;
	l->n_kept = 0;
	launch_keep(l, link);
	launch_keep(l, l->pidfd);
	launch_keep(l, l->log_sbox);
	release_fds(l);
	null = -EBADF;
	while ((n = read(link, &status, sizeof(status))) < 0 && errno == EINTR)
		;
	if (n != (ssize_t)sizeof(status)) {
		/* Somebody killed the supervisor; the sandbox dies with it. */
		status = EXIT_SIGNAL + SIGKILL;
		while (ppoll(&sandbox, 1, NULL, NULL) < 0 && errno == EINTR)
			;
	}
	run_after(plan, l, status, tell, &link);
	return 0;
}

int hooks_wait(const struct plan *plan, struct launch *l)
{
	int ends[2];

	if (!plan->hooks.v[plan->hooks.n - 1].after)
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	pid_t pid = companion_fork(l, 0, companion_name, "`after` will not be run");
	if (pid == 0)
		_exit(waiter_main(plan, l, ends[1]) < 0);
	(void)close(ends[1]);
	if (pid < 0) {
		(void)close(ends[0]);
		return pid;
	}
	l->hook_link = ends[0];
	launch_keep(l, l->hook_link);
	return 0;
}

/** struct wording - where the words for what failed go */
struct wording {
	const struct plan *plan;
	struct err *err;
};

static void word(const struct hook_end *end, void *data)
{
	const struct wording *w = data;

	if (end->hook < w->plan->hooks.n)
		err_warn(w->err, w->plan->hooks.v[end->hook].from, "%s %s", w->plan->hooks.v[end->hook].name,
			 end_text(w->err->arena, end->status));
}

int hooks_after(const struct plan *plan, struct launch *l)
{
	struct wording w = { plan, l->err };
	struct hook_end end;

	if (!l->hooked)
		return 0;
	if (l->hook_link < 0) {
		/* There is none, or the supervisor has not come to give anything up. */
		run_after(plan, l, l->status, word, &w);
		return 0;
	}
	if (write(l->hook_link, &l->status, sizeof(l->status)) == (ssize_t)sizeof(l->status))
		while (read(l->hook_link, &end, sizeof(end)) == (ssize_t)sizeof(end))
			word(&end, &w);
	else
		fd_close(&l->hook_link); /* or it would wait for what it cannot be told, and be waited for */
	return companion_wait(l, companion_name, -1) == 0 ? 0 : -ECHILD;
}
