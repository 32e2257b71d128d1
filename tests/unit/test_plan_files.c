/* SPDX-License-Identifier: MIT */
/* The lines of [files], one kind after the other. */
#include "support.h"

TestSuite(plan_files, .fini = leak_check);

/* ---- patterns ---- */

Test(plan_files, a_pattern_gives_what_it_hits_and_says_how_many)
{
	PLAN(b, "[files]\nro = /srv/*.conf\n", "f /srv/a.conf\nf /srv/b.conf\nf /srv/c.txt\nf /srv/.d.conf\nf /srv/sub/e.conf\n");
	cr_assert(is_ro(entry(b, "/srv/a.conf")));
	cr_assert(is_ro(entry(b, "/srv/b.conf")));
	cr_assert_null(entry(b, "/srv/c.txt"));
	cr_assert_null(entry(b, "/srv/.d.conf"), "a leading dot is written");
	cr_assert_null(entry(b, "/srv/sub"));
	cr_assert(strstr(bench_remarks(b), "2: /srv/*.conf: 2 hits"), "%s", bench_remarks(b));
}

Test(plan_files, a_pattern_without_a_hit_is_no_error)
{
	PLAN(b, "[files]\nro = /srv/*.conf\nhide = /none/*\n", "d /srv\n");
	cr_assert(strstr(bench_remarks(b), "/srv/*.conf: 0 hits"), "%s", bench_remarks(b));
	cr_assert(strstr(bench_remarks(b), "/none/*: 0 hits"), "%s", bench_remarks(b));
}

Test(plan_files, a_hidden_link_to_dev_null_takes_no_device_away)
{
	PLAN(b, "[files]\nrw = /srv\nhide = /srv/history\n", "l /srv/history /dev/null\n");
	cr_assert(is_kind(entry(b, "/dev/null"), MOUNT_DEVICE));
	cr_assert(strstr(bench_remarks(b), "3: /srv/history leads to /dev/null"), "%s", bench_remarks(b));
	PLAN(itself, "[files]\nhide = /dev/null\n", "");
	cr_assert(strstr(bench_remarks(itself), "/dev/null is left out"), "%s", bench_remarks(itself));
}

Test(plan_files, a_path_written_out_beats_a_pattern)
{
	PLAN(b, "[files]\nrw = /srv\nhide = /srv/*.key\nro = /srv/public.key\n", "f /srv/secret.key\nf /srv/public.key\n");
	cr_assert(is_kind(entry(b, "/srv/secret.key"), MOUNT_MASK));
	cr_assert(is_ro(entry(b, "/srv/public.key")));
}

Test(plan_files, two_patterns_that_disagree_are_a_contradiction)
{
	REFUSED("[files]\nrw = /srv\nhide = /srv/*.key\nro = /srv/p*\n", "f /srv/public.key\n", 4, "contradicts");
}

Test(plan_files, a_pattern_in_a_directory_behind_links)
{
	PLAN(b, "[files]\nro = /data/*\n", "l /data var/data\nf /var/data/x\n");
	cr_assert(is_ro(entry(b, "/var/data/x")));
	cr_assert(is_kind(entry(b, "/data"), MOUNT_SYMLINK));
}

/* ---- optional ---- */

Test(plan_files, only_what_is_missing_can_be_optional)
{
	PLAN(b, "[files]\nro = -/srv/none\nrw = -/srv/file/x\nhide = -/srv/none\ndev = -/dev/dri\nnoexec = -/srv/none\n", "f /srv/file\n");
	cr_assert_null(entry(b, "/srv/none"));
	cr_assert(strstr(bench_remarks(b), "2: /srv/none is not there: skipped"), "%s", bench_remarks(b));
	cr_assert(strstr(bench_remarks(b), "5: /dev/dri is not there: skipped"), "%s", bench_remarks(b));
	cr_assert(strstr(bench_remarks(b), "6: /srv/none"), "%s", bench_remarks(b));
	REFUSED("[files]\nro = -/root/x\n", "x /root/x\n", 2, "must be able to reach");
	REFUSED("[files]\nro = -/a\n", "l /a b\nl /b a\n", 2, "symbolic links");
}

