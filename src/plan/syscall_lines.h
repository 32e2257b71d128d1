/* SPDX-License-Identifier: MIT */
/* What the lines of [seccomp] say about each group and call: between syscall_lines.c and plan_syscalls.c only. */
#ifndef SBOX_PLAN_SYSCALL_LINES_H
#define SBOX_PLAN_SYSCALL_LINES_H

#include "plan/syscall_groups.h"
#include "profile/profile.h"

/** enum said - in the order of strength */
enum said { SAID_NOTHING, SAID_IMPLIED, SAID_ALLOW, SAID_LOG, SAID_NOTIFY, SAID_DENY, SAID_KILL };

/** struct decision - the strongest line about one group or one call */
struct decision {
	enum said said;
	const struct setting *by; /* NULL: nothing, or implied */
};

/** struct named - a call that a line names; libseccomp may know calls that our table does not (CALL_COUNT) */
struct named {
	enum syscall_id call;
	const char *name;
	struct decision is;
};

struct syscall_lines {
	struct plan *plan;
	struct err *err;
	const struct machine *machine;
	VEC(const struct abi *) abis; /* native first */
	struct decision groups[GROUP_COUNT];
	VEC(struct named) named;
	uint8_t named_at[CALL_COUNT]; /* 1 + index into @named, or 0 */
	unsigned holds;               /* enum syscall_when */
};

static inline bool opens(enum said said)
{
	return said >= SAID_IMPLIED && said <= SAID_NOTIFY;
}

/** syscall_lines_read() - fill @l, whose first three fields are set; problems go to l->err */
void syscall_lines_read(struct syscall_lines *l);

#endif
