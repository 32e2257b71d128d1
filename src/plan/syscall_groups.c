/* SPDX-License-Identifier: MIT */
#include "plan/syscall_groups.h"

#include <asm/fcntl.h>
#include <asm/ioctls.h>
#include <linux/fcntl.h>
#include <errno.h>
#include <linux/ioprio.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define NS_ANY                                                                                                   \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)
#define NS_NOT_IN_SANDBOX (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS)
/* The kernel looks at the mode when either is set; __O_TMPFILE is the same number on every architecture here. */
#define CREATING          (O_CREAT | 020000000)
#define SET_ID_BITS       06000

#ifdef __s390x__
#define CLONE_FLAGS_ARG 1 /* CLONE_BACKWARDS2: the stack comes first */
#else
#define CLONE_FLAGS_ARG 0
#endif

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80 /* 5.6 */
#endif

const struct syscall_group syscall_groups[GROUP_COUNT] = {
#define GROUP(id, group_name, base, refuse, how_shut, text, reason)                                              \
	[GROUP_##id] = { group_name, base, REFUSE_##refuse, WALL_##how_shut, text, reason },
#include "plan/syscall_groups.def"
};

const struct syscall_row syscall_rows[CALL_COUNT] = {
#define CALL_ROW(group_id, id, text, number, narrow, refuse, how_shut, reason)                                   \
	[id] = { text, GROUP_##group_id, narrow, REFUSE_##refuse, WALL_##how_shut, reason },
#include "plan/syscall_groups.def"
};

/* A name that the headers do not know stays a name: that is told from a number by its first character. */
#define TEXT(number) #number

const char call_numbers[] =
#define CALL_ROW(group_id, id, text, number, narrow, refuse, how_shut, reason) TEXT(number) "\0"
#include "plan/syscall_groups.def"
	;

/* All arguments that are looked at are int or unsigned int to the kernel, or flags of which it uses the low half. */
#define IS(index, number)    { .arg = (index), .mask = UINT32_MAX, .value = (uint32_t)(number) }
#define ANY(index, bits)     { .arg = (index), .negate = true, .mask = (uint32_t)(bits) }
#define REFUSE(error)        (SECCOMP_RET_ERRNO | (error))
#define PERMIT               SECCOMP_RET_ALLOW
#define CONDS(...)           (sizeof((struct filter_cond[]){ __VA_ARGS__ }) / sizeof(struct filter_cond))

const struct syscall_case syscall_cases[] = {
#define CASE(name, when, verdict, reason, ...)                                                                   \
	{ CALL_##name, WHEN_##when, { verdict, CONDS(__VA_ARGS__), { __VA_ARGS__ }, reason } },
#include "plan/syscall_groups.def"
};
const size_t n_syscall_cases = ARRAY_SIZE(syscall_cases);

const struct socket_family socket_families[FAMILY_COUNT] = {
#define FAMILY(word, number, netlink, reason) { word, number, netlink, reason },
#include "plan/syscall_groups.def"
};

int call_number_next(const char **at)
{
	const char *text = *at;
	int number = 0;

	*at += strlen(text) + 1;
	if (!*text)
		return -1;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -1;
		number = number * 10 + (*text - '0');
	}
	return number;
}

enum syscall_group_id group_find(const char *name)
{
	size_t i = 0;

	while (i < GROUP_COUNT && !streq(syscall_groups[i].name, name))
		i++;
	return (enum syscall_group_id)i;
}

enum syscall_id call_find(const char *name)
{
	size_t i = 0;

	while (i < CALL_COUNT && !streq(syscall_rows[i].name, name))
		i++;
	return (enum syscall_id)i;
}

enum refusal call_refusal(enum syscall_id call)
{
	const struct syscall_row *row = &syscall_rows[call];

	return row->refusal == REFUSE_INHERIT ? syscall_groups[row->group].refusal : row->refusal;
}

enum wall call_wall(enum syscall_id call)
{
	const struct syscall_row *row = &syscall_rows[call];

	return row->wall == WALL_INHERIT ? syscall_groups[row->group].wall : row->wall;
}

const char *call_why(enum syscall_id call)
{
	const struct syscall_row *row = &syscall_rows[call];

	return row->why ? row->why : syscall_groups[row->group].why;
}

const char *call_or_group_at(size_t i, const void *unused)
{
	(void)unused;
	if (i == 0)
		return "@base";
	i--;
	if (i < GROUP_COUNT)
		return syscall_groups[i].name;
	i -= GROUP_COUNT;
	return i < CALL_COUNT ? syscall_rows[i].name : NULL;
}
