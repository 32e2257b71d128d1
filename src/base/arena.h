/* SPDX-License-Identifier: MIT */
/*
 * A bump allocator.  Profile and plan are plain data with one lifetime each: their strings and arrays
 * live in one arena, and freeing it frees everything.
 *
 * Running out of memory ends the process with status 125 and one line on stderr.  That is the only place
 * in the library that leaves: nothing was started yet, or what was started dies with its supervisor, so
 * it fails closed, and no caller needs an error path that no test reaches.
 */
#ifndef SBOX_BASE_ARENA_H
#define SBOX_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/macro.h"

struct arena;

/** arena_new() - an empty arena; release it with arena_free() */
struct arena *arena_new(void);
/** arena_new_launch() - the same, with room for a launch from the start */
struct arena *arena_new_launch(void);
/** arena_free() - release @a and everything allocated from it; NULL is allowed */
void arena_free(struct arena *a);

/** arena_alloc() - @size zeroed bytes, aligned for any type; never NULL */
void *arena_alloc(struct arena *a, size_t size);
/** arena_strdup() - a copy of @s; never NULL */
char *arena_strdup(struct arena *a, const char *s);
/** arena_strndup() - a copy of the first @n bytes of @s, NUL-terminated */
char *arena_strndup(struct arena *a, const char *s, size_t n);
/** arena_printf() - a formatted string */
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);

#define arena_new_array(a, type, n) ((type *)arena_alloc((a), sizeof(type) * (n)))

static inline void arena_freep(struct arena **a)
{
	arena_free(*a);
}
#define _cleanup_arena_ __attribute__((cleanup(arena_freep)))

/*
 * A growable array in an arena.  The outgrown block stays in the arena until that is freed (at most as
 * much again as the array itself).
 */
#define VEC(type)                                                                                                \
	struct {                                                                                                 \
		type *v;                                                                                         \
		size_t n, cap;                                                                                   \
	}

/** memory_must() - malloc(), or the end of the process */
void *memory_must(size_t size);
/** vec_grow() - room for more than the @n elements of @size bytes at @old, for vec_push().  Return: the array, with *@cap as its room. */
void *vec_grow(struct arena *a, void *old, size_t n, size_t *cap, size_t size);

#define vec_push(a, vec, ...)                                                                                    \
	do {                                                                                                     \
		if ((vec)->n == (vec)->cap)                                                                      \
			(vec)->v = vec_grow((a), (vec)->v, (vec)->n, &(vec)->cap, sizeof(*(vec)->v));            \
		(vec)->v[(vec)->n++] = (__VA_ARGS__);                                                            \
	} while (0)

#define vec_each(it, vec) for (__typeof__((vec)->v + 0) it = (vec)->v; it && it < (vec)->v + (vec)->n; it++)

#endif
