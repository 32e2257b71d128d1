/* SPDX-License-Identifier: MIT */
/* Processes of the host, and the launcher's own: pid 1 of a sandbox must be no weaker than the program. */
#include "escape.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static int trace(const struct attempt *a)
{
	pid_t pid = a->n ? (pid_t)a->n : getppid();

	int r = answer(ptrace((int)a->m, pid, NULL, NULL));
	if (r == 0) {
		/* let go again: what comes after this must not fail for it */
		(void)ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
		(void)waitpid(pid, NULL, __WALL);
		(void)ptrace(PTRACE_DETACH, pid, NULL, NULL);
		(void)kill(pid, SIGCONT);
	}
	return r;
}

static int trace_me(const struct attempt *a)
{
	(void)a;
	return answer(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

/* Something of a file below /proc/1 can be read. */
static int read_file(const struct attempt *a)
{
	int fd = open(a->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char buffer[256];

	if (fd < 0)
		return -errno;
	ssize_t n = read(fd, buffer, sizeof(buffer));
	return n < 0 ? -errno : n == 0 ? NOTHING : 0;
}

static int open_write(const struct attempt *a)
{
	return close_answer(open(a->path, O_WRONLY | O_CLOEXEC));
}

static int read_link(const struct attempt *a)
{
	char target[4096];

	return answer(readlink(a->path, target, sizeof(target)));
}

static int list(const struct attempt *a)
{
	DIR *d = opendir(a->path);

	if (!d)
		return -errno;
	return readdir(d) ? 0 : NOTHING;
}

static int take_fd(const struct attempt *a)
{
	int pidfd = (int)syscall(SYS_pidfd_open, 1, 0);
	int r = -EBADF;

	(void)a;
	for (int fd = 0; pidfd >= 0 && fd < 16 && r == -EBADF; fd++)
		r = close_answer(syscall(SYS_pidfd_getfd, pidfd, fd, 0));
	return pidfd < 0 ? -errno : r;
}

/* An address of pid 1 that is sure to be mapped, when its maps can be read; else one that may be. */
static uintptr_t address_of_init(void)
{
	FILE *f = fopen("/proc/1/maps", "re");
	unsigned long at = 0x400000;

	if (f && fscanf(f, "%lx", &at) != 1)
		at = 0x400000;
	return at;
}

static int memory(const struct attempt *a)
{
	char byte = 0;
	struct iovec here = { &byte, 1 }, there = { (void *)address_of_init(), 1 };
	long call = a->n ? SYS_process_vm_writev : SYS_process_vm_readv;
	int r = answer(syscall(call, 1, &here, 1UL, &there, 1UL, 0UL));

	return r == -EFAULT ? 0 : r; /* the process was in reach, the address was not */
}

static int compare(const struct attempt *a)
{
	(void)a;
	return answer(syscall(SYS_kcmp, 1, getpid(), 1 /* KCMP_VM */, 0, 0));
}

static int limit(const struct attempt *a)
{
	struct rlimit limits;
	pid_t pid = a->path ? (pid_t)fact_number(a->path) : 1;

	if (pid < 0)
		return NO_FACT;
	if (getrlimit(RLIMIT_NOFILE, &limits) < 0)
		return -errno;
	return answer(syscall(SYS_prlimit64, pid, RLIMIT_NOFILE, &limits, NULL));
}

static int move_memory(const struct attempt *a)
{
	unsigned long none = 0;

	return answer(syscall(a->n, 1, 1UL, &none, &none, 0));
}

static int process_madvise_init(const struct attempt *a)
{
	int pidfd = (int)syscall(SYS_pidfd_open, 1, 0);
	struct iovec there = { (void *)address_of_init(), 4096 };

	(void)a;
	if (pidfd < 0)
		return -errno;
	return answer(syscall(440, pidfd, &there, 1UL, 20 /* MADV_COLD */, 0));
}

/* Does pid 1 still do its work: is an orphan collected? */
static bool init_reaps(void)
{
	int ends[2];
	pid_t orphan = 0;

	if (pipe(ends) < 0)
		return false;
	pid_t middle = fork();
	if (middle == 0) {
		orphan = fork();
		if (orphan == 0)
			_exit(0);
		(void)!write(ends[1], &orphan, sizeof(orphan));
		_exit(0);
	}
	(void)waitpid(middle, NULL, 0);
	if (read(ends[0], &orphan, sizeof(orphan)) != sizeof(orphan))
		return false;
	for (int i = 0; i < 200; i++) {
		if (kill(orphan, 0) < 0 && errno == ESRCH)
			return true;
		(void)usleep(10000);
	}
	return false;
}

static bool init_is_stopped(void)
{
	FILE *f = fopen("/proc/1/stat", "re");
	char state = 0;

	return f && fscanf(f, "%*d (%*[^)]) %c", &state) == 1 && (state == 'T' || state == 'Z');
}

static int signal_init(const struct attempt *a)
{
	int last = a->n ? (int)a->n : 64;
	int r = -ESRCH;

	for (int s = a->n ? (int)a->n : 1; s <= last; s++)
		for (int i = 0; i < (a->n ? 1 : 50); i++) {
			int one = answer(kill(1, s));

			r = one == 0 || r == -ESRCH ? one : r;
		}
	if (init_is_stopped() || !init_reaps())
		return 0;
	return r < 0 ? r : NOTHING;
}

static int kill_host(const struct attempt *a)
{
	long pid = fact_number("hostpid");

	return pid < 0 ? NO_FACT : answer(syscall(SYS_kill, pid, a->n));
}

static int pidfd_host(const struct attempt *a)
{
	long pid = fact_number("hostpid");

	(void)a;
	return pid < 0 ? NO_FACT : close_answer(syscall(SYS_pidfd_open, pid, 0));
}

static int proc_host(const struct attempt *a)
{
	char path[64];

	(void)a;
	if (!fact("hostpid"))
		return NO_FACT;
	(void)snprintf(path, sizeof(path), "/proc/%s/cmdline", fact("hostpid"));
	return close_answer(open(path, O_RDONLY | O_CLOEXEC));
}

static int renice_host(const struct attempt *a)
{
	long pid = fact_number("hostpid");

	(void)a;
	return pid < 0 ? NO_FACT : answer(setpriority(PRIO_PROCESS, (id_t)pid, 19));
}

/* These say nothing by themselves: run.py looks whether a process outside felt them. */
static int felt_outside(const struct attempt *a)
{
	(void)a;
	(void)kill(0, SIGURG);
	(void)kill(-1, SIGWINCH);
	(void)setpriority(PRIO_PGRP, 0, 15);
	(void)syscall(SYS_ioprio_set, 2 /* IOPRIO_WHO_PGRP */, 0, 3 << 13 /* idle */);
	if (!fact("bare"))
		(void)setpriority(PRIO_USER, 0, 15);
	return NOTHING;
}

/* A grandchild that nobody waits for, in a session of its own: run.py looks whether it outlives the sandbox. */
static int orphan(const struct attempt *a)
{
	(void)a;
	if (!fact("marker"))
		return NO_FACT;
	pid_t pid = fork();
	if (pid == 0) {
		(void)setsid();
		if (fork() != 0)
			_exit(0);
		for (int fd = 0; fd < 1024; fd++)
			(void)close(fd);
		(void)execl("/bin/sleep", fact("marker"), "600", NULL);
		_exit(1);
	}
	(void)waitpid(pid, NULL, 0);
	return NOTHING;
}

#define INIT_FILE(name, how) { "pid1-" name, read_file, how, "read /proc/1/" name, "/proc/1/" name, 0, 0 }

static const struct attempt rows[] = {
	{ "ptrace-pid1", trace, "EPERM", "trace pid 1", NULL, 1, PTRACE_ATTACH },
	{ "ptrace-seize-pid1", trace, "EPERM", "seize pid 1", NULL, 1, PTRACE_SEIZE },
	{ "ptrace-parent", trace, "EPERM", "trace the parent", NULL, 0, PTRACE_SEIZE },
	{ "ptrace-traceme", trace_me, "EPERM", "be traced", NULL, 0, 0 },
	INIT_FILE("environ", "EACCES"),
	INIT_FILE("auxv", "EACCES"),
	INIT_FILE("maps", "EACCES|-"),
	INIT_FILE("smaps", "EACCES|-"),
	INIT_FILE("mem", "EACCES"),
	INIT_FILE("syscall", "EACCES|EPERM"),
	INIT_FILE("stack", "EACCES|EPERM"),
	INIT_FILE("io", "EACCES"),
	INIT_FILE("pagemap", "EACCES|EPERM"),
	{ "pid1-mem-write", open_write, "EACCES", "write the memory of pid 1", "/proc/1/mem", 0, 0 },
	{ "pid1-exe", read_link, "EACCES", "where the program of pid 1 is", "/proc/1/exe", 0, 0 },
	{ "pid1-exe-read", read_file, "EACCES", "read the program of pid 1", "/proc/1/exe", 0, 0 },
	{ "pid1-exe-write", open_write, "EACCES", "overwrite the program of pid 1", "/proc/1/exe", 0, 0 },
	{ "pid1-root", list, "EACCES", "the root of pid 1", "/proc/1/root/", 0, 0 },
	{ "pid1-cwd", list, "EACCES", "the working directory of pid 1", "/proc/1/cwd/", 0, 0 },
	{ "pid1-fd", list, "EACCES", "the descriptors of pid 1", "/proc/1/fd", 0, 0 },
	{ "pid1-fdinfo", list, "EACCES", "what the descriptors of pid 1 are", "/proc/1/fdinfo", 0, 0 },
	{ "pid1-map-files", list, "EACCES|EPERM", "the mapped files of pid 1", "/proc/1/map_files", 0, 0 },
	{ "pid1-oom", open_write, "EACCES", "set oom_score_adj of pid 1", "/proc/1/oom_score_adj", 0, 0 },
	{ "pid1-coredump-filter", open_write, "EACCES", "set coredump_filter of pid 1", "/proc/1/coredump_filter", 0, 0 },
	{ "pid1-uid-map", open_write, "EACCES", "write the id map of pid 1", "/proc/1/uid_map", 0, 0 },
	{ "pidfd-getfd", take_fd, "EPERM", "take a descriptor of pid 1", NULL, 0, 0 },
	{ "process-vm-readv", memory, "EPERM", "read memory of pid 1", NULL, 0, 0 },
	{ "process-vm-writev", memory, "EPERM", "write memory of pid 1", NULL, 1, 0 },
	{ "kcmp", compare, "EPERM", "compare kernel objects of pid 1", NULL, 0, 0 },
	{ "process-madvise", process_madvise_init, "EPERM", "madvise on pid 1", NULL, 0, 0 },
	{ "move-pages", move_memory, "EPERM", "move pages of pid 1", NULL, SYS_move_pages, 0 },
	{ "migrate-pages", move_memory, "EPERM", "migrate pages of pid 1", NULL, SYS_migrate_pages, 0 },
	{ "prlimit-pid1", limit, "EPERM", "set a limit of pid 1", NULL, 0, 0 },
	{ "prlimit-host", limit, "EPERM", "set a limit of a process of the host", "hostpid", 0, 0 },
	{ "kill-pid1", signal_init, "-|EPERM", "end pid 1", NULL, SIGKILL, 0 },
	{ "stop-pid1", signal_init, "-|EPERM", "stop pid 1", NULL, SIGSTOP, 0 },
	{ "flood-pid1", signal_init, "-|EPERM", "confuse pid 1 by every signal, 50 times", NULL, 0, 0 },
	{ "kill-host", kill_host, "ESRCH", "signal a process of the host", NULL, 0, 0 },
	{ "pidfd-host", pidfd_host, "ESRCH|EINVAL", "a pidfd of a process of the host", NULL, 0, 0 },
	{ "proc-host", proc_host, "ENOENT", "see a process of the host", NULL, 0, 0 },
	{ "renice-host", renice_host, "ESRCH", "renice a process of the host", NULL, 0, 0 },
	{ "group", felt_outside, "-", "signal and renice the caller's process group (and see outside-*)", NULL, 0, 0 },
	{ "orphan", orphan, "-", "leave a process behind (and see outside-orphan)", NULL, 0, 0 },
};
const struct attempts process_attempts = ATTEMPTS("processes", rows);
