/* SPDX-License-Identifier: MIT */
/* sbox kill, freeze, thaw: what is done to a running sandbox from outside. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/fd.h"
#include "cmd/cmd.h"
#include "kernel/cgroup.h"
#include "kernel/sys.h"
#include "launch/launch.h"
#include "launch/running.h"

enum { PATIENCE_MS = 5000, CLEANUP_MS = 5000 };

/* Return: whether the supervisor has ended within @ms. */
static bool ends_within(const struct running *r, int ms)
{
	struct pollfd p = { .fd = r->supervisor_fd, .events = POLLIN };
	int64_t until = clock_ms() + ms;

	for (;;) {
		int64_t left = until - clock_ms();
		int n = poll(&p, 1, left > 0 ? (int)left : 0);

		if (n != 0 && !(n < 0 && errno == EINTR))
			return n > 0;
		if (left <= 0)
			return false;
	}
}

static const struct {
	const char *name;
	int number;
} signals[] = {
	{ "HUP", SIGHUP },   { "INT", SIGINT },     { "QUIT", SIGQUIT }, { "ABRT", SIGABRT }, { "KILL", SIGKILL }, { "USR1", SIGUSR1 },
	{ "USR2", SIGUSR2 }, { "ALRM", SIGALRM },   { "TERM", SIGTERM }, { "CONT", SIGCONT }, { "TSTP", SIGTSTP }, { "TTIN", SIGTTIN },
	{ "TTOU", SIGTTOU }, { "WINCH", SIGWINCH }, { "IO", SIGIO },     { "PWR", SIGPWR },   { "URG", SIGURG },
};

/* "TERM", "SIGTERM" or a number; 0 when it is none. */
static int signal_of(const char *text)
{
	const char *name = skip_prefix(text, "SIG");
	char *end;
	long number = strtol(text, &end, 10);

	if (*text && !*end)
		return number > 0 && number < NSIG && number != SIGSTOP ? (int)number : 0;
	if (!name)
		name = text;
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		if (streq(signals[i].name, name))
			return signals[i].number;
	return 0;
}

static int cannot(struct session *s, const struct running *r, const char *what, int error)
{
	err_sys(&s->err, NO_ORIGIN, error, "cannot %s %s", what, r->entry.id);
	return EXIT_SBOX;
}

static const char follows[] = "a process in it is in a call that cannot be interrupted, or gets no processor time (cpu-max): "
			      "it follows as soon as it can";

/* Pid 1 takes SIGKILL itself, so that the supervisor lives to clean up. */
static int kill_one(struct session *s, const struct running *r)
{
	if (r->child_fd < 0) {
		if (ends_within(r, PATIENCE_MS))
			return 0;
		err_add(&s->err, NO_ORIGIN, "%s cannot be ended from here: it runs in another pid namespace", r->entry.id);
		return EXIT_SBOX;
	}
	if (sys_pidfd_send_signal(r->child_fd, SIGKILL) < 0 && errno != ESRCH)
		return cannot(s, r, "end", errno);
	(void)sys_pidfd_send_signal(r->supervisor_fd, SIGCONT);
	if (ends_within(r, CLEANUP_MS))
		return 0;
	err_add(&s->err, NO_ORIGIN, "%s was killed, and has not ended within %d seconds", r->entry.id, CLEANUP_MS / 1000);
	err_remedy(&s->err, "%s", follows);
	return EXIT_SBOX;
}

/*
 * The supervisor hands on what it gets.  SIGCONT: a supervisor, and a program, that a Ctrl-Z has stopped would take the
 * signal only when they go on.
 */
static int send_one(struct session *s, const struct running *r, int signal)
{
	if (signal == SIGKILL)
		return kill_one(s, r);
	if (sys_pidfd_send_signal(r->supervisor_fd, signal) < 0 && errno != ESRCH)
		return cannot(s, r, "signal", errno);
	if (signal != SIGTSTP && signal != SIGTTIN && signal != SIGTTOU)
		(void)sys_pidfd_send_signal(r->supervisor_fd, SIGCONT);
	return 0;
}

