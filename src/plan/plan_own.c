/* SPDX-License-Identifier: MIT */
/*
 * The filters of sbox's own processes, pid 1 and the supervisor: what they call, and nothing else.  A bug in one of
 * them can do no more, and neither can somebody who takes it over.  No names: the numbers are those that they were
 * compiled with.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/fd.h"
#include "base/stamp.h"
#include "plan/plan.h"
#include "plan/syscall_groups.h"

#if defined(__SANITIZE_ADDRESS__)
#define ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ADDRESS_SANITIZER
#endif
#endif

/* launch/init.c, and what the kernel makes it call on its own. */
static const uint32_t init_calls[] = {
	SYS_read,	  SYS_write,	  SYS_ppoll,		SYS_kill,	  SYS_wait4, SYS_getpgid,
	SYS_clock_gettime, SYS_exit_group, SYS_restart_syscall, SYS_rt_sigreturn, SYS_exit,
	SYS_ioctl, /* tcsetpgrp() */
#ifdef SBOX_STAMPS
	SYS_getpid,
#endif
#ifdef ADDRESS_SANITIZER
	SYS_sigaltstack, /* its run-time asks before each call that does not return */
#endif
};

/*
 * launch/supervise.c, report/ and what words a failure: that reads settings and looks for files, so reading stays open
 * (Landlock takes writing away, and openat_reads does where there is none).  No new process, program, socket, mount or trace.
 */
static const uint32_t supervisor_calls[] = {
	SYS_read, SYS_write, SYS_close, SYS_ppoll, SYS_sendto, SYS_recvmsg, SYS_ioctl, SYS_fcntl, SYS_lseek,
	/* end and signals */
	SYS_waitid, SYS_kill, SYS_pidfd_send_signal, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_restart_syscall, SYS_exit,
	SYS_exit_group, SYS_getpid, SYS_getpgid, SYS_clock_gettime,
	SYS_timer_create, SYS_timer_settime, SYS_timer_delete,
#ifdef SYS_getpgrp
	SYS_getpgrp,
#endif
	/* messages */
	SYS_openat, SYS_fstat, SYS_newfstatat, SYS_statx, SYS_faccessat, SYS_faccessat2, SYS_readlinkat, SYS_pread64, SYS_getdents64,
	SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_prlimit64, SYS_inotify_add_watch,
#ifdef SYS_access
	SYS_access, SYS_readlink, SYS_open, SYS_stat, SYS_lstat,
#endif
	/* memory */
	SYS_brk, SYS_mmap, SYS_munmap, SYS_mremap, SYS_madvise,
#ifdef ADDRESS_SANITIZER
	SYS_sigaltstack,
#endif
};

/*
 * report/ and launch/report.c, once the listener is taken.  It reads what a hostile program wrote, and files and memory
 * of the user's; it writes to its output and answers the listener, no more.
 */
static const uint32_t reporter_calls[] = {
	SYS_read, SYS_write, SYS_close, SYS_ppoll, SYS_ioctl, SYS_process_vm_readv,
	SYS_openat, SYS_fstat, SYS_newfstatat, SYS_statx, SYS_fstatfs, SYS_faccessat, SYS_faccessat2, SYS_readlinkat,
	SYS_getxattr, SYS_getdents64, SYS_lseek, SYS_pread64, SYS_prlimit64, SYS_fcntl, SYS_getgroups,
	SYS_getpid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid,
	SYS_clock_gettime, SYS_rt_sigreturn, SYS_restart_syscall, SYS_exit, SYS_exit_group,
#ifdef SYS_access
	SYS_access, SYS_readlink, SYS_open, SYS_stat, SYS_lstat,
#endif
	SYS_brk, SYS_mmap, SYS_munmap, SYS_mremap, SYS_madvise,
#ifdef ADDRESS_SANITIZER
	SYS_sigaltstack,
#endif
};

/* launch/log.c: two pipes in, one file or socket out. */
static const uint32_t logger_calls[] = {
	SYS_read, SYS_write, SYS_close, SYS_ppoll, SYS_clock_gettime, SYS_rt_sigreturn, SYS_restart_syscall, SYS_exit, SYS_exit_group,
	SYS_brk, SYS_mmap, SYS_munmap, SYS_mremap, SYS_madvise,
#ifdef ADDRESS_SANITIZER
	SYS_sigaltstack,
#endif
};

