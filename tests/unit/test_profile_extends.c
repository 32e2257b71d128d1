/* SPDX-License-Identifier: MIT */
#include "profile_support.h"

TestSuite(profile_extends, .init = world_open, .fini = world_close);

static const char *ro(void)
{
	const char *text = "";

	vec_each (s, profile_list(w->profile, KEY_files_ro))
		text = arena_printf(w->arena, "%s%s", text, s->v.src);
	return text;
}

Test(profile_extends, parents_in_their_order_then_the_file_then_drop_ins_then_the_command_line)
{
	put("shipped/a.ini", "[files]\nro = /a\nhome = host\n[namespaces]\nhostname = a\n");
	put("shipped/b.ini", "[files]\nro = /b\n[namespaces]\nhostname = b\n");
	put("shipped/t.ini", "[profile]\nextends = a b\n[files]\nro = /t\n");
	put("shipped/t.d/z.ini", "[files]\nro = /1\n");
	put("system/t.d/a.ini", "[files]\nro = /2\n");
	put(USER "t.d/9.ini", "[files]\nro = /4\n");
	put(USER "t.d/10.ini", "[files]\nro = /3\n");
	put(USER "t.d/Z.ini", "");
	put(USER "t.d/a.ini", "");
	put(USER "t.d/B.ini", "");
	option(KEY_files_ro, "/5");
	option(KEY_files_home, "private");
	option(KEY_files_home, "host-ro");
	cr_assert_eq(load_name("t", NULL), 0, "%s", problems());
	cr_assert_str_eq(ro(), "/a/b/t/1/2/3/4/5");
	cr_assert_str_eq(profile_get(w->profile, KEY_namespaces_hostname)->v.text, "b");
	cr_assert_eq(profile_number(w->profile, KEY_files_home), HOME_HOST_RO, "the last option wins");
	cr_assert_eq(w->profile->layers.n, 11);
	cr_assert_eq(w->profile->layers.v[10].kind, LAYER_COMMAND_LINE);
	cr_assert_str_eq(w->profile->layers.v[7].name, "t.d/B.ini");
	cr_assert_str_eq(w->profile->layers.v[8].name, "t.d/Z.ini");
	cr_assert_str_eq(w->profile->layers.v[9].name, "t.d/a.ini");
	for (size_t i = 1; i < 8; i++)
		cr_assert_gt(nth(KEY_files_ro, i)->layer, nth(KEY_files_ro, i - 1)->layer);
	cr_assert_str_eq(nth(KEY_files_ro, 5)->from.file, arena_printf(w->arena, "%s/" USER "t.d/10.ini", w->dir));
	cr_assert(nth(KEY_files_ro, 5)->user && !nth(KEY_files_ro, 4)->user);
}

Test(profile_extends, what_is_laid_over_base_holds_against_what_extends_it)
{
	put("shipped/base.ini", "[network]\nmode = none\n");
	put("shipped/t.ini", "[profile]\nextends = base\n[network]\nmode = host\n");
	put("system/base.d/site.ini", "[network]\nmode = none\n[files]\nhide = /srv\n");
	cr_assert_eq(load_name("t", NULL), 0, "%s", problems());
	cr_assert_eq(profile_number(w->profile, KEY_network_mode), NET_NONE);
	cr_assert_eq(profile_list(w->profile, KEY_files_hide)->n, 1);
}

Test(profile_extends, a_parent_of_two_parents_is_merged_once)
{
	put("shipped/base.ini", "[files]\nro = /base\nhome = ephemeral\n");
	put("shipped/a.ini", "[profile]\nextends = base\n[files]\nro = /a\nhome = host\n");
	put("shipped/b.ini", "[profile]\nextends = base\n[files]\nro = /b\n");
	assert_loads("[profile]\nextends = a b\n");
	cr_assert_str_eq(ro(), "/base/a/b");
	cr_assert_eq(profile_number(w->profile, KEY_files_home), HOME_HOST, "b must not bring base's word back");
}

Test(profile_extends, empty_assignment_empties_what_was_inherited)
{
	put("shipped/a.ini", "[files]\nro = /a\n");
	assert_loads("[profile]\nextends = a\n[files]\nro =\nro = /t\n");
	cr_assert_str_eq(ro(), "/t");
	option(KEY_files_ro, "");
	assert_loads("[profile]\nextends = a\n");
	cr_assert_str_eq(ro(), "");
}

