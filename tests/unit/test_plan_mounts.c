/* SPDX-License-Identifier: MIT */
/* The file tree: text in, ordered mounts out. */
#include "support.h"

#include <errno.h>

TestSuite(plan_mounts, .fini = leak_check);

Test(plan_mounts, parents_come_before_children_whatever_the_order_of_the_lines)
{
	PLAN(b, "[files]\nrw = /srv/a/b\nro = /srv/a\n", "d /srv/a/b\n");
	const struct mount_entry *outer = entry(b, "/srv/a"), *inner = entry(b, "/srv/a/b");

	cr_assert(is_ro(outer) && inner && !is_ro(inner));
	cr_assert(outer < inner);
	cr_assert_eq(inner->from.line, 2);
}

Test(plan_mounts, nothing_of_the_host_without_a_line)
{
	PLAN(b, "", "f /home/u/.ssh/id_rsa\n");
	for (size_t i = 0; i < b->plan->n_mounts; i++)
		if (b->plan->mounts[i].kind == MOUNT_BIND)
			cr_assert_fail("%s is bound", b->plan->mounts[i].target);
}

Test(plan_mounts, longest_path_wins)
{
	PLAN(b, "[files]\nhide = /home/u/p/.env\nrw = /home/u/p\nro = /home/u/p/.git/hooks\n",
	     "f /home/u/p/.env\nd /home/u/p/.git/hooks\n");
	cr_assert_eq(entry(b, "/home/u/p/.env")->kind, MOUNT_MASK);
	cr_assert(!entry(b, "/home/u/p/.env")->is_dir);
	cr_assert(is_ro(entry(b, "/home/u/p/.git/hooks")));
	cr_assert(!is_ro(entry(b, "/home/u/p")));
}

Test(plan_mounts, a_directory_above_a_narrower_item_is_pinned)
{
	PLAN(b, "[files]\nrw = /home/u/p\nro = /home/u/p/.git/hooks\n", "d /home/u/p/.git/hooks\n");
	const struct mount_entry *pin = entry(b, "/home/u/p/.git");

	cr_assert(pin && pin->kind == MOUNT_PIN);
	cr_assert_str_eq(pin->source, "/home/u/p/.git");
	cr_assert_eq(b->plan->mounts[pin->beneath].target, entry(b, "/home/u/p")->target);
	cr_assert(!is_ro(pin));
}

Test(plan_mounts, no_pin_where_nothing_is_writable)
{
	PLAN(b, "[files]\nro = /home/u/p\nhide = /home/u/p/a/secret\n", "f /home/u/p/a/secret\n");
	cr_assert_null(entry(b, "/home/u/p/a"));
	cr_assert_eq(entry(b, "/home/u/p/a/secret")->kind, MOUNT_MASK);
}

Test(plan_mounts, hide_and_ro_hold_at_every_place_where_the_object_is_visible)
{
	PLAN(b, "[files]\nrw = /home/u/p:/srv\nhide = /home/u/p/.env\nro = /home/u/p/lib\n", "f /home/u/p/.env\nd /home/u/p/lib\n");
	cr_assert(entry(b, "/srv/.env"));
	cr_assert_eq(entry(b, "/srv/.env")->kind, MOUNT_MASK);
	cr_assert(is_ro(entry(b, "/srv/lib")));
}

Test(plan_mounts, contradiction_names_both_lines)
{
	REFUSED("[files]\nro = /srv/a\nrw = /srv/a\n", "d /srv/a\n", 3, ":2: ro");
}

Test(plan_mounts, the_same_thing_said_twice_is_no_contradiction)
{
	PLAN(b, "[files]\nro = /srv/a\nro = /srv/a\n", "d /srv/a\n");
}

Test(plan_mounts, missing_source_is_an_error_with_a_remedy)
{
	REFUSED("[files]\nro = /srv/none\n", "", 2, "-/srv/none");
}

Test(plan_mounts, missing_optional_source_is_skipped_and_said)
{
	PLAN(b, "[files]\nro = -/srv/none\n", "");
	cr_assert_null(entry(b, "/srv/none"));
	cr_assert_eq(b->plan->remarks.n, 1);
}

Test(plan_mounts, missing_protected_path_below_writable_names_both_lines)
{
	REFUSED("[files]\nrw = /home/u/p\nhide = /home/u/p/.env\n", "", 3, ":2: rw");
}

