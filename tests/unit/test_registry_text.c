/* SPDX-License-Identifier: MIT */
/* An entry of the registry: what is written is read, and nothing else is. */
#include <errno.h>

#include "launch/registry.h"
#include "support.h"

TestSuite(registry_text, .fini = leak_check);

static const char *const command[] = { "prog", "an arg\nof two lines", NULL };

#define PROFILE                                                                                                          \
	"[files]\nsystem = host\nrw = /home/u/p\n[rlimits]\nnofile = 64:128\n[landlock]\nconnect = 443\n[environment]\n"      \
	"set = A=b=c\n[process]\numask = 077\ntty = none\n"

static const struct launched launched = { .child = 1234, .begun = 99, .cgroup = "/sys/fs/cgroup/x", .tasks = 40 };

static struct bench *bench_of(const char *profile)
{
	return bench_plan_as(NULL, (char *const *)(uintptr_t)command, profile, "p landlock 6\n");
}

Test(registry_text, comes_back_as_it_was)
{
	_cleanup_bench_ struct bench *b = bench_of(PROFILE);
	struct entry e = { .id = "t-12" };
	size_t size;

	cr_assert(b->plan, "%s", bench_problems(b));
	const char *text = registry_text(b->plan, &launched, b->arena, &size);
	cr_assert_eq(registry_parse(b->arena, text, size, &e), 0);
	cr_assert_str_eq(e.id, "t-12");
	cr_assert_str_eq(e.profile, "t");
	cr_assert_str_eq(e.cgroup, "/sys/fs/cgroup/x");
	cr_assert_eq(e.child, 1234);
	cr_assert_eq(e.begun, 99);
	cr_assert_eq(e.argv.n, 2);
	cr_assert_str_eq(e.argv.v[1], command[1]);

	const struct plan *p = e.plan, *was = b->plan;
	cr_assert_not_null(p);
	cr_assert_eq(p->clone_flags, was->clone_flags);
	cr_assert_eq(p->keep_caps, was->keep_caps);
	cr_assert_eq(p->tty, TTY_NONE);
	cr_assert(p->set_umask && p->umask == 077 && p->second_userns == was->second_userns);
	cr_assert_str_eq(p->cwd, was->cwd);
	cr_assert_str_eq(p->path_list, was->path_list);
	cr_assert_eq(p->program.len, was->program.len);
	cr_assert_eq(memcmp(p->program.filter, was->program.filter, was->program.len * sizeof(*p->program.filter)), 0);
	size_t n = 0;
	for (; was->envp[n]; n++)
		cr_assert_str_eq(p->envp[n], was->envp[n]);
	cr_assert_null(p->envp[n]);
	cr_assert_eq(p->landlock.handled_fs, was->landlock.handled_fs);
	cr_assert_eq(p->landlock.paths.n, was->landlock.paths.n);
	for (size_t i = 0; i < was->landlock.paths.n; i++) {
		cr_assert_str_eq(p->landlock.paths.v[i].path, was->landlock.paths.v[i].path);
		cr_assert_eq(p->landlock.paths.v[i].allowed, was->landlock.paths.v[i].allowed);
	}
	cr_assert_eq(p->landlock.ports.n, 1);
	cr_assert_eq(p->landlock.ports.v[0].port, 443);
	cr_assert_eq(p->rlimits.n, was->rlimits.n + 1);
	cr_assert_eq(p->rlimits.v[was->rlimits.n].resource, RLIMIT_NPROC);
	cr_assert_eq(p->rlimits.v[was->rlimits.n].value.rlim_max, 40);
	for (size_t i = 0; i < was->rlimits.n; i++) {
		cr_assert_eq(p->rlimits.v[i].resource, was->rlimits.v[i].resource);
		cr_assert_eq(p->rlimits.v[i].value.rlim_max, was->rlimits.v[i].value.rlim_max);
		cr_assert_str_eq(p->rlimits.v[i].name, was->rlimits.v[i].name);
	}
}

/* The sandbox can be listed and ended then, not entered. */
Test(registry_text, too_much_of_it_is_left_out)
{
	_cleanup_bench_ struct bench *b = bench_of(PROFILE);
	struct entry e = { .id = "x" };
	size_t size, large = REGISTRY_TEXT_MAX;
	char *value = arena_alloc(b->arena, large + 1), *envp[] = { value, NULL };

	memset(value, 'v', large);
	value[1] = '=';
	value[large] = '\0';
	struct plan plan = *b->plan;
	plan.envp = envp;
	const char *text = registry_text(&plan, &launched, b->arena, &size);
	cr_assert_lt(size, (size_t)REGISTRY_TEXT_MAX);
	cr_assert_eq(registry_parse(b->arena, text, size, &e), 0);
	cr_assert_eq(e.child, 1234);
	cr_assert_str_eq(e.argv.v[1], command[1]);
	cr_assert_null(e.plan);
}

