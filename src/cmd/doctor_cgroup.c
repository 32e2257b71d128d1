/* SPDX-License-Identifier: MIT */
/* doctor: who may limit what.  An ordinary user may what root delegated, usually to the user's systemd. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "cmd/doctor.h"

/* What [cgroup] keys need, and which. */
static const struct {
	const char *controller, *cost;
} controllers[] = {
	{ "memory", "memory-max, memory-high, swap-max" },
	{ "pids", "pids-max" },
	{ "cpu", "cpu-max, cpu-weight" },
	{ "io", "io-max, io-weight" },
	{ "cpuset", "cpus" },
};

/* Where systemd mounts it; the second beside hierarchies of version 1. */
static const char *const mount_points[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };

static const char *mount_point(void)
{
	struct statfs fs;

	for (size_t i = 0; i < ARRAY_SIZE(mount_points); i++)
		if (statfs(mount_points[i], &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC)
			return mount_points[i];
	return NULL;
}

static const char *file_text(struct doctor *d, const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text;

	return fd >= 0 && fd_read_all(fd, d->arena, 1 << 16, &text, NULL) == 0 ? text : NULL;
}

static bool has_word(struct doctor *d, const char *text, const char *word)
{
	char *rest = arena_strdup(d->arena, text);

	rest[strcspn(rest, "\n")] = '\0';
	for (const char *w; (w = next_word(&rest));)
		if (streq(w, word))
			return true;
	return false;
}

/* The directory of this process's own cgroup, when it and its list of processes can be written; or NULL. */
static const char *own_subtree(struct doctor *d, const char *mount)
{
	const char *text = file_text(d, "/proc/self/cgroup");
	char *lines = text ? arena_strdup(d->arena, text) : NULL;

	for (char *line; (line = strsep(&lines, "\n"));) {
		const char *path = skip_prefix(line, "0::");

		if (!path || path[0] != '/' || skip_prefix(path, "/.."))
			continue;
		const char *dir = path_join(d->arena, mount, path + 1);

		return access(dir, W_OK) == 0 && access(path_join(d->arena, dir, "cgroup.procs"), W_OK) == 0 ? dir : NULL;
	}
	return NULL;
}

static bool connects(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
		return false;
	memcpy(address.sun_path, path, strlen(path) + 1);
	return connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
}

/* The user's systemd: its own socket, or the session bus. */
static bool manager_reachable(struct doctor *d)
{
	const char *runtime = d->s->caller.runtime_dir;

	return runtime && (connects(path_join(d->arena, runtime, "systemd/private")) || connects(path_join(d->arena, runtime, "bus")));
}

static const char *missing_controllers(struct doctor *d, const char *has, const char **ret_cost)
{
	const char *missing = "";

	*ret_cost = "";
	for (size_t i = 0; i < ARRAY_SIZE(controllers); i++) {
		if (has && has_word(d, has, controllers[i].controller))
			continue;
		missing = arena_printf(d->arena, "%s%s%s", missing, *missing ? " " : "", controllers[i].controller);
		*ret_cost = arena_printf(d->arena, "%s%s%s", *ret_cost, **ret_cost ? ", " : "", controllers[i].cost);
	}
	return missing;
}

#define WITHOUT "no limit of [cgroup] can be had, a tasks limit is RLIMIT_NPROC"

static void say_controllers(struct doctor *d, const char *by, const char *dir, const char *remedy)
{
	const char *has = file_text(d, path_join(d->arena, dir, "cgroup.controllers")), *cost;
	const char *missing = missing_controllers(d, has, &cost);

	if (!*missing)
		doctor_say(d, STATE_OK, NULL, "limits through %s, all controllers", by);
	else
		doctor_say(d, STATE_DEGRADED, remedy, "limits through %s, but these controllers are not delegated: %s (keys: %s)", by, missing,
			   cost);
}

void examine_cgroup(struct doctor *d)
{
	const char *mount = mount_point();
	uid_t uid = d->s->caller.uid;

	if (!mount) {
		doctor_say(d, STATE_MISSING, "boot with systemd.unified_cgroup_hierarchy=1; or, as root: mount -t cgroup2 none /sys/fs/cgroup",
			   "cgroup version 2 is not mounted: " WITHOUT);
		return;
	}
	const char *all = file_text(d, path_join(d->arena, mount, "cgroup.controllers"));
	if (all && !has_word(d, all, "memory") && !has_word(d, all, "pids")) {
		doctor_say(d, STATE_MISSING, "boot with systemd.unified_cgroup_hierarchy=1",
			   "the controllers are in hierarchies of cgroup version 1, which users cannot be given: " WITHOUT);
		return;
	}
	const char *manager = arena_printf(d->arena, "%s/user.slice/user-%u.slice/user@%u.service", mount, uid, uid);
	const char *own = own_subtree(d, mount);
	if (manager_reachable(d) && access(manager, F_OK) == 0) {
		say_controllers(d, "the user's systemd", manager,
				arena_printf(d->arena, "as root: mkdir -p /etc/systemd/system/user@.service.d && printf "
						       "'[Service]\\nDelegate=cpu cpuset io memory pids\\n' > "
						       "/etc/systemd/system/user@.service.d/delegate.conf && systemctl daemon-reload && "
						       "systemctl restart user@%u.service (this ends the user's sessions)", uid));
		return;
	}
	if (own) {
		say_controllers(d, arena_printf(d->arena, "the subtree %s", own), own,
				"whoever delegated it must add them to cgroup.subtree_control of the group above");
		return;
	}
	doctor_say(d, STATE_MISSING,
		   arena_printf(d->arena, "start sbox from a login session that has $XDG_RUNTIME_DIR, or as root: loginctl enable-linger %s",
				d->s->caller.user),
		   "no user manager can be reached (%s), and no subtree of %s belongs to the user: " WITHOUT,
		   d->s->caller.runtime_dir ? "nothing answers in $XDG_RUNTIME_DIR" : "XDG_RUNTIME_DIR is not set", mount);
}

/* The kernel exempts uid 0 of the host from RLIMIT_NPROC, also in a user namespace. */
void examine_tasks(struct doctor *d)
{
	if (d->s->caller.uid == 0)
		doctor_say(d, STATE_DEGRADED, "start sbox as an ordinary user",
			   "the kernel holds root to no RLIMIT_NPROC, so started by root a sandbox may make any number of processes");
	else
		doctor_say(d, STATE_OK, NULL, "RLIMIT_NPROC counts inside the sandbox alone");
}
