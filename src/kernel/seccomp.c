/* SPDX-License-Identifier: MIT */
/* Loading the filters that the plan holds ready.  no_new_privs is set already (caps.c). */
#include <errno.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/kernel.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV /* headers before 5.19 */
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

/*
 * No flags.  SECCOMP_FILTER_FLAG_LOG would fill the audit log with every ENOSYS that a library falls back from, and
 * SPEC_ALLOW takes back a mitigation where the kernel's administrator has left it on (it is off since 5.16).
 */
static int program_load(const struct sock_fprog *program)
{
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, program) < 0 ? -errno : 0;
}

/*
 * With a listener.  The number of its descriptor is all that can be said now (write() is in every filter); the reporter
 * takes it while this process is stopped in its execve(), which closes it here.  That needs a dumpable process, which
 * this one is no more (self.c): nobody but pid 1 is in the sandbox yet, and whoever outside may trace it now may trace
 * the supervisor as well.  Without WAIT_KILLABLE_RECV (5.19) a signal takes back what was asked, and it is asked again.
 */
static int program_load_listening(const struct sock_fprog *program, int sock)
{
	static const unsigned long flags[] = {
		SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, SECCOMP_FILTER_FLAG_NEW_LISTENER,
	};
	int listener = -1;

	if (prctl(PR_SET_DUMPABLE, 1) < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(flags) && listener < 0; i++) {
		listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags[i], program);
		if (listener < 0 && errno != EINVAL)
			return -errno;
	}
	if (listener < 0)
		return -errno;
	return write(sock, &listener, sizeof(listener)) == sizeof(listener) ? 0 : -EPIPE;
}

int filter_load(const struct plan *plan, struct launch *l)
{
	if (!plan->report.on)
		return program_load(&plan->program);
	return l->report_sock < 0 ? program_load(&plan->report.alone) : program_load_listening(&plan->program, l->report_sock);
}

int filter_load_resolver(const struct plan *plan, struct launch *l UNUSED)
{
	return program_load(&plan->resolver_program);
}

int filter_load_init(const struct plan *plan, struct launch *l UNUSED)
{
	return program_load(&plan->init_program);
}

int filter_load_reporter(const struct plan *plan, struct launch *l UNUSED)
{
	return program_load(&plan->reporter_program);
}

int filter_load_logger(const struct plan *plan, struct launch *l UNUSED)
{
	return program_load(&plan->logger_program);
}

int filter_load_supervisor(const struct plan *plan, struct launch *l UNUSED)
{
	return program_load(&plan->supervisor_program);
}
