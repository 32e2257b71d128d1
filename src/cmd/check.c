/* SPDX-License-Identifier: MIT */
/* sbox check: every problem of profiles, and of the plans that they make. */
#include <errno.h>

#include "base/json.h"
#include "base/str.h"
#include "cmd/check.h"
#include "launch/launch.h"
#include "plan/lint.h"

enum { NAME_WIDTH = 12 };

/** struct checking - what is asked for, and the answers so far */
struct checking {
	bool json, verbose, run;
	size_t tests, failed; /* of --run */
	int width; /* of the longest name */
	json_t *profiles;
	size_t n;
};

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

/* ---- what is printed ---- */

static void print_score(struct session *s, const struct checking *c, const char *name, const struct score *score)
{
	out(s, "%-*s  %4.1f  %s\n", c->width, name, score->total, score_word(score->total));
	if (!c->verbose)
		return;
	vec_each (i, &score->items)
		out(s, "  %4.2f of %4.2f  %-12s  %-44s  # %s\n", i->cost, i->worst, i->id, quote(s->arena, i->text),
		    quote(s->arena, origin_text(s->arena, (struct origin){ i->from.file, i->from.line, NULL })));
}

static json_t *score_json(struct session *s, const struct score *score)
{
	json_t *items = json_array();

	vec_each (i, &score->items) {
		json_t *item = json_object();

		json_set_text(s->arena, item, "id", i->id);
		json_set_text(s->arena, item, "text", i->text);
		json_object_set_new(item, "cost", json_real(i->cost));
		json_object_set_new(item, "worst", json_real(i->worst));
		json_set_origin(s->arena, item, i->from);
		json_array_append_new(items, item);
	}
	return items;
}

static json_t *problems_json(struct session *s, const struct err *err)
{
	json_t *problems = json_array();

	vec_each (p, &err->problems) {
		json_t *problem = json_object();

		json_set_text(s->arena, problem, "severity", p->severity == SEVERITY_ERROR ? "error" : "warning");
		json_set_text(s->arena, problem, "text", p->text);
		json_set_text(s->arena, problem, "remedy", p->remedy);
		json_set_origin(s->arena, problem, p->from);
		json_array_append_new(problems, problem);
	}
	return problems;
}

/* @tests: an array, consumed; NULL: none was carried out. */
static void report_one(struct session *s, struct checking *c, const struct profile *profile, const char *name, const struct score *score,
		       const struct err *err, json_t *tests)
{
	if (profile)
		name = profile->name;
	if (c->json) {
		json_t *object = json_object();

		json_set_text(s->arena, object, "name", name);
		json_set_text(s->arena, object, "profile", profile ? profile->file : NULL);
		if (score->items.n) {
			json_object_set_new(object, "score", json_real(score->total));
			json_set_text(s->arena, object, "rating", score_word(score->total));
			json_object_set_new(object, "items", score_json(s, score));
		}
		json_object_set_new(object, "problems", problems_json(s, err));
		if (tests)
			json_object_set_new(object, "tests", tests);
		json_array_append_new(c->profiles, object);
		return;
	}
	name = quote(s->arena, name);
	if (score->items.n)
		print_score(s, c, name, score);
	else
		out(s, "%-*s     -  %s\n", c->width, name, profile && is_fragment(profile) ? "part of other profiles" : "has errors");
}

/* ---- one profile ---- */

static void check_one(struct session *s, struct checking *c, const char *name)
{
	const struct profile_request request = { .caller = &s->caller, .name = name };
	struct profile *profile = NULL;
	struct score score = { 0 };
	finding_list found = { 0 };
	struct plan *plan;
	struct err err;

	err_init(&err, s->arena);
	if (profile_load(s->arena, &request, &profile, &err) == 0 && !is_fragment(profile)) {
		if (plan_build(s->arena, profile, s->host, NULL, &plan, &err) == 0) {
			plan_lint(plan, s->host, s->arena, &err, &found);
			plan_score(plan, s->host, s->arena, &score);
		}
		vec_each (f, &found)
			finding_warn(f, &err);
		forget_place(&err);
	}
	take_problems(&s->err, &err);
	c->n++;
	if (!c->run || !score.items.n || err.errors) {
		report_one(s, c, profile, name, &score, &err, NULL);
		return;
	}
	json_t *tests = c->json ? json_array() : NULL;
	if (!c->json)
		report_one(s, c, profile, name, &score, &err, NULL);
	c->tests += check_run(s, profile, tests, &c->failed);
	if (c->json)
		report_one(s, c, profile, name, &score, &err, tests);
}

