/* SPDX-License-Identifier: MIT */
/* What was denied is counted exactly, and takes no more memory than it may. */
#include <criterion/criterion.h>
#include <errno.h>
#include <jansson.h>

#include "leak_check.h"
#include "plan/verdict.h"
#include "report/reporter.h"

TestSuite(record, .fini = leak_check);

static const struct someone somebody = { .pid = 7, .command = "a\033[1m", .exe = "/bin/a" };

static struct record *deny(struct records *r, enum denial_kind kind, const char *call, const char *object)
{
	struct denial d = { .kind = kind, .call = call, .object = object, .error = ENOENT, .why = { .text = "not there" } };
	struct record *known = records_find(r, kind, call, object);

	if (!known)
		return records_add(r, &d, &somebody);
	records_count(r, known);
	return known;
}

Test(record, repetitions_are_one_record_with_a_count)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct records r;

	records_init(&r, arena);
	for (int i = 0; i < 10000; i++)
		deny(&r, DENIAL_PATH, "openat", "/x");
	deny(&r, DENIAL_PATH, "stat", "/x");
	deny(&r, DENIAL_MASKED, "openat", "/x");
	cr_assert_eq(r.n, 3);
	cr_assert_eq(r.order[0]->count, 10000);
	cr_assert_eq(r.totals[DENIAL_PATH], 10001);
}

Test(record, ten_thousand_different_ones_are_kept_apart)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct records r;
	char name[32];

	records_init(&r, arena);
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 10000; i++) {
			(void)snprintf(name, sizeof(name), "/x/%d", i);
			cr_assert_not_null(deny(&r, DENIAL_PATH, "openat", name));
		}
	cr_assert_eq(r.n, 10000);
	for (size_t i = 0; i < r.n; i++)
		cr_assert_eq(r.order[i]->count, 2);
	cr_assert_eq(r.beyond, 0);
}

Test(record, beyond_the_limit_only_the_totals_count)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct records r;
	char name[32];

	records_init(&r, arena);
	for (int i = 0; i < RECORDS_MAX + 5; i++) {
		(void)snprintf(name, sizeof(name), "%d", i);
		(void)deny(&r, DENIAL_PATH, "openat", name);
	}
	cr_assert_eq(r.n, RECORDS_MAX);
	cr_assert_eq(r.beyond, 5);
	cr_assert_eq(r.totals[DENIAL_PATH], RECORDS_MAX + 5);
	cr_assert(strstr(report_text(&r, arena), "5 more"));
}

Test(record, long_texts_are_bounded_as_well)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct records r;
	char name[4096];

	records_init(&r, arena);
	memset(name, 'x', sizeof(name) - 1);
	for (int i = 0; i < RECORDS_MAX; i++) {
		(void)snprintf(name, 16, "%015d", i);
		name[15] = 'x';
		name[sizeof(name) - 1] = '\0';
		(void)deny(&r, DENIAL_PATH, "openat", name);
	}
	cr_assert_leq(r.bytes, (size_t)RECORD_BYTES_MAX + 8192);
	cr_assert_gt(r.beyond, 0);
}

Test(record, hostile_names_reach_no_terminal_raw)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct records r;

	records_init(&r, arena);
	struct denial d = { .kind = DENIAL_PATH, .call = "openat", .object = "/\033]0;x\a\xff", .error = ENOENT };
	d.why.text = "/\033]0;x\a\xff is not visible inside";
	d.why.change = "[files] ro = /\033]0;x\a\xff";
	struct record *record = records_add(&r, &d, &somebody);
	const char *text = report_text(&r, arena), *json = report_json(record, "first", arena);
	cr_assert(!strchr(text, '\033') && !strchr(text, '\a') && !strchr(text, '\xff'), "%s", text);
	for (const char *c = json; *c; c++)
		cr_assert((*c >= ' ' && *c < 0x7f) || (*c == '\n' && !c[1]), "%s", json);
}

Test(record, each_line_of_json_says_what_a_script_needs)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct records r;
	json_t *object, *first;

	records_init(&r, arena);
	struct denial d = { .kind = DENIAL_READ_ONLY, .call = "mkdir", .object = "/p/d", .error = EROFS,
			    .why = { .kind = VERDICT_READ, .text = "t", .from = { "p.ini", 3, "ro" }, .change = "[files] rw = /p\n[x] y = z",
				     .option = "--rw=/p\n--set=x.y=z" } };
	object = json_loads(report_json(records_add(&r, &d, &somebody), "total", arena), 0, NULL);
	cr_assert_not_null(object);
	cr_assert_str_eq(json_string_value(json_object_get(object, "kind")), "read-only");
	cr_assert_str_eq(json_string_value(json_object_get(object, "errno")), "EROFS");
	cr_assert_str_eq(json_string_value(json_object_get(object, "file")), "p.ini");
	cr_assert_eq(json_array_size(json_object_get(object, "option")), 2);
	first = json_object_get(object, "first");
	cr_assert_eq(json_integer_value(json_object_get(first, "pid")), 7);
	json_decref(object);
	object = json_loads(report_json_end(&r, 0, arena), 0, NULL);
	cr_assert_eq(json_integer_value(json_object_get(object, "records")), 1);
	json_decref(object);
}
