/* SPDX-License-Identifier: MIT */
/* A test in a network and a mount namespace of its own, and as root there: in a process of its own, since Criterion's has threads. */
#ifndef SBOX_TESTS_OWN_NETWORK_H
#define SBOX_TESTS_OWN_NETWORK_H

#include <criterion/criterion.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NO_NETWORK = 77 };

/* What Criterion's own would do there, ends the process. */
static inline void need_at(bool holds, const char *what, const char *file, int line)
{
	if (holds)
		return;
	(void)fprintf(stderr, "%s:%d: not true: %s\n", file, line, what);
	_exit(1);
}
#define need(condition) need_at(condition, #condition, __FILE__, __LINE__)

static inline void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	need(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static inline void network_enter(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	char uids[32], gids[32];

	(void)snprintf(uids, sizeof(uids), "0 %u 1", (unsigned)geteuid());
	(void)snprintf(gids, sizeof(gids), "0 %u 1", (unsigned)getegid());
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) < 0)
		_exit(NO_NETWORK);
	write_text("/proc/self/setgroups", "deny");
	write_text("/proc/self/uid_map", uids);
	write_text("/proc/self/gid_map", gids);
	need(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	need(ioctl(fd, SIOCSIFFLAGS, &lo) == 0);
	close(fd);
}

static inline void in_own_network(void (*body)(void))
{
	int status;
	pid_t pid = fork();

	cr_assert(pid >= 0);
	if (pid == 0) {
		network_enter();
		body();
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NO_NETWORK)
		cr_skip("no network of its own");
	cr_assert_eq(status, 0);
}

#endif
