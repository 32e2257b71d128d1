/* SPDX-License-Identifier: MIT */
/* What the home is, what of it is kept, and when the current directory is given. */
#include "base/path.h"
#include "support.h"

TestSuite(plan_home, .fini = leak_check);

#define SYSTEM "[files]\nsystem = host\n"

/* The plan for a caller in @cwd, with @home. */
static struct bench *plan_in(const char *cwd, const char *home, const char *profile, const char *machine)
{
	struct caller c = fake_caller();

	c.cwd = cwd;
	c.home = home;
	return bench_plan_as(&c, NULL, profile, machine);
}

/* ---- home ---- */

Test(plan_home, ephemeral_is_an_empty_home_that_only_the_user_can_enter)
{
	PLAN(b, SYSTEM "tmp-size = 64M\n", "f /home/u/.ssh/id\n");
	const struct mount_entry *home = entry(b, "/home/u");

	cr_assert(is_kind(home, MOUNT_TMPFS));
	cr_assert_eq(home->mode, 0700);
	cr_assert_eq(home->size, 64 << 20);
	cr_assert_eq(home->attach, ATTACH_MAKE_DIR);
	cr_assert_null(entry(b, "/home/u/.ssh"));
}

Test(plan_home, without_a_system_only_what_is_asked_for_is_there)
{
	PLAN(none, "", "");
	cr_assert_null(entry(none, "/home/u"));
	PLAN(asked, "[files]\nhome = ephemeral\n", "");
	cr_assert(is_kind(entry(asked, "/home/u"), MOUNT_TMPFS));
}

Test(plan_home, host_gives_the_home_and_host_ro_gives_it_read_only)
{
	PLAN(rw, SYSTEM "home = host\n", "");
	cr_assert(is_rw(entry(rw, "/home/u")));
	cr_assert_eq(entry(rw, "/home/u")->from.line, 3);
	PLAN(ro, SYSTEM "home = host-ro\n", "");
	cr_assert(is_ro(entry(ro, "/home/u")));
}

Test(plan_home, a_home_that_is_missing_or_no_directory_cannot_be_given)
{
	struct bench *b = plan_in("/srv", "/home/none", SYSTEM "home = host\n", "d /srv\n");

	cr_assert_null(b->plan);
	cr_assert(strstr(bench_problems(b), "/home/none"), "%s", bench_problems(b));
	bench_free(b);
	b = plan_in("/srv", "/home/file", SYSTEM "home = host-ro\n", "d /srv\nf /home/file\n");
	cr_assert(strstr(bench_problems(b), "not a directory"), "%s", bench_problems(b));
	bench_free(b);
}

Test(plan_home, private_is_a_directory_of_sboxs_own_that_is_made_first)
{
	PLAN(b, SYSTEM "home = private\n", "");
	const struct mount_entry *home = entry(b, "/home/u");

	cr_assert(is_rw(home));
	cr_assert_str_eq(home->source, "/home/u/.local/state/sbox/homes/t");
	cr_assert_eq(b->plan->own_dirs.n, 1);
	cr_assert_str_eq(b->plan->own_dirs.v[0].path, home->source);
}

Test(plan_home, in_a_private_home_mount_points_are_made_and_the_way_to_them_is_pinned)
{
	PLAN(b, SYSTEM "home = private\nro = /srv/x:/home/u/a/b/x\n", "f /srv/x\nd /home/u/.local/state/sbox/homes/t\n");
	cr_assert_eq(entry(b, "/home/u/a/b/x")->attach, ATTACH_MAKE_KEPT);
	cr_assert(is_kind(entry(b, "/home/u/a"), MOUNT_PIN));
	cr_assert_eq(entry(b, "/home/u/a")->attach, ATTACH_MAKE_KEPT, "or the pin would come before its directory");
	cr_assert(is_kind(entry(b, "/home/u/a/b"), MOUNT_PIN));
}

