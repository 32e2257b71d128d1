/* SPDX-License-Identifier: MIT */
/* Where a sandbox is registered, and what may be its name. */
#include "support.h"

TestSuite(plan_registry, .fini = leak_check);

#define PLAN_AS(b, caller, machine)                                                                                      \
	_cleanup_bench_ struct bench *b = bench_plan_as(caller, NULL, "", machine);                                      \
	cr_assert(b->plan, "%s", bench_problems(b))

static struct caller caller_of(const char *runtime_dir)
{
	struct caller c = fake_caller();

	c.runtime_dir = runtime_dir;
	return c;
}

Test(plan_registry, an_id_is_one_safe_word)
{
	static const char *const good[] = { "a", "browser-12", "A.b_c", "0", "_x" };
	static const char *const bad[] = { "", ".", "..", ".a", "-a", "a/b", "a b", "a\n", "\xc3\xa4", "a=b", "../x" };
	char name[66];

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		cr_assert(id_is_valid(good[i]), "%s", good[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_assert(!id_is_valid(bad[i]), "%s", bad[i]);
	memset(name, 'a', 65);
	name[65] = '\0';
	cr_assert(!id_is_valid(name));
	name[64] = '\0';
	cr_assert(id_is_valid(name));
}

Test(plan_registry, in_the_runtime_directory_of_the_user)
{
	struct caller c = caller_of("/run/user/1000");
	PLAN_AS(b, &c, "d /run/user/1000\n");
	cr_assert_str_eq(b->plan->registry.dir, "/run/user/1000/sbox");
	cr_assert_str_eq(b->plan->registry.profile, "t");
}

Test(plan_registry, without_the_variable_in_the_usual_place)
{
	struct caller c = caller_of(NULL);
	_cleanup_arena_ struct arena *arena = arena_new();
	PLAN_AS(b, &c, arena_printf(arena, "d /run/user/%u\n", c.uid));
	cr_assert_str_eq(b->plan->registry.dir, arena_printf(b->arena, "/run/user/%u/sbox", c.uid));
}

Test(plan_registry, nowhere_when_there_is_no_such_directory)
{
	struct caller c = caller_of("/run/user/1000");
	PLAN_AS(b, &c, "f /run/user/1000\n");
	cr_assert_null(b->plan->registry.dir);
	PLAN_AS(b2, &c, "");
	cr_assert_null(b2->plan->registry.dir);
}

Test(plan_registry, a_name_needs_a_place_and_the_right_letters)
{
	struct caller c = caller_of("/run/user/1000");
	PLAN_AS(b, &c, "d /run/user/1000\n");
	cr_assert_eq(plan_options(b->plan, NULL, "web", NULL, &b->err), 0);
	cr_assert_str_eq(b->plan->registry.name, "web");
	cr_assert_lt(plan_options(b->plan, NULL, "../web", NULL, &b->err), 0);
	PLAN_AS(b2, &c, "");
	cr_assert_lt(plan_options(b2->plan, NULL, "web", NULL, &b2->err), 0);
	cr_assert(strstr(bench_problems(b2), "XDG_RUNTIME_DIR"));
}
