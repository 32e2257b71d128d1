/* SPDX-License-Identifier: MIT */
/*
 * The floor under every launcher: the system calls without which there is no sandbox, and nothing else.  No libc, no
 * profile, no check, no message, no process that stays: what is slower than this is what a launcher adds.
 *
 *   floor NET WORK BLOB-FD SOURCE TARGET [SOURCE TARGET...] -- COMMAND...
 *
 * NET is "net" (own network namespace, loopback up) or "host"; WORK is bound at /work, each SOURCE read-only at TARGET (an
 * absolute path directly below / or in a directory of an earlier TARGET's kind, /b); BLOB-FD has a seccomp filter.
 */
#include <asm/unistd.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/filter.h>
#include <linux/if.h>
#include <linux/mount.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <linux/sockios.h>

#define PARTS (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)
enum { AT_CWD = -100, O_WRITE = 1, O_CLOSE = 02000000, DETACH = 2, RECURSIVE = 0x8000, PRIVATE = 1 << 18, CAP_COUNT = 41 };

#if defined(__x86_64__)
static inline long call(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
	long r;

	__asm__ volatile("syscall" : "=a"(r) : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return r;
}
__asm__(".globl _start\n_start: mov %rsp, %rdi\nand $-16, %rsp\ncall begin\nhlt\n");
#elif defined(__aarch64__)
static inline long call(long number, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d, x4 __asm__("x4") = e, x5 __asm__("x5") = f;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
	return x0;
}
__asm__(".globl _start\n_start: mov x0, sp\nbl begin\n");
#else
#error "floor.c has no system call for this machine"
#endif

#define CALL(name, a, b, c, d, e) call(__NR_##name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)

/* A floor that is only half laid would be very fast: the first failure ends it, with the line as status. */
#define MUST(expr) do { if ((expr) < 0) CALL(exit_group, __LINE__ & 127 ? __LINE__ & 127 : 1, 0, 0, 0, 0); } while (0)

static int equal(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

static void write_file(const char *path, const char *text, long n)
{
	long fd = CALL(openat, AT_CWD, path, O_WRITE | O_CLOSE, 0, 0);

	MUST(fd);
	MUST(CALL(write, fd, text, n, 0, 0));
	CALL(close, fd, 0, 0, 0, 0);
}

static void write_map(const char *path, unsigned long id)
{
	char text[40], digits[12];
	int n = 0, k = 0;

	do
		digits[k++] = (char)('0' + id % 10);
	while (id /= 10);
	for (int twice = 0; twice < 2; twice++) {
		for (int i = k; i > 0; i--)
			text[n++] = digits[i - 1];
		text[n++] = ' ';
	}
	text[n++] = '1';
	write_file(path, text, n);
}

static void bind_at(const char *source, const char *target, unsigned long attrs)
{
	struct mount_attr attr = { .attr_set = attrs, .propagation = PRIVATE };

	MUST(CALL(mount, source, target, 0, MS_BIND | MS_REC, 0));
	MUST(CALL(mount_setattr, AT_CWD, target, RECURSIVE, &attr, sizeof(attr)));
}

static void loopback(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	long fd = CALL(socket, 2, 2 | O_CLOSE, 0, 0, 0);

	MUST(CALL(ioctl, fd, SIOCSIFFLAGS, &request, 0, 0));
	CALL(close, fd, 0, 0, 0, 0);
}

static void devices(void)
{
	static const char *const names[][2] = { { "/dev/null", "dev/null" }, { "/dev/zero", "dev/zero" }, { "/dev/full", "dev/full" },
						{ "/dev/random", "dev/random" }, { "/dev/urandom", "dev/urandom" }, { "/dev/tty", "dev/tty" } };

	CALL(mkdirat, AT_CWD, "dev", 0755, 0, 0);
	for (unsigned long i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		MUST(CALL(mknodat, AT_CWD, names[i][1], 0100644, 0, 0));
		MUST(CALL(mount, names[i][0], names[i][1], 0, MS_BIND, 0));
	}
	MUST(CALL(mkdirat, AT_CWD, "dev/pts", 0755, 0, 0));
	MUST(CALL(mount, "devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666"));
	MUST(CALL(symlinkat, "pts/ptmx", AT_CWD, "dev/ptmx", 0, 0));
	MUST(CALL(mkdirat, AT_CWD, "dev/shm", 01777, 0, 0));
}

static void links(void)
{
	static const char *const names[][2] = { { "usr/bin", "bin" }, { "usr/lib", "lib" }, { "usr/lib64", "lib64" }, { "usr/sbin", "sbin" } };

	for (unsigned long i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		MUST(CALL(symlinkat, names[i][0], AT_CWD, names[i][1], 0, 0));
}

/* Mounted over "/": the host's tree stays in reach until the pivot, by its absolute names. */
static void root(char **v)
{
	MUST(CALL(mount, "tmpfs", "/", "tmpfs", MS_NOSUID | MS_NODEV, 0));
	MUST(CALL(chdir, "/..", 0, 0, 0, 0));
	for (CALL(mkdirat, AT_CWD, "b", 0755, 0, 0); !equal(v[0], "--"); v += 2) {
		MUST(CALL(mkdirat, AT_CWD, v[1] + 1, 0755, 0, 0));
		bind_at(v[0], v[1] + 1, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	}
	links();
	devices();
	MUST(CALL(mkdirat, AT_CWD, "proc", 0755, 0, 0));
	MUST(CALL(mount, "proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, 0));
	MUST(CALL(mkdirat, AT_CWD, "tmp", 0755, 0, 0));
	MUST(CALL(mount, "tmpfs", "tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777"));
}

static void privileges(long blob)
{
	struct sock_filter filter[2048];
	struct sock_fprog program = { .filter = filter };
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { { 0 } };

	long n = CALL(read, blob, filter, sizeof(filter), 0, 0);
	MUST(n);
	program.len = (unsigned short)(n / (long)sizeof(filter[0]));
	for (long cap = 0; cap < CAP_COUNT; cap++)
		CALL(prctl, PR_CAPBSET_DROP, cap, 0, 0, 0);
	MUST(CALL(capset, &header, none, 0, 0, 0));
	MUST(CALL(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	MUST(CALL(close_range, 3, ~0U, 0, 0, 0));
	MUST(CALL(seccomp, SECCOMP_SET_MODE_FILTER, 0, &program, 0, 0));
}

static long number(const char *s)
{
	long n = 0;

	while (*s)
		n = n * 10 + *s++ - '0';
	return n;
}

__attribute__((noinline)) static void inside(char **v, char **environ, const unsigned long *ids)
{
	char **command = v;

	while (!equal(*command++, "--"))
		;
	write_file("/proc/self/setgroups", "deny", 4);
	write_map("/proc/self/uid_map", ids[0]);
	write_map("/proc/self/gid_map", ids[1]);
	if (equal(v[1], "net"))
		loopback();
	root(v + 4);
	MUST(CALL(mkdirat, AT_CWD, "work", 0755, 0, 0));
	bind_at(v[2], "work", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	MUST(CALL(pivot_root, ".", ".", 0, 0, 0));
	MUST(CALL(umount2, ".", DETACH, 0, 0, 0));
	MUST(CALL(chdir, "/work", 0, 0, 0, 0));
	privileges(number(v[3]));
	CALL(execve, command[0], command, environ, 0, 0);
	CALL(exit_group, 127, 0, 0, 0, 0);
}

/* The child runs on our memory until its execve; as with vfork() we stand still until then. */
__attribute__((used, noreturn)) static void begin(long *stack)
{
	long argc = stack[0];
	char **v = (char **)(stack + 1), **environ = v + argc + 1;
	struct clone_args args = { .exit_signal = 17, .flags = PARTS | CLONE_VM | CLONE_VFORK };
	const unsigned long ids[2] = { (unsigned long)CALL(getuid, 0, 0, 0, 0, 0), (unsigned long)CALL(getgid, 0, 0, 0, 0, 0) };
	int status = 0;

	if (argc < 6)
		CALL(exit_group, 2, 0, 0, 0, 0);
	if (equal(v[1], "net"))
		args.flags |= CLONE_NEWNET;
	long pid = CALL(clone3, &args, sizeof(args), 0, 0, 0);
	if (pid == 0)
		inside(v, environ, ids);
	MUST(pid);
	MUST(CALL(wait4, pid, &status, 0, 0, 0));
	CALL(exit_group, (status >> 8) & 255, 0, 0, 0, 0);
	__builtin_unreachable();
}
