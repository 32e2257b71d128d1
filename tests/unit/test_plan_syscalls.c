/* SPDX-License-Identifier: MIT */
/* The language of [seccomp], and the tables behind it. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "filter_support.h"

TestSuite(plan_syscalls, .fini = leak_check);

#define FILTER(b, text)                                                                                                  \
	_cleanup_filter_ struct filter_bench *b = filter_bench(text, NULL);                                              \
	cr_assert_eq(b->result, 0, "%s", filter_problems(b))

#define REFUSED(text, at, words)                                                                                         \
	do {                                                                                                             \
		_cleanup_filter_ struct filter_bench *refused = filter_bench(text, NULL);                                \
		cr_assert(refused->result < 0, "accepted: %s", text);                                                    \
		cr_assert_eq(refused->err.problems.v[0].from.line, at, "%s", filter_problems(refused));                  \
		cr_assert(strstr(filter_problems(refused), words), "expected \"%s\" in %s", words, filter_problems(refused)); \
	} while (0)

/* Every call that only x86-64 has is asked for on x86-64 alone. */
static bool native_has(const char *name)
{
	return abi_number(&machine_native->abis[0], name) >= 0;
}

static void all_are(const struct filter_bench *b, const char *names, uint32_t expected)
{
	char *list = arena_strdup(b->arena, names);

	for (char *name; (name = strsep(&list, " "));)
		if (native_has(name))
			cr_assert_eq(ask(b, name, END), expected, "%s: %s", name, action_text(b->arena, ask(b, name, END)));
}

/* ---- the tables ---- */

/* Up to Linux 6.18; what libseccomp learns later is for the next reader of the table. */
enum { LAST_CONSIDERED = 469 };

Test(plan_syscalls, every_call_of_every_abi_was_considered)
{
	const struct machine *const machines[] = { &machine_x86_64, &machine_aarch64 };

	for (size_t m = 0; m < ARRAY_SIZE(machines); m++)
		for (size_t a = 0; a < machines[m]->n_abis; a++)
			for (int nr = 0; nr < 0xf0010; nr += nr == 600 ? 0xf0000 - 600 : 1) {
				const struct abi *abi = &machines[m]->abis[a];
				char *name = nr <= LAST_CONSIDERED || nr > 600 ?
						     seccomp_syscall_resolve_num_arch(abi->token, abi->x32 ? nr | (int)X32_BIT : nr) :
						     NULL;

				cr_assert(!name || call_find(name) < CALL_COUNT, "%s of %s is in no group", name, abi->name);
				free(name);
			}
}

Test(plan_syscalls, every_row_is_a_system_call)
{
	for (size_t i = 0; i < CALL_COUNT; i++) {
		const char *name = syscall_rows[i].name;
		bool narrow = abi_number(&machine_x86_64.abis[1], name) >= 0 || abi_number(&machine_aarch64.abis[1], name) >= 0;
		bool wide = abi_number(&machine_x86_64.abis[0], name) >= 0 || abi_number(&machine_aarch64.abis[0], name) >= 0;
		/* x86-64 has numbers for these two, and nothing behind them. */
		bool thread_area = streq(name, "set_thread_area") || streq(name, "get_thread_area");

		cr_assert(narrow || wide, "%s exists nowhere", name);
		cr_assert(syscall_rows[i].only32 == !wide || thread_area, "%s: 32-bit only?", name);
		cr_assert_eq(call_find(name), i, "%s is in two groups", name);
	}
}

/* Whichever libseccomp it is: the one here may be older than the call. */
Test(plan_syscalls, what_the_kernel_calls_in_a_watched_program_is_known_on_x86_64_alone)
{
	struct arena *arena = arena_new();
	const struct abi *abi = &machine_x86_64.abis[0];

	cr_assert_eq(abi_number(abi, "uretprobe"), 335);
	cr_assert_eq(abi_number(abi, "uprobe"), 336);
	cr_assert_str_eq(abi_call_name(abi->audit_arch, 335, arena), "uretprobe");
	/* x32 is left out: libseccomp 2.6 has it there, the kernel has not */
	cr_assert(abi_number(&machine_x86_64.abis[1], "uretprobe") < 0);
	cr_assert(abi_number(&machine_aarch64.abis[0], "uretprobe") < 0);
	arena_free(arena);
}

