/* SPDX-License-Identifier: MIT */
/* sbox run: profile → plan → launch; the exit status is the program's. */
#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/str.h"
#include "cmd/cmd.h"
#include "launch/launch.h"

enum { PROBLEMS_SHOWN = 3 };

static void say_end(struct session *s, const struct profile *p, int status, int64_t ms, struct launch_usage *u)
{
	struct arena *arena = s->arena;
	const char *memory = u->memory_peak >= 0 ? arena_printf(arena, "peak memory %s", size_human(arena, u->memory_peak)) :
						    arena_printf(arena, "largest process %s", size_human(arena, u->largest_process));
	const char *tasks = u->tasks_peak >= 0 ? arena_printf(arena, ", %lld tasks at most", (long long)u->tasks_peak) : "";
	const char *line = arena_printf(arena, "sbox: %s: status %d after %lld.%03lld s, CPU %.3f s, %s%s\n", quote(arena, p->name),
					status, (long long)ms / 1000, (long long)ms % 1000, (double)u->cpu_ns / 1e9, memory, tasks);

	err_print(&u->notes, STDERR_FILENO, 0);
	(void)fd_write_all(STDERR_FILENO, line, strlen(line));
}

/* What a shipped profile asked for and this machine does not give: nobody is told who did not ask. */
static void say_notes(struct session *s, const struct plan *plan)
{
	vec_each (n, &plan->cgroup.notes)
		err_warn(&s->err, n->from, "%s", n->text);
}

static void say(struct err *err UNUSED, void *data)
{
	session_report(data, 0, NULL);
}

/* --quiet: what comes while the program runs are warnings, and they are dropped like those before it. */
static void drop_warnings(struct err *err, void *data UNUSED)
{
	err->problems.n = 0;
}

static int run(struct session *s, int argc, char **argv)
{
	struct run_options o;
	struct profile *profile = NULL;
	struct launch launch;
	struct plan *plan;
	int64_t start = clock_ms();

	if (options_parse(s, &cmd_run, argc, argv, &o) < 0)
		return EXIT_USAGE;
	if (o.help)
		return 0;
	if (o.dry_run)
		return explain_plan(s, &o);
	if (!o.command[0]) {
		err_add(&s->err, NO_ORIGIN, "no command given");
		err_remedy(&s->err, "sbox [OPTION…] [--] COMMAND [ARG…]; sbox help says more");
		return EXIT_USAGE;
	}
	int r = options_load(s, &o, &launch, &profile, &plan);
	if (r == 0 && o.verbose)
		say_notes(s, plan);
	if (r < 0 || !o.quiet)
		session_report(s, r < 0 ? PROBLEMS_SHOWN : 0, profile ? profile->file : NULL);
	if (r < 0)
		return EXIT_SBOX;
	s->err.problems.n = 0;

	struct launch_usage usage;
	err_init(&usage.notes, s->arena);
	int status = launch_go(&launch, o.quiet ? drop_warnings : say, s, &usage);
	if (o.quiet && !s->err.errors)
		drop_warnings(&s->err, NULL);
	session_report(s, 0, NULL);
	if (o.verbose)
		say_end(s, profile, status, clock_ms() - start, &usage);
	return status;
}

const struct command cmd_run = { "run", run, "[OPTION…] [--] COMMAND [ARG…]", "run COMMAND in a sandbox" };
