/* SPDX-License-Identifier: MIT */
/*
 * xdg-dbus-proxy, from its start to its end.  It parses what a hostile program writes, so it runs in a sandbox of its own,
 * made by the same steps as the program's: plan_proxy.c says what is in it.
 */
#include "base/clock.h"
#include "desktop/desktop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "kernel/sys.h"

enum { READY_FD = 3 };

static const char name[] = "xdg-dbus-proxy";

int bus_names(const struct plan *plan, struct launch *l)
{
	static const char *const suffix[BUS_COUNT] = { [BUS_SESSION] = "session", [BUS_SYSTEM] = "system", [BUS_A11Y] = "a11y" };

	for (size_t i = 0; i < BUS_COUNT; i++) {
		if (!plan->bus[i].wanted)
			continue;
		l->socket_paths[i] = arena_printf(plan->arena, "%s/%d-%s", plan->proxy.dir, getpid(), suffix[i]);
		if (strlen(l->socket_paths[i]) >= sizeof(((struct sockaddr_un *)0)->sun_path)) {
			err_add(l->err, plan->bus[i].from, "%s is too long for the path of a socket", l->socket_paths[i]);
			err_remedy(l->err, "a shorter XDG_RUNTIME_DIR");
			return -ENAMETOOLONG;
		}
	}
	return 0;
}

/* ---- start ---- */

/* What the proxy logs does not say which bus it is about: with a report each bus has one of its own. */
static bool serves(const struct plan *plan, size_t proxy, enum bus bus)
{
	return plan->bus[bus].wanted && proxy == (plan->report.on ? (size_t)bus : 0);
}

static bool is_needed(const struct plan *plan, size_t proxy)
{
	for (enum bus i = 0; i < BUS_COUNT; i++)
		if (serves(plan, proxy, i))
			return true;
	return false;
}

static const char **arguments(const struct plan *plan, struct launch *l, size_t proxy)
{
	size_t n = 3;

	for (size_t i = 0; i < BUS_COUNT; i++)
		n += 4 + plan->bus[i].rules.n;
	const char **argv = arena_new_array(plan->arena, const char *, n);
	n = 0;
	argv[n++] = plan->proxy.program;
	argv[n++] = arena_printf(plan->arena, "--fd=%d", READY_FD);
	for (size_t i = 0; i < BUS_COUNT; i++) {
		if (!serves(plan, proxy, i))
			continue;
		argv[n++] = plan->bus[i].address;
		argv[n++] = l->socket_paths[i];
		argv[n++] = "--filter";
		if (plan->report.on)
			argv[n++] = "--log";
		vec_each (r, &plan->bus[i].rules)
			argv[n++] = r->option;
	}
	return argv;
}

/* Nothing of the caller's: no terminal, no descriptor, no environment, and of the file system what its plan says. */
static int confine(const struct plan *proxy, struct launch *l)
{
	static step_fn *const steps[] = { userns_maps, root_build, root_pivot, host_close, caps_drop };
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(steps); i++)
		r = steps[i](proxy, l);
	if (r == 0 && proxy->landlock.handled_fs)
		r = landlock_restrict(proxy, l);
	return r;
}

/* @log: where stdout goes; negative: nowhere */
static _Noreturn void proxy_main(const struct plan *plan, const char **argv, pid_t supervisor, int ready, int log)
{
	static char *const nothing[] = { NULL };
	const struct plan_ids *ids = &plan->proxy.plan->ids;
	struct launch l = { .plan = plan->proxy.plan, .root_fd = -EBADF, .old_proc_fd = -EBADF,
			    .outer_uid = ids->outer_uid, .outer_gid = ids->outer_gid };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != supervisor || null < 0 || dup2(null, 0) < 0 || dup2(log < 0 ? null : log, 1) < 0 || dup2(null, 2) < 0 ||
	    dup2(ready, READY_FD) < 0)
		_exit(1);
	(void)sys_close_range(READY_FD + 1, ~0U, 0);
	(void)setsid();
	int r = confine(plan->proxy.plan, &l);
	if (r == 0 && chdir("/") == 0) {
		(void)sys_sigmask(SIG_SETMASK, 0);
		(void)execve(plan->proxy.program, (char *const *)(uintptr_t)argv, nothing);
		r = -errno;
	}
	/* What went wrong, for the supervisor: the proxy itself writes one byte. */
	(void)!write(READY_FD, &r, sizeof(r));
	_exit(1);
}

/* A death signal is forgotten when the credentials change, as they do with the user namespace: the pipe's end ends it, too. */
static int proxy_start(const struct plan *plan, struct launch *l, size_t proxy)
{
	_cleanup_close_ int ours = -EBADF, theirs = -EBADF, log = -EBADF;
	int ends[2];
	const char **argv = arguments(plan, l, proxy);

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	ours = ends[0];
	theirs = ends[1];
	if (plan->report.on) {
		if (pipe2(ends, O_CLOEXEC) < 0)
			return -errno;
		l->bus_logs[proxy] = ends[0];
		log = ends[1];
	}
	pid_t self = getpid(), pid = companion_fork(l, plan->proxy.plan->clone_flags, name, "the sandbox has no bus any more");
	if (pid < 0)
		return pid;
	if (pid == 0)
		proxy_main(plan, argv, self, theirs, log);
	l->bus_fds[proxy] = fd_take(&ours);
	l->bus_pids[proxy] = pid;
	launch_keep(l, l->bus_fds[proxy]);
	return 0;
}

int bus_start(const struct plan *plan, struct launch *l)
{
	int r = 0;

	for (size_t i = 0; i < BUS_COUNT && r == 0; i++)
		if (is_needed(plan, i))
			r = proxy_start(plan, l, i);
	return r;
}

/* ---- ready ---- */

static int proxy_ready(struct launch *l, int fd, struct origin from)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	int64_t end = clock_ms() + HELPER_MS, left;
	int r = -ETIMEDOUT;

	while ((left = end - clock_ms()) > 0) {
		int said;
		int n = poll(&poll_fd, 1, (int)left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		ssize_t size = read(fd, &said, sizeof(said));
		if (size == 1)
			return 0;
		r = size == (ssize_t)sizeof(said) && said < 0 ? said : -ECHILD;
		break;
	}
	if (r == -ECHILD)
		return err_add(l->err, from, "%s ended before it was ready", name);
	return err_sys(l->err, from, -r, "%s was not ready", name);
}

int bus_ready(const struct plan *plan, struct launch *l)
{
	enum bus first = 0;
	int r = 0;

	while (!plan->bus[first].wanted)
		first++;
	for (size_t i = 0; i < BUS_COUNT && r == 0; i++)
		if (l->bus_fds[i] >= 0)
			r = proxy_ready(l, l->bus_fds[i], plan->bus[first].from);
	return r;
}

/* ---- end ---- */

int bus_end(const struct plan *plan UNUSED, struct launch *l)
{
	companion_end(l, name);
	for (size_t i = 0; i < BUS_COUNT; i++)
		fd_close(&l->bus_fds[i]);
	/* The child did that, unless it never came so far. */
	for (size_t i = 0; i < BUS_COUNT; i++)
		if (l->socket_paths[i])
			(void)unlinkat(AT_FDCWD, l->socket_paths[i], 0);
	return 0;
}
