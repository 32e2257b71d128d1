/* SPDX-License-Identifier: MIT */
/*
 * Criterion's macros, as far as the unit tests use them, for a libc that Debian has no criterion for (tests/musl): each test is a
 * process of its own between its suite's .init and .fini, and failures are said by file and line.
 */
#ifndef SBOX_TESTS_CRITERION_H
#define SBOX_TESTS_CRITERION_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/** struct cr_test - a test, or a suite, which has no name of its own */
struct cr_test {
	const char *suite, *name;
	void (*run)(void), (*init)(void), (*fini)(void);
	double timeout; /* the caller's */
	struct cr_test *next;
};

enum { CR_SKIPPED = 77 };

/* One of each in a program, whichever of its files has it. */
__attribute__((weak)) struct cr_test *cr_tests;
__attribute__((weak)) bool cr_failed;

#define CR_ADD(id, ...)                                                                                          \
	__attribute__((constructor)) static void id(void)                                                        \
	{                                                                                                        \
		static struct cr_test test = { __VA_ARGS__ };                                                    \
		test.next = cr_tests;                                                                            \
		cr_tests = &test;                                                                                \
	}                                                                                                        \
	struct cr_test
#define TestSuite(of, ...) CR_ADD(cr_suite_##of, .suite = #of, __VA_ARGS__)
#define Test(of, called, ...)                                                                                    \
	static void cr_test_##of##_##called(void);                                                               \
	CR_ADD(cr_add_##of##_##called, .suite = #of, .name = #called, .run = cr_test_##of##_##called, __VA_ARGS__); \
	static void cr_test_##of##_##called(void)

__attribute__((weak)) void cr_say(const char *file, int line, const char *what, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("# %s:%d: %s: ", file, line, what);
	vprintf(format, args);
	printf("\n");
	va_end(args);
	cr_failed = true;
}

#define cr_expect(condition, ...)                                                                                \
	do                                                                                                       \
		if (!(condition))                                                                                \
			cr_say(__FILE__, __LINE__, #condition, "" __VA_ARGS__);                                  \
	while (0)
#define cr_assert(condition, ...)                                                                                \
	do                                                                                                       \
		if (!(condition)) {                                                                              \
			cr_say(__FILE__, __LINE__, #condition, "" __VA_ARGS__);                                  \
			exit(EXIT_FAILURE);                                                                      \
		}                                                                                                \
	while (0)
#define cr_skip(...)                                                                                             \
	do {                                                                                                     \
		cr_say(__FILE__, __LINE__, "skipped", "" __VA_ARGS__);                                           \
		exit(CR_SKIPPED);                                                                                \
	} while (0)

#define cr_assert_fail(...)          cr_assert(false, __VA_ARGS__)
#define cr_assert_not(a, ...)        cr_assert(!(a), __VA_ARGS__)
#define cr_assert_null(a, ...)       cr_assert((a) == NULL, __VA_ARGS__)
#define cr_assert_not_null(a, ...)   cr_assert((a) != NULL, __VA_ARGS__)
#define cr_assert_eq(a, b, ...)      cr_assert((a) == (b), __VA_ARGS__)
#define cr_assert_neq(a, b, ...)     cr_assert((a) != (b), __VA_ARGS__)
#define cr_assert_lt(a, b, ...)      cr_assert((a) < (b), __VA_ARGS__)
#define cr_assert_gt(a, b, ...)      cr_assert((a) > (b), __VA_ARGS__)
#define cr_assert_leq(a, b, ...)     cr_assert((a) <= (b), __VA_ARGS__)
#define cr_assert_geq(a, b, ...)     cr_assert((a) >= (b), __VA_ARGS__)
#define cr_assert_str_eq(a, b, ...)  cr_assert(strcmp((a), (b)) == 0, __VA_ARGS__)
#define cr_assert_str_neq(a, b, ...) cr_assert(strcmp((a), (b)) != 0, __VA_ARGS__)
#define cr_expect_eq(a, b, ...)      cr_expect((a) == (b), __VA_ARGS__)
#define cr_expect_gt(a, b, ...)      cr_expect((a) > (b), __VA_ARGS__)
#define cr_expect_str_eq(a, b, ...)  cr_expect(strcmp((a), (b)) == 0, __VA_ARGS__)

static inline void cr_call(void (*function)(void))
{
	if (function)
		function();
}

static inline _Noreturn void cr_run(const struct cr_test *test)
{
	const struct cr_test none = { 0 }, *suite = cr_tests;

	while (suite && (suite->name || strcmp(suite->suite, test->suite) != 0))
		suite = suite->next;
	suite = suite ? suite : &none;
	cr_call(suite->init);
	cr_call(test->init);
	test->run();
	cr_call(test->fini);
	cr_call(suite->fini);
	exit(cr_failed);
}

__attribute__((weak)) int main(void)
{
	int n = 0, failed = 0, status;

	for (const struct cr_test *test = cr_tests; test; test = test->next) {
		if (!test->name)
			continue;
		(void)fflush(stdout);
		pid_t pid = fork();
		if (pid == 0)
			cr_run(test);
		if (pid < 0 || waitpid(pid, &status, 0) < 0)
			return 2;
		const bool skipped = WIFEXITED(status) && WEXITSTATUS(status) == CR_SKIPPED, bad = status && !skipped;
		printf("%sok %d - %s::%s%s\n", bad ? "not " : "", ++n, test->suite, test->name, skipped ? " # SKIP" : "");
		failed += bad;
	}
	printf("1..%d\n", n);
	return failed > 0;
}

#endif
