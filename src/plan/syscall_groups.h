/* SPDX-License-Identifier: MIT */
/*
 * What sbox knows of each system call: the tables of syscall_groups.def, the ABIs of a machine, the socket
 * families, and their listing for users.  Pure data; libseccomp is asked for numbers only.
 */
#ifndef SBOX_PLAN_SYSCALL_GROUPS_H
#define SBOX_PLAN_SYSCALL_GROUPS_H

#include "plan/plan.h"
#include "profile/profile.h"

enum syscall_group_id {
#define GROUP(id, ...) GROUP_##id,
#include "plan/syscall_groups.def"
	GROUP_COUNT
};

enum syscall_id {
#define CALL_ROW(group, id, ...) id,
#include "plan/syscall_groups.def"
	CALL_COUNT
};

/** enum refusal - what a call does that no line names */
enum refusal { REFUSE_DEFAULT, REFUSE_PERM, REFUSE_NOSYS, REFUSE_INHERIT };

/** enum wall - what may open a call that is shut */
enum wall { WALL_OPEN, WALL_NAMED, WALL_SET_ID, WALL_FULL, WALL_NEVER, WALL_INHERIT };

/** enum syscall_when - when an argument rule applies; the bits depend on the profile */
enum syscall_when {
	WHEN_ALWAYS = 1,
	WHEN_NESTED_DENY = 2,
	WHEN_NESTED_SANDBOX = 4,
	WHEN_NO_SET_ID = 8,
	WHEN_NO_DEBUG = 16,
	WHEN_DEBUG = 32,
	WHEN_SHARED_GROUP = 64,
	WHEN_SIGNALS_LEAVE = 128,
	WHEN_TCP_PORTS = 256,
};

struct syscall_group {
	const char *name; /* "@file" */
	bool in_base;
	enum refusal refusal;
	enum wall wall;
	const char *help;
	const char *why;
};

struct syscall_row {
	const char *name;
	enum syscall_group_id group;
	bool only32; /* exists on 32-bit ABIs alone */
	enum refusal refusal;
	enum wall wall;
	const char *why;
};

/** struct syscall_case - one argument rule; rows of one call follow one another */
struct syscall_case {
	enum syscall_id call;
	enum syscall_when when;
	struct filter_case rule; /* SECCOMP_RET_ALLOW: the value is permitted, and those that no row names are not */
};

extern const struct syscall_group syscall_groups[GROUP_COUNT];
extern const struct syscall_row syscall_rows[CALL_COUNT];
extern const struct syscall_case syscall_cases[];
extern const size_t n_syscall_cases;

/** struct socket_family - a word of [seccomp] sockets */
struct socket_family {
	const char *name; /* "inet", "netlink:route" */
	uint32_t domain;
	int protocol;     /* of netlink; -1: any */
	const char *lint; /* what is lost by allowing it, or NULL */
};

enum {
	FAMILY_COUNT = 0
#define FAMILY(...) +1
#include "plan/syscall_groups.def"
};
extern const struct socket_family socket_families[FAMILY_COUNT];

/**
 * call_numbers - the native ABI's number of each call in the order of its rows, as the kernel's headers have it: one string
 * behind the other.  Looking four hundred names up costs more than all the rest of making a filter.
 */
extern const char call_numbers[];
/** call_number_next() - the number at @at, which moves on; -1 when the headers do not have that call */
int call_number_next(const char **at);

/** group_find() - the group called @name ("@file"), or GROUP_COUNT; "@base" is none, it stands for several */
enum syscall_group_id group_find(const char *name);
/** call_find() - the row of the call @name, or CALL_COUNT */
enum syscall_id call_find(const char *name);
/** call_refusal(), call_wall(), call_why() - the row's own, else its group's */
enum refusal call_refusal(enum syscall_id call);
enum wall call_wall(enum syscall_id call);
const char *call_why(enum syscall_id call);
/** call_or_group_at() - every known word of [seccomp] allow, for nearest() */
const char *call_or_group_at(size_t i, const void *unused);

/* ---- ABIs (syscall_abi.c) ---- */

/** struct abi - one table of system call numbers */
struct abi {
	const char *name;
	uint32_t token;      /* libseccomp's */
	uint32_t audit_arch; /* what the kernel says; x32 shares x86-64's */
	bool only32;         /* has the calls that only 32-bit ABIs have */
	bool x32;            /* each number carries X32_BIT */
};

#define X32_BIT 0x40000000u

/** struct machine - the ABIs that one machine's kernel may offer; the native one is first */
struct machine {
	const char *name;
	const struct abi *abis;
	size_t n_abis;
};

extern const struct machine machine_x86_64, machine_aarch64;
extern const struct machine *const machine_native;

/** abi_number() - the number of @name in @abi, or -1 when there is none */
int64_t abi_number(const struct abi *abi, const char *name);
/** abi_call_name() - the name of call @nr of the ABI that the kernel calls @audit_arch, or "call N"; in @arena */
const char *abi_call_name(uint32_t audit_arch, uint32_t nr, struct arena *arena);
/** abi_is_x32() - do the numbers of this ABI carry X32_BIT? */
bool abi_is_x32(const struct filter_abi *abi);

/* ---- sockets (syscall_sockets.c) ---- */

/**
 * socket_cases() - `[seccomp] sockets` as argument rules of socket(2) and socketpair(2)
 * @pass: the action of a family that is listed
 * Return: 0, *ret in the plan's arena; -EINVAL with problems in @err.
 */
int socket_cases(struct plan *plan, struct err *err, uint32_t pass, struct filter_case **ret, size_t *ret_n);

/* ---- the filter (plan_syscalls.c) ---- */

/** filter_build() - plan->filter for @machine; plan_syscalls() does it for the native one.  Return: 0 or -EINVAL. */
int filter_build(struct plan *plan, const struct machine *machine, struct err *err);

/* ---- for users (syscall_text.c) ---- */

/**
 * syscall_groups_text() - `sbox explain --syscalls`: the groups, why they are as they are, and their members
 * With a @plan each call of the native ABI gets its verdict and the line that decided.
 */
const char *syscall_groups_text(struct arena *arena, const struct plan *plan);

/** struct syscall_change - what would make a call work: "[seccomp] allow = ptrace" */
struct syscall_change {
	enum key_id key;
	const char *value; /* NULL when no line would */
};

/**
 * syscall_change() - what to write so that the call @name works
 * Return: 0; -EINVAL when this machine has no such call, with the nearest known word in *ret_near (or NULL); @name itself: others have it.
 */
int syscall_change(const char *name, struct syscall_change *ret, const char **ret_near);

#endif
