/* SPDX-License-Identifier: MIT */
/* Files of a cgroup.  Internal to kernel/. */
#ifndef SBOX_KERNEL_CGROUP_FILES_H
#define SBOX_KERNEL_CGROUP_FILES_H

#include <stddef.h>
#include <sys/types.h>

/** cgroup_file_read() - one read of @file in @dir, NUL-terminated, at most @size - 1 bytes.  Return: 0 or -errno. */
int cgroup_file_read(int dir, const char *file, char *to, size_t size);
/** cgroup_file_write() - one write.  Return: 0 or -errno. */
int cgroup_file_write(int dir, const char *file, const char *text);
/** cgroup_name_pid() - the pid in "sbox-PROFILE-PID@ending"; 0: no such name */
pid_t cgroup_name_pid(const char *name, const char *ending);
/** cgroup_wait_empty() - until no process is in it or below.  Return: 0 or -errno; -ETIMEDOUT. */
int cgroup_wait_empty(int dir, int timeout_ms);

#endif
