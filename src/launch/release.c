/* SPDX-License-Identifier: MIT */
/* What the supervisor lets go of: it lives as long as the sandbox, and others wait for what it holds. */
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/sys.h"
#include "launch/supervisor.h"

/*
 * Whoever reads the program's output waits for its end, and whoever writes its input wants to know that nobody reads:
 * so a pipe is not held open here.  stderr stays, for messages.  A terminal stays too, to be given back at the end.
 */
void release_stdio(const struct plan *plan)
{
	_cleanup_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; null >= 0 && fd < 2; fd++)
		if (!plan_shares_terminal(plan) || !isatty(fd))
			(void)dup2(null, fd);
}

/* pass-fds, and what the caller left open by mistake, end here. */
void release_fds(const struct launch *l)
{
	unsigned next = 3;

	for (size_t round = 0; round < l->n_kept; round++) {
		unsigned least = ~0U;

		for (size_t i = 0; i < l->n_kept; i++)
			if ((unsigned)l->kept[i] >= next && (unsigned)l->kept[i] < least)
				least = (unsigned)l->kept[i];
		if (least == ~0U)
			break;
		if (least > next)
			(void)sys_close_range(next, least - 1, 0);
		next = least + 1;
	}
	(void)sys_close_range(next, ~0U, 0);
}
