/* SPDX-License-Identifier: MIT */
/* Numbers that an inner process sent become sentences that name a line and a remedy. */
#include <criterion/criterion.h>
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/dirs.h"
#include "base/path.h"
#include "launch/launch.h"
#include "leak_check.h"

const char shipped_apparmor_profile[] = "/nonexistent/apparmor";
const char scope_helper[] = "";

static struct arena *arena;
static struct err err;
static struct plan plan;
static struct caller caller;
static char *argv[] = { NULL, NULL };

static void setup(void)
{
	static char path[] = "PATH=/usr/bin";
	static char *environment[] = { path, NULL };

	arena = arena_new();
	caller.environ = environment;
	argv[0] = arena_strdup(arena, "tool");
	err_init(&err, arena);
	plan = (struct plan){ .arena = arena, .caller = &caller, .argv = argv };
	plan.cwd = "/home/u/p";
	plan.path_list = "/usr/bin:/bin";
	plan.n_mounts = 3;
	plan.mounts = arena_new_array(arena, struct mount_entry, 3);
	plan.mounts[1] = (struct mount_entry){ .kind = MOUNT_BIND, .source = "/srv/music", .target = "/music",
					       .from = { "web.ini", 12, "rw" } };
	plan.mounts[2] = (struct mount_entry){ .kind = MOUNT_MASK, .target = "/srv/.env",
					       .from = { "web.ini", 14, "hide" } };
}

static void teardown(void)
{
	arena_free(arena);
	leak_check();
}

TestSuite(status, .init = setup, .fini = teardown);

static unsigned step_of(step_fn *run)
{
	for (unsigned i = 0; i < n_steps; i++)
		if (steps[i].run == run)
			return i;
	cr_assert_fail("no such step");
	return 0;
}

static struct report failed(step_fn *run, unsigned item, int error)
{
	return (struct report){ .step = step_of(run), .item = item, .error = error };
}

static const struct problem *problem_of(struct report r, int status)
{
	cr_assert_eq(report_problem(&plan, &r, &err), status);
	cr_assert_eq(err.problems.n, 1);
	return &err.problems.v[0];
}

static bool says(const char *text, const char *words)
{
	if (text && strstr(text, words))
		return true;
	fprintf(stderr, "# \"%s\" does not say \"%s\"\n", text ? text : "(nothing)", words);
	return false;
}

Test(status, a_mount_that_fails_names_its_line_and_both_paths)
{
	const struct problem *p = problem_of(failed(root_build, 1, EACCES), 125);

	cr_assert_eq(p->from.line, 12);
	cr_assert_str_eq(p->from.file, "web.ini");
	cr_assert(says(p->text, "/srv/music") && says(p->text, "/music") && says(p->text, "Permission denied"));
	cr_assert_not_null(p->remedy);
}

Test(status, a_mask_is_not_worded_as_a_mount)
{
	const struct problem *p = problem_of(failed(root_build, 2, ENOENT), 125);

	cr_assert_eq(p->from.line, 14);
	cr_assert(says(p->text, "mask /srv/.env"));
}

Test(status, an_rlimit_names_its_line)
{
	vec_push(arena, &plan.rlimits, (struct plan_rlimit){ .name = "nofile", .from = { "web.ini", 20, "nofile" } });
	const struct problem *p = problem_of(failed(rlimits_set, 0, EPERM), 125);

	cr_assert_eq(p->from.line, 20);
	cr_assert(says(p->text, "nofile"));
}

Test(status, a_report_out_of_range_is_worded_all_the_same)
{
	problem_of((struct report){ .step = 9999, .error = EIO }, 125);
	err_init(&err, arena);
	problem_of(failed(root_build, 9999, EIO), 125);
	err_init(&err, arena);
	problem_of(failed(rlimits_set, 9999, EIO), 125);
}

Test(status, a_working_directory_that_is_not_there_is_named)
{
	const struct problem *p = problem_of(failed(cwd_enter, 0, ENOENT), 125);

	cr_assert(says(p->text, "/home/u/p"));
}

Test(status, a_command_that_nobody_has_is_127_and_tells_the_path)
{
	argv[0] = arena_strdup(arena, "no-such-command-anywhere");
	const struct problem *p = problem_of(failed(command_find, 0, ENOENT), 127);

	cr_assert(says(p->text, "not found") && says(p->remedy, "/usr/bin:/bin"));
	cr_assert_null(strstr(p->text, "inside"));
}

Test(status, a_command_that_only_the_host_has_is_told_with_the_option_that_gives_it)
{
	argv[0] = arena_strdup(arena, "sh");
	const struct problem *p = problem_of(failed(command_find, 0, ENOENT), 127);

	cr_assert(says(p->text, "not found inside") && says(p->remedy, "--ro /usr/bin/sh"));
}

Test(status, a_command_that_the_caller_has_by_a_relative_path_is_told_with_its_directory)
{
	static char path[] = "PATH=:bin";
	static char *environment[] = { path, NULL };

	caller.environ = environment;
	plan.path_list = "/nonexistent";
	argv[0] = arena_strdup(arena, "sh");
	cr_assert_eq(chdir("/usr"), 0);
	const struct problem *p = problem_of(failed(command_find, 0, ENOENT), 127);

	cr_assert(says(p->text, "not found inside") && says(p->remedy, "--cwd=ro"));
}

Test(status, a_command_without_execute_permission_is_126)
{
	const struct problem *p = problem_of(failed(command_find, 0, EACCES), 126);

	cr_assert(says(p->remedy, "chmod +x"));
}

Test(status, a_command_that_is_too_much_for_execve_says_so)
{
	const struct problem *p = problem_of((struct report){ .kind = REPORT_FAILED_EXEC, .error = E2BIG }, 126);

	cr_assert(says(p->remedy, "too long"));
}

