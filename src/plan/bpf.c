/* SPDX-License-Identifier: MIT */
/*
 * The filter as instructions: architecture first, then a binary search over ranges of numbers that have one verdict,
 * argument checks as leaves.  The kernel runs the filter once for each number when it is loaded (its bitmap of calls
 * that need no filter, 5.11), so the length of a path counts more than the number of instructions.
 */
#include <errno.h>
#include <linux/audit.h>
#include <stddef.h>

#include "plan/syscall_groups.h"

/* struct range - numbers from @start up to the next range */
struct range {
	uint32_t start;
	uint32_t action;
	const struct filter_rule *rule; /* when arguments decide, else NULL */
};

struct code {
	struct sock_filter *v;
	size_t n, cap;
};

struct ranges {
	struct range *v;
	size_t n;
};

enum { MAX_JUMP = 255 }; /* jt and jf have 8 bits */

static void emit(struct code *c, uint16_t code, uint32_t k, size_t jt, size_t jf)
{
	if (c->n < c->cap)
		c->v[c->n] = (struct sock_filter){ code, (uint8_t)jt, (uint8_t)jf, k };
	c->n++;
}

static void emit_return(struct code *c, uint32_t action)
{
	emit(c, BPF_RET | BPF_K, action, 0, 0);
}

static size_t arg_offset(unsigned arg, bool high)
{
	bool second = high == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);

	return offsetof(struct seccomp_data, args) + arg * sizeof(uint64_t) + (second ? 4 : 0);
}

/* struct test - one 32-bit half of a condition */
struct test {
	size_t offset;
	uint32_t mask, value;
};

static size_t tests_of(const struct filter_cond *cond, struct test ret[2])
{
	size_t n = 0;

	for (int high = 0; high < 2; high++) {
		uint32_t mask = (uint32_t)(cond->mask >> 32 * high), value = (uint32_t)(cond->value >> 32 * high);

		if (mask || value || (high && !n))
			ret[n++] = (struct test){ arg_offset(cond->arg, high), mask, value };
	}
	return n;
}

/* The jumps of a case that must lead to what comes after it; their targets are known when the case is complete. */
struct open_jumps {
	size_t at[6];
	bool when_true[6];
	size_t n;
};

/*
 * Equal: every half must match, else the case fails.  Unequal: one half that differs is enough, so only the last one
 * can fail, and the others jump over what is left of the condition.
 */
static void emit_cond(struct code *c, const struct filter_cond *cond, struct open_jumps *open)
{
	struct test t[2];
	size_t n = tests_of(cond, t), end = 0;

	for (size_t i = 0; i < n; i++)
		end += t[i].mask == UINT32_MAX ? 2 : 3;
	end += c->n;
	for (size_t i = 0; i < n; i++) {
		emit(c, BPF_LD | BPF_W | BPF_ABS, (uint32_t)t[i].offset, 0, 0);
		if (t[i].mask != UINT32_MAX)
			emit(c, BPF_ALU | BPF_AND | BPF_K, t[i].mask, 0, 0);
		if (cond->negate && i + 1 < n) {
			emit(c, BPF_JMP | BPF_JEQ | BPF_K, t[i].value, 0, end - c->n - 1);
			continue;
		}
		open->at[open->n] = c->n;
		open->when_true[open->n++] = cond->negate;
		emit(c, BPF_JMP | BPF_JEQ | BPF_K, t[i].value, 0, 0);
	}
}

static void emit_case(struct code *c, const struct filter_case *k)
{
	struct open_jumps open = { .n = 0 };

	for (size_t i = 0; i < k->n_conds; i++)
		emit_cond(c, &k->conds[i], &open);
	emit_return(c, k->action);
	for (size_t i = 0; i < open.n && c->n <= c->cap; i++) {
		uint8_t distance = (uint8_t)(c->n - open.at[i] - 1);

		if (open.when_true[i])
			c->v[open.at[i]].jt = distance;
		else
			c->v[open.at[i]].jf = distance;
	}
}

static void emit_leaf(struct code *c, const struct range *r)
{
	for (size_t i = 0; r->rule && i < r->rule->n_cases; i++)
		emit_case(c, &r->rule->cases[i]);
	emit_return(c, r->action);
}

