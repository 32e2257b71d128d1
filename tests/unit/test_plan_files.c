/* SPDX-License-Identifier: MIT */
/* The lines of [files], one kind after the other. */
#include "support.h"

TestSuite(plan_files, .fini = leak_check);

/* ---- patterns ---- */

Test(plan_files, a_pattern_gives_what_it_hits_and_says_how_many)
{
	PLAN(b, "[files]\nro = /srv/*.conf\n", "f /srv/a.conf\nf /srv/b.conf\nf /srv/c.txt\nf /srv/.d.conf\nf /srv/sub/e.conf\n");
	cr_assert(is_ro(entry(b, "/srv/a.conf")));
	cr_assert(is_ro(entry(b, "/srv/b.conf")));
	cr_assert_null(entry(b, "/srv/c.txt"));
	cr_assert_null(entry(b, "/srv/.d.conf"), "a leading dot is written");
	cr_assert_null(entry(b, "/srv/sub"));
	cr_assert(strstr(bench_remarks(b), "2: /srv/*.conf: 2 hits"), "%s", bench_remarks(b));
}

Test(plan_files, a_pattern_without_a_hit_is_no_error)
{
	PLAN(b, "[files]\nro = /srv/*.conf\nhide = /none/*\n", "d /srv\n");
	cr_assert(strstr(bench_remarks(b), "/srv/*.conf: 0 hits"), "%s", bench_remarks(b));
	cr_assert(strstr(bench_remarks(b), "/none/*: 0 hits"), "%s", bench_remarks(b));
}

Test(plan_files, a_hidden_link_to_dev_null_takes_no_device_away)
{
	PLAN(b, "[files]\nrw = /srv\nhide = /srv/history\n", "l /srv/history /dev/null\n");
	cr_assert(is_kind(entry(b, "/dev/null"), MOUNT_DEVICE));
	cr_assert(strstr(bench_remarks(b), "3: /srv/history leads to /dev/null"), "%s", bench_remarks(b));
	PLAN(itself, "[files]\nhide = /dev/null\n", "");
	cr_assert(strstr(bench_remarks(itself), "/dev/null is left out"), "%s", bench_remarks(itself));
}

Test(plan_files, a_path_written_out_beats_a_pattern)
{
	PLAN(b, "[files]\nrw = /srv\nhide = /srv/*.key\nro = /srv/public.key\n", "f /srv/secret.key\nf /srv/public.key\n");
	cr_assert(is_kind(entry(b, "/srv/secret.key"), MOUNT_MASK));
	cr_assert(is_ro(entry(b, "/srv/public.key")));
}

Test(plan_files, two_patterns_that_disagree_are_a_contradiction)
{
	REFUSED("[files]\nrw = /srv\nhide = /srv/*.key\nro = /srv/p*\n", "f /srv/public.key\n", 4, "contradicts");
}

Test(plan_files, a_pattern_in_a_directory_that_cannot_be_listed)
{
	REFUSED("[files]\nro = ~\nhide = ~/keys/*.key\n", "f /home/u/keys/a.key\nm /home/u/keys 0300\n", 3, "cannot list /home/u/keys");
	PLAN(b, "[files]\nro = ~\nhide = -~/keys/*.key\n", "f /home/u/keys/a.key\nm /home/u/keys 0300\n");
}
