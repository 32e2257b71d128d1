/* SPDX-License-Identifier: MIT */
/*
 * Asks the kernel from inside of a sandbox and prints what it answers; links nothing of sbox.
 *
 *   probe try NAME...   each attempt and the errno it ended with: "mount EPERM", "getpid ok"
 *   probe list          the names that try knows
 *   probe fds           open descriptors and what they are
 *   probe int80 | x32   one getpid(2) of a foreign ABI (x86-64 only; 77 elsewhere)
 *   probe securebits    the bits as hexadecimal number
 *   probe ns-owner NS   may the caller see the user namespace that owns its NS?
 *   probe argc0 FILE    execute FILE with no argument at all, not even argv[0] (before Linux 5.18; later: "")
 *   probe bind PORT     listen on 127.0.0.1:PORT
 *
 * An attempt has arguments that are wrong in a way only the kernel's own code would notice (EFAULT, EBADF, EINVAL), so
 * that the filter's answer can be told from the kernel's.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define BAD ((void *)8) /* never mapped */

static const char *errno_name(int error)
{
	static const struct {
		int error;
		const char *name;
	} names[] = {
		{ 0, "ok" },		{ EPERM, "EPERM" },		  { ENOENT, "ENOENT" },		{ ESRCH, "ESRCH" },
		{ EBADF, "EBADF" },	{ ENOMEM, "ENOMEM" },		  { EACCES, "EACCES" },		{ EFAULT, "EFAULT" },
		{ EBUSY, "EBUSY" },	{ EEXIST, "EEXIST" },		  { EXDEV, "EXDEV" },		{ ENODEV, "ENODEV" },
		{ ENOTDIR, "ENOTDIR" }, { EISDIR, "EISDIR" },		  { EINVAL, "EINVAL" },		{ ENOTTY, "ENOTTY" },
		{ ENOSPC, "ENOSPC" },	{ EROFS, "EROFS" },		  { ENOSYS, "ENOSYS" },		{ ENOKEY, "ENOKEY" },
		{ EDQUOT, "EDQUOT" },	{ EAFNOSUPPORT, "EAFNOSUPPORT" }, { EUSERS, "EUSERS" },		{ EOPNOTSUPP, "EOPNOTSUPP" },
		{ EPROTONOSUPPORT, "EPROTONOSUPPORT" },	{ ESOCKTNOSUPPORT, "ESOCKTNOSUPPORT" },
	};
	static char number[16];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].error == error)
			return names[i].name;
	(void)snprintf(number, sizeof(number), "%d", error);
	return number;
}

static long socket_of(long family, long type, long protocol)
{
	return socket((int)family, (int)type, (int)protocol);
}

/* A child made with @flags ends at once; what counts is whether it came to be. */
static long clone_with(long flags)
{
	long pid = syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		(void)waitpid((pid_t)pid, NULL, 0);
	return pid;
}

/* The kernel reads 32 bits of an ioctl number: a filter that compares 64 lets this one pass (CVE-2019-10063). */
#define HIGH_BITS(cmd) ((1UL << 32) | (cmd))

