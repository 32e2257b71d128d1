/* SPDX-License-Identifier: MIT */
/* Namespaces: a user namespace of one's own gives every capability over a large part of the kernel. */
#include "escape.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

static int do_unshare(const struct attempt *a)
{
	return answer(syscall(SYS_unshare, a->n));
}

static int finish_child(long pid)
{
	if (pid == 0)
		_exit(0);
	if (pid > 0)
		(void)waitpid((pid_t)pid, NULL, __WALL);
	return answer(pid);
}

static int do_clone(const struct attempt *a)
{
#ifdef __s390x__
	return finish_child(syscall(SYS_clone, NULL, a->n | SIGCHLD, NULL, NULL, NULL));
#else
	return finish_child(syscall(SYS_clone, a->n | SIGCHLD, NULL, NULL, NULL, NULL));
#endif
}

static int do_clone3(const struct attempt *a)
{
	uint64_t args[8] = { [0] = (uint64_t)a->n, [4] = SIGCHLD };

	return finish_child(syscall(SYS_clone3, args, sizeof(args)));
}

/* Its own namespaces are in reach; whether setns() answers at all is the question. */
static int join(const struct attempt *a)
{
	int fd = open(a->path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return answer(syscall(SYS_setns, fd, 0));
}

static int join_process(const struct attempt *a)
{
	int fd = (int)syscall(SYS_pidfd_open, (int)a->n, 0);

	if (fd < 0)
		return -errno;
	return answer(syscall(SYS_setns, fd, CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET));
}

/* The whole way of most kernel exploits: a namespace, all capabilities in it, and a call that asks for one. */
static int capabilities(const struct attempt *a)
{
	(void)a;
	if (syscall(SYS_unshare, CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET) < 0)
		return -errno;
	return answer(syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, NULL));
}

static int look_outside(const struct attempt *a)
{
	int fd = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);

	(void)a;
	return fd < 0 ? -errno : close_answer(ioctl(fd, NS_GET_PARENT));
}

static int owner_of_mounts(const struct attempt *a)
{
	int fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);

	(void)a;
	return fd < 0 ? -errno : close_answer(ioctl(fd, NS_GET_USERNS));
}

static int host_name(const struct attempt *a)
{
	char name[65];

	(void)a;
	if (gethostname(name, sizeof(name)) < 0)
		return -errno;
	return answer(sethostname(name, strlen(name)));
}

static int domain_name(const struct attempt *a)
{
	(void)a;
	return answer(syscall(SYS_setdomainname, "x", 1L));
}

#define WITH_USER(flag) (CLONE_NEWUSER | (flag))
#define EACH(prefix, run, how)                                                                                     \
	{ prefix "-user", run, how, prefix " of a user namespace", NULL, CLONE_NEWUSER, 0 },                       \
	{ prefix "-mount", run, how, prefix " of a mount namespace", NULL, WITH_USER(CLONE_NEWNS), 0 },            \
	{ prefix "-pid", run, how, prefix " of a pid namespace", NULL, WITH_USER(CLONE_NEWPID), 0 },               \
	{ prefix "-net", run, how, prefix " of a network namespace", NULL, WITH_USER(CLONE_NEWNET), 0 },           \
	{ prefix "-ipc", run, how, prefix " of an ipc namespace", NULL, WITH_USER(CLONE_NEWIPC), 0 },              \
	{ prefix "-uts", run, how, prefix " of a uts namespace", NULL, WITH_USER(CLONE_NEWUTS), 0 },               \
	{ prefix "-cgroup", run, how, prefix " of a cgroup namespace", NULL, WITH_USER(CLONE_NEWCGROUP), 0 }

static const struct attempt rows[] = {
	EACH("unshare", do_unshare, "EPERM"),
	{ "unshare-time", do_unshare, "EPERM", "unshare of a time namespace", NULL, WITH_USER(CLONE_NEWTIME), 0 },
	{ "unshare-mount-alone", do_unshare, "EPERM", "unshare of a mount namespace, with the capabilities at hand", NULL, CLONE_NEWNS, 0 },
	EACH("clone", do_clone, "EPERM"),
	{ "clone3-user", do_clone3, "ENOSYS", "clone3 of a user namespace, its flags behind a pointer", NULL, CLONE_NEWUSER, 0 },
	{ "clone3-mount", do_clone3, "ENOSYS", "clone3 of a mount namespace", NULL, WITH_USER(CLONE_NEWNS), 0 },
	{ "clone3-into-cgroup", do_clone3, "ENOSYS", "clone3 into a cgroup", NULL, 0x200000000L, 0 },
	{ "setns-net", join, "EPERM", "setns to a network namespace", "/proc/self/ns/net", 0, 0 },
	{ "setns-mnt", join, "EPERM", "setns to a mount namespace", "/proc/self/ns/mnt", 0, 0 },
	{ "setns-pid1-user", join, "EACCES", "setns to the user namespace of pid 1", "/proc/1/ns/user", 0, 0 },
	{ "setns-pid1-mnt", join, "EACCES", "setns to the mount namespace of pid 1", "/proc/1/ns/mnt", 0, 0 },
	{ "setns-pid1-net", join, "EACCES", "setns to the network namespace of pid 1", "/proc/1/ns/net", 0, 0 },
	{ "setns-pidfd", join_process, "EPERM", "setns by a pidfd of pid 1", NULL, 1, 0 },
	{ "userns-mount", capabilities, "EPERM", "all capabilities in a namespace of one's own, used for a mount", NULL, 0, 0 },
	{ "ns-parent", look_outside, "EPERM", "the parent of the user namespace", NULL, 0, 0 },
	{ "ns-owner", owner_of_mounts, "EPERM", "the user namespace that owns the mounts", NULL, 0, 0 },
	{ "sethostname", host_name, "EPERM", "set the host name", NULL, 0, 0 },
	{ "setdomainname", domain_name, "EPERM", "set the domain name", NULL, 0, 0 },
};
const struct attempts namespace_attempts = ATTEMPTS("namespaces", rows);
