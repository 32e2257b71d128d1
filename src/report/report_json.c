/* SPDX-License-Identifier: MIT */
/* The report for programs: one object a line. */
#include "base/errno_name.h"
#include "base/json.h"
#include "plan/verdict.h"
#include "report/reporter.h"

const char *report_json(const struct record *r, const char *event, struct arena *arena)
{
	const struct denial *d = &r->is;
	json_t *object = verdict_json(&d->why, arena), *first = json_object();

	json_object_set_new(object, "event", json_text(arena, event));
	json_object_set_new(object, "kind", json_text(arena, denial_words[d->kind]));
	json_object_set_new(object, "call", json_text(arena, d->call));
	json_set_text(arena, object, "object", *d->object ? d->object : NULL);
	json_set_text(arena, object, "errno", d->error ? errno_name(d->error) : NULL);
	json_object_set_new(object, "fallback", json_boolean(d->fallback));
	json_object_set_new(object, "count", json_integer((json_int_t)r->count));
	json_object_set_new(first, "pid", json_integer(r->first.pid));
	json_object_set_new(first, "command", json_text(arena, r->first.command));
	json_object_set_new(first, "exe", json_text(arena, r->first.exe));
	json_object_set_new(object, "first", first);
	return arena_printf(arena, "%s\n", json_write(arena, object, JSON_COMPACT));
}

const char *report_json_end(const struct records *records, uint64_t uses_beyond, struct arena *arena)
{
	json_t *object = json_object(), *totals = json_object();

	for (size_t i = 0; i < DENIAL_KIND_COUNT; i++)
		if (records->totals[i])
			json_object_set_new(totals, denial_words[i], json_integer((json_int_t)records->totals[i]));
	json_object_set_new(object, "event", json_string("end"));
	json_object_set_new(object, "records", json_integer((json_int_t)records->n));
	json_object_set_new(object, "totals", totals);
	json_object_set_new(object, "without-record", json_integer((json_int_t)records->beyond));
	if (uses_beyond)
		json_object_set_new(object, "uses-without-record", json_integer((json_int_t)uses_beyond));
	return arena_printf(arena, "%s\n", json_write(arena, object, JSON_COMPACT));
}
