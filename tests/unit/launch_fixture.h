/* SPDX-License-Identifier: MIT */
#ifndef SBOX_TESTS_LAUNCH_FIXTURE_H
#define SBOX_TESTS_LAUNCH_FIXTURE_H

#include "kernel/kernel.h"
#include "leak_check.h"

/* What a step of a launch is given in the test that runs; @plan and @l are for the suite to fill. */
static struct arena *arena;
static struct err err;
static struct plan plan;
static struct launch l;

static inline void launch_open(void)
{
	arena = arena_new();
	err_init(&err, arena);
}

static inline void launch_close(void)
{
	arena_free(arena);
	leak_check();
}

#endif
