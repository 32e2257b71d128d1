/* SPDX-License-Identifier: MIT */
/* A machine and a caller written by hand, so that a plan is a pure function of two texts. */
#ifndef SBOX_TESTS_SUPPORT_H
#define SBOX_TESTS_SUPPORT_H

#include "plan/plan.h"
#include "profile/profile.h"

/** struct bench - one plan under test, with everything that it was made of */
struct bench {
	struct arena *arena;
	struct caller caller;
	struct err err;
	struct host *host;
	struct profile *profile;
	struct plan *plan; /* NULL when there were problems */
};

/**
 * bench_plan() - profile text and a machine → plan
 * @machine: one object a line: "d /dir", "f /file", "l /link target", "x /no-access", "c /dev/x"; ancestors are made.
 *   The usual system (/usr, /bin -> usr/bin, /etc, the device nodes, /home/u) is always there.
 * The caller is uid 1000, "u", home /home/u, cwd /home/u/p.
 */
struct bench *bench_plan(const char *profile_text, const char *machine);
/** bench_free() - release everything; NULL is allowed */
void bench_free(struct bench *b);
/** bench_problems() - all problems, one a line */
const char *bench_problems(struct bench *b);
/** entry() - the mount entry at @target, or NULL */
const struct mount_entry *entry(const struct bench *b, const char *target);
/** fake_host() - the machine alone */
struct host *fake_host(struct arena *arena, const struct caller *caller, const char *machine);
/** fake_caller() - the caller alone */
struct caller fake_caller(void);

static inline void bench_freep(struct bench **b)
{
	bench_free(*b);
}
#define _cleanup_bench_ __attribute__((cleanup(bench_freep)))

#endif
