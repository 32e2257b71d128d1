/* SPDX-License-Identifier: MIT */
/*
 * The process that looks at what the program asks for: not the supervisor, which only watches.  It reads memory that a
 * hostile program filled, so it has no capability, can write to no file but its output, and knows three requests of one
 * descriptor.  It is in no Landlock domain: from inside of one the program's memory cannot be read.
 */
#include "report/reporter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "kernel/sys.h"
#include "launch/launch.h"
#include "net/dns.h"
#include "report/listener.h"

static const char companion_name[] = "the reporter";

enum { OUT = 3, END = 4, LINK = 5, LOGS = 6, FIRST_FREE = LOGS + BUS_COUNT };

/*
 * Where a program of an earlier run could write, it may have left a link to some other file of the user's under that name,
 * or a FIFO that nobody reads.
 */
static int output_open(const struct plan *plan, struct launch *l)
{
	const char *file = plan->report.file;

	if (plan->report.learns) {
		l->report_out = fcntl(plan->report.fd, F_DUPFD_CLOEXEC, 3);
		return l->report_out < 0 ? -errno : 0;
	}
	l->report_out = file ? open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK, 0666) :
			       fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (l->report_out >= 0)
		return 0;
	if (errno == ELOOP)
		return err_add(l->err, (struct origin){ .file = "option --report" }, "%s is a symbolic link: name what it leads to", file);
	if (errno == ENXIO)
		return err_add(l->err, (struct origin){ .file = "option --report" }, "%s is a FIFO that nobody reads", file);
	return err_sys(l->err, (struct origin){ .file = "option --report" }, errno, "cannot open %s", file ? file : "stderr");
}

/* Both ends before the child is made, which inherits one of them. */
int reporter_open(const struct plan *plan, struct launch *l)
{
	const int yes = 1;
	int ends[2];
	int r = output_open(plan, l);

	if (r < 0)
		return r;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	l->reporter_link = ends[0];
	l->report_sock = ends[1];
	/* Who the sender is, the kernel says, in this process's pid namespace. */
	return setsockopt(l->reporter_link, SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes)) < 0 ? -errno : 0;
}

/*
 * 0 and 1 would hold the caller's pipes open.  The terminal's signals and stops are for the program: out of the
 * caller's session, and whoever writes "background process, stop" modes into a terminal does not stop this one either.
 */
static int descriptors_reduce(struct launch *l, int end)
{
	_cleanup_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	/* High first, so that none is overwritten before it was moved. */
	int out = fcntl(l->report_out, F_DUPFD_CLOEXEC, FIRST_FREE), link = fcntl(l->reporter_link, F_DUPFD_CLOEXEC, FIRST_FREE);
	int logs[BUS_COUNT];

	for (int i = 0; i < BUS_COUNT; i++)
		logs[i] = l->bus_logs[i] < 0 ? -EBADF : fcntl(l->bus_logs[i], F_DUPFD_CLOEXEC, FIRST_FREE);
	end = fcntl(end, F_DUPFD_CLOEXEC, FIRST_FREE);
	if (null < 0 || out < 0 || link < 0 || end < 0)
		return -errno;
	if (dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup3(out, OUT, O_CLOEXEC) < 0 || dup3(end, END, O_CLOEXEC) < 0 ||
	    dup3(link, LINK, O_CLOEXEC) < 0)
		return -errno;
	null = -EBADF;
	for (int i = 0; i < BUS_COUNT; i++)
		if (logs[i] < 0)
			(void)close(LOGS + i);
		else if (dup3(logs[i], LOGS + i, O_CLOEXEC) < 0)
			return -errno;
	return sys_close_range(FIRST_FREE, ~0U, 0) < 0 ? -errno : 0;
}

static bool asks_for_name(const uint8_t *data, size_t size, char *ret)
{
	struct dns_question q;

	if (dns_question_read(data, size, &q) < 0 || (q.type != DNS_A && q.type != DNS_AAAA))
		return false;
	(void)snprintf(ret, NAME_ASKED_MAX, "%s", q.name);
	return true;
}

/* The filter is last: taking the listener needs what it forbids, and until that is taken the program stands still. */
static int reporter_serve(const struct plan *plan, struct launch *l, int end)
{
	struct pollfd supervisor = { .fd = END };

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || setsid() < 0)
		return -errno;
	(void)prctl(PR_SET_NAME, "sbox-reporter");
	int r = descriptors_reduce(l, end);
	if (r < 0)
		return r;
	/* It may have died before the signal was asked for; or the sandbox failed, and it waits for this process already. */
	if (poll(&supervisor, 1, 0) < 0 || supervisor.revents & (POLLHUP | POLLERR))
		return 0;
	r = caps_drop_supervisor(plan, l);
	int listener = r < 0 ? r : listener_take(LINK, END);
	if (listener == -ECANCELED) {
		/* Nothing was run.  To end before the supervisor knows why would look like a failure of this process. */
		while (poll(&supervisor, 1, -1) < 0 && errno == EINTR)
			;
		return 0;
	}
	if (listener < 0)
		return listener;
	(void)close(LINK);
	json_whole();
	r = filter_load_reporter(plan, l);
	struct reporter_io io = { .listener = listener, .out = OUT, .end = END, .seen = l->seen, .host_new = host_new,
				 .asks = asks_for_name };
	for (int i = 0; i < BUS_COUNT; i++) {
		io.bus_logs[i] = l->bus_logs[i] < 0 ? -EBADF : LOGS + i;
		io.bus_pids[i] = l->bus_pids[i];
	}
	return r < 0 ? r : reporter_run(plan, &io);
}

int reporter_start(const struct plan *plan, struct launch *l)
{
	int end[2];

	if (pipe2(end, O_CLOEXEC) < 0)
		return -errno;
	pid_t pid = companion_fork(l, 0, companion_name, "nobody can answer what the program asks for any more, so the sandbox is ended");
	if (pid == 0)
		_exit(reporter_serve(plan, l, end[0]) < 0);
	(void)close(end[0]);
	l->reporter_end = end[1];
	fd_close(&l->report_out);
	fd_close(&l->reporter_link);
	fd_close(&l->report_sock);
	for (size_t i = 0; i < BUS_COUNT; i++)
		fd_close(&l->bus_logs[i]);
	if (pid < 0)
		return pid;
	l->reporter = &l->companions[l->n_companions - 1];
	l->reporter->vital = true;
	launch_keep(l, l->reporter_end);
	return 0;
}

/* A look at a dead file system may keep it: what it has written so far must do then. */
int reporter_finish(const struct plan *plan UNUSED, struct launch *l)
{
	fd_close(&l->reporter_end);
	if (!l->reporter)
		return 0;
	int status = companion_wait(l, companion_name, HELPER_MS);
	return status == ETIMEDOUT ? -ETIMEDOUT : status && !l->reporter->ended ? -EIO : 0;
}
