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

/** struct bytes - the input as a row of decisions; behind its end all of them are 0 */
struct bytes {
	const uint8_t *at;
	size_t left;
};

static inline uint8_t bytes_u8(struct bytes *b)
{
	return b->left ? b->left--, *b->at++ : 0;
}

static inline uint64_t bytes_u64(struct bytes *b)
{
	uint64_t n = 0;

	for (int i = 0; i < 8; i++)
		n = n << 8 | bytes_u8(b);
	return n;
}

static inline size_t bytes_left(const struct bytes *b)
{
	return b->left;
}

#endif
