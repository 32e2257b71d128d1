/* SPDX-License-Identifier: MIT */
/* The launcher protects itself: from how it was started, from whom it runs, and from dying unnoticed. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/macro.h"
#include "kernel/kernel.h"
#include "kernel/sys.h"

enum { SIGNAL_LAST = 64 };

/*
 * The kernel sets AT_SECURE for set-id bits and file capabilities, but also when a label changes on exec, which is
 * harmless here.  So each cause is looked at, and only after AT_SECURE said that there is one.
 */
static bool privileged_by_file(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct caps[2] = { 0 };
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	if (getresuid(&ruid, &euid, &suid) < 0 || getresgid(&rgid, &egid, &sgid) < 0)
		return true;
	if (ruid != euid || ruid != suid || rgid != egid || rgid != sgid)
		return true;
	if (!getauxval(AT_SECURE) || ruid == 0)
		return false;
	if (syscall(SYS_capget, &header, caps) < 0)
		return true;
	return caps[0].permitted || caps[1].permitted;
}

/*
 * An O_PATH descriptor counts as missing as well: it is of no use as a stream, and one of a directory would be a
 * way out of the sandbox.
 */
static int stdio_fill(void)
{
	struct pollfd fds[3] = { { .fd = 0 }, { .fd = 1 }, { .fd = 2 } };

	if (poll(fds, 3, 0) < 0)
		return -errno;
	for (int i = 0; i < 3; i++) {
		if (!(fds[i].revents & POLLNVAL))
			continue;
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (null < 0)
			return -errno;
		if (null == i) {
			if (fcntl(null, F_SETFD, 0) < 0)
				return -errno;
			continue;
		}
		int r = dup2(null, i);
		(void)close(null);
		if (r < 0)
			return -errno;
	}
	return 0;
}

/*
 * An ignored signal stays ignored over execve(), and so does a blocked one; a caller that ignores SIGCHLD would make
 * every wait fail.  The kernel has no call that resets all at once (CLONE_CLEAR_SIGHAND spares the ignored ones).
 */
static void signals_default(void)
{
	struct {
		void (*handler)(int);
		unsigned long flags;
		void (*restorer)(void);
		uint64_t mask;
	} act = { .handler = SIG_DFL };

	for (int sig = 1; sig <= SIGNAL_LAST; sig++)
		if (sig != SIGKILL && sig != SIGSTOP)
			(void)syscall(SYS_rt_sigaction, sig, &act, NULL, SYS_SIGSET_SIZE);
	(void)sys_sigmask(SIG_SETMASK, 0);
}

int self_check(struct err *err)
{
	int r;

	if (privileged_by_file()) {
		err_add(err, NO_ORIGIN, "refusing to run with more rights than the caller has (setuid, setgid or file "
					"capabilities)");
		err_remedy(err, "sbox needs none of them: chmod u-s,g-s FILE; setcap -r FILE");
		return -EPERM;
	}
	r = stdio_fill();
	if (r < 0) {
		err_sys(err, NO_ORIGIN, -r, "cannot open /dev/null in place of a closed standard stream");
		return -EPERM;
	}
	signals_default();
	return 0;
}

/*
 * The kernel puts argv, the environment and the file name that was executed behind one another at the top of the
 * stack.  Return: the first byte, or NULL when the layout is not the expected one.
 */
static char *block_find(char **ret_env, char **ret_end)
{
	char *last = (char *)getauxval(AT_EXECFN); // NOLINT(performance-no-int-to-ptr)
	char *env = environ && environ[0] ? environ[0] : last;
	char *args = program_invocation_name;

	if (!last || env > last || (size_t)(last - env) > (8U << 20))
		return NULL;
	/* argc was 0 (possible before 5.18), or argv[0] was replaced: the environment alone then */
	if (args > env || (size_t)(env - args) > (8U << 20))
		args = env;
	*ret_env = env;
	*ret_end = last + strlen(last);
	return args;
}

/*
 * /proc/1/cmdline can be read by everybody inside, and whoever finds a way to read pid 1's memory should find nothing
 * of the caller's environment there.  The child has its own copy of these pages, the supervisor keeps its own.
 */
int self_hide(const struct plan *plan UNUSED, struct launch *l UNUSED)
{
	static const char name[] = "sbox-init";
	char *env, *end;
	char *args = block_find(&env, &end);

	if (!args)
		return -EFAULT;
	explicit_bzero(args, (size_t)(end - args));
	/* its last byte stays 0: else the kernel takes the environment block for a continuation */
	for (size_t i = 0; i < sizeof(name) && args + i + 1 < env; i++)
		args[i] = name[i];
	if (prctl(PR_SET_NAME, name) < 0)
		return -errno;
	/* Nobody inside may trace pid 1, read its memory or take its descriptors, with whatever capability there. */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return -errno;
	return 0;
}

/*
 * A supervisor that died before PR_SET_PDEATHSIG was set sends nothing, and getppid() is 0 in the first process of a
 * pid namespace, whether the parent lives or not.  The supervisor's end of the socket tells: only it holds that end.
 */
int death_tie(const struct plan *plan UNUSED, struct launch *l)
{
	struct pollfd peer = { .fd = l->child_sock };

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -errno;
	if (poll(&peer, 1, 0) < 0)
		return -errno;
	return peer.revents & (POLLHUP | POLLERR) ? -EPIPE : 0;
}

/* Both are in one pid namespace here, so getppid() tells. */
int death_tie_init(const struct plan *plan UNUSED, struct launch *l)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -errno;
	return getppid() == l->init ? 0 : -ESRCH;
}
