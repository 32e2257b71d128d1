/* SPDX-License-Identifier: MIT */
/*
 * Does one thing that a sandbox may deny, and prints how it ended: "ok", or the errno by name.  Static, so that no
 * library's look for itself gets between.
 *
 *   denied [-g] ACT [ARG…]     -g: by a grandchild
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/errno_name.h"

static long open_read(char **a)
{
	return open(a[0], O_RDONLY | O_CLOEXEC);
}

static long open_write(char **a)
{
	return open(a[0], O_WRONLY | O_CLOEXEC);
}

static long create(char **a)
{
	return open(a[0], O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

static long list(char **a)
{
	return open(a[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static long look(char **a)
{
	struct stat st;

	return stat(a[0], &st);
}

static long ask(char **a)
{
	return access(a[0], strtol(a[1], NULL, 0));
}

static long make_dir(char **a)
{
	return mkdir(a[0], 0700);
}

static long take_away(char **a)
{
	return unlink(a[0]);
}

static long rename_(char **a)
{
	return rename(a[0], a[1]);
}

static long change_mode(char **a)
{
	return chmod(a[0], 0600);
}

static long shorten(char **a)
{
	return truncate(a[0], 0);
}

static long link_(char **a)
{
	return symlink("nowhere", a[0]);
}

static long touch(char **a)
{
	return utimes(a[0], NULL);
}

static long execute(char **a)
{
	static volatile int error; /* 0: a child of vfork() writes it, before it is anybody else's */
	int status = 0;
	pid_t pid = vfork();

	if (pid == 0) {
		execv(a[0], a);
		error = errno;
		_exit(99);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	errno = error;
	return error ? -1 : 0;
}

static int unix_address(const char *path, struct sockaddr_un *to)
{
	to->sun_family = AF_UNIX;
	memset(to->sun_path, 0, sizeof(to->sun_path));
	strncpy(to->sun_path, path, sizeof(to->sun_path) - 1);
	if (*path != '@')
		return (int)sizeof(*to);
	to->sun_path[0] = '\0';
	return (int)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
}

static long connect_unix(char **a)
{
	struct sockaddr_un to;
	int size = unix_address(a[0], &to), fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -1 : connect(fd, (void *)&to, (socklen_t)size);
}

static long connect_inet(char **a)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(a[1])) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	inet_pton(AF_INET, a[0], &to.sin_addr);
	long r = fd < 0 ? -1 : connect(fd, (void *)&to, sizeof(to));
	return r < 0 && (errno == EINPROGRESS || errno == ECONNREFUSED) ? 0 : r;
}

static long send_inet(char **a)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(a[1])) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, a[0], &to.sin_addr);
	return fd < 0 ? -1 : sendto(fd, "x", 1, 0, (void *)&to, sizeof(to));
}

static long message_inet(char **a)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(a[1])) };
	struct iovec iov = { .iov_base = (char[]){ "x" }, .iov_len = 1 };
	struct msghdr msg = { .msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &iov, .msg_iovlen = 1 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, a[0], &to.sin_addr);
	return fd < 0 ? -1 : sendmsg(fd, &msg, 0);
}

static long bind_inet(char **a)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(a[1])) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, a[0], &to.sin_addr);
	return fd < 0 ? -1 : bind(fd, (void *)&to, sizeof(to));
}

static long open_socket(char **a)
{
	long fd = socket(atoi(a[0]), atoi(a[1]), atoi(a[2]));

	/* The kernel may have no such family, the filter says another word. */
	return fd < 0 && errno != EAFNOSUPPORT ? 0 : fd;
}

static long trace_me(char **a)
{
	(void)a;
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static long read_memory(char **a)
{
	char from[4] = "abc", to[4];
	struct iovec mine = { to, 4 }, its = { from, 4 };

	(void)a;
	return process_vm_readv(getpid(), &mine, 1, &its, 1, 0);
}

static long count_events(char **a)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE, .size = sizeof(attr), .config = PERF_COUNT_SW_CPU_CLOCK,
					.disabled = 1, .exclude_kernel = 1, .exclude_hv = 1 };
	long fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0UL);

	(void)a;
	/* What perf_event_paranoid forbids is EACCES; the filter says EPERM. */
	return fd < 0 && errno == EACCES ? 0 : fd;
}

static long load_bpf(char **a)
{
	(void)a;
	return syscall(SYS_bpf, 0, NULL, 0);
}

static long add_key(char **a)
{
	(void)a;
	return syscall(SYS_add_key, "user", "sbox-test", "x", 1UL, KEY_SPEC_PROCESS_KEYRING);
}

static long io_uring(char **a)
{
	char params[120] = { 0 };
	long fd = syscall(425, 1U, params);

	(void)a;
	/* sysctl kernel.io_uring_disabled says EPERM, the filter ENOSYS */
	return fd < 0 && errno == EPERM ? 0 : fd;
}

static long new_userns(char **a)
{
	(void)a;
	return unshare(CLONE_NEWUSER);
}

static long clone_userns(char **a)
{
	long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);

	(void)a;
	if (pid == 0)
		_exit(0);
	return pid;
}

static long mount_tmpfs(char **a)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return -1;
	return mount("none", a[0], "tmpfs", 0, NULL);
}

static long mount_only(char **a)
{
	return mount("none", a[0], "tmpfs", 0, NULL);
}

static long type_in(char **a)
{
	(void)a;
	return ioctl(0, TIOCSTI, "x");
}

static long compare(char **a)
{
	(void)a;
	return syscall(SYS_kcmp, getpid(), getpid(), 0, 0UL, 0UL);
}

static long fault_fd(char **a)
{
	long fd = syscall(SYS_userfaultfd, O_CLOEXEC | 1);

	(void)a;
	return fd;
}

