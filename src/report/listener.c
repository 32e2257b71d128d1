/* SPDX-License-Identifier: MIT */
#include <poll.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/fd.h"
#include "report/listener.h"

/* The number that the program wrote, and who it is in this process's pid namespace. */
static int hello_read(int link, pid_t *ret_pid)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	int number = -EBADF;
	struct iovec iov = { .iov_base = &number, .iov_len = sizeof(number) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof(control.room) };
	ssize_t n = recvmsg(link, &msg, MSG_CMSG_CLOEXEC);
	const struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;
	struct ucred who;

	if (n < 0)
		return -errno;
	if (n != sizeof(number) || !c || c->cmsg_type != SCM_CREDENTIALS || c->cmsg_len != CMSG_LEN(sizeof(who)))
		return -ECANCELED;
	memcpy(&who, CMSG_DATA(c), sizeof(who));
	*ret_pid = who.pid;
	return number;
}

int listener_take(int link, int end)
{
	struct pollfd fds[] = { { .fd = link, .events = POLLIN }, { .fd = end, .events = POLLIN } };
	pid_t program = 0;

	while (ppoll(fds, ARRAY_SIZE(fds), NULL, NULL) < 0)
		if (errno != EINTR)
			return -errno;
	if (!(fds[0].revents & POLLIN))
		return -ECANCELED;
	int number = hello_read(link, &program);
	if (number < 0)
		return number;
	_cleanup_close_ int pidfd = (int)syscall(SYS_pidfd_open, program, 0);
	int listener = pidfd < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
	return listener < 0 ? -errno : listener;
}

int listener_next(int listener, union notification *ret)
{
	/* The kernel refuses room that is not zeroed. */
	memset(ret, 0, sizeof(*ret));
	return ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, ret) < 0 ? -errno : 0;
}

bool listener_is_waiting(int listener, const struct seccomp_notif *n)
{
	uint64_t id = n->id;

	return ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

int listener_answer(int listener, const struct seccomp_notif *n, int error)
{
	union {
		struct seccomp_notif_resp r;
		char room[256];
	} answer = { .r = { .id = n->id, .error = -error, .flags = error ? 0 : SECCOMP_USER_NOTIF_FLAG_CONTINUE } };

	return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) < 0 ? -errno : 0;
}
