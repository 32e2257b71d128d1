/* SPDX-License-Identifier: MIT */
/* Capabilities, and the hints that a profile requires. */
#include <sys/capability.h>

#include "support.h"

TestSuite(plan_access, .fini = leak_check);

#define BIT(cap) (UINT64_C(1) << (cap))

Test(plan_access, none_is_kept_and_the_program_runs_in_the_second_user_namespace)
{
	PLAN(b, "", "");
	cr_assert_eq(b->plan->keep_caps, 0);
	cr_assert(b->plan->second_userns);
	cr_assert_eq(b->plan->cap_last, 40);
}

Test(plan_access, a_kept_one_is_over_the_first)
{
	PLAN(b, "[capabilities]\nkeep = net_bind_service cap_net_raw\nkeep = SYS_PTRACE\n", "");
	cr_assert_eq(b->plan->keep_caps, BIT(CAP_NET_BIND_SERVICE) | BIT(CAP_NET_RAW) | BIT(CAP_SYS_PTRACE));
	cr_assert(!b->plan->second_userns);
}

Test(plan_access, sys_admin_could_unmount_the_masks)
{
	REFUSED("[capabilities]\nkeep = chown sys_admin\n", "", 2, "could unmount");
	REFUSED("[capabilities]\nkeep = cap_sys_admin\n", "", 2, "could unmount");
	REFUSED("[capabilities]\nkeep = Sys_Admin\n", "", 2, "could unmount");
}

Test(plan_access, an_unknown_name_is_an_error_with_the_nearest)
{
	REFUSED("[capabilities]\nkeep = net_admn\n", "", 2, "did you mean net_admin?");
	REFUSED("[capabilities]\nkeep = 21\n", "", 2, "unknown capability");
	REFUSED("[capabilities]\nkeep = all\n", "", 2, "unknown capability");
	REFUSED("[capabilities]\nkeep = checkpoint_restore\n", "p cap 39\n", 2, "unknown capability");
}

Test(plan_access, every_part_shows_its_problems_in_one_run)
{
	_cleanup_bench_ struct bench *b =
		bench_plan("[capabilities]\nkeep = nothing\n[files]\nro = /none\n[process]\npass-fds = 7\n[landlock]\nbind = x\n", "");

	cr_assert_null(b->plan);
	cr_assert_eq(b->err.errors, 4, "%s", bench_problems(b));
}

Test(plan_access, what_undoes_the_network_walls_is_not_kept_with_them)
{
	REFUSED("[network]\nmode = user\n[capabilities]\nkeep = net_admin\n", "f /usr/bin/pasta\n", 4, "open the way to the host");
	REFUSED("[network]\nmode = user\n[capabilities]\nkeep = net_raw\n", "f /usr/bin/pasta\n", 4, "go round the rules");
	PLAN(b, "[capabilities]\nkeep = net_admin net_raw\n", "");
	cr_assert_eq(b->plan->keep_caps, UINT64_C(1) << 12 | UINT64_C(1) << 13);
}
