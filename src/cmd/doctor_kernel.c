/* SPDX-License-Identifier: MIT */
/* doctor: what only the kernel can give. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/path.h"
#include "cmd/doctor.h"
#include "kernel/mount.h"
#include "kernel/sys.h"
#include "launch/launch.h"

/* glibc has it since 2.34 */
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

/* ---- the calls that are always there ---- */

/* With arguments that every kernel refuses before it does anything. */
static const struct baseline {
	long nr;
	const char *name, *since;
	long args[4];
} baseline[] = {
	{ SYS_clone3, "clone3", "5.3", { 0, 0 } },
	{ SYS_close_range, "close_range", "5.9", { 1, 0 } },
	{ SYS_fsconfig, "fsconfig", "5.2", { -1, -1 } },
	{ SYS_fsmount, "fsmount", "5.2", { -1, -1, -1 } },
	{ SYS_fsopen, "fsopen", "5.2", { 0, -1 } },
	{ SYS_mount_setattr, "mount_setattr", "5.12", { -1, 0, -1 } },
	{ SYS_move_mount, "move_mount", "5.2", { -1, 0, -1, 0 } },
	{ SYS_open_tree, "open_tree", "5.2", { -1, 0, -1 } },
	{ SYS_openat2, "openat2", "5.6", { -1, 0, 0, 0 } },
	{ SYS_pidfd_send_signal, "pidfd_send_signal", "5.1", { -1, 0, 0, -1 } },
};

static int try_call(void *data)
{
	const struct baseline *b = data;

	if (syscall(b->nr, b->args[0], b->args[1], b->args[2], b->args[3], -1L) < 0 && errno == ENOSYS)
		return -ENOSYS;
	return 0;
}

void examine_kernel(struct doctor *d)
{
	const char *missing = "";
	char release[64];
	struct err err;

	for (size_t i = 0; i < ARRAY_SIZE(baseline); i++)
		if (doctor_try(try_call, (void *)(uintptr_t)&baseline[i]) != 0)
			missing = arena_printf(d->arena, "%s%s%s() of Linux %s", missing, *missing ? ", " : "", baseline[i].name,
					       baseline[i].since);
	(void)kernel_is_old(release);
	if (!*missing) {
		doctor_say(d, STATE_OK, NULL, "Linux %s has every system call that sbox is built on", release);
		return;
	}
	err_init(&err, d->arena);
	err_add(&err, NO_ORIGIN, "not there: %s: no sandbox can be made", missing);
	kernel_remedy(&err);
	doctor_problem(d, STATE_MISSING, &err);
}

/* ---- both user namespaces ---- */

static int try_second(void *data UNUSED)
{
	if (unshare(CLONE_NEWUSER) < 0)
		return -errno;
	_cleanup_close_ int fd = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);

	return fd < 0 || write(fd, "0 0 1", 5) != 5 ? -errno : 0;
}

void examine_userns(struct doctor *d)
{
	bool made;
	int r = doctor_try_as_root(try_second, NULL, &made);
	struct err err;

	if (r == 0) {
		doctor_say(d, STATE_OK, NULL, "one for the mounts and the network, and one below it for the program");
		return;
	}
	err_init(&err, d->arena);
	err_sys(&err, NO_ORIGIN, -r, made ? "a second user namespace cannot be made below the first" :
					    "an ordinary user cannot make a user namespace, and without one there is no sandbox");
	userns_remedy(-r, &err);
	doctor_problem(d, STATE_MISSING, &err);
}

/* ---- mounts ---- */

/** struct mount_trial - how far the making of mounts came */
struct mount_trial {
	const char *what;
	try_fn *fn;
};

static int try_tmpfs(void *data UNUSED)
{
	_cleanup_close_ int fd = mount_new_fs("tmpfs", NULL, 0, MOUNT_ATTR_NOSUID);

	return fd < 0 ? fd : 0;
}

static int try_bind(void *data UNUSED)
{
	_cleanup_close_ int fd = sys_open_tree(AT_FDCWD, "/usr", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);

	return fd < 0 ? -errno : mount_attrs(fd, MOUNT_ATTR_RDONLY);
}

static int proc_mount(void *data UNUSED)
{
	_cleanup_close_ int fd = mount_new_fs("proc", NULL, 0, 0);

	return fd < 0 ? fd : 0;
}

/* procfs shows the pid namespace of who mounts it, which must be one of its own: so one process more. */
static int try_proc(void *data UNUSED)
{
	return unshare(CLONE_NEWPID) < 0 ? -errno : doctor_try(proc_mount, NULL);
}

void examine_mounts(struct doctor *d)
{
	static const struct mount_trial trials[] = {
		{ "a tmpfs cannot be mounted", try_tmpfs },
		{ "a directory cannot be bound read-only", try_bind },
		{ "no fresh /proc can be mounted, and without one there is no sandbox", try_proc },
	};
	struct err err;

	for (size_t i = 0; i < ARRAY_SIZE(trials); i++) {
		bool made;
		int r = doctor_try_as_root(trials[i].fn, NULL, &made);

		if (!made) {
			doctor_say(d, STATE_MISSING, NULL, "not tried: there is no user namespace to make mounts in");
			return;
		}
		if (r == 0)
			continue;
		err_init(&err, d->arena);
		err_sys(&err, NO_ORIGIN, -r, "%s", trials[i].what);
		if (r == -ENOSYS)
			kernel_remedy(&err);
		else if (!apparmor_remedy(&err) && !(trials[i].fn == try_proc && proc_remedy(&err)))
			(void)filter_remedy(&err);
		doctor_problem(d, STATE_MISSING, &err);
		return;
	}
	doctor_say(d, STATE_OK, NULL, "tmpfs, read-only binds and a fresh /proc, by descriptor");
}

