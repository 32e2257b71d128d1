/* SPDX-License-Identifier: MIT */
/* The descriptor by which the kernel asks what a stopped system call shall do (seccomp_unotify(2)). */
#ifndef SBOX_REPORT_LISTENER_H
#define SBOX_REPORT_LISTENER_H

#include <linux/seccomp.h>

/**
 * listener_take() - the listener, out of the program
 * The program wrote its number to the other end of @link (a socket with SO_PASSCRED) and is stopped in its execve since,
 * so it can be taken by pidfd_getfd(2) (5.6).  Waits for it, or for the end of @link or @end.
 * Return: the descriptor; -ECANCELED when there will be none; -errno.
 */
int listener_take(int link, int end);

/** union notification - what the kernel says; it may know a longer struct than these headers */
union notification {
	struct seccomp_notif n;
	char room[512];
};

/** listener_next() - the next stopped call.  Return: 0; -ENOENT when it is gone already; -errno */
int listener_next(int listener, union notification *ret);
/** listener_is_waiting() - does the call still wait for its answer?  What was read of its process is to be believed then */
bool listener_is_waiting(int listener, const struct seccomp_notif *n);
/**
 * listener_answer() - the call goes on (@error 0), or fails with @error
 * Return: 0; -ENOENT when it waits no more (a signal came, the process ended); -errno.
 */
int listener_answer(int listener, const struct seccomp_notif *n, int error);

#endif
