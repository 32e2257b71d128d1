/* SPDX-License-Identifier: MIT */
/* From numbers that an inner process sent to sentences that name a line of a profile. */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "launch/launch.h"

void report_send(int sock, const struct report *r)
{
	(void)!write(sock, r, sizeof(*r));
}

union fd_message {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

int report_send_fd(int sock, const struct report *r, int fd)
{
	struct iovec iov = { .iov_base = (void *)(uintptr_t)r, .iov_len = sizeof(*r) };
	union fd_message control = { .header = { .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET,
						 .cmsg_type = SCM_RIGHTS } };
	const struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.room,
				    .msg_controllen = sizeof(control.room) };

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return sendmsg(sock, &msg, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

ssize_t report_recv(int sock, struct report *r, int *ret_fd)
{
	struct iovec iov = { .iov_base = r, .iov_len = sizeof(*r) };
	union fd_message control;
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.room,
			      .msg_controllen = sizeof(control.room) };
	ssize_t n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	const struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;

	*ret_fd = -EBADF;
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(ret_fd, CMSG_DATA(c), sizeof(*ret_fd));
	return n;
}

static const char *const mount_fails[] = {
	[MOUNT_DIR] = "make the directory",
	[MOUNT_FILE] = "write the file",
	[MOUNT_SYMLINK] = "make the link",
	[MOUNT_BIND] = "give",
	[MOUNT_OVERLAY] = "mount an overlay of",
	[MOUNT_DEVICE] = "give the device",
	[MOUNT_PIN] = "pin the directory",
	[MOUNT_MASK] = "mask",
	[MOUNT_TMPFS] = "mount a tmpfs on",
	[MOUNT_DEVPTS] = "mount a devpts on",
	[MOUNT_PROC] = "mount a proc on",
	[MOUNT_SOCKET] = "mount the socket on",
};
static_assert(ARRAY_SIZE(mount_fails) == MOUNT_KIND_COUNT, "a kind of mount has no words for its failure");

static void mount_problem(const struct plan *plan, const struct step *step, const struct report *r, struct err *err)
{
	const struct mount_entry *m = &plan->mounts[r->item];
	bool has_source = m->source && (m->kind == MOUNT_BIND || m->kind == MOUNT_OVERLAY || m->kind == MOUNT_DEVICE);

	if (has_source && !streq(m->source, m->target))
		err_sys(err, m->from, r->error, "%s %s %s as %s", step->fails, mount_fails[m->kind], m->source,
			m->target);
	else
		err_sys(err, m->from, r->error, "%s %s %s", step->fails, mount_fails[m->kind], m->target);
}

/* Return: false when the item is none that the plan has; the report is worded without it then. */
static bool item_problem(const struct plan *plan, const struct step *step, const struct report *r, struct err *err)
{
	if (step->items == ITEMS_DIRS && r->item < plan->own_dirs.n) {
		const struct plan_dir *dir = &plan->own_dirs.v[r->item];

		err_sys(err, dir->from, r->error, "%s %s", step->fails, dir->path);
	} else if (step->items == ITEMS_MOUNTS && r->item < plan->n_mounts) {
		mount_problem(plan, step, r, err);
	} else if (step->items == ITEMS_RLIMITS && r->item < plan->rlimits.n) {
		const struct plan_rlimit *limit = &plan->rlimits.v[r->item];

		err_sys(err, limit->from, r->error, "%s %s", step->fails, limit->name);
	} else if (step->items == ITEMS_CLOCKS && r->item < plan->offsets.n) {
		const struct plan_offset *offset = &plan->offsets.v[r->item];

		err_sys(err, offset->from, r->error, "%s %s", step->fails, offset->name);
	} else if (step->items == ITEMS_FDS && r->error == EBADF && r->item < plan->pass_fds.n) {
		err_add(err, NO_ORIGIN, "pass-fds: descriptor %d is not open", plan->pass_fds.v[r->item]);
	} else {
		return false;
	}
	return true;
}

/* The errors of labels.c, which mean another thing there than strerror(3) says. */
static const char *label_cause(int error)
{
	switch (error) {
	case ENOENT:
		return "no such profile is loaded";
	case EINVAL:
		return "the kernel knows no such label";
	case EIO:
		return "the kernel took another one";
	case ENOSYS:
		return "its attribute below /proc is not there";
	default:
		return strerror(error);
	}
}

/* Return: the label that @step takes, or NULL. */
static const struct plan_label *label_of(const struct plan *plan, const struct step *step)
{
	if (step->run == apparmor_take)
		return &plan->apparmor;
	return step->run == selinux_take ? &plan->selinux : NULL;
}

#define FDS_UNDER_WAY "programs of this user, or of one of its sandboxes, have more descriptors under way in sockets than " \
		      "ulimit -n allows: raise that, or end the one"

/* What the user can do about it, where the cause is known from the step and the error alone. */
static const struct remedy {
	step_fn *run; /* NULL: any */
	int error;
	const char *text;
} remedies[] = {
	{ NULL, EMFILE, "raise the limit on open files: ulimit -n 64" },
	{ NULL, ENOMEM, "the machine, or the control group around sbox, is out of memory" },
	{ NULL, ETOOMANYREFS, FDS_UNDER_WAY },
	{ userns_maps, ENOENT, "mount a procfs on /proc" },
	{ userns_maps, ENOSYS, "what is mounted on /proc is no procfs: mount one there" },
	{ userns_limit, EROFS, "/proc/sys is read-only here: sbox runs in a container, which must leave it writable" },
	{ loopback_up, EROFS, "/proc/sys is read-only here: sbox runs in a container, which must leave it writable" },
	{ userns_second, ENOSPC, "raise /proc/sys/user/max_user_namespaces: a sandbox needs two" },
	{ oom_score_set, EACCES, "without privileges the value can be raised, not lowered" },
	{ root_build, EACCES, "the user must be able to enter every directory on the way to it" },
	{ root_build, ENOENT, "it was there when the plan was made; a leading - makes the line optional" },
	{ root_build, ESTALE, "it was replaced while the sandbox was being built: start again" },
	{ timens_make, EINVAL, "the kernel must be built with CONFIG_TIME_NS (Linux 5.6)" },
	{ timens_make, ENOSPC, "sysctl user.max_time_namespaces is too low: raise it, say to 10000" },
	{ timens_make, ERANGE, "a clock cannot go below zero (when the machine was started), nor beyond 146 years" },
	{ process_attrs, EACCES, "without privileges the nice value can be raised, not lowered" },
	{ terminal_make, ENOSPC, "no pseudo-terminal is free (/proc/sys/kernel/pty/nr): none is needed where 0-2 are pipes or files" },
	{ keyring_join, EDQUOT, "the user has too many keys: see /proc/key-users" },
	{ death_tie_init, ESRCH, "a process of the sandbox ended what stands in for pid 1: it may do so to each that enters" },
	{ cwd_enter, ENOENT, "give the directory (--ro, --rw or --cwd), or start somewhere that is visible inside" },
	{ cwd_enter, EACCES, "the user must be able to enter it and every directory on the way to it" },
	{ fds_close, EISDIR, "a standard stream is a directory of the host, by which all of it could be reached" },
	{ apparmor_take, ENOENT, "apparmor_parser -r FILE loads one; aa-status, run by root, lists those that are loaded" },
	{ apparmor_take, EACCES, "the AppArmor profile that confines sbox must allow it: change_profile -> NAME," },
	{ apparmor_take, EPERM, "the AppArmor profile that confines sbox must allow it: change_profile -> NAME," },
	{ apparmor_take, ENOSYS, "the profile must leave /proc visible" },
	{ selinux_take, EINVAL, "a policy that has it must be loaded: sestatus tells which one is" },
	/* without any policy each label is taken for that of the kernel */
	{ selinux_take, EIO, "a policy that has it must be loaded: sestatus tells which one is" },
	{ selinux_take, EACCES, "the loaded policy must allow sbox setexec, and the transition" },
	{ selinux_take, ENOSYS, "the profile must leave /proc visible" },
	{ filter_load, EBUSY, "sbox itself runs in a sandbox that reports: only one of the two can" },
	{ filter_load, EINVAL, "the kernel must be built with CONFIG_SECCOMP_FILTER" },
};

static void remedy_add(const struct report *r, struct err *err)
{
	const struct step *step = &steps[r->step];

	if (step->run == userns_maps && r->error == EPERM) {
		userns_remedy(r->error, err);
		return;
	}
	if (step->phase == PHASE_CHILD && (r->error == EPERM || r->error == EACCES) && apparmor_remedy(err))
		return;
	if (r->error == ENOSYS && step->phase == PHASE_CHILD && step->run != userns_maps) {
		kernel_remedy(err);
		return;
	}
	if (step->run == root_build && r->error == EPERM && (proc_remedy(err) || filter_remedy(err)))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(remedies); i++)
		if ((!remedies[i].run || remedies[i].run == step->run) && remedies[i].error == r->error)
			err_remedy(err, "%s", remedies[i].text);
}