/* net/resolver.c: sockets of the two Internet families, and nothing that opens, makes or starts anything. */
static const uint32_t resolver_calls[] = {
	SYS_ppoll, SYS_recvfrom, SYS_sendto, SYS_recvmsg, SYS_accept4, SYS_connect, SYS_socket, SYS_close, SYS_getrandom,
	SYS_clock_gettime, SYS_rt_sigreturn, SYS_restart_syscall, SYS_exit, SYS_exit_group,
#ifdef ADDRESS_SANITIZER
	SYS_sigaltstack, SYS_brk, SYS_mmap, SYS_munmap,
#endif
	SYS_setsockopt, /* the last: with `interface` alone */
};

/* Landlock knows that O_TRUNC writes since ABI 3 (Linux 6.2). */
enum { OPEN_WRITES = FD_ACCESS_MODE | O_CREAT | O_TRUNC };
static const struct filter_case openat_reads[] = { { SECCOMP_RET_ALLOW, 1, { { .arg = 2, .mask = OPEN_WRITES, .value = O_RDONLY } }, NULL } };
#ifdef SYS_open
static const struct filter_case open_reads[] = { { SECCOMP_RET_ALLOW, 1, { { .arg = 1, .mask = OPEN_WRITES, .value = O_RDONLY } }, NULL } };
#endif
static const struct filter_case asks_for_limits[] = { { SECCOMP_RET_ALLOW, 1, { { .arg = 2, .mask = UINT64_MAX, .value = 0 } }, NULL } };
/* Not SECCOMP_IOCTL_NOTIF_ADDFD: no descriptor goes inside. */
#define IOCTL(cmd) { SECCOMP_RET_ALLOW, 1, { { .arg = 1, .mask = UINT32_MAX, .value = (uint32_t)(cmd) } }, NULL }
static const struct filter_case answers[] = {
	IOCTL(SECCOMP_IOCTL_NOTIF_RECV), IOCTL(SECCOMP_IOCTL_NOTIF_SEND), IOCTL(SECCOMP_IOCTL_NOTIF_ID_VALID),
};

/* What a sandbox leaves: its entry of the registry, a file, and its cgroup, a directory.  Landlock holds each to its place. */
static const struct filter_case removes_file[] = { { SECCOMP_RET_ALLOW, 1, { { .arg = 2, .mask = UINT32_MAX, .value = 0 } }, NULL } };
static const struct filter_case removes[] = {
	{ SECCOMP_RET_ALLOW, 1, { { .arg = 2, .mask = UINT32_MAX & ~(uint32_t)AT_REMOVEDIR, .value = 0 } }, NULL },
};

/** struct only - a call that these processes make with some arguments alone */
struct only {
	uint32_t nr;
	const struct filter_case *cases;
	size_t n;
};
static const struct only supervisor_only[] = {
	{ SYS_unlinkat, removes_file, ARRAY_SIZE(removes_file) },
	{ SYS_openat, openat_reads, ARRAY_SIZE(openat_reads) },
#ifdef SYS_open
	{ SYS_open, open_reads, ARRAY_SIZE(open_reads) },
#endif
	{ 0, NULL, 0 },
};
/* With a cgroup of its own to be removed, the directories of an overlay in which nothing changed, or what portals look at. */
static const struct only divider_only[] = {
	{ SYS_unlinkat, removes, ARRAY_SIZE(removes) },
	{ SYS_openat, openat_reads, ARRAY_SIZE(openat_reads) },
#ifdef SYS_open
	{ SYS_open, open_reads, ARRAY_SIZE(open_reads) },
#endif
	{ 0, NULL, 0 },
};
static const struct only reporter_only[] = {
	{ SYS_openat, openat_reads, ARRAY_SIZE(openat_reads) },
#ifdef SYS_open
	{ SYS_open, open_reads, ARRAY_SIZE(open_reads) },
#endif
	{ SYS_ioctl, answers, ARRAY_SIZE(answers) },
	{ SYS_prlimit64, asks_for_limits, ARRAY_SIZE(asks_for_limits) },
	{ 0, NULL, 0 },
};
static const struct filter_case internet[] = {
	{ SECCOMP_RET_ALLOW, 1, { { .arg = 0, .mask = UINT32_MAX, .value = AF_INET } }, NULL },
	{ SECCOMP_RET_ALLOW, 1, { { .arg = 0, .mask = UINT32_MAX, .value = AF_INET6 } }, NULL },
};
static const struct filter_case to_device[] = {
	{ SECCOMP_RET_ALLOW, 2,
	  { { .arg = 1, .mask = UINT32_MAX, .value = SOL_SOCKET }, { .arg = 2, .mask = UINT32_MAX, .value = SO_BINDTODEVICE } }, NULL },
};
static const struct only resolver_only[] = {
	{ SYS_socket, internet, ARRAY_SIZE(internet) },
	{ SYS_setsockopt, to_device, ARRAY_SIZE(to_device) },
	{ 0, NULL, 0 },
};
/* None: init, the logger. */
static const struct only init_only[] = { { 0, NULL, 0 } };

