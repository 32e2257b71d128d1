/* SPDX-License-Identifier: MIT */
/* Writing to the host's procfs from the child, without allocating or formatting.  Internal to kernel/. */
#ifndef SBOX_KERNEL_PROC_WRITE_H
#define SBOX_KERNEL_PROC_WRITE_H

#include "kernel/kernel.h"

enum { NUMBER_TEXT_MAX = 21 }; /* -9223372036854775808 and one to spare */

/** host_proc_open() - l->old_proc_fd: /proc, checked to be a procfs.  Return: 0 or -errno. */
int host_proc_open(struct launch *l);
/** host_proc_write() - one write of @text to @path below the host's /proc.  Return: 0 or -errno. */
int host_proc_write(const struct launch *l, const char *path, const char *text, size_t size);

/** number_text() - @number in decimal, without a NUL; @to has room for NUMBER_TEXT_MAX bytes.  Return: the length. */
size_t number_text(char *to, int64_t number);

#endif
