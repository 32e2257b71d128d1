/* SPDX-License-Identifier: MIT */
/*
 * A network namespace that somebody prepared, in place of one of the sandbox's own.
 *
 * setns(2) asks for CAP_SYS_ADMIN in the user namespace that owns the network and in the caller's own.  Root has both.  An
 * ordinary user has the first over namespaces that he made himself (unshare -rn, rootless podman), and both from inside
 * of those.  So a helper goes in there and makes the child, whose first user namespace then lies below:
 *
 *   supervisor ──clone3──► helper: setns(user), setns(net) ──clone3, CLONE_PARENT──► child
 *
 * The child is the supervisor's all the same, and has no capability over the network, which belongs to a namespace above it.
 */
#include "net/net.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <sys/capability.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/sys.h"

static const char own_net[] = "/proc/self/ns/net", own_user[] = "/proc/self/ns/user";

/* Return: 1, 0, -errno */
static int is_same(int fd, const char *path)
{
	struct stat a, b;

	if (fstat(fd, &a) < 0 || stat(path, &b) < 0)
		return -errno;
	return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* ---- may the caller? ---- */

static bool has_sys_admin(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	return syscall(SYS_capget, &header, data) == 0 && data[0].effective >> CAP_SYS_ADMIN & 1;
}

/*
 * The kernel gives a user all capabilities over what lies below a namespace that he made in his own.
 * Return: 1 when @user is, or is below, such a one; 0; -errno.
 */
static int is_callers(int user)
{
	int fd = fcntl(user, F_DUPFD_CLOEXEC, 3), r = 0;
	uid_t owner;

	while (fd >= 0) {
		_cleanup_close_ int here = fd;

		fd = ioctl(here, NS_GET_PARENT);
		r = fd < 0 ? -errno : is_same(fd, own_user);
		if (r < 0)
			break;
		if (r == 1) {
			r = ioctl(here, NS_GET_OWNER_UID, &owner) < 0 ? -errno : owner == geteuid();
			break;
		}
	}
	fd_close(&fd);
	return r;
}

static int refuse(const struct plan *plan, struct launch *l, const char *why)
{
	err_add(l->err, plan->network.from, "%s cannot be joined: %s", plan->network.join, why);
	return -EPERM;
}

/* Root's, as `ip netns add` makes them, or somebody else's. */
static int not_callers(const struct plan *plan, struct launch *l, bool roots)
{
	const struct caller *c = plan->caller;

	refuse(plan, l, roots ? "it belongs to the user namespace that sbox runs in, where only root may enter it" :
				"it belongs to a user namespace that this user did not make");
	err_remedy(l->err, "as root: nsenter --net=%s setpriv --reuid=%u --regid=%u --init-groups sbox --net=host …; or prepare one as %s: unshare -rn",
		   plan->network.join_path ? plan->network.join_path : "FILE", c->uid, c->gid, c->user);
	return -EPERM;
}

static int rights_check(const struct plan *plan, struct launch *l)
{
	if (has_sys_admin())
		return 0;
	l->prepared_user = ioctl(l->prepared_net, NS_GET_USERNS);
	if (l->prepared_user < 0)
		return errno == EPERM ? not_callers(plan, l, false) : -errno;
	int roots = is_same(l->prepared_user, own_user), callers = roots == 0 ? is_callers(l->prepared_user) : 0;
	if (roots < 0 || callers < 0)
		return roots < 0 ? roots : callers;
	if (!callers)
		return not_callers(plan, l, roots);
	if (plan->ids.mapped) {
		refuse(plan, l, "subordinate ids cannot be mapped below the user namespace that owns it");
		err_remedy(l->err, "[ids] map = self");
		return -EPERM;
	}
	struct stat st;
	if (fstat(l->prepared_user, &st) < 0)
		return -errno;
	l->prepared_above = st.st_ino;
	return 0;
}

/* ---- the namespace ---- */

static int namespace_open(const struct plan *plan, struct launch *l)
{
	const struct plan_network *net = &plan->network;

	/* What is no namespace must not hold sbox up, nor become its terminal. */
	l->prepared_net = net->join_path ? open(net->join_path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) :
					   fcntl(net->join_fd, F_DUPFD_CLOEXEC, 3);
	if (l->prepared_net >= 0)
		return 0;
	int error = errno;
	err_sys(l->err, net->from, error, "cannot open %s", net->join);
	if (error == ENOENT && net->join_path && strncmp(net->join_path, "/proc/", 6) == 0)
		err_remedy(l->err, "the process has ended: somebody must hold the namespace until the sandbox is in it");
	return -error;
}

int prepared_open(const struct plan *plan, struct launch *l)
{
	int r = namespace_open(plan, l);

	if (r < 0)
		return r;
	if (ioctl(l->prepared_net, NS_GET_NSTYPE) != CLONE_NEWNET) {
		refuse(plan, l, "it is no network namespace");
		err_remedy(l->err, "ip netns add NAME makes /run/netns/NAME; /proc/PID/ns/net is that of a process");
		return -EINVAL;
	}
	r = is_same(l->prepared_net, own_net);
	if (r < 0)
		return r;
	if (r == 1) {
		refuse(plan, l, "it is the one that sbox runs in");
		err_remedy(l->err, "to share it: [network] mode = host");
		return -EINVAL;
	}
	return rights_check(plan, l);
}

/* ---- the way in ---- */

/** struct outcome - what the helper tells */
struct outcome {
	pid_t child;
	int error;
	bool cloned; /* what failed is clone3(2) itself */
};

static int prepared_enter(struct launch *l)
{
	if (l->prepared_user >= 0 && setns(l->prepared_user, CLONE_NEWUSER) < 0)
		return -errno;
	if (setns(l->prepared_net, CLONE_NEWNET) < 0)
		return -errno;
	/* The map of the first user namespace names ids of the one above it. */
	if (l->prepared_user >= 0) {
		l->outer_uid = geteuid();
		l->outer_gid = getegid();
	}
	fd_close(&l->prepared_user);
	fd_close(&l->prepared_net);
	return 0;
}

/* Returns in the child alone. */
static void helper_main(struct launch *l, struct clone_args args, int out)
{
	struct outcome o = { .error = -prepared_enter(l) };

	if (!o.error) {
		/* The signal at its end is the helper's own then. */
		args.flags = (args.flags | CLONE_PARENT) & ~(uint64_t)CLONE_PIDFD;
		args.exit_signal = 0;
		args.pidfd = 0;
		o.cloned = true;
		o.child = sys_clone3(&args, sizeof(args));
		o.error = o.child < 0 ? errno : 0;
	}
	if (o.cloned && o.child == 0)
		return;
	_exit(write(out, &o, sizeof(o)) != sizeof(o));
}

static pid_t helper_wait(const struct plan *plan, struct launch *l, pid_t helper, int in)
{
	struct outcome o = { .error = ECHILD };
	ssize_t n;

	while ((n = read(in, &o, sizeof(o))) < 0 && errno == EINTR)
		;
	while (waitpid(helper, NULL, 0) < 0 && errno == EINTR)
		;
	if (n == sizeof(o) && o.error && !o.cloned)
		err_sys(l->err, plan->network.from, o.error, "%s cannot be joined", plan->network.join);
	if (n == sizeof(o) && o.error == EPERM && o.cloned && l->prepared_user >= 0)
		refuse(plan, l, "this user and group do not exist in the user namespace that owns it");
	fd_close(&l->prepared_user);
	fd_close(&l->prepared_net);
	if (o.error) {
		errno = o.error;
		return -1;
	}
	l->pidfd = sys_pidfd_open(o.child);
	return l->pidfd < 0 ? -1 : o.child;
}

pid_t prepared_clone(const struct plan *plan, struct launch *l, struct clone_args *args)
{
	struct clone_args plain = { .exit_signal = SIGCHLD };
	_cleanup_close_ int in = -EBADF, out = -EBADF;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	in = ends[0];
	out = ends[1];
	pid_t helper = sys_clone3(&plain, sizeof(plain));
	if (helper == 0) {
		helper_main(l, *args, out);
		return 0;
	}
	fd_close(&out);
	return helper < 0 ? -1 : helper_wait(plan, l, helper, in);
}
