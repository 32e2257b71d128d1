/* SPDX-License-Identifier: MIT */
/* sbox learn, in two files: the run in the learning sandbox, and the profile that comes of it.  Internal to cmd/. */
#ifndef SBOX_CMD_LEARN_H
#define SBOX_CMD_LEARN_H

#include "cmd/cmd.h"
#include "learn/learn.h"

/** struct learn_options - the command line */
struct learn_options {
	const char *file;   /* -o FILE, absolute; "-": stdout; NULL: the user's profile of the command's name */
	bool merge, help;
	cli_settings asked; /* --ro, --net, --env: hold for the learning sandbox, and are written down */
	char **command;
};

/** struct learned - what a run left */
struct learned {
	int status;        /* the program's exit status, or sbox's */
	bool apart;        /* this is the process that supervised: nothing is left to do but to leave */
	struct plan *plan; /* the learning sandbox */
	struct trace trace;
};

/** learn_run() - run the command and record.  Return: 0; -errno, with problems in s->err, when it was not run. */
int learn_run(struct session *s, const struct learn_options *o, struct learned *ret);

/** learn_name_is_plain() - may it be the name of a profile, and stand in `commands`? */
bool learn_name_is_plain(const char *name);
/** learn_write() - make the profile and write it.  Return: 0; -errno, with problems in s->err. */
int learn_write(struct session *s, const struct learn_options *o, const struct learned *l);

#endif
