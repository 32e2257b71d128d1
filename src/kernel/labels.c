/* SPDX-License-Identifier: MIT */
/*
 * The labels of AppArmor and SELinux, taken at the program's execve.  They are hints: what cannot be taken is reported,
 * and ends the launch only where the profile requires it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/kernel.h"

/* The fresh /proc of the sandbox.  A write that went elsewhere would look like success (CVE-2019-16884). */
static int attribute_open(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	struct statfs fs;

	/* ENOENT is what the kernel says of a label that it does not know. */
	if (fd < 0)
		return errno == ENOENT ? -ENOSYS : -errno;
	if (fstatfs(fd, &fs) < 0)
		return -errno;
	return fs.f_type == PROC_SUPER_MAGIC ? fd_take(&fd) : -ENOSYS;
}

/* The kernel says what the next execve will take: "NAME (enforce)", or nothing. */
static int attribute_check(int fd, const char *label)
{
	char now[512];
	ssize_t n = pread(fd, now, sizeof(now) - 1, 0);
	size_t len = strlen(label);

	if (n < 0)
		return -errno;
	now[n] = '\0';
	/* A stack ("A//&B") may come back in another order: that there is one is all that can be told. */
	if (strstr(label, "//&"))
		return n > 0 ? 0 : -EIO;
	return strncmp(now, label, len) == 0 && (!now[len] || strchr(" \n", now[len])) ? 0 : -EIO;
}

static int label_take(const struct plan_label *label, const char *path)
{
	_cleanup_close_ int fd = attribute_open(path);
	size_t size = strlen(label->command);

	if (fd < 0)
		return fd;
	ssize_t n = write(fd, label->command, size);
	if (n < 0)
		return -errno;
	return (size_t)n == size ? attribute_check(fd, label->name) : -EIO;
}

/*
 * Before: the program can find its command, has no capability and no_new_privs (an unconfined process may still take a
 * label); Landlock and the filter, which could shut /proc, come later.  Not being dumpable does no harm: the attributes
 * are open to everybody, and the kernel lets a task write its own alone.
 * After: the next execve() takes the label, or l->missed says why not.
 */
static int label_or_miss(const struct plan_label *label, const char *path, struct launch *l)
{
	int r = label_take(label, path);

	if (r < 0 && !label->required) {
		l->missed = -r;
		return 0;
	}
	return r;
}

int apparmor_take(const struct plan *plan, struct launch *l)
{
	return label_or_miss(&plan->apparmor, "/proc/thread-self/attr/apparmor/exec", l);
}

int selinux_take(const struct plan *plan, struct launch *l)
{
	return label_or_miss(&plan->selinux, "/proc/thread-self/attr/exec", l);
}
