/* SPDX-License-Identifier: MIT */
/* Parts of the kernel with a record of holes, foreign ABIs, and calls that rule the machine. */
#include "escape.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define BAD ((void *)8) /* never mapped */

/*
 * A call with arguments that only its own code refuses.  What a filter answers is EPERM or ENOSYS (or a signal); the
 * kernel's own EPERM, for want of a capability, is as good.  Anything else: the call is within reach.
 */
static int reach(const struct attempt *a)
{
	int r = answer(syscall(a->n, a->m, BAD, BAD, BAD, BAD, BAD));

	return r == -EPERM || r == -ENOSYS || r == -EACCES ? r : 0;
}

static int keyring(const struct attempt *a)
{
	(void)a;
	return answer(syscall(SYS_add_key, "user", "sbox-escape", "x", 1UL, KEY_SPEC_PROCESS_KEYRING));
}

/* The caller's session keyring holds a key of this name. */
static int key_of_caller(const struct attempt *a)
{
	char text[64];

	if (!fact("key"))
		return NO_FACT;
	long key = syscall(SYS_keyctl, KEYCTL_SEARCH, a->n, "user", fact("key"), 0);
	return key < 0 ? -errno : answer(syscall(SYS_keyctl, KEYCTL_READ, key, text, sizeof(text)));
}

static int request_key(const struct attempt *a)
{
	(void)a;
	int r = answer(syscall(SYS_request_key, "user", "sbox-escape-none", "", KEY_SPEC_SESSION_KEYRING));
	return r == -ENOKEY ? 0 : r;
}

static int join_keyring(const struct attempt *a)
{
	(void)a;
	return answer(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL));
}

static int io_uring(const struct attempt *a)
{
	struct io_uring_params p = { 0 };

	(void)a;
	return close_answer(syscall(SYS_io_uring_setup, 4, &p));
}

static int bpf_map(const struct attempt *a)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1 };

	(void)a;
	return close_answer(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)));
}

static int bpf_load(const struct attempt *a)
{
	static const struct bpf_insn code[] = { { .code = 0xb7 }, { .code = 0x95 } }; /* r0 = 0; exit */
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER, .insn_cnt = 2, .insns = (uintptr_t)code,
				.license = (uintptr_t) "GPL" };

	(void)a;
	return close_answer(syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr)));
}

static int perf(const struct attempt *a)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE, .size = sizeof(attr), .exclude_kernel = 1, .exclude_hv = 1 };

	(void)a;
	return close_answer(syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0UL));
}

static int fault_fd(const struct attempt *a)
{
	(void)a;
	return close_answer(syscall(SYS_userfaultfd, O_CLOEXEC | 1 /* UFFD_USER_MODE_ONLY */));
}

static int secret_memory(const struct attempt *a)
{
	(void)a;
	return close_answer(syscall(447 /* memfd_secret */, 0));
}

static int splice_memory(const struct attempt *a)
{
	static char page[4096];
	struct iovec part = { page, sizeof(page) };
	int ends[2];

	(void)a;
	return pipe(ends) < 0 ? -errno : answer(syscall(SYS_vmsplice, ends[1], &part, 1UL, 0));
}

static int handle_of_root(const struct attempt *a)
{
	struct {
		unsigned size;
		int type;
		char bytes[128];
	} handle = { .size = 128 };
	int mount;

	(void)a;
	return answer(syscall(SYS_name_to_handle_at, AT_FDCWD, "/", &handle, &mount, 0));
}

/* "shocker": inode 2 of the file system that the working directory is on is the host's root */
static int open_by_handle(const struct attempt *a)
{
	struct {
		unsigned size;
		int type;
		uint32_t inode, generation;
	} root = { .size = 8, .type = 1, .inode = 2 };

	(void)a;
	int at = open(".", O_RDONLY | O_CLOEXEC);
	return close_answer(syscall(SYS_open_by_handle_at, at, &root, O_RDONLY));
}

static int fanotify(const struct attempt *a)
{
	(void)a;
	return close_answer(syscall(SYS_fanotify_init, 0x200 /* FAN_REPORT_FID */, O_RDONLY));
}

static int kernel_log(const struct attempt *a)
{
	char text[256];

	return answer(syscall(SYS_syslog, a->n, text, sizeof(text)));
}

static int set_clock(const struct attempt *a)
{
	struct timespec now;

	(void)a;
	if (clock_gettime(CLOCK_REALTIME, &now) < 0)
		return -errno;
	return answer(syscall(SYS_clock_settime, CLOCK_REALTIME, &now));
}

