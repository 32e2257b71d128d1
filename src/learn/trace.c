/* SPDX-License-Identifier: MIT */
#include "learn/trace.h"

#include "base/json.h"

static const char *text_of(struct arena *arena, const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return arena_strdup(arena, s ? s : "");
}

static void read_use(struct arena *arena, const json_t *object, struct trace *t)
{
	const char *did = text_of(arena, object, "did");

	for (size_t i = 0; i < DID_COUNT; i++)
		if (streq(did, did_words[i]))
			vec_push(arena, &t->uses,
				 (struct use){ .did = (enum did)i, .object = text_of(arena, object, "object"),
					       .asked = text_of(arena, object, "asked"), .call = text_of(arena, object, "call"),
					       .command = text_of(arena, object, "command") });
}

static void read_refused(struct arena *arena, const json_t *object, struct trace *t)
{
	const json_t *lines = json_object_get(object, "change"), *line;
	const char *why_not = json_string_value(json_object_get(object, "why-not"));
	struct refused r = { .kind = text_of(arena, object, "kind"), .call = text_of(arena, object, "call"),
			     .object = text_of(arena, object, "object"), .text = text_of(arena, object, "text"),
			     .command = text_of(arena, json_object_get(object, "first"), "command"),
			     .fallback = json_is_true(json_object_get(object, "fallback")),
			     .why_not = why_not ? arena_strdup(arena, why_not) : NULL };
	size_t i;

	json_array_foreach (lines, i, line)
		if (json_is_string(line))
			vec_push(arena, &r.change, arena_strdup(arena, json_string_value(line)));
	vec_push(arena, &t->refused, r);
}

static void read_line(struct arena *arena, const char *line, size_t size, struct trace *t)
{
	json_t *object = json_loadb(line, size, 0, NULL);
	const char *event = text_of(arena, object, "event");

	if (streq(event, "use"))
		read_use(arena, object, t);
	else if (streq(event, "first"))
		read_refused(arena, object, t);
	else if (streq(event, "end"))
		t->whole = !json_object_get(object, "uses-without-record") &&
			   json_integer_value(json_object_get(object, "without-record")) == 0;
	json_decref(object);
}

void trace_read(struct arena *arena, const char *text, struct trace *ret)
{
	*ret = (struct trace){ 0 };
	while (*text) {
		size_t n = strcspn(text, "\n");

		read_line(arena, text, n, ret);
		text += n + (text[n] == '\n');
	}
}
