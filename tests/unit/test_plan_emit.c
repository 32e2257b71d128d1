/* SPDX-License-Identifier: MIT */
/* Pins, what changes nothing, noexec, mount points, and how sources are opened. */
#include "support.h"

TestSuite(plan_emit, .fini = leak_check);

/* ---- pins ---- */

Test(plan_emit, every_directory_on_the_way_to_a_narrower_item_is_pinned)
{
	static const char *const pins[] = { "/p/a", "/p/a/b", "/p/a/b/c", "/p/a/b/d", "/p/e" };

	PLAN(b, "[files]\nrw = /p\nro = /p/a/b/c/x\nhide = /p/a/b/d/y\ntmpfs = /p/e/t\n", "f /p/a/b/c/x\nf /p/a/b/d/y\nd /p/e/t\n");
	for (size_t i = 0; i < ARRAY_SIZE(pins); i++) {
		const struct mount_entry *pin = entry(b, pins[i]);

		cr_assert(is_kind(pin, MOUNT_PIN), "%s", pins[i]);
		cr_assert(!(pin->attrs & MOUNT_ATTR_RDONLY), "a pin takes nothing else away");
		cr_assert(pin->ino, "the child compares what it opens");
		cr_assert_str_eq(b->plan->mounts[pin->beneath].source, "/p");
	}
	cr_assert(!is_kind(entry(b, "/p"), MOUNT_PIN));
}

Test(plan_emit, below_something_read_only_nothing_can_be_renamed)
{
	PLAN(b, "[files]\nro = /p\nrw = /p/a/b\nro = /p/a/b/c/d\n", "d /p/a/b/c/d\n");
	cr_assert_null(entry(b, "/p/a"));
	cr_assert(is_kind(entry(b, "/p/a/b/c"), MOUNT_PIN));
}

/* ---- what changes nothing ---- */

Test(plan_emit, the_same_again_costs_no_mount)
{
	PLAN(b, "[files]\nrw = /p\nrw = /p/a/b\nro = /q:/x\nro = /q/c:/x/c\n", "d /p/a/b\nd /q/c\n");
	cr_assert_null(entry(b, "/p/a/b"));
	cr_assert_null(entry(b, "/p/a"), "no pin for what is not there");
	cr_assert_null(entry(b, "/x/c"));
	PLAN(other, "[files]\nrw = /p\nrw = /q:/p/a\n", "d /p/a\nd /q\n");
	cr_assert_str_eq(entry(other, "/p/a")->source, "/q");
}

Test(plan_emit, what_is_narrower_than_something_narrower_stays)
{
	PLAN(b, "[files]\nrw = /p\nro = /p/a\nrw = /p/a/b\n", "d /p/a/b\n");
	cr_assert(is_rw(entry(b, "/p/a/b")));
}

/* ---- masks ---- */

Test(plan_emit, a_hidden_directory_with_something_visible_below)
{
	PLAN(b, "[files]\nrw = /p\nhide = /p/h\nro = /p/h/a/pub\ntmpfs = /p/h/t\n", "d /p/h/a/pub\nd /p/h/t\n");
	const struct mount_entry *mask = entry(b, "/p/h");

	cr_assert(is_kind(mask, MOUNT_MASK) && mask->holds);
	cr_assert_gt(mask->size, 0, "a tmpfs without a size has no limit");
	cr_assert(mask->attrs & MOUNT_ATTR_RDONLY);
	cr_assert(is_ro(entry(b, "/p/h/a/pub")));
	cr_assert_eq(entry(b, "/p/h/a/pub")->attach, ATTACH_MAKE_KEPT, "made component by component, following nothing");
	cr_assert(is_kind(entry(b, "/p/h/t"), MOUNT_TMPFS));
	PLAN(plain, "[files]\nrw = /p\nhide = /p/h\n", "d /p/h\n");
	cr_assert(!entry(plain, "/p/h")->holds);
}

