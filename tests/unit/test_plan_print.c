/* SPDX-License-Identifier: MIT */
/* explain: the same plan as text and as JSON, and nothing in either that a terminal would act on. */
#include <jansson.h>

#include "base/str.h"
#include "support.h"

TestSuite(plan_print, .fini = leak_check);

static const char profile[] = "[profile]\ndescription = what it is for\n[files]\nsystem = host\nrw = /p\nhide = /p/.env\nro = /q:/x\n"
			      "ro = -/none\n[rlimits]\nnofile = 64:128\n[process]\numask = 077\nnice = 5\ntimeout = 90\n"
			      "[environment]\nset = A=1\n[landlock]\nconnect = 443\n[capabilities]\nkeep = chown\n";
static const char machine[] = "f /p/.env\nd /q\n";

static json_t *json_of(struct bench *b)
{
	json_error_t error;
	json_t *root = json_loads(plan_json(b->plan, b->arena), 0, &error);

	cr_assert(root, "%d: %s", error.line, error.text);
	return root;
}

static const char *text_of(const json_t *item, const char *key)
{
	const char *text = json_string_value(json_object_get(item, key));

	return text ? text : "";
}

/* The n-th line of @text that is no heading, in @arena. */
static const char *row(struct arena *arena, const char *text, size_t n)
{
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
		if (line[0] == ' ' && n-- == 0)
			return arena_strndup(arena, line, strcspn(line, "\n"));
	return NULL;
}

Test(plan_print, text_and_json_say_the_same)
{
	PLAN(b, profile, machine);
	const char *text = plan_text(b->plan, b->arena);
	json_t *root = json_of(b), *items = json_object_get(root, "items"), *item;
	size_t i;

	cr_assert_str_eq(text_of(root, "profile"), "t");
	cr_assert_gt(json_array_size(items), 60);
	json_array_foreach(items, i, item) {
		const char *line = row(b->arena, text, i);

		cr_assert(line, "row %zu is in the JSON only", i);
		cr_assert(strstr(line, text_of(item, "what")) == line + 2, "%s: %s", line, text_of(item, "what"));
		cr_assert(strstr(line, quote(b->arena, text_of(item, "value"))), "%s: %s", line, text_of(item, "value"));
		cr_assert(strstr(line, text_of(item, "detail")), "%s: %s", line, text_of(item, "detail"));
		json_t *number = json_object_get(item, "line");
		const char *from = number ? arena_printf(b->arena, "# %s:%lld", text_of(item, "file"), (long long)json_integer_value(number)) :
					    arena_printf(b->arena, "# %s", text_of(item, "file"));
		cr_assert(strstr(line, from), "%s: %s", line, from);
	}
	cr_assert_null(row(b->arena, text, i), "a row is in the text only");
	json_decref(root);
}

static json_t *find(json_t *root, const char *section, const char *what, const char *value)
{
	json_t *item;
	size_t i;

	json_array_foreach(json_object_get(root, "items"), i, item)
		if (streq(text_of(item, "section"), section) && streq(text_of(item, "what"), what) && streq(text_of(item, "value"), value))
			return item;
	cr_assert_fail("no [%s] %s %s", section, what, value);
	return NULL;
}

Test(plan_print, each_decision_is_there_with_its_line)
{
	static const struct {
		const char *section, *what, *value;
		int line;
	} rows[] = {
		{ "profile", "description", "what it is for", 2 },
		{ "files", "rw", "/p", 5 },
		{ "files", "hide", "/p/.env", 6 },
		{ "files", "ro", "/q:/x", 7 },
		{ "files", "note", "/none is not there: skipped", 8 },
		{ "files", "symlink", "/bin -> usr/bin", 4 },
		{ "rlimits", "nofile", "64:128", 10 },
		{ "process", "umask", "0077", 12 },
		{ "process", "nice", "5", 13 },
		{ "process", "timeout", "90 s", 14 },
		{ "environment", "A", "1", 16 },
		{ "landlock", "connect", "443", 18 },
		{ "capabilities", "keep", "chown", 20 },
		{ "namespaces", "second user", "no", 20 },
		{ "namespaces", "network", "private", 0 },
	};

	PLAN(b, profile, machine);
	json_t *root = json_of(b);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const json_t *item = find(root, rows[i].section, rows[i].what, rows[i].value);

		cr_assert_eq(json_integer_value(json_object_get(item, "line")), rows[i].line, "%s", rows[i].value);
	}
	json_decref(root);
}

Test(plan_print, every_mount_is_printed)
{
	PLAN(b, profile, machine);
	json_t *root = json_of(b), *item;
	size_t i, n = 0;

	json_array_foreach(json_object_get(root, "items"), i, item)
		n += streq(text_of(item, "section"), "files") && !streq(text_of(item, "what"), "note");
	cr_assert_eq(n, b->plan->n_mounts + 1, "and what is covered below /proc");
	json_decref(root);
}

/* ---- hostile bytes ---- */

static void is_harmless(const char *text, bool ascii)
{
	for (const char *c = text; *c; c++)
		cr_assert(*c == '\n' || ((unsigned char)*c >= 0x20 && *c != 0x7f && (!ascii || (unsigned char)*c < 0x80)), "byte %02x in %s",
			  (unsigned char)*c, text);
	cr_assert_null(strstr(text, "\xc2\x9b"), "a C1 control");
	cr_assert_null(strstr(text, "\xe2\x80\xae"), "a bidirectional override");
}

Test(plan_print, nothing_reaches_a_terminal_raw)
{
	struct caller c = fake_caller();
	char name[] = "EVIL\x1b]0;x\x07=\x1b[2J", c1[] = "C1=\xc2\x9b" "31m", bidi[] = "BIDI=\xe2\x80\xae" "txt.exe", bad[] = "BAD=\xff\xfe";
	char *env[] = { name, c1, bidi, bad, NULL };
	char *argv[] = { (char[]){ "\x1b[31mtool" }, (char[]){ "a\nb" }, NULL };

	c.environ = env;
	struct bench *b = bench_plan_as(&c, argv, "[files]\nro = /p/*\n[environment]\npass = *\n",
					"f /p/\x1b[1m\nf /p/\x7f\nf /p/\xff\nf /p/\xe2\x80\xae\nl /p/\x1bl /p/\x1b[1m\n");
	cr_assert(b->plan, "%s", bench_problems(b));
	is_harmless(plan_text(b->plan, b->arena), false);
	is_harmless(plan_json(b->plan, b->arena), true);
	bench_free(b);
}

Test(plan_print, json_gives_every_character_back)
{
	PLAN(b, "[environment]\nset = A=caf\xc3\xa9 \xe2\x80\xae \xf0\x9f\x98\x80 \"\\\n", "");
	json_t *root = json_of(b);

	(void)find(root, "environment", "A", "caf\xc3\xa9 \xe2\x80\xae \xf0\x9f\x98\x80 \"\\");
	json_decref(root);
}
