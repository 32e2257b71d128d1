/* SPDX-License-Identifier: MIT */
/* The Landlock rule set on each ABI. */
#include "support.h"

TestSuite(plan_landlock, .fini = leak_check);

#define RW "[files]\nsystem = host\nrw = /p\nro = /p/lib\n"

static struct bench *on_abi(int abi, const char *profile)
{
	struct arena *arena = arena_new();
	struct bench *b = bench_plan(profile, arena_printf(arena, "p landlock %d\nd /p/lib\nc /dev/kvm\n", abi));

	arena_free(arena);
	return b;
}

/* The rights at @path alone; 0 without a rule. */
static uint64_t rights(const struct bench *b, const char *path)
{
	uint64_t all = 0;

	vec_each (p, &b->plan->landlock.paths)
		if (streq(p->path, path))
			all |= p->allowed;
	return all;
}

static const char *notes(const struct bench *b)
{
	const char *text = "";

	vec_each (n, &b->plan->landlock.notes)
		text = arena_printf(b->arena, "%s%s\n", text, n->text);
	return text;
}

Test(plan_landlock, each_abi_handles_what_it_knows)
{
	static const struct {
		int abi;
		uint64_t fs; /* what is handled, of REFER, TRUNCATE and IOCTL_DEV; ~0: nothing at all */
		uint64_t scoped;
	} ladder[] = {
		{ 0, ~UINT64_C(0), 0 },
		{ 1, ~UINT64_C(0), 0 },
		{ 2, FS_REFER, 0 },
		{ 3, FS_REFER | FS_TRUNCATE, 0 },
		{ 4, FS_REFER | FS_TRUNCATE, 0 },
		{ 5, FS_REFER | FS_TRUNCATE | FS_IOCTL_DEV, 0 },
		{ 6, FS_REFER | FS_TRUNCATE | FS_IOCTL_DEV, SCOPED_ABSTRACT_UNIX },
		{ 7, FS_REFER | FS_TRUNCATE | FS_IOCTL_DEV, SCOPED_ABSTRACT_UNIX },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ladder); i++) {
		struct bench *b = on_abi(ladder[i].abi, RW);
		const struct landlock_plan *l = &b->plan->landlock;

		cr_assert_eq(l->scoped, ladder[i].scoped, "ABI %d", ladder[i].abi);
		if (ladder[i].fs == ~UINT64_C(0)) {
			cr_assert(!l->handled_fs && !l->paths.n, "ABI %d", ladder[i].abi);
			cr_assert(strstr(notes(b), ladder[i].abi ? "ABI 1 cannot allow renames" : "no Landlock"), "%s", notes(b));
		} else {
			cr_assert_eq(l->handled_fs & (FS_REFER | FS_TRUNCATE | FS_IOCTL_DEV), ladder[i].fs, "ABI %d", ladder[i].abi);
			vec_each (p, &l->paths)
				cr_assert_eq(p->allowed & ~l->handled_fs, 0, "a rule for what is not handled is EINVAL");
		}
		bench_free(b);
	}
}

Test(plan_landlock, everything_visible_is_readable_and_what_is_writable_writable)
{
	const uint64_t write = FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR | FS_MAKE_REG | FS_MAKE_SOCK | FS_MAKE_FIFO |
			       FS_MAKE_SYM | FS_REFER | FS_TRUNCATE;
	struct bench *b = on_abi(6, RW);

	cr_assert_eq(rights(b, "/"), FS_EXECUTE | FS_READ_FILE | FS_READ_DIR);
	cr_assert_eq(rights(b, "/p") & write, write);
	cr_assert_eq(rights(b, "/tmp") & write, write);
	cr_assert_eq(rights(b, "/home/u") & write, write);
	cr_assert_eq(rights(b, "/p/lib"), 0, "held by its mount");
	cr_assert_eq(rights(b, "/usr"), 0);
	cr_assert_eq(rights(b, "/p") & FS_IOCTL_DEV, 0);
	cr_assert(rights(b, "/dev") & FS_IOCTL_DEV);
	cr_assert(rights(b, "/dev/pts") & FS_IOCTL_DEV, "a terminal needs it");
	bench_free(b);
}

Test(plan_landlock, a_file_gets_only_what_a_file_can_have)
{
	const uint64_t directory = FS_READ_DIR | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR | FS_MAKE_REG | FS_REFER;

	PLAN(b, "[files]\nrw = /p/f\n", "f /p/f\n");
	cr_assert(rights(b, "/p/f") & FS_WRITE_FILE);
	cr_assert_eq(rights(b, "/p/f") & directory, 0, "EINVAL");
}

Test(plan_landlock, a_device_works_wherever_it_is_given)
{
	struct bench *b = on_abi(6, "[files]\ndev = /dev/kvm:/x/kvm\n");

	cr_assert_eq(rights(b, "/x/kvm"), FS_WRITE_FILE | FS_IOCTL_DEV);
	bench_free(b);
}

Test(plan_landlock, off_is_off)
{
	struct bench *b = on_abi(6, RW "[landlock]\nfs = off\nscope =\n[process]\ntty = none\n");

	cr_assert(!b->plan->landlock.handled_fs && !b->plan->landlock.paths.n && !b->plan->landlock.scoped);
	cr_assert_eq(b->plan->landlock.notes.n, 0, "%s", notes(b));
	bench_free(b);
}

