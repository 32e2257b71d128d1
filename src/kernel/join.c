/* SPDX-License-Identifier: MIT */
/*
 * The namespaces of a sandbox that runs, entered by one process more.
 *
 * Pid 1 cannot be looked at (it is not dumpable), so they are those of some process inside, and which those are is for that
 * process to decide.  It has no capability where it was put, so as long as it is in the user namespace that sbox put it in,
 * it cannot have changed any other; and a user namespace once left is never entered again.  So its user namespace is looked
 * at, before and after.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/cgroup_scope.h"
#include "kernel/kernel.h"
#include "kernel/proc_write.h"
#include "kernel/sys.h"

static const struct kind {
	const char *path, *own;
	int flag;
} kinds[] = {
	{ "ns/cgroup", "/proc/self/ns/cgroup", CLONE_NEWCGROUP },
	{ "ns/ipc", "/proc/self/ns/ipc", CLONE_NEWIPC },
	{ "ns/uts", "/proc/self/ns/uts", CLONE_NEWUTS },
	{ "ns/net", "/proc/self/ns/net", CLONE_NEWNET },
	{ "ns/time", "/proc/self/ns/time", CLONE_NEWTIME },
	{ "ns/pid", "/proc/self/ns/pid", CLONE_NEWPID },
	{ "ns/mnt", "/proc/self/ns/mnt", CLONE_NEWNS },
};
static_assert(ARRAY_SIZE(kinds) == JOINED_KINDS, "struct joined has room for each kind");

static bool same(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static bool is_ino(int fd, uint64_t ino)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_ino == ino;
}

/* Both user namespaces, if @user is the one that the plan puts the program in. */
static int users_open(const struct plan *plan, int user, struct joined *ret)
{
	_cleanup_close_ int own = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	uid_t owner;

	if (plan->second_userns) {
		ret->second = fcntl(user, F_DUPFD_CLOEXEC, 3);
		ret->first = ioctl(user, NS_GET_PARENT);
	} else {
		ret->first = fcntl(user, F_DUPFD_CLOEXEC, 3);
	}
	if (own < 0 || ret->first < 0 || (plan->second_userns && ret->second < 0))
		return errno == EPERM ? -EXDEV : -errno; /* EPERM: no parent that this process may know */
	_cleanup_close_ int above = ioctl(ret->first, NS_GET_PARENT);
	if (above < 0 || !(plan->network.join_above ? is_ino(above, plan->network.join_above) : same(above, own)))
		return -EXDEV;
	if (plan->network.join_above)
		ret->above = fd_take(&above);
	if (ioctl(ret->first, NS_GET_OWNER_UID, &owner) < 0)
		return -errno;
	return owner == getuid() ? 0 : -EPERM;
}

/* Return: 1 when @ret is one to enter, 0 when it is the caller's own or none, -errno. */
static int kind_open(const struct plan *plan, int proc, const struct kind *kind, int first, int *ret)
{
	_cleanup_close_ int fd = openat(proc, kind->path, O_RDONLY | O_CLOEXEC), own = open(kind->own, O_RDONLY | O_CLOEXEC);
	bool made = plan->clone_flags & (uint64_t)kind->flag;

	if (fd < 0)
		return errno == ENOENT && !made ? 0 : -errno;
	if (own < 0)
		return -errno;
	if (same(fd, own))
		return made ? -EXDEV : 0;
	_cleanup_close_ int owner = ioctl(fd, NS_GET_USERNS);
	if (made && (owner < 0 || !same(owner, first)))
		return -EXDEV;
	*ret = fd_take(&fd);
	return 1;
}

int join_open(const struct plan *plan, int proc, struct joined *ret)
{
	_cleanup_close_ int user = openat(proc, "ns/user", O_RDONLY | O_CLOEXEC);

	*ret = JOINED_NONE;
	if (user < 0)
		return -errno;
	int r = users_open(plan, user, ret);
	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(kinds); i++)
		r = kind_open(plan, proc, &kinds[i], ret->first, &ret->kinds[i]);
	_cleanup_close_ int after = openat(proc, "ns/user", O_RDONLY | O_CLOEXEC);
	if (r >= 0 && (after < 0 || !same(user, after)))
		r = -EXDEV;
	if (r < 0)
		join_close(ret);
	return r < 0 ? r : 0;
}