static int set_time_of_day(const struct attempt *a)
{
	struct timeval now;

	(void)a;
	(void)gettimeofday(&now, NULL);
	return answer(syscall(SYS_settimeofday, &now, NULL));
}

static int tune_clock(const struct attempt *a)
{
	struct timex t = { .modes = (unsigned)a->m };

	return answer(a->n == SYS_adjtimex ? syscall(a->n, &t) : syscall(a->n, CLOCK_REALTIME, &t));
}

/* What the kernel accepts without Ctrl-Alt-Del and the like: the argument that only a privileged caller may give. */
static int reboot_off(const struct attempt *a)
{
	(void)a;
	return answer(syscall(SYS_reboot, 0xfee1dead, 672274793, 0x89abcdef /* LINUX_REBOOT_CMD_CAD_ON */, NULL));
}

static int accounting(const struct attempt *a)
{
	(void)a;
	return answer(syscall(SYS_acct, NULL));
}

static int swap_off(const struct attempt *a)
{
	(void)a;
	return answer(syscall(SYS_swapoff, "/dev/null"));
}

static int swap_on(const struct attempt *a)
{
	(void)a;
	return answer(syscall(SYS_swapon, "/dev/null", 0));
}

static int quota(const struct attempt *a)
{
	(void)a;
	return answer(syscall(SYS_quotactl, 0x80000100 /* Q_SYNC */, NULL, 0, NULL));
}

static int hang_up(const struct attempt *a)
{
	(void)a;
	return answer(syscall(SYS_vhangup));
}

static int set_personality(const struct attempt *a)
{
	return answer(syscall(SYS_personality, a->n));
}

static int set_memory_map(const struct attempt *a)
{
	(void)a;
	int r = answer(prctl(PR_SET_MM, PR_SET_MM_BRK, 0, 0, 0));
	return r == -EINVAL ? 0 : r;
}

#ifdef __x86_64__
static int local_descriptors(const struct attempt *a)
{
	char table[64];

	(void)a;
	return answer(syscall(SYS_modify_ldt, 0, table, sizeof(table)));
}

static int io_ports(const struct attempt *a)
{
	return answer(a->n == SYS_iopl ? syscall(SYS_iopl, 3) : syscall(SYS_ioperm, 0x80L, 1L, 1));
}

static int i386_call(const struct attempt *a)
{
	long r, number = a->n;

	__asm__ volatile("int $0x80" : "=a"(r) : "a"(number), "b"(a->m), "c"(0L), "d"(0L) : "memory", "r8", "r9", "r10", "r11");
	return r < 0 && r > -4096 ? (int)r : 0;
}

static int x32_call(const struct attempt *a)
{
	return answer(syscall(0x40000000L | a->n, a->m));
}
#endif

#define REACH(name, call, first, how, what) { name, reach, how, what, NULL, call, first }

