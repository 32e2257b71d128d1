/* SPDX-License-Identifier: MIT */
/* sbox run: profile → plan → launch; the exit status is the program's. */
#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "cmd/cmd.h"
#include "launch/launch.h"

enum { PROBLEMS_SHOWN = 3 };

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void say_end(struct session *s, const struct profile *p, int status, int64_t ms)
{
	const char *line = arena_printf(s->arena, "sbox: %s: status %d after %lld.%03lld s\n", quote(s->arena, p->name), status,
					(long long)ms / 1000, (long long)ms % 1000);

	(void)fd_write_all(STDERR_FILENO, line, strlen(line));
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
	struct plan *plan;
	int64_t start = now_ms();

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
	int r = options_load(s, &o, &profile, &plan);
	if (r < 0 || !o.quiet)
		session_report(s, r < 0 ? PROBLEMS_SHOWN : 0, profile ? profile->file : NULL);
	if (r < 0)
		return EXIT_SBOX;
	s->err.problems.n = 0;

	int status = launch_run(plan, o.quiet ? drop_warnings : say, s, &s->err);
	session_report(s, 0, NULL);
	if (o.verbose)
		say_end(s, profile, status, now_ms() - start);
	return status;
}

const struct command cmd_run = { "run", run, "[OPTION…] [--] COMMAND [ARG…]", "run COMMAND in a sandbox" };
