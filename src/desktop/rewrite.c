/* SPDX-License-Identifier: MIT */
#include "desktop/rewrite.h"

#include <errno.h>

static const char *with_path(struct arena *arena, const struct rewrite *how, const char *word)
{
	for (size_t i = 0; i + 1 < how->found.n; i += 2)
		if (streq(how->found.v[i], word))
			return exec_literal(arena, how->style, how->found.v[i + 1]);
	return word;
}

/* The command line of @value behind sbox; as it is when it starts with sbox. */
static const char *prefixed(struct arena *arena, const struct rewrite *how, const char *value, const char **ret_problem)
{
	exec_words words, all = { 0 };

	if (exec_parse(arena, how->style, value, &words, ret_problem) < 0)
		return NULL;
	if (!streq(words.v[0], how->sbox) && !streq(words.v[0], "sbox")) {
		vec_push(arena, &all, exec_literal(arena, how->style, how->sbox));
		vec_push(arena, &all,
			 exec_literal(arena, how->style, arena_printf(arena, "--profile=%s", how->profile)));
		vec_push(arena, &all, "--");
	}
	for (size_t i = 0; i < words.n; i++)
		vec_push(arena, &all, i == exec_program(&words) ? with_path(arena, how, words.v[i]) : words.v[i]);
	const char *text = exec_write(arena, how->style, &all);
	if (!text)
		*ret_problem = "Exec has a field code in an argument that must be quoted, which has no meaning";
	return text;
}

/* "Desktop Action new-window" is "new-window" */
static const char *action_of(const char *group)
{
	return skip_prefix(group, GROUP_ACTION);
}

/* What Actions lists, without those that have no Exec: with DBusActivatable=false nothing could start them. */
static const char *kept_actions(struct arena *arena, const keylines *lines, const char *value)
{
	keyfile_names names = { 0 };
	const char *kept = "";

	keyfile_list(arena, value, &names);
	vec_each (n, &names)
		if (keyfile_get(lines, arena_printf(arena, GROUP_ACTION "%s", *n), "Exec"))
			kept = arena_printf(arena, "%s%s;", kept, *n);
	return kept;
}

static bool is_key(const struct keyline *l, const char *key)
{
	return l->kind == LINE_KEY && streq(l->key, key);
}

/*
 * What starts something by another way than Exec: systemd, a terminal's own options, what once was.  And a localized
 * Exec, which means nothing by the specification, but is taken by some readers.
 */
static bool is_dropped(const struct rewrite *how, const keylines *lines, const struct keyline *l)
{
	static const char *const dropped[] = { "SystemdService", "TerminalOptions", "SwallowExec" };
	static const char *const plain[] = { "Exec", "TryExec", "DBusActivatable" };

	if (action_of(l->group) && !keyfile_get(lines, l->group, "Exec"))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(dropped); i++)
		if (is_key(l, dropped[i]))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
		if (is_key(l, plain[i]) && l->locale)
			return true;
	return is_key(l, "TryExec") && streq(l->group, GROUP_ENTRY) && how->try_exec;
}

struct writer {
	struct arena *arena;
	const struct rewrite *how;
	const keylines *lines;
	keylines out;
	const char *problem;
};

static int put_line(struct writer *w, struct keyline line)
{
	if (is_key(&line, "Exec")) {
		line.value = prefixed(w->arena, w->how, line.value, &w->problem);
		if (!line.value)
			return -EINVAL;
	} else if (is_key(&line, "DBusActivatable")) {
		line.value = "false";
	} else if (is_key(&line, "Actions") && !line.locale && streq(line.group, GROUP_ENTRY)) {
		line.value = kept_actions(w->arena, w->lines, line.value);
		if (!*line.value)
			return 0;
	}
	vec_push(w->arena, &w->out, line);
	return 0;
}

static void put_head(struct writer *w)
{
	const struct rewrite *how = w->how;
	const char *lines[] = {
		arena_printf(w->arena, "# Starts %s in a sandbox, with the profile %s.  Made by sbox from %s",
			     how->program, how->profile, how->source),
		arena_printf(w->arena, "# This takes it away: sbox desktop remove %s", how->program),
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		vec_push(w->arena, &w->out, (struct keyline){ .kind = LINE_OTHER, .group = "", .text = lines[i] });
}

int rewrite_text(struct arena *arena, const char *text, size_t size, const struct rewrite *how, const char **ret_text,
		 const char **ret_problem)
{
	const char *main_group = how->style == EXEC_ENTRY ? GROUP_ENTRY : GROUP_SERVICE;
	struct writer w = { .arena = arena, .how = how };
	keylines lines;

	if (keyfile_parse(arena, text, size, &lines, ret_problem) < 0)
		return -EINVAL;
	w.lines = &lines;
	if (!keyfile_get(&lines, main_group, "Exec")) {
		*ret_problem = "it has no Exec";
		return -EINVAL;
	}
	put_head(&w);
	vec_each (l, &lines) {
		if (is_dropped(how, &lines, l))
			continue;
		if (put_line(&w, *l) < 0) {
			*ret_problem = w.problem;
			return -EINVAL;
		}
		/* When the package goes, the entry is no longer shown. */
		if (how->try_exec && l->kind == LINE_GROUP && streq(l->group, GROUP_ENTRY))
			vec_push(arena, &w.out,
				 (struct keyline){ .kind = LINE_KEY,
						   .group = l->group,
						   .key = "TryExec",
						   .value = keyfile_escape(arena, how->try_exec) });
	}
	*ret_text = keyfile_text(arena, &w.out);
	return 0;
}
