/* SPDX-License-Identifier: MIT */
/* One lifetime for everything. */
#include <criterion/criterion.h>
#include <stdalign.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena_fixture.h"

TestSuite(arena, .init = arena_open, .fini = arena_close);

Test(arena, every_block_is_zeroed_aligned_and_its_own)
{
	unsigned char *blocks[500];

	for (size_t i = 0; i < ARRAY_SIZE(blocks); i++) {
		size_t size = i * 37 % 700;

		blocks[i] = arena_alloc(a, size);
		cr_assert_eq((uintptr_t)blocks[i] % alignof(max_align_t), 0);
		for (size_t k = 0; k < size; k++)
			cr_assert_eq(blocks[i][k], 0);
		memset(blocks[i], (int)(i % 250) + 1, size);
	}
	for (size_t i = 0; i < ARRAY_SIZE(blocks); i++)
		for (size_t k = 0; k < i * 37 % 700; k++)
			cr_assert_eq(blocks[i][k], i % 250 + 1, "block %zu was written over", i);
}

Test(arena, a_block_may_be_larger_than_usual)
{
	char *big = arena_alloc(a, 1 << 20), *small = arena_alloc(a, 1);

	memset(big, 'x', 1 << 20);
	cr_assert_eq(*small, 0);
}

Test(arena, strings)
{
	cr_assert_str_eq(arena_strdup(a, "text"), "text");
	cr_assert_str_eq(arena_strdup(a, ""), "");
	cr_assert_str_eq(arena_strndup(a, "text", 2), "te");
	cr_assert_str_eq(arena_printf(a, "%s-%d", "x", 7), "x-7");
	const char *long_text = arena_printf(a, "%0*d", 50000, 0);
	cr_assert_eq(strlen(long_text), 50000);
}

Test(arena, an_array_grows_and_keeps_what_it_had)
{
	VEC(size_t) v = { 0 };
	size_t n = 0;

	vec_each (it, &v)
		cr_assert_fail("an empty one has no elements");
	for (size_t i = 0; i < 10000; i++)
		vec_push(a, &v, i * 3);
	vec_each (it, &v)
		cr_assert_eq(*it, n++ * 3);
	cr_assert_eq(n, 10000);
}

Test(arena, nothing_to_free)
{
	arena_free(NULL);
}

/* Fails closed: one line and 125, also for a size that cannot be meant. */
Test(arena, out_of_memory_ends_the_process_with_125)
{
	pid_t pid = fork();

	if (pid == 0) {
		close(STDERR_FILENO);
		(void)arena_alloc(a, SIZE_MAX - 100);
		_exit(0);
	}
	int status;
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 125, "status %x", status);
}
