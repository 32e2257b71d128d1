/* SPDX-License-Identifier: MIT */
#include "filter_support.h"

#include <errno.h>

#include <criterion/criterion.h>
#include <linux/audit.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/dirs.h"
#include "base/fd.h"

/* The test brings its own profile. */
const char system_profile_dir[] = "/nonexistent/system";
const char shipped_profile_dir[] = "/nonexistent/shipped";

static struct profile *load(struct arena *arena, struct caller *caller, const char *text, struct err *err)
{
	char file[] = "/tmp/sbox-test-XXXXXX.ini";
	struct profile *p = NULL;
	int fd = mkstemps(file, 4);

	if (fd < 0 || fd_write_all(fd, text, strlen(text)) < 0)
		abort();
	close(fd);
	const struct profile_request request = { .caller = caller, .name = arena_strdup(arena, file) };
	if (profile_load(arena, &request, &p, err) < 0)
		p = NULL;
	unlink(file);
	return p;
}

struct filter_bench *filter_bench(const char *text, const struct machine *machine)
{
	struct arena *arena = arena_new();
	struct filter_bench *b = arena_alloc(arena, sizeof(*b));
	struct caller *caller = arena_alloc(arena, sizeof(*caller));

	*caller = (struct caller){ .uid = getuid(), .gid = getgid(), .user = "u", .group = "u", .home = "/home/u",
				   .shell = "/bin/sh", .cwd = "/home/u/p", .config_dir = "/home/u/.config" };
	b->arena = arena;
	err_init(&b->err, arena);
	b->result = -1;
	struct profile *p = load(arena, caller, text, &b->err);
	if (!p)
		return b;
	b->plan.arena = arena;
	b->plan.profile = p;
	b->plan.caller = caller;
	b->plan.nested = (enum nested_mode)profile_number(p, KEY_namespaces_nested);
	if (!machine)
		b->result = plan_syscalls(&b->plan, NULL, &b->err) < 0 ? -EINVAL : plan_own_filters(&b->plan, NULL, &b->err);
	else if ((b->result = filter_build(&b->plan, machine, &b->err)) == 0)
		b->result = bpf_build(b->plan.filter, arena, &b->plan.program);
	return b;
}

const char *filter_problems(struct filter_bench *b)
{
	const char *text = "";

	vec_each (p, &b->err.problems)
		text = arena_printf(b->arena, "%s%u: %s: %s%s%s%s\n", text, p->from.line, p->from.key ? p->from.key : "",
				    p->severity == SEVERITY_WARNING ? "warning: " : "", p->text, p->remedy ? " | " : "",
				    p->remedy ? p->remedy : "");
	return text;
}

void filter_bench_freep(struct filter_bench **b)
{
	if (*b)
		arena_free((*b)->arena);
}

uint32_t ask(const struct filter_bench *b, const char *name, ...)
{
	int64_t nr = abi_number(&machine_native->abis[0], name);
	struct seccomp_data data = { .nr = (int)nr, .arch = machine_native->abis[0].audit_arch };
	va_list ap;

	cr_assert(nr >= 0, "%s is no call of this machine", name);
	cr_assert_eq(b->result, 0);
	va_start(ap, name);
	for (int arg; (arg = va_arg(ap, int)) >= 0;)
		data.args[arg] = va_arg(ap, unsigned long long);
	va_end(ap);
	return bpf_run(&b->plan.program, &data);
}
