/* SPDX-License-Identifier: MIT */
/* The monotonic clock, for deadlines and durations. */
#ifndef SBOX_BASE_CLOCK_H
#define SBOX_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline int64_t clock_ms(void)
{
	return clock_ns() / 1000000;
}

#endif
