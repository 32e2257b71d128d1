/* SPDX-License-Identifier: MIT */
/*
 * Which numbers does the kernel answer to?  Each is called twice, with all arguments -1 and with all 0, in a process of
 * its own.  A filter refuses with ENOSYS, EPERM or EAFNOSUPPORT whatever the arguments are; run outside as well, the
 * kernel's own EPERM can be told from it (tests/integration/escape.sh).
 */
#include "escape.h"

#include <stdio.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NUMBER_MAX = 480 };

static int call(const struct attempt *a)
{
	long x = a->m;
	pid_t self = getpid();

	/* Children of a fork would go on as if they were this process. */
	if (a->n == SYS_clone)
		x = 0x80000000L; /* CLONE_IO: harmless */
	if (a->n == SYS_socket || a->n == SYS_socketpair)
		return answer(syscall(a->n, AF_UNIX, -1L, 0L, 8L));
#ifdef SYS_vfork
	if (a->n == SYS_vfork)
		return vfork() == 0 ? (_exit(0), 0) : 0;
#endif
	long result = syscall(a->n, x, x, x, x, x, x);
	int r = answer(result);
#ifdef SYS_msgget
	/* It would outlive the test. */
	if (a->n == SYS_msgget && result >= 0)
		(void)msgctl((int)result, IPC_RMID, NULL);
#endif
	if (getpid() != self)
		_exit(0);
	return r;
}

static bool refused(int r)
{
	return r == -ENOSYS || r == -EPERM || r == -EACCES;
}

static const char *result_text(int r)
{
	return r < -1000 ? "signal" : r < 0 ? errno_name(-r) : "ok";
}

int calls_main(void)
{
	for (long n = 0; n < NUMBER_MAX; n++) {
		const struct attempt minus = { .n = n, .m = -1 }, zero = { .n = n, .m = 0 };
		int r = in_child(call, &minus, 1);

		if (refused(r)) {
			int again = in_child(call, &zero, 1);

			r = refused(again) ? r : again;
		}
		(void)printf("%ld\t%s\n", n, result_text(r));
		(void)fflush(stdout);
	}
	return 0;
}
