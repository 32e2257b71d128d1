/* SPDX-License-Identifier: MIT */
/* The two halves of `sbox check`. */
#ifndef SBOX_CMD_CHECK_H
#define SBOX_CMD_CHECK_H

#include <jansson.h>

#include "cmd/cmd.h"

/**
 * check_run() - carry out the [test] lines of @profile, whose plan has no problems, inside a live sandbox
 * @into: an array that takes the results; NULL: they are printed
 * Return: how many there were, and how many of them failed is added to *ret_failed; 0 with a problem in s->err when the
 * sandbox could not be started.
 */
size_t check_run(struct session *s, const struct profile *profile, json_t *into, size_t *ret_failed);

#endif
