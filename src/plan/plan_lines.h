/* SPDX-License-Identifier: MIT */
/* A plan as lines, one decided thing each: what explain prints, and what two plans are compared by. */
#ifndef SBOX_PLAN_PLAN_LINES_H
#define SBOX_PLAN_PLAN_LINES_H

#include "plan/plan.h"

/** struct plan_line - one decided thing */
struct plan_line {
	const char *section, *what, *value;
	const char *detail; /* flags and the like, or NULL */
	struct origin from;
};
typedef VEC(struct plan_line) plan_line_list;

/** plan_lines() - all of @plan, in the order in which explain shows it; in @arena (plan_print.c) */
void plan_lines(const struct plan *plan, struct arena *arena, plan_line_list *ret);

/** enum permits - which of two plans permits more in one respect */
enum permits { PERMITS_OTHERWISE, PERMITS_A, PERMITS_B };

/** struct plan_difference - one respect in which two plans differ */
struct plan_difference {
	const char *section, *what;
	const char *a, *b;    /* what each has; NULL: nothing */
	enum permits more;
	struct origin from_a, from_b; /* the lines that decided; file NULL: none did */
};
typedef VEC(struct plan_difference) plan_difference_list;

/**
 * plan_diff() - what two plans permit and limit, compared by their effect: a path by whether it can be read and written
 * inside, a system call by whether it works, the rest by what explain would print (plan_diff.c)
 */
void plan_diff(const struct plan *a, const struct plan *b, struct host *host, struct arena *arena, plan_difference_list *ret);
/** plan_diff_text() - for a human: what B permits that A does not, the other way round, and what is merely different */
const char *plan_diff_text(const plan_difference_list *list, const char *a, const char *b, struct arena *arena);
/** plan_diff_json() - the same as JSON */
const char *plan_diff_json(const plan_difference_list *list, const char *a, const char *b, struct arena *arena);

#endif
