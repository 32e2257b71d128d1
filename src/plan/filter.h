/* SPDX-License-Identifier: MIT */
/*
 * The seccomp filter as data: what `explain` shows, what plan/bpf.c turns into instructions and what a
 * simulator runs.  Everything here is pure.
 */
#ifndef SBOX_PLAN_FILTER_H
#define SBOX_PLAN_FILTER_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

/** struct filter_cond - (args[arg] & mask) == value, on 64 bits; where the kernel reads 32 bits, mask has 32 */
struct filter_cond {
	uint8_t arg;
	bool negate; /* != instead of == */
	uint64_t mask, value;
};

/** struct filter_case - the first case all of whose conditions hold decides */
struct filter_case {
	uint32_t action; /* SECCOMP_RET_* | data */
	uint8_t n_conds;
	struct filter_cond conds[3];
	const char *why; /* "TIOCSTI would type into the caller's terminal" */
};

/** struct filter_rule - what one system call of one ABI does */
struct filter_rule {
	uint32_t nr;     /* the number the kernel sees (x32: with bit 30) */
	uint32_t action; /* when no case holds */
	const char *name;
	const char *group;  /* "@io", or NULL when a line names the call itself */
	struct origin from; /* the line that decided */
	const char *why;    /* the group's or row's reason, for denied calls */
	const struct filter_case *cases;
	size_t n_cases;
};

/** struct filter_abi - the rules of one AUDIT_ARCH_*, sorted by nr */
struct filter_abi {
	uint32_t audit_arch;
	const char *name; /* "x86-64", "i386", "x32", "aarch64", "arm" */
	uint32_t default_action;
	struct filter_rule *rules;
	size_t n_rules;
};

struct filter {
	struct filter_abi *abis; /* calls of an ABI that is not here end the program */
	size_t n_abis;           /* x32 shares x86-64's audit_arch and has bit 30 set in every number */
	uint32_t default_action; /* of `[seccomp] default` */
	struct origin default_from;
};

/** bpf_build() - @f as a program for seccomp(2), in @arena.  Return: 0, or -E2BIG beyond 4096 instructions. */
int bpf_build(const struct filter *f, struct arena *arena, struct sock_fprog *ret);

/** bpf_run() - what the kernel would answer: a simulator of the classic BPF that seccomp accepts, for tests and lints */
uint32_t bpf_run(const struct sock_fprog *prog, const struct seccomp_data *data);

/** filter_verdict() - the same question answered from the table @f, not from the instructions */
uint32_t filter_verdict(const struct filter *f, const struct seccomp_data *data, const struct filter_rule **ret_rule);

/** filter_case_find() - the case of @rule that decides, or NULL: then the rule's own action does */
const struct filter_case *filter_case_find(const struct filter_rule *rule, const struct seccomp_data *data);

/** filter_rule_find() - rule of @name in the native ABI, or NULL */
const struct filter_rule *filter_rule_find(const struct filter *f, const char *name);

/** action_text() - "allow", "errno:EPERM", "kill", …; in @arena */
const char *action_text(struct arena *arena, uint32_t action);

#endif
