/* SPDX-License-Identifier: MIT */
/*
 * sbox check --run: the lines of [test], tried inside a live sandbox.  A launch gives up most of what its process could
 * do, so that each has a process of its own; its standard output is the pipe that the results come by.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/str.h"
#include "cmd/check.h"
#include "launch/launch.h"
#include "plan/verdict.h"

static int plan_tests(struct session *s, const struct profile *profile, struct err *err, struct plan **ret)
{
	int r = plan_build(s->arena, profile, s->host, NULL, ret, err);

	return r < 0 ? r : plan_live_tests(*ret, err);
}

static void say(struct err *err UNUSED, void *data)
{
	session_report(data, 0, NULL);
}

/* The new process: a launch as any other, but for its standard input and output. */
static _Noreturn void launch_tests(struct session *s, const struct profile *profile, int out_fd)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct plan *plan;
	int status = EXIT_SBOX;

	if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(out_fd, STDOUT_FILENO) >= 0) {
		/* The plan of the parent knows its own terminals. */
		if (plan_tests(s, profile, &s->err, &plan) == 0) {
			s->err.problems.n = 0; /* the parent has said them */
			status = launch_run(plan, say, s, NULL, &s->err);
		}
		session_report(s, 0, NULL);
	}
	_exit(status);
}

/* Return: how many results came. */
static size_t results_read(int fd, struct live_result *results, size_t n)
{
	struct live_result r;
	size_t got = 0;

	while (got < n && read(fd, &r, sizeof(r)) == (ssize_t)sizeof(r) && r.test == got)
		results[got++] = r;
	return got;
}

static int run_tests(struct session *s, const struct profile *profile, struct live_result *results, size_t n)
{
	int ends[2], status;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(&s->err, NO_ORIGIN, errno, "cannot make a pipe");
	pid_t child = fork();
	if (child == 0)
		launch_tests(s, profile, ends[1]);
	int error = errno;
	close(ends[1]);
	size_t got = child > 0 ? results_read(ends[0], results, n) : 0;
	close(ends[0]);
	if (child < 0)
		return err_sys(&s->err, NO_ORIGIN, error, "cannot make a process");
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (got == n)
		return 0;
	return err_add(&s->err, (struct origin){ .file = profile->file }, "%zu of %zu tests were not carried out", n - got, n);
}

/* ---- words ---- */

static bool worked(const struct live_test *t, const struct live_result *r)
{
	return r->error == 0 && !(t->deed == LIVE_READ && r->nothing);
}

static const char *found_text(struct session *s, const struct live_test *t, const struct live_result *r)
{
	static const char *const can[] = { [LIVE_READ] = "can be read", [LIVE_WRITE] = "can be written", [LIVE_CONNECT] = "can be reached" };

	if (r->error == 0)
		return t->deed == LIVE_READ && r->nothing ? "is masked" : can[t->deed];
	if (t->deed == LIVE_CONNECT && r->error == ENOENT)
		return "the name is not known";
	return arena_printf(s->arena, "%s", strerror(r->error));
}

/* What makes the test pass: for a path that must be shut, a line of [files] as well. */
static void ask(struct session *s, const struct plan *plan, const struct live_test *t, struct verdict *v)
{
	if (t->deed == LIVE_CONNECT) {
		(void)plan_ask_host(plan, s->host, t->text, s->arena, v);
		return;
	}
	plan_ask_path(plan, s->host, t->path, t->deed == LIVE_WRITE ? ASK_FOR_WRITE : ASK_FOR_READ, s->arena, v);
	if (t->wanted)
		return;
	const char *word = t->deed == LIVE_WRITE ? "ro" : "hide";
	/* As it was written, with its escapes. */
	const char *path = arena_strndup(s->arena, t->text, strlen(t->text) - (t->deed == LIVE_WRITE ? strlen(":rw") : 0));

	v->change = v->option = v->why_not = NULL;
	if (plan_entry_of(plan, plan_follow(plan, s->arena, t->path))->kind == MOUNT_TMPFS) {
		v->why_not = "it is the sandbox's own, and gone at its end";
		return;
	}
	v->change = arena_printf(s->arena, "[files] %s = %s", word, path);
	v->option = arena_printf(s->arena, "--%s=%s", word, path);
}

static void print_lines(struct session *s, const char *first, const char *lines)
{
	char *rest = lines ? arena_strdup(s->arena, lines) : NULL;

	for (char *line; (line = strsep(&rest, "\n")); first = "")
		out(s, "          %-11s %s\n", first, quote(s->arena, line));
}

static void print_test(struct session *s, const struct live_test *t, const char *found, const struct verdict *v)
{
	struct origin from = { t->from.file, t->from.line, t->from.key };

	out(s, "  %-6s  %s %s: %s\n", v ? "FAILED" : "ok", quote(s->arena, origin_text(s->arena, from)), quote(s->arena, t->text),
	    quote(s->arena, found));
	if (!v)
		return;
	out(s, "          %-11s %s\n", "decided by", v->from.file ? quote(s->arena, origin_text(s->arena, v->from)) : "no line names it");
	print_lines(s, "to change", v->change);
	print_lines(s, "or", shell_lines(s->arena, v->option));
	print_lines(s, "no change", v->why_not);
}

static json_t *test_json(struct session *s, const struct live_test *t, const char *found, const struct verdict *v)
{
	json_t *object = json_object();

	json_set_text(s->arena, object, "test", t->text);
	json_object_set_new(object, "ok", json_boolean(!v));
	json_set_text(s->arena, object, "found", found);
	json_set_origin(s->arena, object, t->from);
	if (v)
		json_object_set_new(object, "explained", verdict_json(v, s->arena));
	return object;
}

size_t check_run(struct session *s, const struct profile *profile, json_t *into, size_t *ret_failed)
{
	struct live_result *results;
	struct plan *plan;
	struct err err;

	err_init(&err, s->arena); /* its problems are known */
	if (plan_tests(s, profile, &err, &plan) < 0 || !plan->live_tests.n)
		return 0;
	size_t n = plan->live_tests.n;
	results = arena_new_array(s->arena, struct live_result, n);
	if (run_tests(s, profile, results, n) < 0)
		return 0;
	for (size_t i = 0; i < n; i++) {
		const struct live_test *t = &plan->live_tests.v[i];
		const char *found = found_text(s, t, &results[i]);
		bool good = worked(t, &results[i]) == t->wanted;
		struct verdict v;

		if (!good) {
			ask(s, plan, t, &v);
			++*ret_failed;
		}
		if (into)
			json_array_append_new(into, test_json(s, t, found, good ? NULL : &v));
		else
			print_test(s, t, found, good ? NULL : &v);
	}
	return n;
}
