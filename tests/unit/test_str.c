/* SPDX-License-Identifier: MIT */
/* Quoting for terminals, near misses, words. */
#include <criterion/criterion.h>

#include "arena_fixture.h"
#include "base/str.h"

TestSuite(str, .init = arena_open, .fini = arena_close);

/* ---- quote ---- */

Test(str, what_is_harmless_is_left_alone)
{
	static const char *const clean[] = { "", "plain text", "caf\xc3\xa9", "\xe6\x97\xa5\xe6\x9c\xac", "\xf0\x9f\x98\x80", "\\x1b", "~", "\xf4\x8f\xbf\xbf" };

	for (size_t i = 0; i < ARRAY_SIZE(clean); i++)
		cr_assert_eq(quote(a, clean[i]), clean[i], "%s", clean[i]);
}

Test(str, a_shell_takes_it_for_one_word)
{
	static const char *const rows[][2] = {
		{ "", "''" },
		{ "--ro=/p/~a.b-c_d+e,f:g@h%1", "--ro=/p/~a.b-c_d+e,f:g@h%1" },
		{ "--ro=/p/a;id", "'--ro=/p/a;id'" },
		{ "--ro=/p/$(id)`id`", "'--ro=/p/$(id)`id`'" },
		{ "--ro=/p/it's \\[x]", "'--ro=/p/it'\\''s \\[x]'" },
		{ "caf\xc3\xa9", "'caf\xc3\xa9'" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		cr_assert_str_eq(shell_word(a, rows[i][0]), rows[i][1], "%s", rows[i][0]);
	cr_assert_str_eq(shell_lines(a, "--rw=/p\n--rw=/a b"), "--rw=/p\n'--rw=/a b'");
	cr_assert_null(shell_lines(a, NULL));
}

Test(str, what_acts_on_a_terminal_is_escaped)
{
	static const char *const rows[][2] = {
		{ "\x1b[31m", "\\x1b[31m" },
		{ "a\nb\tc\rd", "a\\x0ab\\x09c\\x0dd" },
		{ "\x7f", "\\x7f" },
		{ "\xc2\x9b" "31m", "\\xc2\\x9b" "31m" },             /* CSI as a C1 control */
		{ "a\xe2\x80\xae" "b", "a\\xe2\\x80\\xae" "b" },      /* right-to-left override */
		{ "\xe2\x81\xa6", "\\xe2\\x81\\xa6" },                /* isolate */
		{ "\xe2\x80\xa8", "\\xe2\\x80\\xa8" },                /* line separator */
		{ "\xd8\x9c", "\\xd8\\x9c" },                         /* Arabic letter mark */
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		cr_assert_str_eq(quote(a, rows[i][0]), rows[i][1]);
}

Test(str, what_is_no_utf8_is_escaped_byte_by_byte)
{
	static const char *const rows[][2] = {
		{ "\xff", "\\xff" },
		{ "a\x80z", "a\\x80z" },
		{ "\xc3", "\\xc3" },                                  /* cut short */
		{ "\xe2\x82", "\\xe2\\x82" },
		{ "\xc3(", "\\xc3(" },
		{ "\xc0\xaf", "\\xc0\\xaf" },                         /* overlong "/" */
		{ "\xe0\x80\xaf", "\\xe0\\x80\\xaf" },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },                /* a surrogate */
		{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },       /* above U+10FFFF */
		{ "\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80" },
		{ "\xc3\xa9\xff\xc3\xa9", "\xc3\xa9\\xff\xc3\xa9" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		cr_assert_str_eq(quote(a, rows[i][0]), rows[i][1]);
}

Test(str, no_byte_gets_through_that_a_terminal_acts_on)
{
	for (unsigned first = 1; first < 256; first++)
		for (unsigned second = 0; second < 256; second++) {
			const char text[] = { (char)first, (char)second, 0 }, *quoted = quote(a, text);

			for (const char *c = quoted; *c; c++)
				cr_assert((unsigned char)*c >= 0x20 && *c != 0x7f);
			cr_assert_eq(quote(a, quoted), quoted, "what was quoted is clean");
		}
}

/* ---- nearest ---- */

static const char *at(size_t i, const void *data)
{
	return ((const char *const *)data)[i];
}

static const char *near(const char *word)
{
	static const char *const known[] = { "ro", "rw", "hide", "network", "namespaces", "umask", NULL };

	return nearest(word, at, known);
}

Test(str, a_near_miss_is_found)
{
	cr_assert_str_eq(near("netwrok"), "network", "two neighbours swapped");
	cr_assert_str_eq(near("hdie"), "hide");
	cr_assert_str_eq(near("hid"), "hide");
	cr_assert_str_eq(near("namespace"), "namespaces");
	cr_assert_str_eq(near("umasks"), "umask");
	cr_assert_str_eq(near("network"), "network");
}

Test(str, what_is_far_off_is_not)
{
	cr_assert_null(near("zzzz"));
	cr_assert_null(near(""));
	cr_assert_null(near("x"), "a word without one letter in common");
	cr_assert_null(near("completely-different"));
}

Test(str, words_of_any_length_do_no_harm)
{
	char long_word[200];

	memset(long_word, 'a', sizeof(long_word) - 1);
	long_word[sizeof(long_word) - 1] = '\0';
	cr_assert_null(near(long_word));
	const char *const known[] = { long_word, "aaaa", NULL };
	cr_assert_str_eq(nearest("aaab", at, known), "aaaa");
}

/* ---- next_word ---- */

Test(str, words_are_cut_at_blanks)
{
	char text[] = " \tone two\t\tthree  ", *rest = text;

	cr_assert_str_eq(next_word(&rest), "one");
	cr_assert_str_eq(next_word(&rest), "two");
	cr_assert_str_eq(next_word(&rest), "three");
	cr_assert_null(next_word(&rest));
	cr_assert_null(next_word(&rest), "and stays at the end");
	char none[] = "", *empty = none, blank[] = "  \t", *blanks = blank;
	cr_assert_null(next_word(&empty));
	cr_assert_null(next_word(&blanks));
}
