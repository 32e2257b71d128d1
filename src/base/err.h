/* SPDX-License-Identifier: MIT */
/*
 * Problems, as the user will read them: where, what, why, what to do.  Modules collect them here and
 * return -errno; only cmd/ prints.
 */
#ifndef SBOX_BASE_ERR_H
#define SBOX_BASE_ERR_H

#include "base/arena.h"

/** struct origin - the line that decided something */
struct origin {
	const char *file; /* as the user may open it ("/etc/sbox/profiles/web.ini"), or "option --net", "default" */
	unsigned line;    /* from 1; 0 when @file has no lines (options, defaults) */
	const char *key;  /* "rw", or NULL when no key is to blame */
};

enum severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTE };

struct problem {
	enum severity severity;
	struct origin from;
	const char *text;   /* sentence without full stop; may hold hostile bytes: print with quote() */
	const char *remedy; /* what to do, or NULL */
};

/** struct err - a collection of problems; owned by whoever called err_new() */
struct err {
	struct arena *arena; /* holds the texts */
	VEC(struct problem) problems;
	size_t errors, warnings;
};

/** err_init() - an empty collection whose texts live in @arena */
void err_init(struct err *e, struct arena *arena);

/**
 * err_add() - one error
 * Return: -EINVAL, so that a caller may `return err_add(…)`.
 */
int err_add(struct err *e, struct origin from, const char *fmt, ...) PRINTF_LIKE(3, 4);
/** err_sys() - an error with its cause: ": strerror(@error)" is appended.  Return: -@error. */
int err_sys(struct err *e, struct origin from, int error, const char *fmt, ...) PRINTF_LIKE(4, 5);
/** err_warn() - a warning (a lint, something optional that is missing) */
void err_warn(struct err *e, struct origin from, const char *fmt, ...) PRINTF_LIKE(3, 4);
/** err_note() - something that went well and that the user wants to know */
void err_note(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);
/** err_remedy() - what to do about the problem added last */
void err_remedy(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/** err_print() - write all problems, or the first @max (0: all) of them, to @fd; hostile bytes are escaped */
void err_print(const struct err *e, int fd, size_t max);

/** origin_text() - "web.ini:12: rw", "option --net", "default"; in @arena */
const char *origin_text(struct arena *arena, struct origin from);

#define NO_ORIGIN ((struct origin){ 0 })

#endif
