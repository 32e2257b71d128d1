/* SPDX-License-Identifier: MIT */
/* Paths inside, asked of the finished list. */
#include "support.h"

TestSuite(inside, .fini = leak_check);

static void provided_by(const struct bench *b, const char *path, const char *target)
{
	cr_assert_str_eq(plan_entry_of(b->plan, path)->target, target, "%s", path);
}

Test(inside, the_longest_entry_provides_a_path)
{
	PLAN(b, "[files]\nrw = /srv/a\nro = /srv/a/b/c\n", "d /srv/a/b/c\nd /srv/ab\n");
	provided_by(b, "/srv/a", "/srv/a");
	provided_by(b, "/srv/a/x/y", "/srv/a");
	provided_by(b, "/srv/a/b", "/srv/a/b");
	provided_by(b, "/srv/a/b/x", "/srv/a/b");
	provided_by(b, "/srv/a/b/c/d", "/srv/a/b/c");
	provided_by(b, "/srv/ab", "/srv");
	provided_by(b, "/none", "/");
	provided_by(b, "/", "/");
}

static void leads_to(const struct bench *b, const char *path, const char *expected)
{
	cr_assert_str_eq(plan_follow(b->plan, b->arena, path), expected, "%s", path);
}

Test(inside, links_that_sbox_makes_are_followed)
{
	PLAN(b, "[files]\nsystem = host\nsymlink = /x/l -> ../tmp/./y\nsymlink = /x/up -> ../../../etc\nsymlink = /x/root -> /\n", "");
	leads_to(b, "/bin/sh", "/usr/bin/sh");
	leads_to(b, "/bin", "/usr/bin");
	leads_to(b, "/var/tmp/f", "/tmp/f");
	leads_to(b, "/x/l/f", "/tmp/y/f");
	leads_to(b, "/x/up/passwd", "/etc/passwd");
	leads_to(b, "/x/root/bin/sh", "/usr/bin/sh");
	leads_to(b, "/binary", "/binary");
}

Test(inside, a_loop_ends)
{
	PLAN(b, "[files]\nsymlink = /x -> y\nsymlink = /y -> x\n", "");
	cr_assert_not_null(plan_follow(b->plan, b->arena, "/x"));
}
