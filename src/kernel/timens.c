/* SPDX-License-Identifier: MIT */
/*
 * A time namespace (5.6): the program's monotonic and boot-time clocks are moved by fixed offsets.  The wall clock is the
 * host's, whatever is done here.
 */
#include <errno.h>
#include <sched.h>

#include "kernel/kernel.h"
#include "kernel/proc_write.h"

/* <linux/sched.h> and <sched.h> exclude one another, and glibc has it since 2.34. */
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

enum { SECOND = 1000000000, LINE_MAX_LEN = 2 * NUMBER_TEXT_MAX + 4 };

/* "CLOCK SECONDS NANOSECONDS"; the clock by number, 1 CLOCK_MONOTONIC, 7 CLOCK_BOOTTIME (both names since 5.7) */
static int offset_write(const struct launch *l, const struct plan_offset *o)
{
	char text[LINE_MAX_LEN];
	int64_t seconds = o->ns / SECOND, rest = o->ns % SECOND;

	if (rest < 0) {
		rest += SECOND;
		seconds--;
	}
	size_t n = number_text(text, o->clock);
	text[n++] = ' ';
	n += number_text(text + n, seconds);
	text[n++] = ' ';
	n += number_text(text + n, rest);
	return host_proc_write(l, "self/timens_offsets", text, n);
}

/*
 * unshare() moves nobody: what is forked afterwards is born there, and from the first one on the offsets are fixed.  So
 * pid 1 keeps the host's clocks, and the program has the others from its first instruction.
 */
int timens_make(const struct plan *plan, struct launch *l)
{
	if (unshare(CLONE_NEWTIME) < 0)
		return -errno;
	for (l->item = 0; l->item < plan->offsets.n; l->item++) {
		int r = offset_write(l, &plan->offsets.v[l->item]);

		if (r < 0)
			return r;
	}
	return 0;
}
