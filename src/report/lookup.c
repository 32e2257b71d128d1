/* SPDX-License-Identifier: MIT */
#include "report/lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "report/target.h"

enum { LINKS_MAX = 40 };

/** struct walk - a walk on its way */
struct walk {
	pid_t tid;
	int fd;               /* the directory that it is in */
	char rest[PATH_MAX];  /* what is still to be walked */
	int links;
	bool follow;
	struct place *to;     /* to->path is the text of @fd */
};

static int proc_open(pid_t tid, const char *name)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", tid, name);
	int fd = open(path, O_PATH | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static void walk_to(struct walk *w, int fd)
{
	fd_close(&w->fd);
	w->fd = fd;
}

/* The text of a directory as the kernel writes it begins at the root of its mount namespace, a chroot's within that. */
static int start_text(struct walk *w, const char *name)
{
	char root[PATH_MAX];
	ssize_t n = target_link(w->tid, "root", root, sizeof(root));

	if (n < 0)
		return (int)n;
	ssize_t r = target_link(w->tid, name, w->to->path, sizeof(w->to->path));
	if (r < 0)
		return (int)r;
	if (w->to->path[0] != '/')
		return -ENOTDIR;
	if (n == 1)
		return 0;
	if (strncmp(w->to->path, root, (size_t)n) != 0 || (w->to->path[n] && w->to->path[n] != '/'))
		return -EXDEV;
	memmove(w->to->path, w->to->path + n, (size_t)(r - n) + 1);
	if (!w->to->path[0])
		strcpy(w->to->path, "/");
	return 0;
}

static bool is_at(pid_t tid, const char *path, int fd)
{
	struct place place;
	struct stat st;

	if (lookup(tid, DIR_CWD, path, false, &place) < 0)
		return false;
	bool same = place.fd >= 0 && fstat(fd, &st) == 0 && st.st_dev == place.st.st_dev && st.st_ino == place.st.st_ino;
	fd_close(&place.fd);
	return same;
}

/*
 * The kernel says " (deleted)" behind the name of a directory that is gone, and of a mask, which is mounted and has no name any
 * more.  The first has no place; the second has; and a directory may be called so.
 */
static int deleted_text(pid_t tid, char *path, int fd)
{
	static const char deleted[] = " (deleted)";
	size_t n = strlen(path), more = sizeof(deleted) - 1;

	if (n <= more || !streq(path + n - more, deleted) || is_at(tid, path, fd))
		return 0;
	path[n - more] = '\0';
	return is_at(tid, path, fd) ? 0 : -ENOENT;
}

static int start(struct walk *w, int dir, const char *path)
{
	char name[32] = "root";
	int r = 0;

	strcpy(w->to->path, "/");
	if (*path != '/') {
		(void)snprintf(name, sizeof(name), dir == DIR_CWD ? "cwd" : "fd/%d", dir);
		r = start_text(w, name);
	}
	int fd = r < 0 ? r : proc_open(w->tid, name);
	if (fd < 0)
		return fd;
	walk_to(w, fd);
	return *path == '/' ? 0 : deleted_text(w->tid, w->to->path, fd);
}

/* The next component of the rest into @name.  Return: false at the end. */
static bool component_take(struct walk *w, char name[NAME_MAX + 2])
{
	const char *at = w->rest + strspn(w->rest, "/");
	size_t n = strcspn(at, "/");

	if (!n)
		return false;
	/* longer names exist in no file system: the kernel says so itself when it is asked */
	size_t kept = n <= NAME_MAX ? n : NAME_MAX + 1;
	memcpy(name, at, kept);
	name[kept] = '\0';
	memmove(w->rest, at + n, strlen(at + n) + 1);
	return true;
}

static bool is_last(const struct walk *w)
{
	return !w->rest[strspn(w->rest, "/")];
}

static bool append(char *path, const char *name)
{
	size_t n = strlen(path), more = strlen(name);

	if (n + more + 2 > PATH_MAX)
		return false;
	if (n > 1)
		path[n++] = '/';
	memcpy(path + n, name, more + 1);
	return true;
}

static int go_up(struct walk *w)
{
	char *slash = strrchr(w->to->path, '/');

	if (streq(w->to->path, "/"))
		return 0;
	slash[slash == w->to->path] = '\0';
	int fd = openat(w->fd, "..", O_PATH | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	walk_to(w, fd);
	return 0;
}

static int go_link(struct walk *w, int link)
{
	char target[PATH_MAX], rest[PATH_MAX];
	struct statfs fs;
	ssize_t n = readlinkat(link, "", target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	target[n] = '\0';
	if (fstatfs(link, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC) {
		w->to->unknown = true;
		return -ENOENT;
	}
	w->to->linked = true;
	if (++w->links > LINKS_MAX)
		return -ELOOP;
	/* What is left keeps its trailing slash: it makes the last component a directory. */
	if (snprintf(rest, sizeof(rest), "%s%s%s", target, *w->rest && *w->rest != '/' ? "/" : "", w->rest) >= (int)sizeof(rest))
		return -ENAMETOOLONG;
	memcpy(w->rest, rest, sizeof(rest));
	return *target == '/' ? start(w, DIR_CWD, "/") : 0;
}

/* What could not be walked is added to the text, so that it names what is missing. */
static void stop_at(struct walk *w, const char *name, int error)
{
	char next[NAME_MAX + 2];

	w->to->error = error;
	w->to->parent = is_last(w);
	bool fits = append(w->to->path, name);
	/* Up again from what is missing leads nowhere: then that is what is missing. */
	while (fits && component_take(w, next) && !streq(next, ".."))
		fits = streq(next, ".") || append(w->to->path, next);
	if (!fits)
		w->to->error = ENAMETOOLONG;
}

static unsigned long mount_flags(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 ? (unsigned long)fs.f_flags : 0;
}

/* Return: 1 to go on, 0 at the end, -errno. */
static int step(struct walk *w)
{
	char name[NAME_MAX + 2];
	struct stat st;

	if (!component_take(w, name))
		return 0;
	if (streq(name, "."))
		return 1;
	if (streq(name, "..")) {
		int r = go_up(w);
		return r < 0 ? r : 1;
	}
	_cleanup_close_ int child = openat(w->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (child < 0 || fstat(child, &st) < 0) {
		stop_at(w, name, errno);
		return 0;
	}
	/* A slash behind it follows a link as well. */
	if (S_ISLNK(st.st_mode) && (w->follow || *w->rest)) {
		int r = go_link(w, child);
		if (r == -ENOENT && w->to->unknown)
			return 0;
		return r < 0 ? r : 1;
	}
	if (!S_ISDIR(st.st_mode) && *w->rest) {
		stop_at(w, name, ENOTDIR);
		return 0;
	}
	if (is_last(w))
		w->to->parent_flags = mount_flags(w->fd);
	if (!append(w->to->path, name))
		return -ENAMETOOLONG;
	walk_to(w, fd_take(&child));
	return 1;
}

int lookup(pid_t tid, int dir, const char *path, bool follow, struct place *ret)
{
	struct walk w = { .tid = tid, .fd = -EBADF, .follow = follow, .to = ret };

	*ret = (struct place){ .fd = -EBADF, .parent = true };
	if (strlen(path) >= sizeof(w.rest))
		return -ENAMETOOLONG;
	strcpy(w.rest, path);
	int r = start(&w, dir, path);
	while (r == 0 && (r = step(&w)) == 1)
		r = 0;
	if (r == 0 && ret->error) {
		if (ret->parent)
			ret->parent_flags = mount_flags(w.fd);
		fd_close(&w.fd);
	}
	if (r == 0 && !ret->error && !ret->unknown && fstat(w.fd, &ret->st) == 0) {
		ret->flags = mount_flags(w.fd);
		ret->fd = fd_take(&w.fd);
	}
	fd_close(&w.fd);
	return r;
}
