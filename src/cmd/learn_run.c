/* SPDX-License-Identifier: MIT */
/*
 * The learning sandbox: all of the host that the user can read, so that the program finds what it would find without one, and
 * nothing that it can change.  Home, current directory and /tmp are overlays that are dropped afterwards; a socket below them
 * leads nowhere, since its name there is another object.  Secrets are hidden.  The network is the host's.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "cmd/learn.h"
#include "cmd/overlay.h"
#include "launch/launch.h"
#include "plan/secrets.h"

enum { TRACE_MAX = 256 << 20 };

/** enum room - what of the host is an overlay; each try has less */
enum room { ROOM_ALL, ROOM_NO_TMP, ROOM_CWD, ROOM_NONE, ROOM_COUNT };

static void set(struct session *s, cli_settings *cli, enum key_id key, const char *value)
{
	vec_push(s->arena, cli, (struct cli_setting){ .key = key, .value = value, .from = { .file = learn_origin, .key = keys[key].name } });
}

/* Of the user's own words one may name the same path. */
static bool is_asked(const struct learn_options *o, const char *value)
{
	vec_each (c, &o->asked)
		if (streq(c->value, value))
			return true;
	return false;
}

static void set_calls_and_services(struct session *s, cli_settings *cli)
{
	static const enum key_id words[] = {
		KEY_desktop_wayland, KEY_desktop_pulseaudio, KEY_desktop_pipewire, KEY_desktop_gpu, KEY_desktop_fonts, KEY_desktop_themes,
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		set(s, cli, words[i], "yes");
	set(s, cli, KEY_desktop_x11, "fallback");
	/* The way to the buses and no service on them: which ones were asked for, the proxies tell. */
	set(s, cli, KEY_desktop_dbus_talk, "org.freedesktop.DBus");
	set(s, cli, KEY_desktop_system_bus_talk, "org.freedesktop.DBus");
	set(s, cli, KEY_network_mode, "host");
	/* Allowed, and told: a profile needs to name what lies beyond @base. */
	set(s, cli, KEY_seccomp_notify, "@extra @aio");
	/* Shared memory that the X server cannot find, since it is in another IPC namespace, draws nothing. */
	if (!caller_env(&s->caller, "DISPLAY"))
		set(s, cli, KEY_seccomp_notify, "@ipc");
}

/* /etc, /srv, … whatever is there; not what base gives, what is the kernel's, where services listen, and other users' homes. */
static void set_tops(struct session *s, cli_settings *cli)
{
	static const char *const not[] = { "bin",  "boot", "dev",  "home", "lib",  "lib32", "lib64", "libx32", "lost+found",
					   "opt",  "proc", "root", "run",  "sbin", "sys",   "tmp",   "usr" };
	name_list names = { 0 };

	(void)s->host->names(s->host, "/", "*", &names);
	vec_each (name, &names) {
		const char *path = path_join(s->arena, "/", *name);
		bool skip = s->host->node(s->host, path)->kind != NODE_DIR || strpbrk(*name, ":*?[$\\");

		for (size_t i = 0; i < ARRAY_SIZE(not); i++)
			skip |= streq(*name, not[i]);
		if (!skip)
			set(s, cli, KEY_files_ro, arena_printf(s->arena, "-%s", path));
	}
	/* What libraries ask of the machine. */
	set(s, cli, KEY_files_ro, "-/sys/devices/system");
	set(s, cli, KEY_files_ro, "-/sys/kernel/mm/transparent_hugepage");
}

static bool is_temporary(const char *path)
{
	return path_below(path, "/tmp") || path_below(path, "/var/tmp");
}

static void set_files(struct session *s, const struct learn_options *o, enum room room, cli_settings *cli)
{
	const char *secret, *cwd = s->caller.cwd;
	bool tmp = room == ROOM_ALL && !is_temporary(s->caller.home), home = room <= ROOM_NO_TMP;

	set_tops(s, cli);
	set(s, cli, home ? KEY_files_overlay : KEY_files_ro, "~");
	if (tmp) {
		set(s, cli, KEY_files_overlay, "-/tmp");
		set(s, cli, KEY_files_overlay, "-/var/tmp");
	}
	if (cwd && !(home && path_below(cwd, s->caller.home)) && !(tmp && is_temporary(cwd)))
		set(s, cli, KEY_files_cwd, room == ROOM_NONE ? "ro" : "overlay");
	for (size_t i = 0; (secret = secret_at(i, s->arena)); i++)
		/* Those of the machine are shut to all but root. */
		if (!is_asked(o, secret) && (secret[0] == '~' || s->caller.uid == 0))
			set(s, cli, KEY_files_hide, arena_printf(s->arena, "-%s", secret));
	vec_each (c, &o->asked)
		vec_push(s->arena, cli, *c);
}

static int plan_try(struct session *s, const struct learn_options *o, enum room room, struct plan **ret)
{
	cli_settings cli = { 0 };
	struct profile *profile;

	set_calls_and_services(s, &cli);
	set_files(s, o, room, &cli);
	const struct profile_request request = { .caller = &s->caller, .name = "base", .command = o->command[0], .cli = &cli };
	int r = profile_load(s->arena, &request, &profile, &s->err);
	return r < 0 ? r : plan_build(s->arena, profile, s->host, o->command, ret, &s->err);
}

/* No overlay is possible of what holds other file systems, or where nothing can be kept: then with less room. */
static int plan_make(struct session *s, const struct learn_options *o, struct plan **ret)
{
	static const char *const said[] = { [ROOM_CWD] = "the home is read-only", [ROOM_NONE] = "the home and the current directory are read-only" };
	int r = -EINVAL;

	for (enum room room = ROOM_ALL; r < 0 && room < ROOM_COUNT; room++) {
		err_init(&s->err, s->arena);
		r = plan_try(s, o, room, ret);
		if (r == 0 && said[room]) {
			err_init(&s->err, s->arena);
			err_warn(&s->err, NO_ORIGIN, "while this is learned, %s: no overlay of it is possible here", said[room]);
			return 0;
		}
	}
	/* What is said of the learning sandbox itself concerns nobody. */
	if (r == 0)
		err_init(&s->err, s->arena);
	return r;
}

/* ---- the run ---- */

/* How many files changed in an overlay that is dropped is no news. */
static void say(struct err *err, void *data)
{
	size_t n = 0;

	vec_each (p, &err->problems)
		if (p->severity != SEVERITY_NOTE)
			err->problems.v[n++] = *p;
	err->problems.n = n;
	session_report(data, 0, NULL);
}

/*
 * A process of its own: the supervisor gives up all that writes a profile, and dies of the Ctrl-C that ends a program.  It
 * dies with this one, and the sandbox with it.  It leaves as after `run`: through main().
 */
static int launch_apart(struct session *s, const struct plan *plan, const sigset_t *mask)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || sigprocmask(SIG_SETMASK, mask, NULL) < 0)
		return EXIT_SBOX;
	int status = launch_run(plan, say, s, NULL, &s->err);
	say(&s->err, s);
	return status;
}

