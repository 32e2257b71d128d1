/* SPDX-License-Identifier: MIT */
/* A machine and a caller written by hand, so that a plan is a pure function of two texts. */
#ifndef SBOX_TESTS_SUPPORT_H
#define SBOX_TESTS_SUPPORT_H

#include <criterion/criterion.h>
#include <linux/mount.h>

#include "leak_check.h"
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
 * @profile: the profile "t".  What stands before a line "----" is another file, base.ini beside it: "extends = ./base.ini".
 * @machine: one object a line; ancestors are made.  A later line about a path replaces an earlier one.
 *   d /dir   f /file   l /link target   c /char-device   s /socket   x /no-access
 *   f /file TEXT   what is in it; ";" ends a line
 *   f /file hex:…  the same in hexadecimal, for host->bytes()
 *   b /block-device (8:1)
 *   G /mount       of the version 2 cgroups; g /dir FLAGS;CONTROLLERS;ENABLED, from the caller's own upwards: d delegated, a alone
 *   V .            version 1 counts memory and tasks
 *   = /at /of      /at shows the same objects as /of, as a bind mount does
 *   m /path MODE   its permissions, octal, for the owner, who is the caller
 *   - /path        not there after all
 *   p NAME N       a probe answers N: landlock apparmor selinux tty cap ram rlimit pasta, fd (descriptor N is open)
 *   w N            the Wayland compositor offers security contexts: 1; it does not: 0; it does not answer: -errno
 *   The usual system (/usr, /bin -> usr/bin, /etc, the device nodes, /home/u/p) is always there.
 */
struct bench *bench_plan(const char *profile, const char *machine);
/** bench_plan_as() - the same for another caller (NULL: the usual one) and a command */
struct bench *bench_plan_as(const struct caller *caller, char *const *argv, const char *profile, const char *machine);
/** bench_free() - release everything; NULL is allowed */
void bench_free(struct bench *b);
/** bench_problems() - all problems, one a line: "3: ro: what | remedy" */
const char *bench_problems(struct bench *b);
/** bench_remarks() - all remarks of the plan, one a line */
const char *bench_remarks(struct bench *b);
/** entry() - the mount entry at @target, or NULL */
const struct mount_entry *entry(const struct bench *b, const char *target);
/** fake_host() - the machine alone */
struct host *fake_host(struct arena *arena, const struct caller *caller, const char *machine);
/** fake_caller() - the caller alone: "u", home /home/u, cwd /home/u/p */
struct caller fake_caller(void);

static inline void bench_freep(struct bench **b)
{
	bench_free(*b);
}
#define _cleanup_bench_ __attribute__((cleanup(bench_freep)))

static inline bool is_ro(const struct mount_entry *m)
{
	return m && m->kind == MOUNT_BIND && m->attrs & MOUNT_ATTR_RDONLY;
}

static inline bool is_rw(const struct mount_entry *m)
{
	return m && m->kind == MOUNT_BIND && !(m->attrs & MOUNT_ATTR_RDONLY);
}

static inline bool is_kind(const struct mount_entry *m, enum mount_kind kind)
{
	return m && m->kind == kind;
}

/* A plan is made of these two texts. */
#define PLAN(b, profile, machine)                                                                                        \
	_cleanup_bench_ struct bench *b = bench_plan(profile, machine);                                                  \
	cr_assert(b->plan, "%s", bench_problems(b))

/* No plan is made of them: the first error blames line @at, and one says @words. */
#define REFUSED(profile, machine, at, words)                                                                             \
	do {                                                                                                             \
		_cleanup_bench_ struct bench *refused = bench_plan(profile, machine);                                    \
		cr_assert_null(refused->plan, "accepted: %s", profile);                                                  \
		cr_assert_eq(refused->err.problems.v[0].from.line, at, "%s", bench_problems(refused));                   \
		cr_assert(strstr(bench_problems(refused), words), "expected \"%s\" in %s", words, bench_problems(refused)); \
	} while (0)

#endif
