/* SPDX-License-Identifier: MIT */
/* Where a host path leads, link by link. */
#include <errno.h>

#include "support.h"

static struct arena *arena;
static struct caller caller;

static void setup(void)
{
	arena = arena_new();
	caller = fake_caller();
}

static void teardown(void)
{
	arena_free(arena);
	leak_check();
}

TestSuite(resolve, .init = setup, .fini = teardown);

static int resolve(const char *machine, const char *path, struct resolved *r)
{
	return host_resolve(fake_host(arena, &caller, machine), arena, path, r);
}

static void leads_to(const char *machine, const char *path, const char *expected)
{
	struct resolved r;

	cr_assert_eq(resolve(machine, path, &r), 0, "%s", path);
	cr_assert_str_eq(r.path, expected);
	cr_assert_neq(r.node->kind, NODE_LINK);
}

Test(resolve, a_path_without_links_leads_to_itself)
{
	struct resolved r;

	leads_to("f /srv/a/f\n", "/srv/a/f", "/srv/a/f");
	cr_assert_eq(resolve("f /srv/a/f\n", "/srv/a/f", &r), 0);
	cr_assert_eq(r.node->kind, NODE_FILE);
	cr_assert_eq(r.links.n, 0);
	leads_to("", "/", "/");
}

Test(resolve, a_last_component_that_is_missing_is_named)
{
	struct resolved r;

	cr_assert_eq(resolve("d /srv\n", "/srv/none", &r), 0);
	cr_assert_str_eq(r.path, "/srv/none");
	cr_assert_eq(r.node->kind, NODE_MISSING);
}

Test(resolve, links_are_followed_wherever_they_are)
{
	leads_to("l /data var/data\nf /var/data/x\n", "/data/x", "/var/data/x");
	leads_to("l /srv/l ../var/data\nf /var/data/x\n", "/srv/l/x", "/var/data/x");
	leads_to("l /srv/l /var\nf /var/x\n", "/srv/l/x", "/var/x");
	leads_to("l /a b\nl /b c\nd /c\n", "/a", "/c");
	leads_to("l /a/l .\nf /a/x\n", "/a/l/x", "/a/x");
	leads_to("l /a/l //var//./data/\nf /var/data/x\n", "/a/l/x", "/var/data/x");
	leads_to("l /a/l ../../../../b\nf /b\n", "/a/l", "/b");
}

Test(resolve, a_link_to_the_root_leads_there)
{
	leads_to("l /data /\n", "/data", "/");
	leads_to("l /data /\nf /srv/x\n", "/data/srv/x", "/srv/x");
	leads_to("l /data ..\n", "/data", "/");
}

Test(resolve, dots_go_up_from_where_the_link_led)
{
	leads_to("l /srv/l /var/data/deep\nd /var/data/deep\nf /var/data/x\nf /srv/x\n", "/srv/l/../x", "/var/data/x");
}

Test(resolve, each_link_is_told_in_order)
{
	struct resolved r;

	cr_assert_eq(resolve("l /a b\nl /b/l ../c\nf /c/x\n", "/a/l/x", &r), 0, "%s", r.path);
	cr_assert_eq(r.links.n, 2);
	cr_assert_str_eq(r.links.v[0].at, "/a");
	cr_assert_str_eq(r.links.v[0].target, "b");
	cr_assert_str_eq(r.links.v[1].at, "/b/l");
	cr_assert_str_eq(r.links.v[1].target, "../c");
}

Test(resolve, what_stands_in_the_way_is_an_error_and_the_path_is_named_to_its_end)
{
	struct resolved r;

	cr_assert_eq(resolve("d /srv\n", "/srv/none/deep/x", &r), -ENOENT);
	cr_assert_str_eq(r.path, "/srv/none/deep/x");
	cr_assert_eq(r.node->kind, NODE_MISSING);
	cr_assert_eq(resolve("f /srv/f\n", "/srv/f/x", &r), -ENOTDIR);
	cr_assert_eq(resolve("x /root/.ssh\n", "/root/.ssh/id", &r), -EACCES);
	cr_assert_eq(resolve("x /root/.ssh\n", "/root/.ssh", &r), -EACCES);
	cr_assert_eq(resolve("l /srv/l none\n", "/srv/l/x", &r), -ENOENT);
	cr_assert_str_eq(r.path, "/srv/none/x");
}

Test(resolve, a_loop_ends)
{
	struct resolved r;

	cr_assert_eq(resolve("l /a b\nl /b a\n", "/a", &r), -ELOOP);
	cr_assert_eq(resolve("l /a a/b\n", "/a", &r), -ELOOP);
	cr_assert_eq(r.links.n, 40, "as many as the kernel follows");
}

Test(resolve, a_chain_as_long_as_the_kernel_follows)
{
	const char *machine = "f /l40\n";

	for (int i = 0; i < 40; i++)
		machine = arena_printf(arena, "%sl /l%d l%d\n", machine, i, i + 1);
	leads_to(machine, "/l0", "/l40");
}

Test(resolve, bytes_that_are_no_text_are_bytes)
{
	leads_to("l /srv/\xff /var/\x01\nf /var/\x01/\xfe\n", "/srv/\xff/\xfe", "/var/\x01/\xfe");
}