/* name, expression that is -1 with errno, or not negative */
#define ATTEMPTS                                                                                             \
	A("getpid", syscall(SYS_getpid))                                                                     \
	A("unknown-call", syscall(0xfff))                                                                    \
	A("mount", syscall(SYS_mount, BAD, BAD, BAD, 0UL, NULL))                                             \
	A("umount2", syscall(SYS_umount2, BAD, 0))                                                           \
	A("pivot_root", syscall(SYS_pivot_root, BAD, BAD))                                                   \
	A("chroot", syscall(SYS_chroot, BAD))                                                                \
	A("fsopen", syscall(430, BAD, 0U))                                                                   \
	A("fsconfig", syscall(431, -1, 99U, BAD, BAD, 0))                                                    \
	A("fsmount", syscall(432, -1, 0U, 0U))                                                               \
	A("fspick", syscall(433, -1, BAD, 0U))                                                               \
	A("open_tree", syscall(428, -1, BAD, 0U))                                                            \
	A("move_mount", syscall(429, -1, BAD, -1, BAD, 0U))                                                  \
	A("mount_setattr", syscall(442, -1, BAD, 0U, BAD, 32UL))                                             \
	A("unshare-user", unshare(CLONE_NEWUSER))                                                            \
	A("unshare-mnt", unshare(CLONE_NEWNS))                                                               \
	A("unshare-net", unshare(CLONE_NEWNET))                                                              \
	A("setns", syscall(SYS_setns, -1, 0))                                                                \
	A("clone-user", clone_with(CLONE_NEWUSER))                                                           \
	A("clone-pid", clone_with(CLONE_NEWPID))                                                             \
	A("clone-plain", clone_with(0))                                                                      \
	A("clone3", syscall(435, BAD, 64UL))                                                                 \
	A("ptrace-attach", ptrace(PTRACE_ATTACH, 1, NULL, NULL))                                             \
	A("process_vm_readv", syscall(SYS_process_vm_readv, -1, BAD, 1UL, BAD, 1UL, 99UL))                   \
	A("process_vm_writev", syscall(SYS_process_vm_writev, -1, BAD, 1UL, BAD, 1UL, 99UL))                 \
	A("pidfd_getfd", syscall(438, -1, 0, 99U))                                                           \
	A("kcmp", syscall(SYS_kcmp, -1, -1, 99, 0UL, 0UL))                                                   \
	A("bpf", syscall(SYS_bpf, 99, BAD, 8U))                                                              \
	A("perf_event_open", syscall(SYS_perf_event_open, BAD, 0, -1, -1, 0UL))                              \
	A("userfaultfd", syscall(SYS_userfaultfd, 0x7fffffff))                                               \
	A("io_uring_setup", syscall(425, 1U, BAD))                                                           \
	A("io_uring_enter", syscall(426, -1, 1U, 0U, 0U, NULL, 0UL))                                         \
	A("io_uring_register", syscall(427, -1, 0U, BAD, 1U))                                                \
	A("add_key", syscall(SYS_add_key, BAD, BAD, BAD, 1UL, 0))                                            \
	A("request_key", syscall(SYS_request_key, BAD, BAD, BAD, 0))                                         \
	A("keyctl", syscall(SYS_keyctl, 0, -3, 0))                                                           \
	A("init_module", syscall(SYS_init_module, BAD, 1UL, BAD))                                            \
	A("finit_module", syscall(SYS_finit_module, -1, BAD, 0))                                             \
	A("delete_module", syscall(SYS_delete_module, BAD, 0U))                                              \
	A("kexec_load", syscall(SYS_kexec_load, 0UL, 99UL, BAD, 99UL))                                       \
	A("open_by_handle_at", syscall(SYS_open_by_handle_at, -1, BAD, 0))                                   \
	A("name_to_handle_at", syscall(SYS_name_to_handle_at, -1, BAD, BAD, BAD, 0))                         \
	A("fanotify_init", syscall(SYS_fanotify_init, 0x7fffffffU, 0U))                                      \
	A("quotactl", syscall(SYS_quotactl, 0, BAD, 0, BAD))                                                 \
	A("swapon", syscall(SYS_swapon, BAD, 0))                                                             \
	A("reboot", syscall(SYS_reboot, 0, 0, 0U, NULL))                                                     \
	A("acct", syscall(SYS_acct, BAD))                                                                    \
	A("syslog", syscall(SYS_syslog, 99, BAD, 1))                                                         \
	A("settimeofday", syscall(SYS_settimeofday, BAD, NULL))                                              \
	A("tiocsti", syscall(SYS_ioctl, -1, 0x5412UL, BAD))                                                  \
	A("tiocsti-high", syscall(SYS_ioctl, -1, HIGH_BITS(0x5412UL), BAD))                                  \
	A("tioclinux", syscall(SYS_ioctl, -1, 0x541cUL, BAD))                                                \
	A("tioclinux-high", syscall(SYS_ioctl, -1, HIGH_BITS(0x541cUL), BAD))                                \
	A("tcgets", syscall(SYS_ioctl, -1, 0x5401UL, BAD))                                                   \
	A("prlimit-init", syscall(SYS_prlimit64, 1, 7, BAD, NULL))                                           \
	A("prlimit-self", syscall(SYS_prlimit64, 0, 7, NULL, NULL))                                          \
	A("kill-init", kill(1, SIGKILL))                                                                     \
	A("af-unix", socket_of(AF_UNIX, SOCK_STREAM, 0))                                                     \
	A("af-unix-high", syscall(SYS_socket, (1L << 32) | AF_UNIX, (long)SOCK_STREAM, 0L))                  \
	A("af-vsock-high", syscall(SYS_socket, (1L << 32) | 40L, (long)SOCK_STREAM, 0L))                     \
	A("af-inet", socket_of(AF_INET, SOCK_STREAM, 0))                                                     \
	A("af-inet6", socket_of(AF_INET6, SOCK_STREAM, 0))                                                   \
	A("netlink-route", socket_of(AF_NETLINK, SOCK_RAW, 0))                                               \
	A("netlink-netfilter", socket_of(AF_NETLINK, SOCK_RAW, 12))                                          \
	A("netlink-xfrm", socket_of(AF_NETLINK, SOCK_RAW, 6))                                                \
	A("netlink-generic", socket_of(AF_NETLINK, SOCK_RAW, 16))                                            \
	A("netlink-audit", socket_of(AF_NETLINK, SOCK_RAW, 9))                                               \
	A("af-packet", socket_of(AF_PACKET, SOCK_RAW, 0))                                                    \
	A("af-alg", socket_of(38, SOCK_SEQPACKET, 0))                                                        \
	A("af-vsock", socket_of(40, SOCK_STREAM, 0))                                                         \
	A("af-bluetooth", socket_of(31, SOCK_RAW, 1))                                                        \
	A("af-can", socket_of(29, SOCK_RAW, 1))                                                              \
	A("af-rds", socket_of(21, SOCK_SEQPACKET, 0))                                                        \
	A("af-tipc", socket_of(30, SOCK_SEQPACKET, 0))                                                       \
	A("af-xdp", socket_of(44, SOCK_RAW, 0))                                                              \
	A("set-name", prctl(PR_SET_NAME, "probe"))                                                           \
	A("socketpair-unix", socketpair(AF_UNIX, SOCK_STREAM, 0, (int[2]){ -1, -1 }))