Test(plan_syscalls, every_group_has_members_help_and_a_reason)
{
	for (size_t g = 0; g < GROUP_COUNT; g++) {
		size_t members = 0;

		for (size_t i = 0; i < CALL_COUNT; i++)
			members += syscall_rows[i].group == g;
		cr_assert(members > 0 && *syscall_groups[g].help && *syscall_groups[g].why, "%s", syscall_groups[g].name);
		cr_assert_eq(*syscall_groups[g].name, '@');
		cr_assert_eq(group_find(syscall_groups[g].name), g);
	}
}

Test(plan_syscalls, argument_rules_of_one_call_stand_together)
{
	for (size_t i = 0; i < n_syscall_cases; i++)
		for (size_t k = i + 1; k < n_syscall_cases; k++)
			cr_assert(syscall_cases[i].call != syscall_cases[k].call || syscall_cases[k - 1].call == syscall_cases[i].call,
				  "%s", syscall_rows[syscall_cases[i].call].name);
}

Test(plan_syscalls, rules_are_sorted_and_blame_a_line)
{
	_cleanup_filter_ struct filter_bench *b =
		filter_bench("[seccomp]\nallow = @extra\ndeny = mkdir\narch = -i386 -x32\n", &machine_x86_64);

	cr_assert_eq(b->plan.filter->n_abis, 3);
	for (size_t a = 0; a < 3; a++)
		for (size_t i = 0; i < b->plan.filter->abis[a].n_rules; i++) {
			const struct filter_rule *rule = &b->plan.filter->abis[a].rules[i];

			cr_assert(!i || rule[-1].nr < rule->nr);
			cr_assert_not_null(rule->from.file);
			cr_assert(rule->action == ALLOW || rule->why || rule->from.line, "%s", rule->name);
		}
	cr_assert_eq(filter_rule_find(b->plan.filter, "mkdir")->from.line, 3);
	cr_assert_null(filter_rule_find(b->plan.filter, "mkdir")->group);
	cr_assert_eq(filter_rule_find(b->plan.filter, "tee")->from.line, 2);
	cr_assert_str_eq(filter_rule_find(b->plan.filter, "tee")->group, "@extra");
}

/* ---- what programs need ---- */

/* What 29 programs were seen to use (tar, bash, cargo, curl, evince, ffmpeg, gedit, gimp, git, imagemagick, java, libreoffice,
 * make and gcc, mpv, npm, pdftoppm, python, a Qt program, sqlite, ssh, tmux, vim, zenity, …), less what follows. */
static const char needed[] =
	"access arch_prctl bind brk chdir chmod chown clock_getres clock_gettime clock_nanosleep clone close close_range connect "
	"copy_file_range dup dup2 epoll_create1 epoll_ctl epoll_pwait epoll_wait eventfd2 execve exit exit_group faccessat2 fadvise64 "
	"fallocate fchdir fchmod fchown fcntl fdatasync flock fstat fstatfs fsync ftruncate futex get_mempolicy getcwd getdents64 "
	"getegid geteuid getgid getgroups getpeername getpgid getpgrp getpid getppid getpriority getrandom getresgid getresuid "
	"getrusage getsockname getsockopt gettid getuid inotify_add_watch inotify_init1 ioctl kill lgetxattr link linkat listen lseek "
	"madvise memfd_create mkdir mkdirat mlock mmap mprotect mremap munmap newfstatat openat pause pipe2 poll ppoll prctl pread64 "
	"prlimit64 pselect6 pwrite64 read readlink readv recvfrom recvmsg rename restart_syscall rmdir rseq rt_sigaction "
	"rt_sigprocmask rt_sigreturn rt_sigsuspend rt_sigtimedwait sched_getaffinity sched_setaffinity sched_yield sendmmsg sendmsg "
	"sendto set_mempolicy set_robust_list set_tid_address setpgid setpriority setresgid setresuid setsid setsockopt shutdown "
	"sigaltstack socketpair stat statfs statx symlink symlinkat sysinfo tgkill timer_create timer_settime times tkill umask "
	"uname unlink unlinkat utimensat vfork wait4 waitid write writev accept alarm";
static const char needed_by_desktop[] =
	"creat inotify_init mincore readahead sched_getattr sched_setattr sched_getparam sched_getscheduler sched_setscheduler "
	"pkey_alloc pkey_mprotect shmat shmctl shmdt shmget setreuid setregid";

