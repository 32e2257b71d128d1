/* SPDX-License-Identifier: MIT */
/*
 * The instructions against two witnesses: the table they were made from, and libseccomp's program for the same rules;
 * every number, every ABI, arguments around every value that a rule looks at.  Then against the kernel itself.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "filter_support.h"

TestSuite(bpf, .fini = leak_check);
#include "kernel/kernel.h"

static const char *const profiles[] = {
	"",
	"[namespaces]\nnested = sandbox\n[seccomp]\nallow = @extra @ipc\nsockets = netlink:kobject-uevent\n",
	"[namespaces]\nnested = full\n[seccomp]\nallow = @extra @ipc @aio @debug @keyring @io-uring\n",
	"[seccomp]\nallow = @debug @extra\narch = -i386 -x32 -arm\n",
	"[seccomp]\ndefault = kill\ndeny = @socket openat\nkill = mkdir mkdirat\nlog = @timer personality socket\n",
	"[seccomp]\ndefault = errno:EPERM\nallow = @set-id @sandbox memfd_secret\nsockets =\n",
	"[seccomp]\nallow =\ndefault = trap\nsockets = inet packet netlink:generic alg\n",
};

/* ---- samples ---- */

enum { MAX_VALUES = 64 };

struct values {
	uint64_t v[MAX_VALUES];
	size_t n;
};

static void value_add(struct values *to, uint64_t v)
{
	for (size_t i = 0; i < to->n; i++)
		if (to->v[i] == v)
			return;
	if (to->n < MAX_VALUES)
		to->v[to->n++] = v;
}

/* Values at which the conditions on one argument change their minds, with rubbish in the bits that do not count. */
static void values_of(const struct filter_rule *rule, unsigned arg, struct values *to)
{
	to->n = 0;
	value_add(to, 0);
	value_add(to, UINT64_MAX);
	for (size_t i = 0; i < rule->n_cases; i++) {
		const struct filter_case *c = &rule->cases[i];

		for (size_t k = 0; k < c->n_conds; k++) {
			const struct filter_cond *cond = &c->conds[k];

			if (cond->arg != arg)
				continue;
			value_add(to, cond->value);
			value_add(to, cond->value | UINT64_C(1) << 32);
			value_add(to, cond->value ^ 1);
			value_add(to, cond->value | ~cond->mask);
			value_add(to, cond->mask);
			value_add(to, cond->mask & -cond->mask);
			value_add(to, ~cond->mask);
		}
	}
}

typedef void checker(const struct filter_bench *b, const struct seccomp_data *data);

static void check_arguments(const struct filter_bench *b, struct seccomp_data *data, const struct filter_rule *rule, checker *check)
{
	static const struct filter_rule none = { .n_cases = 0 };
	struct values values[3];

	/* No rule looks beyond the third argument but those of openat, whose first is not looked at. */
	unsigned base = rule && rule->n_cases && streq(rule->name, "openat") ? 1 : 0;
	for (unsigned i = 0; i < 3; i++)
		values_of(rule ? rule : &none, i + base, &values[i]);
	for (size_t i = 0; i < values[0].n; i++)
		for (size_t j = 0; j < values[1].n; j++)
			for (size_t k = 0; k < values[2].n; k++) {
				data->args[base] = values[0].v[i];
				data->args[base + 1] = values[1].v[j];
				data->args[base + 2] = values[2].v[k];
				check(b, data);
			}
	memset(data->args, 0, sizeof(data->args));
}

static const struct filter_rule *rule_at(const struct filter_bench *b, uint32_t arch, uint32_t nr)
{
	struct seccomp_data data = { .nr = (int)nr, .arch = arch };
	const struct filter_rule *rule;

	(void)filter_verdict(b->plan.filter, &data, &rule);
	return rule;
}

static void check_numbers(const struct filter_bench *b, uint32_t arch, uint32_t first, uint32_t n, checker *check)
{
	for (uint32_t i = 0; i < n; i++) {
		struct seccomp_data data = { .nr = (int)(first + i), .arch = arch };

		check_arguments(b, &data, rule_at(b, arch, first + i), check);
	}
}