/* The program's end; stops with it, as a shell's job does. */
static int await(pid_t pid, const sigset_t *signals)
{
	siginfo_t got;
	int status;

	for (;;) {
		int signal = sigwaitinfo(signals, &got);

		if (signal < 0 && errno != EINTR)
			return -errno;
		/* What the terminal sends, the other process gets as well. */
		if (signal > 0 && signal != SIGCHLD && got.si_code <= 0)
			(void)kill(pid, signal);
		while (waitpid(pid, &status, WNOHANG | WUNTRACED) == pid) {
			if (WIFEXITED(status))
				return WEXITSTATUS(status);
			if (WIFSIGNALED(status))
				return EXIT_SIGNAL + WTERMSIG(status);
			(void)kill(getpid(), SIGSTOP);
		}
	}
}

static int run_plan(struct session *s, const struct plan *plan, bool *ret_apart)
{
	static const int taken[] = { SIGCHLD, SIGINT, SIGQUIT, SIGTERM, SIGHUP };
	sigset_t signals, mask;

	sigemptyset(&signals);
	for (size_t i = 0; i < ARRAY_SIZE(taken); i++)
		sigaddset(&signals, taken[i]);
	if (sigprocmask(SIG_BLOCK, &signals, &mask) < 0)
		return -errno;
	(void)fflush(NULL);
	pid_t pid = fork();
	if (pid < 0)
		return -errno;
	*ret_apart = pid == 0;
	if (pid == 0)
		return launch_apart(s, plan, &mask);
	return await(pid, &signals);
}

static int record(struct session *s, struct plan *plan, struct learned *ret)
{
	_cleanup_close_ int fd = memfd_create("sbox-learn", MFD_CLOEXEC);
	char *text;

	if (fd < 0)
		return err_sys(&s->err, NO_ORIGIN, errno, "cannot record");
	int r = plan_want_learning(plan, fd, &s->err);
	if (r < 0)
		return r;
	ret->status = run_plan(s, plan, &ret->apart);
	if (ret->apart)
		return 0;
	if (ret->status < 0)
		return err_sys(&s->err, NO_ORIGIN, -ret->status, "cannot run the learning sandbox");
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(&s->err, NO_ORIGIN, errno, "cannot read the record");
	r = fd_read_all(fd, s->arena, TRACE_MAX, &text, NULL);
	if (r < 0)
		return err_sys(&s->err, NO_ORIGIN, -r, "cannot read the record");
	trace_read(s->arena, text, &ret->trace);
	return 0;
}

int learn_run(struct session *s, const struct learn_options *o, struct learned *ret)
{
	/* The layers are called after the profile, and numbered. */
	const char *name = arena_printf(s->arena, "learn-%d", (int)getpid());
	int r = plan_make(s, o, &ret->plan);

	if (r < 0)
		return r;
	ret->plan->registry.profile = name;
	session_report(s, 0, NULL);
	r = record(s, ret->plan, ret);
	if (ret->apart)
		return r;
	(void)overlay_drop(s, arena_printf(s->arena, "%s-", name));
	return r;
}
