/* SPDX-License-Identifier: MIT */
/* The parent's side of a launch: what comes before clone3, and clone3. */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/stamp.h"
#include "kernel/sys.h"
#include "launch/tty.h"
#include "net/net.h"

static size_t argv_length(char *const *argv)
{
	size_t n = 0;

	while (argv[n])
		n++;
	return n;
}

int launch_sockets(struct launch *l, struct err *err)
{
	int ends[2];

	/* Neither end may wait for the other: a stopped supervisor must not stop init, nor a stuck child Ctrl-C. */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0) {
		err_sys(err, NO_ORIGIN, errno, "cannot make a socket pair");
		return EXIT_SBOX;
	}
	l->sup_sock = ends[0];
	l->child_sock = ends[1];
	int r = confined_open(l);
	if (r < 0) {
		err_sys(err, NO_ORIGIN, -r, "cannot make an event descriptor");
		return EXIT_SBOX;
	}
	l->command = arena_alloc(l->plan->arena, PATH_MAX);
	l->script_argv = arena_new_array(err->arena, char *, argv_length(l->plan->argv) + 2);
	return 0;
}

static int prepare(const struct plan *plan, struct launch *l, struct err *err)
{
	size_t errors = err->errors;
	unsigned step;
	int r = steps_run(PHASE_PARENT, plan, l, &step);

	if (r == 0)
		return launch_sockets(l, err);
	if (err->errors > errors)
		return EXIT_SBOX;
	struct report failed = { .step = step, .item = (unsigned)l->item, .error = -r };
	return report_problem(plan, &failed, err);
}

/*
 * A plain copy: the child overwrites its argument block and its memory is the init's later, so nothing may be shared.
 * Every signal is blocked, since each of them has somebody to go to: the program.
 */
static int start(const struct plan *plan, struct launch *l, struct err *err)
{
	struct clone_args args = {
		.flags = plan->clone_flags | CLONE_PIDFD,
		.pidfd = (uintptr_t)&l->pidfd,
		.exit_signal = SIGCHLD,
	};

	if (l->cgroup_fd >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)(l->cgroup.inner >= 0 ? l->cgroup.inner : l->cgroup_fd);
	}
	size_t errors = err->errors;
	l->child = plan->net == NET_JOIN ? prepared_clone(plan, l, &args) : sys_clone3(&args, sizeof(args));
	stamp("clone3");
	if (l->child == 0) {
		l->err = NULL;
		cgroup_done(l);
		child_main(plan, l);
	}
	fd_close(&l->child_sock);
	fd_close(&l->out_fd);
	fd_close(&l->log_out);
	if (l->child > 0)
		return 0;
	int error = errno;
	if (err->errors > errors)
		return EXIT_SBOX;
	err_sys(err, NO_ORIGIN, error, "cannot make the namespaces of the sandbox%s (clone3)",
		l->cgroup_fd >= 0 ? arena_printf(err->arena, " in its cgroup %s", l->cgroup_path) : "");
	userns_remedy(error, err);
	return EXIT_SBOX;
}

#define DESCRIPTORS(member) { offsetof(struct launch, member), sizeof(((struct launch *)NULL)->member) / sizeof(int) }

/* Each descriptor of a launch, in arrays or alone; those in l->joined are join.c's. */
static const struct {
	size_t offset, n;
} descriptors[] = {
	DESCRIPTORS(pidfd), DESCRIPTORS(sup_sock), DESCRIPTORS(child_sock), DESCRIPTORS(confined),
	DESCRIPTORS(cgroup_fd), DESCRIPTORS(cgroup.base), DESCRIPTORS(cgroup.inner), DESCRIPTORS(cgroup.kill),
	DESCRIPTORS(cgroup.own_procs), DESCRIPTORS(cgroup.own_control), DESCRIPTORS(registry_dir),
	DESCRIPTORS(registry_fd), DESCRIPTORS(overlays_dir), DESCRIPTORS(overlay_dir), DESCRIPTORS(net_socks),
	DESCRIPTORS(address_fd), DESCRIPTORS(pasta_words_fd), DESCRIPTORS(prepared_net), DESCRIPTORS(prepared_user),
	DESCRIPTORS(bus_fds), DESCRIPTORS(bus_logs), DESCRIPTORS(wayland_fd), DESCRIPTORS(portal_parent),
	DESCRIPTORS(portal_dir), DESCRIPTORS(report_out), DESCRIPTORS(reporter_link), DESCRIPTORS(report_sock),
	DESCRIPTORS(reporter_end), DESCRIPTORS(log_out), DESCRIPTORS(log_sbox), DESCRIPTORS(hook_link),
	DESCRIPTORS(out_fd), DESCRIPTORS(tty_fd), DESCRIPTORS(tty_master), DESCRIPTORS(root_fd),
	DESCRIPTORS(old_proc_fd), DESCRIPTORS(signal_fd),
};