/* As `timeout` does it: the program is asked; five seconds later everything inside is ended, and the supervisor cleans up. */
static int end_one(struct session *s, const struct running *r)
{
	/* What is frozen takes no SIGTERM. */
	_cleanup_close_ int cgroup = running_cgroup(r);
	if (cgroup >= 0)
		(void)cgroup_freeze(cgroup, false);
	int status = send_one(s, r, SIGTERM);

	return status || ends_within(r, PATIENCE_MS) ? status : kill_one(s, r);
}

static int kill_each(struct session *s, const running_list *running, char **ids, int signal)
{
	int status = 0;

	for (; *ids; ids++) {
		const struct running *r = running_find(running, *ids, &s->err);
		int r_status = !r ? EXIT_SBOX : signal ? send_one(s, r, signal) : end_one(s, r);

		status = status ? status : r_status;
	}
	return status;
}

/* ---- freeze, thaw ---- */

static int freeze_one(struct session *s, const struct running *r, bool frozen)
{
	_cleanup_close_ int dir = running_cgroup(r);

	if (!r->entry.cgroup) {
		err_add(&s->err, NO_ORIGIN, "%s has no control group, and only one stands still as a whole", r->entry.id);
		err_remedy(&s->err, "start it with --set cgroup.manager=systemd, or with another [cgroup] key such as memory-max; "
				    "sbox doctor says what this machine can do");
		return EXIT_SBOX;
	}
	int error = dir < 0 ? dir : cgroup_freeze(dir, frozen);
	if (error == 0)
		return 0;
	/* the group was removed, before it was opened or after */
	if (error == -ENOENT || error == -ENODEV) {
		err_add(&s->err, NO_ORIGIN, "%s has just ended", r->entry.id);
		return EXIT_SBOX;
	}
	if (error != -ETIMEDOUT)
		return cannot(s, r, frozen ? "freeze" : "thaw", -error);
	err_add(&s->err, NO_ORIGIN, "not every process of %s %s yet", r->entry.id, frozen ? "stands still" : "goes on");
	err_remedy(&s->err, "%s", follows);
	return EXIT_SBOX;
}

static int freezer_run(struct session *s, int argc, char **argv)
{
	running_list running = { 0 };
	int status = 0;

	if (argc < 2 || argv[1][0] == '-') {
		err_add(&s->err, NO_ORIGIN, argc < 2 ? "%s: no id given" : "%s: unknown option: %s", argv[0], argv[argc < 2 ? 0 : 1]);
		err_remedy(&s->err, "usage: sbox %s ID…; sbox list shows the ids", argv[0]);
		return EXIT_USAGE;
	}
	if (sandboxes_look(s, &running) < 0)
		return EXIT_SBOX;
	for (char **id = argv + 1; *id; id++) {
		const struct running *r = running_find(&running, *id, &s->err);
		int one = r ? freeze_one(s, r, streq(argv[0], "freeze")) : EXIT_SBOX;

		status = status ? status : one;
	}
	running_done(&running);
	return status;
}

const struct command cmd_freeze = { "freeze", freezer_run, "ID…", "stop every process of sandboxes where it stands" };
const struct command cmd_thaw = { "thaw", freezer_run, "ID…", "let frozen sandboxes go on" };

static int kill_run(struct session *s, int argc, char **argv)
{
	const char *option = argc > 1 ? skip_prefix(argv[1], "--signal=") : NULL;
	char **ids = argv + 1 + (option != NULL);
	int signal = option ? signal_of(option) : 0;
	running_list running = { 0 };

	if (option && !signal) {
		err_add(&s->err, NO_ORIGIN, "kill: no signal that can be handed on: %s", option);
		return EXIT_USAGE;
	}
	if (!*ids || **ids == '-') {
		err_add(&s->err, NO_ORIGIN, *ids ? "kill: unknown option: %s" : "kill: no id given", *ids);
		err_remedy(&s->err, "usage: sbox kill [--signal=SIGNAL] ID…; sbox list shows the ids");
		return EXIT_USAGE;
	}
	if (sandboxes_look(s, &running) < 0)
		return EXIT_SBOX;
	int status = kill_each(s, &running, ids, signal);
	running_done(&running);
	return status;
}

const struct command cmd_kill = { "kill", kill_run, "[--signal=SIGNAL] ID…", "end sandboxes: SIGTERM, after five seconds SIGKILL" };
