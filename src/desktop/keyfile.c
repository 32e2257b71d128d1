/* SPDX-License-Identifier: MIT */
#include "desktop/keyfile.h"

#include <errno.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/* What GLib takes for a locale; KConfig's [$e], which once ran commands, is none. */
static bool is_locale(const char *s, size_t n)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.@";

	return n && strspn(s, allowed) >= n;
}

static bool has_control(const char *s)
{
	for (; *s; s++)
		if (((unsigned char)*s < ' ' && *s != '\t') || *s == 0x7f)
			return true;
	return false;
}

/* "[Name]", and nothing behind it */
static const char *parse_group(struct arena *arena, const char *line, struct keyline *ret)
{
	size_t n = strcspn(line + 1, "[]");

	if (line[1 + n] != ']' || !n)
		return "a group without a name or an end";
	if (line[2 + n])
		return "something behind the name of a group";
	*ret = (struct keyline){ .kind = LINE_GROUP, .group = arena_strndup(arena, line + 1, n) };
	return NULL;
}

/* "Key=value", "Key[locale]=value" */
static const char *parse_key(struct arena *arena, const char *line, const char *group, struct keyline *ret)
{
	const char *eq = strchr(line, '=');
	size_t n = strcspn(line, "[]= \t");

	if (!eq || !n)
		return "neither a group nor a key with a value";
	if (!*group)
		return "a key before the first group";
	*ret = (struct keyline){ .kind = LINE_KEY, .group = group, .key = arena_strndup(arena, line, n) };

	const char *at = line + n;
	if (*at == '[') {
		const char *end = strchr(at, ']');

		if (!end || end > eq || !is_locale(at + 1, (size_t)(end - at - 1)))
			return "a key with something in brackets that is no locale";
		ret->locale = arena_strndup(arena, at + 1, (size_t)(end - at - 1));
		at = end + 1;
	}
	while (is_blank(*at))
		at++;
	if (at != eq)
		return "a key with something between its name and its value";
	for (at = eq + 1; is_blank(*at);)
		at++;
	ret->value = at;
	return NULL;
}

static const char *parse_line(struct arena *arena, char *line, const char *group, struct keyline *ret)
{
	size_t n = strlen(line);

	while (n && is_blank(line[n - 1]))
		line[--n] = '\0';
	while (is_blank(*line))
		line++;
	if (has_control(line))
		return "a control character";
	if (!*line || *line == '#') {
		*ret = (struct keyline){ .kind = LINE_OTHER, .group = group, .text = line };
		return NULL;
	}
	return *line == '[' ? parse_group(arena, line, ret) : parse_key(arena, line, group, ret);
}

int keyfile_parse(struct arena *arena, const char *text, size_t size, keylines *ret, const char **ret_problem)
{
	const char *group = "";
	unsigned number = 0;

	*ret = (keylines){ 0 };
	if (size > KEYFILE_SIZE_MAX || memchr(text, '\0', size)) {
		*ret_problem = size > KEYFILE_SIZE_MAX ? "it is too large" : "it holds a NUL byte";
		return -EINVAL;
	}
	for (const char *end = text + size; text < end; text++) {
		const char *next = memchr(text, '\n', (size_t)(end - text));
		struct keyline line;

		next = next ? next : end;
		number++;
		const char *problem =
			parse_line(arena, arena_strndup(arena, text, (size_t)(next - text)), group, &line);
		if (problem) {
			*ret_problem = arena_printf(arena, "line %u: %s", number, problem);
			return -EINVAL;
		}
		group = line.group;
		vec_push(arena, ret, line);
		text = next;
	}
	return 0;
}

const char *keyfile_get(const keylines *lines, const char *group, const char *key)
{
	const char *value = NULL;

	vec_each (l, lines)
		if (l->kind == LINE_KEY && !l->locale && streq(l->group, group) && streq(l->key, key))
			value = l->value;
	return value;
}

static const char *line_text(struct arena *arena, const struct keyline *l)
{
	if (l->kind == LINE_OTHER)
		return arena_printf(arena, "%s\n", l->text);
	if (l->kind == LINE_GROUP)
		return arena_printf(arena, "[%s]\n", l->group);
	return arena_printf(arena, "%s%s%s%s=%s\n", l->key, l->locale ? "[" : "", l->locale ? l->locale : "",
			    l->locale ? "]" : "", l->value);
}

const char *keyfile_text(struct arena *arena, const keylines *lines)
{
	VEC(const char *) texts = { 0 };
	size_t size = 1;

	vec_each (l, lines) {
		vec_push(arena, &texts, line_text(arena, l));
		size += strlen(texts.v[texts.n - 1]);
	}
	char *text = arena_alloc(arena, size), *at = text;
	vec_each (t, &texts)
		at = stpcpy(at, *t);
	return text;
}

char *keyfile_unescape(struct arena *arena, const char *value)
{
	static const char names[] = "sntr\\", means[] = " \n\t\r\\";
	char *text = arena_alloc(arena, strlen(value) + 1), *o = text;

	for (; *value; value++) {
		const char *name = *value == '\\' && value[1] ? strchr(names, value[1]) : NULL;

		if (*value != '\\') {
			*o++ = *value;
			continue;
		}
		if (!name)
			return NULL;
		*o++ = means[name - names];
		value++;
	}
	return text;
}

const char *keyfile_escape(struct arena *arena, const char *text)
{
	char *out = arena_alloc(arena, 2 * strlen(text) + 1), *o = out;

	for (const char *s = text; *s; s++) {
		if (*s == '\\' || (*s == ' ' && s == text))
			*o++ = '\\';
		*o++ = *s == ' ' && s == text ? 's' : *s;
	}
	return out;
}

void keyfile_list(struct arena *arena, const char *value, keyfile_names *ret)
{
	while (value && *value) {
		size_t n = strcspn(value, ";");

		if (n)
			vec_push(arena, ret, arena_strndup(arena, value, n));
		value += n + (value[n] == ';');
	}
}

bool keyfile_has(const keyfile_names *names, const char *name)
{
	vec_each (n, names)
		if (streq(*n, name))
			return true;
	return false;
}
