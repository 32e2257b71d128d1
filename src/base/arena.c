/* SPDX-License-Identifier: MIT */
#include "base/arena.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* One page-sized step less malloc's header. */
enum { BLOCK_SIZE = 16 * 1024 - 32 };

/*
 * A launch: large enough for a usual profile and its plan, and for malloc() to take it from the kernel as zeroed pages (from
 * 128 KiB on), so that nothing is cleared that nobody uses.  What every launch uses is asked for at once, since each page
 * that comes by a fault of its own costs three times as much.
 */
enum { LAUNCH_SIZE = 256 * 1024, LAUNCH_AT_ONCE = 160 * 1024 };

struct block {
	struct block *next;
	size_t used, size;
	alignas(max_align_t) char data[];
};

struct arena {
	struct block *blocks;
};

static _Noreturn void out_of_memory(void)
{
	static const char message[] = "sbox: out of memory\n";

	(void)!write(STDERR_FILENO, message, sizeof(message) - 1);
	_exit(125);
}

static void *must(void *p)
{
	if (!p)
		out_of_memory();
	return p;
}

void *memory_must(size_t size)
{
	return must(malloc(size));
}

static void block_add(struct arena *a, size_t room)
{
	struct block *b = must(calloc(1, sizeof(*b) + room));

	b->size = room;
	b->next = a->blocks;
	a->blocks = b;
}

struct arena *arena_new(void)
{
	return must(calloc(1, sizeof(struct arena)));
}

struct arena *arena_new_launch(void)
{
	struct arena *a = arena_new();

	block_add(a, LAUNCH_SIZE);
#ifdef MADV_POPULATE_WRITE
	uintptr_t page = (uintptr_t)a->blocks & ~(uintptr_t)4095;
	(void)madvise((void *)page, LAUNCH_AT_ONCE, MADV_POPULATE_WRITE); // NOLINT(performance-no-int-to-ptr)
#endif
	return a;
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	for (struct block *b = a->blocks, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	free(a);
}

void *arena_alloc(struct arena *a, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct block *b = a->blocks;

	if (size > SIZE_MAX / 2)
		out_of_memory();
	size = (size + align - 1) & ~(align - 1);
	if (!b || b->size - b->used < size) {
		block_add(a, size > BLOCK_SIZE ? size : BLOCK_SIZE);
		b = a->blocks;
	}
	void *p = b->data + b->used;
	b->used += size;
	return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_alloc(a, n + 1);

	memcpy(p, s, n);
	return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;

	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		out_of_memory();
	char *p = arena_alloc(a, (size_t)n + 1);
	(void)vsnprintf(p, (size_t)n + 1, fmt, ap);
	return p;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	char *p = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return p;
}

void *vec_grow(struct arena *a, void *old, size_t n, size_t *cap, size_t size)
{
	size_t want = *cap ? *cap * 2 : 8;

	if (want > SIZE_MAX / 2 / size)
		out_of_memory();
	void *p = arena_alloc(a, want * size);
	if (n)
		memcpy(p, old, n * size);
	*cap = want;
	return p;
}
