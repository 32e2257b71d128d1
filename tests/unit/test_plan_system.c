/* SPDX-License-Identifier: MIT */
/* What every sandbox brings, and what `system = host` adds. */
#include "support.h"

TestSuite(plan_system, .fini = leak_check);

#define SYSTEM "[files]\nsystem = host\n"

Test(plan_system, every_sandbox_has_a_root_a_proc_and_a_dev_of_its_own)
{
	static const char *const nodes[] = { "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty" };

	PLAN(b, "", "");
	cr_assert(is_kind(&b->plan->mounts[0], MOUNT_TMPFS));
	cr_assert_str_eq(b->plan->mounts[0].target, "/");
	cr_assert(is_kind(entry(b, "/proc"), MOUNT_PROC));
	cr_assert(is_kind(entry(b, "/dev/pts"), MOUNT_DEVPTS));
	cr_assert(is_kind(entry(b, "/dev/shm"), MOUNT_TMPFS));
	cr_assert_eq(entry(b, "/dev/shm")->mode, 01777);
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		cr_assert(is_kind(entry(b, nodes[i]), MOUNT_DEVICE), "%s", nodes[i]);
		cr_assert_eq(entry(b, nodes[i])->rdev, 0x103, "the child compares it");
		cr_assert(!(entry(b, nodes[i])->attrs & MOUNT_ATTR_NODEV));
	}
	cr_assert_str_eq(entry(b, "/dev/ptmx")->source, "pts/ptmx");
	cr_assert(b->plan->proc_guard);
}

Test(plan_system, a_device_that_is_none_is_refused)
{
	_cleanup_bench_ struct bench *b = bench_plan("", "f /dev/null\n");

	cr_assert_null(b->plan);
	cr_assert(strstr(bench_problems(b), "/dev/null is not a character device"), "%s", bench_problems(b));
}

Test(plan_system, links_of_a_merged_usr_stay_links)
{
	PLAN(b, SYSTEM, "d /lib64\nd /opt\n");
	cr_assert(is_kind(entry(b, "/bin"), MOUNT_SYMLINK));
	cr_assert_str_eq(entry(b, "/bin")->source, "usr/bin");
	cr_assert(is_ro(entry(b, "/usr")));
	cr_assert(is_ro(entry(b, "/lib64")), "a directory where it is one");
	cr_assert(is_ro(entry(b, "/opt")));
	cr_assert_null(entry(b, "/sbin"), "not on this machine");
}

Test(plan_system, of_etc_only_what_programs_need)
{
	PLAN(b, SYSTEM, "f /etc/shadow\nf /etc/passwd\nf /etc/resolv.conf\n");
	cr_assert(is_ro(entry(b, "/etc/ssl")));
	cr_assert_null(entry(b, "/etc/shadow"));
	cr_assert_null(entry(b, "/etc/resolv.conf"), "no network, no resolver");
	cr_assert(is_kind(entry(b, "/etc/hosts"), MOUNT_FILE));
	cr_assert(is_kind(entry(b, "/etc/passwd"), MOUNT_FILE), "the host's would show who else is there");
	cr_assert(is_kind(entry(b, "/etc/localtime"), MOUNT_SYMLINK), "leads into what is visible anyway");
}

Test(plan_system, with_the_hosts_network_comes_its_resolver)
{
	PLAN(b, SYSTEM "[network]\nmode = host\n",
	     "l /etc/resolv.conf ../run/systemd/resolve/stub-resolv.conf\nf /run/systemd/resolve/stub-resolv.conf\nf /etc/hosts\n");
	const struct mount_entry *m = entry(b, "/etc/resolv.conf");

	cr_assert(is_ro(m));
	cr_assert_str_eq(m->source, "/run/systemd/resolve/stub-resolv.conf");
	cr_assert_null(entry(b, "/run/systemd"), "the file itself, and nothing else of that place");
	cr_assert(is_ro(entry(b, "/etc/hosts")));
}

Test(plan_system, the_accounts_are_the_users_and_nobody_elses)
{
	PLAN(b, SYSTEM, "");
	const char *passwd = entry(b, "/etc/passwd")->source;
	struct arena *a = b->arena;

	cr_assert(strstr(passwd, arena_printf(a, "u:x:%u:%u:u:/home/u:/bin/sh\n", b->caller.uid, b->caller.gid)), "%s", passwd);
	cr_assert(strstr(passwd, "root:x:0:0:") == passwd);
	cr_assert(strstr(passwd, "nobody:x:65534:"));
	cr_assert(strstr(entry(b, "/etc/group")->source, arena_printf(a, "u:x:%u:\n", b->caller.gid)));
	PLAN(root, SYSTEM "[ids]\nuser = root\n", "");
	passwd = entry(root, "/etc/passwd")->source;
	cr_assert(strstr(passwd, "root:x:0:0:root:/home/u:/bin/sh\n") == passwd, "%s", passwd);
	cr_assert_null(strstr(passwd + 1, "\nroot:"), "one root only: %s", passwd);
}

