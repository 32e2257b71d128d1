/* SPDX-License-Identifier: MIT */
/* sbox profiles: which there are, what they are for, where each comes from and which hides which. */
#include "base/str.h"
#include "cmd/cmd.h"
#include "launch/launch.h"

static const char *kind_names[] = {
	[LAYER_SHIPPED] = "shipped",           [LAYER_SYSTEM] = "system", [LAYER_USER] = "user", [LAYER_PATH] = "path",
	[LAYER_COMMAND_LINE] = "command line",
};

static void print_entry(struct session *s, const struct profile_entry *e, int width)
{
	out(s, "%-*s  %s\n", width, e->name, quote(s->arena, e->description ? e->description : "(no description)"));
	if (e->commands)
		out(s, "%-*s    commands: %s\n", width, "", quote(s->arena, e->commands));
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

static int profiles(struct session *s, int argc, char **argv)
{
	profile_entries entries = { 0 };

	if (argc > 1) {
		bool help = streq(argv[1], "--help") || streq(argv[1], "-h");

		if (help) {
			out(s, "usage: sbox %s\n\n%s\n", cmd_profiles.name, cmd_profiles.help);
			return 0;
		}
		if (streq(argv[1], "--diff"))
			err_add(&s->err, NO_ORIGIN, "option --diff: not available in this version");
		else
			err_add(&s->err, NO_ORIGIN, "unexpected argument: %s", argv[1]);
		return EXIT_USAGE;
	}
	if (profile_entries_find(s->arena, &s->caller, &entries, &s->err) < 0)
		return EXIT_SBOX;
	print_all(s, &entries, false);
	print_all(s, &entries, true);
	return 0;
}

const struct command cmd_profiles = { "profiles", profiles, "",
				      "names, descriptions, where each comes from, which shadows which" };
