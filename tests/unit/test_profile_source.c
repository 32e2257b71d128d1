/* SPDX-License-Identifier: MIT */
#include "profile_support.h"

TestSuite(profile_source, .init = world_open, .fini = world_close);

Test(profile_source, a_contradiction_names_both_lines)
{
	assert_refused("[network]\nmode = host\n\n[files]\nhome = host\n[network]\nmode = none\n",
		       "t.ini:7: mode: \"none\" contradicts \"host\" in line 2");
	assert_refused("[environment]\nset = A=1\nset = B=1\nset = A=2\n",
		       "t.ini:4: set: \"A=2\" contradicts \"A=1\" in line 2");
}

Test(profile_source, the_same_thing_said_twice_is_none)
{
	assert_loads("[network]\nmode = host\nmode = host\n[files]\ntmp-size = 1G\ntmp-size = "
		     "1024M\n[environment]\nset = A=1\nset = A=1\n");
}

Test(profile_source, all_problems_of_all_files_in_one_run)
{
	put(USER "p.ini", "[files]\nhom = host\n");
	put(USER "t.d/x.ini", "[files]\ncwd = maybe\n");
	option(KEY_network_mode, "everywhere");
	assert_refused("[profile]\nextends = p missing\n[ids]\nuser = -1\n[what]\n", "p.ini:2: unknown key");
	cr_assert(said("t.ini:2: extends: unknown profile \"missing\""));
	cr_assert(said("t.ini:4: user: "));
	cr_assert(said("t.ini:5: unknown section [what]"));
	cr_assert(said("t.d/x.ini:2: cwd: unknown word \"maybe\""));
	cr_assert(said("option --test: unknown word \"everywhere\""));
	cr_assert_eq(w->err.errors, 6, "%s", problems());
	cr_assert_not_null(w->profile);
}

Test(profile_source, no_file_is_read_twice)
{
	put(USER "p.ini", "[files]\nhom = host\n");
	put(USER "a.ini", "[profile]\nextends = p\n");
	assert_refused("[profile]\nextends = a p ./p.ini\n", "p.ini:2");
	cr_assert_eq(w->err.errors, 1, "%s", problems());
}