static const uint32_t arches[] = { AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, AUDIT_ARCH_ARM, AUDIT_ARCH_RISCV64, 0 };

static void check_everything(const struct filter_bench *b, checker *check)
{
	static const struct {
		uint32_t first, n;
	} spans[] = {
		{ 0, 700 },          { 0xf0000, 32 },      { 0x3ffffff0, 16 }, { X32_BIT, 700 },
		{ 0x7ffffff0, 0x20 }, { 0xbffffff0, 0x20 }, { 0xfffffff0, 16 },
	};

	for (size_t a = 0; a < ARRAY_SIZE(arches); a++)
		for (size_t i = 0; i < ARRAY_SIZE(spans); i++)
			check_numbers(b, arches[a], spans[i].first, spans[i].n, check);
}

/* ---- first witness: the table ---- */

static void same_as_table(const struct filter_bench *b, const struct seccomp_data *data)
{
	const struct filter_rule *rule;
	uint32_t table = filter_verdict(b->plan.filter, data, &rule), run = bpf_run(&b->plan.program, data);

	if (table != run)
		cr_assert_fail("arch %x nr %x (%s) args %llx %llx %llx: table %s, instructions %s", data->arch, data->nr,
			       rule ? rule->name : "-", (unsigned long long)data->args[0], (unsigned long long)data->args[1],
			       (unsigned long long)data->args[2], action_text(b->arena, table), action_text(b->arena, run));
}

static void table_test(const struct machine *machine)
{
	for (size_t i = 0; i < ARRAY_SIZE(profiles); i++) {
		_cleanup_filter_ struct filter_bench *b = filter_bench(profiles[i], machine);

		cr_assert_eq(b->result, 0, "%s%s", profiles[i], filter_problems(b));
		check_everything(b, same_as_table);
	}
}

Test(bpf, instructions_and_table_agree_on_x86_64)
{
	table_test(&machine_x86_64);
}

/* By simulation only: no such machine is at hand. */
Test(bpf, instructions_and_table_agree_on_aarch64)
{
	table_test(&machine_aarch64);
}

/* ---- second witness: libseccomp ---- */

/*
 * libseccomp knows no order of rules and no "else" of one call, so the calls with argument rules are asked in a program
 * of their own, whose default is what such a call does when no case holds.
 */
struct witness {
	struct arena *arena;
	const struct abi *abi;
	uint32_t fallback;
	bool with_cases;
	struct sock_fprog program;
};

static struct {
	struct witness v[64];
	size_t n;
} witnesses;

/* ipc and socketcall are split up by libseccomp behind our back, and their parts are therefore not compared. */
static bool multiplexed(const struct abi *abi, uint32_t nr)
{
	return abi->token == SCMP_ARCH_X86 && (nr == 102 || nr == 117 || (nr >= 359 && nr <= 373) || (nr >= 393 && nr <= 402));
}

/* Every way in which one condition can hold, as (mask, value) pairs. */
static size_t alternatives(const struct filter_cond *cond, struct scmp_arg_cmp ret[32])
{
	size_t n = 0;

	if (!cond->negate) {
		ret[n++] = SCMP_CMP64(cond->arg, SCMP_CMP_MASKED_EQ, cond->mask, cond->value);
	} else if (!cond->value) {
		for (uint64_t rest = cond->mask; rest; rest &= rest - 1)
			ret[n++] = SCMP_CMP64(cond->arg, SCMP_CMP_MASKED_EQ, rest & -rest, rest & -rest);
	} else {
		cr_assert_eq(cond->mask, 0xf);
		for (uint64_t v = 0; v <= 0xf; v++)
			if (v != cond->value)
				ret[n++] = SCMP_CMP64(cond->arg, SCMP_CMP_MASKED_EQ, cond->mask, v);
	}
	return n;
}

