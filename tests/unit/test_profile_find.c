/* SPDX-License-Identifier: MIT */
#include "profile_support.h"

#include <errno.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(profile_find, .init = world_open, .fini = world_close);

static const char *description(void)
{
	return profile_get(w->profile, KEY_profile_description)->v.text;
}

Test(profile_find, user_before_system_before_shipped)
{
	put("shipped/web.ini", "[profile]\ndescription = shipped\n");
	cr_assert_eq(load_name("web", NULL), 0, "%s", problems());
	cr_assert_str_eq(description(), "shipped");
	cr_assert_eq(w->profile->layers.v[0].kind, LAYER_SHIPPED);
	cr_assert(!profile_get(w->profile, KEY_profile_description)->user);
	put("system/web.ini", "[profile]\ndescription = system\n");
	cr_assert_eq(load_name("web", NULL), 0);
	cr_assert_str_eq(description(), "system");
	put(USER "web.ini", "[profile]\ndescription = user\n");
	cr_assert_eq(load_name("web", NULL), 0);
	cr_assert_str_eq(description(), "user");
	cr_assert(profile_get(w->profile, KEY_profile_description)->user);
	cr_assert_str_eq(w->profile->name, "web");
}

Test(profile_find, never_in_the_working_directory)
{
	put("web.ini", "");
	cr_assert_eq(load_name("web", NULL), -ENOENT);
	cr_assert(said("unknown profile \"web\""));
	cr_assert(said("searched: "), "%s", problems());
}

Test(profile_find, a_launcher_that_was_copied_misses_its_profiles)
{
	put(USER "web.ini", "");
	cr_assert_eq(load_name("other", NULL), -ENOENT);
	cr_assert(said("shipped, which is not there"), "%s", problems());
	put("shipped/web.ini", "");
	cr_assert_eq(load_name("other", NULL), -ENOENT);
	cr_assert(!said("was copied"), "%s", problems());
}

Test(profile_find, unknown_name_has_the_nearest)
{
	put("shipped/browser.ini", "");
	cr_assert_eq(load_name("broswer", NULL), -ENOENT);
	cr_assert(said("did you mean \"browser\"?"), "%s", problems());
	cr_assert(said("shipped"));
	cr_assert_eq(load_name("a b", NULL), -EINVAL);
	cr_assert(said("not a profile name"));
}

Test(profile_find, a_path_needs_no_search_and_has_no_drop_ins)
{
	put("x/web.ini", "[files]\nro = /a\n");
	put(USER "web.d/1.ini", "[files]\nro = /b\n");
	cr_assert_eq(load_name(arena_printf(w->arena, "%s/x/../x/web.ini", w->dir), NULL), 0, "%s", problems());
	cr_assert_str_eq(w->profile->name, "web");
	cr_assert_eq(profile_list(w->profile, KEY_files_ro)->n, 1);
	cr_assert_eq(w->profile->layers.v[0].kind, LAYER_PATH);
	put("home/work/here.ini", "");
	cr_assert_eq(load_name("./here.ini", NULL), 0, "%s", problems());
	cr_assert_eq(load_name("./there.ini", NULL), -ENOENT);
	cr_assert(said("./there.ini: No such file or directory"), "%s", problems());
}

Test(profile_find, profile_path_replaces_the_three)
{
	put("shipped/web.ini", "");
	put("one/web.ini", "[profile]\ndescription = one\n");
	put("two/web.ini", "[profile]\ndescription = two\n");
	w->environ[0] = arena_printf(w->arena, "SBOX_PROFILE_PATH=%s/none:%s/two::%s/one", w->dir, w->dir, w->dir);
	cr_assert_eq(load_name("web", NULL), 0, "%s", problems());
	cr_assert_str_eq(description(), "two");
	w->environ[0] = "SBOX_PROFILE_PATH=/nowhere";
	cr_assert_eq(load_name("web", NULL), -ENOENT);
	w->environ[0] = "SBOX_PROFILE_PATH=one";
	cr_assert_eq(load_name("web", NULL), -EINVAL);
	cr_assert(said("SBOX_PROFILE_PATH: a relative directory: \"one\""), "%s", problems());
}

