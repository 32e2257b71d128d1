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

struct ranges {
	struct range *v;
	size_t n;
};

/* struct test - one 32-bit half of a condition */
struct test {
	size_t offset;
	uint32_t mask, value;
};

/*
 * struct code - instructions, written from the last to the first: jumps only go forward, so each target is there
 * before what jumps to it, and verdicts within reach are shared
 */
struct code {
	struct sock_filter *v;
	size_t cap, at;  /* v[at] is the first instruction so far */
	bool overflow;
	struct {
		uint32_t action;
		size_t at;
	} returns[8];    /* the foremost return of an action; at 0: none */
	size_t head;     /* a test's first instruction: what it loads need not be loaded again by one before it */
	struct test loads;
};

enum { REACH = 254 }; /* jt and jf have 8 bits; one is left for a stop that the other jump needs */

static size_t emit(struct code *c, uint16_t code, uint32_t k)
{
	if (c->at == 0) {
		c->overflow = true;
		return 0;
	}
	c->v[--c->at] = (struct sock_filter){ .code = code, .k = k };
	return c->at;
}

/* Where @action is returned, near by.  A return is no longer than a jump to one, so far ones are not looked for. */
static size_t emit_return(struct code *c, uint32_t action)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(c->returns) - 1 && c->returns[i].at && c->returns[i].action != action)
		i++;
	if (!c->returns[i].at || c->returns[i].action != action || c->returns[i].at - c->at > REACH / 2) {
		c->returns[i].action = action;
		c->returns[i].at = emit(c, BPF_RET | BPF_K, action);
	}
	return c->returns[i].at;
}

/* @target, or a stop on the way to it. */
static size_t reach(struct code *c, size_t target)
{
	if (target - c->at <= REACH)
		return target;
	if (c->v[target].code == (BPF_RET | BPF_K))
		return emit(c, BPF_RET | BPF_K, c->v[target].k);
	return emit(c, BPF_JMP | BPF_JA, (uint32_t)(target - c->at));
}

static size_t emit_jump(struct code *c, uint16_t code, uint32_t k, size_t yes, size_t no)
{
	yes = reach(c, yes);
	no = reach(c, no);
	size_t from = c->at, at = emit(c, BPF_JMP | code | BPF_K, k);
	/* A jump cut to 8 bits would lead to some other verdict: rather no filter, and so no launch. */
	if (yes - from > UINT8_MAX || no - from > UINT8_MAX)
		c->overflow = true;
	c->v[at].jt = (uint8_t)(yes - from);
	c->v[at].jf = (uint8_t)(no - from);
	return at;
}

static size_t arg_offset(unsigned arg, bool high)
{
	bool second = high == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);

	return offsetof(struct seccomp_data, args) + arg * sizeof(uint64_t) + (second ? 4 : 0);
}

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

static size_t emit_test(struct code *c, const struct test *t, size_t equal, size_t unequal)
{
	bool masked = t->mask != UINT32_MAX;

	if (unequal == c->head && c->loads.offset == t->offset && c->loads.mask == t->mask)
		unequal += 1 + masked;
	size_t at = emit_jump(c, BPF_JEQ, t->value, equal, unequal);
	if (masked)
		emit(c, BPF_ALU | BPF_AND | BPF_K, t->mask);
	at = emit(c, BPF_LD | BPF_W | BPF_ABS, (uint32_t)t->offset);
	c->head = at;
	c->loads = *t;
	return at;
}

/* Equal is when every half is, unequal when one is not. */
static size_t emit_cond(struct code *c, const struct filter_cond *cond, size_t holds, size_t fails)
{
	struct test t[2];
	size_t unequal = cond->negate ? holds : fails, at = cond->negate ? fails : holds;

	for (size_t i = tests_of(cond, t); i-- > 0;)
		at = emit_test(c, &t[i], at, unequal);
	return at;
}

static size_t emit_leaf(struct code *c, const struct range *r)
{
	size_t next = emit_return(c, r->action);

	for (size_t i = r->rule ? r->rule->n_cases : 0; i-- > 0;) {
		const struct filter_case *k = &r->rule->cases[i];
		size_t at = emit_return(c, k->action);

		for (size_t n = k->n_conds; n-- > 0;)
			at = emit_cond(c, &k->conds[n], at, next);
		next = at;
	}
	return next;
}

static size_t emit_tree(struct code *c, const struct range *r, size_t n)
{
	if (n == 1)
		return emit_leaf(c, r);
	size_t half = n / 2, upper = emit_tree(c, r + half, n - half), lower = emit_tree(c, r, half);
	return emit_jump(c, BPF_JGE, r[half].start, upper, lower);
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
		n += 32;
		for (size_t i = 0; i < f->abis[a].n_rules; i++) {
			const struct filter_rule *rule = &f->abis[a].rules[i];

			n += 8; /* two ranges, each with a comparison, its stops and its verdict */
			for (size_t k = 0; k < rule->n_cases; k++)
				n += 1 + rule->cases[k].n_conds * 10u;
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

static size_t emit_abi(struct code *c, const struct filter *f, const struct filter_abi *abi, struct range *scratch)
{
	struct ranges r = { .v = scratch };

	if (abi->audit_arch == AUDIT_ARCH_X86_64)
		ranges_x86_64(&r, abi, x32_of(f));
	else
		ranges_add(&r, abi, 0);
	size_t root = emit_tree(c, r.v, r.n);
	if (root != c->at)
		emit(c, BPF_JMP | BPF_JA, (uint32_t)(root - c->at));
	return emit(c, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
}

/* The native ABI is written last, so that it is near to the comparison. */
static void emit_all(struct code *c, const struct filter *f, struct range *scratch)
{
	size_t bodies[8];

	for (size_t i = f->n_abis; i-- > 0;)
		if (!abi_is_x32(&f->abis[i]))
			bodies[i] = emit_abi(c, f, &f->abis[i], scratch);
	size_t next = emit(c, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	for (size_t i = 0; i < f->n_abis; i++)
		if (!abi_is_x32(&f->abis[i]))
			next = emit_jump(c, BPF_JEQ, f->abis[i].audit_arch, bodies[i], next);
	emit(c, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
}

int bpf_build(const struct filter *f, struct arena *arena, struct sock_fprog *ret)
{
	struct code c = { .cap = instructions_at_most(f) };
	size_t n_rules = 0;

	for (size_t i = 0; i < f->n_abis; i++)
		n_rules += f->abis[i].n_rules;
	c.at = c.cap;
	c.v = arena_new_array(arena, struct sock_filter, c.cap);
	emit_all(&c, f, arena_new_array(arena, struct range, 2 * n_rules + 2 * f->n_abis + 2));
	if (c.overflow)
		return -E2BIG;
	*ret = (struct sock_fprog){ .len = (unsigned short)(c.cap - c.at), .filter = c.v + c.at };
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
