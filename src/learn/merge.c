/* SPDX-License-Identifier: MIT */
/*
 * New lines into a profile that somebody may have edited.  Every line and comment of it stays.  What it says itself is not
 * contradicted: where it denies what was used, the new line is written switched off.
 */
#include <stdlib.h>

#include "learn/learn.h"

typedef VEC(const char *) text_lines;

static void split(struct arena *arena, const char *text, text_lines *ret)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		vec_push(arena, ret, arena_strndup(arena, text, n));
		text += n + (text[n] == '\n');
	}
}

static const char *joined(struct arena *arena, const text_lines *lines)
{
	size_t size = 1;

	vec_each (line, lines)
		size += strlen(*line) + 1;
	char *text = arena_alloc(arena, size), *o = text;
	vec_each (line, lines) {
		o = stpcpy(o, *line);
		*o++ = '\n';
	}
	return text;
}

/* ---- reading: just enough of the format to find a line again ---- */

/** struct said - a line "key = value" of the file, on or off */
struct said {
	const char *section, *key, *value;
	size_t at;
	bool off;
};

static const char *trimmed(struct arena *arena, const char *s, size_t n)
{
	while (n && (s[n - 1] == ' ' || s[n - 1] == '\t' || s[n - 1] == '\r'))
		n--;
	while (n && (*s == ' ' || *s == '\t')) {
		s++;
		n--;
	}
	return arena_strndup(arena, s, n);
}

static const char *header_of(struct arena *arena, const char *line)
{
	const char *text = trimmed(arena, line, strlen(line));
	size_t n = strlen(text);

	return n > 2 && text[0] == '[' && text[n - 1] == ']' ? arena_strndup(arena, text + 1, n - 2) : NULL;
}

typedef VEC(struct said) said_list;

static void said_read(struct arena *arena, const text_lines *lines, said_list *ret)
{
	const char *section = "";

	for (size_t i = 0; i < lines->n; i++) {
		const char *line = lines->v[i], *header = header_of(arena, line), *off = skip_prefix(line, ";off ");
		const char *text = off ? off : line, *equals = strchr(text, '=');

		if (header)
			section = header;
		else if (equals && text[0] != ';' && text[0] != '#')
			vec_push(arena, ret,
				 (struct said){ .section = section, .key = trimmed(arena, text, (size_t)(equals - text)),
						.value = trimmed(arena, equals + 1, strlen(equals + 1)), .at = i, .off = off != NULL });
	}
}

/* ---- adding ---- */

static bool is_scalar(const struct line *line)
{
	return streq(line->section, "desktop") || streq(line->key, "mode");
}

/* Read lines of an earlier run have this comment. */
static bool was_learned(const text_lines *lines, size_t at)
{
	return at > 0 && (skip_prefix(lines->v[at - 1], "; read (") || skip_prefix(lines->v[at - 1], "; run (") || skip_prefix(lines->v[at - 1], "; read, run ("));
}

/* What the file says of the same thing: the same line, or one that the new one would contradict. */
static const struct said *said_of(const said_list *list, const struct line *line)
{
	const struct said *found = NULL;

	vec_each (s, list) {
		bool files = streq(line->section, "files") && streq(s->value, line->value) && !s->off;

		if (!streq(s->section, line->section) || !(streq(s->key, line->key) || files))
			continue;
		if (streq(s->key, line->key) && streq(s->value, line->value))
			return s;
		if (files || (is_scalar(line) && !s->off))
			found = s;
	}
	return found;
}

/* Behind the last line of the section that is not blank; a section that is not there is opened at the end. */
static size_t place_for(struct arena *arena, text_lines *lines, const char *section)
{
	size_t at = SIZE_MAX;
	bool inside = false;

	for (size_t i = 0; i < lines->n; i++) {
		const char *header = header_of(arena, lines->v[i]);

		if (header)
			inside = streq(header, section);
		if (inside && lines->v[i][strspn(lines->v[i], " \t\r")])
			at = i + 1;
	}
	if (at != SIZE_MAX)
		return at;
	if (lines->n)
		vec_push(arena, lines, "");
	vec_push(arena, lines, arena_printf(arena, "[%s]", section));
	return lines->n;
}

