/* SPDX-License-Identifier: MIT */
/* A control group by its directory: any directory does, since one of the kernel's is removed as any other is. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/cgroup.h"
#include "kernel/cgroup_files.h"
#include "leak_check.h"

static char top[64];
static int at;

static void set_up(void)
{
	(void)snprintf(top, sizeof(top), "/var/tmp/sbox-test-XXXXXX");
	cr_assert(mkdtemp(top));
	at = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void tear_down(void)
{
	close(at);
	cr_assert_eq(rmdir(top), 0, "%s is not empty", top);
	leak_check();
}

TestSuite(cgroup, .init = set_up, .fini = tear_down);

static void dir(const char *path)
{
	cr_assert_eq(mkdirat(at, path, 0755), 0, "%s", path);
}

static void file(const char *path, const char *text)
{
	int fd = openat(at, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

Test(cgroup, groups_that_a_program_left_go_with_its_own)
{
	dir("box");
	dir("box/inner");
	dir("box/inner/a b");
	dir("box/inner/a b/..c");
	dir("box/inner/-");
	dir("box/d");
	cr_assert_eq(cgroup_remove(at, "box"), 0);
	cr_assert_eq(faccessat(at, "box", F_OK, 0), -1);
	cr_assert_eq(cgroup_remove(at, "box"), 0, "it may be gone already");
}

Test(cgroup, as_deep_as_a_program_may_nest_them)
{
	for (int levels = 65; levels <= 66; levels++) {
		char path[256] = "0";

		for (int i = 0; i < levels; i++) {
			dir(path);
			strcat(path, "/d");
		}
		cr_assert_eq(cgroup_remove(at, "0"), levels == 65 ? 0 : -ELOOP, "%d", levels);
	}
	cr_assert_eq(cgroup_remove(at, "0/d"), 0);
	cr_assert_eq(cgroup_remove(at, "0"), 0);
}

Test(cgroup, no_link_is_followed)
{
	dir("box");
	dir("other");
	dir("other/x");
	cr_assert_eq(symlinkat("../other", at, "box/link"), 0);
	cr_assert_eq(cgroup_remove(at, "box"), -ENOTEMPTY);
	cr_assert_eq(cgroup_remove(at, "box/link"), -ENOTDIR);
	cr_assert_eq(faccessat(at, "other/x", F_OK, 0), 0);
	cr_assert_eq(unlinkat(at, "box/link", 0), 0);
	cr_assert_eq(cgroup_remove(at, "box") | cgroup_remove(at, "other"), 0);
}

Test(cgroup, numbers_of_its_files)
{
	struct cgroup_stats s;

	cr_assert_eq(cgroup_stats(at, &s), -ENOENT);
	file("cgroup.events", "populated 1\nfrozen 0\n");
	file("memory.events", "low 1\nhigh 2\nmax 3\noom_group_kill 9\noom_kill 7\noom 5\n");
	file("memory.peak", "4096\n");
	file("pids.events", "max 12\n");
	file("pids.peak", "max\n");
	file("cpu.stat", "usage_usec_of_others 1\nusage_usec 25\nuser_usec 3\n");
	file("memory.max", "max\n");
	cr_assert_eq(cgroup_stats(at, &s), 0);
	cr_assert(s.populated && !s.frozen);
	cr_assert(s.memory == -1 && s.memory_peak == 4096);
	cr_assert(s.oom == 5 && s.oom_kills == 7);
	cr_assert(s.tasks == -1 && s.tasks_peak == -1 && s.tasks_refused == 12);
	cr_assert_eq(s.cpu_ns, 25000);
	cr_assert_eq(cgroup_number(at, "memory.max"), -1);
	cr_assert_eq(cgroup_number(at, "memory.peak"), 4096);
	static const char *const files[] = { "cgroup.events", "memory.events", "memory.peak", "memory.max", "pids.events", "pids.peak", "cpu.stat" };
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		cr_assert_eq(unlinkat(at, files[i], 0), 0);
}

Test(cgroup, what_stands_still_is_waited_for_and_not_for_ever)
{
	cr_assert_eq(cgroup_freeze(at, true), -ENOENT);
	file("cgroup.freeze", "");
	file("cgroup.events", "populated 1\nfrozen 1\n");
	cr_assert_eq(cgroup_freeze(at, true), 0);
	cr_assert_eq(cgroup_wait_empty(at, 0), -ETIMEDOUT);
	cr_assert_eq(cgroup_wait_empty(at, 40), -ETIMEDOUT);
	cr_assert_eq(unlinkat(at, "cgroup.freeze", 0) | unlinkat(at, "cgroup.events", 0), 0);
	cr_assert_eq(cgroup_wait_empty(at, 0), -ENOENT);
}

Test(cgroup, a_name_has_the_number_of_its_supervisor)
{
	static const struct {
		const char *name, *ending;
		pid_t pid;
	} names[] = {
		{ "sbox-web-12", "", 12 },
		{ "sbox-a-b-3-2147483647", "", 2147483647 },
		{ "sbox-web-12.scope", ".scope", 12 },
		{ "sbox-web-12.scope", "", 0 },
		{ "sbox-web-12", ".scope", 0 },
		{ "sbox-web-2147483648", "", 0 },
		{ "sbox-web-99999999999999999999", "", 0 },
		{ "sbox-web-012", "", 0 },
		{ "sbox-web--1", "", 1 },
		{ "sbox-web-", "", 0 },
		{ "sbox-web-+1", "", 0 },
		{ "sbox-web-0", "", 0 },
		{ "box-web-12", "", 0 },
		{ "sbox", "", 0 },
		{ "", "", 0 },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		cr_assert_eq(cgroup_name_pid(names[i].name, names[i].ending), names[i].pid, "%s", names[i].name);
}

Test(cgroup, a_directory_of_another_file_system_is_none)
{
	cr_assert_eq(cgroup_open(top), -ENOTSUP);
	cr_assert_eq(cgroup_open("/nonexistent"), -ENOENT);
}
