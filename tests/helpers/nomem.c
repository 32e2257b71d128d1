/* SPDX-License-Identifier: MIT */
/*
 * sbox with an allocator that fails: the $NOMEM_AT-th allocation, and with NOMEM_ON=1 every later one.  Linked with
 * -Wl,--wrap for malloc, calloc and realloc: in a static program that catches those of libc, too.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);

static unsigned long count, at;
static bool on;

__attribute__((constructor)) static void nomem_init(void)
{
	const char *text = getenv("NOMEM_AT");

	at = text ? strtoul(text, NULL, 10) : 0;
	on = getenv("NOMEM_ON") != NULL;
}

static bool fails(void)
{
	count++;
	if (!at || (on ? count < at : count != at))
		return false;
	errno = ENOMEM;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

/* How many there were: read by the test. */
__attribute__((destructor)) static void nomem_done(void)
{
	char text[24];
	size_t i = sizeof(text);

	if (!getenv("NOMEM_COUNT"))
		return;
	for (unsigned long n = count; n || i == sizeof(text); n /= 10)
		text[--i] = (char)('0' + n % 10);
	(void)!write(9, text + i, sizeof(text) - i);
}
