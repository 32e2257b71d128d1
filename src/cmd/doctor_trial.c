/* SPDX-License-Identifier: MIT */
/* Real launches of a program that does nothing. */
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "cmd/doctor.h"
#include "launch/launch.h"

/* Problems are read from @err at the end. */
static void say_nothing(struct err *err UNUSED, void *data UNUSED)
{
}

static int launch_untrusted(struct session *s, const struct trial_setting *more, struct err *err)
{
	char name[] = "true";
	char *const program[] = { name, NULL };
	cli_settings cli = { 0 };
	struct profile *profile;
	struct plan *plan;

	for (; more && more->value; more++)
		vec_push(s->arena, &cli,
			 (struct cli_setting){ .key = more->key, .value = more->value, .from = { .key = keys[more->key].name } });
	const struct profile_request request = { .caller = &s->caller, .name = "untrusted", .cli = &cli };
	if (profile_load(s->arena, &request, &profile, err) < 0 || plan_build(s->arena, profile, s->host, program, &plan, err) < 0)
		return EXIT_SBOX;
	return launch_run(plan, say_nothing, NULL, NULL, err);
}

/* A supervisor gives its streams away, so the trial has a process of its own; it says on stderr what went wrong. */
static _Noreturn void trial(struct session *s, const struct trial_setting *more, int out_fd)
{
	struct err err;

	err_init(&err, s->arena);
	if (dup2(out_fd, STDERR_FILENO) < 0)
		_exit(EXIT_SBOX);
	int status = launch_untrusted(s, more, &err);
	vec_each (p, &err.problems)
		if (p->severity == SEVERITY_ERROR) {
			const char *line = arena_printf(s->arena, "%s\n%s\n", p->text, p->remedy ? p->remedy : "");

			(void)fd_write_all(STDERR_FILENO, line, strlen(line));
		}
	_exit(status);
}

bool doctor_trial(struct doctor *d, const struct trial_setting *more, char **ret_text)
{
	int ends[2], status = 0;

	*ret_text = NULL;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	pid_t pid = fork();
	if (pid == 0)
		trial(d->s, more, ends[1]);
	(void)close(ends[1]);
	(void)fd_read_all(ends[0], d->arena, 1 << 16, ret_text, NULL);
	(void)close(ends[0]);
	return pid >= 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

bool doctor_launch(struct doctor *d, const struct trial_setting *more, enum state state, const char *cost)
{
	size_t before = d->found.n;
	char *text;

	if (doctor_trial(d, more, &text))
		return true;
	for (const char *line; text && *text && (line = strsep(&text, "\n"));) {
		const char *remedy = strsep(&text, "\n");

		doctor_say(d, state, remedy && *remedy ? remedy : NULL, "%s%s%s", line, cost ? ": " : "", cost ? cost : "");
	}
	if (d->found.n == before)
		doctor_say(d, state, NULL, "a launch of the profile untrusted fails%s%s", cost ? ": " : "", cost ? cost : "");
	return false;
}
