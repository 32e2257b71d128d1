/* SPDX-License-Identifier: MIT */
/* The supervisor's side of the registry: make the entry, hold its lock, remove it; and sweep what others left. */
#include "launch/registry.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/sys.h"
#include "launch/launch.h"

enum { EMPTY_MAX_AGE = 60, TRIES = 16 };

/* ---- sweeping ---- */

pid_t registry_holder(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_GETLK, &lock) < 0)
		return -1;
	if (lock.l_type == F_UNLCK)
		return 0;
	return lock.l_pid > 0 ? lock.l_pid : -1;
}

static bool lock_take(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_SETLK, &lock) == 0;
}

static bool is_named(int dir, const char *name, const struct stat *st)
{
	struct stat now;

	return fstatat(dir, name, &now, AT_SYMLINK_NOFOLLOW) == 0 && now.st_dev == st->st_dev && now.st_ino == st->st_ino;
}

/*
 * Whoever makes an entry makes it, then locks it: an empty one may be just on its way.  With the lock in hand nobody else
 * removes the file, and it is looked at once more whether the name still is this file's.
 * Return: true when it was removed.
 */
static bool stale_remove(int dir, const char *name)
{
	_cleanup_close_ int fd = openat(dir, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || registry_holder(fd) != 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	if (st.st_size == 0 && time(NULL) - st.st_mtime < EMPTY_MAX_AGE)
		return false;
	return lock_take(fd) && is_named(dir, name, &st) && unlinkat(dir, name, 0) == 0;
}

struct dirent64_head {
	uint64_t ino;
	int64_t off;
	uint16_t len;
	uint8_t type;
	char name[];
};

int registry_sweep(int dir)
{
	_Alignas(struct dirent64_head) char buffer[4096];
	int left = 0;
	long n;

	/* getdents64 and not readdir(3): this is on the way of each launch, and allocates nothing */
	while ((n = syscall(SYS_getdents64, dir, buffer, sizeof(buffer))) > 0)
		for (long at = 0; at < n;) {
			const struct dirent64_head *d = (const void *)(buffer + at);

			at += d->len;
			if (id_is_valid(d->name) && !stale_remove(dir, d->name))
				left++;
		}
	return n < 0 ? -errno : left;
}

/* ---- the entry ---- */

static int dir_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && mkdir(path, 0700) == 0)
		fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/*
 * A file system that keeps its directories' size in names (tmpfs, which a runtime directory is on) says by it that nobody
 * else is registered: then there is nothing to sweep.
 */
static int registry_open(const struct plan *plan, struct launch *l)
{
	_cleanup_close_ int dir = dir_open(plan->registry.dir);
	struct stat st;

	if (dir < 0)
		return dir;
	if (fstat(dir, &st) < 0)
		return -errno;
	if (st.st_uid != plan->caller->uid || st.st_mode & 077)
		return -EPERM;
	if (st.st_size != 0)
		(void)registry_sweep(dir);
	l->registry_dir = fd_take(&dir);
	launch_keep(l, l->registry_dir);
	return 0;
}

/* Return: 0; -EEXIST when a running sandbox has the id. */
static int entry_make(struct launch *l, const char *id)
{
	for (int i = 0; i < TRIES; i++) {
		_cleanup_close_ int fd = openat(l->registry_dir, id, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

		if (fd < 0 && errno != EEXIST)
			return -errno;
		if (fd < 0 && !stale_remove(l->registry_dir, id))
			return -EEXIST;
		if (fd < 0)
			continue;
		/* Nobody else locks what is new and empty: a lock that cannot be had is a failure. */
		if (!lock_take(fd)) {
			int error = errno;

			(void)unlinkat(l->registry_dir, id, 0);
			return -error;
		}
		l->registry_fd = fd_take(&fd);
		l->id = id;
		launch_keep(l, l->registry_fd);
		return 0;
	}
	return -EEXIST;
}

int registry_reserve(const struct plan *plan, struct launch *l)
{
	const struct origin from = { .file = "option --name" };
	int r = registry_open(plan, l);

	if (r == 0)
		r = entry_make(l, plan->registry.name);
	if (r == -EEXIST) {
		err_add(l->err, from, "a sandbox called %s is running", plan->registry.name);
		err_remedy(l->err, "another name; or: sbox kill %s", plan->registry.name);
	} else if (r < 0) {
		err_sys(l->err, from, -r, "cannot register the sandbox in %s", plan->registry.dir);
	}
	return r;
}

static int entry_write(const struct plan *plan, struct launch *l)
{
	struct timespec now;
	size_t size;

	clock_gettime(CLOCK_REALTIME, &now);
	const struct launched launched = { .child = l->child, .begun = now.tv_sec, .cgroup = l->cgroup_path, .above = l->prepared_above,
					   .tasks = l->cgroup.tasks_unbound ? (uint64_t)plan->cgroup.tasks : 0 };
	const char *text = registry_text(plan, &launched, l->err->arena, &size);
	return fd_write_all(l->registry_fd, text, size);
}

/* Without a --name nobody asked for it, so what goes wrong here (no space left) is no reason to end the program. */
int registry_register(const struct plan *plan, struct launch *l)
{
	int r = 0;

	if (l->registry_fd < 0) {
		r = registry_open(plan, l);
		if (r == 0)
			r = entry_make(l, registry_id(l->err->arena, plan->registry.profile, l->child));
	}
	if (r == 0)
		r = entry_write(plan, l);
	return plan->registry.name ? r : 0;
}

/* Of this file only the supervisor holds the lock, so the name is still its own. */
int registry_remove(const struct plan *plan UNUSED, struct launch *l)
{
	if (!l->id)
		return 0;
	return unlinkat(l->registry_dir, l->id, 0) < 0 && errno != ENOENT ? -errno : 0;
}
