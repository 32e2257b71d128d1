/* SPDX-License-Identifier: MIT */
#include "profile/parts.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>

#include "base/path.h"
#include "base/str.h"

bool is_command_line(const struct setting *s)
{
	return s->layer >= LAYER_NUMBER_COMMAND_LINE;
}

const char *names_at(size_t i, const void *data)
{
	return ((const char *const *)data)[i];
}

static const char *word_at(size_t i, const void *data)
{
	return ((const struct word *)data)[i].name;
}

enum { WORDS_SHOWN = 8 };

/* "a, b or c": what may be written instead. */
static const char *known_words(struct arena *arena, const char *(*at)(size_t, const void *), const void *data)
{
	const char *text = "", *word;

	for (size_t i = 0; (word = at(i, data)); i++)
		text = arena_printf(arena, "%s%s%s", text, i == 0 ? "" : at(i + 1, data) ? ", " : " or ", word);
	return text;
}

int unknown_word(struct load *l, const struct setting *s, const char *what, const char *word,
		 const char *(*at)(size_t i, const void *data), const void *data)
{
	const char *near = nearest(word, at, data);

	size_t n = 0;

	while (n <= WORDS_SHOWN && at(n, data))
		n++;
	err_add(l->err, s->from, "unknown %s \"%s\"", what, word);
	if (near && n > WORDS_SHOWN)
		err_remedy(l->err, "did you mean \"%s\"?", near);
	else if (near)
		err_remedy(l->err, "did you mean \"%s\"? (%s)", near, known_words(l->arena, at, data));
	else if (n <= WORDS_SHOWN)
		err_remedy(l->err, "write %s", known_words(l->arena, at, data));
	return -EINVAL;
}

static int value_text(struct load *l UNUSED, const char *text, struct setting *s)
{
	s->v.text = text;
	return 0;
}

static bool all_of(const char *text, const char *allowed)
{
	return text[strspn(text, allowed)] == '\0';
}

#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static int value_name(struct load *l, const char *text, struct setting *s)
{
	if (strpbrk(text, " \t"))
		return err_add(l->err, s->from, "one word is expected: \"%s\"", text);
	/* 64 is the kernel's limit, sethostname(2) */
	if (s->key == KEY_namespaces_hostname && (!all_of(text, ALNUM "-.") || text[0] == '-' || strlen(text) > 64))
		return err_add(l->err, s->from, "not a host name: \"%s\"", text);
	s->v.text = text;
	return 0;
}

static int check_extends(struct load *l, const char *text, struct setting *s)
{
	if (strchr(text, '/') || name_is_valid(text))
		return 0;
	return err_add(l->err, s->from, "not a profile name: \"%s\"", text);
}

static int check_command(struct load *l, const char *text, struct setting *s)
{
	if (strchr(text, '/')) {
		err_add(l->err, s->from, "a program's name has no \"/\": \"%s\"", text);
		err_remedy(l->err, "write %s: a program is matched wherever a standard directory has it",
			   path_name(text));
		return -EINVAL;
	}
	return 0;
}

static int check_variable(struct load *l, const char *text, struct setting *s)
{
	return strchr(text, '=') ? err_add(l->err, s->from, "a variable's name has no \"=\": \"%s\"", text) : 0;
}

static int check_fd(struct load *l, const char *text, struct setting *s)
{
	if (!all_of(text, "0123456789") || strlen(text) > 7)
		return err_add(l->err, s->from, "not a descriptor: \"%s\"", text);
	s->v.number = strtol(text, NULL, 10);
	return 0;
}

/* What a word must look like where the plan has no table to look it up in. */
static const struct {
	enum key_id key;
	value_fn *check;
} name_checks[] = {
	{ KEY_profile_extends, check_extends },   { KEY_profile_commands, check_command },
	{ KEY_environment_pass, check_variable }, { KEY_environment_unset, check_variable },
	{ KEY_process_pass_fds, check_fd },
};

static int value_names(struct load *l, const char *text, struct setting *s)
{
	s->v.text = text;
	for (size_t i = 0; i < ARRAY_SIZE(name_checks); i++)
		if (name_checks[i].key == s->key)
			return name_checks[i].check(l, text, s);
	return 0;
}

static int value_word(struct load *l, const char *text, struct setting *s)
{
	const struct key *key = &keys[s->key];

	for (const struct word *w = key->words; w->name; w++) {
		if (!streq(w->name, text))
			continue;
		s->v.number = w->value;
		return 0;
	}
	return unknown_word(l, s, "word", text, word_at, key->words);
}

static int value_bool(struct load *l, const char *text, struct setting *s)
{
	static const char *const words[] = { "no", "yes", NULL };

	for (int i = 0; words[i]; i++)
		if (streq(words[i], text)) {
			s->v.number = i;
			return 0;
		}
	return unknown_word(l, s, "word", text, names_at, words);
}

static int value_env(struct load *l, const char *text, struct setting *s)
{
	const char *equals = strchr(text, '=');

	if (!equals || equals == text) {
		err_add(l->err, s->from, "NAME=VALUE is expected: \"%s\"", text);
		if (!equals && !strpbrk(text, " \t"))
			err_remedy(l->err, "`pass = %s` hands the caller's value through", text);
		return -EINVAL;
	}
	s->v.name = arena_strndup(l->arena, text, (size_t)(equals - text));
	if (!all_of(s->v.name, ALNUM "_") || isdigit((unsigned char)text[0]))
		return err_add(l->err, s->from, "not the name of a variable: \"%s\"", s->v.name);
	return expand(l, s, equals + 1, false, &s->v.text);
}