static void oracle_case(scmp_filter_ctx ctx, int nr, const struct filter_case *c, struct scmp_arg_cmp *chosen, unsigned depth)
{
	struct scmp_arg_cmp all[32];

	if (depth == c->n_conds) {
		int r = seccomp_rule_add_array(ctx, c->action, nr, depth, chosen);

		cr_assert(r == 0 || r == -EEXIST, "rule_add: %d", r);
		return;
	}
	size_t n = alternatives(&c->conds[depth], all);
	for (size_t i = 0; i < n; i++) {
		chosen[depth] = all[i];
		oracle_case(ctx, nr, c, chosen, depth + 1);
	}
}

/* libseccomp takes numbers of its native ABI, or pseudo numbers of calls that only others have. */
static bool oracle_number(const struct abi *abi, const struct filter_rule *rule, int *ret)
{
	*ret = seccomp_syscall_resolve_name(rule->name);
	return *ret != __NR_SCMP_ERROR && !multiplexed(abi, rule->nr);
}

static void oracle_rule(scmp_filter_ctx ctx, const struct witness *w, const struct filter_rule *rule)
{
	struct scmp_arg_cmp chosen[3];
	int nr;

	if ((rule->n_cases > 0) != w->with_cases || !oracle_number(w->abi, rule, &nr))
		return;
	if (!w->with_cases && rule->action != w->fallback)
		cr_assert_eq(seccomp_rule_add(ctx, rule->action, nr, 0), 0, "%s", rule->name);
	for (size_t i = 0; w->with_cases && rule->action == w->fallback && i < rule->n_cases; i++)
		oracle_case(ctx, nr, &rule->cases[i], chosen, 0);
}

static void oracle_export(scmp_filter_ctx ctx, struct witness *w)
{
	int fd = memfd_create("bpf", MFD_CLOEXEC);
	struct sock_filter *code = arena_alloc(w->arena, BPF_MAXINSNS * sizeof(*code));

	cr_assert_eq(seccomp_export_bpf(ctx, fd), 0);
	ssize_t size = pread(fd, code, BPF_MAXINSNS * sizeof(*code), 0);
	cr_assert(size > 0);
	w->program = (struct sock_fprog){ (unsigned short)((size_t)size / sizeof(*code)), code };
	close(fd);
}

static struct witness *witness(const struct filter_bench *b, const struct filter_abi *abi, const struct abi *known, uint32_t fallback,
			       bool with_cases)
{
	for (size_t i = 0; i < witnesses.n; i++) {
		struct witness *w = &witnesses.v[i];

		if (w->arena == b->arena && w->abi == known && w->fallback == fallback && w->with_cases == with_cases)
			return w;
	}
	cr_assert(witnesses.n < ARRAY_SIZE(witnesses.v));
	struct witness *w = &witnesses.v[witnesses.n++];
	*w = (struct witness){ .arena = b->arena, .abi = known, .fallback = fallback, .with_cases = with_cases };
	scmp_filter_ctx ctx = seccomp_init(fallback);
	cr_assert_not_null(ctx);
	cr_assert_eq(seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS), 0);
	if (known->token != seccomp_arch_native()) {
		cr_assert_eq(seccomp_arch_add(ctx, known->token), 0);
		cr_assert_eq(seccomp_arch_remove(ctx, SCMP_ARCH_NATIVE), 0);
	}
	for (size_t i = 0; i < abi->n_rules; i++)
		oracle_rule(ctx, w, &abi->rules[i]);
	oracle_export(ctx, w);
	seccomp_release(ctx);
	return w;
}

static const struct abi *abi_named(const char *name)
{
	for (size_t i = 0; i < machine_x86_64.n_abis; i++)
		if (streq(machine_x86_64.abis[i].name, name))
			return &machine_x86_64.abis[i];
	for (size_t i = 0; i < machine_aarch64.n_abis; i++)
		if (streq(machine_aarch64.abis[i].name, name))
			return &machine_aarch64.abis[i];
	return NULL;
}