Test(plan_syscalls, base_is_what_ordinary_programs_need)
{
	FILTER(b, "");
	char *list = arena_strdup(b->arena, needed);

	for (char *name; (name = strsep(&list, " "));)
		if (native_has(name) && !streq(name, "socketpair"))
			cr_assert_eq(ask(b, name, END), ALLOW, "%s", name);
	cr_assert_eq(ask(b, "socketpair", ARG(0, AF_UNIX), END), ALLOW);
	cr_assert_eq(ask(b, "personality", ARG(0, 0xffffffff), END), ALLOW);
}

Test(plan_syscalls, fewer_than_200_calls_are_reachable)
{
	_cleanup_filter_ struct filter_bench *b = filter_bench("", &machine_x86_64);
	const struct filter_abi *abi = &b->plan.filter->abis[0];
	size_t reachable = 0;

	for (size_t i = 0; i < abi->n_rules; i++) {
		bool some = abi->rules[i].action == ALLOW;

		for (size_t k = 0; k < abi->rules[i].n_cases; k++)
			some |= abi->rules[i].cases[k].action == ALLOW;
		reachable += some;
	}
	cr_assert(reachable < 200 && reachable > 150, "%zu", reachable);
}

Test(plan_syscalls, browsers_have_their_inner_sandboxes_and_no_mounts)
{
	FILTER(b, "[namespaces]\nnested = sandbox\n[seccomp]\nallow = @extra @ipc\n");

	all_are(b, needed_by_desktop, ALLOW);
	all_are(b, "chroot seccomp capset unshare landlock_create_ruleset", ALLOW);
	cr_assert_eq(ask(b, "clone", ARG(0, CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC | 17), END), ALLOW, "firefox");
	cr_assert_eq(ask(b, "clone", ARG(0, CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | 17), END), ALLOW, "chromium");
	all_are(b, "mount umount2 pivot_root fsopen fsconfig fsmount fspick open_tree move_mount mount_setattr open_tree_attr setns",
		ERR(EPERM));
	cr_assert_eq(ask(b, "clone", ARG(0, CLONE_NEWUSER | CLONE_NEWNS), END), ERR(EPERM));
	cr_assert_eq(ask(b, "unshare", ARG(0, CLONE_NEWNS), END), ERR(EPERM));
	cr_assert_eq(ask(b, "unshare", ARG(0, 0x80), END), ERR(EPERM), "time");
	cr_assert_eq(ask(b, "clone3", END), ERR(ENOSYS));
	cr_assert_eq(ask(b, "ioctl", ARG(1, TIOCSTI), END), ERR(EPERM));
}

Test(plan_syscalls, an_inner_launcher_works_with_nested_full)
{
	FILTER(b, "[namespaces]\nnested = full\n");

	all_are(b, "mount umount2 pivot_root fsopen fsconfig fsmount open_tree move_mount mount_setattr setns clone3 unshare chroot "
		   "sethostname openat2 seccomp capset",
		ALLOW);
	cr_assert_eq(ask(b, "clone", ARG(0, CLONE_NEWUSER | CLONE_NEWNS), END), ALLOW);
	cr_assert_eq(ask(b, "ioctl", ARG(1, TIOCSTI), END), ERR(EPERM));
	all_are(b, "bpf init_module kexec_load keyctl ptrace", ERR(EPERM));
}

Test(plan_syscalls, debug_opens_tracing_and_nothing_of_the_host)
{
	FILTER(b, "[seccomp]\nallow = @debug\n");

	all_are(b, "ptrace process_vm_readv process_vm_writev kcmp pidfd_getfd", ALLOW);
	cr_assert_eq(ask(b, "prlimit64", ARG(0, 1), END), ALLOW);
	cr_assert_eq(ask(b, "personality", ARG(0, 0x40000), END), ALLOW, "gdb: ADDR_NO_RANDOMIZE");
	cr_assert_eq(ask(b, "personality", ARG(0, 0x400000), END), ERR(EPERM), "READ_IMPLIES_EXEC");
	all_are(b, "perf_event_open bpf mount", ERR(EPERM));
}

/* ---- what is shut ---- */