/* ---- seccomp ---- */

static int load_filter(unsigned flags)
{
	struct sock_filter allow[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	struct sock_fprog program = { .len = 1, .filter = allow };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) < 0 ? -errno : 0;
}

static int try_filter(void *data UNUSED)
{
	return load_filter(0);
}

static int try_listener(void *data UNUSED)
{
	return load_filter(SECCOMP_FILTER_FLAG_NEW_LISTENER);
}

void examine_seccomp(struct doctor *d)
{
	int r = doctor_try(try_filter, NULL);

	if (r < 0) {
		doctor_say(d, STATE_MISSING, r == -EINVAL ? "the kernel must be built with CONFIG_SECCOMP_FILTER" : NULL,
			   "a filter of system calls cannot be loaded (%s): no sandbox can be made", strerror(-r));
		return;
	}
	r = doctor_try(try_listener, NULL);
	if (r < 0)
		doctor_say(d, STATE_DEGRADED, r == -EBUSY ? "sbox itself runs in a sandbox that reports: only one of the two can" : NULL,
			   "filters can be loaded, not listened to (%s): denied system calls cannot be reported", strerror(-r));
	else
		doctor_say(d, STATE_OK, NULL, "filters of system calls, and a listener for reports");
}

/* ---- keyrings ---- */

static int try_keyring(void *data UNUSED)
{
	return sys_keyctl(KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 ? -errno : 0;
}

void examine_keyring(struct doctor *d)
{
	int r = doctor_try(try_keyring, NULL);

	if (r == 0)
		doctor_say(d, STATE_OK, NULL, "each sandbox has a session keyring of its own");
	else if (r == -EDQUOT)
		doctor_say(d, STATE_DEGRADED, "the user has too many keys: see /proc/key-users; sysctl kernel.keys.maxkeys=2000",
			   "no keyring more for this user: sandboxes keep the caller's, which no call reaches; a profile that allows "
			   "the key calls does not start");
	else
		doctor_say(d, STATE_OK, NULL, "no keyrings here (%s), so none that a program could reach", strerror(-r));
}

/* ---- time ---- */

static int try_time(void *data UNUSED)
{
	return unshare(CLONE_NEWTIME) < 0 ? -errno : 0;
}

void examine_time(struct doctor *d)
{
	bool made;
	int r = doctor_try_as_root(try_time, NULL, &made);

	if (r == 0)
		doctor_say(d, STATE_OK, NULL, "time namespaces: boottime-offset and monotonic-offset work");
	else if (!made)
		doctor_say(d, STATE_MISSING, NULL, "not tried: there is no user namespace to make one in");
	else
		doctor_say(d, STATE_MISSING,
			   r == -EINVAL ? "a kernel built with CONFIG_TIME_NS (Linux 5.6) has them" :
			   r == -ENOSPC ? "sysctl user.max_time_namespaces is too low: raise it, say to 10000" : NULL,
			   "no time namespaces (%s): boottime-offset and monotonic-offset are refused", strerror(-r));
}

/* ---- overlays ---- */

/** struct overlay_dirs - a place to try one on: the kernel wants a real file system for what changes */
struct overlay_dirs {
	const char *base, *upper, *work;
};

static int try_overlay(void *data)
{
	const struct overlay_dirs *o = data;
	const struct fs_option options[] = {
		{ "lowerdir", "/usr" }, { "upperdir", o->upper }, { "workdir", o->work }, { "userxattr", NULL },
	};
	_cleanup_close_ int fd = mount_new_fs("overlay", options, ARRAY_SIZE(options), MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);

	return fd < 0 ? fd : 0;
}

static bool overlay_dirs_make(struct doctor *d, struct overlay_dirs *o)
{
	const struct caller *c = &d->s->caller;
	const char *parent = access(c->state_dir, W_OK) == 0 ? c->state_dir : c->home;
	char *base = arena_printf(d->arena, "%s/.sbox-doctor-XXXXXX", parent);

	if (!mkdtemp(base))
		return false;
	*o = (struct overlay_dirs){ base, path_join(d->arena, base, "upper"), path_join(d->arena, base, "work") };
	return mkdir(o->upper, 0700) == 0 && mkdir(o->work, 0700) == 0;
}

static void overlay_dirs_remove(struct doctor *d, const struct overlay_dirs *o)
{
	static const char *const left[] = { "work/work", "work/index", "work/incompat", "work", "upper" };

	for (size_t i = 0; i < ARRAY_SIZE(left); i++)
		(void)rmdir(path_join(d->arena, o->base, left[i]));
	(void)rmdir(o->base);
}

void examine_overlay(struct doctor *d)
{
	struct overlay_dirs o = { 0 };
	bool made;

	if (!overlay_dirs_make(d, &o)) {
		doctor_say(d, STATE_DEGRADED, NULL, "not tried: no directory can be made in the home");
		if (o.base)
			overlay_dirs_remove(d, &o);
		return;
	}
	int r = doctor_try_as_root(try_overlay, &o, &made);
	overlay_dirs_remove(d, &o);
	if (r == 0)
		doctor_say(d, STATE_OK, NULL, "overlays on the file system of the home, as an ordinary user");
	else if (!made)
		doctor_say(d, STATE_MISSING, NULL, "not tried: there is no user namespace to mount one in");
	else
		doctor_say(d, STATE_MISSING,
			   r == -ENODEV ? "as root: modprobe overlay" :
			   r == -EINVAL ? "the file system of the home must support user.* attributes (ext4, xfs, btrfs), and Linux be 5.11 or "
					  "later" : NULL,
			   "no overlay can be mounted (%s): overlay lines and cwd = overlay are refused", strerror(-r));
}
