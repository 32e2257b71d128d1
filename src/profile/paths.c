/* SPDX-License-Identifier: MIT */
/*
 * Values that hold paths.  In what is written, "\:" is a colon and "\*", "\?", "\[" are no pattern; patterns are looked
 * for in the text as written, so that a directory named "[1]" that ${CWD} brings in is none.
 */
#include "profile/parts.h"

#include "base/path.h"
#include "base/str.h"

static bool is_escape(const char *p)
{
	return p[0] == '\\' && p[1] && strchr(":*?[", p[1]);
}

/* The first of @chars in @text that no backslash protects, or NULL. */
static const char *find_plain(const char *text, const char *chars)
{
	for (const char *p = text; *p; p++) {
		if (is_escape(p))
			p++;
		else if (strchr(chars, *p))
			return p;
	}
	return NULL;
}

static char *unescape(struct arena *arena, const char *text)
{
	char *copy = arena_strdup(arena, text), *o = copy;

	for (const char *p = text; *p; p++) {
		if (is_escape(p))
			p++;
		*o++ = *p;
	}
	*o = '\0';
	return copy;
}

/* A relative path was typed relative to the directory the user is in; a file has no such directory. */
static int make_absolute(struct load *l, const struct setting *s, const char *path, const char **ret)
{
	if (path[0] == '/') {
		*ret = path;
		return 0;
	}
	if (is_command_line(s)) {
		if (!l->caller->cwd)
			return err_add(l->err, s->from,
				       "the current directory cannot be named, and \"%s\" is relative to it", path);
		*ret = path_join(l->arena, l->caller->cwd, path);
		return 0;
	}
	err_add(l->err, s->from, "a relative path: \"%s\"", path);
	if (path[0] == '"' || path[0] == '\'')
		err_remedy(l->err, "write it without the quotes: a path takes the whole line");
	else if (path[0] == '-')
		err_remedy(l->err, "a leading \"-\" is for ro, rw, hide, overlay, dev and noexec only");
	else
		err_remedy(l->err, "write ~/%s or ${CWD}/%s or the absolute path", path, path);
	return -EINVAL;
}

int path_parse(struct load *l, const struct setting *s, const char *text, const char **ret)
{
	const char *path;
	int r;

	if (!*text)
		return err_add(l->err, s->from, "an empty path");
	if (find_plain(text, "*?[")) {
		err_add(l->err, s->from, "a pattern where none is possible: \"%s\"", text);
		err_remedy(l->err,
			   "patterns are for the last component of ro and hide; a character that is meant as such is "
			   "written \\* \\? \\[");
		return -EINVAL;
	}
	r = expand(l, s, unescape(l->arena, text), true, &path);
	if (r == 0)
		r = make_absolute(l, s, path, &path);
	if (r == 0)
		*ret = path_normalize(l->arena, path);
	return r;
}

/* "DIR/PATTERN": only DIR is looked at here, the plan asks what the pattern hits. */
static int pattern_path(struct load *l, struct setting *s, const char *text, const char *pattern)
{
	const char *name = path_name(text), *dir;
	int r;

	if (pattern < name || strchr(name, '$') || (name[0] == '.' && (!name[1] || streq(name, ".."))))
		return err_add(l->err, s->from, "a pattern must be the whole last component: \"%s\"", text);
	if (name > text)
		r = path_parse(l, s, arena_strndup(l->arena, text, (size_t)(name - text)), &dir);
	else
		r = make_absolute(l, s, is_command_line(s) ? "." : text, &dir);
	if (r < 0)
		return r;
	s->v.src = path_join(l->arena, path_normalize(l->arena, dir), name);
	s->v.glob = true;
	return 0;
}

static int source_path(struct load *l, struct setting *s, const char *text)
{
	const char *pattern = find_plain(text, "*?[");

	if (pattern && (s->key == KEY_files_ro || s->key == KEY_files_hide))
		return pattern_path(l, s, text, pattern);
	return path_parse(l, s, text, &s->v.src);
}