Test(profile_extends, words_add_to_the_default_of_a_list)
{
	assert_loads("[seccomp]\nallow = @debug\n");
	cr_assert_str_eq(nth(KEY_seccomp_allow, 0)->v.text, "@base");
	cr_assert_str_eq(nth(KEY_seccomp_allow, 1)->v.text, "@debug");
	assert_loads("[seccomp]\nsockets =\nsockets = unix\n");
	cr_assert_eq(profile_list(w->profile, KEY_seccomp_sockets)->n, 1);
	assert_loads("[seccomp]\nsockets =\n");
	cr_assert_eq(profile_list(w->profile, KEY_seccomp_sockets)->n, 0);
}

Test(profile_extends, sockets_that_restrict_nothing_are_pointed_out)
{
	assert_loads("[seccomp]\nsockets = unix\n");
	cr_assert(said("t.ini:2: sockets: closes nothing"), "%s", problems());
	assert_loads("[seccomp]\nsockets = unix inet inet6 netlink:route\n");
	cr_assert_eq(w->err.warnings, 0, "the whole list is no restriction");
	option(KEY_seccomp_sockets, "unix");
	assert_loads("");
	cr_assert(said("option --test: closes nothing"), "%s", problems());
}

Test(profile_extends, description_and_commands_are_not_handed_down)
{
	put("shipped/a.ini", "[profile]\ndescription = a\ncommands = a\nrequire = landlock\n");
	assert_loads("[profile]\nextends = a\n");
	cr_assert_null(profile_get(w->profile, KEY_profile_description));
	cr_assert_eq(profile_list(w->profile, KEY_profile_commands)->n, 0);
	cr_assert_eq(profile_list(w->profile, KEY_profile_require)->n, 1);
}

Test(profile_extends, own_name_is_the_next_in_the_search_order)
{
	put("shipped/web.ini", "[profile]\ndescription = d\ncommands = firefox\n[files]\nro = /shipped\n");
	put("system/web.ini", "[profile]\nextends = web\n[files]\nro = /system\n");
	put(USER "web.ini", "[profile]\nextends = web\n[files]\nro = /user\n");
	cr_assert_eq(load_name("web", NULL), 0, "%s", problems());
	cr_assert_str_eq(ro(), "/shipped/system/user");
	cr_assert_str_eq(nth(KEY_profile_commands, 0)->v.text, "firefox");
	assert_refused("[profile]\nextends = t\n", "t.ini:2: extends: no other profile \"t\" comes after");
}

Test(profile_extends, cycle_is_a_chain)
{
	put(USER "a.ini", "[profile]\nextends = b\n");
	put(USER "b.ini", "[profile]\nextends = ./c.ini\n");
	put(USER "c.ini", "[files]\nro = /c\n[profile]\nextends = a\n");
	cr_assert_eq(load_name("a", NULL), -EINVAL);
	const char *dir = arena_printf(w->arena, "%s/" USER, w->dir);
	cr_assert(said(arena_printf(
			  w->arena,
			  "c.ini:4: extends: a profile that extends itself: %sa.ini → %sb.ini → %sc.ini → %sa.ini", dir,
			  dir, dir, dir)),
		  "%s", problems());
	cr_assert_eq(w->err.errors, 1);
}

Test(profile_extends, paths_are_relative_to_the_file_that_says_so)
{
	put("x/y/parent.ini", "[files]\nro = /parent\n");
	put("x/t.ini", "[profile]\nextends = y/parent.ini\n");
	cr_assert_eq(load_name(arena_printf(w->arena, "%s/x/t.ini", w->dir), NULL), 0, "%s", problems());
	cr_assert_str_eq(ro(), "/parent");
	put("home/p.ini", "[files]\nro = /home\n");
	assert_loads("[profile]\nextends = ~/p.ini\n");
	cr_assert_str_eq(ro(), "/home");
	assert_refused("[profile]\nextends = ./no.ini\n", "/no.ini: No such file or directory");
}

Test(profile_extends, optional_parent)
{
	put("shipped/a.ini", "[files]\nro = /a\n");
	assert_loads("[profile]\nextends = -site -./no.ini a\n");
	cr_assert_str_eq(ro(), "/a");
}

Test(profile_extends, unknown_parent_has_the_nearest)
{
	put("shipped/base.ini", "");
	assert_refused("[profile]\nextends = bsae\n", "t.ini:2: extends: unknown profile \"bsae\"");
	cr_assert(said("did you mean \"base\"?"));
}

Test(profile_extends, drop_in_cannot_extend)
{
	put(USER "t.d/x.ini", "[profile]\nextends = base\n");
	assert_refused("", "t.d/x.ini:2: extends: a drop-in cannot extend");
}

Test(profile_extends, command_line_cannot_rename)
{
	option(KEY_profile_extends, "base");
	cr_assert_eq(load_text(""), -EINVAL);
	cr_assert(said("extends has no meaning on the command line"));
}