Test(plan_syscalls, dangerous_calls_are_refused_without_a_line)
{
	FILTER(b, "");

	all_are(b,
		"mount umount2 pivot_root chroot fsopen fsconfig fsmount fspick open_tree move_mount mount_setattr setns unshare ptrace "
		"process_vm_readv process_vm_writev pidfd_getfd kcmp process_madvise bpf perf_event_open userfaultfd add_key request_key "
		"keyctl init_module finit_module delete_module kexec_load kexec_file_load open_by_handle_at name_to_handle_at "
		"fanotify_init quotactl swapon swapoff reboot acct syslog settimeofday clock_settime adjtimex iopl ioperm modify_ldt "
		"vmsplice memfd_secret sethostname lookup_dcookie",
		ERR(EPERM));
	all_are(b, "clone3 io_uring_setup io_uring_enter io_uring_register openat2 seccomp io_setup shmget futex_waitv uselib",
		ERR(ENOSYS));
}

Test(plan_syscalls, danger_stays_eperm_and_fallback_stays_enosys_whatever_the_default_is)
{
	FILTER(b, "[seccomp]\ndefault = kill\n");

	cr_assert_eq(ask(b, "mount", END), ERR(EPERM));
	cr_assert_eq(ask(b, "clone3", END), ERR(ENOSYS));
	cr_assert_eq(ask(b, "io_setup", END), KILL);
}

Test(plan_syscalls, ioctl_is_compared_on_the_32_bits_that_the_kernel_reads)
{
	FILTER(b, "");
	static const unsigned long commands[] = { TIOCSTI, TIOCLINUX, TIOCSETD };

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		cr_assert_eq(ask(b, "ioctl", ARG(1, commands[i]), END), ERR(EPERM));
		cr_assert_eq(ask(b, "ioctl", ARG(1, commands[i] | 0xdead00000000), END), ERR(EPERM));
	}
	cr_assert_eq(ask(b, "ioctl", ARG(1, TIOCGWINSZ), END), ALLOW);
	cr_assert_eq(ask(b, "ioctl", ARG(1, TIOCSCTTY), END), ALLOW);
}

Test(plan_syscalls, threads_and_processes_work_and_namespaces_do_not)
{
	FILTER(b, "[seccomp]\nallow = @sandbox\n");
	static const unsigned long shut[] = { CLONE_NEWNS,   CLONE_NEWUTS, CLONE_NEWIPC,   CLONE_NEWUSER,
					      CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWCGROUP };

	cr_assert_eq(ask(b, "clone", ARG(0, 0x3d0f00), END), ALLOW, "pthread_create");
	cr_assert_eq(ask(b, "clone", ARG(0, 0x1200011), END), ALLOW, "fork");
	for (size_t i = 0; i < ARRAY_SIZE(shut); i++) {
		cr_assert_eq(ask(b, "clone", ARG(0, shut[i] | 17), END), ERR(EPERM));
		cr_assert_eq(ask(b, "unshare", ARG(0, shut[i]), END), ERR(EPERM));
	}
	cr_assert_eq(ask(b, "unshare", ARG(0, CLONE_FILES), END), ALLOW);
}

Test(plan_syscalls, set_id_bits_are_refused_wherever_a_mode_is)
{
	FILTER(b, "[seccomp]\nallow = @extra\n");
	FILTER(lifted, "[seccomp]\nallow = @extra @set-id\n");
	static const struct {
		const char *call;
		int arg;
		int flags_arg; /* -1: none */
	} calls[] = {
		{ "chmod", 1, -1 }, { "fchmod", 1, -1 }, { "fchmodat", 2, -1 }, { "fchmodat2", 2, -1 }, { "mknod", 1, -1 },
		{ "mknodat", 2, -1 }, { "creat", 1, -1 }, { "open", 2, 1 }, { "openat", 3, 2 },
	};
	static const unsigned long bits[] = { 04000, 02000, 06755, 0104755 };

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		int other = calls[i].flags_arg < 0 ? 5 : calls[i].flags_arg;

		if (!native_has(calls[i].call))
			continue;
		cr_assert_eq(ask(b, calls[i].call, ARG(calls[i].arg, 01777), ARG(other, O_CREAT), END), ALLOW, "%s", calls[i].call);
		for (size_t k = 0; k < ARRAY_SIZE(bits); k++) {
			cr_assert_eq(ask(b, calls[i].call, ARG(calls[i].arg, bits[k]), ARG(other, O_CREAT | O_WRONLY), END), ERR(EPERM));
			cr_assert_eq(ask(lifted, calls[i].call, ARG(calls[i].arg, bits[k]), ARG(other, O_CREAT), END), ALLOW);
		}
	}
	cr_assert_eq(ask(b, "openat", ARG(2, O_TMPFILE | O_RDWR), ARG(3, 04755), END), ERR(EPERM));
	cr_assert_eq(ask(b, "openat", ARG(2, O_RDONLY | O_DIRECTORY), ARG(3, 0xffffffff), END), ALLOW, "the mode does not count");
	cr_assert_eq(ask(b, "openat2", END), ERR(ENOSYS));
	cr_assert_eq(ask(lifted, "openat2", END), ALLOW);
}

