/* SPDX-License-Identifier: MIT */
#include "leak_check.h"

#include <stdlib.h>

/* Provided by the sanitizer's runtime when there is one. */
extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

void leak_check(void)
{
	if (__lsan_do_recoverable_leak_check && __lsan_do_recoverable_leak_check())
		abort();
}