Test(plan_home, hide_in_a_private_home_covers_what_is_in_it)
{
	PLAN(b, SYSTEM "home = private\nhide = /home/u/.ssh\nhide = /home/u/.aws\n",
	     "d /home/u/.ssh\nd /home/u/.aws\nf /home/u/.local/state/sbox/homes/t/.ssh\n");
	cr_assert(is_kind(entry(b, "/home/u/.ssh"), MOUNT_MASK));
	cr_assert(!entry(b, "/home/u/.ssh")->is_dir, "there it is a file");
	cr_assert_null(entry(b, "/home/u/.aws"), "not in the private home: nothing of the host's is there");
	cr_assert(strstr(bench_remarks(b), "covers nothing"), "%s", bench_remarks(b));
}

Test(plan_home, a_link_that_a_program_left_in_its_private_home_is_refused)
{
	REFUSED(SYSTEM "home = private\nro = /srv/x:/home/u/a/x\n", "f /srv/x\nl /home/u/.local/state/sbox/homes/t/a /home/u/.ssh\nf /home/u/.ssh/x\n", 4,
		"symbolic link");
}

Test(plan_home, a_home_behind_links_is_behind_the_same_links_inside)
{
	struct bench *b = plan_in("/data/u/p", "/home/u", SYSTEM "rw = ~/p\n", "- /home/u/p\n- /home/u\nl /home/u /data/u\nd /data/u/p\n");

	cr_assert(b->plan, "%s", bench_problems(b));
	cr_assert(is_kind(entry(b, "/home/u"), MOUNT_SYMLINK));
	cr_assert(is_kind(entry(b, "/data/u"), MOUNT_TMPFS));
	cr_assert(is_rw(entry(b, "/data/u/p")), "~/p and the current directory are one");
	cr_assert_str_eq(b->plan->cwd, "/data/u/p");
	bench_free(b);
}

Test(plan_home, a_root_as_home_is_no_reason_to_mount_over_the_root)
{
	struct bench *b = plan_in("/srv", "/", SYSTEM, "d /srv\n");

	cr_assert(b->plan, "%s", bench_problems(b));
	cr_assert_str_eq(b->plan->mounts[0].target, "/");
	cr_assert_eq(b->plan->mounts[0].mode, 0755);
	bench_free(b);
	b = plan_in("/srv", "/", SYSTEM "home = host\n", "d /srv\n");
	cr_assert_null(b->plan);
	bench_free(b);
}

/* ---- keep ---- */

Test(plan_home, keep_is_one_directory_of_an_ephemeral_home)
{
	PLAN(b, SYSTEM "keep = ~/.mozilla/x\n", "");
	const struct mount_entry *kept = entry(b, "/home/u/.mozilla/x");

	cr_assert(is_rw(kept));
	cr_assert_str_eq(kept->source, "/home/u/.local/state/sbox/keep/t/.mozilla/x");
	cr_assert(is_kind(entry(b, "/home/u"), MOUNT_TMPFS));
	cr_assert_str_eq(b->plan->own_dirs.v[0].path, kept->source);
}

Test(plan_home, keep_needs_an_ephemeral_home)
{
	REFUSED(SYSTEM "home = private\nkeep = ~/.mozilla\n", "", 4, "home = ephemeral");
	REFUSED(SYSTEM "home = host\nkeep = ~/.mozilla\n", "", 4, "home = ephemeral");
}

/* ---- cwd ---- */

Test(plan_home, the_current_directory_is_given_as_asked)
{
	PLAN(none, SYSTEM, "");
	cr_assert_null(entry(none, "/home/u/p"));
	PLAN(ro, SYSTEM "cwd = ro\n", "");
	cr_assert(is_ro(entry(ro, "/home/u/p")));
	PLAN(rw, SYSTEM "cwd = rw\n", "");
	cr_assert(is_rw(entry(rw, "/home/u/p")));
	cr_assert_str_eq(rw->plan->cwd, "/home/u/p");
}

