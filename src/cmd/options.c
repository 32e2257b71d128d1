/* SPDX-License-Identifier: MIT */
/* The command line of run and explain: an option that is a key becomes the setting that a profile's line would be. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>

#include "base/stamp.h"
#include "base/str.h"
#include "cmd/cmd.h"
#include "cmd/option_rows.h"
#include "config.h"
#include "launch/launch.h"

const char *options_help(struct session *s, const struct command *command)
{
	char *text = arena_strdup(s->arena, "");

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct option_row *row = &rows[i];

		if (!row_belongs(row, command == &cmd_run))
			continue;
		const char *shown = arena_printf(s->arena, "--%s%s%s%s%c", row->name, row->arg ? "=" : "", row->arg ? row->arg : "",
						 row->letter ? ", -" : "", row->letter);
		text = arena_printf(s->arena, "%s  %-26s %s\n", text, shown, row->help);
	}
	return text;
}

/* A word of completion for each kind of option; where the kind alone does not tell, the row does. */
static int value_of(const struct option_row *row)
{
	static const int values[] = { [OPT_KEY] = VALUE_KEY, [OPT_ENV] = VALUE_VARIABLE, [OPT_SET] = VALUE_SETTING, [OPT_REPORT] = VALUE_FILE,
				      [OPT_TEXT] = VALUE_OTHER, [OPT_FLAG] = VALUE_NONE };
	static const int asks[] = { [ASK_PATH] = VALUE_FILE, [ASK_SYSCALL] = VALUE_SYSCALL, [ASK_HOST] = VALUE_OTHER, [ASK_DBUS] = VALUE_OTHER };

	if (row->kind == OPT_ASK)
		return asks[row->ask];
	return row->kind == OPT_TEXT && row->offset == offsetof(struct run_options, profile) ? VALUE_PROFILE : values[row->kind];
}

bool option_view_at(const struct command *command, size_t i, struct option_view *ret)
{
	for (size_t r = 0; r < ARRAY_SIZE(rows); r++)
		if (row_belongs(&rows[r], command == &cmd_run) && i-- == 0) {
			*ret = (struct option_view){ .name = rows[r].name, .letter = rows[r].letter, .arg = rows[r].arg,
						     .help = rows[r].help, .value = value_of(&rows[r]), .key = rows[r].key };
			return true;
		}
	return false;
}

static const char *option_at(size_t i, const void *data)
{
	size_t seen = 0;

	for (size_t r = 0; r < ARRAY_SIZE(rows); r++)
		if (row_belongs(&rows[r], data == &cmd_run) && seen++ == i)
			return rows[r].name;
	return NULL;
}

static void add_setting(struct session *s, struct run_options *o, enum key_id key, const char *value, const char *option)
{
	struct origin from = { .file = arena_printf(s->arena, "option --%s", option), .key = keys[key].name };

	vec_push(s->arena, &o->cli, (struct cli_setting){ .key = key, .value = value, .from = from });
}

/* SECTION.KEY=VALUE; section and key are looked up like those of a profile. */
static int parse_set(struct session *s, struct run_options *o, const char *arg)
{
	const char *eq = strchr(arg, '='), *dot = strchr(arg, '.');
	struct origin from = { .file = "option --set" };

	if (!eq || !dot || dot > eq)
		return err_add(&s->err, from, "not SECTION.KEY=VALUE: %s", arg);

	const char *section = arena_strndup(s->arena, arg, (size_t)(dot - arg));
	const char *name = arena_strndup(s->arena, dot + 1, (size_t)(eq - dot - 1));
	enum key_id key = key_find(section, name);

	if (key == KEY_COUNT) {
		const char *near = nearest(name, section_key_at, section);

		err_add(&s->err, from, "unknown key: %s.%s", section, name);
		if (near)
			err_remedy(&s->err, "did you mean %s.%s?", section, near);
		else
			err_remedy(&s->err, "sbox-profile(5) lists all sections and keys");
		return -EINVAL;
	}
	add_setting(s, o, key, eq + 1, arena_printf(s->arena, "set %s.%s", section, name));
	return 0;
}

static int take(struct session *s, struct run_options *o, const struct option_row *row, char *arg)
{
	switch (row->kind) {
	case OPT_KEY:
		add_setting(s, o, row->key, arg, row->name);
		return 0;
	case OPT_ENV:
		add_setting(s, o, strchr(arg, '=') ? KEY_environment_set : KEY_environment_pass, arg, row->name);
		return 0;
	case OPT_SET:
		return parse_set(s, o, arg);
	case OPT_TEXT:
		*(const char **)((char *)o + row->offset) = arg;
		return 0;
	case OPT_FLAG:
		*(bool *)((char *)o + row->offset) = true;
		return 0;
	case OPT_REPORT:
		o->report = true;
		o->report_file = arg;
		return 0;
	case OPT_ASK:
		vec_push(s->arena, &o->questions, (struct question){ .kind = row->ask, .text = arg });
		return 0;
	}
	return -EINVAL; /* no further kind */
}

