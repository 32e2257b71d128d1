/* SPDX-License-Identifier: MIT */
/* What subcommands share: the table of them, and printing. */
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "cmd/cmd.h"
#include "launch/launch.h"

const struct command *const commands[] = { &cmd_run, &cmd_explain, &cmd_check, &cmd_profiles, &cmd_doctor,
					 &cmd_list, &cmd_enter, &cmd_kill, &cmd_freeze, &cmd_thaw, &cmd_diff, &cmd_apply, &cmd_discard, &cmd_learn,
					 &cmd_desktop, &cmd_help, NULL };

const struct command *command_of(const char *word)
{
	for (size_t i = 0; commands[i]; i++)
		if (streq(word, commands[i]->name))
			return commands[i];
	return NULL;
}

void session_report(struct session *s, size_t max, const char *file)
{
	size_t n = s->err.problems.n;

	err_print(&s->err, STDERR_FILENO, max);
	if (max && n > max) {
		const char *more = arena_printf(s->arena, "sbox: %zu more: sbox check %s\n", n - max, file ? file : "");

		(void)fd_write_all(STDERR_FILENO, more, strlen(more));
	}
	s->err.problems.n = 0; /* each problem is said once */
}

void out(struct session *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vec_push(s->arena, &s->out, arena_vprintf(s->arena, fmt, ap));
	va_end(ap);
}

int session_flush(struct session *s, int status)
{
	int r = 0;

	vec_each (text, &s->out)
		if (r == 0)
			r = fd_write_all(STDOUT_FILENO, *text, strlen(*text));
	if (r == 0)
		return status;
	err_sys(&s->err, NO_ORIGIN, -r, "cannot write the output");
	return EXIT_SBOX;
}

static int help(struct session *s, int argc, char **argv)
{
	if (argc > 1 && streq(argv[1], "--complete"))
		return complete(s, argc - 2, argv + 2);
	out(s, "sbox: run a program in a sandbox\n\n");
	for (size_t i = 0; commands[i]; i++)
		out(s, "  sbox %s %s\n      %s\n", commands[i]->name, commands[i]->synopsis, commands[i]->help);
	out(s, "\nWithout a subcommand it is `run`.  Options of run:\n\n%s\n", options_help(s, &cmd_run));
	return 0;
}

const struct command cmd_help = { "help", help, "", "this text; the manual is sbox(1)" };
