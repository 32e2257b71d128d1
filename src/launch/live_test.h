/* SPDX-License-Identifier: MIT */
/* The program of `sbox check --run`: sbox's own process, confined as any program, which tries what [test] says. */
#ifndef SBOX_LAUNCH_LIVE_TEST_H
#define SBOX_LAUNCH_LIVE_TEST_H

#include "plan/plan.h"

/** live_tests_run() - every test of @plan; a struct live_result each on standard output.  Never returns. */
_Noreturn void live_tests_run(const struct plan *plan);
/** live_connect() - a TCP connection to @host (name or address).  Return: 0, also when that host refuses it; errno. */
int live_connect(const char *host, int port);

#endif
