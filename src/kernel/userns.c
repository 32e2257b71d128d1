/* SPDX-License-Identifier: MIT */
/*
 * Both user namespaces.  The first owns mounts, network and the other namespaces; the program runs in the second,
 * where no capability reaches those, below a limit that it cannot raise.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/kernel.h"
#include "kernel/proc_write.h"

/*
 * All that is written to procfs goes through this one descriptor: a path looked up anew could by then lead
 * elsewhere (CVE-2019-16884, CVE-2025-52881: writes to a /proc that was none).
 */
int host_proc_open(struct launch *l)
{
	_cleanup_close_ int fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0 || fstatfs(fd, &fs) < 0)
		return -errno;
	if (fs.f_type != PROC_SUPER_MAGIC)
		return -ENOSYS;
	l->old_proc_fd = fd_take(&fd);
	return 0;
}

int host_proc_write(const struct launch *l, const char *path, const char *text, size_t size)
{
	_cleanup_close_ int fd = openat(l->old_proc_fd, path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	ssize_t n = write(fd, text, size);
	if (n < 0)
		return -errno;
	return (size_t)n == size ? 0 : -EIO;
}

size_t number_text(char *to, int64_t number)
{
	char digits[NUMBER_TEXT_MAX];
	size_t n = 0, at = 0;
	uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;

	do
		digits[n++] = (char)('0' + rest % 10);
	while (rest /= 10);
	if (number < 0)
		to[at++] = '-';
	while (n > 0)
		to[at++] = digits[--n];
	return at;
}

/* One extent "INSIDE OUTSIDE 1". */
static int map_write(const struct launch *l, const char *path, uint32_t inside, uint32_t outside)
{
	char text[2 * NUMBER_TEXT_MAX + 4];
	size_t n = number_text(text, inside);

	text[n++] = ' ';
	n += number_text(text + n, outside);
	text[n++] = ' ';
	text[n++] = '1';
	return host_proc_write(l, path, text, n);
}

/*
 * setgroups comes before the gid map (3.19): dropping a group could otherwise lift a "deny that group" of the host.
 * The gid map is needed even by a program that never looks at it: without one the second unshare() is EPERM.
 */
int userns_maps(const struct plan *plan, struct launch *l)
{
	int r = host_proc_open(l);

	if (r < 0)
		return r;
	if (plan->ids.mapped)
		return 0; /* from outside, before the hand-shake ends: idmap.c */
	r = host_proc_write(l, "self/setgroups", "deny", strlen("deny"));
	if (r == 0)
		r = map_write(l, "self/uid_map", plan->ids.inner_uid, l->outer_uid);
	if (r == 0)
		r = map_write(l, "self/gid_map", plan->ids.inner_gid, l->outer_gid);
	return r;
}

/*
 * One user namespace may be made below the first one, and sbox makes it.  What the program could write is its own
 * namespace's limit; this one belongs to a namespace where it has no capability.  A program that keeps capabilities
 * stays in the first: then none may be made.
 */
int userns_limit(const struct plan *plan, struct launch *l)
{
	return host_proc_write(l, "sys/user/max_user_namespaces", plan->second_userns ? "1" : "0", 1);
}

/* setgroups is denied here too: a new namespace inherits that. */
int userns_second(const struct plan *plan, struct launch *l)
{
	if (plan->ids.mapped)
		return idmap_second(plan, l);
	if (unshare(CLONE_NEWUSER) < 0)
		return -errno;
	int r = map_write(l, "self/uid_map", plan->ids.inner_uid, plan->ids.inner_uid);
	if (r == 0)
		r = map_write(l, "self/gid_map", plan->ids.inner_gid, plan->ids.inner_gid);
	return r;
}
