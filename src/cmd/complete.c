/* SPDX-License-Identifier: MIT */
/*
 * sbox help --complete WORD…: what may stand in place of the last word, for the shells' completion (completions/).  All of
 * it comes from the tables that the program itself goes by, so a new option or key completes without anybody's doing.
 *
 * One candidate a line, with what it means behind a tab.  A line that starts with a colon asks the shell for its own:
 * `:files`, `:commands`, `:variables`, and `:rest N` when the words from the N-th on are another program's command line.
 */
#include "base/path.h"
#include "base/str.h"
#include "cmd/cmd.h"
#include "overlay/overlay.h"
#include "desktop/program.h"
#include "plan/syscall_groups.h"

/* What is being completed: @prefix is the part of the word that is settled ("--net="), @word the rest. */
struct completion {
	struct session *s;
	const char *prefix, *word;
};

static void offer(struct completion *c, const char *candidate, const char *suffix, const char *help)
{
	if (strncmp(candidate, c->word, strlen(c->word)) == 0)
		out(c->s, "%s%s%s\t%s\n", c->prefix, candidate, suffix, help);
}

static void offer_words(struct completion *c, const struct word *words)
{
	for (const struct word *w = words; w && w->name; w++)
		offer(c, w->name, "", w->help);
}

static void offer_profiles(struct completion *c)
{
	profile_entries entries = { 0 };
	struct err ignored;

	err_init(&ignored, c->s->arena);
	if (strchr(c->word, '/')) {
		out(c->s, ":files\n");
		return;
	}
	(void)profile_entries_find(c->s->arena, &c->s->caller, &entries, &ignored);
	vec_each (e, &entries)
		offer(c, e->name, "", e->description ? quote(c->s->arena, e->description) : "");
}

static void offer_ids(struct completion *c)
{
	struct session quiet = { .arena = c->s->arena, .caller = c->s->caller, .host = c->s->host };
	running_list running = { 0 };

	err_init(&quiet.err, quiet.arena);
	if (sandboxes_look(&quiet, &running) < 0)
		return;
	vec_each (r, &running)
		offer(c, r->entry.id, "", quote(c->s->arena, r->entry.profile));
	running_done(&running);
}

/* What profiles list and this machine has. */
static void offer_programs(struct completion *c)
{
	profile_entries entries = { 0 };
	struct program program;
	struct err ignored;

	err_init(&ignored, c->s->arena);
	(void)profile_entries_find(c->s->arena, &c->s->caller, &entries, &ignored);
	vec_each (e, &entries) {
		char *words = arena_strdup(c->s->arena, e->commands ? e->commands : "");

		for (const char *word; (word = next_word(&words));)
			if (program_find(c->s->arena, &c->s->caller, word, NULL, &program))
				offer(c, word, "", quote(c->s->arena, e->name));
	}
}

/* @n words stand between `desktop` and the one that is completed. */
static void offer_desktop(struct completion *c, int n)
{
	const char *name, *help;

	for (size_t i = 0; n == 0 && (name = desktop_action_at(i, &help)); i++)
		offer(c, name, "", help);
	if (n > 0)
		offer_programs(c);
}

/* Changes that are kept, for diff, apply and discard. */
static void offer_kept(struct completion *c)
{
	kept_list kept = { 0 };

	if (kept_find(c->s->arena, path_join(c->s->arena, c->s->caller.state_dir, "sbox/overlays"), &kept) < 0)
		return;
	vec_each (k, &kept)
		offer(c, k->id, "", "");
	kept_close(&kept);
}

static void offer_calls(struct completion *c)
{
	for (size_t i = 0; i < CALL_COUNT; i++)
		offer(c, syscall_rows[i].name, "", syscall_groups[syscall_rows[i].group].name);
}

static const struct word truth[] = { { "yes", 1, "" }, { "no", 0, "" }, { 0 } };

static void offer_value(struct completion *c, const struct key *key)
{
	if (key->words)
		offer_words(c, key->words);
	else if (key->type == T_BOOL)
		offer_words(c, truth);
	else if (key->type == T_PATH || key->type == T_BIND || key->type == T_TMPFS)
		out(c->s, ":files\n");
	else if (key->type == T_LOG) {
		offer(c, "journal", "", "the system's journal");
		out(c->s, ":files\n");
	}
}

/* SECTION.KEY=VALUE */
static void offer_setting(struct completion *c)
{
	const char *eq = strchr(c->word, '=');

	for (size_t i = 0; i < KEY_COUNT; i++) {
		const char *name = arena_printf(c->s->arena, "%s.%s=", keys[i].section, keys[i].name);

		if (!eq)
			offer(c, name, "", keys[i].help);
		else if (eq && strncmp(c->word, name, strlen(name)) == 0)
			offer_value(&(struct completion){ c->s, arena_printf(c->s->arena, "%s%s", c->prefix, name), eq + 1 }, &keys[i]);
	}
}

static void offer_argument(struct completion *c, const struct option_view *o)
{
	static void (*const others[])(struct completion *) = {
		[VALUE_PROFILE] = offer_profiles,
		[VALUE_SETTING] = offer_setting,
		[VALUE_SYSCALL] = offer_calls,
		[VALUE_OTHER] = NULL,
	};

	if (o->value == VALUE_KEY)
		offer_value(c, &keys[o->key]);
	else if (o->value == VALUE_VARIABLE)
		out(c->s, ":variables\n");
	else if (o->value == VALUE_FILE)
		out(c->s, ":files\n");
	else if (others[o->value])
		others[o->value](c);
}

