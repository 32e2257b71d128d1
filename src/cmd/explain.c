/* SPDX-License-Identifier: MIT */
/* sbox explain: the plan, in words, without carrying it out. */
#include <assert.h>
#include <errno.h>

#include "base/json.h"
#include "base/path.h"
#include "base/str.h"
#include "cmd/cmd.h"
#include "launch/launch.h"
#include "plan/syscall_groups.h"
#include "plan/verdict.h"

static const char *const phase_names[] = {
	[PHASE_ASK] = "supervisor", [PHASE_PARENT] = "supervisor", [PHASE_START] = "supervisor", [PHASE_SUPERVISOR] = "supervisor", [PHASE_JOIN] = "enter",
	[PHASE_CHILD] = "child",
	[PHASE_INIT] = "init",	       [PHASE_PROGRAM] = "program",  [PHASE_END] = "supervisor",
	[PHASE_LAST] = "supervisor",
};
static_assert(ARRAY_SIZE(phase_names) == PHASE_COUNT, "a phase has no name");

/* Every step of the launch that this plan wants, in order, and what holds afterwards. */
static void print_steps(struct session *s, const struct plan *plan)
{
	for (size_t i = 0; i < n_steps; i++)
		if (!steps[i].wanted || steps[i].wanted(plan))
			out(s, "%-10s  %-16s  %s\n", phase_names[steps[i].phase], steps[i].name, steps[i].holds);
}

/* ---- single questions ---- */

static const char *const ask_words[] = { [ASK_PATH] = "path", [ASK_SYSCALL] = "syscall", [ASK_HOST] = "host", [ASK_DBUS] = "dbus" };

static int ask(struct session *s, const struct plan *plan, const struct question *q, struct verdict *v)
{
	if (q->kind == ASK_SYSCALL)
		return plan_ask_syscall(plan, q->text, s->arena, v);
	if (q->kind == ASK_HOST)
		return plan_ask_host(plan, s->host, q->text, s->arena, v);
	if (q->kind == ASK_DBUS)
		return plan_ask_bus_text(plan, q->text, s->arena, v);

	const char *base = s->caller.cwd ? s->caller.cwd : "/";
	const char *path = path_normalize(s->arena, q->text[0] == '/' ? q->text : path_join(s->arena, base, q->text));

	plan_ask_path(plan, s->host, path, ASK_FOR_READ, s->arena, v);
	return 0;
}

static void print_lines(struct session *s, const char *first, const char *more, const char *lines)
{
	char *rest = lines ? arena_strdup(s->arena, lines) : NULL;

	for (char *line; (line = strsep(&rest, "\n")); first = more)
		out(s, "  %-11s %s\n", first, quote(s->arena, line));
}

static void print_verdict(struct session *s, const struct verdict *v)
{
	out(s, "%s\n", quote(s->arena, v->text));
	print_lines(s, "decided by", "", v->from.file ? origin_text(s->arena, v->from) : "no line names it");
	print_lines(s, "to change", "and", v->change);
	print_lines(s, "or", "", shell_lines(s->arena, v->option));
	print_lines(s, "no change", "", v->why_not);
}

/* All answers, even after one question was none.  Return: exit status. */
static int print_answers(struct session *s, const struct plan *plan, const struct run_options *o)
{
	json_t *root = json_object(), *answers = json_array();
	int status = 0;

	json_set_text(s->arena, root, "profile", plan->profile->name);
	json_object_set_new(root, "answers", answers);
	vec_each (q, &o->questions) {
		struct verdict v;

		if (ask(s, plan, q, &v) < 0) {
			err_add(&s->err, NO_ORIGIN, "%s", v.text);
			status = EXIT_USAGE;
			continue;
		}
		if (!o->json) {
			print_verdict(s, &v);
			continue;
		}
		json_t *answer = verdict_json(&v, s->arena);
		json_set_text(s->arena, answer, ask_words[q->kind], q->text);
		json_array_append_new(answers, answer);
	}
	const char *text = json_write(s->arena, root, JSON_INDENT(2));
	if (o->json)
		out(s, "%s\n", text);
	return status;
}

int explain_plan(struct session *s, const struct run_options *o)
{
	struct profile *profile = NULL;
	struct plan *plan;

	if (options_load(s, o, NULL, &profile, &plan) < 0)
		return EXIT_SBOX;
	if (o->questions.n)
		return print_answers(s, plan, o);
	plan->clock_adrift = s->host->probe(s->host, PROBE_CLOCK, 0) == 0;
	if (o->steps)
		print_steps(s, plan);
	else if (o->syscalls)
		out(s, "%s", syscall_groups_text(s->arena, plan));
	else if (o->json)
		out(s, "%s\n", plan_json(plan, s->arena));
	else
		out(s, "%s", plan_text(plan, s->arena));
	return 0;
}

static int explain(struct session *s, int argc, char **argv)
{
	struct run_options o;

	if (options_parse(s, &cmd_explain, argc, argv, &o) < 0)
		return EXIT_USAGE;
	return o.help ? 0 : explain_plan(s, &o);
}

const struct command cmd_explain = { "explain", explain, "[OPTION…] [COMMAND…]",
				     "the whole plan, each item with the line that decided it" };