static void same_as_libseccomp(const struct filter_bench *b, const struct seccomp_data *data)
{
	const struct filter *f = b->plan.filter;
	bool x32 = data->arch == AUDIT_ARCH_X86_64 && (uint32_t)data->nr & X32_BIT;
	const struct filter_rule *rule = rule_at(b, data->arch, (uint32_t)data->nr);
	int nr;

	for (size_t i = 0; i < f->n_abis; i++) {
		const struct filter_abi *abi = &f->abis[i];
		const struct abi *known = abi_named(abi->name);

		if (abi->audit_arch != data->arch || abi_is_x32(abi) != x32 || multiplexed(known, (uint32_t)data->nr) ||
		    (rule && !oracle_number(known, rule, &nr)))
			continue;
		bool with_cases = rule && rule->n_cases;
		struct witness *w = witness(b, abi, known, with_cases ? rule->action : abi->default_action, with_cases);
		uint32_t theirs = bpf_run(&w->program, data), ours = bpf_run(&b->plan.program, data);
		if (theirs != ours)
			cr_assert_fail("%s nr %x (%s) args %llx %llx %llx: libseccomp %s, ours %s", known->name, data->nr,
				       rule ? rule->name : "-", (unsigned long long)data->args[0],
				       (unsigned long long)data->args[1], (unsigned long long)data->args[2],
				       action_text(b->arena, theirs), action_text(b->arena, ours));
	}
}

static void oracle_test(const struct machine *machine)
{
	for (size_t i = 0; i < ARRAY_SIZE(profiles); i++) {
		_cleanup_filter_ struct filter_bench *b = filter_bench(profiles[i], machine);

		witnesses.n = 0;
		cr_assert_eq(b->result, 0, "%s", filter_problems(b));
		for (size_t a = 0; a < ARRAY_SIZE(arches); a++) {
			check_numbers(b, arches[a], 0, 700, same_as_libseccomp);
			check_numbers(b, arches[a], 0xf0000, 32, same_as_libseccomp);
			check_numbers(b, arches[a], X32_BIT, 700, same_as_libseccomp);
		}
		cr_assert(witnesses.n >= (strstr(profiles[i], "allow =\n") ? 1U : 2U), "libseccomp was not asked");
	}
}

Test(bpf, libseccomp_agrees_on_x86_64)
{
	oracle_test(&machine_x86_64);
}

Test(bpf, libseccomp_agrees_on_aarch64)
{
	oracle_test(&machine_aarch64);
}

/* ---- shapes ---- */

/* @n calls, every second number, each with @n_cases argument rules. */
static struct filter *synthetic(struct arena *arena, size_t n, size_t n_cases)
{
	struct filter *f = arena_alloc(arena, sizeof(*f));
	struct filter_rule *rules = arena_new_array(arena, struct filter_rule, n);
	struct filter_case *cases = arena_new_array(arena, struct filter_case, n_cases + 1);

	for (size_t i = 0; i < n_cases; i++)
		cases[i] = (struct filter_case){
			.action = ERR(100 + (uint32_t)i), .n_conds = 2,
			.conds = { { .arg = 1, .mask = UINT64_MAX, .value = UINT64_C(0x100000000) + i },
				   { .arg = 2, .negate = true, .mask = UINT64_C(0xff000000ff), .value = UINT64_C(0x0500000007) } },
		};
	for (size_t i = 0; i < n; i++)
		rules[i] = (struct filter_rule){ .nr = (uint32_t)i * 2, .action = i % 2 ? ALLOW : SECCOMP_RET_LOG, .name = "x",
						 .cases = cases, .n_cases = n_cases };
	f->abis = arena_alloc(arena, sizeof(*f->abis));
	f->n_abis = 1;
	f->abis[0] = (struct filter_abi){ .audit_arch = machine_native->abis[0].audit_arch, .name = machine_native->abis[0].name,
					  .default_action = ERR(ENOSYS), .rules = rules, .n_rules = n };
	return f;
}

