/* SPDX-License-Identifier: MIT */
#include "profile_support.h"

TestSuite(profile_ini, .init = world_open, .fini = world_close);

Test(profile_ini, reads_comments_blanks_crlf_and_a_missing_last_newline)
{
	assert_loads("\xef\xbb\xbf# one\r\n; two\r\n\r\n  # three\n[files]\r\nhome = host\r\n\t\n[network]\nmode=host");
	cr_assert_eq(profile_number(w->profile, KEY_files_home), HOME_HOST);
	cr_assert_eq(profile_get(w->profile, KEY_files_home)->from.line, 6);
	cr_assert_eq(profile_get(w->profile, KEY_network_mode)->from.line, 9);
}

Test(profile_ini, counts_lines_past_bad_ones)
{
	assert_refused("[files]\n  indented = 1\nnonsense\n[bad\nrw = x\n\nhom = host\n", "t.ini:2: an indented line");
	cr_assert(said("t.ini:3: no \"=\""));
	cr_assert(said("t.ini:4: a section without \"]\""));
	/* below a refused header nothing can be said about a key */
	cr_assert(!said("t.ini:5"));
	cr_assert_eq(w->err.errors, 3, "%s", problems());
}

Test(profile_ini, names_the_nearest_section_and_key)
{
	assert_refused("[file]\n", "t.ini:1: unknown section [file]");
	cr_assert(said("did you mean [files]?"));
	assert_refused("[files]\nhoem = host\n", "t.ini:2: unknown key \"hoem\" in [files]");
	cr_assert(said("did you mean \"home\"?"));
	assert_refused("[files]\nmode = host\n", "mode belongs to [network]");
}

Test(profile_ini, unknown_section_is_found_even_when_empty)
{
	assert_refused("[files]\nhome = host\n[netwrok]\n[ids]\n", "t.ini:3: unknown section [netwrok]");
	cr_assert(said("did you mean [network]?"));
}

Test(profile_ini, long_section_name_is_not_cut_to_a_known_one)
{
	assert_refused("[files                                             x]\nhome = host\n",
		       "t.ini:1: unknown section");
}

Test(profile_ini, a_section_may_be_opened_again)
{
	assert_loads("[files]\nro = /a\n[ids]\nuser = root\n[files]\nro = /b\n");
	cr_assert_str_eq(nth(KEY_files_ro, 1)->v.src, "/b");
	cr_assert_eq(nth(KEY_files_ro, 1)->from.line, 6);
}

Test(profile_ini, refuses_what_inih_would_read_differently)
{
	assert_refused("[files]\nro = /a ; all of it\n", "t.ini:2: \" ;\" inside a line");
	assert_refused("[files]\nro = \"/a\t;b\"\n", "t.ini:2: \" ;\" inside a line");
	assert_refused("[files]\nro: /a\n", "t.ini:2: no \"=\": a key and its value are separated by \"=\"");
	assert_refused("[files]\nro: /a=b\n", "t.ini:2: \":\" before the \"=\"");
	assert_refused("[files] ro = /a\n", "t.ini:1: text after the \"]\"");
	assert_refused("[files]\n= /a\n", "t.ini:2: no key before the \"=\"");
	assert_refused("ro = /a\n", "t.ini:1: a key before the first section");
	assert_refused("[files]\nro = /a\n /b\n", "t.ini:3: an indented line");
}

Test(profile_ini, a_comment_behind_a_path_does_not_become_part_of_it)
{
	assert_refused("[files]\nhide = ~/.ssh  # keys\n", "t.ini:2: hide: \" #\" inside a value");
	assert_loads("[files]\nhide = /a#b\n[environment]\nset = A=x #y\n[profile]\ndescription = C # and others\n");
	cr_assert_str_eq(nth(KEY_files_hide, 0)->v.src, "/a#b");
	cr_assert_str_eq(nth(KEY_environment_set, 0)->v.text, "x #y");
}

static const char *line_of(size_t n)
{
	char *text = arena_alloc(w->arena, n + 32);

	memset(text, 'x', n + 31);
	memcpy(text, "[files]\nro = /", 14);
	text[8 + n] = '\n';
	memcpy(text + 9 + n, "home = host\n", 13);
	return text;
}

Test(profile_ini, overlong_line_is_refused_and_the_longest_allowed_is_whole)
{
	assert_loads(line_of(198));
	cr_assert_eq(strlen(nth(KEY_files_ro, 0)->v.src), 198 - 5);
	assert_refused(line_of(199), "t.ini:2: overlong line: 199 bytes");
	/* the pieces are never parsed, the rest is */
	cr_assert_eq(w->err.errors, 1, "%s", problems());
	cr_assert_eq(profile_list(w->profile, KEY_files_ro)->n, 0);
	cr_assert_eq(profile_number(w->profile, KEY_files_home), HOME_HOST);
}

Test(profile_ini, nul_byte_is_refused_with_its_line)
{
	static const char text[] = "[files]\nhome = host\nro = /a\0/b\n";

	ini_read(&w->load, "x.ini", text, sizeof(text) - 1, NULL, NULL);
	cr_assert(said("x.ini:3: not a text file: it has a NUL byte"), "%s", problems());
}

Test(profile_ini, empty_file_is_an_empty_profile)
{
	assert_loads("");
	cr_assert_eq(profile_number(w->profile, KEY_network_mode), NET_NONE);
}