Test(plan_files, what_a_skipped_ro_line_protects_is_watched_for)
{
	PLAN(b, "[files]\nrw = /srv\nro = -/srv/.git/hooks\nro = -/opt/none\n", "d /srv\n");
	cr_assert_eq(b->plan->watches.n, 1, "its appearing is reported; what nothing inside can make is not waited for");
	cr_assert_str_eq(b->plan->watches.v[0].path, "/srv/.git/hooks");
	cr_assert_eq(b->plan->watches.v[0].from.line, 3);
}

Test(plan_files, said_twice_the_stricter_one_counts)
{
	REFUSED("[files]\nrw = /srv\nhide = -/srv/.env\nhide = /srv/.env\n", "d /srv\n", 3, "does not exist");
}

/* ---- dev ---- */

Test(plan_files, dev_gives_a_node_that_works)
{
	PLAN(b, "[files]\ndev = /dev/kvm\ndev = /dev/fuse:/x/fuse\n", "c /dev/kvm\nc /dev/fuse\n");
	cr_assert(is_kind(entry(b, "/dev/kvm"), MOUNT_DEVICE));
	cr_assert(!(entry(b, "/dev/kvm")->attrs & MOUNT_ATTR_NODEV));
	cr_assert_str_eq(entry(b, "/x/fuse")->source, "/dev/fuse");
	cr_assert_eq(entry(b, "/x/fuse")->attach, ATTACH_MAKE_FILE);
}

Test(plan_files, dev_gives_a_directory_of_nodes)
{
	PLAN(b, "[files]\ndev = /dev/dri\n", "c /dev/dri/card0\n");
	cr_assert(is_kind(entry(b, "/dev/dri"), MOUNT_BIND));
	cr_assert(!(entry(b, "/dev/dri")->attrs & MOUNT_ATTR_NODEV));
}

Test(plan_files, dev_is_for_devices)
{
	REFUSED("[files]\ndev = /srv/file\n", "f /srv/file\n", 2, "neither a device nor a directory");
}

Test(plan_files, a_device_given_by_ro_does_not_work)
{
	PLAN(b, "[files]\nro = /dev/kvm\n", "c /dev/kvm\n");
	cr_assert(entry(b, "/dev/kvm")->attrs & MOUNT_ATTR_NODEV);
}

/* ---- tmpfs, symlink, data ---- */