static int value_system(struct load *l, const char *text, struct setting *s)
{
	static const char *const words[] = { [SYSTEM_NONE] = "none", [SYSTEM_HOST] = "host", "a directory", NULL };

	if (strchr(text, '/') || text[0] == '~' || text[0] == '$') {
		s->v.number = SYSTEM_DIR;
		return path_parse(l, s, text, &s->v.src);
	}
	for (int i = 0; i < SYSTEM_DIR; i++)
		if (streq(words[i], text)) {
			s->v.number = i;
			return 0;
		}
	return unknown_word(l, s, "word", text, names_at, words);
}

static int value_user(struct load *l, const char *text, struct setting *s)
{
	static const char *const words[] = { [USER_SELF] = "self", [USER_ROOT] = "root", "a number", NULL };

	if (isdigit((unsigned char)text[0])) {
		/* (uid_t)-1 means "no id" to the kernel */
		if (!all_of(text, "0123456789") || strlen(text) > 10 || strtoull(text, NULL, 10) >= UINT32_MAX)
			return err_add(l->err, s->from, "not a user id: \"%s\"", text);
		s->v.number = USER_NUMBER;
		s->v.id = (uint32_t)strtoull(text, NULL, 10);
		return 0;
	}
	for (int i = 0; i < USER_NUMBER; i++)
		if (streq(words[i], text)) {
			s->v.number = i;
			return 0;
		}
	return unknown_word(l, s, "word", text, names_at, words);
}

static int value_netns(struct load *l, const char *text, struct setting *s)
{
	s->v.number = -1;
	if (strncmp(text, "fd:", 3) == 0)
		return text[3] ? check_fd(l, text + 3, s) : err_add(l->err, s->from, "not a descriptor: \"%s\"", text);
	return path_parse(l, s, text, &s->v.src);
}

static int value_log(struct load *l, const char *text, struct setting *s)
{
	s->v.number = streq(text, "journal") ? LOG_JOURNAL : LOG_FILE;
	return s->v.number == LOG_FILE ? path_parse(l, s, text, &s->v.src) : 0;
}

static value_fn *const parsers[] = {
	[T_TEXT] = value_text,     [T_NAME] = value_name,       [T_LINE] = value_text,
	[T_NAMES] = value_names,   [T_WORD] = value_word,       [T_WORDS] = value_word,
	[T_BOOL] = value_bool,     [T_NUMBER] = value_number,   [T_INT] = value_int,
	[T_MODE] = value_mode,     [T_SHARE] = value_share,     [T_DURATION] = value_duration,
	[T_OFFSET] = value_offset, [T_PATH] = value_path,       [T_BIND] = value_bind,
	[T_ACCESS] = value_access,
	[T_TMPFS] = value_tmpfs,   [T_SYMLINK] = value_symlink, [T_DATA] = value_data,
	[T_SYSTEM] = value_system, [T_USER] = value_user,       [T_IDMAP] = value_idmap,
	[T_NETNS] = value_netns,
	[T_ACTION] = value_action, [T_RLIMIT] = value_rlimit,   [T_ENV] = value_env,
	[T_LOG] = value_log,
};

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && streq(a, b));
}

bool value_equal(const struct setting *a, const struct setting *b)
{
	const struct value *x = &a->v, *y = &b->v;

	return x->number == y->number && x->percent == y->percent && x->mode == y->mode && x->id == y->id &&
	       x->rlimit.rlim_cur == y->rlimit.rlim_cur && x->rlimit.rlim_max == y->rlimit.rlim_max &&
	       same_text(x->text, y->text) && same_text(x->name, y->name) && same_text(x->src, y->src) &&
	       same_text(x->dst, y->dst);
}

static int parse_item(struct load *l, struct setting *s)
{
	const struct key *key = &keys[s->key];
	const char *text = s->raw;

	if (text[0] == '-' && text[1] && key_takes_optional(s->key)) {
		s->optional = true;
		text++;
		text += strspn(text, " \t");
	}
	return parsers[key->type](l, text, s);
}

void value_line(struct load *l, const struct setting *like, const char *value, void (*fn)(void *, struct item),
		void *data)
{
	const struct key *key = &keys[like->key];
	struct item item = { .s = *like };

	if (!*value) {
		if (!key_is_list(key)) {
			err_add(l->err, like->from, "no value");
			if (key->def)
				err_remedy(l->err, "write its default: %s = %s", key->name, key->def);
			return;
		}
		item.reset = true;
		fn(data, item);
		return;
	}

	char *copy = arena_strdup(l->arena, value);

	if (!key_splits(key)) {
		item.s.raw = copy;
		if (parse_item(l, &item.s) == 0)
			fn(data, item);
		return;
	}
	for (const char *word; (word = next_word(&copy));) {
		item.s = *like;
		item.s.raw = word;
		if (parse_item(l, &item.s) == 0)
			fn(data, item);
	}
}
