/* SPDX-License-Identifier: MIT */
/* Who called, by environment and account. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/caller.h"
#include "leak_check.h"

static struct arena *a;
static struct err e;
static struct caller c;

static void setup(void)
{
	a = arena_new();
	err_init(&e, a);
}

static void teardown(void)
{
	arena_free(a);
	leak_check();
}

TestSuite(caller, .init = setup, .fini = teardown);

/* Looks with an environment of these variables: "A=1\nB=2". */
static int look(const char *env)
{
	char **list = arena_new_array(a, char *, 20);
	char *text = arena_strdup(a, env);

	for (size_t n = 0; n < 19 && text; n++)
		list[n] = strsep(&text, "\n");
	return caller_look(a, list, &c, &e);
}

Test(caller, ids_are_the_real_ones)
{
	cr_assert_eq(look("HOME=/home/u"), 0);
	cr_assert_eq(c.uid, getuid());
	cr_assert_eq(c.gid, getgid());
	cr_assert(*c.user && *c.group);
}

Test(caller, home_is_a_normalized_path)
{
	cr_assert_eq(look("HOME=//home/./u//"), 0);
	cr_assert_str_eq(c.home, "/home/u");
	cr_assert_str_eq(c.config_dir, "/home/u/.config");
	cr_assert_str_eq(c.data_dir, "/home/u/.local/share");
	cr_assert_str_eq(c.state_dir, "/home/u/.local/state");
	cr_assert_str_eq(c.cache_dir, "/home/u/.cache");
	cr_assert_null(c.runtime_dir);
}

Test(caller, a_relative_home_is_an_error_with_a_remedy)
{
	cr_assert_eq(look("HOME=home/u"), -EINVAL);
	cr_assert_eq(e.errors, 1);
	cr_assert_str_eq(e.problems.v[0].text, "HOME is not an absolute path: home/u");
	cr_assert_not_null(e.problems.v[0].remedy);
}

/* This user may have no account: then there is no home, and a message says so. */
Test(caller, without_a_home_the_account_knows)
{
	static const char *const envs[] = { "USER=x", "HOME=" };

	for (size_t i = 0; i < ARRAY_SIZE(envs); i++) {
		err_init(&e, a);
		if (look(envs[i]) == 0)
			cr_assert_eq(c.home[0], '/');
		else
			cr_assert(strstr(e.problems.v[0].text, "HOME is not set"), "%s", e.problems.v[0].text);
	}
}

Test(caller, directories_of_the_desktop_specification)
{
	cr_assert_eq(look("HOME=/h\nXDG_CONFIG_HOME=/c/../cfg\nXDG_DATA_HOME=relative\nXDG_STATE_HOME=\nXDG_CACHE_HOME=/var/c\nXDG_RUNTIME_DIR=/run/u"), 0);
	cr_assert_str_eq(c.config_dir, "/cfg");
	cr_assert_str_eq(c.data_dir, "/h/.local/share", "a relative one is ignored");
	cr_assert_str_eq(c.state_dir, "/h/.local/state", "so is an empty one");
	cr_assert_str_eq(c.cache_dir, "/var/c");
	cr_assert_str_eq(c.runtime_dir, "/run/u");
	cr_assert_eq(look("HOME=/h\nXDG_RUNTIME_DIR=run"), 0);
	cr_assert_null(c.runtime_dir);
}

Test(caller, a_shell_is_an_absolute_path)
{
	cr_assert_eq(look("HOME=/h\nSHELL=/bin/zsh"), 0);
	cr_assert_str_eq(c.shell, "/bin/zsh");
	cr_assert_eq(look("HOME=/h\nSHELL=zsh"), 0);
	cr_assert_eq(c.shell[0], '/');
}

Test(caller, a_deleted_directory_has_no_name)
{
	char dir[] = "/tmp/sbox-cwd-XXXXXX";

	cr_assert(mkdtemp(dir) && chdir(dir) == 0);
	cr_assert_eq(look("HOME=/h"), 0);
	cr_assert_str_eq(c.cwd, dir);
	cr_assert_eq(rmdir(dir), 0);
	cr_assert_eq(look("HOME=/h"), 0);
	cr_assert_null(c.cwd);
}

Test(caller, variables_by_their_whole_name)
{
	cr_assert_eq(look("HOME=/h\nAB=1\nA=2\nEMPTY="), 0);
	cr_assert_str_eq(caller_env(&c, "A"), "2");
	cr_assert_str_eq(caller_env(&c, "EMPTY"), "");
	cr_assert_null(caller_env(&c, "B"));
	c.environ = NULL;
	cr_assert_null(caller_env(&c, "A"));
}
