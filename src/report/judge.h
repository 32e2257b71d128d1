/* SPDX-License-Identifier: MIT */
/* One stopped call: what it will be answered, and what of it belongs in the report. */
#ifndef SBOX_REPORT_JUDGE_H
#define SBOX_REPORT_JUDGE_H

#include <linux/seccomp.h>

#include "report/record.h"

/** struct stopped - one call that waits */
struct stopped {
	const struct plan *plan;
	const struct seccomp_notif *n;
	struct arena *arena;      /* for this call alone */
	struct call_verdict call;
};

#endif
