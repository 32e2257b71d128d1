/* SPDX-License-Identifier: MIT */
/*
 * The inner side, from clone3 to execve.  Nothing here allocates or formats: what fails is reported by number, and the
 * supervisor, which holds the plan, words it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/stamp.h"
#include "kernel/sys.h"
#include "launch/launch.h"
#include "launch/live_test.h"

static _Noreturn void give_up(const struct launch *l, enum report_kind kind, unsigned step, int error, int status)
{
	struct report r = { .kind = kind, .step = step, .item = (unsigned)l->item, .error = error };

	report_send(l->child_sock, &r);
	_exit(status);
}

static void phase_run(enum phase phase, const struct plan *plan, struct launch *l)
{
	unsigned step;
	int r = steps_run(phase, plan, l, &step);

	if (r < 0)
		give_up(l, REPORT_FAILED_STEP, step, -r, EXIT_SBOX);
}

/* A program of another architecture is ENOEXEC too, and no script. */
static bool is_elf(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char magic[4];

	return fd >= 0 && read(fd, magic, sizeof(magic)) == sizeof(magic) && memcmp(magic, "\177ELF", 4) == 0;
}

/* As execvp(): what is no program is a script for the shell. */
static void script_exec(const struct plan *plan, struct launch *l, char *path)
{
	char name[] = "sh";
	size_t n = 0;

	l->script_argv[n++] = name;
	l->script_argv[n++] = path;
	for (char **arg = plan->argv + 1; *arg; arg++)
		l->script_argv[n++] = *arg;
	l->script_argv[n] = NULL;
	(void)execve("/bin/sh", l->script_argv, plan->envp);
}

static _Noreturn void program_main(const struct plan *plan, struct launch *l)
{
	char *path = !plan->argv[0] || !strchr(plan->argv[0], '/') ? l->command : plan->argv[0];

	phase_run(PHASE_PROGRAM, plan, l);
	if (plan->live_tests.n)
		live_tests_run(plan);
	(void)execve(path, plan->argv, plan->envp);
	int error = errno;
	if (error == ENOEXEC && !is_elf(path))
		script_exec(plan, l, path);
	give_up(l, REPORT_FAILED_EXEC, 0, error, EXIT_NOT_EXEC);
}

/*
 * Whatever is pending here was sent before the program existed, so it did not reach it: forget it, and init will
 * forward the supervisor's copy.
 */
static void pending_forget(void)
{
	const uint64_t all = ~UINT64_C(0);
	const struct timespec now = { 0 };

	while (syscall(SYS_rt_sigtimedwait, &all, NULL, &now, SYS_SIGSET_SIZE) > 0)
		;
}

_Noreturn void child_main(const struct plan *plan, struct launch *l)
{
	struct clone_args args = { .exit_signal = SIGCHLD };

	/* The supervisor's end: as long as a copy is open, nobody sees the supervisor die. */
	fd_close(&l->sup_sock);
	phase_run(PHASE_CHILD, plan, l);
	if (l->tty_master >= 0) {
		const struct report terminal = { .kind = REPORT_TERMINAL };
		int r = report_send_fd(l->child_sock, &terminal, l->tty_master);

		if (r < 0)
			give_up(l, REPORT_FAILED_TERMINAL, 0, -r, EXIT_SBOX);
		fd_close(&l->tty_master);
	}
	pending_forget();
	if (plan->enter)
		l->init = getpid();
	pid_t program = sys_clone3(&args, sizeof(args));
	stamp("fork");
	if (program < 0)
		give_up(l, REPORT_FAILED_FORK, 0, errno, EXIT_SBOX);
	if (program == 0)
		program_main(plan, l);
	phase_run(PHASE_INIT, plan, l);
	init_loop(plan, l, program);
}
