/* SPDX-License-Identifier: MIT */
/*
 * sbox learn: what a program used → a profile.
 *
 *   trace ─► choose ─► lines (network, calls, desktop) ─┐                     ┌─► lines (files)
 *     │                                                 ├─► profile ─► plan ─► needs ─► generalise
 *     └────────────────────────────────────────────────-┘
 *
 * The plan of what was chosen first tells which of the paths are given without any line of their own.  generalise() and the
 * text are pure: what they must know of the machine is in their arguments.
 */
#ifndef SBOX_LEARN_LEARN_H
#define SBOX_LEARN_LEARN_H

#include "learn/trace.h"
#include "plan/plan.h"

/** struct line - one line of a profile, and what speaks for it */
struct line {
	const char *section, *key;
	const char *value; /* in the profile's language */
	const char *why;   /* the comment above it: may hold hostile bytes; or NULL */
	bool off;          /* written as a comment: somebody has to decide */
};
typedef VEC(struct line) line_list;

struct places;

/* ---- choose.c ---- */

/** struct choice - what is decided before the files are looked at */
struct choice {
	const char *extends; /* "base" or "base-desktop" */
	line_list lines;
};

/** learn_origin - `file` of each setting of the learning sandbox: what a mount is for is told by its line */
extern const char learn_origin[];
/** choose() - network, system calls and desktop services, and what was refused while learning; @plan: the learning sandbox */
void choose(const struct trace *trace, const struct plan *plan, const struct places *places, struct arena *arena, struct choice *ret);

/** choice_extend() - for a profile that extends something already: one line more for windows */
void choice_extend(struct arena *arena, struct choice *c);

/* ---- needs.c ---- */

enum {
	NEED_LOOK = 1,
	NEED_READ = 2,  /* of a directory: its names */
	NEED_EXEC = 4,
	NEED_WRITE = 8, /* a file that is there */
	NEED_MAKE = 16, /* a directory: names in it are made or taken away */
	NEED_KEEP = 32, /* a directory of the home that does not exist on the host: names in it are made */
	NEED_LOST = 64, /* a directory in which names are made, and which no line gives: they are gone with the sandbox */
};

/** struct need - a path that no line gives yet */
struct need {
	const char *path;   /* on the host, and inside */
	unsigned bits;      /* NEED_* */
	bool is_dir;
	const char *secret; /* it is one, or leads to one: this; NULL */
	bool socket;        /* something listens there */
	const char *call, *command, *example; /* who needed it first, and, for MAKE, KEEP and LOST, a name made there */
};
typedef VEC(struct need) need_list;

/** needs_find() - the paths of @trace that @plan does not give as they were used */
void needs_find(const struct trace *trace, const struct plan *plan, struct host *host, struct arena *arena, need_list *ret);
/** needs_in_cwd() - what happened below the caller's current directory: 0, NEED_READ or NEED_MAKE */
unsigned needs_in_cwd(const struct trace *trace, const struct plan *plan);

/* ---- generalise.c ---- */

/** struct place_name - a directory with a name of its own in profiles */
struct place_name {
	const char *name; /* "${XDG_CONFIG_HOME}", "~" */
	const char *path;
	bool apps;        /* its directories belong to one program each */
};

/** struct places - what generalise() knows of the machine */
struct places {
	VEC(struct place_name) names; /* the home last */
	const char *home;
	/** holds_secret() - does a secret lie at or below @dir? */
	bool (*holds_secret)(const struct places *p, const char *dir);
	/** risk() - what follows when @path can be written, where the host runs it later; or NULL */
	const char *(*risk)(const struct places *p, const char *path);
	const struct plan *plan; /* for the two */
	struct host *host;
	struct arena *arena;
};

/** generalise() - as few lines as say it without giving much more than was used */
void generalise(const need_list *needs, const struct places *places, struct arena *arena, line_list *ret);

/* ---- text.c ---- */

/** path_value() - @path as the value of a line; NULL when no line can hold it */
const char *path_value(const struct places *places, struct arena *arena, const char *path);
/** comment_text() - @text on one line, safe for a terminal, and not long */
const char *comment_text(struct arena *arena, const char *text);
/** line_text() - @line with its comment, each ended by a newline; a value that no line can hold becomes a comment */
const char *line_text(const struct line *line, struct arena *arena);

/** struct profile_head - what stands above the lines */
struct profile_head {
	const char *date;    /* "2026-11-22" */
	const char *command; /* as typed; hostile */
	const char *name;    /* for `commands`; NULL: none */
	const char *extends;
	const char *sockets; /* families of sockets that were made; "": none */
	bool whole;          /* everything was recorded */
};
/** profile_text() - a profile of @lines, by section */
const char *profile_text(const struct profile_head *head, const line_list *lines, struct arena *arena);

/* ---- merge.c ---- */

/** merge() - @text with @lines added, each in the last of its sections; what the file says already, or denies, stays */
const char *merge(const char *text, const line_list *lines, struct arena *arena);
/** merge_difference() - the lines of @after that are not in @before, and those that are gone, as a unified diff does; "" for none */
const char *merge_difference(const char *before, const char *after, struct arena *arena);
/** line_off() - @text with line @nr (from 1) as a comment, and @why above it */
const char *line_off(const char *text, unsigned nr, const char *why, struct arena *arena);

#endif