Test(plan_syscalls, limits_of_others_and_personalities_are_shut)
{
	FILTER(b, "");

	cr_assert_eq(ask(b, "prlimit64", ARG(0, 0), END), ALLOW);
	cr_assert_eq(ask(b, "prlimit64", ARG(0, 1), END), ERR(EPERM));
	cr_assert_eq(ask(b, "prlimit64", ARG(0, 0x100000000), END), ALLOW, "pid_t has 32 bits");
	cr_assert_eq(ask(b, "personality", ARG(0, 8), END), ALLOW);
	cr_assert_eq(ask(b, "personality", ARG(0, 0x40000), END), ERR(EPERM));
	cr_assert_eq(ask(b, "prctl", ARG(0, 35), END), ERR(EPERM), "PR_SET_MM");
	cr_assert_eq(ask(b, "prctl", ARG(0, 15), END), ALLOW, "PR_SET_NAME");
}

/* ---- lines ---- */

Test(plan_syscalls, a_name_beats_its_group_and_deny_beats_allow)
{
	FILTER(b, "[seccomp]\nallow = @debug mkdirat\ndeny = @file ptrace\n");

	cr_assert_eq(ask(b, "mkdirat", END), ALLOW);
	cr_assert_eq(ask(b, "openat", END), ERR(EPERM));
	cr_assert_eq(ask(b, "ptrace", END), ERR(EPERM));
	cr_assert_eq(ask(b, "kcmp", END), ALLOW);
	cr_assert_eq(ask(b, "write", END), ALLOW);
}

Test(plan_syscalls, log_and_kill)
{
	FILTER(b, "[seccomp]\nlog = @timer ptrace ioctl\nkill = @ids mkdirat\ndeny = getuid\n");

	cr_assert_eq(ask(b, "nanosleep", END), SECCOMP_RET_LOG);
	cr_assert_eq(ask(b, "ptrace", END), SECCOMP_RET_LOG);
	cr_assert_eq(ask(b, "ioctl", ARG(1, TIOCGWINSZ), END), SECCOMP_RET_LOG);
	cr_assert_eq(ask(b, "ioctl", ARG(1, TIOCSTI), END), ERR(EPERM), "logged is still checked");
	cr_assert_eq(ask(b, "getgid", END), KILL);
	cr_assert_eq(ask(b, "mkdirat", END), KILL);
	cr_assert_eq(ask(b, "getuid", END), ERR(EPERM), "a name beats its group");
}

Test(plan_syscalls, a_denied_call_fails_as_its_callers_expect)
{
	FILTER(b, "[namespaces]\nnested = full\n[seccomp]\ndeny = clone3 openat2 mount\n");

	cr_assert_eq(ask(b, "clone3", END), ERR(ENOSYS), "EPERM would leave no threads");
	cr_assert_eq(ask(b, "openat2", END), ERR(ENOSYS));
	cr_assert_eq(ask(b, "mount", END), ERR(EPERM));
}

Test(plan_syscalls, an_empty_list_leaves_what_no_program_can_do_without)
{
	FILTER(b, "[seccomp]\nallow =\n");

	all_are(b, "execve exit exit_group rt_sigreturn write restart_syscall", ALLOW);
	all_are(b, "read openat mmap", ERR(ENOSYS));
	REFUSED("[seccomp]\ndeny = write\n", 2, "write: no program can do without this call");
	REFUSED("[seccomp]\nkill = @always\n", 2, "@always");
	FILTER(all, "[seccomp]\ndeny = @base\n");
	all_are(all, "execve exit_group write", ALLOW);
	cr_assert_eq(ask(all, "read", END), ERR(EPERM));
}