/* "web.ini" is a file beside the user, not a profile of that name. */
static const char *name_of(struct session *s, const char *argument)
{
	size_t n = strlen(argument);

	return !strchr(argument, '/') && n > 4 && streq(argument + n - 4, ".ini")
		       ? arena_printf(s->arena, "./%s", argument)
		       : argument;
}

static int longer(int width, const char *name)
{
	return (int)strlen(name) > width ? (int)strlen(name) : width;
}

static void check_all(struct session *s, struct checking *c)
{
	profile_entries entries = { 0 };

	if (profile_entries_find(s->arena, &s->caller, &entries, &s->err) < 0)
		return;
	vec_each (e, &entries)
		c->width = longer(c->width, e->name);
	vec_each (e, &entries)
		check_one(s, c, e->name);
}

static const char *count(struct session *s, size_t n, const char *what)
{
	return arena_printf(s->arena, "%zu %s%s", n, what, n == 1 ? "" : "s");
}

static void print_end(struct session *s, struct checking *c)
{
	size_t errors = s->err.errors, warnings = s->err.warnings;

	if (!c->json) {
		session_report(s, 0, NULL);
		out(s, "%s: %s, %s\n", count(s, c->n, "profile"), count(s, errors, "error"), count(s, warnings, "warning"));
		if (c->run)
			out(s, "%s: %zu failed\n", count(s, c->tests, "test"), c->failed);
		return;
	}
	json_t *root = json_object();
	json_object_set_new(root, "profiles", c->profiles);
	json_object_set_new(root, "errors", json_integer((json_int_t)errors));
	json_object_set_new(root, "warnings", json_integer((json_int_t)warnings));
	if (c->run)
		json_object_set_new(root, "failed", json_integer((json_int_t)c->failed));
	out(s, "%s\n", json_write(s->arena, root, JSON_INDENT(2) | JSON_REAL_PRECISION(4)));
	s->err.problems.n = 0;
}

static const char check_options[] = "  --run          try what stands in [test], inside a live sandbox\n"
				    "  -v, --verbose  what each part of the score costs, and the line behind it\n"
				    "  --json         everything, as JSON\n";

static int options(struct session *s, struct checking *c, int argc, char **argv)
{
	for (int i = 1; i < argc && !streq(argv[i], "--"); i++) {
		const char *word = argv[i];

		if (streq(word, "--help") || streq(word, "-h")) {
			out(s, "usage: sbox %s %s\n\n%s\n\n%s", cmd_check.name, cmd_check.synopsis, cmd_check.help, check_options);
			return 1;
		}
		if (streq(word, "--json"))
			c->json = true;
		else if (streq(word, "--run"))
			c->run = true;
		else if (streq(word, "--verbose") || streq(word, "-v"))
			c->verbose = true;
		else if (*word == '-') {
			err_add(&s->err, NO_ORIGIN, "unknown option: %s", word);
			err_remedy(&s->err, "usage: sbox %s %s", cmd_check.name, cmd_check.synopsis);
			return -EINVAL;
		}
	}
	return 0;
}

static int check(struct session *s, int argc, char **argv)
{
	struct checking c = { .width = NAME_WIDTH };
	int r = options(s, &c, argc, argv);

	if (r)
		return r < 0 ? EXIT_USAGE : 0;
	if (c.json)
		c.profiles = json_array();
	for (int i = 1; i < argc; i++)
		if (argv[i][0] != '-')
			check_one(s, &c, name_of(s, argv[i]));
	if (!c.n)
		check_all(s, &c);
	r = s->err.errors || c.failed ? 1 : 0;
	print_end(s, &c);
	return r;
}

const struct command cmd_check = { "check", check, "[-v] [--run] [--json] [PROFILE|FILE…]",
				   "every problem of the profiles named (all installed ones, if none), and how much each shares" };
