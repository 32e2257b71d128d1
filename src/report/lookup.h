/* SPDX-License-Identifier: MIT */
/*
 * Where a path of a process inside leads: walked link by link below the process's own root, with open(O_PATH) alone, so
 * that nothing is opened for real, no link leads out of the sandbox, and the reporter's filter can forbid every other
 * open(2).  (openat2() with RESOLVE_IN_ROOT walks faster, but its flags lie behind a pointer, where no filter sees that
 * they would write.)  What other threads swap meanwhile makes the report wrong, nothing else.
 */
#ifndef SBOX_REPORT_LOOKUP_H
#define SBOX_REPORT_LOOKUP_H

#include <limits.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/macro.h"

enum { DIR_CWD = -100 }; /* AT_FDCWD */

/** struct place - where a path leads */
struct place {
	char path[PATH_MAX];  /* inside: absolute, without links as far as it exists */
	int error;            /* 0: it is there; else what the kernel says, as ENOENT */
	bool parent;          /* only the last component is missing, or nothing is */
	bool linked;          /* a symbolic link was followed on the way */
	bool unknown;         /* it goes through a link of /proc that means another thing to each process: not judged */
	struct stat st;       /* of what is there */
	unsigned long flags, parent_flags; /* ST_* of the mount it is on, and of that of its directory */
	int fd;               /* O_PATH of what is there, or -EBADF; the caller closes it */
};

/**
 * lookup() - walk @path of the thread @tid
 * @dir: descriptor that a relative one starts from, or DIR_CWD
 * @follow: a link in the last component is followed
 * Return: 0 with *ret, whatever is there; -errno when the process cannot be looked at.
 */
int lookup(pid_t tid, int dir, const char *path, bool follow, struct place *ret);

#endif