void join_numbers(const struct joined *j, struct join_number ret[JOINED_KINDS + 1])
{
	struct stat st;

	for (size_t i = 0; i < JOINED_KINDS; i++) {
		int r = j->kinds[i] >= 0 ? fstat(j->kinds[i], &st) : stat(kinds[i].own, &st);

		ret[i] = (struct join_number){ skip_prefix(kinds[i].path, "ns/"), r == 0 ? st.st_ino : 0 };
	}
	ret[JOINED_KINDS] = (struct join_number){ "user", fstat(j->first, &st) == 0 ? st.st_ino : 0 };
}

void join_close(struct joined *j)
{
	fd_close(&j->above);
	fd_close(&j->first);
	fd_close(&j->second);
	for (size_t i = 0; i < JOINED_KINDS; i++)
		fd_close(&j->kinds[i]);
}

/*
 * Who has a cgroup above both may have a child born in the other, and a login session has none in common with the user's
 * systemd: then this process is moved to a scope there.
 */
int join_scope(const struct plan *plan, struct launch *l)
{
	static const char *const some[] = { "pids", NULL }; /* it asks for one */
	const char *path, *why = NULL;
	struct plan scope = *plan;

	scope.cgroup.name = "sbox-enter";
	scope.cgroup.mount = "";
	scope.cgroup.controllers = some;
	int r = scope_await(&scope, l, &path, &why);
	if (r == -ECANCELED)
		err_add(l->err, NO_ORIGIN, "interrupted on the way to the cgroup of the sandbox");
	else if (r < 0)
		err_add(l->err, NO_ORIGIN, "cannot enter the cgroup of the sandbox: %s", why ? why : strerror(-r));
	return r;
}

/* The caller's terminal is not the program's: what is inside already must not find it on the way (launch/enter.c). */
static int terminal_leave(const struct plan *plan)
{
	_cleanup_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return -errno;
	for (int fd = 0; fd <= 2; fd++)
		if (plan->tty_fds & 1U << fd && dup2(null, fd) < 0)
			return -errno;
	return 0;
}

/* While /proc is the host's and this process is dumpable: afterwards it is EACCES. */
int join_prepare(const struct plan *plan, struct launch *l)
{
	int r = plan->tty_fds && plan->tty != TTY_INHERIT ? terminal_leave(plan) : 0;

	if (r < 0 || !plan->set_oom_score_adj)
		return r;
	r = host_proc_open(l);
	if (r == 0)
		r = oom_score_set(plan, l);
	fd_close(&l->old_proc_fd);
	return r;
}

static int kinds_enter(const struct joined *j, uint64_t flags)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (flags & (uint64_t)kinds[i].flag && j->kinds[i] >= 0 && setns(j->kinds[i], kinds[i].flag) < 0)
			return -errno;
	return 0;
}

/*
 * Before: not dumpable, and no later change of credentials makes it so (each user namespace lies below the one before, whose
 * capabilities include those in it); so nothing inside can trace it, read its memory or take its descriptors.
 * After: its children are in the sandbox, as pid 1 was once the root was built; the host's files are out of reach.
 */
int join_namespaces(const struct plan *plan, struct launch *l)
{
	/* Made elsewhere, it belongs to no namespace of the sandbox. */
	const uint64_t joined_net = CLONE_NEWNET & ~plan->clone_flags;
	struct joined *j = &l->joined;

	if (j->above >= 0 && setns(j->above, CLONE_NEWUSER) < 0)
		return -errno;
	int r = kinds_enter(j, joined_net);
	if (r == 0)
		r = setns(j->first, CLONE_NEWUSER) < 0 ? -errno : kinds_enter(j, ~joined_net);
	if (r < 0)
		return r;
	if (j->second >= 0 && setns(j->second, CLONE_NEWUSER) < 0)
		return -errno;
	join_close(j);
	return chdir("/") < 0 ? -errno : 0;
}
