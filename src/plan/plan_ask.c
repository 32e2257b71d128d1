/* SPDX-License-Identifier: MIT */
/* What the questions share: the lines that would change an answer, and verdicts as words and JSON. */
#include "plan/ask.h"

#include "base/json.h"

static const char *one_more(struct arena *arena, const char *text, const char *line)
{
	return text ? arena_printf(arena, "%s\n%s", text, line) : line;
}

void ask_change(struct arena *arena, struct verdict *v, enum key_id key, const char *value, const char *option)
{
	const struct key *k = &keys[key];
	const char *line = arena_printf(arena, "[%s] %s =%s%s", k->section, k->name, *value ? " " : "", value);
	const char *as_option = option ? arena_printf(arena, "--%s=%s", option, value) :
					 arena_printf(arena, "--set=%s.%s=%s", k->section, k->name, value);

	v->change = one_more(arena, v->change, line);
	v->option = one_more(arena, v->option, as_option);
}

void ask_also(struct arena *arena, struct verdict *v, const struct verdict *other)
{
	if (!other->change)
		return;
	v->change = one_more(arena, v->change, other->change);
	v->option = one_more(arena, v->option, other->option);
}

void ask_empty(const struct plan *plan, struct arena *arena, struct verdict *v, enum key_id key, const char *without)
{
	ask_change(arena, v, key, "", NULL);
	vec_each (s, profile_list(plan->profile, key))
		if (!streq(s->raw, without))
			ask_change(arena, v, key, s->raw, NULL);
}

struct origin ask_from_key(const struct plan *plan, enum key_id key)
{
	if (key_is_list(&keys[key])) {
		const setting_list *list = profile_list(plan->profile, key);

		return list->n ? list->v[list->n - 1].from : (struct origin){ .file = "default" };
	}
	const struct setting *s = profile_get(plan->profile, key);

	return s ? s->from : (struct origin){ .file = "default" };
}

const char *verdict_word(enum verdict_kind kind)
{
	static const char *const words[VERDICT_KIND_COUNT] = {
		[VERDICT_ABSENT] = "absent", [VERDICT_READ] = "read",	    [VERDICT_WRITE] = "write",
		[VERDICT_MASKED] = "masked", [VERDICT_ALLOWED] = "allowed", [VERDICT_DENIED] = "denied",
	};

	return words[kind];
}

static void set_lines(struct arena *arena, json_t *object, const char *key, const char *lines)
{
	char *rest = lines ? arena_strdup(arena, lines) : NULL;
	json_t *array = json_array();

	for (char *line; (line = strsep(&rest, "\n"));)
		json_array_append_new(array, json_text(arena, line));
	json_object_set_new(object, key, array);
}

json_t *verdict_json(const struct verdict *v, struct arena *arena)
{
	json_t *object = json_object();

	json_set_text(arena, object, "verdict", verdict_word(v->kind));
	json_set_text(arena, object, "text", v->text);
	if (v->exec)
		json_object_set_new(object, "exec", json_true());
	json_set_origin(arena, object, v->from);
	set_lines(arena, object, "change", v->change);
	set_lines(arena, object, "option", v->option);
	json_set_text(arena, object, "why-not", v->why_not);
	return object;
}