Test(profile_find, what_is_not_a_file)
{
	put(USER "d.ini/x", "");
	cr_assert_eq(load_name("d", NULL), -EINVAL);
	cr_assert(said("it is a directory"), "%s", problems());
	cr_assert_eq(mkfifo(USER "f.ini", 0600), 0);
	cr_assert_eq(load_name("f", NULL), -EINVAL);
	cr_assert(said("it is a FIFO"), "%s", problems());
	cr_assert_eq(load_name("/dev/null", NULL), -EINVAL);
	cr_assert(said("it is a device"), "%s", problems());
	cr_assert_eq(symlink("loop.ini", USER "loop.ini"), 0);
	cr_assert_lt(load_name("loop", NULL), 0);
	cr_assert(said("loop.ini: ") && said(strerror(ELOOP)), "%s", problems());
}

Test(profile_find, larger_than_the_limit)
{
	char *big = arena_alloc(w->arena, PROFILE_SIZE_MAX + 2);

	memset(big, '\n', PROFILE_SIZE_MAX + 1);
	cr_assert_eq(load_text(big), -EINVAL);
	cr_assert(said("larger than 1M"), "%s", problems());
	big[PROFILE_SIZE_MAX] = '\0';
	assert_loads(big);
}

Test(profile_find, a_profile_that_others_can_write_is_refused)
{
	put(USER "t.ini", "");
	cr_assert_eq(chmod(USER "t.ini", 0666), 0);
	cr_assert_eq(load_name("t", NULL), -EINVAL);
	cr_assert(said("t.ini: refused: everybody can write it (mode 0666)"), "%s", problems());
	cr_assert_eq(chmod(USER "t.ini", 0664), 0);
	cr_assert_eq(load_name("t", NULL), 0, "the own group may: %s", problems());
	w->caller.gid++;
	cr_assert_eq(load_name("t", NULL), -EINVAL);
	cr_assert(said("can write it (mode 0664)"), "%s", problems());
}

Test(profile_find, a_profile_that_belongs_to_somebody_else_is_refused)
{
	const struct stat other = { .st_uid = 4711, .st_mode = 0644 }, root = { .st_uid = 0, .st_mode = 0644 };

	w->caller.uid = 1000;
	cr_assert_null(trust_problem(&w->load, &root, LAYER_PATH));
	cr_assert(strstr(trust_problem(&w->load, &other, LAYER_SHIPPED), "uid 4711"));
}

/* In a child: unshare(2) takes no process with threads, and criterion's has some.  Return: 1 when it cannot be tried.
 */
static int as_only_id(const struct stat *st)
{
	const char *map = arena_printf(w->arena, "0 %u 1\n", getuid());

	if (unshare(CLONE_NEWUSER) < 0)
		return 1;
	put("/proc/self/uid_map", map);
	bool fixed = !trust_problem(&w->load, st, LAYER_SHIPPED) && !trust_problem(&w->load, st, LAYER_SYSTEM);
	bool others = !trust_problem(&w->load, st, LAYER_USER) || !trust_problem(&w->load, st, LAYER_PATH);

	return fixed && !others ? 0 : 2;
}

Test(profile_find, an_unmapped_owner_is_taken_for_root_in_the_fixed_directories_of_a_user_namespace)
{
	const struct stat nobody = { .st_uid = 65534, .st_mode = 0644 };
	int status;

	cr_assert_not_null(trust_problem(&w->load, &nobody, LAYER_SHIPPED), "on a host, it is nobody's");
	pid_t pid = fork();
	if (pid == 0)
		_exit(as_only_id(&nobody));
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status));
	if (WEXITSTATUS(status) == 1) {
		world_close();
		cr_skip("no user namespace to be had");
	}
	cr_assert_eq(WEXITSTATUS(status), 0);
}

Test(profile_find, an_unreadable_profile_is_not_passed_over)
{
	if (getuid() == 0) {
		world_close(); /* a skipped test has no .fini */
		cr_skip("root reads everything");
	}
	put("shipped/t.ini", "");
	put(USER "t.ini", "");
	cr_assert_eq(chmod(USER "t.ini", 0), 0);
	cr_assert_eq(load_name("t", NULL), -EACCES);
	cr_assert(said("t.ini: Permission denied"), "%s", problems());
}