Test(plan_mounts, missing_optional_protected_path_is_watched)
{
	PLAN(b, "[files]\nrw = /home/u/p\nhide = -/home/u/p/.env\n", "");
	cr_assert_eq(b->plan->watches.n, 1);
	cr_assert_str_eq(b->plan->watches.v[0].path, "/home/u/p/.env");
}

Test(plan_mounts, hide_that_covers_nothing_is_legal_and_said)
{
	PLAN(b, "[files]\nhide = /home/u/.ssh\n", "d /home/u/.ssh\n");
	cr_assert_null(entry(b, "/home/u/.ssh"));
	cr_assert(strstr(b->plan->remarks.v[0].text, "covers nothing"));
}

Test(plan_mounts, links_on_the_way_are_recreated)
{
	PLAN(b, "[files]\nro = /data/x\n", "l /data var/data\nd /var/data/x\n");
	cr_assert(entry(b, "/data") && entry(b, "/data")->kind == MOUNT_SYMLINK);
	cr_assert_str_eq(entry(b, "/data")->source, "var/data");
	cr_assert(is_ro(entry(b, "/var/data/x")));
}

Test(plan_mounts, a_link_below_something_writable_is_refused)
{
	REFUSED("[files]\nrw = /home/u/p\nro = /home/u/p/data\n", "l /home/u/p/data /home/u/.ssh\nd /home/u/.ssh\n", 3,
		"symbolic link");
}

Test(plan_mounts, link_loop_is_an_error)
{
	REFUSED("[files]\nro = /srv/a\n", "l /srv/a /srv/b\nl /srv/b /srv/a\n", 2, strerror(ELOOP));
}

Test(plan_mounts, targets_follow_links_that_sbox_makes)
{
	PLAN(b, "[files]\nsystem = host\nro = /srv/x:/var/tmp/x\n", "d /srv/x\n");
	cr_assert(is_ro(entry(b, "/tmp/x")));
	cr_assert_null(entry(b, "/var/tmp/x"));
}

Test(plan_mounts, target_in_a_bound_directory_must_exist)
{
	REFUSED("[files]\nsystem = host\nro = /srv/x:/usr/share/none\n", "d /srv/x\n", 3, "does not exist");
}

Test(plan_mounts, the_current_directory_is_given)
{
	PLAN(b, "[files]\ncwd = rw\n", "");
	cr_assert(entry(b, "/home/u/p") && !is_ro(entry(b, "/home/u/p")));
	cr_assert_str_eq(b->plan->cwd, "/home/u/p");
}

Test(plan_mounts, home_as_a_host_directory_masks_what_is_sboxs_own)
{
	PLAN(b, "[files]\nhome = host\n", "d /home/u/.config\n");
	cr_assert_eq(entry(b, "/home/u/.config/sbox")->kind, MOUNT_MASK);
	cr_assert_eq(entry(b, "/home/u/.config")->kind, MOUNT_PIN);
	cr_assert(b->plan->own_dirs.n >= 4, "made first, so that nothing inside can make them");
}

Test(plan_mounts, sboxs_own_directory_cannot_be_given)
{
	REFUSED("[files]\nrw = /home/u/.config/sbox\n", "d /home/u/.config/sbox\n", 2, "belongs to sbox");
}

Test(plan_mounts, noexec_marks_everything_below)
{
	PLAN(b, "[files]\nrw = /home/u/p\nnoexec = /home/u/p/tmp\n", "d /home/u/p/tmp\n");
	cr_assert(!(entry(b, "/home/u/p")->attrs & MOUNT_ATTR_NOEXEC));
	cr_assert(entry(b, "/home/u/p/tmp")->attrs & MOUNT_ATTR_NOEXEC);
}

Test(plan_mounts, what_is_visible_anyway_costs_no_mount)
{
	PLAN(b, "[files]\nsystem = host\nro = /usr/lib\n", "");
	cr_assert_null(entry(b, "/usr/lib"));
}

Test(plan_mounts, every_bind_is_nosuid_and_nodev)
{
	PLAN(b, "[files]\nsystem = host\nrw = /home/u/p\n", "");
	for (size_t i = 0; i < b->plan->n_mounts; i++)
		if (b->plan->mounts[i].kind == MOUNT_BIND)
			cr_assert_eq(b->plan->mounts[i].attrs & (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV),
				     MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}