static const struct only *only_of(const struct only *table, uint32_t nr)
{
	for (; table->cases; table++)
		if (table->nr == nr)
			return table;
	return NULL;
}

static int by_number(const void *a, const void *b)
{
	const struct filter_rule *x = a, *y = b;

	return x->nr < y->nr ? -1 : x->nr > y->nr;
}

static int build(struct plan *plan, const uint32_t *calls, size_t n, const struct only *some, uint32_t otherwise,
		 struct sock_fprog *ret)
{
	struct filter_rule *rules = arena_new_array(plan->arena, struct filter_rule, n);
	struct filter_abi abi = { .audit_arch = plan->filter ? plan->filter->abis[0].audit_arch : machine_native->abis[0].audit_arch,
				  .name = "native",
				  .default_action = otherwise, .rules = rules, .n_rules = n };

	for (size_t i = 0; i < n; i++) {
		const struct only *only = only_of(some, calls[i]);

		rules[i] = (struct filter_rule){ .nr = calls[i], .action = only ? otherwise : SECCOMP_RET_ALLOW };
		if (only) {
			rules[i].cases = only->cases;
			rules[i].n_cases = only->n;
		}
	}
	qsort(rules, n, sizeof(*rules), by_number);
	return bpf_build(&(struct filter){ .abis = &abi, .n_abis = 1 }, plan->arena, ret);
}

int plan_own_filters(struct plan *plan, struct host *host UNUSED, struct err *err UNUSED)
{
	if (!plan->enter && (!plan->filter || !plan->filter->n_abis))
		return 0; /* there were problems with the program's own */
	int r = build(plan, init_calls, ARRAY_SIZE(init_calls), init_only, SECCOMP_RET_KILL_PROCESS, &plan->init_program);
	if (r < 0)
		return r;
	if (plan->network.closed)
		r = build(plan, resolver_calls, ARRAY_SIZE(resolver_calls) - !plan->network.interface, resolver_only,
			  SECCOMP_RET_KILL_PROCESS, &plan->resolver_program);
	if (r == 0 && plan->log.to)
		r = build(plan, logger_calls, ARRAY_SIZE(logger_calls), init_only, SECCOMP_RET_KILL_PROCESS, &plan->logger_program);
	if (r < 0)
		return r;
	uint32_t calls[ARRAY_SIZE(supervisor_calls) + 3];
	const bool directories = plan->cgroup.via == CGROUP_SUBTREE || plan->overlays.n || plan->portal.wanted;
	size_t n = ARRAY_SIZE(supervisor_calls);

	memcpy(calls, supervisor_calls, sizeof(supervisor_calls));
	if (plan->registry.dir || directories)
		calls[n++] = SYS_unlinkat;
	if (plan->overlays.n) { /* overlay/finish.c */
		calls[n++] = SYS_fgetxattr;
		calls[n++] = SYS_flistxattr;
	}
	/* An errno, not the end: a message that cannot be worded in full must not end a program that runs. */
	return build(plan, calls, n, directories ? divider_only : supervisor_only, SECCOMP_RET_ERRNO | 1,
		     &plan->supervisor_program);
}

int plan_reporter_filter(struct plan *plan)
{
	return build(plan, reporter_calls, ARRAY_SIZE(reporter_calls), reporter_only, SECCOMP_RET_ERRNO | 1, &plan->reporter_program);
}
