/* SPDX-License-Identifier: MIT */
/* What a system call costs in this process: getppid(), which no filter looks into, in nanoseconds; the least of a few tries. */
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { TRIES = 20, CALLS = 200000 };

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(void)
{
	double least = 1e9;

	for (int i = 0; i < TRIES; i++) {
		double before = now_ns();

		for (int k = 0; k < CALLS; k++)
			(void)syscall(SYS_getppid);
		double each = (now_ns() - before) / CALLS;
		least = each < least ? each : least;
	}
	printf("%.1f\n", least);
	return 0;
}