static void synthetic_test(size_t n, size_t n_cases)
{
	struct arena *arena = arena_new();
	struct filter_bench b = { .arena = arena, .plan = { .filter = synthetic(arena, n, n_cases) } };

	cr_assert_eq(bpf_build(b.plan.filter, arena, &b.plan.program), 0);
	check_numbers(&b, b.plan.filter->abis[0].audit_arch, 0, (uint32_t)n * 2 + 2, same_as_table);
	arena_free(arena);
}

/* Jumps of more than 255 instructions, over simple verdicts and over argument rules on both halves of 64 bits. */
Test(bpf, far_jumps)
{
	for (size_t n = 1; n < 700; n++)
		synthetic_test(n, 0);
	for (size_t n = 1; n < 40; n++)
		for (size_t n_cases = 1; n_cases < 8; n_cases++)
			synthetic_test(n, n_cases);
}

Test(bpf, abis_whose_numbers_all_have_one_verdict)
{
	struct filter_abi abis[] = {
		{ .audit_arch = AUDIT_ARCH_AARCH64, .name = "aarch64", .default_action = ERR(ENOSYS) },
		{ .audit_arch = AUDIT_ARCH_ARM, .name = "arm", .default_action = ERR(EPERM) },
		{ .audit_arch = AUDIT_ARCH_RISCV64, .name = "riscv64", .default_action = ERR(ENOSYS) },
	};
	struct filter f = { .abis = abis, .n_abis = ARRAY_SIZE(abis) };
	struct filter_bench b = { .arena = arena_new(), .plan = { .filter = &f } };

	cr_assert_eq(bpf_build(&f, b.arena, &b.plan.program), 0);
	check_everything(&b, same_as_table);
	arena_free(b.arena);
}

Test(bpf, a_filter_beyond_the_kernels_limit_is_refused)
{
	struct arena *arena = arena_new();
	struct sock_fprog program = { 0 };

	cr_assert_eq(bpf_build(synthetic(arena, 2000, 0), arena, &program), -E2BIG);
	cr_assert_eq(bpf_build(synthetic(arena, 60, 10), arena, &program), -E2BIG);
	arena_free(arena);
}

