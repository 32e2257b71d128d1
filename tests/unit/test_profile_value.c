/* SPDX-License-Identifier: MIT */
#include "profile_support.h"

TestSuite(profile_value, .init = world_open, .fini = world_close);

Test(profile_value, words_become_their_enum)
{
	assert_loads("[files]\nhome = host-ro\ncwd = rw\n[namespaces]\nnested = full\n[network]\nmode = host\n");
	cr_assert_eq(profile_number(w->profile, KEY_files_home), HOME_HOST_RO);
	cr_assert_eq(profile_number(w->profile, KEY_files_cwd), CWD_RW);
	cr_assert_eq(profile_number(w->profile, KEY_namespaces_nested), NESTED_FULL);
	cr_assert_eq(profile_number(w->profile, KEY_network_mode), NET_HOST);
}

Test(profile_value, unknown_word_names_the_nearest_and_all_others)
{
	assert_refused("[network]\nmode = hots\n", "t.ini:2: mode: unknown word \"hots\"");
	cr_assert(said("did you mean \"host\"? (none, host or user)"), "%s", problems());
	assert_refused("[files]\nsystem = hsot\n", "did you mean \"host\"?");
	assert_refused("[desktop]\ngpu = true\n", "gpu: unknown word \"true\"");
	assert_refused("[landlock]\nscope = signals\n", "did you mean \"signal\"?");
}

Test(profile_value, word_lists_split_at_blanks)
{
	assert_loads("[profile]\ncommands = a  b\tc\nrequire = landlock cwd\n");
	cr_assert_eq(profile_list(w->profile, KEY_profile_commands)->n, 3);
	cr_assert_str_eq(nth(KEY_profile_commands, 2)->v.text, "c");
	cr_assert_eq(nth(KEY_profile_require, 1)->v.number, HINT_CWD);
}

Test(profile_value, empty_scalar_is_an_error)
{
	assert_refused("[files]\nhome =\n", "t.ini:2: home: no value");
	cr_assert(said("home = ephemeral"));
	assert_refused("[profile]\ndescription =\n", "description: no value");
}

Test(profile_value, environment)
{
	assert_loads("[environment]\nset = A=b=c  d\nset = B=\nset = C=${HOME}/x\n");
	cr_assert_str_eq(nth(KEY_environment_set, 0)->v.name, "A");
	cr_assert_str_eq(nth(KEY_environment_set, 0)->v.text, "b=c  d");
	cr_assert_str_eq(nth(KEY_environment_set, 1)->v.text, "");
	cr_assert_str_eq(nth(KEY_environment_set, 2)->v.text, arena_printf(w->arena, "%s/x", w->caller.home));
	assert_refused("[environment]\nset = DISPLAY\n", "set: NAME=VALUE is expected");
	cr_assert(said("`pass = DISPLAY`"));
	assert_refused("[environment]\nset = 1A=x\n", "not the name of a variable: \"1A\"");
	assert_refused("[environment]\npass = A=x\n", "a variable's name has no \"=\"");
}

Test(profile_value, user)
{
	assert_loads("[ids]\nuser = 1234\n");
	cr_assert_eq(profile_number(w->profile, KEY_ids_user), USER_NUMBER);
	cr_assert_eq(profile_get(w->profile, KEY_ids_user)->v.id, 1234);
	assert_loads("[ids]\nuser = root\n");
	cr_assert_eq(profile_number(w->profile, KEY_ids_user), USER_ROOT);
	assert_refused("[ids]\nuser = 4294967295\n", "not a user id");
	assert_refused("[ids]\nuser = 12a\n", "not a user id");
	assert_refused("[ids]\nuser = rot\n", "did you mean \"root\"?");
}

Test(profile_value, names_are_checked_where_no_table_can)
{
	assert_refused("[profile]\ncommands = /usr/bin/make\n", "commands: a program's name has no \"/\"");
	cr_assert(said("write make"));
	assert_refused("[profile]\nextends = .hidden\n", "not a profile name: \".hidden\"");
	assert_refused("[namespaces]\nhostname = a_b\n", "not a host name");
	assert_refused("[namespaces]\nhostname = a b\n", "one word is expected");
	assert_refused("[process]\npass-fds = 3 x\n", "not a descriptor: \"x\"");
}