Test(plan_syscalls, unknown_words_are_errors_with_the_nearest_one)
{
	REFUSED("[seccomp]\nallow = mkdri\n", 2, "unknown system call \"mkdri\" | did you mean \"mkdir\"?");
	REFUSED("[seccomp]\ndeny = @debgu\n", 2, "unknown group \"@debgu\" | did you mean \"@debug\"?");
	REFUSED("[seccomp]\nallow = qwertzuiop\n", 2, "unknown system call \"qwertzuiop\"");
	REFUSED("[seccomp]\nsockets = unx\n", 2, "unknown socket family \"unx\" | did you mean \"unix\"?");
	REFUSED("[seccomp]\nsockets = netlink\n", 2, "name the protocol");
	REFUSED("[seccomp]\narch = vax\n", 2, "vax is no ABI of this machine");
	FILTER(b, "[seccomp]\nallow = -qwertzuiop\narch = -vax\nsockets = -unx\n");
	cr_assert_eq(b->plan.filter->n_abis, 1);
}

#ifdef __x86_64__
Test(plan_syscalls, a_call_that_no_chosen_abi_has)
{
	REFUSED("[seccomp]\nallow = waitpid\n", 2, "waitpid is a system call of i386 only | leave it out, or add i386 to [seccomp] arch");
	FILTER(b, "[seccomp]\nallow = waitpid\narch = i386\n");
	cr_assert_eq(b->plan.filter->n_abis, 2);
	FILTER(denied, "[seccomp]\ndeny = waitpid\n");
	cr_assert_eq(denied->plan.filter->n_abis, 1);
}
#endif

Test(plan_syscalls, walls_cannot_be_opened_by_a_line)
{
	REFUSED("[seccomp]\nallow = mount\n", 2, "mount works only with [namespaces] nested = full");
	REFUSED("[seccomp]\nlog = @mount\n", 2, "@mount works only with [namespaces] nested = full");
	REFUSED("[namespaces]\nnested = sandbox\n[seccomp]\nallow = clone3\n", 4, "clone3 works only with [namespaces] nested = full: its flags");
	REFUSED("[seccomp]\nallow = setns\n", 2, "nested = full");
	REFUSED("[seccomp]\nallow = init_module\n", 2, "init_module: no line can open this call: it needs a capability over the host");
	REFUSED("[seccomp]\nallow = @host\n", 2, "no line can open these calls");
	REFUSED("[seccomp]\nallow = @risky\n", 2, "@risky cannot be allowed as a whole");
	REFUSED("[seccomp]\nallow = openat2\n", 2, "openat2 works only together with @set-id");
	FILTER(b, "[seccomp]\nallow = perf_event_open reboot @set-id\n");
	all_are(b, "perf_event_open reboot openat2", ALLOW);
}

#ifdef __x86_64__
Test(plan_syscalls, i386_has_the_same_rules_and_no_socketcall)
{
	REFUSED("[seccomp]\nallow = socketcall\narch = i386\n", 2, "socketcall: no line can open this call");
	_cleanup_filter_ struct filter_bench *b = filter_bench("[seccomp]\narch = i386 x32\n", &machine_x86_64);
	static const struct {
		const char *name;
		uint64_t args[3];
		uint32_t expected;
	} calls[] = {
		{ "socketcall", { 1 }, ERR(ENOSYS) },
		{ "socket", { AF_ALG }, ERR(EAFNOSUPPORT) },
		{ "socket", { AF_UNIX }, ALLOW },
		{ "mount", { 0 }, ERR(EPERM) },
		{ "umount", { 0 }, ERR(EPERM) },
		{ "clone3", { 0 }, ERR(ENOSYS) },
		{ "clone", { CLONE_NEWUSER }, ERR(EPERM) },
		{ "ioctl", { 0, TIOCSTI }, ERR(EPERM) },
		{ "stat64", { 0 }, ALLOW },
		{ "mmap2", { 0 }, ALLOW },
		{ "clock_gettime64", { 0 }, ALLOW },
		{ "clock_settime64", { 0 }, ERR(EPERM) },
		{ "ipc", { 0 }, ERR(ENOSYS) },
		{ "vm86", { 0 }, ERR(EPERM) },
	};

	cr_assert_eq(b->result, 0);
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		for (size_t a = 1; a < 3; a++) {
			const struct abi *abi = &machine_x86_64.abis[a];
			int64_t nr = abi_number(abi, calls[i].name);
			struct seccomp_data data = { .nr = (int)nr, .arch = abi->audit_arch };

			memcpy(data.args, calls[i].args, sizeof(calls[i].args));
			if (nr >= 0)
				cr_assert_eq(bpf_run(&b->plan.program, &data), calls[i].expected, "%s of %s", calls[i].name, abi->name);
		}
}
#endif

