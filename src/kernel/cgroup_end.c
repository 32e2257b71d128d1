/* SPDX-License-Identifier: MIT */
/* The end of a sandbox's cgroup, by a supervisor that is confined: reading, removing, and what was opened before. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/cgroup_files.h"
#include "kernel/cgroup_scope.h"
#include "kernel/kernel.h"

enum { KILL_WAIT_MS = 1000 };

/* Pid 1 is gone, and everything with it; whatever is still there came from elsewhere. */
static void empty(struct launch *l)
{
	if (l->cgroup.has_stats && !l->cgroup.stats.populated)
		return;
	(void)!write(l->cgroup.kill, "1", 1);
	(void)cgroup_wait_empty(l->cgroup_fd, KILL_WAIT_MS);
}

/* Back to where the caller had put sbox: that takes the controllers away from the leaves first. */
static int leave_sup(const struct plan *plan, struct launch *l)
{
	char words[256];
	size_t n = plan->cgroup.enable ? strlen(plan->cgroup.enable) : 0;

	if (l->cgroup.own_procs < 0 || n >= sizeof(words))
		return 0;
	for (size_t i = 0; i < n; i++)
		words[i] = plan->cgroup.enable[i] == '+' ? '-' : plan->cgroup.enable[i];
	if (n > 0 && write(l->cgroup.own_control, words, n) < 0)
		return -errno;
	if (write(l->cgroup.own_procs, "0", 1) < 0)
		return -errno;
	return cgroup_remove(l->cgroup.base, "sup");
}

/* A scope is removed by systemd, with all in it, when its last process, this one, has ended. */
int cgroup_end(const struct plan *plan, struct launch *l)
{
	int r = 0;

	if (l->cgroup_fd >= 0) {
		l->cgroup.has_stats = cgroup_stats(l->cgroup_fd, &l->cgroup.stats) == 0;
		empty(l);
	}
	if (plan->cgroup.via != CGROUP_SUBTREE)
		return 0;
	if (l->cgroup.base >= 0 && l->cgroup.name)
		r = cgroup_remove(l->cgroup.base, l->cgroup.name);
	int back = leave_sup(plan, l);
	return r < 0 ? r : back;
}

void cgroup_done(struct launch *l)
{
	scope_forget(l);
	fd_close(&l->cgroup_fd);
	fd_close(&l->cgroup.base);
	fd_close(&l->cgroup.inner);
	fd_close(&l->cgroup.kill);
	fd_close(&l->cgroup.own_procs);
	fd_close(&l->cgroup.own_control);
}
