/* SPDX-License-Identifier: MIT */
/*
 * A process beside pasta that ends it where a signal does not.
 *
 * Distributions have an AppArmor profile for pasta.  Its start takes the parent-death signal away, and it lets pasta be
 * signalled by unconfined processes alone, which sbox is not once a profile names it (the shipped one, which Ubuntu needs):
 * neither the supervisor nor the kernel on its behalf can kill pasta then.  Without its device it ends itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/macro.h"
#include "kernel/sys.h"
#include "net/net.h"

/* WORDS is pasta's stderr: the supervisor alone has the other end, and closes it when it wants the end. */
enum { WORDS = 2, SUPERVISOR, PASTA, USER_NS, NET_NS, FIRST_FREE };

/* lo is 1; a kernel may put a few fallback tunnels in front of pasta's device, which cannot be removed. */
enum { LINK_FIRST = 2, LINK_LAST = 64 };

static void links_remove(void)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg link;
	} m = { .header = { .nlmsg_len = sizeof(m), .nlmsg_type = RTM_DELLINK, .nlmsg_flags = NLM_F_REQUEST } };

	if (setns(USER_NS, CLONE_NEWUSER) < 0 || setns(NET_NS, CLONE_NEWNET) < 0)
		return;
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	for (m.link.ifi_index = LINK_FIRST; fd >= 0 && m.link.ifi_index <= LINK_LAST; m.link.ifi_index++)
		(void)send(fd, &m, sizeof(m), 0);
}

static _Noreturn void guard_main(const int from[])
{
	struct pollfd fds[] = { { .fd = WORDS }, { .fd = SUPERVISOR, .events = POLLIN }, { .fd = PASTA, .events = POLLIN } };

	for (int to = SUPERVISOR; to < FIRST_FREE; to++)
		if (dup2(from[to], to) < 0)
			_exit(1);
	/* The supervisor's ends of pipes and sockets above all: as long as a copy is open, nobody sees it die. */
	if (sys_close_range(FIRST_FREE, ~0U, 0) < 0 || sys_close_range(0, 1, 0) < 0)
		_exit(1);
	while (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno == EINTR)
		;
	if (!fds[2].revents && sys_pidfd_send_signal(PASTA, SIGKILL) < 0)
		links_remove();
	_exit(0);
}

static int pidfd_high(pid_t pid)
{
	_cleanup_close_ int fd = sys_pidfd_open(pid);

	return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, PASTA_FD_HIGH);
}

int pasta_guard(pid_t supervisor, const int namespaces[2])
{
	struct clone_args args = { 0 };
	_cleanup_close_ int pasta = pidfd_high(getpid()), parent = pidfd_high(supervisor);
	const int from[FIRST_FREE] = {
		[SUPERVISOR] = parent, [PASTA] = pasta, [USER_NS] = namespaces[0], [NET_NS] = namespaces[1]
	};

	if (pasta < 0 || parent < 0)
		return -errno;
	if (getppid() != supervisor)
		return -ESRCH;
	pid_t pid = sys_clone3(&args, sizeof(args));
	if (pid == 0)
		guard_main(from);
	return pid < 0 ? -errno : 0;
}
