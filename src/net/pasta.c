/* SPDX-License-Identifier: MIT */
/*
 * pasta, from its start to its end.  It enters the first user namespace and the network namespace of the child, which
 * waits meanwhile; from then on it runs as long as the sandbox.
 */
#include "base/clock.h"
#include "net/net.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "kernel/sys.h"

enum { TEXT_MAX = 2048 };

static const char **arguments(const struct plan *plan, struct launch *l)
{
	const struct plan_network *net = &plan->network;
	struct arena *arena = l->err->arena;
	const char **argv = arena_new_array(arena, const char *, net->n_pasta_argv + 5);
	size_t n = 0;

	for (; n < net->n_pasta_argv; n++)
		argv[n] = net->pasta_argv[n];
	argv[n++] = "--userns";
	argv[n++] = net->pasta_new ? arena_printf(arena, "/proc/%d/ns/user", l->child) : "/proc/self/fd/3";
	argv[n++] = "--netns";
	argv[n++] = net->pasta_new ? arena_printf(arena, "/proc/%d/ns/net", l->child) : "/proc/self/fd/4";
	return argv;
}

/* The child's namespaces, by descriptors that no dup2() here overwrites. */
static int namespaces_open(pid_t child, int fds[2])
{
	static const char *const names[2] = { "user", "net" };
	char path[64];

	for (int i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", child, names[i]);
		_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
		fds[i] = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, PASTA_FD_HIGH);
		if (fds[i] < 0)
			return -errno;
	}
	return 0;
}

/* Nothing of the caller's: no terminal, no descriptor, no environment, no directory. */
static _Noreturn void pasta_exec(const struct plan *plan, const char **argv, pid_t supervisor, pid_t child, int out, int err)
{
	char path[] = "PATH=/usr/bin:/bin";
	char *const environment[] = { path, NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), namespaces[2];
	bool by_fd = !plan->network.pasta_new, guarded = plan->network.pasta_guarded;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != supervisor || null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0 || chdir("/") < 0)
		_exit(1);
	if ((by_fd || guarded) && namespaces_open(child, namespaces) < 0)
		_exit(1);
	if (guarded && pasta_guard(supervisor, namespaces) < 0)
		_exit(1);
	/*
	 * A pasta before mid-2024 leaves these open, and Debian 12's AppArmor profile for it lacks the right (ptrace) to look
	 * into another process.  A newer one closes them, and its profile has the right.
	 */
	if (by_fd && (dup2(namespaces[0], 3) < 0 || dup2(namespaces[1], 4) < 0))
		_exit(1);
	(void)sys_close_range(by_fd ? 5 : 3, ~0U, 0);
	(void)setsid();
	/* Signals are as after a fork from a shell: it refuses to start when SIGPIPE is ignored. */
	(void)sys_sigmask(SIG_SETMASK, 0);
	(void)execve(plan->network.pasta, (char *const *)(uintptr_t)argv, environment);
	(void)dprintf(2, "%s: %s\n", plan->network.pasta, strerror(errno));
	_exit(1);
}

static int pasta_fork(const struct plan *plan, struct launch *l, int out, int err)
{
	const char **argv = arguments(plan, l);
	pid_t self = getpid();
	pid_t pid = companion_fork(l, 0, "pasta", "the sandbox has no connection any more");

	if (pid == 0)
		pasta_exec(plan, argv, self, l->child, out, err);
	return pid < 0 ? pid : 0;
}

/* It writes its number when the network is there.  Return: 0; -ETIMEDOUT; -ECHILD when it ended instead. */
static int pasta_wait(const struct companion *c, int out)
{
	struct pollfd fds[] = { { .fd = out, .events = POLLIN }, { .fd = c->pidfd, .events = POLLIN } };
	int64_t end = clock_ms() + HELPER_MS;
	char number[16];

	for (;;) {
		int64_t left = end - clock_ms();

		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(fds, ARRAY_SIZE(fds), (int)left) < 0 && errno != EINTR)
			return -errno;
		if (read(out, number, sizeof(number)) > 0)
			return 0;
		if (fds[1].revents)
			return -ECHILD;
	}
}

/* Its words, without those about a log that it cannot reach. */
static const char *pasta_words(struct arena *arena, int fd)
{
	char text[TEXT_MAX + 1], *rest = text;
	ssize_t n = read(fd, text, TEXT_MAX);
	const char *words = "";

	text[n > 0 ? n : 0] = '\0';
	for (char *line; (line = strsep(&rest, "\n"));)
		if (*line && !strstr(line, "syslog"))
			words = arena_printf(arena, "%s%s%s", words, *words ? "; " : "", line);
	return words;
}

static int pasta_failed(const struct plan *plan, struct launch *l, int error, int err_fd)
{
	const char *words = pasta_words(l->err->arena, err_fd);

	if (error == -ETIMEDOUT)
		err_add(l->err, plan->network.from, "mode = user: pasta was not ready within %d s%s%s", HELPER_MS / 1000, *words ? ": " : "",
			words);
	else
		err_add(l->err, plan->network.from, "mode = user: pasta did not start: %s", *words ? words : strerror(-error));
	if (strstr(words, "external interface") || strstr(words, "routable interface"))
		err_remedy(l->err, "the machine has no default route: connect it, or use --net=none");
	return error;
}

int pasta_start(const struct plan *plan, struct launch *l)
{
	_cleanup_close_ int out = -EBADF, out_child = -EBADF, err_child = -EBADF;
	int out_ends[2], err_ends[2];

	if (pipe2(out_ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	out = out_ends[0];
	out_child = out_ends[1];
	/*
	 * Its messages are read when it fails; later nobody does, but the pipe stays: SIGPIPE would end it, and a full pipe
	 * must not stop it.
	 */
	if (pipe2(err_ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	l->pasta_words_fd = err_ends[0];
	err_child = err_ends[1];
	launch_keep(l, l->pasta_words_fd);
	int r = pasta_fork(plan, l, out_child, err_child);
	if (r < 0)
		return r;
	r = pasta_wait(&l->companions[l->n_companions - 1], out);
	return r < 0 ? pasta_failed(plan, l, r, l->pasta_words_fd) : 0;
}

int net_end(const struct plan *plan UNUSED, struct launch *l)
{
	fd_close(&l->pasta_words_fd); /* its guard sees that */
	companion_end(l, "pasta");
	companion_end(l, "the resolver");
	return 0;
}
