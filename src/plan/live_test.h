/* SPDX-License-Identifier: MIT */
/* The lines of [test] as data: what `sbox check --run` carries out inside a live sandbox, in place of a program. */
#ifndef SBOX_PLAN_LIVE_TEST_H
#define SBOX_PLAN_LIVE_TEST_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

struct plan;

/** enum live_deed - what is tried */
enum live_deed { LIVE_READ, LIVE_WRITE, LIVE_CONNECT };

/** struct live_test - one line */
struct live_test {
	enum live_deed deed;
	bool wanted;       /* it must work; else it must fail */
	const char *text;  /* what is tested, as the user would write it */
	const char *path;  /* LIVE_READ, LIVE_WRITE: inside, absolute */
	const char *host;  /* LIVE_CONNECT: name or address */
	int port;          /* TCP */
	struct origin from;
};

/** struct live_result - what came of one, as it is written to standard output */
struct live_result {
	unsigned test; /* index */
	int error;     /* errno; 0: it worked */
	bool nothing;  /* LIVE_READ: it could be opened, but nothing is in it, and nothing can be put there: a mask */
};

/**
 * plan_live_tests() - make @plan one that carries out the profile's tests instead of a command
 * Return: 0; -EINVAL with problems in @err.
 */
int plan_live_tests(struct plan *plan, struct err *err);

#endif
