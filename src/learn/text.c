/* SPDX-License-Identifier: MIT */
/*
 * Lines → text.  Values and comments hold what a program chose to name: what would end a line, start a comment, be a pattern or
 * a variable is escaped, or the line is not written.
 */
#include "base/path.h"
#include "base/str.h"
#include "learn/learn.h"

enum { COMMENT_MAX = 180, VALUE_MAX = 160 };

/* inih would cut the value there, or a reader take it for a comment. */
static bool has_comment(const char *value)
{
	for (const char *p = value; *p; p++)
		if ((*p == ';' || *p == '#') && (p == value || p[-1] == ' '))
			return true;
	return false;
}

/* The longest of the names that @path lies below. */
static const struct place_name *name_of(const struct places *places, const char *path)
{
	const struct place_name *best = NULL;

	vec_each (name, &places->names)
		if (path_below(path, name->path) && (!best || strlen(name->path) > strlen(best->path)))
			best = name;
	return best;
}

const char *path_value(const struct places *places, struct arena *arena, const char *path)
{
	const struct place_name *name = name_of(places, path);
	const char *rest = name ? path + strlen(name->path) : path;
	size_t n = strlen(path);
	char *text = arena_alloc(arena, 2 * n + 1), *o = text;

	/* A backslash may be an escape or be meant; blanks at the end are cut off. */
	if (quote(arena, path) != path || strchr(path, '\\') || has_comment(path) || path[n - 1] == ' ')
		return NULL;
	for (const char *p = rest; *p; p++) {
		if (strchr(":*?[$", *p))
			*o++ = '\\';
		*o++ = *p;
	}
	const char *value = arena_printf(arena, "%s%s", name ? name->name : "", text);
	return strlen(value) <= VALUE_MAX ? value : NULL;
}

/* Cut between characters: what is left of one would be escaped when it is printed. */
static const char *shorten(struct arena *arena, const char *text)
{
	size_t n = COMMENT_MAX;

	if (strlen(text) <= COMMENT_MAX)
		return text;
	while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	return arena_printf(arena, "%.*s…", (int)n, text);
}

const char *comment_text(struct arena *arena, const char *text)
{
	return shorten(arena, quote(arena, text));
}

/* A value that no line can hold cannot be let out by a caller's oversight. */
static bool is_value(struct arena *arena, const char *value)
{
	return quote(arena, value) == value && strlen(value) <= VALUE_MAX && !has_comment(value) && *value;
}

const char *line_text(const struct line *line, struct arena *arena)
{
	bool off = line->off || !is_value(arena, line->value);
	const char *why = line->why ? arena_printf(arena, "; %s\n", comment_text(arena, line->why)) : "";

	return arena_printf(arena, "%s%s%s = %s\n", why, off ? ";off " : "", line->key, comment_text(arena, line->value));
}

/* What a description may hold without meaning anything else. */
static const char *plain(struct arena *arena, const char *text)
{
	char *copy = arena_strdup(arena, shorten(arena, quote(arena, text)));

	for (char *p = copy; *p; p++)
		if (strchr(";#\\$", *p))
			*p = '_';
	if (strlen(copy) > 100)
		copy = arena_strndup(arena, copy, strcspn(copy, " "));
	return strlen(copy) > 100 ? "a program" : copy;
}

static const char *section_lines(const line_list *lines, const char *section, struct arena *arena)
{
	const char *text = "";

	vec_each (line, lines)
		if (streq(line->section, section))
			text = arena_printf(arena, "%s%s", text, line_text(line, arena));
	return text;
}

static const char *head_text(const struct profile_head *head, struct arena *arena)
{
	const char *command = comment_text(arena, head->command);
	const char *text = arena_printf(arena,
					"; sbox learn, %s: what this needed:\n;   %s\n; Look through it.  Above each line stands what it is for; a line that begins with \";off\" was\n"
					"; asked for and is not given: take the \";off \" away where it should be.\n%s%s",
					head->date, command,
					head->sockets && *head->sockets ?
						arena_printf(arena, "; Sockets that it made: %s\n", comment_text(arena, head->sockets)) :
						"",
					head->whole ? "" : "; Not everything was recorded: run it again with --merge.\n");

	text = arena_printf(arena, "%s[profile]\ndescription = learned: %s\nextends = %s\n", text, plain(arena, head->command), head->extends);
	return head->name ? arena_printf(arena, "%scommands = %s\n", text, head->name) : text;
}

/* Sections as they come first. */
const char *profile_text(const struct profile_head *head, const line_list *lines, struct arena *arena)
{
	const char *text = head_text(head, arena);

	vec_each (line, lines) {
		bool done = false;

		for (const struct line *before = lines->v; before < line; before++)
			done |= streq(before->section, line->section);
		if (!done)
			text = arena_printf(arena, "%s\n[%s]\n%s", text, line->section, section_lines(lines, line->section, arena));
	}
	return text;
}
