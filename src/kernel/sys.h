/* SPDX-License-Identifier: MIT */
/*
 * System calls that libc lacks, or whose libc wrapper does more than the call (musl has none of the mount calls,
 * glibc has them since 2.36).  Each returns what the kernel returns, with errno set; the kernel version is the
 * first one that has the call.  Baseline is 5.14, so none has a fallback.
 */
#ifndef SBOX_KERNEL_SYS_H
#define SBOX_KERNEL_SYS_H

#include <linux/capability.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>
#ifndef STATX_TYPE
#include <linux/stat.h> /* musl has statx since 1.2.5 */
#endif

/* ---- processes ---- */

/* 5.3.  Without CLONE_VM and a stack it returns twice, like fork(); libc's fork handlers do not run. */
static inline pid_t sys_clone3(struct clone_args *args, size_t size)
{
	return (pid_t)syscall(SYS_clone3, args, size);
}

/* 5.3 */
static inline int sys_pidfd_open(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0U);
}

/* 5.1 */
static inline int sys_pidfd_send_signal(int pidfd, int sig)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0U);
}

/* 2.6.9; P_PIDFD 5.4.  libc's wrapper has no room for the usage. */
static inline int sys_waitid(int type, int id, siginfo_t *info, int options, struct rusage *usage)
{
	return (int)syscall(SYS_waitid, type, id, info, options, usage);
}

/* 5.9; CLOSE_RANGE_CLOEXEC 5.11 */
static inline int sys_close_range(unsigned first, unsigned last, unsigned flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}

/* The size of the kernel's signal set, not of libc's sigset_t. */
enum { SYS_SIGSET_SIZE = 8 };

/*
 * libc's sigprocmask() and sigaction() spare the signals that it uses for its own threads; a caller may have
 * left those blocked or ignored as well.
 */
static inline int sys_sigmask(int how, uint64_t mask)
{
	return (int)syscall(SYS_rt_sigprocmask, how, &mask, NULL, SYS_SIGSET_SIZE);
}

#define SIGNAL_BIT(signal) (UINT64_C(1) << ((signal) - 1))
/* By which somebody says that it takes too long. */
#define SIGNALS_OF_IMPATIENCE (SIGNAL_BIT(SIGINT) | SIGNAL_BIT(SIGTERM) | SIGNAL_BIT(SIGHUP) | SIGNAL_BIT(SIGQUIT))

/* 2.6.22; a raw call, so that every signal can be asked for */
static inline int sys_signalfd(uint64_t mask, int flags)
{
	return (int)syscall(SYS_signalfd4, -1, &mask, SYS_SIGSET_SIZE, flags);
}

static inline int sys_capset(struct __user_cap_header_struct *header, const struct __user_cap_data_struct data[2])
{
	return (int)syscall(SYS_capset, header, data);
}

static inline long sys_keyctl(int operation, const char *argument)
{
	return syscall(SYS_keyctl, operation, argument);
}

/* ---- files and mounts ---- */

/* 5.6 */
static inline int sys_openat2(int dir, const char *path, const struct open_how *how)
{
	return (int)syscall(SYS_openat2, dir, path, how, sizeof(*how));
}

/* 4.11 */
static inline int sys_statx(int dir, const char *path, int flags, unsigned mask, struct statx *ret)
{
	return (int)syscall(SYS_statx, dir, path, flags, mask, ret);
}

/* 3.15.  musl declares it since 1.2.6. */
static inline int sys_renameat2(int from, const char *from_name, int to, const char *to_name, unsigned flags)
{
	return (int)syscall(SYS_renameat2, from, from_name, to, to_name, flags);
}

/* 5.2 */
static inline int sys_open_tree(int dir, const char *path, unsigned flags)
{
	return (int)syscall(SYS_open_tree, dir, path, flags);
}

/* 5.2 */
static inline int sys_move_mount(int from, const char *from_path, int to, const char *to_path, unsigned flags)
{
	return (int)syscall(SYS_move_mount, from, from_path, to, to_path, flags);
}

/* 5.2 */
static inline int sys_fsopen(const char *type, unsigned flags)
{
	return (int)syscall(SYS_fsopen, type, flags);
}

/* 5.2 */
static inline int sys_fsconfig(int fs, unsigned cmd, const char *key, const void *value, int aux)
{
	return (int)syscall(SYS_fsconfig, fs, cmd, key, value, aux);
}

/* 5.2 */
static inline int sys_fsmount(int fs, unsigned flags, unsigned attrs)
{
	return (int)syscall(SYS_fsmount, fs, flags, attrs);
}

/* 5.12 */
static inline int sys_mount_setattr(int dir, const char *path, unsigned flags, struct mount_attr *attr)
{
	return (int)syscall(SYS_mount_setattr, dir, path, flags, attr, sizeof(*attr));
}

/* sys/mount.h and linux/mount.h of glibc 2.36 cannot be included together; this is its MNT_DETACH. */
enum { UMOUNT_DETACH = 2 };

static inline int sys_umount2(const char *path, int flags)
{
	return (int)syscall(SYS_umount2, path, flags);
}

static inline int sys_pivot_root(const char *new_root, const char *put_old)
{
	return (int)syscall(SYS_pivot_root, new_root, put_old);
}

#endif
