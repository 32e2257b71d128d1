/* SPDX-License-Identifier: MIT */
/* sbox profiles: which there are, what they are for, where each comes from and which hides which; and the programs of this machine that have one. */
#include "base/str.h"
#include "cmd/cmd.h"
#include "desktop/program.h"
#include "launch/launch.h"
#include "plan/plan_lines.h"

static const char *kind_names[] = {
	[LAYER_SHIPPED] = "shipped",           [LAYER_SYSTEM] = "system", [LAYER_USER] = "user", [LAYER_PATH] = "path",
	[LAYER_COMMAND_LINE] = "command line",
};

/* Those of its commands that this machine has; NULL: none. */
static const char *installed(struct session *s, const struct profile_entry *e)
{
	char *words = arena_strdup(s->arena, e->commands ? e->commands : "");
	const char *text = NULL;

	for (const char *word; (word = next_word(&words));) {
		struct program program;

		if (program_find(s->arena, &s->caller, word, NULL, &program))
			text = text ? arena_printf(s->arena, "%s %s", text, word) : word;
	}
	return text;
}

static void print_entry(struct session *s, const struct profile_entry *e, int width)
{
	out(s, "%-*s  %s\n", width, e->name, quote(s->arena, e->description ? e->description : "(no description)"));
	if (e->commands)
		out(s, "%-*s    commands: %s\n", width, "", quote(s->arena, e->commands));
	const char *here = installed(s, e);
	if (here)
		out(s, "%-*s    installed: %s\n", width, "", quote(s->arena, here));
	out(s, "%-*s    %s: %s\n", width, "", kind_names[e->kind], quote(s->arena, e->file));
	if (e->shadows)
		out(s, "%-*s    shadows: %s\n", width, "", quote(s->arena, e->shadows));
}

static void print_all(struct session *s, const profile_entries *entries, bool fragments)
{
	size_t width = 0, n = 0;

	vec_each (e, entries) {
		width = strlen(e->name) > width ? strlen(e->name) : width;
		n += e->fragment == fragments;
	}
	if (n && fragments)
		out(s, "\nParts that profiles extend:\n");
	vec_each (e, entries)
		if (e->fragment == fragments)
			print_entry(s, e, (int)width);
}

/* As `check` does it: without a command, for the directory that the caller is in. */
static int plan_of(struct session *s, const char *name, struct plan **ret)
{
	const struct profile_request request = { .caller = &s->caller, .name = name };
	struct profile *profile = NULL;
	int r = profile_load(s->arena, &request, &profile, &s->err);

	return r < 0 ? r : plan_build(s->arena, profile, s->host, NULL, ret, &s->err);
}

static int diff(struct session *s, const char *a, const char *b, bool json)
{
	plan_difference_list list = { 0 };
	struct plan *plans[2];
	int ra = plan_of(s, a, &plans[0]), rb = plan_of(s, b, &plans[1]);

	if (ra < 0 || rb < 0)
		return EXIT_SBOX;
	plan_diff(plans[0], plans[1], s->host, s->arena, &list);
	const char *text = json ? plan_diff_json(&list, a, b, s->arena) : plan_diff_text(&list, a, b, s->arena);
	out(s, "%s%s", text, json ? "\n" : "");
	return 0;
}

static int list_all(struct session *s)
{
	profile_entries entries = { 0 };

	if (profile_entries_find(s->arena, &s->caller, &entries, &s->err) < 0)
		return EXIT_SBOX;
	print_all(s, &entries, false);
	print_all(s, &entries, true);
	return 0;
}

static int unexpected(struct session *s, const char *word)
{
	err_add(&s->err, NO_ORIGIN, "unexpected argument: %s", word);
	return EXIT_USAGE;
}

static int profiles(struct session *s, int argc, char **argv)
{
	const char *names[2] = { NULL };
	bool json = false, wants_diff = false;
	size_t n = 0;

	for (int i = 1; i < argc; i++) {
		if (streq(argv[i], "--help") || streq(argv[i], "-h")) {
			out(s, "usage: sbox %s %s\n\n%s\n", cmd_profiles.name, cmd_profiles.synopsis, cmd_profiles.help);
			return 0;
		}
		if (streq(argv[i], "--diff"))
			wants_diff = true;
		else if (streq(argv[i], "--json"))
			json = true;
		else if (argv[i][0] != '-' && n < ARRAY_SIZE(names))
			names[n++] = argv[i];
		else
			return unexpected(s, argv[i]);
	}
	if (!wants_diff && !n && !json)
		return list_all(s);
	if (wants_diff && n == ARRAY_SIZE(names))
		return diff(s, names[0], names[1], json);
	err_add(&s->err, NO_ORIGIN, wants_diff ? "--diff needs two profiles" : "nothing to be done with that without --diff");
	err_remedy(&s->err, "sbox profiles --diff A B");
	return EXIT_USAGE;
}

const struct command cmd_profiles = { "profiles", profiles, "[--diff [--json] PROFILE PROFILE]",
				      "names, descriptions, where each comes from, which shadows which; what one permits that another does not" };
