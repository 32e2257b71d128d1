/* SPDX-License-Identifier: MIT */
/*
 * Why the kernel refused a user namespace.  It says the same word for several causes, so after the failure, and only
 * then, the parent looks at the settings that distributions use to forbid them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/dirs.h"
#include "base/fd.h"
#include "launch/launch.h"

/* The number in a small file of /proc, or -1. */
static long setting(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[32];
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;

	if (n <= 0)
		return -1;
	text[n] = '\0';
	return strtol(text, NULL, 10);
}

static bool under_seccomp(void)
{
	_cleanup_close_ int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	char text[4096];
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;

	if (n <= 0)
		return false;
	text[n] = '\0';
	const char *line = strstr(text, "\nSeccomp:\t");
	return line && line[strlen("\nSeccomp:\t")] == '2';
}

/*
 * Ubuntu lets an unconfined program make a user namespace and puts the process in there into a profile without any
 * capability: clone3 works, the steps after it do not.  Anywhere else sbox's own profile tells.
 */
const char *apparmor_install(struct arena *arena)
{
	return arena_printf(arena, "as root: cp %s /etc/apparmor.d/sbox && apparmor_parser -r /etc/apparmor.d/sbox",
			    shipped_apparmor_profile);
}

bool apparmor_remedy(struct err *err)
{
	_cleanup_close_ int fd = open("/proc/self/attr/apparmor/current", O_RDONLY | O_CLOEXEC);
	char label[256];
	ssize_t n = fd >= 0 ? read(fd, label, sizeof(label) - 1) : -1;

	if (n <= 0)
		return false;
	label[n] = '\0';
	/* "unconfined", or "NAME (MODE)"; a profile in complain mode still denies what it denies by name */
	char *mode = strstr(label, " (");
	if (mode && !skip_prefix(mode, " (unconfined)")) {
		*mode = '\0';
		err_remedy(err, "the AppArmor profile %s confines sbox: it must allow userns, capability, mount, umount and "
				"pivot_root, with flags=(attach_disconnected); %s allows all", label, shipped_apparmor_profile);
		return true;
	}
	if (mode || setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") != 1)
		return false;
	err_remedy(err, "AppArmor keeps user namespaces from programs without a profile "
			"(kernel.apparmor_restrict_unprivileged_userns=1, as on Ubuntu): %s", apparmor_install(err->arena));
	return true;
}

#define INSIDE_ANOTHER                                                                                                 \
	"sbox runs in a container or another sandbox; that one must allow user namespaces (in sbox: nested = full)"

static const char *why_not_permitted(void)
{
	if (setting("/proc/sys/kernel/unprivileged_userns_clone") == 0)
		return "the administrator forbids user namespaces: sysctl kernel.unprivileged_userns_clone=1";
	if (under_seccomp())
		return INSIDE_ANOTHER;
	return "a security module, a chroot or a user id that is not mapped here may be the cause: see the kernel's "
	       "log (dmesg, journalctl -k)";
}

/* Each kind of namespace has a limit of its own; 0 in any one of them is the usual way to forbid it. */
static void no_space_remedy(struct err *err)
{
	static const char *const limits[] = { "user", "mnt", "pid", "net", "ipc", "uts", "cgroup" };
	char path[64];

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		(void)snprintf(path, sizeof(path), "/proc/sys/user/max_%s_namespaces", limits[i]);
		if (setting(path) == 0) {
			err_remedy(err, "sysctl user.max_%s_namespaces is 0: raise it, say to 10000", limits[i]);
			return;
		}
	}
	err_remedy(err, "too many namespaces, or nested too deeply: see sysctl user.max_user_namespaces and %s",
		   "whether sbox runs in another sandbox");
}

void userns_remedy(int error, struct err *err)
{
	switch (error) {
	case ENOSPC:
	case EUSERS: /* before 4.9 */
		no_space_remedy(err);
		return;
	case EPERM:
		if (!apparmor_remedy(err))
			err_remedy(err, "%s", why_not_permitted());
		return;
	case EACCES:
		if (!apparmor_remedy(err))
			err_remedy(err, "a security module forbids user namespaces to this program");
		return;
	case ENOSYS:
		err_remedy(err, "%s", "a filter around sbox hides clone3(), known since 5.3: " INSIDE_ANOTHER);
		return;
	case EINVAL:
		err_remedy(err, "the kernel must be built with CONFIG_USER_NS, CONFIG_PID_NS and CONFIG_NET_NS");
		return;
	case EMFILE:
		err_remedy(err, "raise the limit on open files: ulimit -n 64");
		return;
	case EAGAIN:
		err_remedy(err, "the user's limit on processes is reached: ulimit -u");
		return;
	default:
		return;
	}
}