static int step_problem(const struct plan *plan, const struct report *r, struct err *err)
{
	if (r->step >= n_steps) {
		err_sys(err, NO_ORIGIN, r->error, "step %u of the launch failed", r->step);
		return EXIT_SBOX;
	}
	const struct step *step = &steps[r->step];
	if (step->run == command_find) {
		command_problem(plan, r->error, false, err);
		return r->error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXEC;
	}
	const struct plan_label *label = label_of(plan, step);
	if (label) {
		err_add(err, label->from, "%s %s: %s", step->fails, label->name, label_cause(r->error));
	} else if (!item_problem(plan, step, r, err)) {
		if (step->run == cwd_enter)
			err_sys(err, NO_ORIGIN, r->error, "%s %s", step->fails, plan->cwd);
		else
			err_sys(err, NO_ORIGIN, r->error, "%s", step->fails);
	}
	remedy_add(r, err);
	return EXIT_SBOX;
}

void report_missed(const struct plan *plan, const struct report *r, struct err *err)
{
	const struct plan_label *label = r->step < n_steps ? label_of(plan, &steps[r->step]) : NULL;

	if (!label)
		return;
	err_warn(err, label->from, "%s %s: %s, continuing without it", steps[r->step].fails, label->name,
		 label_cause(r->error));
}

