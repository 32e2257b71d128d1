/* SPDX-License-Identifier: MIT */
/* One item a path: layers, contradictions, links that are made inside. */
#include "support.h"

#include <errno.h>

TestSuite(plan_tree, .fini = leak_check);

#define BASE "----\n[profile]\nextends = ./base.ini\n"

/* ---- layers ---- */

Test(plan_tree, a_later_layer_wins_at_the_same_path)
{
	PLAN(b, "[files]\nrw = /srv/a\nro = /srv/b\nhide = /srv/c\n" BASE "[files]\nro = /srv/a\nrw = /srv/b\nro = /srv/c\n",
	     "d /srv/a\nd /srv/b\nd /srv/c\n");
	cr_assert(is_ro(entry(b, "/srv/a")));
	cr_assert(is_rw(entry(b, "/srv/b")));
	cr_assert(is_ro(entry(b, "/srv/c")));
	cr_assert_eq(entry(b, "/srv/c")->from.line, 6);
}

Test(plan_tree, the_longest_path_wins_over_a_later_layer)
{
	PLAN(b, "[files]\nhide = /srv/a/x\n" BASE "[files]\nrw = /srv/a\n", "f /srv/a/x\n");
	cr_assert(is_kind(entry(b, "/srv/a/x"), MOUNT_MASK));
}

Test(plan_tree, another_kind_in_a_later_layer_replaces)
{
	PLAN(b, "[files]\nro = /srv/a\ntmpfs = /srv/b\n" BASE "[files]\ntmpfs = /srv/a\nsymlink = /srv/b -> a\n", "d /srv/a\n");
	cr_assert(is_kind(entry(b, "/srv/a"), MOUNT_TMPFS));
	cr_assert(is_kind(entry(b, "/srv/b"), MOUNT_SYMLINK));
}

Test(plan_tree, a_line_wins_over_what_the_system_brings)
{
	PLAN(b, "[files]\nsystem = host\ntmpfs = /tmp size=1M\nrw = /srv/null:/dev/null\ndata = /etc/passwd me\n", "f /srv/null\n");
	cr_assert_eq(entry(b, "/tmp")->size, 1 << 20);
	cr_assert(is_rw(entry(b, "/dev/null")));
	cr_assert_str_eq(entry(b, "/etc/passwd")->source, "me\n");
}

/* ---- contradictions ---- */

Test(plan_tree, two_lines_of_one_file_that_disagree_are_refused)
{
	static const char *const pairs[] = {
		"ro = /srv/a\nrw = /srv/a\n",           "hide = /srv/a\nro = /srv/a\n",
		"tmpfs = /srv/a\nro = /srv/a\n",        "ro = /srv/b:/srv/a\nro = /srv/a\n",
		"symlink = /srv/a -> x\nsymlink = /srv/a -> y\n", "data = /srv/a x\ndata = /srv/a y\n",
		"tmpfs = /srv/a\ntmpfs = /srv/a size=1M\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		struct arena *arena = arena_new();
		struct bench *b = bench_plan(arena_printf(arena, "[files]\n%s", pairs[i]), "d /srv/a\nd /srv/b\n");

		cr_assert_null(b->plan, "accepted: %s", pairs[i]);
		cr_assert(strstr(bench_problems(b), "contradicts"), "%s", bench_problems(b));
		cr_assert(strstr(bench_problems(b), "t.ini:2:"), "names the other: %s", bench_problems(b));
		cr_assert_eq(b->err.problems.v[0].from.line, 3);
		bench_free(b);
		arena_free(arena);
	}
}

Test(plan_tree, in_two_files_they_do_not)
{
	PLAN(b, "[files]\nro = /srv/a\n" BASE "[files]\nrw = /srv/a\n", "d /srv/a\n");
	cr_assert(is_rw(entry(b, "/srv/a")));
}

Test(plan_tree, two_names_for_one_place_inside_are_one_place)
{
	REFUSED("[files]\nsystem = host\nro = /srv/a:/var/tmp/x\nrw = /srv/b:/tmp/x\n", "d /srv/a\nd /srv/b\n", 4, "contradicts");
}

/* ---- links inside ---- */

Test(plan_tree, a_place_below_a_link_is_where_the_link_leads)
{
	PLAN(b, "[files]\nsymlink = /x -> /y\nsymlink = /y/l -> ../z\nro = /srv/f:/x/a\nro = /srv/f:/x/l/b\n", "f /srv/f\n");
	cr_assert(is_ro(entry(b, "/y/a")));
	cr_assert(is_ro(entry(b, "/z/b")));
	cr_assert_null(entry(b, "/x/a"));
}

Test(plan_tree, links_below_links_whatever_their_order)
{
	/* /0 sorts before the links that it leads through. */
	PLAN(b, "[files]\nsymlink = /0 -> /a/c\nsymlink = /a -> /b\nsymlink = /a/c -> /d\nsymlink = /0/y -> z\nro = /srv/f:/0/x\n",
	     "f /srv/f\n");
	cr_assert(is_ro(entry(b, "/d/x")));
	cr_assert(is_kind(entry(b, "/b/c"), MOUNT_SYMLINK));
	cr_assert(is_kind(entry(b, "/d/y"), MOUNT_SYMLINK), "a link is an item like any other");
}

Test(plan_tree, links_that_lead_to_one_another_end_in_an_error)
{
	REFUSED("[files]\nsymlink = /x -> /y\nsymlink = /y -> /x\nro = /srv/f:/x/a\n", "f /srv/f\n", 4, strerror(ELOOP));
	REFUSED("[files]\nsymlink = /x -> /x/y\nro = /srv/f:/x/a\n", "f /srv/f\n", 3, strerror(ELOOP));
	REFUSED("[files]\nsymlink = /x -> /y\nsymlink = /y -> /x\nsymlink = /x/a -> b\n", "", 4, strerror(ELOOP));
}

Test(plan_tree, a_link_out_of_the_root_stays_in_it)
{
	PLAN(b, "[files]\nsymlink = /x -> ../../../y\nro = /srv/f:/x/a\n", "f /srv/f\n");
	cr_assert(is_ro(entry(b, "/y/a")));
}

Test(plan_tree, noexec_follows_links_too)
{
	PLAN(b, "[files]\nsystem = host\nrw = /data/x\nnoexec = /data/x\nnoexec = /var/tmp\n", "l /data var/data\nd /var/data/x\n");
	cr_assert(entry(b, "/var/data/x")->attrs & MOUNT_ATTR_NOEXEC);
	cr_assert(entry(b, "/tmp")->attrs & MOUNT_ATTR_NOEXEC);
}

/* ---- order ---- */

Test(plan_tree, parents_come_first_and_subtrees_together)
{
	PLAN(b, "[files]\nro = /srv/a-b\nro = /srv/a/x\nrw = /srv/a\nro = /srv/a!\nro = /srv/a/b/c\n",
	     "d /srv/a-b\nd /srv/a/x\nd /srv/a!\nd /srv/a/b/c\n");
	const struct mount_entry *a = entry(b, "/srv/a");

	cr_assert_eq(entry(b, "/srv/a/b"), a + 1);
	cr_assert_eq(entry(b, "/srv/a/b/c"), a + 2);
	cr_assert_eq(entry(b, "/srv/a/x"), a + 3);
}
