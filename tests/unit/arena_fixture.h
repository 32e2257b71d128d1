/* SPDX-License-Identifier: MIT */
#ifndef SBOX_TESTS_ARENA_FIXTURE_H
#define SBOX_TESTS_ARENA_FIXTURE_H

#include "base/arena.h"
#include "leak_check.h"

/* The arena of the test that runs, in a suite that needs no more: TestSuite(name, .init = arena_open, .fini = arena_close). */
static struct arena *a;

static inline void arena_open(void)
{
	a = arena_new();
}

static inline void arena_close(void)
{
	arena_free(a);
	leak_check();
}

#endif
