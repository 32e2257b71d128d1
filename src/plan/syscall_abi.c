/* SPDX-License-Identifier: MIT */
/* The ABIs of a machine and the numbers of system calls in each. */
#include <linux/audit.h>
#include <seccomp.h>
#include <stdlib.h>

#include "plan/syscall_groups.h"

static const struct abi x86_64_abis[] = {
	{ "x86-64", SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64, .x32 = false },
	{ "i386", SCMP_ARCH_X86, AUDIT_ARCH_I386, .only32 = true },
	{ "x32", SCMP_ARCH_X32, AUDIT_ARCH_X86_64, .x32 = true },
};
static const struct abi aarch64_abis[] = {
	{ "aarch64", SCMP_ARCH_AARCH64, AUDIT_ARCH_AARCH64, .x32 = false },
	{ "arm", SCMP_ARCH_ARM, AUDIT_ARCH_ARM, .only32 = true },
};

const struct machine machine_x86_64 = { "x86-64", x86_64_abis, ARRAY_SIZE(x86_64_abis) };
const struct machine machine_aarch64 = { "aarch64", aarch64_abis, ARRAY_SIZE(aarch64_abis) };

#if defined(__x86_64__) && defined(__LP64__)
const struct machine *const machine_native = &machine_x86_64;
#elif defined(__aarch64__) && defined(__LP64__)
const struct machine *const machine_native = &machine_aarch64;
#else
static const struct abi other_abis[] = {
#if defined(__i386__)
	{ "i386", SCMP_ARCH_X86, AUDIT_ARCH_I386, .only32 = true },
#elif defined(__arm__)
	{ "arm", SCMP_ARCH_ARM, AUDIT_ARCH_ARM, .only32 = true },
#elif defined(__riscv) && __riscv_xlen == 64
	{ "riscv64", SCMP_ARCH_RISCV64, AUDIT_ARCH_RISCV64, .x32 = false },
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
	{ "ppc64le", SCMP_ARCH_PPC64LE, AUDIT_ARCH_PPC64LE, .x32 = false },
#elif defined(__s390x__)
	{ "s390x", SCMP_ARCH_S390X, AUDIT_ARCH_S390X, .x32 = false },
#else
#error "which AUDIT_ARCH_* has this architecture?  add a row"
#endif
};
static const struct machine machine_other = { "other", other_abis, ARRAY_SIZE(other_abis) };
const struct machine *const machine_native = &machine_other;
#endif

struct number {
	const char *name;
	uint32_t nr;
};

/*
 * i386 has had direct calls beside the multiplexers socketcall and ipc since Linux 4.3 and 5.1; libseccomp answers
 * with the multiplexer's pseudo numbers.  There is no direct accept, send, recv, semop.
 */
static const struct number i386_direct[] = {
	{ "socket", 359 },      { "socketpair", 360 },  { "bind", 361 },        { "connect", 362 },
	{ "listen", 363 },      { "accept4", 364 },     { "getsockopt", 365 },  { "setsockopt", 366 },
	{ "getsockname", 367 }, { "getpeername", 368 }, { "sendto", 369 },      { "sendmsg", 370 },
	{ "recvfrom", 371 },    { "recvmsg", 372 },     { "shutdown", 373 },    { "semget", 393 },
	{ "semctl", 394 },      { "shmget", 395 },      { "shmctl", 396 },      { "shmat", 397 },
	{ "shmdt", 398 },       { "msgget", 399 },      { "msgsnd", 400 },      { "msgrcv", 401 },
	{ "msgctl", 402 },
};

/* Calls newer than the libseccomp 2.5.0 that sbox is content with.  Since 424 a call has one number everywhere. */
static const struct number newer[] = {
	{ "close_range", 436 },       { "process_madvise", 440 },
	{ "epoll_pwait2", 441 },      { "mount_setattr", 442 },
	{ "quotactl_fd", 443 },       { "landlock_create_ruleset", 444 },
	{ "landlock_add_rule", 445 }, { "landlock_restrict_self", 446 },
	{ "memfd_secret", 447 },      { "process_mrelease", 448 },
	{ "futex_waitv", 449 },       { "set_mempolicy_home_node", 450 },
	{ "cachestat", 451 },         { "fchmodat2", 452 },
	{ "map_shadow_stack", 453 },  { "futex_wake", 454 },
	{ "futex_wait", 455 },        { "futex_requeue", 456 },
	{ "statmount", 457 },         { "listmount", 458 },
	{ "lsm_get_self_attr", 459 }, { "lsm_set_self_attr", 460 },
	{ "lsm_list_modules", 461 },  { "mseal", 462 },
	{ "setxattrat", 463 },        { "getxattrat", 464 },
	{ "listxattrat", 465 },       { "removexattrat", 466 },
	{ "open_tree_attr", 467 },    { "file_getattr", 468 },
	{ "file_setattr", 469 },
};

/*
 * Newer too, and of one ABI.  The kernel's own trampolines make these calls in a program that the host watches with uprobes
 * (6.11, 6.18), and a program that makes them itself is ended; since 6.14 no filter sees the first any more.
 */
static const struct number x86_64_newer[] = {
	{ "uretprobe", 335 },
	{ "uprobe", 336 },
};

/* What only one ABI has. */
static const struct {
	uint32_t token;
	const struct number *numbers;
	size_t n;
} of_one_abi[] = {
	{ SCMP_ARCH_X86, i386_direct, ARRAY_SIZE(i386_direct) },
	{ SCMP_ARCH_X86_64, x86_64_newer, ARRAY_SIZE(x86_64_newer) },
};

static int64_t number_find(const struct number *table, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (streq(table[i].name, name))
			return table[i].nr;
	return -1;
}

int64_t abi_number(const struct abi *abi, const char *name)
{
	/* Pseudo numbers of calls that an ABI does not have are negative. */
	int64_t known = seccomp_syscall_resolve_name_arch(abi->token, name), nr = known;

	for (size_t i = 0; nr < 0 && i < ARRAY_SIZE(of_one_abi); i++)
		if (of_one_abi[i].token == abi->token)
			nr = number_find(of_one_abi[i].numbers, of_one_abi[i].n, name);
	if (nr >= 0 || known != __NR_SCMP_ERROR)
		return nr;
	nr = number_find(newer, ARRAY_SIZE(newer), name);
	return nr >= 0 && abi->x32 ? nr | X32_BIT : nr;
}

static const char *name_find(const struct number *table, size_t n, uint32_t nr)
{
	for (size_t i = 0; i < n; i++)
		if (table[i].nr == nr)
			return table[i].name;
	return NULL;
}

const char *abi_call_name(uint32_t audit_arch, uint32_t nr, struct arena *arena)
{
	char *known = nr <= INT32_MAX ? seccomp_syscall_resolve_num_arch(audit_arch, (int)nr) : NULL;
	const char *name = known ? arena_strdup(arena, known) : name_find(newer, ARRAY_SIZE(newer), nr & ~X32_BIT);

	free(known);
	for (size_t i = 0; !name && i < ARRAY_SIZE(of_one_abi); i++)
		if (of_one_abi[i].token == audit_arch)
			name = name_find(of_one_abi[i].numbers, of_one_abi[i].n, nr);
	return name ? name : arena_printf(arena, "call %u", nr);
}

bool abi_is_x32(const struct filter_abi *abi)
{
	return abi->audit_arch == AUDIT_ARCH_X86_64 && streq(abi->name, "x32");
}
