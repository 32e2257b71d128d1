/* SPDX-License-Identifier: MIT */
/* Errors by name.  strerrorname_np() is glibc 2.32 and later, and musl has nothing like it. */
#ifndef SBOX_BASE_ERRNO_NAME_H
#define SBOX_BASE_ERRNO_NAME_H

#include <stddef.h>

/** errno_name() - "EPERM", or NULL */
const char *errno_name(int error);
/** errno_number() - the reverse, or -1 */
int errno_number(const char *name);
/** errno_name_at() - the names one by one, NULL after the last: for nearest() */
const char *errno_name_at(size_t i, const void *unused);

#endif
