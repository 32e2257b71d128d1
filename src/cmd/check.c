/* SPDX-License-Identifier: MIT */
/* sbox check: every problem of profiles, and of the plans that they make. */
#include <errno.h>

#include "base/str.h"
#include "cmd/cmd.h"
#include "launch/launch.h"

static bool same(const struct problem *a, const struct problem *b)
{
	return a->from.line == b->from.line && a->severity == b->severity && streq(a->text, b->text) &&
	       streq(a->from.file ? a->from.file : "", b->from.file ? b->from.file : "") &&
	       streq(a->from.key ? a->from.key : "", b->from.key ? b->from.key : "");
}

static bool known(const struct err *all, const struct problem *p)
{
	vec_each (q, &all->problems)
		if (same(q, p))
			return true;
	return false;
}

/* What several profiles extend has its problems said once. */
static void take_problems(struct err *all, const struct err *some)
{
	vec_each (p, &some->problems) {
		if (known(all, p))
			continue;
		vec_push(all->arena, &all->problems, *p);
		if (p->severity == SEVERITY_ERROR)
			all->errors++;
		else
			all->warnings++;
	}
}

/* Whether `cwd` gives anything depends on where the user will stand, which is not the profile's mistake. */
static void forget_place(struct err *err)
{
	size_t n = 0;

	vec_each (p, &err->problems)
		if (!p->from.key || !streq(p->from.key, keys[KEY_files_cwd].name))
			err->problems.v[n++] = *p;
	err->problems.n = n;
}

/* A fragment is not meant to be run: what it leaves out comes from the profile that extends it. */
static bool is_fragment(const struct profile *p)
{
	return streq(p->name, "base") || skip_prefix(p->name, "base-");
}

static void check_one(struct session *s, const char *name)
{
	const struct profile_request request = { .caller = &s->caller, .name = name };
	struct profile *profile = NULL;
	struct plan *plan;
	struct err err;

	err_init(&err, s->arena);
	if (profile_load(s->arena, &request, &profile, &err) == 0 && !is_fragment(profile)) {
		(void)plan_build(s->arena, profile, s->host, NULL, &plan, &err);
		forget_place(&err);
	}
	take_problems(&s->err, &err);
}

/* "web.ini" is a file beside the user, not a profile of that name. */
static const char *name_of(struct session *s, const char *argument)
{
	size_t n = strlen(argument);

	return !strchr(argument, '/') && n > 4 && streq(argument + n - 4, ".ini")
		       ? arena_printf(s->arena, "./%s", argument)
		       : argument;
}

static size_t check_all(struct session *s)
{
	profile_entries entries = { 0 };

	if (profile_entries_find(s->arena, &s->caller, &entries, &s->err) < 0)
		return 0;
	vec_each (e, &entries)
		check_one(s, e->name);
	return entries.n;
}

static const char *count(struct session *s, size_t n, const char *what)
{
	return arena_printf(s->arena, "%zu %s%s", n, what, n == 1 ? "" : "s");
}

static int check(struct session *s, int argc, char **argv)
{
	size_t profiles = 0;

	for (int i = 1; i < argc; i++) {
		if (streq(argv[i], "--help") || streq(argv[i], "-h")) {
			out(s, "usage: sbox %s %s\n\n%s\n", cmd_check.name, cmd_check.synopsis, cmd_check.help);
			return 0;
		}
		if (argv[i][0] == '-' && !streq(argv[i], "--")) {
			err_add(&s->err, NO_ORIGIN, "unknown option: %s", argv[i]);
			err_remedy(&s->err, "usage: sbox %s %s", cmd_check.name, cmd_check.synopsis);
			return EXIT_USAGE;
		}
	}
	for (int i = 1; i < argc; i++)
		if (argv[i][0] != '-') {
			check_one(s, name_of(s, argv[i]));
			profiles++;
		}
	if (!profiles)
		profiles = check_all(s);

	size_t errors = s->err.errors, warnings = s->err.warnings;
	session_report(s, 0, NULL);
	out(s, "%s: %s, %s\n", count(s, profiles, "profile"), count(s, errors, "error"), count(s, warnings, "warning"));
	return errors ? 1 : 0;
}

const struct command cmd_check = { "check", check, "[PROFILE|FILE…]",
				   "every problem of the profiles named (all installed ones, if none)" };
