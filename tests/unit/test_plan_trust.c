/* SPDX-License-Identifier: MIT */
/* What the next launch believes is never writable inside. */
#include "support.h"

TestSuite(plan_trust, .fini = leak_check);

static bool is_made_first(const struct bench *b, const char *path)
{
	vec_each (dir, &b->plan->own_dirs)
		if (streq(dir->path, path))
			return true;
	return false;
}

static struct caller caller_with(const char *const *env)
{
	struct caller c = fake_caller();

	c.environ = (char *const *)env;
	return c;
}

#define HOME_RW "[files]\nrw = /home/u\n"

Test(plan_trust, a_link_on_the_way_is_mounted_on_itself)
{
	PLAN(b, HOME_RW, "l /home/u/.config dot/config\nd /home/u/dot/config/sbox/profiles\n");
	const struct mount_entry *link = entry(b, "/home/u/.config"), *mask = entry(b, "/home/u/dot/config/sbox");

	cr_assert(is_ro(link) && link->is_link && !link->is_dir);
	cr_assert_str_eq(link->source, "/home/u/.config");
	cr_assert(is_kind(mask, MOUNT_MASK));
	cr_assert(is_kind(entry(b, "/home/u/dot/config"), MOUNT_PIN));
}

Test(plan_trust, a_link_that_leads_nowhere_too)
{
	PLAN(b, HOME_RW, "l /home/u/.config nowhere/yet\n");
	cr_assert(entry(b, "/home/u/.config") && entry(b, "/home/u/.config")->is_link);
	cr_assert(is_made_first(b, "/home/u/nowhere/yet/sbox"));
	cr_assert(is_kind(entry(b, "/home/u/nowhere/yet/sbox"), MOUNT_MASK));
}

Test(plan_trust, no_link_is_touched_where_nothing_is_writable)
{
	PLAN(b, "[files]\nro = /home/u\n", "l /home/u/.config dot/config\nd /home/u/dot/config/sbox\n");
	cr_assert_null(entry(b, "/home/u/.config"));
	cr_assert(is_kind(entry(b, "/home/u/dot/config/sbox"), MOUNT_MASK));
}

Test(plan_trust, a_home_under_another_name_is_the_same_home)
{
	PLAN(b, "[files]\nrw = /mnt/u\n", "= /mnt/u /home/u\nd /mnt\nd /home/u/.config/sbox\nd /home/u/.local/state/sbox\n");
	cr_assert(is_kind(entry(b, "/mnt/u/.config/sbox"), MOUNT_MASK));
	cr_assert(is_kind(entry(b, "/mnt/u/.local/state/sbox"), MOUNT_MASK));
}

Test(plan_trust, linked_profiles_are_read_only_where_they_are)
{
	PLAN(b, "[files]\nrw = /home/u/dot\n", "l /home/u/.config/sbox/profiles/tool.ini /home/u/dot/tool.ini\nf /home/u/dot/tool.ini\n"
					       "l /home/u/.config/sbox/profiles/base.d /home/u/dot/drop\nd /home/u/dot/drop\n");
	cr_assert(is_ro(entry(b, "/home/u/dot/tool.ini")));
	cr_assert(is_ro(entry(b, "/home/u/dot/drop")));
	cr_assert_null(entry(b, "/home/u/dot/other"));
}

Test(plan_trust, the_directories_of_the_profile_path)
{
	static const char *const env[] = { "HOME=/home/u", "SBOX_PROFILE_PATH=/home/u/prof:/home/u/later", NULL };
	struct caller c = caller_with(env);
	_cleanup_bench_ struct bench *b = bench_plan_as(&c, NULL, HOME_RW, "d /home/u/prof\n");

	cr_assert(b->plan, "%s", bench_problems(b));
	cr_assert(is_ro(entry(b, "/home/u/prof")));
	cr_assert(is_ro(entry(b, "/home/u/later")));
	cr_assert(is_made_first(b, "/home/u/later") && !is_made_first(b, "/home/u/prof"));
}

Test(plan_trust, a_line_that_gives_them_is_refused)
{
	static const char *const env[] = { "HOME=/home/u", "SBOX_PROFILE_PATH=/home/u/prof", NULL };
	struct caller c = caller_with(env);
	_cleanup_bench_ struct bench *b = bench_plan_as(&c, NULL, "[files]\nrw = /home/u/prof/sub\n", "d /home/u/prof/sub\n");

	cr_assert_null(b->plan);
	cr_assert(strstr(bench_problems(b), "2: rw: /home/u/prof/sub is never writable inside"), "%s", bench_problems(b));

	_cleanup_bench_ struct bench *ro = bench_plan_as(&c, NULL, "[files]\nro = /home/u/prof\n", "d /home/u/prof\n");
	cr_assert(ro->plan, "%s", bench_problems(ro));
}

Test(plan_trust, nothing_is_asked_or_added_without_something_writable)
{
	static const char *const env[] = { "HOME=/home/u", "SBOX_PROFILE_PATH=/home/u/prof", NULL };
	struct caller c = caller_with(env);
	_cleanup_bench_ struct bench *b = bench_plan_as(&c, NULL, "[files]\nro = /home/u\n", "d /home/u/prof\n");

	cr_assert(b->plan, "%s", bench_problems(b));
	cr_assert_null(entry(b, "/home/u/prof"));
	cr_assert_eq(b->plan->own_dirs.n, 0);
}

Test(plan_trust, the_hosts_control_groups_are_read_only)
{
	PLAN(b, "[files]\nrw = /sys\n", "d /sys/fs/cgroup\n");
	cr_assert(is_rw(entry(b, "/sys")) && is_ro(entry(b, "/sys/fs/cgroup")));
	PLAN(elsewhere, "[files]\nrw = /sys/fs:/mnt\n", "d /sys/fs/cgroup\n");
	cr_assert(is_ro(entry(elsewhere, "/mnt/cgroup")));
	PLAN(ro, "[files]\nro = /sys/fs/cgroup\n", "d /sys/fs/cgroup\n");
	cr_assert(is_ro(entry(ro, "/sys/fs/cgroup")));
	REFUSED("[files]\nrw = /sys/fs/cgroup\n", "d /sys/fs/cgroup\n", 2, "never writable inside");
	REFUSED("[files]\nrw = /sys/fs/cgroup/unified:/mnt\n", "d /sys/fs/cgroup/unified\n", 2, "never writable inside");
}
