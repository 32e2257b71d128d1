/* SPDX-License-Identifier: MIT */
#include "profile_support.h"

TestSuite(profile_paths, .init = world_open, .fini = world_close);

static const struct value *files(const char *line)
{
	char *name = arena_strndup(w->arena, line, strcspn(line, " ="));

	assert_loads(arena_printf(w->arena, "[files]\n%s\n", line));
	return &nth(key_find("files", name), 0)->v;
}

static void refuse(const char *line, const char *message)
{
	assert_refused(arena_printf(w->arena, "[files]\n%s\n", line), message);
}

static const char *in(const char *dir, const char *rest)
{
	return arena_printf(w->arena, "%s/%s", dir, rest);
}

Test(profile_paths, one_path_is_the_same_inside)
{
	const struct value *v = files("ro = /srv//a b/./c/");

	cr_assert_str_eq(v->src, "/srv/a b/c");
	cr_assert_str_eq(v->dst, "/srv/a b/c");
	cr_assert(!v->glob);
}

Test(profile_paths, source_and_destination_split_at_the_first_plain_colon)
{
	const struct value *v = files("rw = ~/p\\:q:/srv/p\\:q");

	cr_assert_str_eq(v->src, in(w->caller.home, "p:q"));
	cr_assert_str_eq(v->dst, "/srv/p:q");
	refuse("rw = /a:/b:/c", "HOST or HOST:INSIDE is expected");
	refuse("rw = /a:", "an empty path");
	refuse("rw = :/a", "an empty path");
	refuse("rw = /a:b", "a relative path: \"b\"");
}

Test(profile_paths, a_hide_with_a_colon_is_not_taken_for_two_paths)
{
	refuse("hide = /a:/b", "hide: one path is expected");
	cr_assert(said("a colon in a name is written \\:"));
	cr_assert_str_eq(files("hide = /a\\:b")->src, "/a:b");
}

Test(profile_paths, a_minus_makes_it_optional)
{
	assert_loads("[files]\nro = -/nowhere\nhide = - ~/x\n");
	cr_assert(nth(KEY_files_ro, 0)->optional);
	cr_assert_str_eq(nth(KEY_files_ro, 0)->v.src, "/nowhere");
	cr_assert_str_eq(nth(KEY_files_ro, 0)->raw, "-/nowhere");
	cr_assert(nth(KEY_files_hide, 0)->optional);
	refuse("tmpfs = -/x", "tmpfs: a relative path: \"-/x\"");
	cr_assert(said("a leading \"-\" is for ro, rw"));
}

Test(profile_paths, relative_path_has_a_remedy)
{
	refuse("ro = docs", "t.ini:2: ro: a relative path: \"docs\"");
	cr_assert(said("write ~/docs or ${CWD}/docs"));
	refuse("ro = \"/srv/a\"", "without the quotes");
}

Test(profile_paths, relative_path_on_the_command_line_is_below_the_cwd)
{
	option(KEY_files_rw, "out");
	option(KEY_files_ro, "../shared:inside");
	option(KEY_files_hide, "*.pem");
	assert_loads("");
	cr_assert_str_eq(nth(KEY_files_rw, 0)->v.src, in(w->caller.cwd, "out"));
	cr_assert_str_eq(nth(KEY_files_ro, 0)->v.src, in(w->caller.home, "shared"));
	cr_assert_str_eq(nth(KEY_files_ro, 0)->v.dst, in(w->caller.cwd, "inside"));
	cr_assert_str_eq(nth(KEY_files_hide, 0)->v.src, in(w->caller.cwd, "*.pem"));
	cr_assert(nth(KEY_files_hide, 0)->v.glob);
}

Test(profile_paths, relative_path_without_a_cwd)
{
	w->caller.cwd = NULL;
	option(KEY_files_rw, "out");
	cr_assert_eq(load_text(""), -EINVAL);
	cr_assert(said("option --test: the current directory cannot be named"), "%s", problems());
}

Test(profile_paths, patterns)
{
	const struct value *v = files("hide = ~/.ssh/id_*");

	cr_assert(v->glob);
	cr_assert_str_eq(v->src, in(w->caller.home, ".ssh/id_*"));
	cr_assert(files("ro = /usr/lib/x[ab]?")->glob);
	cr_assert_str_eq(files("ro = /*")->src, "/*");
	refuse("rw = /a/*", "a pattern where none is possible");
	refuse("noexec = /a/*", "a pattern where none is possible");
	refuse("hide = /*/secret", "a pattern must be the whole last component");
	refuse("ro = /a/*:/b", "a pattern may hit several paths");
	refuse("ro = /a:/b/*", "a pattern where none is possible");
	refuse("hide = /a/${USER}*", "a pattern must be the whole last component");
	refuse("ro = *.c", "a relative path: \"*.c\"");
}

Test(profile_paths, brackets_that_are_meant_as_such)
{
	w->caller.cwd = "/srv/p[1]";
	const struct value *v = files("rw = ${CWD}/out");

	cr_assert_str_eq(v->src, "/srv/p[1]/out");
	cr_assert(!v->glob);
	v = files("rw = /srv/p\\[1]");
	cr_assert_str_eq(v->src, "/srv/p[1]");
	cr_assert(!v->glob);
	v = files("hide = ${CWD}/*.pem");
	cr_assert_str_eq(v->src, "/srv/p[1]/*.pem");
	cr_assert(v->glob);
}

Test(profile_paths, keep_is_a_directory_of_the_home)
{
	cr_assert_str_eq(files("keep = ~/.cache/x")->src, in(w->caller.home, ".cache/x"));
	refuse("keep = ~", "not a directory of the home");
	refuse("keep = /srv", "not a directory of the home");
	refuse("keep = ~/../x", "not a directory of the home");
}

Test(profile_paths, tmpfs)
{
	const struct value *v = files("tmpfs = /srv/my files size=8M mode=1777");

	cr_assert_str_eq(v->dst, "/srv/my files");
	cr_assert_eq(v->number, 8 << 20);
	cr_assert_eq(v->mode, 01777);
	v = files("tmpfs = ~/.cache");
	cr_assert_eq(v->number, 0);
	cr_assert_eq(v->mode, 0755);
	refuse("tmpfs = /a size=1", "too small to work: at least 4K");
	refuse("tmpfs = /a size=8X", "unknown unit \"X\"");
	refuse("tmpfs = /a mode=9", "not an octal mode");
	refuse("tmpfs = /a size=8M size=9M", "size= is there twice");
	refuse("tmpfs = /a mode=700 size=8M mode=700", "mode= is there twice");
	refuse("tmpfs = size=8M", "relative path");
}

Test(profile_paths, symlink_and_data)
{
	const struct value *v = files("symlink = ~/l -> ../a b");

	cr_assert_str_eq(v->dst, in(w->caller.home, "l"));
	cr_assert_str_eq(v->text, "../a b");
	refuse("symlink = /l /a", "LINK -> TARGET is expected");
	v = files("data = /etc/motd  hello,  ${USER}: 100*1");
	cr_assert_str_eq(v->dst, "/etc/motd");
	cr_assert_str_eq(v->text, "hello,  alice: 100*1");
	cr_assert_str_eq(files("data = /etc/empty")->text, "");
	refuse("data = etc/motd x", "a relative path");
}