static void insert(struct arena *arena, text_lines *lines, size_t at, const char *text)
{
	text_lines more = { 0 };

	split(arena, text, &more);
	vec_each (line, &more) {
		vec_push(arena, lines, "");
		memmove(lines->v + at + 1, lines->v + at, (lines->n - 1 - at) * sizeof(*lines->v));
		lines->v[at++] = *line;
	}
}

static void add(struct arena *arena, text_lines *lines, const struct line *line)
{
	said_list list = { 0 };
	struct line new = *line;

	said_read(arena, lines, &list);
	const struct said *s = said_of(&list, line);
	if (s && streq(s->key, line->key) && streq(s->value, line->value))
		return; /* on or off: somebody has decided, or will */
	if (s && streq(line->key, "rw") && streq(s->key, "ro") && was_learned(lines, s->at)) {
		insert(arena, lines, s->at + 1, line_text(line, arena));
		memmove(lines->v + s->at, lines->v + s->at + 1, (lines->n - 1 - s->at) * sizeof(*lines->v));
		lines->n--;
		return;
	}
	if (s) {
		new.off = true;
		new.why = arena_printf(arena, "this file says \"%s = %s\"; %s", s->key, s->value, line->why ? line->why : "");
	}
	size_t at = place_for(arena, lines, line->section);
	insert(arena, lines, at, line_text(&new, arena));
}

const char *merge(const char *text, const line_list *new, struct arena *arena)
{
	text_lines lines = { 0 };

	split(arena, text, &lines);
	vec_each (line, new)
		add(arena, &lines, line);
	return joined(arena, &lines);
}

/* ---- the difference ---- */

/* Where @line comes again in @lines, from @from; SIZE_MAX: nowhere. */
static size_t again(const text_lines *lines, size_t from, const char *line)
{
	for (; from < lines->n; from++)
		if (streq(lines->v[from], line))
			return from;
	return SIZE_MAX;
}

const char *merge_difference(const char *before, const char *after, struct arena *arena)
{
	text_lines a = { 0 }, b = { 0 }, out = { 0 };
	const char *section = "";
	bool open = false;

	split(arena, before, &a);
	split(arena, after, &b);
	for (size_t i = 0, j = 0; i < a.n || j < b.n;) {
		if (i < a.n && j < b.n && streq(a.v[i], b.v[j])) {
			const char *header = header_of(arena, b.v[j]);

			section = header ? header : section;
			open = false;
			i++;
			j++;
			continue;
		}
		if (!open)
			vec_push(arena, &out, arena_printf(arena, "@@ -%zu +%zu @@ %s%s%s", i + 1, j + 1, *section ? "[" : "", section, *section ? "]" : ""));
		open = true;
		/* Nothing moves, so a line that does not come again is gone, and what stands before one that does is new. */
		if (i < a.n && again(&b, j, a.v[i]) == SIZE_MAX)
			vec_push(arena, &out, arena_printf(arena, "-%s", a.v[i++]));
		else
			vec_push(arena, &out, arena_printf(arena, "+%s", b.v[j++]));
	}
	return joined(arena, &out);
}

const char *line_off(const char *text, unsigned nr, const char *why, struct arena *arena)
{
	text_lines lines = { 0 };

	split(arena, text, &lines);
	if (nr == 0 || nr > lines.n)
		return text;
	lines.v[nr - 1] = arena_printf(arena, ";off %s", lines.v[nr - 1]);
	insert(arena, &lines, nr - 1, arena_printf(arena, "; %s", comment_text(arena, why)));
	return joined(arena, &lines);
}
