/* SPDX-License-Identifier: MIT */
/*
 * The lines of a desktop entry, a D-Bus service or a MIME cache.  They are kept as they are, since what is rewritten must
 * differ from its source in nothing but what starts the program: translations, comments and unknown keys stay.  What GLib
 * refuses as a whole is refused here too, so that no two readers see two files in one.
 */
#ifndef SBOX_DESKTOP_KEYFILE_H
#define SBOX_DESKTOP_KEYFILE_H

#include "base/arena.h"

enum { KEYFILE_SIZE_MAX = 1 << 20 };

#define GROUP_ENTRY   "Desktop Entry"
#define GROUP_ACTION  "Desktop Action "
#define GROUP_SERVICE "D-BUS Service"
#define GROUP_MIME    "MIME Cache"

enum keyline_kind { LINE_OTHER, LINE_GROUP, LINE_KEY }; /* OTHER: blank, or a comment */

/** struct keyline - one line; all strings in the arena */
struct keyline {
	enum keyline_kind kind;
	const char *group;  /* the group it is in, or that it begins; "" before the first one */
	const char *text;   /* OTHER: the line itself */
	const char *key;    /* KEY: without the locale */
	const char *locale; /* KEY: "de" of Name[de]; NULL: none */
	const char *value;  /* KEY: as written, escapes included */
};

typedef VEC(struct keyline) keylines;

/**
 * keyfile_parse() - the lines of @size bytes at @text, which may be anything
 * Return: 0; -EINVAL with the reason in *ret_problem.
 */
int keyfile_parse(struct arena *arena, const char *text, size_t size, keylines *ret, const char **ret_problem);
/** keyfile_get() - the value of @key in @group, without locale; the last one counts, as in GLib; NULL: none */
const char *keyfile_get(const keylines *lines, const char *group, const char *key);
/** keyfile_text() - the lines as a file.  Return: NUL-terminated text in @arena. */
const char *keyfile_text(struct arena *arena, const keylines *lines);

/** keyfile_unescape() - a value of type string: \s \n \t \r \\ mean what they say.  Return: NULL for any other escape. */
char *keyfile_unescape(struct arena *arena, const char *value);
/** keyfile_escape() - the reverse, for text without control characters */
const char *keyfile_escape(struct arena *arena, const char *text);
/** keyfile_list() - cut "a;b;c;" into its parts, in order, without empty ones */
typedef VEC(const char *) keyfile_names;
void keyfile_list(struct arena *arena, const char *value, keyfile_names *ret);
/** keyfile_has() - is @name among @names? */
bool keyfile_has(const keyfile_names *names, const char *name);

#endif