Test(registry_text, half_of_it_is_on_its_way)
{
	_cleanup_bench_ struct bench *b = bench_of(PROFILE);
	struct entry e = { .id = "x" };
	size_t size;
	const char *text = registry_text(b->plan, &launched, b->arena, &size);

	for (size_t n = 0; n < size; n++) {
		int r = registry_parse(b->arena, text, n, &e);

		/* a cut never reads as a whole entry; which of the two it is called does not matter */
		cr_assert(r == -EAGAIN || r == -EINVAL, "%zu of %zu: %d", n, size, r);
	}
}

/* Every byte once another: no answer but a refusal or an entry that keeps its promises. */
Test(registry_text, damage_is_survived)
{
	_cleanup_bench_ struct bench *b = bench_of(PROFILE);
	struct entry e = { .id = "x" };
	size_t size;
	const char *text = registry_text(b->plan, &launched, b->arena, &size);
	char *copy = arena_alloc(b->arena, size);
	static const char bytes[] = { 0, '=', ' ', 'f', '\n', (char)0xff };

	for (size_t at = 0; at < size; at++) {
		_cleanup_arena_ struct arena *arena = arena_new();

		memcpy(copy, text, size);
		copy[at] = bytes[at % sizeof(bytes)];
		if (registry_parse(arena, copy, size, &e) < 0)
			continue;
		cr_assert(e.profile && e.file && e.child > 1 && e.argv.n);
		cr_assert(!e.plan || (e.plan->cwd[0] == '/' && e.plan->envp && e.plan->program.len));
	}
}

static int parse(struct arena *arena, const char *text, size_t size)
{
	struct entry e = { .id = "x" };

	return registry_parse(arena, text, size, &e);
}

#define PARSE(arena, text) parse(arena, text, sizeof(text) - 1)
#define HEAD "sbox=another version\0profile=p\0file=/f\0child=4d2\0begun=1\0"

Test(registry_text, bad_ones_are_refused)
{
	_cleanup_arena_ struct arena *a = arena_new();

	cr_assert_eq(PARSE(a, ""), -EAGAIN);
	cr_assert_eq(PARSE(a, "profile=p\0"), -EINVAL);
	cr_assert_eq(PARSE(a, "sbox=\0"), -EINVAL);
	cr_assert_eq(PARSE(a, HEAD), -EINVAL, "no command");
	cr_assert_eq(PARSE(a, HEAD "arg=x\0no equals sign\0"), -EINVAL);
	cr_assert_eq(PARSE(a, HEAD "arg=x\0child=1\0"), -EINVAL, "nobody's pid 1");
	cr_assert_eq(PARSE(a, HEAD "arg=x\0child=-5\0"), -EINVAL);
	cr_assert_eq(PARSE(a, HEAD "arg=x\0child=ffffffffff\0"), -EINVAL);
	cr_assert_eq(PARSE(a, HEAD "arg=x\0cgroup=relative\0"), -EINVAL);
	cr_assert_eq(PARSE(a, HEAD "arg=x\0cgroup=/a/../b\0"), -EINVAL);
}

Test(registry_text, another_version_is_listed_and_not_entered)
{
	_cleanup_arena_ struct arena *a = arena_new();
	static const char text[] = HEAD "arg=x\0something=new\0filter=2\0xx";
	struct entry e = { .id = "x" };

	cr_assert_eq(registry_parse(a, text, sizeof(text) - 1, &e), 0);
	cr_assert_eq(e.child, 1234);
	cr_assert_null(e.plan);
}

Test(registry_text, an_id_is_made_of_any_profile_name)
{
	_cleanup_arena_ struct arena *a = arena_new();

	cr_assert_str_eq(registry_id(a, "browser", 7), "browser-7");
	cr_assert_str_eq(registry_id(a, "my tool", 7), "my-tool-7");
	cr_assert_str_eq(registry_id(a, "-x", 7), "sandbox-7");
	cr_assert_str_eq(registry_id(a, "", 7), "sandbox-7");
	cr_assert_str_eq(registry_id(a, "../../x", 7), "sandbox-7");
	cr_assert(id_is_valid(registry_id(a, "a-very-long-name-of-a-profile-that-somebody-likes-to-type-again-and-again", 4194304)));
}
