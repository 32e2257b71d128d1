/* SPDX-License-Identifier: MIT */
/*
 * Why the kernel refused what a sandbox is made of.  It says the same word for several causes, so after the failure, and
 * only then, the parent looks at the settings that distributions use to forbid it.  The same words are doctor's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
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

/* The supervisor's own filter, once it is loaded, does not even let it ask. */
static long own_filters(void)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0 && errno == EPERM;
}

/* A filter that sbox was started under.  Their number is told since 5.9. */
static bool under_seccomp(void)
{
	_cleanup_close_ int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	char text[4096];
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;

	if (n <= 0)
		return false;
	text[n] = '\0';
	const char *line = strstr(text, "\nSeccomp_filters:");
	return line && strtol(line + strlen("\nSeccomp_filters:"), NULL, 10) > own_filters();
}

/* @fn for each mount point that this process can see, until it returns true */
static bool each_mount(struct arena *arena, bool (*fn)(const char *point, void *data), void *data)
{
	_cleanup_close_ int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	char *text;

	if (fd < 0 || fd_read_all(fd, arena, 4 << 20, &text, NULL) < 0)
		return false;
	for (char *line; (line = strsep(&text, "\n"));) {
		const char *point = NULL;

		for (int field = 0; field < 5 && line; field++)
			point = strsep(&line, " ");
		if (point && line && fn(point, data))
			return true;
	}
	return false;
}

static bool is_root(const char *point, void *data UNUSED)
{
	return streq(point, "/");
}

/* A root that is no mount point is a chroot; the kernel makes no user namespace there (user_namespaces(7), EPERM). */
static bool in_chroot(struct arena *arena)
{
	return access("/proc/self/mountinfo", R_OK) == 0 && !each_mount(arena, is_root, NULL);
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

static const char *why_not_permitted(struct arena *arena)
{
	if (setting("/proc/sys/kernel/unprivileged_userns_clone") == 0)
		return "the administrator forbids user namespaces: sysctl kernel.unprivileged_userns_clone=1";
	if (in_chroot(arena))
		return "sbox runs in a chroot, where the kernel makes no user namespaces: enter the tree by another way "
		       "(systemd-nspawn, or sbox itself: system = DIR)";
	if (under_seccomp())
		return INSIDE_ANOTHER;
	return "a security module, a chroot or a user id that is not mapped here may be the cause: see the kernel's "
	       "log (dmesg, journalctl -k)";
}

bool filter_remedy(struct err *err)
{
	if (!under_seccomp())
		return false;
	err_remedy(err, "%s", INSIDE_ANOTHER);
	return true;
}

/* ---- an old kernel, or one that is made to look so ---- */

enum { BASELINE_MAJOR = 5, BASELINE_MINOR = 14 };

bool kernel_is_old(char release[64])
{
	_cleanup_close_ int fd = open("/proc/sys/kernel/osrelease", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, release, 63) : -1;
	char *end = release;

	release[n > 0 ? n : 0] = '\0';
	release[strcspn(release, "\n")] = '\0';
	long major = strtol(release, &end, 10), minor = *end == '.' ? strtol(end + 1, NULL, 10) : 0;
	return n > 0 && (major < BASELINE_MAJOR || (major == BASELINE_MAJOR && minor < BASELINE_MINOR));
}

void kernel_remedy(struct err *err)
{
	char release[64];

	if (kernel_is_old(release))
		err_remedy(err, "this is Linux %s: sbox needs 5.14 or later", release);
	else
		err_remedy(err, "%s", "a filter around sbox hides a system call that Linux 5.14 has: " INSIDE_ANOTHER);
}

/* ---- /proc ---- */

/** struct covered - what lies over parts of /proc, for a sentence */
struct covered {
	struct arena *arena;
	const char *names;
	size_t n;
};

static bool is_covered(const char *point, void *data)
{
	struct covered *c = data;

	if (skip_prefix(point, "/proc/") && !streq(point, "/proc/sys/fs/binfmt_misc") && c->n++ < 3)
		c->names = arena_printf(c->arena, "%s%s%s", c->names, *c->names ? ", " : "", point);
	return false;
}

bool proc_remedy(struct err *err)
{
	struct covered c = { .arena = err->arena, .names = "" };

	(void)each_mount(err->arena, is_covered, &c);
	if (!c.n)
		return false;
	err_remedy(err, "parts of /proc are covered here (%s%s), as containers do, and then nobody may mount a fresh one: start that "
			"container with podman --security-opt unmask=ALL, docker --security-opt systempaths=unconfined", c.names,
		   c.n > 3 ? ", …" : "");
	return true;
}

/* Each kind of namespace has a limit of its own; 0 in any one of them is the usual way to forbid it. */
static bool no_space_remedy(struct err *err)
{
	static const char *const limits[] = { "user", "mnt", "pid", "net", "ipc", "uts", "cgroup" };
	char path[64];

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		(void)snprintf(path, sizeof(path), "/proc/sys/user/max_%s_namespaces", limits[i]);
		if (setting(path) == 0) {
			err_remedy(err, "sysctl user.max_%s_namespaces is 0: raise it, say to 10000", limits[i]);
			return true;
		}
	}
	err_remedy(err, "too many namespaces, or nested too deeply: see sysctl user.max_user_namespaces and %s",
		   "whether sbox runs in another sandbox");
	return true;
}

static bool not_permitted_remedy(struct err *err)
{
	err_remedy(err, "%s", why_not_permitted(err->arena));
	return true;
}

static bool missing_call_remedy(struct err *err)
{
	kernel_remedy(err);
	return true;
}

/* The first that applies to the error is the cause. */
static const struct cause {
	int error;
	bool (*look)(struct err *err); /* adds the remedy and returns true when it is this; NULL: always, with @text */
	const char *text;
} causes[] = {
	{ ENOSPC, no_space_remedy, NULL },
	{ EUSERS, no_space_remedy, NULL }, /* before 4.9 */
	{ EPERM, apparmor_remedy, NULL },
	{ EPERM, not_permitted_remedy, NULL },
	{ EACCES, apparmor_remedy, NULL },
	{ EACCES, NULL, "a security module forbids user namespaces to this program" },
	{ ENOSYS, missing_call_remedy, NULL },
	{ EINVAL, NULL, "the kernel must be built with CONFIG_USER_NS, CONFIG_PID_NS and CONFIG_NET_NS" },
	{ EMFILE, NULL, "raise the limit on open files: ulimit -n 64" },
	{ EAGAIN, NULL, "the user's limit on processes is reached: ulimit -u" },
};

void userns_remedy(int error, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(causes); i++) {
		if (causes[i].error != error || (causes[i].look && !causes[i].look(err)))
			continue;
		if (causes[i].text)
			err_remedy(err, "%s", causes[i].text);
		return;
	}
}
