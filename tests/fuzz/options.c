/* SPDX-License-Identifier: MIT */
/* The command line of run and explain, what explain is asked, and the shells' completion: one word of it on each line. */
#include <getopt.h>

#include "cmd/cmd.h"
#include "fuzz.h"
#include "kernel/kernel.h"

enum { WORDS_MAX = 64 };

static void parse(struct session *s, const struct command *command, int n, char **words)
{
	static char *const nothing[] = { "sbox", NULL };
	struct run_options o;

	/* getopt_long(3) remembers where it was; a process asks it once. */
	optind = 0;
	(void)getopt_long(1, (char **)nothing, "", (struct option[]){ { 0 } }, NULL);
	int r = options_parse(s, command, n, words, &o);

	/* What is refused is refused with a reason. */
	CLAIM(r == 0 || s->err.problems.n > 0);
	if (r < 0)
		return;
	CLAIM(o.help || (o.command >= words && o.command <= words + n));
	vec_each (set, &o.cli)
		CLAIM(set->key < KEY_COUNT && set->value && set->from.file);
	struct profile *profile = NULL;
	struct plan *plan = NULL;

	if (o.help)
		return;
	r = options_load(s, &o, NULL, &profile, &plan);
	CLAIM(r == 0 || s->err.problems.n > 0);
	CLAIM(r < 0 || plan_json(plan, s->arena));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char *environment[] = { "HOME=/tmp", "PATH=/usr/bin:/bin", "USER=fuzz", NULL };
	char *words[WORDS_MAX + 1] = { NULL };
	struct session s = { 0 };
	int n = 1;

	if (size < 1)
		return -1;
	s.arena = arena_new();
	char *text = arena_strndup(s.arena, (const char *)data + 1, strnlen((const char *)data + 1, size - 1));
	words[0] = "run";
	for (char *word; n < WORDS_MAX && (word = strsep(&text, "\n"));)
		words[n++] = word;
	err_init(&s.err, s.arena);
	CLAIM(caller_look(s.arena, environment, &s.caller, &s.err) == 0);
	s.host = host_new(s.arena, &s.caller);
	if (data[0] % 3 == 0)
		(void)complete(&s, n - 1, words + 1);
	else
		parse(&s, data[0] % 3 == 1 ? &cmd_run : &cmd_explain, n, words);
	vec_each (line, &s.out)
		CLAIM(*line);
	arena_free(s.arena);
	return 0;
}