#ifdef __x86_64__
/* Beside socketcall and ipc, which hide what they do: the numbers that newer 32-bit programs use. */
Test(plan_syscalls, i386_has_direct_socket_and_ipc_calls)
{
	FILTER(b, "[seccomp]\nallow = @ipc\narch = i386\n");
	static const struct {
		int nr;
		uint64_t arg;
		uint32_t expected;
	} calls[] = {
		{ 359, AF_UNIX, ALLOW }, { 359, AF_ALG, ERR(EAFNOSUPPORT) }, { 362, 0, ALLOW }, { 369, 0, ALLOW },
		{ 102, 1, ERR(ENOSYS) }, { 117, 0, ALLOW }, { 395, 0, ALLOW },
	};

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		struct seccomp_data data = { .nr = calls[i].nr, .arch = machine_x86_64.abis[1].audit_arch, .args = { calls[i].arg } };

		cr_assert_eq(bpf_run(&b->plan.program, &data), calls[i].expected, "%d", calls[i].nr);
	}
}
#endif

Test(plan_syscalls, socket_families)
{
	FILTER(b, "");
	FILTER(uevent, "[seccomp]\nsockets = netlink:kobject-uevent\n");
	FILTER(none, "[seccomp]\nsockets =\n");

	for (int family = 0; family < 50; family++) {
		bool usual = family == AF_UNIX || family == AF_INET || family == AF_INET6 || family == AF_NETLINK;

		cr_assert_eq(ask(b, "socket", ARG(0, family), ARG(1, SOCK_STREAM), END), usual ? ALLOW : ERR(EAFNOSUPPORT), "%d", family);
		cr_assert_eq(ask(b, "socketpair", ARG(0, family), END), usual ? ALLOW : ERR(EAFNOSUPPORT));
		cr_assert_eq(ask(none, "socket", ARG(0, family), END), ERR(EAFNOSUPPORT));
	}
	cr_assert_eq(ask(b, "socket", ARG(0, AF_NETLINK), ARG(2, 15), END), ERR(EAFNOSUPPORT));
	cr_assert_eq(ask(uevent, "socket", ARG(0, AF_NETLINK), ARG(2, 15), END), ALLOW);
	cr_assert_eq(ask(b, "socket", ARG(0, AF_INET), ARG(1, 10), END), ERR(EAFNOSUPPORT), "SOCK_PACKET is AF_PACKET");
	cr_assert_eq(ask(b, "socket", ARG(0, AF_INET), ARG(1, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK), END), ALLOW);
	cr_assert_eq(ask(b, "socket", ARG(0, AF_ALG | 0x100000000), END), ERR(EAFNOSUPPORT));
}

Test(plan_syscalls, contradictions_of_one_file_name_both_lines)
{
	REFUSED("[seccomp]\nallow = ptrace\ndeny = ptrace\n", 3, ":2: allow says the opposite");
	REFUSED("[seccomp]\nallow = @debug\nkill = @debug\n", 3, ":2: allow says the opposite");
	FILTER(b, "[seccomp]\nallow = @debug ptrace\nallow = ptrace\nlog = ptrace\n");
	cr_assert_eq(ask(b, "ptrace", END), SECCOMP_RET_LOG);
}

/* A list of one file after the other, as profile_load() leaves them. */
static void in_layer(struct filter_bench *b, enum key_id key, const char *word, unsigned layer)
{
	struct profile *p = (struct profile *)b->plan.profile;
	struct setting s = { .key = key, .from = { "layer.ini", layer, "x" }, .layer = layer, .v.text = word };

	vec_push(b->arena, &p->by_key[key], s);
}

