/* SPDX-License-Identifier: MIT */
/*
 * A process inside, looked at from outside while one of its calls waits for an answer.  Nothing read here is trusted:
 * other threads may change it at any time.  It decides what a report says, never what a call does.
 */
#ifndef SBOX_REPORT_TARGET_H
#define SBOX_REPORT_TARGET_H

#include "report/record.h"

/** target_read() - @size bytes at @address of @tid.  Return: 0, or -errno when not all of them could be read */
int target_read(pid_t tid, uint64_t address, void *to, size_t size);
/** target_string() - the text at @address, NUL-terminated, at most @size bytes.  Return: its length, or -errno */
ssize_t target_string(pid_t tid, uint64_t address, char *to, size_t size);
/** target_who() - names of the process; in @arena */
struct someone target_who(pid_t tid, struct arena *arena);
/** target_link() - where /proc/@tid/@name (cwd, root, exe, fd/N) leads, as the kernel writes it.  Return: length or -errno */
ssize_t target_link(pid_t tid, const char *name, char *to, size_t size);

#endif