static long handle(char **a)
{
	char room[256] = { 0 };
	int mount_id;

	*(unsigned *)room = 128;
	long r = syscall(SYS_name_to_handle_at, AT_FDCWD, a[0], room, &mount_id, 0);
	return r < 0 && errno == EOPNOTSUPP ? 0 : r;
}

static long set_uid_bit(char **a)
{
	return chmod(a[0], 04700);
}

static long set_xattr(char **a)
{
	long r = syscall(SYS_setxattr, a[0], "user.sbox", "x", 1UL, 0);

	return r < 0 && errno == EOPNOTSUPP ? 0 : r;
}

static long shared_memory(char **a)
{
	(void)a;
	return syscall(SYS_shmget, 0, 4096UL, 01600);
}

static long open_next(char **a)
{
	struct rlimit limit;

	(void)a;
	getrlimit(RLIMIT_NOFILE, &limit);
	for (rlim_t i = 0; i + 3 < limit.rlim_cur; i++)
		if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0)
			return -1;
	return limit.rlim_cur < (rlim_t)atoi(a[0]) ? open("/dev/null", O_RDONLY | O_CLOEXEC) : 0;
}

static long fork_many(char **a)
{
	pid_t pids[64];
	int n = 0, most = atoi(a[0]);
	long r = 0;

	while (n < most && n < 64 && r >= 0) {
		r = fork();
		if (r == 0) {
			pause();
			_exit(0);
		}
		if (r > 0)
			pids[n++] = (pid_t)r;
	}
	int error = errno;
	while (n-- > 0) {
		kill(pids[n], SIGKILL);
		waitpid(pids[n], NULL, 0);
	}
	errno = error;
	return r;
}

/* N different names, or one name N times; each must fail. */
static long many(char **a)
{
	char name[4200];

	for (int i = 0; i < atoi(a[1]); i++) {
		(void)snprintf(name, sizeof(name), "%s/%d", a[0], i);
		if (open(name, O_RDONLY | O_CLOEXEC) >= 0)
			return 0;
	}
	return -1;
}

static long again(char **a)
{
	for (int i = 0; i < atoi(a[1]); i++)
		if (open(a[0], O_RDONLY | O_CLOEXEC) >= 0)
			return 0;
	return -1;
}

static void nothing(int signal)
{
	(void)signal;
}

/* N refused calls while signals come all the time. */
static long interrupted(char **a)
{
	struct sigaction act = { .sa_handler = nothing, .sa_flags = SA_RESTART };
	struct itimerval often = { { 0, 200 }, { 0, 200 } };
	long r = 0;

	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (int i = 0; i < atoi(a[0]); i++)
		r = syscall(SYS_ptrace, PTRACE_TRACEME, 0, NULL, NULL);
	return r;
}

static const struct {
	const char *name;
	long (*act)(char **args);
	int args;
} acts[] = {
	{ "open", open_read, 1 }, { "write", open_write, 1 }, { "create", create, 1 }, { "list", list, 1 }, { "stat", look, 1 },
	{ "access", ask, 2 }, { "mkdir", make_dir, 1 }, { "unlink", take_away, 1 }, { "rename", rename_, 2 },
	{ "chmod", change_mode, 1 }, { "truncate", shorten, 1 }, { "symlink", link_, 1 }, { "touch", touch, 1 },
	{ "exec", execute, 1 }, { "connect-unix", connect_unix, 1 }, { "connect", connect_inet, 2 }, { "sendto", send_inet, 2 },
	{ "sendmsg", message_inet, 2 }, { "bind", bind_inet, 2 }, { "socket", open_socket, 3 }, { "ptrace", trace_me, 0 },
	{ "process_vm_readv", read_memory, 0 }, { "perf", count_events, 0 }, { "bpf", load_bpf, 0 }, { "add_key", add_key, 0 },
	{ "io_uring", io_uring, 0 }, { "unshare", new_userns, 0 }, { "clone", clone_userns, 0 }, { "mount", mount_tmpfs, 1 },
	{ "mount-only", mount_only, 1 }, { "tiocsti", type_in, 0 }, { "kcmp", compare, 0 }, { "userfaultfd", fault_fd, 0 },
	{ "handle", handle, 1 }, { "setuid", set_uid_bit, 1 }, { "setxattr", set_xattr, 1 }, { "shmget", shared_memory, 0 },
	{ "nofile", open_next, 1 }, { "nproc", fork_many, 1 }, { "many", many, 2 }, { "again", again, 2 },
	{ "interrupted", interrupted, 1 },
};

static int act_on(const char *name, char **args, int n)
{
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		if (strcmp(acts[i].name, name) != 0)
			continue;
		if (acts[i].args != n)
			break;
		errno = 0;
		long r = acts[i].act(args);
		(void)puts(r < 0 ? errno_name(errno) : "ok");
		(void)fflush(stdout);
		return 0;
	}
	(void)fprintf(stderr, "denied: what? (see the end of denied.c)\n");
	return 2;
}

/* A child's child does it. */
static int by_grandchild(const char *name, char **args, int n)
{
	int status = 1;
	pid_t child = fork();

	if (child == 0) {
		pid_t grandchild = fork();

		if (grandchild == 0)
			_exit(act_on(name, args, n));
		_exit(waitpid(grandchild, &status, 0) < 0 || !WIFEXITED(status) ? 1 : WEXITSTATUS(status));
	}
	(void)waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
	int first = argc > 1 && strcmp(argv[1], "-g") == 0 ? 2 : 1;

	if (argc <= first)
		return 2;
	return (first == 2 ? by_grandchild : act_on)(argv[first], argv + first + 1, argc - first - 1);
}
