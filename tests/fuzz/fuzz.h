/* SPDX-License-Identifier: MIT */
/* What the fuzzers share.  Each takes bytes that somebody hostile may have written, and claims something of the answer. */
#ifndef SBOX_TESTS_FUZZ_H
#define SBOX_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** CLAIM() - what must hold for every input; a crash for the fuzzer when it does not */
#define CLAIM(expr) ((expr) ? (void)0 : (fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #expr), abort()))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