const char tasks_remedy[] = "a limit on tasks is reached: pids-max, that of a slice around the sandbox, or the user's own (ulimit -u)";

int report_problem(const struct plan *plan, const struct report *r, struct err *err)
{
	switch (r->kind) {
	case REPORT_FAILED_EXEC:
		command_problem(plan, r->error, true, err);
		return EXIT_NOT_EXEC;
	case REPORT_FAILED_FORK:
		/* So the kernel calls it when the pid namespace has lost its pid 1. */
		if (plan->enter && r->error == ENOMEM)
			err_add(err, NO_ORIGIN, "cannot make a process for the program: the sandbox has just ended, or memory is short");
		else
			err_sys(err, NO_ORIGIN, r->error, "cannot make a process for the program");
		if (r->error == EAGAIN)
			err_remedy(err, "%s",
				   plan->enter || plan->cgroup.via != CGROUP_NONE ? tasks_remedy :
										    "the user's limit on processes is reached: ulimit -u");
		return EXIT_SBOX;
	case REPORT_FAILED_TERMINAL:
		err_sys(err, NO_ORIGIN, r->error, "cannot hand the private terminal to the supervisor");
		if (r->error == ETOOMANYREFS)
			err_remedy(err, "%s", FDS_UNDER_WAY);
		return EXIT_SBOX;
	default:
		return step_problem(plan, r, err);
	}
}
