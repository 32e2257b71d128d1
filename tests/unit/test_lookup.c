/* SPDX-License-Identifier: MIT */
/* A path is walked as the kernel walks it: this process looks at itself. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "leak_check.h"
#include "report/lookup.h"

static char top[64];

static void make(void)
{
	(void)snprintf(top, sizeof(top), "/tmp/sbox-test-XXXXXX");
	cr_assert(mkdtemp(top) && chdir(top) == 0);
	cr_assert(mkdir("d", 0700) == 0 && mkdir("d/e", 0700) == 0 && symlink("d/e", "rel") == 0 && symlink("loop", "loop") == 0);
	cr_assert(symlink("../f", "d/up") == 0 && symlink("/usr/bin/env", "abs") == 0 && symlink("gone/x", "dangling") == 0);
	int fd = open("f", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	cr_assert(fd >= 0);
	(void)close(fd);
}

static void take_away(void)
{
	static const char *const names[] = { "d/up", "d/e", "d", "rel", "loop", "abs", "dangling", "f" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		(void)remove(names[i]);
	(void)!chdir("/");
	(void)rmdir(top);
	leak_check();
}

TestSuite(lookup, .init = make, .fini = take_away);

static struct place at;

static const char *walk(const char *path, bool follow)
{
	static char rest[PATH_MAX];

	cr_assert_eq(lookup(getpid(), DIR_CWD, path, follow, &at), 0, "%s", path);
	fd_close(&at.fd);
	if (strncmp(at.path, top, strlen(top)) != 0)
		return at.path;
	(void)snprintf(rest, sizeof(rest), "%s", at.path + strlen(top));
	return rest;
}

Test(lookup, links_and_dots_lead_where_the_kernel_goes)
{
	cr_assert_str_eq(walk("f", true), "/f");
	cr_assert_str_eq(walk("./d/../d//e/", true), "/d/e");
	cr_assert_str_eq(walk("rel", true), "/d/e");
	cr_assert_str_eq(walk("rel/../up", true), "/f");
	cr_assert_str_eq(walk("rel", false), "/rel");
	cr_assert(S_ISLNK(at.st.st_mode));
	cr_assert_str_eq(walk("rel/", false), "/d/e", "a slash follows");
	cr_assert_str_eq(walk("/../../..", true), "/");
	cr_assert_eq(at.error, 0);
	struct stat st;
	cr_assert(stat("abs", &st) < 0 || (walk("abs", true) && at.st.st_ino == st.st_ino && at.error == 0));
}

/* The kernel's word for a directory that is gone is no part of a name; and a name may be that word. */
Test(lookup, deleted)
{
	cr_assert(mkdir("x", 0700) == 0 && mkdir("y (deleted)", 0700) == 0);
	_cleanup_close_ int gone = open("x", O_RDONLY | O_DIRECTORY | O_CLOEXEC), called = open("y (deleted)", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert(gone >= 0 && called >= 0 && rmdir("x") == 0);
	cr_assert_eq(lookup(getpid(), gone, "new", true, &at), -ENOENT);
	cr_assert_eq(lookup(getpid(), called, "new", true, &at), 0);
	cr_assert(strstr(at.path, "/y (deleted)/new"), "%s", at.path);
	fd_close(&at.fd);
	cr_assert_eq(rmdir("y (deleted)"), 0);
}

Test(lookup, what_is_missing_has_a_name)
{
	static const struct {
		const char *path, *at;
		int error;
		bool parent;
	} rows[] = {
		{ "d/new", "/d/new", ENOENT, true },	      { "d/new/", "/d/new", ENOENT, true },
		{ "no/such/file", "/no/such/file", ENOENT, false }, { "f/x", "/f", ENOTDIR, false },
		{ "dangling", "/gone/x", ENOENT, false },     { "rel/new", "/d/e/new", ENOENT, true },
		{ "no//such/./f/", "/no/such/f", ENOENT, false }, { "no/such/../f", "/no/such", ENOENT, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *where = walk(rows[i].path, true);

		cr_assert_eq(at.error, rows[i].error, "%s: %d", rows[i].path, at.error);
		if (rows[i].error == ENOENT)
			cr_assert_str_eq(where, rows[i].at);
		cr_assert(rows[i].error != ENOENT || at.parent == rows[i].parent, "%s", rows[i].path);
	}
	cr_assert_eq(lookup(getpid(), DIR_CWD, "loop", true, &at), -ELOOP);
	cr_assert_eq(lookup(getpid(), 1000, "x", true, &at), -ENOENT, "no such descriptor");
}

Test(lookup, a_directory_may_be_a_descriptor)
{
	_cleanup_close_ int fd = open("d/e", O_PATH | O_CLOEXEC);

	cr_assert_eq(lookup(getpid(), fd, "../up", true, &at), 0);
	fd_close(&at.fd);
	cr_assert_str_eq(at.path + strlen(top), "/f");
}

/* What /proc/self is depends on who asks. */
Test(lookup, links_of_proc_are_not_judged)
{
	(void)walk("/proc/self/exe", true);
	cr_assert(at.unknown);
}
