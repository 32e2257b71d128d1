/* SPDX-License-Identifier: MIT */
/*
 * What `sbox check` says of a plan that works: lines that give more than they seem to, lines that do nothing, and a
 * score.  Pure, like the plan; nothing here is looked at by a launch.
 */
#ifndef SBOX_PLAN_LINT_H
#define SBOX_PLAN_LINT_H

#include "plan/plan.h"
#include "profile/profile.h"

struct lint_run;

/** struct lint - one thing that is looked for */
struct lint {
	const char *id; /* stable: [profile] accept names it */
	void (*look)(struct lint_run *run, const struct lint *lint);
	/*
	 * For lints that are a list of host paths (NULL-terminated; "~/" and "$RUN/" are expanded): a line is found that
	 * shows one of them, or shows it writable.
	 */
	const char *const *paths;
	bool writable;
	const char *risk;   /* what follows from it, a clause */
	const char *remedy; /* what to do */
};

extern const struct lint lints[];
extern const size_t n_lints;

/** struct finding - one line that a lint found */
struct finding {
	const struct lint *lint;
	struct origin from;
	const char *text; /* what the line gives: "~/.bashrc can be written" */
};
typedef VEC(struct finding) finding_list;

/** struct lint_run - one plan being looked at */
struct lint_run {
	const struct plan *plan;
	struct host *host;
	struct arena *arena;
	const char *home; /* without links */
	finding_list found;
};

/**
 * plan_lint() - everything found in @plan, but what `[profile] accept` names
 * An unknown word in `accept` is an error in @err.
 */
void plan_lint(const struct plan *plan, struct host *host, struct arena *arena, struct err *err, finding_list *ret);
/** finding_warn() - @f as a warning with its remedy */
void finding_warn(const struct finding *f, struct err *err);

/** lint_found() - a look function's result */
void lint_found(struct lint_run *run, const struct lint *lint, struct origin from, const char *fmt, ...) PRINTF_LIKE(4, 5);
/** lint_shows() - does @m show the host's @path (without links) inside, uncovered?  @writable: so that it can be changed */
bool lint_shows(struct lint_run *run, const struct mount_entry *m, const char *path, bool writable);
/** lint_path() - @path of a table: "~/x", "$RUN/x" or absolute; without links; NULL when it cannot be on this machine */
const char *lint_path(struct lint_run *run, const char *path);

/* The look functions (lint_files.c, lint_lines.c). */
void lint_paths(struct lint_run *run, const struct lint *lint);
void lint_home(struct lint_run *run, const struct lint *lint);
void lint_startup(struct lint_run *run, const struct lint *lint);
void lint_search_path(struct lint_run *run, const struct lint *lint);
void lint_git(struct lint_run *run, const struct lint *lint);
void lint_devices(struct lint_run *run, const struct lint *lint);
void lint_no_effect(struct lint_run *run, const struct lint *lint);
void lint_calls_no_effect(struct lint_run *run, const struct lint *lint);

/* ---- the score (plan_score.c) ---- */

/** struct score_item - one thing that counts */
struct score_item {
	const char *id;   /* stable */
	const char *text; /* what the plan has there */
	double cost;      /* points */
	double worst;     /* what it could cost */
	struct origin from;
};

/** struct score - 0.0: nothing is shared; 10.0: nothing is kept apart */
struct score {
	double total;
	VEC(struct score_item) items;
};

/** plan_score() - how much @plan shares, item by item */
void plan_score(const struct plan *plan, struct host *host, struct arena *arena, struct score *ret);
/** score_word() - "tight", "fair", "loose", "open" */
const char *score_word(double total);

#endif