/* Typed in one of these, `sbox make` gives nothing of it away, says so, and goes on. */
static void refuses(const char *cwd, const char *home, const char *machine, const char *why)
{
	static const char *const modes[] = { "ro", "rw" };

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		struct arena *arena = arena_new();
		const char *profile = arena_printf(arena, "%scwd = %s\n", SYSTEM, modes[i]);
		struct bench *b = plan_in(cwd, home, profile, machine);

		cr_assert(b->plan, "%s: %s", cwd, bench_problems(b));
		cr_assert_eq(b->err.warnings, 1, "%s: %s", cwd, bench_problems(b));
		cr_assert(strstr(bench_problems(b), why), "%s: %s", cwd, bench_problems(b));
		for (size_t m = 1; m < b->plan->n_mounts; m++)
			cr_assert(b->plan->mounts[m].kind != MOUNT_BIND || b->plan->mounts[m].from.line != 3, "%s is given",
				  b->plan->mounts[m].source);
		bench_free(b);
		profile = arena_printf(arena, "[profile]\nrequire = cwd\n%s", profile);
		b = plan_in(cwd, home, profile, machine);
		cr_assert_null(b->plan, "require = cwd: started in %s", cwd);
		cr_assert_eq(b->err.problems.v[0].from.line, 5);
		bench_free(b);
		arena_free(arena);
	}
}

Test(plan_home, a_directory_that_holds_too_much_is_never_the_current_one)
{
	refuses("/home/u", "/home/u", "", "--r");
	refuses("/home/u", "/home/u", "", "the home directory");
	refuses("/home", "/home/u", "", "below it");
	refuses("/", "/home/u", "", "below it");
	refuses("/srv", "/srv", "d /srv\n", "the home directory");
	refuses("/data", "/home/u", "l /home/l /data\n- /home/u/p\n- /home/u\nl /home/u /data/u\nd /data/u\n", "below it");
	refuses("/data/u", "/home/u", "- /home/u/p\n- /home/u\nl /home/u /data/u\nd /data/u\n", "the home directory");
}

Test(plan_home, nor_is_a_system_directory)
{
	static const char *const dirs[] = { "/usr", "/usr/src/linux", "/etc", "/etc/x", "/tmp", "/var", "/var/lib", "/var/tmp", "/opt", "/srv",
					    "/mnt", "/media", "/root", "/run", "/boot", "/dev/shm", "/proc/1", "/sys/class", "/lib/x" };

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		refuses(dirs[i], "/home/u", "", "system directory");
}

Test(plan_home, nor_one_that_was_deleted)
{
	refuses(NULL, "/home/u", "", "deleted");
}

Test(plan_home, nor_another_name_of_the_home_or_of_what_is_above_it)
{
	refuses("/mnt/u", "/home/u", "= /mnt/u /home/u\nd /mnt\n", "the home directory");
	refuses("/mnt/all", "/home/u", "= /mnt/all /home\nd /mnt\n", "below it");
}

Test(plan_home, nor_the_one_above_the_runtime_directory)
{
	struct caller c = fake_caller();

	c.runtime_dir = "/run/user/1000";
	c.cwd = "/run/user";
	struct bench *b = bench_plan_as(&c, NULL, SYSTEM "cwd = rw\n", "d /run/user/1000\n");
	cr_assert(strstr(bench_problems(b), "runtime directory"), "%s", bench_problems(b));
	bench_free(b);
}

Test(plan_home, a_directory_of_ones_own_below_those_is_fine)
{
	static const char *const dirs[] = { "/tmp/work", "/srv/project", "/var/tmp/x", "/homes", "/usrlocal", "/home/u2", "/mnt/disk/p" };

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		struct arena *arena = arena_new();
		struct bench *b = plan_in(dirs[i], "/home/u", SYSTEM "cwd = rw\n", arena_printf(arena, "d %s\n", dirs[i]));

		cr_assert(b->plan, "%s: %s", dirs[i], bench_problems(b));
		cr_assert_str_eq(b->plan->cwd, dirs[i]);
		cr_assert(is_rw(plan_entry_of(b->plan, plan_follow(b->plan, arena, dirs[i]))), "%s", dirs[i]);
		bench_free(b);
		arena_free(arena);
	}
}
