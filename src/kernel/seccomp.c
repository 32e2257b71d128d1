/* SPDX-License-Identifier: MIT */
/* Loading the filters that the plan holds ready.  no_new_privs is set already (caps.c). */
#include <errno.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/kernel.h"

/*
 * No flags.  SECCOMP_FILTER_FLAG_LOG would fill the audit log with every ENOSYS that a library falls back from, and
 * SPEC_ALLOW takes back a mitigation where the kernel's administrator has left it on (it is off since 5.16).
 */
static int program_load(const struct sock_fprog *program)
{
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, program) < 0 ? -errno : 0;
}

int filter_load(const struct plan *plan, struct launch *l UNUSED)
{
	return program_load(&plan->program);
}

int filter_load_init(const struct plan *plan, struct launch *l UNUSED)
{
	return program_load(&plan->init_program);
}

int filter_load_supervisor(const struct plan *plan, struct launch *l UNUSED)
{
	return program_load(&plan->supervisor_program);
}
