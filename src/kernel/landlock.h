/* SPDX-License-Identifier: MIT */
/*
 * The Landlock interface up to ABI 6 (landlock(7), linux/landlock.h): headers of the baseline end at ABI 1 to 3, so
 * that the numbers stand here.
 */
#ifndef SBOX_KERNEL_LANDLOCK_H
#define SBOX_KERNEL_LANDLOCK_H

#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

enum { RULESET_VERSION = 1, RULE_PATH_BENEATH = 1, RULE_NET_PORT = 2 };

struct ruleset_attr {
	uint64_t handled_fs;  /* ABI 1 */
	uint64_t handled_net; /* ABI 4 */
	uint64_t scoped;      /* ABI 6 */
};

struct path_beneath_attr {
	uint64_t allowed;
	int32_t parent_fd;
} __attribute__((packed));

struct net_port_attr {
	uint64_t allowed, port;
};

/* 5.13 */
static inline int sys_landlock_create_ruleset(const struct ruleset_attr *attr, size_t size, uint32_t flags)
{
	return (int)syscall(SYS_landlock_create_ruleset, attr, size, flags);
}

/* 5.13 */
static inline int sys_landlock_add_rule(int ruleset, int type, const void *attr)
{
	return (int)syscall(SYS_landlock_add_rule, ruleset, type, attr, 0);
}

/* 5.13 */
static inline int sys_landlock_restrict_self(int ruleset)
{
	return (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
}

#endif