Test(plan_syscalls, a_later_layer_may_shut_but_not_open)
{
	FILTER(shut, "[seccomp]\nallow = ptrace\n");
	in_layer(shut, KEY_seccomp_deny, "ptrace", 100);
	cr_assert_eq(plan_syscalls(&shut->plan, NULL, &shut->err), 0);
	cr_assert_eq(ask(shut, "ptrace", END), ERR(EPERM));
	cr_assert_eq(shut->err.problems.n, 0, "%s", filter_problems(shut));

	FILTER(opened, "[seccomp]\ndeny = ptrace\n");
	in_layer(opened, KEY_seccomp_allow, "ptrace", 100);
	cr_assert_eq(plan_syscalls(&opened->plan, NULL, &opened->err), 0);
	cr_assert_eq(ask(opened, "ptrace", END), ERR(EPERM));
	cr_assert(strstr(filter_problems(opened), "empty `deny =`"), "%s", filter_problems(opened));
}

Test(plan_syscalls, keys_need_a_keyring)
{
	FILTER(b, "");
	FILTER(allowed, "[seccomp]\nallow = add_key\n");

	cr_assert(!b->plan.keyring_required);
	cr_assert(allowed->plan.keyring_required);
}

Test(plan_syscalls, what_costs_a_wall_is_said)
{
	static const char *const texts[] = { "[seccomp]\nallow = @io-uring\n", "[seccomp]\nsockets = vsock\n",
					     "[seccomp]\nsockets = alg\n", "[seccomp]\ndefault = log\n" };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		FILTER(b, texts[i]);
		cr_assert_eq(b->err.warnings, 1, "%s: %s", texts[i], filter_problems(b));
	}
}

/* ---- for users ---- */

Test(plan_syscalls, the_listing_has_every_group_and_the_line_that_decided)
{
	FILTER(b, "[seccomp]\ndeny = mkdirat\n");
	const char *plain = syscall_groups_text(b->arena, NULL), *planned = syscall_groups_text(b->arena, &b->plan);
	const char *line = strstr(planned, "\n    mkdirat ");

	for (size_t g = 0; g < GROUP_COUNT; g++)
		cr_assert(strstr(plain, arena_printf(b->arena, "\n%s: ", syscall_groups[g].name)));
	cr_assert(strstr(plain, "\n    openat2  (not named: ENOSYS"));
	cr_assert(line && strstr(line, "errno:EPERM") && strstr(line, ":2") < strchr(line + 1, '\n'), "%s", planned);
}

Test(plan_syscalls, what_would_open_a_call)
{
	static const struct {
		const char *name;
		enum key_id key;
		const char *value;
	} calls[] = {
		{ "ptrace", KEY_seccomp_allow, "ptrace" },
		{ "mount", KEY_namespaces_nested, "full" },
		{ "unshare", KEY_namespaces_nested, "sandbox" },
		{ "openat2", KEY_seccomp_allow, "@set-id" },
		{ "bpf", KEY_seccomp_allow, NULL },
	};
	struct syscall_change change;
	const char *near;

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		cr_assert_eq(syscall_change(calls[i].name, &change, &near), 0);
		cr_assert_eq(change.key, calls[i].key);
		cr_assert_eq(!change.value, !calls[i].value);
		cr_assert(!change.value || streq(change.value, calls[i].value), "%s", change.value);
	}
	cr_assert_eq(syscall_change("ptrase", &change, &near), -EINVAL);
	cr_assert_str_eq(near, "ptrace");
}

/* The headers' numbers and libseccomp's: two witnesses.  A library older than the headers knows fewer. */
Test(plan_syscalls, the_numbers_of_the_headers_are_those_of_libseccomp)
{
	const char *at = call_numbers;
	size_t same = 0;

	for (size_t i = 0; i < CALL_COUNT; i++) {
		int nr = call_number_next(&at);
		int64_t other = abi_number(&machine_native->abis[0], syscall_rows[i].name);

		if (nr < 0 || other < 0)
			continue;
		cr_assert_eq(nr, other, "%s: %d and %lld", syscall_rows[i].name, nr, (long long)other);
		same++;
	}
	cr_assert_gt(same, CALL_COUNT / 2);
}