/* ---- the options of a subcommand: run and explain have a table, the others name theirs in their synopsis ---- */

static bool has_table(const struct command *command)
{
	return command == &cmd_run || command == &cmd_explain;
}

/* The next "--name" in @synopsis at *@at; with '=' behind it, it takes a value. */
static const char *synopsis_option(struct arena *arena, const char **at, bool *ret_value)
{
	const char *start = strstr(*at, "--");

	if (!start)
		return NULL;
	size_t n = 2 + strspn(start + 2, "abcdefghijklmnopqrstuvwxyz-");
	*ret_value = start[n] == '=';
	*at = start + n;
	return arena_strndup(arena, start, n);
}

static void offer_options(struct completion *c, const struct command *command)
{
	struct option_view o;
	bool value;

	for (size_t i = 0; has_table(command) && option_view_at(command, i, &o); i++)
		offer(c, arena_printf(c->s->arena, "--%s", o.name), o.arg && *o.arg != '[' ? "=" : "", o.help);
	const char *at = has_table(command) ? "--version" : command->synopsis, *name;
	while ((name = synopsis_option(c->s->arena, &at, &value)))
		if (name[2])
			offer(c, name, value ? "=" : "", "");
	if (!has_table(command))
		offer(c, "--help", "", "how to use it");
}

/* Is what follows the options another program's command line? */
static bool has_command_line(const struct command *command)
{
	return has_table(command) || command == &cmd_learn;
}

/* The row of "--name", "--name=…" or "-p".  The options of learn are run's, as far as run has them. */
static bool option_of_word(const struct command *command, const char *word, struct option_view *ret)
{
	static const struct option_view output = { .name = "o", .letter = 'o', .arg = "FILE", .value = VALUE_FILE };
	const char *name = skip_prefix(word, "--");
	const struct command *of = command == &cmd_learn ? &cmd_run : command;

	if (command == &cmd_learn && streq(word, "-o")) {
		*ret = output;
		return true;
	}
	for (size_t i = 0; has_command_line(command) && option_view_at(of, i, ret); i++) {
		size_t n = strlen(ret->name);

		if (name ? strncmp(name, ret->name, n) == 0 && (!name[n] || name[n] == '=') : ret->letter && word[1] == ret->letter && !word[2])
			return true;
	}
	return false;
}

static bool of_overlays(const struct command *command)
{
	return command == &cmd_diff || command == &cmd_apply || command == &cmd_discard;
}

static void offer_positional(struct completion *c, const struct command *command)
{
	static const struct {
		const char *in_synopsis;
		void (*offer)(struct completion *);
	} kinds[] = { { "PROFILE", offer_profiles }, { "ID", offer_ids } };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strstr(command->synopsis, kinds[i].in_synopsis))
			(kinds[i].offer == offer_ids && of_overlays(command) ? offer_kept : kinds[i].offer)(c);
	if (strstr(command->synopsis, "COMMAND") && has_command_line(command))
		out(c->s, ":commands\n");
	if (strstr(command->synopsis, "FILE") && !has_command_line(command))
		out(c->s, ":files\n");
}

/*
 * Walks over the words before the last one.  Return: the option whose argument is next in *@ret_option (or no name); the
 * index where another program's command line begins, or -1.
 */
static int walk(const struct command *command, int first, int last, char **words, struct option_view *ret_option)
{
	ret_option->name = NULL;
	for (int i = first; i < last; i++) {
		struct option_view o;

		if (!has_command_line(command))
			continue;
		if (streq(words[i], "--"))
			return i + 1;
		if (words[i][0] != '-')
			return i;
		if (!option_of_word(command, words[i], &o) || !o.arg || *o.arg == '[' || strchr(words[i], '='))
			continue;
		if (++i == last)
			*ret_option = o;
	}
	return -1;
}

int complete(struct session *s, int argc, char **argv)
{
	const struct command *command = argc > 1 ? command_of(argv[0]) : NULL;
	struct completion c = { .s = s, .prefix = "", .word = argc ? argv[argc - 1] : "" };
	int first = command != NULL;
	struct option_view o;

	if (!command)
		command = &cmd_run;
	int rest = walk(command, first, argc - 1, argv, &o);
	const char *eq = strchr(c.word, '=');

	if (rest >= 0) {
		out(s, ":rest %d\n", rest);
	} else if (o.name) {
		offer_argument(&c, &o);
	} else if (c.word[0] == '-' && eq && option_of_word(command, c.word, &o)) {
		c.prefix = arena_strndup(s->arena, c.word, (size_t)(eq + 1 - c.word));
		c.word = eq + 1;
		offer_argument(&c, &o);
	} else if (c.word[0] == '-') {
		offer_options(&c, command);
	} else {
		for (size_t i = 0; argc <= 1 && commands[i]; i++)
			offer(&c, commands[i]->name, "", commands[i]->help);
		if (command == &cmd_desktop)
			offer_desktop(&c, argc - 1 - first);
		else
			offer_positional(&c, command);
	}
	return 0;
}
