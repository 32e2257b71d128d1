/* SPDX-License-Identifier: MIT */
/*
 * The only file that includes <ini.h>.
 *
 * inih gives its handler no line number, splits a line that is longer than its buffer, repeats the key above for an
 * indented line, cuts a value at " ;", takes ":" for "=", ignores what follows a "]" and never reports an
 * empty section.  Each of these would change what a profile means without a word.  So it is fed line by line from
 * here, and a line that it would read differently from what it says is a problem and never reaches it.
 */
#include "profile/parts.h"

#include <ini.h>

#include "base/str.h"

/* inih's buffer holds 200 bytes with "\n" and NUL. */
enum { LINE_MAX_BYTES = 198 };

struct reader {
	struct load *load;
	const char *file, *at, *end;
	unsigned line;
	bool in_section;     /* a header was seen */
	enum key_id section; /* first key of the section, or KEY_COUNT while its header was refused */
	ini_line_fn *fn;
	void *data;
};

static struct origin here(const struct reader *r)
{
	return (struct origin){ .file = r->file, .line = r->line };
}

static void read_header(struct reader *r, const char *line, size_t n)
{
	struct err *err = r->load->err;
	const char *close = memchr(line, ']', n);

	r->in_section = true;
	r->section = KEY_COUNT;
	if (!close) {
		err_add(err, here(r), "a section without \"]\"");
		return;
	}
	if (close != line + n - 1) {
		err_add(err, here(r), "text after the \"]\" of a section");
		return;
	}
	const char *name = arena_strndup(r->load->arena, line + 1, n - 2);

	r->section = section_find(name);
	if (r->section == KEY_COUNT) {
		const char *near = nearest(name, section_at, NULL);

		err_add(err, here(r), "unknown section [%s]", name);
		if (near)
			err_remedy(err, "did you mean [%s]?", near);
	}
}

/* Why inih would read this line differently from what it says; NULL when it would not. */
static const char *assignment_problem(const char *line, size_t n)
{
	const char *equals = memchr(line, '=', n), *colon = memchr(line, ':', n);

	for (size_t i = 1; i < n; i++)
		if (line[i] == ';' && is_blank(line[i - 1]))
			return "\" ;\" inside a line: a comment stands on a line of its own";
	if (!equals)
		return colon ? "no \"=\": a key and its value are separated by \"=\", not \":\"" : "no \"=\"";
	if (colon && colon < equals)
		return "\":\" before the \"=\"";
	if (equals == line)
		return "no key before the \"=\"";
	return NULL;
}

static bool line_is_good(struct reader *r, const char *line, size_t n, size_t room)
{
	struct err *err = r->load->err;
	const char *problem;

	if (n > LINE_MAX_BYTES || n >= room) {
		err_add(err, here(r), "overlong line: %zu bytes, at most %d are read", n, LINE_MAX_BYTES);
		err_remedy(err, "split it: a list key may be repeated, and its values add up");
		return false;
	}
	if (is_blank(line[0])) {
		err_add(err, here(r), "an indented line");
		err_remedy(err, "write it at the start of the line, with its key");
		return false;
	}
	if (line[0] == '[') {
		read_header(r, line, n);
		return r->section != KEY_COUNT;
	}
	problem = assignment_problem(line, n);
	if (problem) {
		err_add(err, here(r), "%s", problem);
		return false;
	}
	if (!r->in_section) {
		err_add(err, here(r), "a key before the first section");
		return false;
	}
	return r->section != KEY_COUNT;
}

/* ini_reader: the next line that inih may see.  It has no line break: inih asks again after each. */
static char *next_line(char *buffer, int room, void *stream)
{
	struct reader *r = stream;

	while (r->at < r->end) {
		const char *line = r->at, *newline = memchr(line, '\n', (size_t)(r->end - line));
		size_t n = (size_t)((newline ? newline : r->end) - line), indent = 0;

		r->at = newline ? newline + 1 : r->end;
		r->line++;
		while (n && is_blank(line[n - 1]))
			n--;
		while (indent < n && is_blank(line[indent]))
			indent++;
		if (indent == n || line[indent] == '#' || line[indent] == ';')
			continue;
		if (!line_is_good(r, line, n, (size_t)room))
			continue;
		memcpy(buffer, line, n);
		buffer[n] = '\0';
		return buffer;
	}
	return NULL;
}

static void unknown_key(struct reader *r, const char *name)
{
	struct err *err = r->load->err;
	const char *section = keys[r->section].section, *near = nearest(name, section_key_at, section);

	err_add(err, here(r), "unknown key \"%s\" in [%s]", name, section);
	for (enum key_id k = 0; k < KEY_COUNT; k++)
		if (streq(keys[k].name, name)) {
			err_remedy(err, "%s belongs to [%s]", name, keys[k].section);
			return;
		}
	if (near)
		err_remedy(err, "did you mean \"%s\"?", near);
}

/* A "#" in a list of paths hides nothing and a user would not notice: `hide = ~/.ssh  # keys`. */
static bool looks_commented(enum key_id key, const char *value)
{
	enum value_type t = keys[key].type;

	if (t == T_TEXT || t == T_ENV || t == T_DATA)
		return false;
	for (const char *p = value; *p; p++)
		if (*p == '#' && (p == value || is_blank(p[-1])))
			return true;
	return false;
}

/* ini_handler.  The section is our own: inih cuts long names short. */
static int take_line(void *user, const char *section UNUSED, const char *name, const char *value)
{
	struct reader *r = user;
	enum key_id key = section_key_find(r->section, name);

	if (key == KEY_COUNT) {
		unknown_key(r, name);
	} else if (looks_commented(key, value)) {
		err_add(r->load->err, (struct origin){ r->file, r->line, keys[key].name },
			"\" #\" inside a value: a comment stands on a line of its own");
	} else {
		r->fn(r->data, key, value, r->line);
	}
	return 1;
}

void ini_read(struct load *l, const char *file, const char *text, size_t size, ini_line_fn *fn, void *data)
{
	struct reader r = { .load = l, .file = file, .at = text, .end = text + size, .fn = fn, .data = data };
	const char *nul = memchr(text, '\0', size);

	if (nul) {
		for (const char *p = text; p < nul; p++)
			r.line += *p == '\n';
		r.line++;
		err_add(l->err, here(&r), "not a text file: it has a NUL byte");
		return;
	}
	if (size >= strlen(BYTE_ORDER_MARK) && skip_prefix(text, BYTE_ORDER_MARK))
		r.at += strlen(BYTE_ORDER_MARK);
	(void)ini_parse_stream(next_line, &r, take_line, &r);
}