/* Lower half first; the jump over it is put in when its length is known.  Jumps are relative, so it can be moved. */
static void emit_tree(struct code *c, const struct range *r, size_t n)
{
	if (n == 1) {
		emit_leaf(c, r);
		return;
	}
	size_t at = c->n, half = n / 2;
	emit(c, BPF_JMP | BPF_JGE | BPF_K, r[half].start, 0, 0);
	emit_tree(c, r, half);
	size_t distance = c->n - at - 1;
	if (distance <= MAX_JUMP) {
		if (c->n <= c->cap)
			c->v[at].jt = (uint8_t)distance;
	} else {
		emit(c, 0, 0, 0, 0);
		if (c->n <= c->cap) {
			memmove(c->v + at + 2, c->v + at + 1, distance * sizeof(*c->v));
			c->v[at].jf = 1;
			c->v[at + 1] = (struct sock_filter){ BPF_JMP | BPF_JA, 0, 0, (uint32_t)distance };
		}
	}
	emit_tree(c, r + half, n - half);
}

static void range_add(struct ranges *to, uint32_t start, uint32_t action, const struct filter_rule *rule)
{
	/* No number lies between two rules. */
	if (to->n && to->v[to->n - 1].start == start)
		to->n--;
	if (to->n && !rule && !to->v[to->n - 1].rule && to->v[to->n - 1].action == action)
		return;
	to->v[to->n++] = (struct range){ start, action, rule };
}

static void ranges_add(struct ranges *to, const struct filter_abi *abi, uint32_t start)
{
	range_add(to, start, abi->default_action, NULL);
	for (size_t i = 0; i < abi->n_rules; i++) {
		const struct filter_rule *rule = &abi->rules[i];

		range_add(to, rule->nr, rule->action, rule->n_cases ? rule : NULL);
		range_add(to, rule->nr + 1, abi->default_action, NULL);
	}
}

/*
 * x32 has x86-64's architecture and bit 30 set in each number, so both are one search; a filter without that test
 * lets every x32 call look like an unknown one (CVE-2014-0038).  -1 is how a tracer cancels a call.
 */
static void ranges_x86_64(struct ranges *to, const struct filter_abi *native, const struct filter_abi *x32)
{
	ranges_add(to, native, 0);
	if (x32)
		ranges_add(to, x32, X32_BIT);
	else
		range_add(to, X32_BIT, SECCOMP_RET_KILL_PROCESS, NULL);
	range_add(to, UINT32_MAX, native->default_action, NULL);
}

static size_t instructions_at_most(const struct filter *f)
{
	size_t n = 16;

	for (size_t a = 0; a < f->n_abis; a++) {
		n += 16;
		for (size_t i = 0; i < f->abis[a].n_rules; i++) {
			const struct filter_rule *rule = &f->abis[a].rules[i];

			n += 6; /* two ranges, each with a comparison, a far jump and its verdict */
			for (size_t k = 0; k < rule->n_cases; k++)
				n += 1 + rule->cases[k].n_conds * 6u;
		}
	}
	return n < BPF_MAXINSNS ? n : BPF_MAXINSNS;
}

static const struct filter_abi *x32_of(const struct filter *f)
{
	for (size_t i = 0; i < f->n_abis; i++)
		if (abi_is_x32(&f->abis[i]))
			return &f->abis[i];
	return NULL;
}

static void emit_abi(struct code *c, const struct filter *f, const struct filter_abi *abi, struct range *scratch)
{
	struct ranges r = { .v = scratch };

	if (abi->audit_arch == AUDIT_ARCH_X86_64)
		ranges_x86_64(&r, abi, x32_of(f));
	else
		ranges_add(&r, abi, 0);
	emit_tree(c, r.v, r.n);
}

