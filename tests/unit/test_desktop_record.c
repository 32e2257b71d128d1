/* SPDX-License-Identifier: MIT */
/* Records of what was written, and files put into their places. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/path.h"
#include "desktop/record.h"
#include "leak_check.h"

static struct arena *a;
static char *dir;

static void setup(void)
{
	char template[] = "/tmp/sbox-record.XXXXXX";

	a = arena_new();
	dir = arena_strdup(a, mkdtemp(template));
}

static void teardown(void)
{
	cr_assert_eq(system(arena_printf(a, "rm -rf %s", dir)), 0);
	arena_free(a);
	leak_check();
}

TestSuite(desktop_record, .init = setup, .fini = teardown);

static struct record sample(void)
{
	struct record r = { .kind = LAUNCHER_ENTRY,
			    .program = "x",
			    .profile = "p",
			    .dir = "/h/applications",
			    .name = "kde/x.desktop",
			    .source = "/usr/x.desktop",
			    .from = { "a\0b\n", 4 },
			    .written = blob_of("new"),
			    .mode = 0644,
			    .former = { .type = FILE_REGULAR,
					.mode = 0600,
					.mtime = 1234567890123456789,
					.data = { "\n\ndata from 3\n", 14 } } };

	vec_push(a, &r.made, "/h/applications");
	return r;
}

Test(desktop_record, there_and_back)
{
	struct record r = sample(), back;
	struct blob text = record_text(a, &r);

	cr_assert_eq(record_parse(a, &text, &back), 0);
	cr_assert_eq(back.kind, LAUNCHER_ENTRY);
	cr_assert_str_eq(back.program, "x");
	cr_assert_str_eq(record_path(a, &back), "/h/applications/kde/x.desktop");
	cr_assert(blob_equal(&back.from, &r.from) && blob_equal(&back.written, &r.written));
	cr_assert(file_state_equal(&back.former, &r.former));
	cr_assert_eq(back.former.mtime, r.former.mtime);
	cr_assert_eq(back.made.n, 1);
}

/* An interrupted write never gets the name, but a disk may lose the end of a file. */
Test(desktop_record, every_part_of_it_alone_is_refused)
{
	struct record r = sample(), back;
	struct blob text = record_text(a, &r);

	for (size_t n = 0; n < text.size; n++) {
		struct blob cut = { memcpy(arena_alloc(a, n + 1), text.data, n), n };

		cr_assert_eq(record_parse(a, &cut, &back), -EINVAL, "%zu bytes", n);
	}
	for (size_t i = 0; i < text.size; i++) {
		char *copy = memcpy(arena_alloc(a, text.size + 1), text.data, text.size);

		copy[i] = (char)(copy[i] ^ 0x11);
		(void)record_parse(a, &(struct blob){ copy, text.size }, &back); /* an answer is enough */
	}
}

static struct file_state put_and_look(const char *name, struct file_state want)
{
	struct file_state got;
	struct place p;

	cr_assert_eq(place_open(a, dir, name, true, &p), 0);
	cr_assert_eq(place_put(&p, &want), 0);
	cr_assert_eq(place_look(a, &p, &got), 0);
	place_close(&p);
	return got;
}

Test(desktop_record, a_file_is_put_with_mode_and_time)
{
	struct file_state want = {
		.type = FILE_REGULAR, .mode = 0751, .mtime = 1000000000000000001, .data = blob_of("text")
	};
	struct file_state got = put_and_look("sub/x", want);

	cr_assert(file_state_equal(&got, &want));
	cr_assert_eq(got.mtime, want.mtime);
	got = put_and_look("sub/x", (struct file_state){ .type = FILE_LINK, .data = blob_of("/nowhere") });
	cr_assert_eq(got.type, FILE_LINK);
	cr_assert_str_eq(got.data.data, "/nowhere");
	got = put_and_look("sub/x", (struct file_state){ .type = FILE_NONE });
	cr_assert_eq(got.type, FILE_NONE);
}

Test(desktop_record, a_link_is_replaced_and_never_followed)
{
	struct place p;

	cr_assert_eq(mkdir(path_join(a, dir, "outside"), 0700), 0);
	cr_assert_eq(mkdir(path_join(a, dir, "in"), 0700), 0);
	cr_assert_eq(symlink("../outside", path_join(a, dir, "in/sub")), 0);
	cr_assert_eq(symlink("../outside/file", path_join(a, dir, "in/x")), 0);
	cr_assert_eq(place_open(a, path_join(a, dir, "in"), "sub/x", true, &p), -ELOOP);
	(void)put_and_look("in/x", (struct file_state){ .type = FILE_REGULAR, .mode = 0600, .data = blob_of("text") });
	cr_assert_eq(access(path_join(a, dir, "outside/file"), F_OK), -1);
	cr_assert_eq(place_open(a, dir, "in/..", true, &p), -EINVAL);
	cr_assert_neq(place_open(a, dir, "../x", true, &p), 0);
}

Test(desktop_record, not_in_what_others_can_write)
{
	struct place p;

	cr_assert_eq(chmod(dir, 0777), 0);
	cr_assert_eq(place_open(a, dir, "x", false, &p), -EPERM);
	cr_assert_eq(place_open(a, path_join(a, dir, "missing"), "x", false, &p), -ENOENT);
}