static int try_one(const char *wanted)
{
	long r = -2;

	errno = 0;
#define A(name, expression)                                                                                  \
	if (r == -2 && strcmp(wanted, name) == 0)                                                            \
		r = (expression);
	ATTEMPTS
#undef A
	if (r == -2) {
		(void)fprintf(stderr, "probe: no attempt is called %s\n", wanted);
		return 2;
	}
	(void)printf("%s %s\n", wanted, errno_name(r < 0 ? errno : 0));
	(void)fflush(stdout);
	return 0;
}

static int list(void)
{
#define A(name, expression) (void)puts(name);
	ATTEMPTS
#undef A
	return 0;
}

static int fds(void)
{
	for (int fd = 0; fd < 1024; fd++) {
		char name[32], target[4096];
		ssize_t n;

		if (fcntl(fd, F_GETFD) < 0)
			continue;
		(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
		n = readlink(name, target, sizeof(target) - 1);
		target[n < 0 ? 0 : n] = '\0';
		(void)printf("%d %s\n", fd, target);
	}
	return 0;
}

static int foreign_abi(const char *which)
{
#if defined(__x86_64__) && defined(__LP64__)
	long r = 0;

	if (strcmp(which, "int80") == 0)
		__asm__ volatile("int $0x80" : "=a"(r) : "a"(20L) : "memory", "r8", "r9", "r10", "r11");
	else
		r = syscall(0x40000000L + SYS_getpid);
	(void)printf("%s %ld\n", which, r);
	return r > 0 ? 0 : 1;
#else
	(void)printf("%s is not an ABI of this machine\n", which);
	return 77;
#endif
}

static int ns_owner(const char *ns)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", ns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return perror(path), 1;
	(void)printf("%s\n", errno_name(ioctl(fd, NS_GET_USERNS) < 0 ? errno : 0));
	return 0;
}

static int argc0(const char *file)
{
	char *none[] = { NULL };

	(void)execv(file, none);
	perror(file);
	return 1;
}

static int bind_port(int port)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int r = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&addr, sizeof(addr));

	(void)printf("%s\n", errno_name(r < 0 || listen(fd, 1) < 0 ? errno : 0));
	return 0;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	const char *arg = argc > 2 ? argv[2] : "";
	int r = 0;

	if (strcmp(verb, "try") == 0) {
		for (int i = 2; i < argc && r == 0; i++)
			r = try_one(argv[i]);
		return r;
	}
	if (strcmp(verb, "list") == 0)
		return list();
	if (strcmp(verb, "fds") == 0)
		return fds();
	if (strcmp(verb, "int80") == 0 || strcmp(verb, "x32") == 0)
		return foreign_abi(verb);
	if (strcmp(verb, "securebits") == 0)
		return printf("%x\n", (unsigned)prctl(PR_GET_SECUREBITS)), 0;
	if (strcmp(verb, "ns-owner") == 0)
		return ns_owner(arg);
	if (strcmp(verb, "argc0") == 0)
		return argc0(arg);
	if (strcmp(verb, "bind") == 0)
		return bind_port(atoi(arg));
	(void)fprintf(stderr, "probe: what? (see the top of probe.c)\n");
	return 2;
}