Test(plan_emit, a_mask_is_read_only_and_runs_nothing)
{
	static const char *const masks[] = { "/p/f", "/p/d" };

	PLAN(b, "[files]\nrw = /p\nhide = /p/f\nhide = /p/d\n", "f /p/f\nd /p/d\n");
	for (size_t i = 0; i < ARRAY_SIZE(masks); i++)
		cr_assert_eq(entry(b, masks[i])->attrs & (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSUID),
			     MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSUID);
}

Test(plan_emit, what_cannot_be_looked_at_is_no_reason_to_fail_where_nothing_can_be_made)
{
	PLAN(b, "[files]\nro = /etc/ssl\nhide = /etc/ssl/private/key\n", "x /etc/ssl/private\n");
	cr_assert(strstr(bench_remarks(b), "covers nothing"), "%s", bench_remarks(b));
	REFUSED("[files]\nrw = /p\nhide = /p/closed/key\n", "x /p/closed\n", 3, "cannot be reached");
}

/* ---- noexec ---- */

Test(plan_emit, noexec_marks_everything_below)
{
	PLAN(b, "[files]\nrw = /p\nro = /p/lib\nnoexec = /p\ntmpfs = /x\nnoexec = /x\n", "d /p/lib\n");
	cr_assert(entry(b, "/p")->attrs & MOUNT_ATTR_NOEXEC);
	cr_assert(entry(b, "/p/lib")->attrs & MOUNT_ATTR_NOEXEC);
	cr_assert(entry(b, "/x")->attrs & MOUNT_ATTR_NOEXEC);
	PLAN(file, "[files]\nrw = /p\nnoexec = /p/a/tool\n", "f /p/a/tool\nd /p/ab\n");
	cr_assert(entry(file, "/p/a/tool")->attrs & MOUNT_ATTR_NOEXEC);
	cr_assert(is_rw(entry(file, "/p/a/tool")), "nothing else changes");
	cr_assert(is_kind(entry(file, "/p/a"), MOUNT_PIN));
	cr_assert(!(entry(file, "/p")->attrs & MOUNT_ATTR_NOEXEC));
}

Test(plan_emit, noexec_on_what_is_made_of_several)
{
	PLAN(b, "[files]\nro = /p/a:/x/a\nrw = /p/b:/x/b\nro = /p/c:/xx\nnoexec = /x\n", "d /p/a\nd /p/b\nd /p/c\n");
	cr_assert(entry(b, "/x/a")->attrs & MOUNT_ATTR_NOEXEC);
	cr_assert(entry(b, "/x/b")->attrs & MOUNT_ATTR_NOEXEC);
	cr_assert(!(entry(b, "/xx")->attrs & MOUNT_ATTR_NOEXEC), "/xx is not in /x");
	PLAN(all, "[files]\nsystem = host\nnoexec = /\n", "");
	for (size_t i = 0; i < all->plan->n_mounts; i++)
		if (all->plan->mounts[i].kind == MOUNT_BIND || all->plan->mounts[i].kind == MOUNT_TMPFS)
			cr_assert(all->plan->mounts[i].attrs & MOUNT_ATTR_NOEXEC, "%s", all->plan->mounts[i].target);
}

Test(plan_emit, noexec_that_nothing_could_carry_out_is_refused)
{
	REFUSED("[files]\nnoexec = /none\n", "", 2, "not visible inside");
	REFUSED("[files]\nsystem = host\nnoexec = /tmp/x\n", "", 3, "no mount of its own");
	REFUSED("[files]\nsystem = host\nnoexec = ~/Downloads\n", "", 3, "no mount of its own");
	REFUSED("[files]\nrw = /p\nnoexec = /p/none\n", "d /p\n", 3, "does not exist");
	PLAN(b, "[files]\nsystem = host\nrw = /p\nnoexec = -/none\nnoexec = -/tmp/x\nnoexec = -/p/none\n", "d /p\n");
	cr_assert_eq(b->plan->remarks.n, 3, "%s", bench_remarks(b));
}

/* ---- mount points ---- */