Test(plan_files, tmpfs_has_a_size_and_a_mode)
{
	PLAN(b, "[files]\ntmp-size = 8M\ntmpfs = /x\ntmpfs = /y size=1M mode=1777\n", "");
	cr_assert(is_kind(entry(b, "/x"), MOUNT_TMPFS));
	cr_assert_eq(entry(b, "/x")->size, 8 << 20);
	cr_assert_eq(entry(b, "/x")->mode, 0755);
	cr_assert_eq(entry(b, "/y")->size, 1 << 20);
	cr_assert_eq(entry(b, "/y")->mode, 01777);
	cr_assert_eq(entry(b, "/y")->attrs & (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV), MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

Test(plan_files, tmpfs_over_something_of_the_host_empties_it)
{
	PLAN(b, "[files]\nrw = /srv\ntmpfs = /srv/a/cache\n", "d /srv/a/cache\n");
	cr_assert(is_kind(entry(b, "/srv/a/cache"), MOUNT_TMPFS));
	cr_assert_eq(entry(b, "/srv/a/cache")->attach, ATTACH_EXISTING);
	cr_assert(is_kind(entry(b, "/srv/a"), MOUNT_PIN));
}

Test(plan_files, symlink_and_data_are_made_on_sboxs_own_file_systems)
{
	PLAN(b, "[files]\nsymlink = /x/l -> ../target\ndata = /y/greeting hello world\n", "");
	cr_assert(is_kind(entry(b, "/x/l"), MOUNT_SYMLINK));
	cr_assert_str_eq(entry(b, "/x/l")->source, "../target");
	cr_assert(is_kind(entry(b, "/x"), MOUNT_DIR));
	cr_assert(is_kind(entry(b, "/y/greeting"), MOUNT_FILE));
	cr_assert_str_eq(entry(b, "/y/greeting")->source, "hello world\n");
	cr_assert_eq(entry(b, "/y/greeting")->mode, 0444);
}

Test(plan_files, and_never_in_what_is_the_hosts_or_the_kernels)
{
	REFUSED("[files]\nrw = /srv\nsymlink = /srv/l -> x\n", "d /srv\n", 3, "which is the host's");
	REFUSED("[files]\nrw = /srv\ndata = /srv/f text\n", "d /srv\n", 3, "does not exist in /srv");
	REFUSED("[files]\nrw = /srv\ndata = /srv/f text\n", "d /srv/f\n", 3, "is a directory");
	REFUSED("[files]\nrw = /srv\ndata = /srv/f text\n", "f /q\nl /srv/f /q\n", 3, "goes through the symbolic link");
	PLAN(covered, "[files]\nrw = /srv\ndata = /srv/a/f text\n", "f /srv/a/f\n");
	cr_assert(is_kind(entry(covered, "/srv/a/f"), MOUNT_FILE) && entry(covered, "/srv/a/f")->attach == ATTACH_EXISTING);
	cr_assert(is_kind(entry(covered, "/srv/a"), MOUNT_PIN), "it can't be moved away");
	REFUSED("[files]\nrw = /srv\nhide = /srv/a\ndata = /srv/a/f text\n", "d /srv/a\n", 4, "which is hidden");
	REFUSED("[files]\ndata = /proc/f text\n", "", 2, "which is the kernel's");
	REFUSED("[files]\nro = /srv:/dev/pts/x\n", "d /srv\n", 2, "which is the kernel's");
}

/* ---- ro and rw ---- */

Test(plan_files, the_root_itself_is_neither_given_nor_hidden)
{
	static const char *const lines[] = { "ro = /", "rw = /", "hide = /", "tmpfs = /", "ro = /srv:/", "symlink = / -> /srv", "data = / x", "ro = /rootlink" };

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct arena *arena = arena_new();

		REFUSED(arena_printf(arena, "[files]\n%s\n", lines[i]), "d /srv\nl /rootlink /\n", 2, "neither given nor hidden");
		arena_free(arena);
	}
}

Test(plan_files, files_sockets_and_directories_are_given_as_what_they_are)
{
	PLAN(b, "[files]\nrw = /srv/sock\nro = /srv/f\nrw = /srv/d\n", "s /srv/sock\nf /srv/f\nd /srv/d\n");
	cr_assert(!entry(b, "/srv/sock")->is_dir);
	cr_assert_eq(entry(b, "/srv/sock")->attach, ATTACH_MAKE_FILE);
	cr_assert(!entry(b, "/srv/f")->is_dir);
	cr_assert(entry(b, "/srv/d")->is_dir);
}

Test(plan_files, names_that_are_no_text_are_names)
{
	PLAN(b, "[files]\nrw = /srv/\xff\nhide = /srv/\xff/\x01\xfe\n", "f /srv/\xff/\x01\xfe\n");
	cr_assert(is_rw(entry(b, "/srv/\xff")));
	cr_assert(is_kind(entry(b, "/srv/\xff/\x01\xfe"), MOUNT_MASK));
}

Test(plan_files, dots_slashes_and_neighbours_of_a_name)
{
	PLAN(b, "[files]\nrw = //srv/./a//\nhide = /srv/a/../a/x/\nro = /srv/ab\n", "d /srv/a\nf /srv/a/x\nf /srv/ab/x\nd /srv/a-b\n");
	cr_assert(is_rw(entry(b, "/srv/a")));
	cr_assert(is_kind(entry(b, "/srv/a/x"), MOUNT_MASK));
	cr_assert(is_ro(entry(b, "/srv/ab")), "/srv/ab is not in /srv/a");
}
