/* SPDX-License-Identifier: MIT */
/*
 * The cgroup that the payload is born in (CLONE_INTO_CGROUP).  Moving a process that runs waits for an RCU grace period,
 * 8 to 12 ms on an idle machine, so the supervisor is moved only where it must.
 *
 *   BASE/sbox-PROFILE-PID          a subtree whose controllers are handed down: one directory
 *   BASE/sup, BASE/box             a scope, or the caller's own group: the supervisor leaves it for "sup"
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "kernel/cgroup_files.h"
#include "kernel/cgroup_scope.h"
#include "kernel/kernel.h"

enum { FILE_SIZE = 4096, TRIES = 4 };

/* ---- limits ---- */

/* A limit is what the file says afterwards, not what was written. */
static int limit_set(int box, const struct cgroup_limit *limit)
{
	char text[FILE_SIZE];
	int r = cgroup_file_write(box, limit->file, limit->value);

	if (r == -ENOENT && cgroup_file_read(box, "cgroup.controllers", text, sizeof(text)) == 0)
		return cgroup_line_holds(text, limit->controller) ? -ENOTSUP : r;
	if (r == 0)
		r = cgroup_file_read(box, limit->cpus ? "cpuset.cpus.effective" : limit->file, text, sizeof(text));
	if (r < 0)
		return r;
	return (limit->cpus ? cgroup_cpus_hold : cgroup_line_holds)(text, limit->value) ? 0 : -EREMOTEIO;
}

static const char *missed_why(const struct plan *plan, const struct cgroup_limit *limit, int error, struct arena *arena)
{
	switch (error) {
	case ENOENT:
		if (plan->cgroup.version_1)
			return cgroup_version_1;
		return arena_printf(arena, "the controller %s was not handed down to this user", limit->controller);
	case ENOTSUP:
		return arena_printf(arena, "this kernel has no %s", limit->file);
	case EREMOTEIO:
		return "the kernel took another value";
	default:
		return strerror(error);
	}
}

static void remedy(const struct plan *plan, const struct cgroup_limit *limit, int error, struct err *err)
{
	if (error == ENOTSUP && streq(limit->file, "io.weight"))
		err_remedy(err, "a kernel built with CONFIG_BLK_CGROUP_IOCOST has it");
	if (error != ENOENT)
		return;
	if (plan->cgroup.version_1)
		err_remedy(err, "%s", cgroup_version_1_remedy);
	else if (plan->cgroup.via == CGROUP_SYSTEMD)
		err_remedy(err, "as root: mkdir -p /etc/systemd/system/user@.service.d && printf "
				"'[Service]\\nDelegate=cpu cpuset io memory pids\\n' > /etc/systemd/system/user@.service.d/delegate.conf "
				"&& systemctl daemon-reload && systemctl restart user@%u.service (which ends what runs there)",
			   plan->ids.outer_uid);
	else
		err_remedy(err, "whoever delegated %s must add \"+%s\" to cgroup.subtree_control of the group above it, or: "
				"manager = systemd", plan->cgroup.base, limit->controller);
}

void cgroup_missed(const struct plan *plan, size_t i, int error, bool is_error, struct err *err)
{
	const struct cgroup_limit *limit = &plan->cgroup.limits.v[i];
	const char *why = missed_why(plan, limit, error, err->arena);

	if (is_error)
		err_add(err, limit->from, "%s (%s %s): %s", "cgroup is required, and this limit does not hold", limit->file,
			limit->value, why);
	else
		err_warn(err, limit->from, "%s %s does not hold: %s, continuing without it", limit->file, limit->value, why);
	remedy(plan, limit, error, err);
}

static int limits_set(const struct plan *plan, struct launch *l)
{
	const struct cgroup_plan *p = &plan->cgroup;

	for (size_t i = 0; i < p->limits.n; i++) {
		const struct cgroup_limit *limit = &p->limits.v[i];
		int r = limit_set(l->cgroup_fd, limit);

		if (r == 0)
			continue;
		l->cgroup.missed[i] = -r;
		/* Held in another way, so it is not lost. */
		bool other = streq(limit->file, "pids.max") && !p->required;
		l->cgroup.tasks_unbound |= other;
		/* what a line brings along is lost with it, in the same line */
		bool said = i > 0 && streq(p->limits.v[i - 1].key, limit->key) && l->cgroup.missed[i - 1] == -r;
		if (p->required || (limit->user && !other && !said))
			cgroup_missed(plan, i, -r, p->required, l->err);
		if (p->required)
			return r;
	}
	return 0;
}

/* ---- where it is ---- */

/*
 * Left by supervisors that were killed: our own name, nobody's lock.  Nothing is ever killed here, and a group that still
 * holds a process, or one that somebody else made under such a name and uses, cannot be removed.
 */