Test(bpf, the_simulator_takes_nothing_that_the_kernel_refuses)
{
	struct sock_filter bad[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	struct sock_filter no_end[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0) };
	struct sock_filter far[] = { BPF_JUMP(BPF_JMP | BPF_JA, 5, 0, 0), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	struct sock_filter packet[] = { BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	const struct sock_fprog programs[] = { { 2, bad }, { 1, no_end }, { 2, far }, { 2, packet } };
	struct seccomp_data data = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		cr_assert_eq(bpf_run(&programs[i], &data), KILL, "%zu", i);
}

/* ---- the kernel ---- */

typedef int live_fn(void);

/* Runs @run under @load in a process of its own.  Return: its wait status. */
static int live(const struct filter_bench *b, step_fn *load, live_fn *run)
{
	int status;
	pid_t pid = fork();

	cr_assert(pid >= 0);
	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || load(&b->plan, NULL) < 0)
			_exit(200);
		_exit(run());
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return status;
}

/* The number of the first attempt that was not answered as it should be, or 0. */
#define TRY(i, expected, ...)                                                                                                \
	do {                                                                                                             \
		long got = syscall(__VA_ARGS__);                                                                         \
		if ((expected) ? got != -1 || errno != (expected) : got < 0)                                             \
			return i;                                                                                        \
	} while (0)

static int live_default(void)
{
	static const char file[] = "/tmp/sbox-live-test";

	TRY(1, 0, SYS_getppid);
	TRY(2, EPERM, SYS_mount, "a", "/b", "tmpfs", 0, NULL);
	TRY(3, ENOSYS, SYS_clone3, NULL, 0);
	TRY(4, EPERM, SYS_ioctl, 0, TIOCSTI, "x");
	TRY(5, EPERM, SYS_ioctl, 0, 0x100000000UL | TIOCSTI, "x");
	TRY(6, EAFNOSUPPORT, SYS_socket, AF_ALG, SOCK_SEQPACKET, 0);
	TRY(7, EAFNOSUPPORT, SYS_socket, AF_NETLINK, SOCK_RAW, 12);
	TRY(8, 0, SYS_socket, AF_NETLINK, SOCK_RAW, 0);
	TRY(9, 0, SYS_socket, AF_UNIX | 0x100000000UL, SOCK_STREAM, 0);
	TRY(10, EPERM, SYS_unshare, CLONE_NEWUSER);
	TRY(11, EPERM, SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
	TRY(12, ENOSYS, SYS_io_uring_setup, 1, NULL);
	TRY(13, ENOSYS, 9999);
	TRY(14, 0, SYS_personality, 0xffffffffUL);
	TRY(15, EPERM, SYS_personality, 0x0400000UL);
	TRY(16, EPERM, SYS_prlimit64, 1, 7, NULL, NULL);
	TRY(17, EPERM, SYS_openat, AT_FDCWD, file, O_CREAT | O_RDWR | O_EXCL, 04700);
	TRY(18, 0, SYS_openat, AT_FDCWD, file, O_CREAT | O_RDWR | O_EXCL, 0700);
	TRY(19, EPERM, SYS_fchmodat, AT_FDCWD, file, 02755);
	TRY(20, 0, SYS_fchmodat, AT_FDCWD, file, 0755);
	TRY(21, 0, SYS_unlinkat, AT_FDCWD, file, 0);
	TRY(22, EPERM, SYS_ptrace, 0, 0, 0, 0);
	TRY(23, ENOSYS, -1);
	execl("/bin/true", "true", NULL);
	return 100;
}

Test(bpf, the_kernel_answers_as_the_table_says)
{
	_cleanup_filter_ struct filter_bench *b = filter_bench("", NULL);
	cr_assert_eq(b->result, 0);
	unlink("/tmp/sbox-live-test");
	int status = live(b, filter_load, live_default);

	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "attempt %d, signal %d", WEXITSTATUS(status),
		  WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

#ifdef __x86_64__
static int live_int80(void)
{
	long r;

	__asm__ volatile("int $0x80" : "=a"(r) : "a"(20L) : "memory"); /* getpid */
	return r > 0 ? 0 : 1;
}

static int live_x32(void)
{
	return syscall((long)(X32_BIT | SYS_getpid)) == -1 && errno == ENOSYS ? 0 : 1;
}

Test(bpf, a_call_of_another_abi_ends_the_program_unless_arch_names_it)
{
	_cleanup_filter_ struct filter_bench *strict = filter_bench("", NULL);
	_cleanup_filter_ struct filter_bench *wide = filter_bench("[seccomp]\narch = native i386 x32\n", NULL);
	cr_assert(strict->result == 0 && wide->result == 0);
	live_fn *const runs[] = { live_int80, live_x32 };

	for (size_t i = 0; i < ARRAY_SIZE(runs); i++) {
		int status = live(strict, filter_load, runs[i]);

		cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "%zu: %x", i, status);
	}
	/* x32 itself is not compiled into every kernel; what counts is that the filter lets it through. */
	cr_assert(!WIFSIGNALED(live(wide, filter_load, live_int80)));
	cr_assert(!WIFSIGNALED(live(wide, filter_load, live_x32)));
}
#endif

static int live_init(void)
{
	struct timespec now = { 0 };
	char c;

	TRY(1, EBADF, SYS_read, -1, &c, 1);
	TRY(2, 0, SYS_ppoll, NULL, 0, &now, NULL, 8);
	TRY(3, ECHILD, SYS_wait4, -1, NULL, 1, NULL);
	TRY(4, 0, SYS_kill, 0, 0);
	TRY(5, 0, SYS_getpgid, 0);
	return 0;
}

static int live_init_openat(void)
{
	return (int)syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY);
}

Test(bpf, init_can_do_its_work_and_nothing_else)
{
	_cleanup_filter_ struct filter_bench *b = filter_bench("", NULL);
	cr_assert_eq(b->result, 0);

	cr_assert_eq(live(b, filter_load_init, live_init), 0);
	int status = live(b, filter_load_init, live_init_openat);
	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}
