/* SPDX-License-Identifier: MIT */
/* Which directories have overlays, what holds below them, and what is refused beforehand. */
#include "support.h"

TestSuite(plan_overlay, .fini = leak_check);

#define DISK "f /proc/self/mountinfo 1 0 8:1 / / rw - ext4 /dev/a rw;"

Test(plan_overlay, a_directory_is_shown_and_its_layer_named_after_it)
{
	PLAN(b, "[files]\noverlay = /srv/p\noverlay = /srv/q:/q\n", "d /srv/p\nd /srv/q\n" DISK "\n");
	const struct mount_entry *p = entry(b, "/srv/p"), *q = entry(b, "/q");

	cr_assert(is_kind(p, MOUNT_OVERLAY));
	cr_assert(!(p->attrs & MOUNT_ATTR_RDONLY) && p->attrs & MOUNT_ATTR_NOSUID && p->attrs & MOUNT_ATTR_NODEV);
	cr_assert(is_kind(q, MOUNT_OVERLAY));
	cr_assert_str_eq(q->source, "/srv/q");
	cr_assert_eq(b->plan->overlays.n, 2);
	cr_assert_str_neq(b->plan->overlays.v[0].layer, b->plan->overlays.v[1].layer);
	cr_assert_str_eq(b->plan->overlays_dir, "/home/u/.local/state/sbox/overlays");
}

Test(plan_overlay, without_one_there_is_nothing_to_prepare)
{
	PLAN(b, "[files]\nrw = /srv/p\n", "d /srv/p\n");

	cr_assert_eq(b->plan->overlays.n, 0);
	cr_assert_null(b->plan->overlays_dir);
}

Test(plan_overlay, the_current_directory)
{
	PLAN(b, "[files]\ncwd = overlay\n", DISK "\n");

	cr_assert(is_kind(entry(b, "/home/u/p"), MOUNT_OVERLAY));
	cr_assert_str_eq(b->plan->cwd, "/home/u/p");
}

Test(plan_overlay, what_is_narrower_below_it_holds)
{
	PLAN(b, "[files]\noverlay = /srv/p\nhide = /srv/p/.env\nro = /srv/p/.git/hooks\nrw = /srv/p/out\n",
	     "f /srv/p/.env\nd /srv/p/.git/hooks\nd /srv/p/out\n" DISK "\n");

	cr_assert(is_kind(entry(b, "/srv/p/.env"), MOUNT_MASK));
	cr_assert(is_ro(entry(b, "/srv/p/.git/hooks")));
	cr_assert(is_rw(entry(b, "/srv/p/out")) && !entry(b, "/srv/p/out")->from_inside, "rw means the host's own directory");
	cr_assert_eq(b->plan->watches.n, 0, "a mask in an overlay stays, whatever the host does");
}

/* The host's directory in its place would let writes through to the host. */
Test(plan_overlay, pins_and_noexec_below_it_are_of_what_it_shows)
{
	PLAN(b, "[files]\noverlay = /srv/p\nro = /srv/p/.git/hooks\nnoexec = /srv/p/bin\n", "d /srv/p/.git/hooks\nd /srv/p/bin\n" DISK "\n");
	const struct mount_entry *pin = entry(b, "/srv/p/.git"), *bin = entry(b, "/srv/p/bin");

	cr_assert(is_kind(pin, MOUNT_PIN) && pin->from_inside);
	cr_assert(is_rw(bin) && bin->from_inside && bin->attrs & MOUNT_ATTR_NOEXEC);
}

Test(plan_overlay, a_pin_below_a_writable_directory_is_still_the_hosts)
{
	PLAN(b, "[files]\nrw = /srv/p\nro = /srv/p/.git/hooks\n", "d /srv/p/.git/hooks\n");

	cr_assert(is_kind(entry(b, "/srv/p/.git"), MOUNT_PIN) && !entry(b, "/srv/p/.git")->from_inside);
}

Test(plan_overlay, hide_holds_where_the_overlay_shows_its_object)
{
	PLAN(b, "[files]\noverlay = /srv/p:/w\nhide = /srv/p/.env\n", "f /srv/p/.env\n" DISK "\n");

	cr_assert(is_kind(entry(b, "/w/.env"), MOUNT_MASK));
}

Test(plan_overlay, the_layers_are_masked_in_an_overlay_of_the_home)
{
	PLAN(b, "[files]\noverlay = /home/u\n", "d /home/u/.local/state/sbox\n" DISK "\n");

	cr_assert(is_kind(entry(b, "/home/u/.local/state/sbox"), MOUNT_MASK));
}

Test(plan_overlay, what_cannot_be)
{
	REFUSED("[files]\noverlay = /srv/f\n", "f /srv/f\n", 2, "is not a directory");
	REFUSED("[files]\noverlay = /srv/none\n", "", 2, "No such file");
	REFUSED("[files]\noverlay = /proc\n", "d /proc\n", 2, "the kernel's");
	REFUSED("[files]\noverlay = /srv/p\noverlay = /srv/p:/q\n", "d /srv/p\n" DISK "\n", 2, "has an overlay already");
	REFUSED("[files]\noverlay = /srv/p\n", "d /srv/p/m\n" DISK "2 1 8:2 / /srv/p/m rw - ext4 /dev/b rw\n", 2,
		"/srv/p/m is a file system of its own");
	REFUSED("[files]\noverlay = /srv/p\n", "d /srv/p\n" DISK "2 1 0:9 / /home/u/.local rw - tmpfs t rw\n", 2, "of the type tmpfs");
}

Test(plan_overlay, what_is_mounted_beside_it_or_on_it_is_no_matter)
{
	PLAN(b, "[files]\noverlay = /srv/p\n", "d /srv/p\n" DISK "2 1 8:2 / /srv/p rw - ext4 /dev/b rw;3 1 8:3 / /srv/pp rw - ext4 /dev/c rw\n");

	cr_assert_eq(b->err.problems.n, 0);
}

Test(plan_overlay, somebody_elses_files_are_named)
{
	PLAN(b, "[files]\noverlay = /srv/p\n", "f /srv/p/foreign\n" DISK "\n");

	cr_assert_eq(b->err.warnings, 1);
	cr_assert(strstr(bench_problems(b), "/srv/p/foreign belongs to"), "%s", bench_problems(b));
}
