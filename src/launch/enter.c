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
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/cgroup.h"
#include "kernel/sys.h"
#include "launch/supervisor.h"

/** struct speaker - by whom something is said at once */
struct speaker {
	say_fn *say;
	void *data;
};

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
	struct report entered = { .kind = REPORT_ENTERED };
	struct clone_args args = { .flags = CLONE_PARENT };
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
	entered.item = (unsigned)pid;
	report_send(sock, &entered);
	_exit(0);
}

/* ---- outside ---- */

enum { SAYS_AFTER = 2, TASKS = 2 }; /* seconds; who enters and what stands in for pid 1 */

static int frozen_say(const struct entering *e, const struct cgroup_stats *stats, struct err *err)
{
	if (!stats->frozen)
		return 0;
	err_add(err, NO_ORIGIN, "%s is frozen, and so would be what enters it", e->id);
	err_remedy(err, "sbox thaw %s", e->id);
	return -EBUSY;
}

int enter_check(struct entering *e, struct err *err)
{
	struct cgroup_stats stats;
	int r = cgroup_stats(e->cgroup, &stats);

	if (r == -ENOENT || r == -ENODEV)
		return err_add(err, NO_ORIGIN, "%s has just ended", e->id);
	if (r < 0)
		return err_sys(err, NO_ORIGIN, -r, "cannot look at the cgroup of %s", e->id);
	e->oom_kills = stats.oom_kills;
	r = frozen_say(e, &stats, err);
	if (r < 0)
		return r;
	int64_t most = cgroup_number(e->cgroup, "pids.max");
	if (most < 0 || stats.tasks + TASKS <= most)
		return 0;
	err_add(err, NO_ORIGIN, "%s has %lld of the %lld tasks that its pids-max allows, and who enters needs %d", e->id,
		(long long)stats.tasks, (long long)most, TASKS);
	err_remedy(err, "end something in it, or all of it: sbox kill %s", e->id);
	return -EAGAIN;
}

/*
 * The process inside is a child of this one, so its number stays its own.  A descriptor would not always come: the kernel
 * sends none while the user has more under way than one process may open, and a program inside can see to that.
 */
static bool entered_open(struct launch *l, int sock, struct report *ret)
{
	int fd;

	if (report_recv(sock, ret, &fd) != (ssize_t)sizeof(*ret))
		return false;
	if (ret->kind == REPORT_ENTERED)
		l->pidfd = sys_pidfd_open((pid_t)ret->item);
	return true;
}

/* Who is on the way is ended; who begins to live at this moment finds nobody outside, and leaves. */
static void call_back(struct launch *l, int helper, int sock)
{
	struct report r;

	(void)sys_pidfd_send_signal(helper, SIGKILL);
	if (entered_open(l, sock, &r) && l->pidfd >= 0)
		(void)sys_pidfd_send_signal(l->pidfd, SIGKILL);
}

/* Return: 0: go on waiting. */
static int still_waiting(const struct entering *e, int seconds, struct err *err)
{
	struct cgroup_stats stats;

	if (e->cgroup >= 0 && cgroup_stats(e->cgroup, &stats) == 0 && frozen_say(e, &stats, err) < 0)
		return -EBUSY;
	if (seconds != SAYS_AFTER)
		return 0;
	err_warn(err, NO_ORIGIN, "still waiting for a process to enter %s%s", e->id,
		 e->cgroup >= 0 && cgroup_number(e->cgroup, "cpu.max") >= 0 ? ": its cpu-max leaves little processor time" : "");
	return 0;
}

/*
 * The helper runs a few calls and waits for nobody; but its cgroup may be frozen, or have no processor time left.  The loop
 * that reads signals has not begun, so what ends a program ends this one.
 * Return: 0 when the helper has ended.
 */
static int helper_await(const struct entering *e, struct launch *l, int helper, int sock, const struct speaker *speaker)
{
	_cleanup_close_ int signals = sys_signalfd(SIGNALS_OF_IMPATIENCE, SFD_CLOEXEC);
	struct pollfd fds[] = { { .fd = helper, .events = POLLIN }, { .fd = signals, .events = POLLIN } };
	const struct timespec second = { .tv_sec = 1 };
	int r = signals < 0 ? -errno : 0;

	for (int seconds = 1; r == 0; seconds++) {
		int n = ppoll(fds, ARRAY_SIZE(fds), &second, NULL);

		if (fds[0].revents)
			return 0;
		if (n > 0) {
			call_back(l, helper, sock);
			(void)sys_sigmask(SIG_UNBLOCK, SIGNALS_OF_IMPATIENCE);
			/* ended here */
			return -EINTR;
		}
		r = n == 0 ? still_waiting(e, seconds, l->err) : errno == EINTR ? 0 : -errno;
		if (r == 0 && l->err->problems.n)
			speaker->say(l->err, speaker->data);
	}
	call_back(l, helper, sock);
	return r == -EBUSY ? r : err_sys(l->err, NO_ORIGIN, -r, "cannot wait for the process that is to enter %s", e->id);
}

