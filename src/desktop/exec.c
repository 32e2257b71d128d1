/* SPDX-License-Identifier: MIT */
#include "desktop/exec.h"

#include <errno.h>

#include "base/path.h"

/* The reserved characters of the specification: a word that has one must be quoted. */
static const char reserved[] = " \t\n\"'\\><~|&;$*?#()`";
/* Those that stay special within double quotes */
static const char escaped[] = "\"`$\\";

/* %f … in lower and upper case, and the deprecated ones, which launchers take out. */
static const char field_codes[] = "fFuUickdDnNvm";

/* ---- reading ---- */

struct reader {
	const char *at;
	char *out;
	bool quoted; /* some of the word was in quotes */
};

/* A part in quotes; "\x" is taken for x where the quoting that is read allows it.  Return: is there an end? */
static bool read_quoted(struct reader *r)
{
	char quote = *r->at++;

	r->quoted = true;
	while (*r->at && *r->at != quote) {
		if (quote == '"' && *r->at == '\\' && r->at[1] && strchr(escaped, r->at[1]))
			r->at++;
		*r->out++ = *r->at++;
	}
	if (!*r->at)
		return false;
	r->at++;
	return true;
}

static const char *read_word(struct reader *r)
{
	while (*r->at && *r->at != ' ' && *r->at != '\t') {
		if (*r->at == '"' || *r->at == '\'') {
			if (!read_quoted(r))
				return "Exec has a quote without an end";
			continue;
		}
		if (*r->at == '\\' && !*++r->at)
			return "Exec ends with a backslash";
		*r->out++ = *r->at++;
	}
	*r->out++ = '\0';
	return NULL;
}

static const char *check_codes(const char *word)
{
	for (const char *p = strchr(word, '%'); p; p = strchr(p + 2, '%'))
		if (!p[1] || (p[1] != '%' && !strchr(field_codes, p[1])))
			return "Exec has a % that is no field code";
	return NULL;
}

static const char *check_text(const char *text)
{
	for (const char *p = text; *p; p++)
		if (((unsigned char)*p < ' ' && *p != '\t') || *p == 0x7f)
			return "Exec has a control character";
	return NULL;
}

static const char *parse(struct arena *arena, enum exec_style style, const char *text, exec_words *ret)
{
	struct reader r = { .at = text, .out = arena_alloc(arena, 2 * strlen(text) + 2) };

	for (;;) {
		const char *word = r.out, *problem;

		r.at += strspn(r.at, " \t");
		if (!*r.at)
			return ret->n ? NULL : "Exec is empty";
		/* a comment to some, a word to others */
		if (*r.at == '#')
			return "Exec has a word that begins with #";
		problem = read_word(&r);
		if (!problem && style == EXEC_ENTRY)
			problem = check_codes(word);
		if (problem)
			return problem;
		vec_push(arena, ret, word);
	}
}

int exec_parse(struct arena *arena, enum exec_style style, const char *value, exec_words *ret, const char **ret_problem)
{
	const char *text = keyfile_unescape(arena, value);

	*ret = (exec_words){ 0 };
	*ret_problem = text ? check_text(text) : "Exec has an unknown escape";
	if (!*ret_problem)
		*ret_problem = parse(arena, style, text, ret);
	return *ret_problem ? -EINVAL : 0;
}

/* ---- writing ---- */

static bool has_code(const char *word)
{
	for (const char *p = strchr(word, '%'); p; p = strchr(p + 2, '%'))
		if (p[1] != '%')
			return true;
	return false;
}

static const char *quote_word(struct arena *arena, const char *word)
{
	char *out = arena_alloc(arena, 2 * strlen(word) + 3), *o = out;

	*o++ = '"';
	for (; *word; word++) {
		if (strchr(escaped, *word))
			*o++ = '\\';
		*o++ = *word;
	}
	*o = '"';
	return out;
}

const char *exec_write(struct arena *arena, enum exec_style style, const exec_words *words)
{
	size_t size = 1;
	exec_words written = { 0 };

	vec_each (w, words) {
		bool plain = **w && !strpbrk(*w, reserved);

		/* within quotes a field code has no meaning, or any */
		if (!plain && style == EXEC_ENTRY && has_code(*w))
			return NULL;
		const char *one = keyfile_escape(arena, plain ? *w : quote_word(arena, *w));
		vec_push(arena, &written, one);
		size += strlen(one) + 1;
	}
	char *text = arena_alloc(arena, size), *at = text;
	vec_each (w, &written) {
		if (at > text)
			*at++ = ' ';
		at = stpcpy(at, *w);
	}
	return text;
}

const char *exec_literal(struct arena *arena, enum exec_style style, const char *text)
{
	char *out = arena_alloc(arena, 2 * strlen(text) + 1), *o = out;

	for (; *text; text++) {
		if (*text == '%' && style == EXEC_ENTRY)
			*o++ = '%';
		*o++ = *text;
	}
	return out;
}

/* ---- what it starts ---- */

/* How many words the option @word of env takes, itself included; 0: it is not known. */
static size_t env_option(const char *word)
{
	static const struct {
		const char *name;
		size_t words;
	} options[] = { { "-", 1 },       { "-i", 1 },      { "--ignore-environment", 1 },
			{ "-u", 2 },      { "--unset", 2 }, { "-C", 2 },
			{ "--chdir", 2 }, { "--", 1 } };

	if (skip_prefix(word, "--unset=") || skip_prefix(word, "--chdir="))
		return 1;
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (streq(options[i].name, word))
			return options[i].words;
	return 0;
}

size_t exec_program(const exec_words *words)
{
	size_t i = 0;

	if (words->n &&
	    (streq(words->v[0], "env") || streq(words->v[0], "/usr/bin/env") || streq(words->v[0], "/bin/env")))
		for (i = 1; i < words->n;) {
			const char *word = words->v[i];
			size_t n = *word == '-' ? env_option(word) : 1;

			if (!n)
				return words->n;
			if (*word != '-' && !strchr(word, '='))
				break;
			i += n;
		}
	return i < words->n && !strchr(words->v[i], '%') ? i : words->n;
}