/* Return: the subcommand that has the option @name, when @command has not. */
static const struct command *option_of_other(const char *name, const struct command *command)
{
	const struct command *other = command == &cmd_run ? &cmd_explain : &cmd_run;

	for (size_t r = 0; r < ARRAY_SIZE(rows); r++)
		if (streq(rows[r].name, name) && row_belongs(&rows[r], other == &cmd_run))
			return other;
	return NULL;
}

static int wrong(struct session *s, const struct command *command, const char *word, int r)
{
	const char *name = skip_prefix(word, "--");

	if (r == ':')
		return err_add(&s->err, NO_ORIGIN, "%s needs a value", word);
	if (!name) {
		err_add(&s->err, NO_ORIGIN, "unknown option: -%c", optopt);
		err_remedy(&s->err, "sbox %s --help lists the options", command->name);
		return -EINVAL;
	}
	name = arena_strndup(s->arena, name, strcspn(name, "="));
	const char *near = nearest(name, option_at, command);
	const struct command *other = option_of_other(name, command);
	err_add(&s->err, NO_ORIGIN, "unknown option: --%s", name);
	if (other)
		err_remedy(&s->err, "it is an option of: sbox %s", other->name);
	else if (near)
		err_remedy(&s->err, "did you mean --%s?  `--` ends the options", near);
	else
		err_remedy(&s->err, "sbox %s --help lists the options; `--` ends them", command->name);
	return -EINVAL;
}

/* getopt_long(3) takes "--pro" for "--profile": a script that relies on that breaks with the next option. */
static bool abbreviated(const char *word, const struct option_row *row)
{
	const char *name = skip_prefix(word, "--");

	return name && strncmp(name, row->name, strlen(row->name)) != 0;
}

int options_parse(struct session *s, const struct command *command, int argc, char **argv, struct run_options *ret)
{
	struct option longs[ARRAY_SIZE(rows) + 2] = { 0 };
	char shorts[2 * ARRAY_SIZE(rows) + 4] = "+:";
	size_t n = 0;
	int r;

	*ret = (struct run_options){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct option_row *row = &rows[i];

		if (!row_belongs(row, command == &cmd_run))
			continue;
		longs[n++] = (struct option){ row->name, !row->arg ? no_argument : *row->arg == '[' ? optional_argument : required_argument,
					      NULL, 256 + (int)i };
		if (row->letter)
			(void)snprintf(shorts + strlen(shorts), 3, "%c%s", row->letter, row->arg ? ":" : "");
	}
	longs[n] = (struct option){ "version", no_argument, NULL, 'V' };

	opterr = 0;
	optind = 1;
	for (int at = 1; argc > 0 && (r = getopt_long(argc, argv, shorts, longs, NULL)) != -1; at = optind) {
		size_t row = r >= 256 ? (size_t)r - 256 : 0;

		if (r == 'V') {
			out(s, "sbox %s\n", PACKAGE_VERSION);
			ret->help = true;
			return 0;
		}
		if (r == '?' || r == ':')
			return wrong(s, command, argv[at], r);
		while (r < 256 && rows[row].letter != r)
			row++;
		if (r >= 256 && abbreviated(argv[at], &rows[row]))
			return wrong(s, command, argv[at], '?');
		if (take(s, ret, &rows[row], optarg) < 0)
			return -EINVAL;
	}
	ret->command = argc > 0 ? argv + optind : argv;
	if (ret->help)
		out(s, "usage: sbox %s %s\n\n%s", command->name, command->synopsis, options_help(s, command));
	return 0;
}

/* The parts go on after a problem, of plan_begin() too; what the command line adds needs a plan that is whole. */
static int plan_rest(struct session *s, const struct run_options *o, struct plan *plan)
{
	(void)plan_finish(plan, s->host, o->command, &s->err);
	stamp("plan: process");
	if (s->err.errors)
		return -EINVAL;
	int r = plan_options(plan, s->host, o->name, o->status_fd, &s->err);
	return r == 0 && o->report ? plan_want_report(plan, o->report_file, &s->err) : r;
}

int options_load(struct session *s, const struct run_options *o, struct launch *launch, struct profile **ret_profile,
		 struct plan **ret_plan)
{
	const struct profile_request request = { .caller = &s->caller, .name = o->profile, .command = o->command[0], .cli = &o->cli };
	int r = profile_load(s->arena, &request, ret_profile, &s->err);

	stamp("profile");
	if (r < 0)
		return r;
	*ret_plan = plan_begin(s->arena, *ret_profile, s->host, &s->err);
	bool begun = launch && !s->err.errors;
	if (begun)
		launch_begin(launch, *ret_plan, &s->err);
	r = plan_rest(s, o, *ret_plan);
	if (r < 0 && begun)
		launch_done(launch);
	return r;
}
