/* SPDX-License-Identifier: MIT */
#include "profile_support.h"

TestSuite(profile_entries, .init = world_open, .fini = world_close);

/* Name of the profile that `sbox COMMAND` takes. */
static const char *chosen(const char *command)
{
	put("shipped/default.ini", "");
	cr_assert_eq(load_name(NULL, command), 0, "%s", problems());
	return w->profile->name;
}

Test(profile_entries, command_without_slash_or_in_a_standard_directory)
{
	put("shipped/web.ini", "[profile]\ncommands = firefox chromium\n");
	cr_assert_str_eq(chosen("firefox"), "web");
	cr_assert_str_eq(chosen("/usr/bin/chromium"), "web");
	cr_assert_str_eq(chosen("./firefox"), "default");
	cr_assert_str_eq(chosen("/tmp/firefox"), "default");
	cr_assert_str_eq(chosen("/usr/bin/../../tmp/firefox"), "default");
	cr_assert_str_eq(chosen("/usr/bin/x/firefox"), "default");
	cr_assert_str_eq(chosen("fire"), "default");
	cr_assert_str_eq(chosen(""), "default");
}

Test(profile_entries, a_path_that_the_callers_PATH_leads_to)
{
	static char list[] = "PATH=.:bin:/home/u/bin::/opt/tool/bin/";
	static char *env[] = { list, NULL };

	w->caller.environ = env;
	put("shipped/web.ini", "[profile]\ncommands = firefox\n");
	cr_assert_str_eq(chosen("/home/u/bin/firefox"), "web");
	cr_assert_str_eq(chosen("/home/u/bin/x/firefox"), "default");
	cr_assert_str_eq(chosen("/home/u/firefox"), "default");
	cr_assert_str_eq(chosen("./firefox"), "default");
	cr_assert_str_eq(chosen("bin/firefox"), "default");
	cr_assert_str_eq(chosen("/firefox"), "default");
	cr_assert_str_eq(chosen("/home/u/bin/"), "default");
}

Test(profile_entries, a_byte_order_mark_and_odd_blanks_hide_no_commands)
{
	put("shipped/web.ini", "\xef\xbb\xbf[profile]\ncommands\v=\r\ffirefox\v\r\n");
	cr_assert_str_eq(chosen("firefox"), "web");
}

Test(profile_entries, user_over_system_over_shipped)
{
	put("shipped/a.ini", "[profile]\ncommands = x\n");
	cr_assert_str_eq(chosen("x"), "a");
	put("system/b.ini", "[profile]\ncommands = x\n");
	cr_assert_str_eq(chosen("x"), "b");
	put(USER "c.ini", "[profile]\ncommands = x\n");
	cr_assert_str_eq(chosen("x"), "c");
}

Test(profile_entries, two_claims_in_one_directory_name_both)
{
	put("shipped/a.ini", "[profile]\ncommands = x y\n");
	put("shipped/b.ini", "[profile]\ncommands = z x\n");
	cr_assert_str_eq(chosen("y"), "a");
	cr_assert_eq(load_name(NULL, "x"), -EINVAL);
	cr_assert(said("shipped/a.ini") && said("shipped/b.ini"), "%s", problems());
	cr_assert(said("--profile=a or --profile=b"), "%s", problems());
	put("system/c.ini", "[profile]\ncommands = x\n");
	cr_assert_str_eq(chosen("x"), "c");
}

Test(profile_entries, a_shadowed_profile_claims_nothing_unless_it_is_extended)
{
	put("shipped/web.ini", "[profile]\ncommands = firefox\n");
	put(USER "web.ini", "[files]\nhome = host\n");
	cr_assert_str_eq(chosen("firefox"), "default");
	put(USER "web.ini", "[profile]\nextends = web\n");
	cr_assert_str_eq(chosen("firefox"), "web");
}

Test(profile_entries, drop_ins_claim_and_give_up)
{
	put("shipped/web.ini", "[profile]\ncommands = firefox\n");
	put(USER "web.d/more.ini", "[profile]\ncommands = librewolf\n");
	cr_assert_str_eq(chosen("librewolf"), "web");
	cr_assert_str_eq(chosen("firefox"), "web");
	put(USER "web.d/more.ini", "[profile]\ncommands =\n");
	cr_assert_str_eq(chosen("firefox"), "default");
}

Test(profile_entries, only_the_section_profile_counts_and_broken_files_do_no_harm)
{
	put("shipped/a.ini", "[files]\ncommands = x\n");
	put("shipped/b.ini", "garbage\n[profile\ncommands\n[[[=\n");
	put("shipped/c.ini/d", "");
	put("shipped/.hidden.ini", "[profile]\ncommands = x\n");
	cr_assert_str_eq(chosen("x"), "default");
}

Test(profile_entries, list_is_complete_and_sorted)
{
	profile_entries list = { 0 };

	put("shipped/web.ini", "[profile]\ndescription = the web\ncommands = a b\n");
	put("shipped/base-desktop.ini", "[profile]\ndescription = parts\n");
	put("shipped/base.ini", "");
	put(USER "web.ini", "[profile]\ndescription = mine\n");
	put(USER "bad name.ini", "");
	put(USER "wbe.d/x.ini", "");
	cr_assert_eq(profile_entries_find(w->arena, &w->caller, &list, &w->err), 0);
	cr_assert_eq(list.n, 3);
	cr_assert_str_eq(list.v[0].name, "base");
	cr_assert(list.v[0].fragment && list.v[1].fragment && !list.v[2].fragment);
	cr_assert_str_eq(list.v[1].description, "parts");
	cr_assert_str_eq(list.v[2].description, "mine");
	cr_assert_eq(list.v[2].kind, LAYER_USER);
	cr_assert_str_eq(list.v[2].shadows, "shipped/web.ini");
	cr_assert_null(list.v[2].commands);
	cr_assert(said("\"bad name\" is not a profile name"), "%s", problems());
	cr_assert(said("wbe.d: not used: there is no profile \"wbe\""), "%s", problems());
}
