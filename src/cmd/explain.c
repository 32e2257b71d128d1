/* SPDX-License-Identifier: MIT */
/* sbox explain: the plan, in words, without carrying it out. */
#include <assert.h>
#include <errno.h>

#include "base/path.h"
#include "base/str.h"
#include "cmd/cmd.h"
#include "launch/launch.h"
#include "plan/syscall_groups.h"

static const char *const phase_names[] = {
	[PHASE_PARENT] = "supervisor", [PHASE_START] = "supervisor", [PHASE_SUPERVISOR] = "supervisor", [PHASE_CHILD] = "child",
	[PHASE_INIT] = "init",	       [PHASE_PROGRAM] = "program",  [PHASE_END] = "supervisor",
};
static_assert(ARRAY_SIZE(phase_names) == PHASE_COUNT, "a phase has no name");

/* Every step of the launch that this plan wants, in order, and what holds afterwards. */
static void print_steps(struct session *s, const struct plan *plan)
{
	for (size_t i = 0; i < n_steps; i++)
		if (!steps[i].wanted || steps[i].wanted(plan))
			out(s, "%-10s  %-16s  %s\n", phase_names[steps[i].phase], steps[i].name, steps[i].holds);
}

static int print_answer(struct session *s, const struct plan *plan, const struct question *q)
{
	struct verdict v;

	if (q->kind == ASK_SYSCALL) {
		if (plan_ask_syscall(plan, q->text, s->arena, &v) < 0)
			return err_add(&s->err, NO_ORIGIN, "%s", v.text);
	} else {
		const char *base = s->caller.cwd ? s->caller.cwd : "/";
		const char *path = path_normalize(s->arena, q->text[0] == '/' ? q->text : path_join(s->arena, base, q->text));

		plan_ask_path(plan, s->host, path, s->arena, &v);
	}
	out(s, "%s\n", quote(s->arena, v.text));
	out(s, "  decided by  %s\n", v.from.file ? quote(s->arena, origin_text(s->arena, v.from)) : "no line names it");
	if (v.change)
		out(s, "  to change   %s\n", quote(s->arena, v.change));
	if (v.option)
		out(s, "  or          %s\n", quote(s->arena, v.option));
	return 0;
}

int explain_plan(struct session *s, const struct run_options *o)
{
	struct profile *profile = NULL;
	struct plan *plan;

	if (options_load(s, o, &profile, &plan) < 0)
		return EXIT_SBOX;
	if (o->questions.n) {
		int status = 0;

		vec_each (q, &o->questions)
			if (print_answer(s, plan, q) < 0)
				status = EXIT_USAGE;
		return status;
	}
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
