/* SPDX-License-Identifier: MIT */
/* A ready-made filter for peers that take one: what @base allows, compiled by libseccomp; raw instructions on stdout. */
#include <errno.h>
#include <seccomp.h>
#include <unistd.h>

#include "plan/syscall_groups.h"

int main(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));

	if (!ctx || seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2) < 0)
		return 1;
	for (size_t i = 0; i < CALL_COUNT; i++) {
		int nr = seccomp_syscall_resolve_name(syscall_rows[i].name);

		if (syscall_groups[syscall_rows[i].group].in_base && nr >= 0 && seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 0) < 0)
			return 1;
	}
	return seccomp_export_bpf(ctx, STDOUT_FILENO) < 0;
}
