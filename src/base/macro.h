/* SPDX-License-Identifier: MIT */
/* Small things that every file may use. */
#ifndef SBOX_BASE_MACRO_H
#define SBOX_BASE_MACRO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define UNUSED __attribute__((unused))

static inline bool streq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* The part of @s after @prefix, or NULL when @s does not start with it. */
static inline const char *skip_prefix(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(s, prefix, n) == 0 ? s + n : NULL;
}

#endif
