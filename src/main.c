/* SPDX-License-Identifier: MIT */
/* argv[1] → row of the subcommand table → exit status. */
#include <unistd.h>

#include "base/json.h"
#include "base/stamp.h"
#include "cmd/cmd.h"
#include "kernel/kernel.h"
#include "launch/launch.h"

int main(int argc, char **argv)
{
	struct arena *arena = arena_new_launch(); /* its end is the process's */
	struct session s = { .arena = arena, .argv = argv };
	int status = EXIT_SBOX;

	stamps_init();
	err_init(&s.err, arena);
	if (self_check(&s.err) == 0 && caller_look(arena, environ, &s.caller, &s.err) == 0) {
		const struct command *command = argc > 1 ? command_of(argv[1]) : NULL;

		stamp("self-check, caller");
		s.host = host_new(arena, &s.caller);
		/* A word that is a subcommand is one only in first place; anything else is something to run. */
		if (command)
			json_whole(); /* a launch asks for it where it writes any */
		status = command ? command->run(&s, argc - 1, argv + 1) : cmd_run.run(&s, argc, argv);
	}
	status = session_flush(&s, status);
	session_report(&s, 0, NULL);
	stamp("end");
	stamps_print();
	return status;
}
