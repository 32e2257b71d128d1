/* SPDX-License-Identifier: MIT */
#include "base/stamp.h"

#ifdef SBOX_STAMPS
#include <stdio.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

enum { STAMPS_MAX = 256, PROCESSES_MAX = 8 };

static struct page {
	unsigned n;
	struct {
		const char *what;
		pid_t process; /* as it sees itself: 1 is pid 1 of the sandbox, 2 the program */
		struct timespec at;
	} rows[STAMPS_MAX];
} *page;

void stamps_init(void)
{
	page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	stamp("main");
}

void stamp(const char *what)
{
	unsigned i = __atomic_fetch_add(&page->n, 1, __ATOMIC_RELAXED);

	if (i >= STAMPS_MAX)
		return;
	page->rows[i].what = what;
	page->rows[i].process = getpid();
	clock_gettime(CLOCK_MONOTONIC, &page->rows[i].at);
}

static double us(const struct timespec *a, const struct timespec *b)
{
	return (double)(b->tv_sec - a->tv_sec) * 1e6 + (double)(b->tv_nsec - a->tv_nsec) / 1e3;
}

void stamps_print(void)
{
	pid_t self = getpid();

	for (unsigned i = 0; i < page->n && i < STAMPS_MAX; i++) {
		pid_t process = page->rows[i].process;
		unsigned before = i;

		/* A process's first stamp counts from the latest one of any process: what it comes from. */
		while (before > 0 && page->rows[--before].process != process)
			;
		if (i > 0 && page->rows[before].process != process)
			before = i - 1;
		fprintf(stderr, "%8.1f us  at %8.1f  %s  %s\n", us(&page->rows[before].at, &page->rows[i].at),
			us(&page->rows[0].at, &page->rows[i].at),
			process == self ? "supervisor" : process == 1 ? "child     " : "program   ", page->rows[i].what);
	}
}
#endif
