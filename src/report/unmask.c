/* SPDX-License-Identifier: MIT */
#include "report/unmask.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"

static const uint32_t changes = IN_CREATE | IN_MOVED_TO | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK;

/*
 * The directory that @path would appear in: its parent, or the nearest one that exists.  Nothing is allocated: a program
 * that makes and removes such a directory all the time would use the supervisor's memory up.
 */
static int watch_directory(struct unmask *u, const char *path)
{
	char dir[PATH_MAX];
	size_t n = strlen(path);

	if (n >= sizeof(dir)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(dir, path, n + 1);
	for (;;) {
		char *slash = strrchr(dir, '/');
		slash[slash == dir] = '\0';

		int wd = inotify_add_watch(u->fd, dir, changes | IN_MASK_ADD);
		if (wd >= 0 || errno != ENOENT || streq(dir, "/"))
			return wd;
	}
}

/* Between the look at the machine and the watch it could be replaced unseen. */
static bool changed_meanwhile(const struct plan_watch *w)
{
	struct stat st;

	if ((!w->missing && !w->ino) || lstat(w->path, &st) < 0)
		return false;
	return w->missing || st.st_ino != w->ino || st.st_dev != w->dev;
}

static void replaced(struct unmask *u, size_t i, struct err *err)
{
	const struct plan_watch *w = &u->plan->watches.v[i];

	u->said[i] = true;
	if (w->missing) {
		err_warn(err, w->from, "%s has appeared, and is not protected in this run", w->path);
		err_remedy(err, "look at it before something outside believes it; the next run protects it. Or: on-unmask = kill");
		return;
	}
	err_warn(err, w->from, "%s was replaced from outside: the sandbox sees the new one", w->path);
	err_remedy(err, "start the sandbox again, or let this end it: on-unmask = kill");
}

int unmask_open(struct unmask *u, const struct plan *plan, struct err *err)
{
	size_t n = plan->watches.n;
	int warnings = 0;

	*u = (struct unmask){ .plan = plan, .fd = -EBADF };
	if (!n)
		return warnings;
	u->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	u->wds = arena_new_array(plan->arena, int, n);
	u->said = arena_new_array(plan->arena, bool, n);
	for (size_t i = 0; i < n; i++) {
		const struct plan_watch *w = &plan->watches.v[i];

		u->wds[i] = u->fd < 0 ? -1 : watch_directory(u, w->path);
		if (changed_meanwhile(w)) {
			replaced(u, i, err);
			u->found++;
		}
		/* Below a file, as the .git of a worktree, nothing appears unless that is replaced, which is watched itself. */
		if (u->wds[i] >= 0 || (w->missing && errno == ENOTDIR))
			continue;
		err_warn(err, w->from, "%s: a replacement from outside would go unnoticed: %s", w->path, strerror(errno));
		warnings++;
	}
	return warnings + (int)u->found;
}

/* The component of @path that lives in the watched directory is compared by the wd alone: @name must be on the path. */
static bool names(const char *path, const char *name)
{
	const char *at = strstr(path, name);
	size_t len = strlen(name);

	for (; at; at = strstr(at + 1, name))
		if (at > path && at[-1] == '/' && (at[len] == '\0' || at[len] == '/'))
			return true;
	return false;
}

/* A directory on the way appeared: the name itself may be there already, or come later. */
static void follow(struct unmask *u, size_t i)
{
	u->wds[i] = watch_directory(u, u->plan->watches.v[i].path);
}

static size_t happened(struct unmask *u, const struct inotify_event *e, struct err *err)
{
	size_t n = 0;

	for (size_t i = 0; i < u->plan->watches.n; i++) {
		const struct plan_watch *w = &u->plan->watches.v[i];

		if (u->said[i] || u->wds[i] != e->wd || !names(w->path, e->name))
			continue;
		follow(u, i);
		if (access(w->path, F_OK) < 0 && errno == ENOENT)
			continue;
		replaced(u, i, err);
		n++;
	}
	return n;
}

size_t unmask_read(struct unmask *u, struct err *err)
{
	_Alignas(struct inotify_event) char buffer[4096];
	size_t found = 0;
	ssize_t n;

	while ((n = read(u->fd, buffer, sizeof(buffer))) > 0)
		for (const char *p = buffer; p < buffer + n;) {
			const struct inotify_event *e = (const void *)p;

			if (e->len)
				found += happened(u, e, err);
			p += sizeof(*e) + e->len;
		}
	return found;
}

void unmask_close(struct unmask *u)
{
	fd_close(&u->fd);
}
