/* SPDX-License-Identifier: MIT */
/* The environment is built, not inherited. */
#include "support.h"

TestSuite(plan_env, .fini = leak_check);

#define LATER "----\n[profile]\nextends = ./base.ini\n[environment]\n"

/* The value of @name as the program gets it, or NULL; a name that comes twice is a failure. */
static const char *value(const struct bench *b, const char *name)
{
	const char *found = NULL;
	size_t n = strlen(name);

	for (char **e = b->plan->envp; *e; e++)
		if (strncmp(*e, name, n) == 0 && (*e)[n] == '=') {
			cr_assert_null(found, "%s twice", name);
			found = *e + n + 1;
		}
	return found;
}

static struct bench *plan_with(char *const *env, const char *profile)
{
	struct caller c = fake_caller();

	c.environ = env;
	struct bench *b = bench_plan_as(&c, NULL, profile, "");
	cr_assert(b->plan, "%s", bench_problems(b));
	return b;
}

Test(plan_env, who_where_and_which_language_and_nothing_else)
{
	PLAN(b, "", "");
	size_t n = 0;

	cr_assert_str_eq(value(b, "HOME"), "/home/u");
	cr_assert_str_eq(value(b, "USER"), "u");
	cr_assert_str_eq(value(b, "LOGNAME"), "u");
	cr_assert_str_eq(value(b, "LANG"), "C.UTF-8");
	cr_assert_str_eq(value(b, "LC_TIME"), "C");
	cr_assert_str_eq(value(b, "PATH"), "/usr/local/bin:/usr/bin:/bin:/usr/games", "the caller's is the caller's");
	cr_assert_null(value(b, "SECRET"));
	while (b->plan->envp[n])
		n++;
	cr_assert_eq(n, 6);
	cr_assert_eq(n, b->plan->env.n, "explain shows what the program gets");
}

Test(plan_env, the_name_is_the_one_inside)
{
	PLAN(b, "[ids]\nuser = root\n", "");
	cr_assert_str_eq(value(b, "USER"), "root");
	cr_assert_str_eq(value(b, "LOGNAME"), "root");
}

Test(plan_env, a_home_that_says_otherwise_is_not_believed)
{
	char home[] = "HOME=//home/u/../u/", lang[] = "LANG=";
	char *env[] = { home, lang, NULL };
	struct bench *b = plan_with(env, "");

	cr_assert_str_eq(value(b, "HOME"), "/home/u");
	cr_assert_str_eq(value(b, "LANG"), "", "empty is not unset");
	bench_free(b);
}

Test(plan_env, pass_takes_names_and_patterns)
{
	char a[] = "MY_A=1", ab[] = "MY_AB=2", b0[] = "MYB=3", odd[] = "=x", none[] = "NOVALUE", q[] = "MY_=4";
	char *env[] = { a, ab, b0, odd, none, q, NULL };
	struct bench *b = plan_with(env, "[environment]\npass = MY_A NONE\n");

	cr_assert_str_eq(value(b, "MY_A"), "1");
	cr_assert_null(value(b, "MY_AB"), "a name is not a prefix");
	cr_assert_null(value(b, "NONE"));
	bench_free(b);
	b = plan_with(env, "[environment]\npass = MY_* [M]Y?\n");
	cr_assert_str_eq(value(b, "MY_A"), "1");
	cr_assert_str_eq(value(b, "MY_AB"), "2");
	cr_assert_str_eq(value(b, "MYB"), "3");
	cr_assert_str_eq(value(b, "MY_"), "4");
	bench_free(b);
	b = plan_with(env, "[environment]\npass = *\n");
	cr_assert_str_eq(value(b, "MY_AB"), "2");
	cr_assert_null(value(b, "NOVALUE"));
	bench_free(b);
}

Test(plan_env, set_and_unset)
{
	PLAN(b, "[environment]\nset = A=1\nset = EMPTY=\nset = LANG=de\npass = SECRET\nunset = LC_* SECR?T\n", "");
	cr_assert_str_eq(value(b, "A"), "1");
	cr_assert_str_eq(value(b, "EMPTY"), "");
	cr_assert_str_eq(value(b, "LANG"), "de");
	cr_assert_null(value(b, "LC_TIME"));
	cr_assert_null(value(b, "SECRET"));
}

Test(plan_env, a_later_layer_wins_whatever_the_key)
{
	PLAN(set, "[environment]\nunset = A LANG\n" LATER "set = A=1\npass = LANG\n", "");
	cr_assert_str_eq(value(set, "A"), "1");
	cr_assert_str_eq(value(set, "LANG"), "C.UTF-8");
	PLAN(pass, "[environment]\nset = SECRET=shown\n" LATER "pass = SECRET\n", "");
	cr_assert_str_eq(value(pass, "SECRET"), "1");
	PLAN(unset, "[environment]\nset = A=1\n" LATER "unset = A\n", "");
	cr_assert_null(value(unset, "A"));
	PLAN(twice, "[environment]\nset = A=1\n" LATER "set = A=2\n", "");
	cr_assert_str_eq(value(twice, "A"), "2");
	cr_assert_eq(twice->plan->env.v[twice->plan->env.n - 1].from.line, 4);
}

Test(plan_env, in_one_file_set_and_unset_of_one_name_contradict)
{
	REFUSED("[environment]\nunset = A\nset = A=1\n", "", 2, "t.ini:3: set");
	PLAN(b, "[environment]\nset = A_X=1\nset = A_Y=2\nunset = A_*\n", "");
	cr_assert_null(value(b, "A_X"), "a pattern is an exception");
}

Test(plan_env, the_path_to_look_a_program_up_is_the_programs)
{
	PLAN(own, "[environment]\nset = PATH=/opt/bin\n", "");
	cr_assert_str_eq(own->plan->path_list, "/opt/bin");
	PLAN(none, "[environment]\nunset = PATH\n", "");
	cr_assert_null(value(none, "PATH"));
	cr_assert_str_eq(none->plan->path_list, "/usr/local/bin:/usr/bin:/bin:/usr/games");
}

Test(plan_env, the_runtime_directory_is_named_where_it_is)
{
	PLAN(b, "[files]\nsystem = host\n", "");
	cr_assert_str_eq(value(b, "XDG_RUNTIME_DIR"), arena_printf(b->arena, "/run/user/%u", b->plan->ids.inner_uid));
	PLAN(none, "", "");
	cr_assert_null(value(none, "XDG_RUNTIME_DIR"));
}
