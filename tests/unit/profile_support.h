/* SPDX-License-Identifier: MIT */
/* A home, a system and a shipped directory of their own for each test of profile/. */
#ifndef SBOX_TESTS_PROFILE_SUPPORT_H
#define SBOX_TESTS_PROFILE_SUPPORT_H

#include <criterion/criterion.h>

#include "profile/parts.h"

/** struct world - what a test sees; its directory is the current one while the test runs */
struct world {
	struct arena *arena;
	struct caller caller;
	struct err err;
	struct load load; /* for tests of the parts */
	const char *dir;  /* temporary; home is DIR/home, cwd DIR/home/work */
	const char *environ[4];
	cli_settings cli;
	struct profile *profile; /* of the last load_*() */
};

extern struct world *w;

/** For TestSuite(name, .init = world_open, .fini = world_close) */
void world_open(void);
void world_close(void);

/** put() - write @text to @file (below the temporary directory); directories on the way are made */
void put(const char *file, const char *text);
#define USER "home/.config/sbox/profiles/"

/** load_text() - load @text as the user's profile "t" */
int load_text(const char *text);
/** load_name() - load profile @name (or a path, or NULL for the one of @command) */
int load_name(const char *name, const char *command);
/** option() - one more option of the command line for the next load */
void option(enum key_id key, const char *value);

/** said() - does a problem (or its remedy) say @text?  "t.ini:3: mode: unknown word" */
bool said(const char *text);
/** problems() - all problems, for the message of a failed assertion */
const char *problems(void);

/** nth() - the i-th setting of list @key */
const struct setting *nth(enum key_id key, size_t i);

#define assert_loads(text) cr_assert_eq(load_text(text), 0, "%s", problems())
#define assert_refused(text, message)                                                                                  \
	do {                                                                                                           \
		cr_assert_eq(load_text(text), -EINVAL, "accepted: %s", text);                                          \
		cr_assert(said(message), "expected \"%s\" in:\n%s", message, problems());                              \
	} while (0)

#endif
