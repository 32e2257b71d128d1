/* SPDX-License-Identifier: MIT */
#include "base/json.h"

#include <stdlib.h>

#include "base/str.h"

void json_whole(void)
{
	json_set_alloc_funcs(memory_must, free);
}

json_t *json_text(struct arena *arena, const char *s)
{
	json_t *j = json_string(s);

	return j ? j : json_string(quote(arena, s));
}

void json_set_text(struct arena *arena, json_t *object, const char *key, const char *s)
{
	if (s)
		json_object_set_new(object, key, json_text(arena, s));
}

void json_set_origin(struct arena *arena, json_t *object, struct origin from)
{
	json_set_text(arena, object, "file", from.file);
	if (from.line)
		json_object_set_new(object, "line", json_integer(from.line));
	json_set_text(arena, object, "key", from.key);
}

/* What jansson leaves raw of the control characters. */
static const char *without_del(struct arena *arena, const char *json)
{
	const char *text = "";

	for (const char *del; (del = strchr(json, 0x7f)); json = del + 1)
		text = arena_printf(arena, "%s%.*s\\u007f", text, (int)(del - json), json);
	return arena_printf(arena, "%s%s", text, json);
}

const char *json_write(struct arena *arena, json_t *root, size_t flags)
{
	/* ASCII, since it may end on a terminal as well: an escape leaves every character what it is. */
	char *dumped = json_dumps(root, flags | JSON_ENSURE_ASCII);

	json_decref(root);
	const char *text = without_del(arena, dumped ? dumped : "{}");
	free(dumped);
	return text;
}