Test(plan_system, tmp_run_and_var_are_empty_and_bounded)
{
	PLAN(b, SYSTEM "tmp-size = 10%\n", "p ram 1073741824\nf /tmp/x\n");
	cr_assert(is_kind(entry(b, "/tmp"), MOUNT_TMPFS));
	cr_assert_eq(entry(b, "/tmp")->mode, 01777);
	cr_assert_eq(entry(b, "/tmp")->size, (1073741824 / 100 * 10) & ~4095);
	cr_assert_eq(entry(b, "/dev/shm")->size, entry(b, "/tmp")->size);
	cr_assert_eq(entry(b, "/run")->size, 16 << 20);
	cr_assert_eq(entry(b, "/var")->size, 16 << 20);
	cr_assert_eq(entry(b, "/")->size, 4 << 20);
	cr_assert_str_eq(entry(b, "/var/tmp")->source, "/tmp");
}

Test(plan_system, the_runtime_directory_is_empty_and_the_users)
{
	struct caller c = fake_caller();

	PLAN(b, SYSTEM, "");
	const struct mount_entry *dir = entry(b, arena_printf(b->arena, "/run/user/%u", b->plan->ids.inner_uid));
	cr_assert(is_kind(dir, MOUNT_DIR));
	cr_assert_eq(dir->mode, 0700);

	c.runtime_dir = "/var/run/user/7";
	struct bench *other = bench_plan_as(&c, NULL, SYSTEM, "d /run/user/7\nf /run/user/7/bus\n");
	cr_assert(is_kind(entry(other, "/run/user/7"), MOUNT_DIR), "%s", bench_problems(other));
	bench_free(other);
}

/* XDG_RUNTIME_DIR is the caller's word. */
Test(plan_system, an_odd_runtime_directory_takes_nothing_away)
{
	static const char *const odd[] = { "/", "/tmp", "/dev", "/usr/bin", "/home/u", "/proc" };

	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		struct caller c = fake_caller();

		c.runtime_dir = odd[i];
		struct bench *b = bench_plan_as(&c, NULL, SYSTEM, "");
		cr_assert(b->plan, "%s: %s", odd[i], bench_problems(b));
		cr_assert(is_kind(&b->plan->mounts[0], MOUNT_TMPFS), "%s", odd[i]);
		cr_assert(is_kind(entry(b, "/home/u"), MOUNT_TMPFS), "%s", odd[i]);
		cr_assert(is_kind(entry(b, "/tmp"), MOUNT_TMPFS), "%s", odd[i]);
		cr_assert(is_kind(entry(b, "/proc"), MOUNT_PROC), "%s", odd[i]);
		bench_free(b);
	}
}

Test(plan_system, a_line_about_a_system_directory_is_meant)
{
	PLAN(etc, SYSTEM "ro = /etc\n", "f /etc/passwd\nf /etc/group\nf /etc/hosts\n");
	cr_assert(is_ro(entry(etc, "/etc")));
	cr_assert_null(entry(etc, "/etc/passwd"), "the host's own shows");
	PLAN(hidden, SYSTEM "hide = /etc/ssl\nhide = /usr\nhide = /tmp\n", "");
	cr_assert_null(entry(hidden, "/etc/ssl"));
	cr_assert_null(entry(hidden, "/usr"));
	cr_assert_null(entry(hidden, "/tmp"));
	cr_assert(strstr(bench_remarks(hidden), "/usr is left out"), "%s", bench_remarks(hidden));
	PLAN(all, SYSTEM "hide = /etc\nro = /etc/ssl\n", "");
	cr_assert_null(entry(all, "/etc/passwd"));
	cr_assert_null(entry(all, "/etc/ld.so.cache"));
	cr_assert(is_ro(entry(all, "/etc/ssl")), "the longest path wins");
}

Test(plan_system, a_file_of_proc_can_be_hidden)
{
	PLAN(b, "[files]\nhide = /proc/cpuinfo\nhide = /proc/none\n", "f /proc/cpuinfo\n");
	cr_assert(is_kind(entry(b, "/proc/cpuinfo"), MOUNT_MASK));
	cr_assert_eq(entry(b, "/proc/cpuinfo")->attach, ATTACH_EXISTING);
	cr_assert_null(entry(b, "/proc/none"));
}

Test(plan_system, an_inner_sandbox_that_mounts_finds_proc_uncovered)
{
	PLAN(b, SYSTEM "[namespaces]\nnested = full\n", "");
	cr_assert(!b->plan->proc_guard);
}
