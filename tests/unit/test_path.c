/* SPDX-License-Identifier: MIT */
/* Paths as text. */
#include <criterion/criterion.h>

#include "arena_fixture.h"
#include "base/path.h"

TestSuite(path, .init = arena_open, .fini = arena_close);

Test(path, normalize)
{
	static const char *const rows[][2] = {
		{ "/", "/" },           { "//", "/" },         { "/.", "/" },        { "/..", "/" },         { "/../..", "/" },
		{ "/a", "/a" },         { "/a/", "/a" },       { "//a//b//", "/a/b" }, { "/a/./b/.", "/a/b" }, { "/a/../b", "/b" },
		{ "/a/b/../../c", "/c" }, { "/a/../../b", "/b" }, { "/a/..", "/" },    { "/...", "/..." },     { "/a/..b", "/a/..b" },
		{ "/a/b..", "/a/b.." }, { "/.a", "/.a" },      { "/a b/\xff", "/a b/\xff" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *path = path_normalize(a, rows[i][0]);

		cr_assert_str_eq(path, rows[i][1], "%s became %s", rows[i][0], path);
		cr_assert_str_eq(path_normalize(a, path), path, "what is normalized stays as it is");
	}
	cr_assert_null(path_normalize(a, "a/b"));
	cr_assert_null(path_normalize(a, ""));
	cr_assert_null(path_normalize(a, "~"));
}

Test(path, join)
{
	cr_assert_str_eq(path_join(a, "/", "a"), "/a");
	cr_assert_str_eq(path_join(a, "/a", "b/c"), "/a/b/c");
	cr_assert_str_eq(path_join(a, "/a", ""), "/a");
	cr_assert_str_eq(path_join(a, "/", ""), "/");
	cr_assert_str_eq(path_join(a, "a", "b"), "a/b");
}

Test(path, parent_and_name)
{
	cr_assert_str_eq(path_parent(a, "/a/b"), "/a");
	cr_assert_str_eq(path_parent(a, "/a"), "/");
	cr_assert_str_eq(path_parent(a, "/"), "/");
	cr_assert_str_eq(path_name("/a/b"), "b");
	cr_assert_str_eq(path_name("/"), "");
	cr_assert_str_eq(path_name("b"), "b");
}

Test(path, below)
{
	cr_assert_str_eq(path_below("/a/b/c", "/a"), "b/c");
	cr_assert_str_eq(path_below("/a", "/a"), "");
	cr_assert_str_eq(path_below("/a/b", "/"), "a/b");
	cr_assert_str_eq(path_below("/", "/"), "");
	cr_assert_null(path_below("/ab", "/a"), "a name that begins alike");
	cr_assert_null(path_below("/a", "/a/b"));
	cr_assert_null(path_below("/a-b/c", "/a"));
	cr_assert_null(path_below("/b", "/a"));
	cr_assert_null(path_below("/", "/a"));
}

Test(path, below_is_the_reverse_of_join)
{
	static const char *const dirs[] = { "/", "/a", "/a/b" }, *const rests[] = { "", "x", "x/y", "\xff" };

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		for (size_t k = 0; k < ARRAY_SIZE(rests); k++)
			cr_assert_str_eq(path_below(path_join(a, dirs[i], rests[k]), dirs[i]), rests[k]);
}
