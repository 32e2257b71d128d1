/* SPDX-License-Identifier: MIT */
/* `system = DIR`: what of an unpacked root file system is where. */
#include "support.h"

TestSuite(plan_rootfs, .fini = leak_check);

#define SYSTEM "[files]\nsystem = /srv/deb\n"
#define TREE                                                                                                                \
	"d /srv/deb/usr/bin\nl /srv/deb/bin usr/bin\nl /srv/deb/lib64 /usr/lib64\nd /srv/deb/etc\nf /srv/deb/vmlinuz\nd /srv/deb/var/lib\n" \
	"d /srv/deb/proc\nd /srv/deb/dev\nd /srv/deb/sys\nd /srv/deb/tmp/x\nd /srv/deb/run\nd /srv/deb/home/v\nd /srv/deb/srv/www\n"

Test(plan_rootfs, its_entries_are_at_the_top_read_only)
{
	PLAN(b, SYSTEM, TREE);
	cr_assert_str_eq(b->plan->rootfs, "/srv/deb");
	cr_assert(is_ro(entry(b, "/usr")) && is_ro(entry(b, "/etc")) && is_ro(entry(b, "/srv")));
	cr_assert_str_eq(entry(b, "/etc")->source, "/srv/deb/etc");
	cr_assert(entry(b, "/etc")->no_links, "nothing is followed when it is opened");
	cr_assert(is_ro(entry(b, "/vmlinuz")) && !entry(b, "/vmlinuz")->is_dir);
	cr_assert(is_kind(entry(b, "/bin"), MOUNT_SYMLINK));
	cr_assert_str_eq(entry(b, "/lib64")->source, "/usr/lib64", "a link's text is for inside");
	cr_assert_null(entry(b, "/etc/passwd"), "users are its own");
}

Test(plan_rootfs, what_every_sandbox_has_of_its_own_stays)
{
	static const char *const own[] = { "/tmp", "/run", "/var", "/home/u", "/dev/shm" };

	PLAN(b, SYSTEM, TREE);
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		cr_assert(is_kind(entry(b, own[i]), MOUNT_TMPFS), "%s", own[i]);
	cr_assert(is_kind(entry(b, "/proc"), MOUNT_PROC));
	cr_assert_null(entry(b, "/sys"));
	cr_assert(is_kind(entry(b, "/home"), MOUNT_DIR), "not its /home");
}

Test(plan_rootfs, a_line_gives_all_of_it_or_a_part)
{
	PLAN(all, SYSTEM "rw = /srv/deb:/\nro = /srv/deb/etc:/etc\n", TREE);
	cr_assert(is_rw(entry(all, "/usr")) && is_rw(entry(all, "/var")) && is_ro(entry(all, "/etc")));
	cr_assert(is_kind(entry(all, "/tmp"), MOUNT_TMPFS) && is_kind(entry(all, "/proc"), MOUNT_PROC));
	cr_assert_null(entry(all, "/var/tmp"), "its /var is what it is");
	cr_assert(is_kind(entry(all, "/home/u"), MOUNT_TMPFS));
	PLAN(part, SYSTEM "rw = /srv/deb/var:/var\n", TREE);
	cr_assert(is_ro(entry(part, "/usr")) && is_rw(entry(part, "/var")));
	REFUSED(SYSTEM "rw = /srv:/\n", TREE, 3, "neither given nor hidden");
	REFUSED("[files]\nsystem = host\nrw = /srv/deb:/\n", TREE, 3, "neither given nor hidden");
}

Test(plan_rootfs, no_link_in_it_leads_out)
{
#define LINKS TREE "l /srv/deb/srv/out /etc\nl /srv/deb/srv/up ../../../etc\nf /srv/deb/etc/issue\n"
	PLAN(b, SYSTEM "ro = /srv/deb/srv/out:/mnt/a\nro = /srv/deb/srv/up/issue:/mnt/b\n", LINKS);
	cr_assert_str_eq(entry(b, "/mnt/a")->source, "/srv/deb/etc");
	cr_assert_str_eq(entry(b, "/mnt/b")->source, "/srv/deb/etc/issue");
	REFUSED(SYSTEM "ro = /srv/deb/srv/out/machine-id:/mnt/a\n", LINKS "f /etc/machine-id\n", 3, "No such file");
	PLAN(linked, "[files]\nsystem = /home/u/d\n", TREE "l /home/u/d /srv/deb\n");
	cr_assert_str_eq(linked->plan->rootfs, "/srv/deb");
}

Test(plan_rootfs, names_are_looked_up_where_the_host_does)
{
#define NET "[network]\nmode = host\n"
	PLAN(b, SYSTEM NET, TREE "f /etc/resolv.conf\nf /srv/deb/etc/resolv.conf\n");
	cr_assert_str_eq(entry(b, "/etc/resolv.conf")->source, "/etc/resolv.conf");
	PLAN(none, SYSTEM, TREE "f /etc/resolv.conf\nf /srv/deb/etc/resolv.conf\n");
	cr_assert_null(entry(none, "/etc/resolv.conf"));
	PLAN(link, SYSTEM NET, TREE "f /etc/resolv.conf\nl /srv/deb/etc/resolv.conf /home/u/.ssh\n");
	cr_assert_null(entry(link, "/etc/resolv.conf"));
	PLAN(user, SYSTEM "[network]\nmode = user\n", TREE "f /usr/bin/pasta\nf /etc/resolv.conf nameserver 192.0.2.1\nf /srv/deb/etc/resolv.conf\n");
	cr_assert(is_kind(entry(user, "/etc/resolv.conf"), MOUNT_FILE), "what pasta answers on");
	cr_assert(strstr(entry(user, "/etc/resolv.conf")->source, "nameserver"));
	cr_assert(strstr(bench_remarks(link), "/srv/deb/etc/resolv.conf is no file"), "%s", bench_remarks(link));
}

Test(plan_rootfs, a_home_below_its_entries_wins)
{
	struct caller root = fake_caller();

	root.home = "/root";
	_cleanup_bench_ struct bench *b = bench_plan_as(&root, NULL, SYSTEM, TREE "d /srv/deb/root\nd /root\n");
	cr_assert(b->plan, "%s", bench_problems(b));
	cr_assert(is_kind(entry(b, "/root"), MOUNT_TMPFS));
}

Test(plan_rootfs, what_is_none_is_refused)
{
	REFUSED(SYSTEM, "", 2, "No such file or directory | name a directory that holds a root file system");
	REFUSED(SYSTEM, "f /srv/deb\n", 2, "is not a directory");
	REFUSED(SYSTEM, "d /srv/deb/proc\n", 2, "holds no root file system");
	REFUSED("[files]\nsystem = /\n", "", 2, "system = host");
}
