/* SPDX-License-Identifier: MIT */
/*
 * A mask guards an object, not a name: when a program on the host replaces a masked or protected file (every editor's
 * save does), the mask stays with the old object and the sandbox sees the new one.  Nothing can prevent that from
 * outside the file system; the supervisor notices it at once.
 */
#ifndef SBOX_REPORT_UNMASK_H
#define SBOX_REPORT_UNMASK_H

#include "plan/plan.h"

/** struct unmask - the names being watched; owned by the supervisor */
struct unmask {
	const struct plan *plan;
	int fd;      /* inotify, non-blocking; -EBADF when nothing is watched */
	int *wds;    /* one for each plan->watches: the watch of its directory, -1 for none */
	bool *said;  /* each name is reported once */
	size_t found; /* how many were replaced before they were watched */
};

/**
 * unmask_open() - start watching; runs in the supervisor, before the sandbox starts
 * A name that cannot be watched (no inotify instance left, a file system without events) is a warning.
 * Allocates from @plan->arena.  Return: the number of warnings.
 */
int unmask_open(struct unmask *u, const struct plan *plan, struct err *err);

/**
 * unmask_read() - take what has happened; one warning in @err for each name that came or was replaced
 * Return: how many there were.
 */
size_t unmask_read(struct unmask *u, struct err *err);

/** unmask_close() - stop */
void unmask_close(struct unmask *u);

#endif
