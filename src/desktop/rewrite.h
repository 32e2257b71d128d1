/* SPDX-License-Identifier: MIT */
/* A launcher, as text, that starts its program through sbox. */
#ifndef SBOX_DESKTOP_REWRITE_H
#define SBOX_DESKTOP_REWRITE_H

#include "desktop/exec.h"

/** struct rewrite - what is put in front of each command line, and said about it */
struct rewrite {
	enum exec_style style;
	const char *sbox;     /* absolute path of the launcher */
	const char *profile;  /* its name */
	const char *program;  /* what the user calls it */
	const char *try_exec; /* absolute path of the program, without which the entry is not shown; NULL: none */
	const char *source;   /* where the text comes from, for people */
	keyfile_names found;  /* pairs: a program's name, and its path, where a sandbox would not find it by the name */
};

/**
 * rewrite_text() - @text (any bytes) with every Exec, of whatever group, behind `SBOX --profile=PROFILE --`
 * All of the rest is kept but DBusActivatable and SystemdService, which start the program by other ways, and the actions
 * that could be started by those alone.
 * Return: 0, *ret_text in @arena; -EINVAL with the reason in *ret_problem.
 */
int rewrite_text(struct arena *arena, const char *text, size_t size, const struct rewrite *how, const char **ret_text, const char **ret_problem);

#endif