int value_path(struct load *l, const char *text, struct setting *s)
{
	int r;

	if (find_plain(text, ":")) {
		err_add(l->err, s->from, "one path is expected: \"%s\"", text);
		err_remedy(l->err, "a colon in a name is written \\:");
		return -EINVAL;
	}
	r = source_path(l, s, text);
	if (r == 0 && s->key == KEY_files_keep) {
		const char *rest = path_below(s->v.src, l->caller->home);

		if (!rest || !*rest) {
			err_add(l->err, s->from, "not a directory of the home: %s", s->v.src);
			err_remedy(l->err, "write ~/NAME");
			return -EINVAL;
		}
	}
	return r;
}

int value_access(struct load *l, const char *text, struct setting *s)
{
	const char *colon = find_plain(text, ":");

	if (colon && !streq(colon, ":rw")) {
		err_add(l->err, s->from, "PATH or PATH:rw is expected: \"%s\"", text);
		err_remedy(l->err, "a colon in a name is written \\:");
		return -EINVAL;
	}
	s->v.number = colon != NULL;
	return path_parse(l, s, colon ? arena_strndup(l->arena, text, (size_t)(colon - text)) : text, &s->v.src);
}

int value_bind(struct load *l, const char *text, struct setting *s)
{
	const char *colon = find_plain(text, ":");
	int r;

	if (!colon) {
		r = source_path(l, s, text);
		s->v.dst = s->v.src;
		return r;
	}
	r = source_path(l, s, arena_strndup(l->arena, text, (size_t)(colon - text)));
	if (r == 0 && s->v.glob)
		return err_add(l->err, s->from, "a pattern may hit several paths, which cannot all be at %s",
			       colon + 1);
	if (r == 0 && find_plain(colon + 1, ":")) {
		err_add(l->err, s->from, "HOST or HOST:INSIDE is expected: \"%s\"", text);
		err_remedy(l->err, "a colon in a name is written \\:");
		return -EINVAL;
	}
	if (r == 0)
		r = path_parse(l, s, colon + 1, &s->v.dst);
	return r;
}

/* Cut the last blank-separated word off @text when it starts with @prefix; NULL when it does not. */
static const char *cut_option(char *text, const char *prefix)
{
	size_t n = strlen(text);

	while (n && text[n - 1] != ' ' && text[n - 1] != '\t')
		n--;
	const char *value = n ? skip_prefix(text + n, prefix) : NULL;
	if (!value)
		return NULL;
	while (n && (text[n - 1] == ' ' || text[n - 1] == '\t'))
		n--;
	text[n] = '\0';
	return value;
}

int value_tmpfs(struct load *l, const char *text, struct setting *s)
{
	char *rest = arena_strdup(l->arena, text);
	int64_t mode = 0755;
	unsigned sizes = 0, modes = 0;
	int r = 0;

	for (bool more = true; more && r == 0;) {
		const char *size = cut_option(rest, "size="), *bits = size ? NULL : cut_option(rest, "mode=");

		more = size || bits;
		sizes += size != NULL;
		modes += bits != NULL;
		if (size)
			r = size_parse(l, s, size, &s->v.number);
		else if (bits)
			r = mode_parse(l, s, bits, 07777, &mode);
		/* One page; tmpfs takes a size of 0 for "no limit". */
		if (r == 0 && size && s->v.number < 4096)
			r = err_add(l->err, s->from, "%s is too small to work: at least 4K", size);
	}
	if (sizes > 1 || modes > 1)
		r = err_add(l->err, s->from, "%s is there twice: \"%s\"", sizes > 1 ? "size=" : "mode=", text);
	if (r == 0)
		r = path_parse(l, s, rest, &s->v.dst);
	s->v.mode = (mode_t)mode;
	return r;
}

int value_symlink(struct load *l, const char *text, struct setting *s)
{
	const char *arrow = strstr(text, " -> ");
	int r;

	if (!arrow || arrow == text || !arrow[4])
		return err_add(l->err, s->from, "LINK -> TARGET is expected: \"%s\"", text);
	r = path_parse(l, s, arena_strndup(l->arena, text, (size_t)(arrow - text)), &s->v.dst);
	return r < 0 ? r : expand(l, s, arrow + 4, true, &s->v.text);
}

int value_data(struct load *l, const char *text, struct setting *s)
{
	size_t n = strcspn(text, " \t");
	int r = path_parse(l, s, arena_strndup(l->arena, text, n), &s->v.dst);

	text += n;
	return r < 0 ? r : expand(l, s, text + strspn(text, " \t"), false, &s->v.text);
}