Test(plan_landlock, mounts_that_are_allowed_are_not_taken_back)
{
	struct bench *b = on_abi(6, RW "[namespaces]\nnested = full\n[landlock]\nbind = 80\n");

	cr_assert(!b->plan->landlock.handled_fs && !b->plan->landlock.paths.n);
	cr_assert_eq(b->plan->landlock.handled_net, NET_BIND_TCP);
	cr_assert_eq(b->plan->landlock.scoped & SCOPED_ABSTRACT_UNIX, SCOPED_ABSTRACT_UNIX);
	cr_assert(strstr(notes(b), "nested = full"), "%s", notes(b));
	bench_free(b);
}

/* ---- scopes ---- */

Test(plan_landlock, an_old_kernel_says_what_stays_open)
{
	struct bench *b = on_abi(5, "[network]\nmode = host\n");

	cr_assert(strstr(notes(b), "can be reached"), "%s", notes(b));
	bench_free(b);
	b = on_abi(5, "[landlock]\nscope = signal\n");
	cr_assert(strstr(notes(b), "scope = signal: not in this kernel"), "%s", notes(b));
	cr_assert(strstr(notes(b), "by the network namespace"), "%s", notes(b));
	bench_free(b);
}

Test(plan_landlock, a_shared_process_group_is_cut_off)
{
	struct bench *b = on_abi(6, "[process]\ntty = inherit\n");

	cr_assert_eq(b->plan->landlock.scoped, SCOPED_ABSTRACT_UNIX | SCOPED_SIGNAL);
	bench_free(b);
	b = on_abi(6, "[process]\ntty = none\n");
	cr_assert_eq(b->plan->landlock.scoped, SCOPED_ABSTRACT_UNIX);
	bench_free(b);
}

/* ---- ports ---- */

Test(plan_landlock, listed_ports_are_all_that_is_left)
{
	struct bench *b = on_abi(4, "[landlock]\nconnect = 443 80\nbind = 0\n");
	const struct landlock_plan *l = &b->plan->landlock;

	cr_assert_eq(l->handled_net, NET_CONNECT_TCP | NET_BIND_TCP);
	cr_assert_eq(l->ports.n, 3);
	cr_assert(l->ports.v[0].port == 443 && l->ports.v[0].allowed == NET_CONNECT_TCP);
	cr_assert(l->ports.v[2].port == 0 && l->ports.v[2].allowed == NET_BIND_TCP);
	bench_free(b);
	b = on_abi(4, "[landlock]\nbind = 8080\n");
	cr_assert_eq(b->plan->landlock.handled_net, NET_BIND_TCP, "connecting is not limited by a line about binding");
	bench_free(b);
}

Test(plan_landlock, a_port_is_a_number_of_sixteen_bits)
{
	REFUSED("[landlock]\nconnect = https\n", "", 2, "not a TCP port: https");
	REFUSED("[landlock]\nbind = 65536\n", "", 2, "not a TCP port");
	REFUSED("[landlock]\nbind = -1\n", "", 2, "not a TCP port");
	REFUSED("[landlock]\nbind = 80x\n", "", 2, "not a TCP port");
}

Test(plan_landlock, ports_that_cannot_be_limited_are_said_once_and_refused_when_required)
{
	struct bench *b = on_abi(3, "[landlock]\nconnect = 443 80\n");

	cr_assert(b->plan);
	cr_assert_eq(b->err.warnings, 1, "%s", bench_problems(b));
	cr_assert(strstr(bench_problems(b), "ABI is 3, ABI 4"), "%s", bench_problems(b));
	cr_assert_eq(b->plan->landlock.handled_net, 0);
	bench_free(b);
	REFUSED("[profile]\nrequire = landlock\n[landlock]\nconnect = 443\n", "p landlock 3\n", 4, "cannot be limited");
}

Test(plan_landlock, required_means_there)
{
	REFUSED("[profile]\nrequire = landlock\n", "p landlock 0\n", 2, "this kernel has none");
	PLAN(b, "[profile]\nrequire = landlock\n", "p landlock 2\n");
}

/* ---- the process outside ---- */

Test(plan_landlock, the_supervisor_gives_up_writing_as_far_as_the_kernel_can)
{
	for (int abi = 0; abi <= 7; abi++) {
		struct bench *b = on_abi(abi, "");
		const struct landlock_plan *l = &b->plan->landlock;

		cr_assert_eq(l->supervisor_fs != 0, abi > 0, "ABI %d", abi);
		cr_assert_eq((l->supervisor_fs & FS_REFER) != 0, abi >= 2, "ABI %d", abi);
		cr_assert_eq((l->supervisor_fs & FS_TRUNCATE) != 0, abi >= 3, "ABI %d", abi);
		cr_assert_eq(l->supervisor_net, abi >= 4 ? NET_BIND_TCP | NET_CONNECT_TCP : 0, "ABI %d", abi);
		cr_assert_eq(l->supervisor_fs & (FS_READ_FILE | FS_READ_DIR), 0, "it words messages from files");
		bench_free(b);
	}
}