static void sweep(int base)
{
	int copy = openat(base, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *e;

	if (!d) {
		fd_close(&copy);
		return;
	}
	while ((e = readdir(d))) {
		if (e->d_type != DT_DIR || cgroup_name_pid(e->d_name, "") <= 0)
			continue;
		_cleanup_close_ int dir = openat(base, e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		struct stat st;

		if (dir >= 0 && fstat(dir, &st) == 0 && st.st_uid == getuid() && flock(dir, LOCK_EX | LOCK_NB) == 0)
			(void)cgroup_remove(base, e->d_name);
	}
	(void)closedir(d);
}

static int directory_make(int base, const char *name, int *ret_fd)
{
	_cleanup_close_ int fd = -EBADF;

	if (mkdirat(base, name, 0755) < 0)
		return -errno;
	fd = openat(base, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	*ret_fd = fd_take(&fd);
	return 0;
}

/*
 * A program that may mount can mount the part of the tree that its cgroup namespace begins with.  Where the host's was
 * mounted without nsdelegate, it may write to the files at the top of that; so its limits are one above, out of reach.  It
 * may make groups as well, each of which costs the kernel memory.
 */
static int inner_make(struct launch *l)
{
	int r = cgroup_file_write(l->cgroup_fd, "cgroup.max.descendants", "64");

	return r < 0 ? r : directory_make(l->cgroup_fd, "inner", &l->cgroup.inner);
}

/*
 * The lock says that the supervisor lives: the child has a copy of the descriptor until the program starts, and dies with
 * the supervisor.  Somebody who swept between the two calls has the lock now, or has removed the directory.
 */
static int leaf_make(const struct plan *plan, struct launch *l)
{
	int r = -EBUSY;

	sweep(l->cgroup.base);
	for (int i = 0; i < TRIES; i++) {
		l->cgroup.name = i ? arena_printf(plan->arena, "%s-%d-%d", plan->cgroup.name, i, (int)getpid()) :
				     arena_printf(plan->arena, "%s-%d", plan->cgroup.name, (int)getpid());
		r = directory_make(l->cgroup.base, l->cgroup.name, &l->cgroup_fd);
		if (r == -EEXIST || r == -ENOENT)
			continue;
		if (r < 0)
			return r;
		if (flock(l->cgroup_fd, LOCK_EX | LOCK_NB) == 0 && faccessat(l->cgroup.base, l->cgroup.name, F_OK, 0) == 0)
			return 0;
		fd_close(&l->cgroup_fd);
		r = -EBUSY;
	}
	l->cgroup.name = NULL;
	return r;
}

/* All at once, or each that can be had. */
static void controllers_enable(int base, const char *words)
{
	char copy[256], *rest = copy;

	if (cgroup_file_write(base, "cgroup.subtree_control", words) == 0 || strlen(words) >= sizeof(copy))
		return;
	strcpy(copy, words);
	for (char *word; (word = strsep(&rest, " "));)
		(void)cgroup_file_write(base, "cgroup.subtree_control", word);
}

/*
 * The supervisor, and what it has started since systemd moved it, which may be making more: nobody else is in a scope of
 * our own.
 */
static int all_move(int from, int to)
{
	_cleanup_close_ int to_procs = openat(to, "cgroup.procs", O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	char procs[FILE_SIZE];

	if (to_procs < 0)
		return -errno;
	for (int i = 0; i < TRIES; i++) {
		int r = cgroup_file_read(from, "cgroup.procs", procs, sizeof(procs));

		if (r < 0 || !procs[0])
			return r;
		for (const char *pid = procs, *end; (end = strchr(pid, '\n')); pid = end + 1)
			if (write(to_procs, pid, (size_t)(end - pid)) < 0 && errno != ESRCH)
				return -errno;
	}
	return 0;
}

/* No group but a leaf may hold processes once it hands controllers down. */
static int leaves_make(const struct plan *plan, struct launch *l)
{
	const struct cgroup_plan *p = &plan->cgroup;
	_cleanup_close_ int sup = -EBADF;
	char words[256] = "";
	int r;

	if (p->via == CGROUP_SUBTREE) {
		l->cgroup.own_procs = openat(l->cgroup.base, "cgroup.procs", O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
		l->cgroup.own_control = openat(l->cgroup.base, "cgroup.subtree_control", O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
		/* what an earlier supervisor left that was killed */
		(void)cgroup_remove(l->cgroup.base, "box");
		(void)cgroup_remove(l->cgroup.base, "sup");
	}
	/* Soon after systemd's own move this one is free: what it would wait for has just been waited for. */
	r = directory_make(l->cgroup.base, "sup", &sup);
	if (r == 0)
		r = p->via == CGROUP_SYSTEMD ? all_move(l->cgroup.base, sup) : cgroup_file_write(sup, "cgroup.procs", "0");
	if (r < 0)
		return r;
	for (size_t i = 0; p->via == CGROUP_SYSTEMD && p->controllers[i]; i++)
		(void)snprintf(words + strlen(words), sizeof(words) - strlen(words), "%s+%s", i ? " " : "", p->controllers[i]);
	controllers_enable(l->cgroup.base, p->via == CGROUP_SYSTEMD ? words : p->enable ? p->enable : "");
	l->cgroup.name = "box";
	return directory_make(l->cgroup.base, "box", &l->cgroup_fd);
}

static int base_open(const struct plan *plan, struct launch *l, const char **ret_path, const char **ret_why)
{
	const struct cgroup_plan *p = &plan->cgroup;

	if (p->via == CGROUP_SYSTEMD) {
		int r = scope_await(plan, l, ret_path, ret_why);

		if (r < 0)
			return r;
	} else {
		*ret_path = p->base;
	}
	l->cgroup.base = cgroup_open(*ret_path);
	if (l->cgroup.base < 0)
		return l->cgroup.base;
	if (!p->leaves && p->enable)
		controllers_enable(l->cgroup.base, p->enable);
	return 0;
}

/* ---- the step ---- */

/* Return: 0, or the error when the profile requires the limits. */
static int none_made(const struct plan *plan, struct launch *l, int error, const char *why)
{
	const struct cgroup_plan *p = &plan->cgroup;
	bool user = p->slice_user || !p->limits.n;
	const char *lost = "";

	fd_close(&l->cgroup_fd);
	l->cgroup.tasks_unbound = p->tasks > 0;
	for (size_t i = 0; i < p->limits.n; i++) {
		const struct cgroup_limit *limit = &p->limits.v[i];

		l->cgroup.missed[i] = -error;
		if (streq(limit->file, "pids.max"))
			continue; /* a resource limit holds it */
		user |= limit->user;
		if (!strstr(lost, limit->key))
			lost = arena_printf(l->err->arena, "%s%s%s", lost, *lost ? ", " : "", limit->key);
	}
	why = why ? why : strerror(-error);
	if (p->required) {
		err_add(l->err, p->from, "cgroup is required, and none could be made: %s", why);
		return error;
	}
	if (user)
		err_warn(l->err, p->from, "no cgroup could be made: %s, continuing without %s", why, *lost ? lost : "one");
	if (user && p->via == CGROUP_SYSTEMD)
		err_remedy(l->err, "is it running?  systemctl --user status; as root: loginctl enable-linger %s", plan->caller->user);
	return 0;
}

/* A slice without a limit bounds nothing: then the line does nothing. */
static void slice_check(const struct plan *plan, struct launch *l, const char *scope)
{
	static const char *const files[] = { "memory.max", "memory.high", "memory.swap.max", "pids.max", "cpu.max", "io.max" };
	const struct cgroup_plan *p = &plan->cgroup;
	char text[FILE_SIZE];

	if (!p->slice || (!p->slice_user && !p->required))
		return;
	_cleanup_close_ int dir = cgroup_open(path_parent(plan->arena, scope));
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (cgroup_file_read(dir, files[i], text, sizeof(text)) == 0 && text[0] && !skip_prefix(text, "max"))
			return;
	err_warn(l->err, p->slice_from, "%s has no limit, so it bounds nothing", p->slice);
	err_remedy(l->err, "systemctl --user set-property %s MemoryMax=4G TasksMax=1000", p->slice);
}

int cgroup_ask(const struct plan *plan, struct launch *l)
{
	scope_ask(plan, l);
	return 0;
}

int cgroup_make(const struct plan *plan, struct launch *l)
{
	const char *path = NULL, *why = NULL;
	int r = base_open(plan, l, &path, &why);

	if (r == -ECANCELED)
		return err_add(l->err, NO_ORIGIN, "interrupted while the cgroup was being made");
	if (r == 0)
		r = plan->cgroup.leaves ? leaves_make(plan, l) : leaf_make(plan, l);
	if (r == 0 && plan->nested == NESTED_FULL)
		r = inner_make(l);
	/* also after a failure: what was made has to be removed */
	launch_keep(l, l->cgroup.base);
	launch_keep(l, l->cgroup.own_procs);
	launch_keep(l, l->cgroup.own_control);
	if (r < 0)
		return none_made(plan, l, r, why);
	l->cgroup_path = path_join(plan->arena, path, l->cgroup.name);
	slice_check(plan, l, path);
	l->cgroup.kill = openat(l->cgroup_fd, "cgroup.kill", O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	launch_keep(l, l->cgroup.kill);
	launch_keep(l, l->cgroup_fd);
	return limits_set(plan, l);
}