Test(plan_emit, where_nothing_can_be_mounted_the_line_is_blamed)
{
	REFUSED("[files]\nro = /p\nro = /q:/p/none\n", "d /p\nd /q\n", 3, "does not exist in /p");
	REFUSED("[files]\nro = /p\nro = /q:/p/f\n", "f /p/f\nd /q\n", 3, "is a file, so a directory cannot");
	REFUSED("[files]\nro = /p\nro = /q:/p/d\n", "d /p/d\nf /q\n", 3, "is a directory, so a file cannot");
	REFUSED("[files]\nro = /p\nro = /q:/p/l/x\n", "l /p/l /r\nf /r/x\nf /q\n", 3, "symbolic link /p/l");
	REFUSED("[files]\nro = /p/f\nro = /q:/p/f/x\n", "f /p/f\nd /q\n", 3, "is a file inside");
	REFUSED("[files]\ndata = /x/f text\nro = /q:/x/f/d\n", "d /q\n", 3, "is a file inside");
	REFUSED("[files]\nrw = /p\nhide = /p/f\nro = /q:/p/f/d\n", "f /p/f\nd /q\n", 4, "is a file inside");
}

Test(plan_emit, the_first_of_several_links_is_named)
{
	REFUSED("[files]\nro = /p\nro = /q:/p/l/x\n", "l /p/l /r/m\nl /r/m /s\nf /s/x\nf /q\n", 3, "/p/l -> /r/m");
}

/* ---- sources ---- */

Test(plan_emit, a_source_below_something_writable_is_opened_beneath_it)
{
	PLAN(b, "[files]\nrw = /p:/zzz\nro = /p/lib/x:/aaa\nrw = /p/lib:/bbb\nro = /q:/c\n", "f /p/lib/x\nd /q\n");
	const struct mount_entry *m = entry(b, "/aaa");

	cr_assert_geq(m->beneath, 0, "although the writable one comes later");
	cr_assert_str_eq(b->plan->mounts[m->beneath].target, "/zzz", "the outermost");
	cr_assert_str_eq(m->beneath_rest, "lib/x");
	cr_assert_str_eq(entry(b, "/bbb")->beneath_rest, "lib");
	cr_assert_eq(entry(b, "/c")->beneath, -1);
	cr_assert_eq(entry(b, "/zzz")->beneath, -1);
}

Test(plan_emit, a_neighbour_with_a_longer_name_is_not_beneath)
{
	PLAN(b, "[files]\nrw = /p\nro = /p2/x\n", "d /p\nf /p2/x\n");
	cr_assert_eq(entry(b, "/p2/x")->beneath, -1);
}

Test(plan_emit, every_bind_is_compared_with_what_was_seen)
{
	PLAN(b, "[files]\nsystem = host\nrw = /p\n", "d /p\n");
	for (size_t i = 0; i < b->plan->n_mounts; i++)
		if (b->plan->mounts[i].kind == MOUNT_BIND || b->plan->mounts[i].kind == MOUNT_DEVICE)
			cr_assert(b->plan->mounts[i].ino, "%s", b->plan->mounts[i].target);
}

Test(plan_emit, only_devices_asked_for_work)
{
	PLAN(b, "[files]\nsystem = host\nrw = /p\nro = /q\nro = /p/a/x\ntmpfs = /t\n", "f /p/a/x\nd /q\n");
	for (size_t i = 0; i < b->plan->n_mounts; i++) {
		const struct mount_entry *m = &b->plan->mounts[i];

		if (m->kind == MOUNT_BIND || m->kind == MOUNT_TMPFS || m->kind == MOUNT_PIN)
			cr_assert(m->attrs & MOUNT_ATTR_NODEV && m->attrs & MOUNT_ATTR_NOSUID, "%s", m->target);
	}
}

/* ---- watches ---- */

Test(plan_emit, what_is_masked_or_protected_is_watched_once)
{
	PLAN(b, "[files]\nrw = /p\nrw = /p:/srv\nhide = /p/.env\nro = /p/lib\nro = /q\n", "f /p/.env\nd /p/lib\nd /q\n");
	cr_assert_eq(b->plan->watches.n, 2, "two names, each at two places");
	cr_assert_str_eq(b->plan->watches.v[0].path, "/p/.env");
	cr_assert_str_eq(b->plan->watches.v[1].path, "/p/lib");
}
