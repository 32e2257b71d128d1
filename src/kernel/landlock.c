/* SPDX-License-Identifier: MIT */
#include "kernel/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "kernel/kernel.h"
#include "kernel/sys.h"

/*
 * A stream may be opened anew by its own name (`echo > /dev/stderr`).  It leads to a file of the host, which no path
 * rule covers: each descriptor brings a rule of its own, with no more than it was opened for.
 */
static int stream_rule(int ruleset, const struct landlock_plan *p, int fd)
{
	static const uint64_t rights[] = { [O_RDONLY] = FS_READ_FILE, [O_WRONLY] = FS_WRITE_FILE | FS_TRUNCATE,
					   [O_RDWR] = FS_READ_FILE | FS_WRITE_FILE | FS_TRUNCATE };
	int flags = fcntl(fd, F_GETFL);
	struct path_beneath_attr attr = { .parent_fd = fd };
	struct stat st;

	if (flags < 0 || fstat(fd, &st) < 0 || (flags & FD_ACCESS_MODE) == FD_ACCESS_MODE)
		return -errno;
	attr.allowed = S_ISDIR(st.st_mode) ? p->handled_fs : p->handled_fs & (rights[flags & FD_ACCESS_MODE] | FS_IOCTL_DEV);
	/* EBADFD: a pipe or socket, which Landlock does not look at. */
	return sys_landlock_add_rule(ruleset, RULE_PATH_BENEATH, &attr) < 0 && errno != EBADFD ? -errno : 0;
}

static int stream_rules(int ruleset, const struct plan *plan)
{
	int r = 0;

	for (int fd = 0; r == 0 && fd <= 2; fd++)
		r = stream_rule(ruleset, &plan->landlock, fd);
	for (size_t i = 0; r == 0 && i < plan->pass_fds.n; i++)
		r = stream_rule(ruleset, &plan->landlock, plan->pass_fds.v[i]);
	return r;
}

/*
 * A path of the plan has no link in it.  Where `enter` finds one, or nothing, the program has put it there: the rule is left
 * out, which allows less.
 */
static int rules_add(int ruleset, const struct landlock_plan *p, struct launch *l)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC | O_NOFOLLOW, .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };

	for (size_t i = 0; i < p->paths.n; i++) {
		const struct landlock_path *rule = &p->paths.v[i];
		_cleanup_close_ int fd = sys_openat2(AT_FDCWD, rule->path, &how);
		struct path_beneath_attr attr = { .allowed = rule->allowed, .parent_fd = fd };

		l->item = i;
		if (fd < 0 && (errno == ENOENT || errno == ELOOP || errno == ENOTDIR))
			continue; /* or an optional mount that was skipped */
		if (fd < 0 || sys_landlock_add_rule(ruleset, RULE_PATH_BENEATH, &attr) < 0)
			return -errno;
	}
	for (size_t i = 0; i < p->ports.n; i++) {
		struct net_port_attr attr = { .allowed = p->ports.v[i].allowed, .port = p->ports.v[i].port };

		if (sys_landlock_add_rule(ruleset, RULE_NET_PORT, &attr) < 0)
			return -errno;
	}
	return 0;
}

/*
 * Before: no_new_privs is set; the root is the new one.
 * After: the program and all it starts can do no more with files, ports and scopes than the rules say.
 */
int landlock_restrict(const struct plan *plan, struct launch *l)
{
	const struct landlock_plan *p = &plan->landlock;
	const struct ruleset_attr attr = { p->handled_fs, p->handled_net, p->scoped };
	/* An older kernel refuses a larger struct only when the part it does not know is not zero. */
	_cleanup_close_ int ruleset = sys_landlock_create_ruleset(&attr, sizeof(attr), 0);

	if (ruleset < 0)
		return -errno;
	int r = rules_add(ruleset, p, l);
	if (r == 0 && p->handled_fs)
		r = stream_rules(ruleset, plan);
	if (r < 0)
		return r;
	return sys_landlock_restrict_self(ruleset) < 0 ? -errno : 0;
}

/*
 * The supervisor reads files to word a message, and writes none; what it removes at the end is its entry of the registry,
 * its cgroup, what the portals look at, and of overlays the empty directories and, of its own, what changes nothing.
 * Everything else is given up.  Without Landlock its filter stands alone.
 */
int landlock_supervisor(const struct plan *plan, struct launch *l)
{
	const struct ruleset_attr attr = { plan->landlock.supervisor_fs, plan->landlock.supervisor_net, 0 };
	const struct path_beneath_attr registry = { .allowed = FS_REMOVE_FILE, .parent_fd = l->registry_dir };
	const struct path_beneath_attr portal[] = { { .allowed = FS_REMOVE_FILE, .parent_fd = l->portal_dir },
						    { .allowed = FS_REMOVE_DIR, .parent_fd = l->portal_parent } };
	const struct path_beneath_attr overlays[] = { { .allowed = FS_REMOVE_DIR, .parent_fd = l->overlays_dir },
						      { .allowed = FS_REMOVE_FILE, .parent_fd = l->overlay_dir } };
	_cleanup_close_ int ruleset = sys_landlock_create_ruleset(&attr, sizeof(attr), 0);

	if (ruleset < 0)
		return -errno;
	for (size_t i = 0; l->portal_dir >= 0 && i < ARRAY_SIZE(portal); i++)
		if (sys_landlock_add_rule(ruleset, RULE_PATH_BENEATH, &portal[i]) < 0)
			return -errno;
	for (size_t i = 0; l->overlay_dir >= 0 && i < ARRAY_SIZE(overlays); i++)
		if (sys_landlock_add_rule(ruleset, RULE_PATH_BENEATH, &overlays[i]) < 0)
			return -errno;
	if (l->registry_dir >= 0 && sys_landlock_add_rule(ruleset, RULE_PATH_BENEATH, &registry) < 0)
		return -errno;
	if (plan->cgroup.via == CGROUP_SUBTREE && l->cgroup.base >= 0) {
		const struct path_beneath_attr cgroup = { .allowed = FS_REMOVE_DIR, .parent_fd = l->cgroup.base };

		if (sys_landlock_add_rule(ruleset, RULE_PATH_BENEATH, &cgroup) < 0)
			return -errno;
	}
	return sys_landlock_restrict_self(ruleset) < 0 ? -errno : 0;
}