/* The native ABI comes last in the chain of comparisons and first behind it: no far jump on its path. */
static void emit_all(struct code *c, const struct filter *f, struct range *scratch)
{
	size_t far[8] = { 0 };

	emit(c, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
	for (size_t i = 1; i < f->n_abis; i++) {
		if (abi_is_x32(&f->abis[i]))
			continue;
		emit(c, BPF_JMP | BPF_JEQ | BPF_K, f->abis[i].audit_arch, 0, 1);
		far[i] = c->n;
		emit(c, BPF_JMP | BPF_JA, 0, 0, 0);
	}
	emit(c, BPF_JMP | BPF_JEQ | BPF_K, f->abis[0].audit_arch, 1, 0);
	emit_return(c, SECCOMP_RET_KILL_PROCESS);
	for (size_t i = 0; i < f->n_abis; i++) {
		if (i && !far[i])
			continue;
		if (i && c->n <= c->cap)
			c->v[far[i]].k = (uint32_t)(c->n - far[i] - 1);
		emit(c, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
		emit_abi(c, f, &f->abis[i], scratch);
	}
}

int bpf_build(const struct filter *f, struct arena *arena, struct sock_fprog *ret)
{
	struct code c = { .cap = instructions_at_most(f) };
	size_t n_rules = 0;

	for (size_t i = 0; i < f->n_abis; i++)
		n_rules += f->abis[i].n_rules;
	c.v = arena_new_array(arena, struct sock_filter, c.cap);
	emit_all(&c, f, arena_new_array(arena, struct range, 2 * n_rules + 2 * f->n_abis + 2));
	if (c.n > c.cap)
		return -E2BIG;
	*ret = (struct sock_fprog){ .len = (unsigned short)c.n, .filter = c.v };
	return 0;
}

/* ---- the simulator ---- */

struct vm {
	uint32_t a, x, mem[BPF_MEMWORDS];
};

static uint32_t alu(uint16_t op, uint32_t a, uint32_t b)
{
	switch (op) {
	case BPF_ADD: return a + b;
	case BPF_SUB: return a - b;
	case BPF_MUL: return a * b;
	case BPF_DIV: return b ? a / b : 0;
	case BPF_OR: return a | b;
	case BPF_AND: return a & b;
	case BPF_XOR: return a ^ b;
	case BPF_LSH: return b < 32 ? a << b : 0;
	case BPF_RSH: return b < 32 ? a >> b : 0;
	default: return -a; /* BPF_NEG */
	}
}

static bool jumps(uint16_t op, uint32_t a, uint32_t b)
{
	switch (op) {
	case BPF_JEQ: return a == b;
	case BPF_JGT: return a > b;
	case BPF_JGE: return a >= b;
	default: return a & b; /* BPF_JSET */
	}
}

/* Return: false when seccomp(2) would have refused the instruction. */
static bool load(struct vm *vm, const struct sock_filter *i, const struct seccomp_data *data)
{
	uint32_t value;

	switch (BPF_MODE(i->code)) {
	case BPF_IMM:
		value = i->k;
		break;
	case BPF_LEN:
		value = sizeof(*data);
		break;
	case BPF_MEM:
		if (i->k >= BPF_MEMWORDS)
			return false;
		value = vm->mem[i->k];
		break;
	case BPF_ABS:
		if (i->k % 4 || i->k >= sizeof(*data) || BPF_CLASS(i->code) != BPF_LD)
			return false;
		memcpy(&value, (const char *)data + i->k, sizeof(value));
		break;
	default:
		return false;
	}
	*(BPF_CLASS(i->code) == BPF_LD ? &vm->a : &vm->x) = value;
	return true;
}

/* Return: how many instructions to skip, or -1 when seccomp(2) would have refused this one. */
static int64_t step(struct vm *vm, const struct sock_filter *i, const struct seccomp_data *data)
{
	uint32_t operand = BPF_SRC(i->code) == BPF_X ? vm->x : i->k;

	switch (BPF_CLASS(i->code)) {
	case BPF_LD:
	case BPF_LDX:
		return load(vm, i, data) ? 0 : -1;
	case BPF_ST:
	case BPF_STX:
		if (i->k >= BPF_MEMWORDS)
			return -1;
		vm->mem[i->k] = BPF_CLASS(i->code) == BPF_ST ? vm->a : vm->x;
		return 0;
	case BPF_ALU:
		vm->a = alu(BPF_OP(i->code), vm->a, operand);
		return 0;
	case BPF_JMP:
		if (BPF_OP(i->code) == BPF_JA)
			return i->k;
		return jumps(BPF_OP(i->code), vm->a, operand) ? i->jt : i->jf;
	case BPF_MISC:
		if (BPF_MISCOP(i->code) == BPF_TAX)
			vm->x = vm->a;
		else
			vm->a = vm->x;
		return 0;
	default:
		return -1;
	}
}

uint32_t bpf_run(const struct sock_fprog *prog, const struct seccomp_data *data)
{
	struct vm vm = { 0 };

	for (size_t at = 0; at < prog->len; at++) {
		const struct sock_filter *i = &prog->filter[at];

		if (BPF_CLASS(i->code) == BPF_RET)
			return BPF_RVAL(i->code) == BPF_A ? vm.a : i->k;
		int64_t skip = step(&vm, i, data);
		if (skip < 0)
			break;
		at += (size_t)skip;
	}
	/* The kernel loads no such program; whoever runs one here must not read it as "allowed". */
	return SECCOMP_RET_KILL_PROCESS;
}
