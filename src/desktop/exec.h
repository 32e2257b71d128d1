/* SPDX-License-Identifier: MIT */
/*
 * The value of Exec: a command line that no shell should ever see, in the quoting of the Desktop Entry Specification; of a
 * D-Bus service, in that of its daemon.  Launchers differ in what they make of text that is not quoted as it should be (some
 * pass it to a shell when it holds a `;`).  So it is cut into words, and the words are written anew, each so that all of them
 * read the same.
 */
#ifndef SBOX_DESKTOP_EXEC_H
#define SBOX_DESKTOP_EXEC_H

#include "desktop/keyfile.h"

/** enum exec_style - whose Exec */
enum exec_style {
	EXEC_ENTRY,   /* field codes: %f %u …; %% is a percent sign */
	EXEC_SERVICE, /* none */
};

/** words of a command line, unquoted; field codes and %% stay as they are */
typedef keyfile_names exec_words;

/** exec_parse() - the words of @value.  Return: 0; -EINVAL with the reason in *ret_problem: it is not rewritten. */
int exec_parse(struct arena *arena, enum exec_style style, const char *value, exec_words *ret, const char **ret_problem);
/** exec_write() - the words as a value.  Return: NULL when one has a field code and cannot do without quotes. */
const char *exec_write(struct arena *arena, enum exec_style style, const exec_words *words);
/** exec_literal() - @text as a word that holds no field code */
const char *exec_literal(struct arena *arena, enum exec_style style, const char *text);
/** exec_program() - index of the word that names the program, behind `env` and what is for it; words->n: it cannot be told */
size_t exec_program(const exec_words *words);

#endif
