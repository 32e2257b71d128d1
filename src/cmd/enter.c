/* SPDX-License-Identifier: MIT */
/* sbox enter: one process more inside, under the same confinement. */
#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "cmd/cmd.h"
#include "kernel/cgroup.h"
#include "launch/launch.h"

enum { STARTS_WITHIN_MS = 5000, PAUSE_MS = 10 };

static void say(struct err *err UNUSED, void *data)
{
	session_report(data, 0, NULL);
}

/* The shell of the sandbox's environment, where it is inside. */
static char **shell(struct session *s)
{
	char **argv = arena_new_array(s->arena, char *, 4);

	argv[0] = arena_strdup(s->arena, "/bin/sh");
	argv[1] = arena_strdup(s->arena, "-c");
	argv[2] = arena_strdup(s->arena, "[ -x \"$SHELL\" ] && exec \"$SHELL\"; exec /bin/sh");
	return argv;
}

static int join_problem(struct session *s, const struct running *r, int error)
{
	if (error == -ESRCH && r->child_fd < 0)
		err_add(&s->err, NO_ORIGIN, "%s cannot be reached from here: it runs in another pid namespace, or has just ended",
			r->entry.id);
	else if (error == -ESRCH || running_has_ended(r->child_fd))
		err_add(&s->err, NO_ORIGIN, "%s has just ended", r->entry.id);
	else if (error == -EXDEV)
		err_add(&s->err, NO_ORIGIN, "%s: every process in it has made namespaces of its own, so none shows where to enter",
			r->entry.id);
	else
		err_sys(&s->err, NO_ORIGIN, -error, "cannot open the namespaces of %s", r->entry.id);
	return EXIT_SBOX;
}

/* A sandbox is registered before its program has been started: until then there is nobody to ask for the way. */
static int join(struct session *s, const struct running *r, struct joined *ret)
{
	int error = -ESRCH;

	for (int i = 0; i < STARTS_WITHIN_MS / PAUSE_MS; i++) {
		const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
		member_list all = { 0 };

		members_look(s->arena, &all);
		error = running_join(s->arena, r, &all, ret);
		if ((error != -ESRCH && error != -EACCES) || r->child_fd < 0 || running_has_ended(r->child_fd))
			break;
		(void)nanosleep(&pause, NULL);
	}
	return error;
}

/* Born elsewhere the process would be outside of the limits, so without the cgroup there is no entering. */
static int cgroup_of(struct session *s, const struct running *r, struct entering *e)
{
	if (!r->entry.cgroup)
		return 0;
	e->cgroup = running_cgroup(r);
	if (e->cgroup == -ENOENT)
		return err_add(&s->err, NO_ORIGIN, "%s has just ended", r->entry.id);
	if (e->cgroup < 0)
		return err_sys(&s->err, NO_ORIGIN, -e->cgroup, "cannot enter the cgroup of %s, %s", r->entry.id, r->entry.cgroup);
	return enter_check(e, &s->err);
}

/* Who comes in uses memory as well, and may have been the one too many; the group, which tells, goes soon after the sandbox. */
static const char *cause(const struct entering *e, const char *otherwise)
{
	struct cgroup_stats stats;

	if (e->cgroup < 0 || cgroup_stats(e->cgroup, &stats) < 0 || stats.oom_kills <= e->oom_kills)
		return otherwise;
	return ": out of memory";
}

static int enter(struct session *s, const struct running *r, struct entering *e, char **command)
{
	if (!r->entry.plan) {
		err_add(&s->err, NO_ORIGIN, "%s was started by another version of sbox, or has an environment too large to keep",
			r->entry.id);
		return EXIT_SBOX;
	}
	if (cgroup_of(s, r, e) < 0)
		return EXIT_SBOX;
	int error = join(s, r, &e->joined);
	if (error < 0)
		return join_problem(s, r, error);
	if (plan_enter(r->entry.plan, s->host, command, &s->err) < 0) {
		join_close(&e->joined);
		return EXIT_SBOX;
	}
	int status = launch_enter(r->entry.plan, e, say, s, &s->err);
	if ((status == EXIT_SIGNAL + SIGKILL || status == EXIT_SBOX) && running_is_ending(s->arena, r))
		err_add(&s->err, NO_ORIGIN, "the sandbox %s has ended%s", e->id, cause(e, ""));
	else if (e->cut_off)
		err_add(&s->err, NO_ORIGIN, "the process that entered %s was ended%s", e->id,
			cause(e, ", by another inside or by the kernel"));
	return status;
}

static int enter_found(struct session *s, const struct running *r, char **command)
{
	struct entering e = { .id = r->entry.id, .joined = JOINED_NONE, .cgroup = -EBADF, .alive = r->child_fd };
	int status = enter(s, r, &e, command);

	fd_close(&e.cgroup);
	return status;
}

static int enter_run(struct session *s, int argc, char **argv)
{
	running_list running = { 0 };
	char **command = argv + (argc > 1 ? 2 : 1);

	if (argc < 2 || argv[1][0] == '-') {
		err_add(&s->err, NO_ORIGIN, argc < 2 ? "enter: no id given" : "enter: unknown option: %s", argv[argc < 2 ? 0 : 1]);
		err_remedy(&s->err, "usage: sbox enter ID [COMMAND [ARG…]]; sbox list shows the ids");
		return EXIT_USAGE;
	}
	if (*command && streq(*command, "--"))
		command++;
	if (sandboxes_look(s, &running) < 0)
		return EXIT_SBOX;
	const struct running *r = running_find(&running, argv[1], &s->err);
	int status = r ? enter_found(s, r, *command ? command : shell(s)) : EXIT_SBOX;
	session_report(s, 0, NULL);
	return status;
}

const struct command cmd_enter = { "enter", enter_run, "ID [COMMAND [ARG…]]", "one process more inside, by default a shell" };