static const struct attempt rows[] = {
	{ "add-key", keyring, "EPERM", "add a key", NULL, 0, 0 },
	{ "request-key", request_key, "EPERM", "request a key", NULL, 0, 0 },
	{ "keyctl-join", join_keyring, "EPERM", "join a session keyring", NULL, 0, 0 },
	{ "key-session", key_of_caller, "EPERM", "a key in the caller's session keyring", NULL, KEY_SPEC_SESSION_KEYRING, 0 },
	{ "key-user", key_of_caller, "EPERM", "a key in the user's keyring", NULL, KEY_SPEC_USER_KEYRING, 0 },
	{ "io-uring", io_uring, "ENOSYS", "io_uring", NULL, 0, 0 },
	REACH("io-uring-register", SYS_io_uring_register, -1, "ENOSYS", "io_uring_register reaches the kernel"),
	{ "bpf-map", bpf_map, "EPERM", "a BPF map", NULL, 0, 0 },
	{ "bpf-load", bpf_load, "EPERM", "a BPF program", NULL, 0, 0 },
	{ "perf", perf, "EPERM", "a performance counter", NULL, 0, 0 },
	{ "userfaultfd", fault_fd, "EPERM", "userfaultfd", NULL, 0, 0 },
	{ "memfd-secret", secret_memory, "EPERM", "memfd_secret", NULL, 0, 0 },
	{ "vmsplice", splice_memory, "EPERM", "vmsplice", NULL, 0, 0 },
	{ "name-to-handle", handle_of_root, "EPERM", "a file handle", NULL, 0, 0 },
	{ "open-by-handle", open_by_handle, "EPERM", "open a file by its handle", NULL, 0, 0 },
	{ "fanotify", fanotify, "EPERM", "fanotify", NULL, 0, 0 },
	{ "syslog-read", kernel_log, "EPERM", "read the kernel's log", NULL, 3, 0 },
	{ "syslog-size", kernel_log, "EPERM", "the size of the kernel's log", NULL, 10, 0 },
	{ "clock-settime", set_clock, "EPERM", "set the clock", NULL, 0, 0 },
	{ "settimeofday", set_time_of_day, "EPERM", "set the time of day", NULL, 0, 0 },
	{ "adjtimex", tune_clock, "EPERM", "ask how the clock is tuned", NULL, SYS_adjtimex, 0 },
	{ "clock-adjtime", tune_clock, "EPERM", "tune the clock", NULL, SYS_clock_adjtime, ADJ_OFFSET },
	{ "reboot", reboot_off, "EPERM", "reboot", NULL, 0, 0 },
	{ "acct", accounting, "EPERM", "switch process accounting", NULL, 0, 0 },
	{ "swapon", swap_on, "EPERM", "swap onto a file", NULL, 0, 0 },
	{ "swapoff", swap_off, "EPERM", "switch swap off", NULL, 0, 0 },
	{ "quotactl", quota, "EPERM", "quotas", NULL, 0, 0 },
	REACH("quotactl-fd", 443, -1, "EPERM", "quotactl_fd reaches the kernel"),
	REACH("kexec-load", SYS_kexec_load, 0, "EPERM", "load a kernel"),
#ifdef SYS_kexec_file_load
	REACH("kexec-file-load", SYS_kexec_file_load, -1, "EPERM", "load a kernel from a file"),
#endif
	REACH("init-module", SYS_init_module, 8, "EPERM", "load a module"),
	REACH("finit-module", SYS_finit_module, -1, "EPERM", "load a module from a file"),
	REACH("delete-module", SYS_delete_module, 8, "EPERM", "unload a module"),
	{ "vhangup", hang_up, "EPERM", "hang the terminal up", NULL, 0, 0 },
	{ "personality-exec", set_personality, "EPERM", "make all memory executable", NULL, READ_IMPLIES_EXEC, 0 },
	{ "personality-aslr", set_personality, "EPERM", "switch address randomization off", NULL, ADDR_NO_RANDOMIZE, 0 },
	{ "personality-zero", set_personality, "EPERM", "map page zero", NULL, MMAP_PAGE_ZERO, 0 },
	{ "prctl-mm", set_memory_map, "EPERM", "change what /proc says about oneself", NULL, 0, 0 },
	REACH("io-setup", SYS_io_setup, 1, "ENOSYS", "old asynchronous I/O reaches the kernel"),
	REACH("process-mrelease", 448, -1, "EPERM", "process_mrelease reaches the kernel"),
	REACH("lsm-set-self-attr", 460, 99, "EPERM", "lsm_set_self_attr reaches the kernel"),
	REACH("statmount", 457, 8, "ENOSYS", "statmount reaches the kernel"),
	REACH("unknown-call", 0xfff, 0, "ENOSYS", "a call that no kernel has"),
#ifdef __x86_64__
	{ "modify-ldt", local_descriptors, "EPERM", "the local descriptor table", NULL, 0, 0 },
	{ "iopl", io_ports, "EPERM", "all I/O ports", NULL, SYS_iopl, 0 },
	{ "ioperm", io_ports, "EPERM", "one I/O port", NULL, SYS_ioperm, 0 },
	{ "i386-getpid", i386_call, "SIGSYS", "a call of the i386 ABI", NULL, 20, 0 },
	{ "i386-socketcall", i386_call, "SIGSYS", "socketcall of the i386 ABI", NULL, 102, 1 },
	{ "i386-unshare", i386_call, "SIGSYS", "unshare of the i386 ABI", NULL, 310, 0x10000000 },
	{ "x32-getpid", x32_call, "SIGSYS", "a call of the x32 ABI", NULL, 39, 0 },
	{ "x32-unshare", x32_call, "SIGSYS", "unshare of the x32 ABI", NULL, 272, 0x10000000 },
#endif
};
const struct attempts kernel_attempts = ATTEMPTS("kernel", rows);