static void each_descriptor(struct launch *l, void (*act)(int *fd))
{
	for (size_t i = 0; i < ARRAY_SIZE(descriptors); i++) {
		int *fds = (int *)((char *)l + descriptors[i].offset);

		for (size_t k = 0; k < descriptors[i].n; k++)
			act(&fds[k]);
	}
}

static void none(int *fd)
{
	*fd = -EBADF;
}

void launch_init(struct launch *l, const struct plan *plan, struct err *err)
{
	*l = (struct launch){
		.plan = plan,
		.err = err,
		.joined = JOINED_NONE,
		.outer_uid = plan->ids.outer_uid,
		.outer_gid = plan->ids.outer_gid,
	};
	each_descriptor(l, none);
}

void launch_done(struct launch *l)
{
	cgroup_done(l);
	each_descriptor(l, fd_close);
	join_close(&l->joined);
	for (size_t i = 0; i < l->n_companions; i++)
		fd_close(&l->companions[i].pidfd);
}

void launch_begin(struct launch *l, const struct plan *plan, struct err *err)
{
	unsigned step;

	launch_init(l, plan, err);
	(void)steps_run(PHASE_ASK, plan, l, &step);
}

static void die_of(int signal)
{
	(void)kill(getpid(), signal);
	(void)sys_sigmask(SIG_UNBLOCK, SIGNAL_BIT(signal));
}

void launch_leave(const struct plan *plan, struct launch *l, int status, say_fn *say, void *data, struct err *err)
{
	bool die = l->interrupted;

	l->status = status;
	steps_end(PHASE_LAST, plan, l);
	launch_done(l);
	if (!die)
		return;
	if (err->problems.n)
		say(err, data);
	die_of(SIGINT);
}

/** struct speaker - who says things, and the log that hears them too */
struct speaker {
	say_fn *say;
	void *data;
	const struct launch *l;
};

static void say_and_log(struct err *err, void *data)
{
	const struct speaker *s = data;

	log_say(s->l, err);
	s->say(err, s->data);
}

int launch_go(struct launch *l, say_fn *user_say, void *user_data, struct launch_usage *usage)
{
	const struct plan *plan = l->plan;
	struct err *err = l->err;
	struct speaker speaker = { user_say, user_data, l };
	say_fn *say = say_and_log;
	void *data = &speaker;
	struct tty tty = { 0 };

	(void)sys_sigmask(SIG_BLOCK, ~UINT64_C(0));
	int status = prepare(plan, l, err);
	int r = status == 0 ? tty_open(&tty, plan, l) : 0;
	if (r < 0) {
		err_sys(err, NO_ORIGIN, -r, "cannot open the terminal");
		status = EXIT_SBOX;
	}
	/* What a step could not have, and goes on without: said before the program says anything. */
	if (status == 0 && err->problems.n)
		say(err, data);
	if (status == 0)
		status = start(plan, l, err);
	if (status == 0) {
		status = supervise(plan, l, &tty, say, data, err);
	} else {
		steps_end(PHASE_END, plan, l);
		json_status_exit(plan, status, "not-run");
	}
	limits_explain(plan, l, err);
	if (status > 0 && status < EXIT_SBOX && !plan->report.on)
		names_explain(plan, l, err);
	if (usage)
		usage_fill(plan, l, usage);
	launch_leave(plan, l, status, say, data, err);
	return status;
}

int launch_run(const struct plan *plan, say_fn *say, void *data, struct launch_usage *usage, struct err *err)
{
	struct launch l;

	launch_begin(&l, plan, err);
	return launch_go(&l, say, data, usage);
}
