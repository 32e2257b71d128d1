/* SPDX-License-Identifier: MIT */
/*
 * One process more in a sandbox that runs.
 *
 *   supervisor ──clone3──► helper: goes into the namespaces ──clone3, CLONE_PARENT──► stand-in for pid 1 ──fork──► program
 *
 * The helper is needed since a process's own pid namespace never changes, only that of its children.  It leaves as soon as
 * its child is there; that is the supervisor's child as well, and from there on all goes as in a launch: the same steps, the
 * same loop, the same relay of the terminal.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/sys.h"
#include "launch/supervisor.h"

static _Noreturn void give_up(int sock, const struct launch *l, enum report_kind kind, unsigned step, int error)
{
	const struct report r = { .kind = kind, .step = step, .item = (unsigned)l->item, .error = error };

	report_send(sock, &r);
	_exit(EXIT_SBOX);
}

/*
 * What the caller left open would not reach the program, but the process on its way: while that ends (somebody inside may
 * kill it), its memory is gone before its descriptors are, and for that long the kernel asks nobody who wants them.  In a
 * launch nobody is inside yet.
 */
static void release(struct launch *l)
{
	const int *joined = l->joined.kinds;

	l->n_kept = 0;
	launch_keep(l, l->sup_sock);
	launch_keep(l, l->child_sock);
	launch_keep(l, l->confined);
	launch_keep(l, l->out_fd);
	launch_keep(l, l->joined.above);
	launch_keep(l, l->joined.first);
	launch_keep(l, l->joined.second);
	for (size_t i = 0; i < JOINED_KINDS; i++)
		launch_keep(l, joined[i]);
	release_fds(l);
}

/* @sock leads to the supervisor until the process inside is there. */
static _Noreturn void helper_main(const struct plan *plan, struct launch *l, int sock)
{
	const struct report entered = { .kind = REPORT_ENTERED };
	int pidfd = -EBADF;
	struct clone_args args = { .flags = CLONE_PARENT | CLONE_PIDFD, .pidfd = (uintptr_t)&pidfd };
	unsigned step;

	fd_close(&l->sup_sock);
	l->sup_sock = sock;
	release(l);
	int r = steps_run(PHASE_JOIN, plan, l, &step);
	if (r < 0)
		give_up(sock, l, REPORT_FAILED_STEP, step, -r);
	pid_t pid = sys_clone3(&args, sizeof(args));
	if (pid == 0)
		child_main(plan, l);
	if (pid < 0)
		give_up(sock, l, REPORT_FAILED_FORK, 0, errno);
	r = report_send_fd(sock, &entered, pidfd);
	_exit(r < 0 ? EXIT_SBOX : 0);
}

/*
 * The helper runs a few calls and waits for nobody; but its cgroup may be frozen, or have no processor time left.  The loop
 * that reads signals has not begun, so what ends a program ends this one: who comes inside later finds nobody, and leaves.
 */
static void helper_await(int sock)
{
	struct pollfd told = { .fd = sock, .events = POLLIN };

	while (sys_ppoll(&told, 1, ~SIGNALS_OF_IMPATIENCE) < 0 && errno == EINTR)
		;
}

static int start(const struct plan *plan, struct launch *l, struct err *err)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	_cleanup_close_ int mine = -EBADF, helpers = -EBADF;
	struct report r = { 0 };
	int ends[2], status;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0) {
		err_sys(err, NO_ORIGIN, errno, "cannot make a socket pair");
		return EXIT_SBOX;
	}
	mine = ends[0];
	helpers = ends[1];
	/* From inside the sandbox's cgroup namespace nobody can be brought in (ENOENT): so the helper is born there already. */
	if (l->cgroup_fd >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)l->cgroup_fd;
	}
	pid_t helper = sys_clone3(&args, sizeof(args));
	if (helper == 0) {
		fd_close(&mine);
		l->err = NULL;
		helper_main(plan, l, helpers);
	}
	int error = errno;
	fd_close(&helpers);
	fd_close(&l->child_sock);
	fd_close(&l->out_fd);
	fd_close(&l->cgroup_fd);
	join_close(&l->joined);
	if (helper < 0) {
		/* what CLONE_INTO_CGROUP says of a group that was removed */
		if (error == ENOENT || error == ENODEV)
			err_add(err, NO_ORIGIN, "cannot make a process: the sandbox has just ended");
		else
			err_sys(err, NO_ORIGIN, error, "cannot make a process");
		return EXIT_SBOX;
	}
	helper_await(mine);
	while (waitpid(helper, &status, 0) < 0 && errno == EINTR)
		;
	if (report_recv(mine, &r, &l->pidfd) != (ssize_t)sizeof(r)) {
		err_add(err, NO_ORIGIN, "the process that was to enter the sandbox was ended");
		return EXIT_SBOX;
	}
	return r.kind == REPORT_ENTERED && l->pidfd >= 0 ? 0 : report_problem(plan, &r, err);
}

int launch_enter(const struct plan *plan, struct joined *joined, int cgroup_fd, int keep, say_fn *say, void *data, struct err *err)
{
	struct tty tty = { 0 };
	struct launch l;

	(void)sys_sigmask(SIG_BLOCK, ~UINT64_C(0));
	launch_init(&l, plan, err);
	l.joined = *joined;
	l.cgroup_fd = cgroup_fd;
	launch_keep(&l, keep);
	*joined = JOINED_NONE;
	int status = cgroup_fd >= 0 && join_cgroup(plan, &l) < 0 ? EXIT_SBOX : launch_sockets(&l, err);
	int r = status == 0 ? tty_open(&tty, plan, &l) : 0;
	if (r < 0) {
		err_sys(err, NO_ORIGIN, -r, "cannot open the terminal");
		status = EXIT_SBOX;
	}
	if (status == 0)
		status = start(plan, &l, err);
	if (status == 0)
		status = supervise(plan, &l, &tty, say, data, err);
	launch_leave(plan, &l, status, say, data, err);
	return status;
}
