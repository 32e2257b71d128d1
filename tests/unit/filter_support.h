/* SPDX-License-Identifier: MIT */
/* A profile's text → its filter, for any machine, without the rest of the plan. */
#ifndef SBOX_TESTS_FILTER_SUPPORT_H
#define SBOX_TESTS_FILTER_SUPPORT_H

#include "leak_check.h"
#include "plan/syscall_groups.h"
#include "profile/profile.h"

struct filter_bench {
	struct arena *arena;
	struct err err;
	struct plan plan; /* only what [seccomp] and [namespaces] nested decide */
	int result;       /* of filter_build() and bpf_build() */
};

/** filter_bench() - @text as a profile, on @machine (NULL: this one) */
struct filter_bench *filter_bench(const char *text, const struct machine *machine);
/** filter_problems() - all problems and remedies, one a line */
const char *filter_problems(struct filter_bench *b);

void filter_bench_freep(struct filter_bench **b);
#define _cleanup_filter_ __attribute__((cleanup(filter_bench_freep)))

/** ask() - verdict of the native call @name with up to two arguments, by the instructions */
uint32_t ask(const struct filter_bench *b, const char *name, ...);
#define ARG(index, value) (index), (unsigned long long)(value)
#define END               -1

#define ERR(e) (SECCOMP_RET_ERRNO | (e))
#define ALLOW  SECCOMP_RET_ALLOW
#define KILL   SECCOMP_RET_KILL_PROCESS

#endif