/* Of `sbox enter`: the sandbox is as it is. */
Test(status, a_command_that_a_running_sandbox_lacks_is_told_without_an_option)
{
	plan.enter = true;
	argv[0] = arena_strdup(arena, "sh");
	const struct problem *p = problem_of(failed(command_find, 0, ENOENT), 127);

	cr_assert(says(p->text, "not found inside"));
	cr_assert_null(p->remedy);
}

Test(status, a_process_that_cannot_be_made_has_its_cause)
{
	const struct problem *p = problem_of((struct report){ .kind = REPORT_FAILED_FORK, .error = EAGAIN }, 125);

	cr_assert(says(p->remedy, "ulimit -u"));
	err_init(&err, arena);
	plan.enter = true;
	p = problem_of((struct report){ .kind = REPORT_FAILED_FORK, .error = ENOMEM }, 125);
	cr_assert(says(p->text, "has just ended"));
	err_init(&err, arena);
	p = problem_of((struct report){ .kind = REPORT_FAILED_TERMINAL, .error = EIO }, 125);
	cr_assert(says(p->text, "private terminal"));
}

Test(status, a_descriptor_that_was_closed_meanwhile_is_named)
{
	vec_push(arena, &plan.pass_fds, 7);
	const struct problem *p = problem_of(failed(fds_close, 0, EBADF), 125);

	cr_assert(says(p->text, "descriptor 7 is not open"));
}

Test(status, a_label_that_is_not_taken_has_its_own_words)
{
	static const struct {
		int error;
		const char *words;
	} causes[] = { { ENOENT, "no such profile" }, { EINVAL, "no such label" }, { EIO, "took another one" }, { EPERM, "not permitted" } };

	plan.apparmor = (struct plan_label){ .name = "label", .from = { "web.ini", 30, "label" } };
	for (size_t i = 0; i < ARRAY_SIZE(causes); i++) {
		const struct report missed = failed(apparmor_take, 0, causes[i].error);

		err_init(&err, arena);
		report_missed(&plan, &missed, &err);
		cr_assert_eq(err.problems.n, 1);
		cr_assert(says(err.problems.v[0].text, causes[i].words) && says(err.problems.v[0].text, "continuing without it"));
	}
	err_init(&err, arena);
	report_missed(&plan, &(struct report){ .step = step_of(root_build) }, &err);
	cr_assert_eq(err.problems.n, 0);
}

static void write_file(const char *path, const void *data, size_t size)
{
	FILE *f = fopen(path, "w");

	cr_assert(f && fwrite(data, 1, size, f) == size);
	fclose(f);
	cr_assert_eq(chmod(path, 0755), 0);
}

Test(status, a_script_whose_interpreter_is_missing_names_the_interpreter)
{
	char dir[] = "/tmp/sbox-test-XXXXXX";
	static const char script[] = "#! /opt/gone/python3 -E\nprint()\n";

	cr_assert_not_null(mkdtemp(dir));
	char *path = path_join(arena, dir, "script");
	write_file(path, script, strlen(script));
	argv[0] = path;
	const struct problem *p = problem_of((struct report){ .kind = REPORT_FAILED_EXEC, .error = ENOENT }, 126);
	(void)unlink(path);
	(void)rmdir(dir);

	cr_assert(says(p->text, "/opt/gone/python3 "));
	cr_assert_null(strstr(p->text, "python3 -E"));
	cr_assert(says(p->remedy, "not on this machine"));
}

Test(status, a_program_whose_loader_is_missing_names_the_loader)
{
	argv[0] = arena_strdup(arena, "/bin/sh");
	const struct problem *p = problem_of((struct report){ .kind = REPORT_FAILED_EXEC, .error = ENOENT }, 126);

	cr_assert(says(p->text, "ld-"));
	cr_assert(says(p->remedy, "--ro /"));
}

/* The headers of a program are data that anybody can write. */
Test(status, damaged_program_headers_do_no_harm)
{
	static const uint64_t numbers[] = { 0, 1, 64, 120, 4095, 4096, 4097, UINT32_MAX, UINT64_MAX - 1, UINT64_MAX };
	const size_t n = ARRAY_SIZE(numbers);
	char dir[] = "/tmp/sbox-test-XXXXXX", data[4096];

	cr_assert_not_null(mkdtemp(dir));
	argv[0] = path_join(arena, dir, "program");
	for (size_t i = 0; i < n * n * n; i++) {
		Elf64_Ehdr header = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64 }, .e_phnum = 0xffff };
		Elf64_Phdr segment = { .p_type = PT_INTERP, .p_offset = numbers[i / n % n] };

		header.e_phoff = numbers[i % n];
		segment.p_filesz = numbers[i / n / n];
		memset(data, 'x', sizeof(data));
		memcpy(data, &header, sizeof(header));
		memcpy(data + sizeof(header), &segment, sizeof(segment));
		write_file(argv[0], data, i & 1 ? sizeof(data) : 120);
		err_init(&err, arena);
		problem_of((struct report){ .kind = REPORT_FAILED_EXEC, .error = ENOENT }, 126);
	}
	(void)unlink(argv[0]);
	(void)rmdir(dir);
}

Test(status, each_cause_of_a_refused_namespace_has_a_remedy)
{
	static const int errors[] = { EPERM, ENOSPC, EUSERS, EACCES, ENOSYS, EINVAL, EAGAIN, EMFILE };

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		err_init(&err, arena);
		err_sys(&err, NO_ORIGIN, errors[i], "clone3");
		userns_remedy(errors[i], &err);
		cr_assert_not_null(err.problems.v[0].remedy, "%s", strerror(errors[i]));
	}
}