/* What CLONE_INTO_CGROUP says of a group that was removed, of one whose limit is reached, and of others. */
static void clone_problem(const struct entering *e, int error, struct err *err)
{
	if (error == ENOENT || error == ENODEV)
		err_add(err, NO_ORIGIN, "cannot make a process: the sandbox has just ended");
	else
		err_sys(err, NO_ORIGIN, error, "cannot make a process in %s", e->id);
	if (error == EAGAIN)
		err_remedy(err, "%s", tasks_remedy);
}

/*
 * From inside the sandbox's cgroup namespace nobody can be brought in (ENOENT): so the helper is born there already.  Where
 * that is EACCES, this process has first to go to where it may have such a child.
 * Return: 0 in the helper, its pid, or -errno, said in l->err
 */
static pid_t helper_clone(const struct plan *plan, struct launch *l, const struct entering *e, int *ret_pidfd)
{
	struct clone_args args = { .flags = CLONE_PIDFD, .pidfd = (uintptr_t)ret_pidfd, .exit_signal = SIGCHLD };

	if (e->cgroup >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)e->cgroup;
	}
	pid_t helper = sys_clone3(&args, sizeof(args));
	if (helper < 0 && errno == EACCES && e->cgroup >= 0) {
		int r = join_scope(plan, l);

		if (r < 0)
			return r;
		helper = sys_clone3(&args, sizeof(args));
	}
	if (helper >= 0)
		return helper;
	int error = errno;
	clone_problem(e, error, l->err);
	return -error;
}

/*
 * As long as somebody in its pid namespace has not been waited for, pid 1 cannot end, nor does the sandbox; and who entered has its
 * parent here, which may stand still: stopped with its program, which others inside can do, or frozen.  So the kernel is to
 * wait for it, and what it ends with comes by a report.
 */
static void children_forget(const struct launch *l)
{
	const struct sigaction forget = { .sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT };
	siginfo_t end;

	(void)sigaction(SIGCHLD, &forget, NULL);
	/* before that, it was kept */
	(void)sys_waitid(P_PIDFD, l->pidfd, &end, WEXITED | WNOHANG, NULL);
}

static int start(const struct plan *plan, struct launch *l, const struct entering *e, const struct speaker *speaker)
{
	_cleanup_close_ int mine = -EBADF, helpers = -EBADF, pidfd = -EBADF;
	struct report r = { 0 };
	int ends[2], status;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0) {
		err_sys(l->err, NO_ORIGIN, errno, "cannot make a socket pair");
		return EXIT_SBOX;
	}
	mine = ends[0];
	helpers = ends[1];
	pid_t helper = helper_clone(plan, l, e, &pidfd);
	if (helper == 0) {
		fd_close(&mine);
		l->err = NULL;
		helper_main(plan, l, helpers);
	}
	fd_close(&helpers);
	fd_close(&l->child_sock);
	fd_close(&l->out_fd);
	join_close(&l->joined);
	if (helper < 0 || helper_await(e, l, pidfd, mine, speaker) < 0)
		return EXIT_SBOX;
	while (waitpid(helper, &status, 0) < 0 && errno == EINTR)
		;
	if (!entered_open(l, mine, &r)) {
		err_add(l->err, NO_ORIGIN, "the process that was to enter the sandbox was ended");
		return EXIT_SBOX;
	}
	if (r.kind != REPORT_ENTERED)
		return report_problem(plan, &r, l->err);
	if (l->pidfd >= 0) {
		children_forget(l);
		return 0;
	}
	err_sys(l->err, NO_ORIGIN, errno, "cannot open the process that entered the sandbox");
	return EXIT_SBOX;
}

int launch_enter(const struct plan *plan, struct entering *e, say_fn *say, void *data, struct err *err)
{
	const struct speaker speaker = { say, data };
	struct tty tty = { 0 };
	struct launch l;

	(void)sys_sigmask(SIG_BLOCK, ~UINT64_C(0));
	launch_init(&l, plan, err);
	l.joined = e->joined;
	e->joined = JOINED_NONE;
	launch_keep(&l, e->cgroup);
	launch_keep(&l, e->alive);
	int status = launch_sockets(&l, err);
	int r = status == 0 ? tty_open(&tty, plan, &l) : 0;
	if (r < 0) {
		err_sys(err, NO_ORIGIN, -r, "cannot open the terminal");
		status = EXIT_SBOX;
	}
	if (status == 0)
		status = start(plan, &l, e, &speaker);
	if (status == 0)
		status = supervise(plan, &l, &tty, say, data, err);
	e->cut_off = l.cut_off;
	launch_leave(plan, &l, status, say, data, err);
	return status;
}
