/* SPDX-License-Identifier: MIT */
/* The Landlock rule set as data: the access rights with the ABI that brought each, and the rules of a plan. */
#ifndef SBOX_PLAN_LANDLOCK_H
#define SBOX_PLAN_LANDLOCK_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

/* LANDLOCK_ACCESS_FS_* (landlock(7)); the headers of the baseline do not have all of them */
enum {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_REMOVE_DIR = 1 << 4,
	FS_REMOVE_FILE = 1 << 5,
	FS_MAKE_CHAR = 1 << 6,
	FS_MAKE_DIR = 1 << 7,
	FS_MAKE_REG = 1 << 8,
	FS_MAKE_SOCK = 1 << 9,
	FS_MAKE_FIFO = 1 << 10,
	FS_MAKE_BLOCK = 1 << 11,
	FS_MAKE_SYM = 1 << 12,
	FS_REFER = 1 << 13,     /* ABI 2 */
	FS_TRUNCATE = 1 << 14,  /* ABI 3 */
	FS_IOCTL_DEV = 1 << 15, /* ABI 5 */
};
enum { NET_BIND_TCP = 1 << 0, NET_CONNECT_TCP = 1 << 1 };           /* ABI 4 */
enum { SCOPED_ABSTRACT_UNIX = 1 << 0, SCOPED_SIGNAL = 1 << 1 };     /* ABI 6 */

/** struct landlock_path - rights on everything below a path inside */
struct landlock_path {
	const char *path;
	uint64_t allowed; /* FS_* */
	struct origin from;
};

/** struct landlock_port - a TCP port that may be bound or connected to */
struct landlock_port {
	uint64_t allowed; /* NET_* */
	uint16_t port;
	struct origin from;
};

/** struct landlock_plan - what the program gives up; nothing at all when every field is empty */
struct landlock_plan {
	int abi;              /* of this kernel; 0: none */
	uint64_t handled_fs;  /* FS_* that only the rules below allow */
	uint64_t handled_net; /* NET_* */
	uint64_t scoped;      /* SCOPED_* */
	uint64_t supervisor_fs, supervisor_net; /* what the process outside gives up, without any rule */
	VEC(struct landlock_path) paths;
	VEC(struct landlock_port) ports;
	VEC(struct landlock_note {
		const char *text;   /* what this kernel, or this profile, does not give */
		struct origin from;
	}) notes;
};

#endif
