/* SPDX-License-Identifier: MIT */
/*
 * Portals of 2024 and later (xdg-desktop-portal 1.19) refuse a program of which they cannot find the process: they read its
 * number in a file of the runtime directory that goes by the instance in the program's /.flatpak-info.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "desktop/desktop.h"

static const char file[] = "bwrapinfo.json";

static int directory_make(int parent, const char *path)
{
	if (mkdirat(parent, path, 0700) < 0 && errno != EEXIST)
		return -errno;
	int fd = openat(parent, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Whose launcher was killed. */
static void sweep(int parent)
{
	int copy = openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *e;

	while (d && (e = readdir(d))) {
		const char *number = skip_prefix(e->d_name, PORTAL_INSTANCE);
		long pid = number ? strtol(number, NULL, 10) : 0;

		if (pid <= 0 || kill((pid_t)pid, 0) == 0 || errno != ESRCH)
			continue;
		_cleanup_close_ int dir = openat(parent, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (dir < 0)
			continue;
		(void)unlinkat(dir, file, 0);
		(void)unlinkat(parent, e->d_name, AT_REMOVEDIR);
	}
	if (d)
		(void)closedir(d);
	else
		fd_close(&copy);
}

int portal_register(const struct plan *plan, struct launch *l)
{
	char text[48];
	int n = snprintf(text, sizeof(text), "{\"child-pid\": %d}\n", (int)l->child);
	_cleanup_close_ int parent = directory_make(AT_FDCWD, plan->portal.dir);

	if (parent < 0)
		return err_sys(l->err, plan->portal.from, -parent, "%s", plan->portal.dir);
	sweep(parent);
	_cleanup_close_ int dir = directory_make(parent, plan->portal.instance);
	if (dir < 0)
		return dir;
	(void)unlinkat(dir, file, 0);
	_cleanup_close_ int fd = openat(dir, file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	l->portal_parent = fd_take(&parent);
	l->portal_dir = fd_take(&dir);
	launch_keep(l, l->portal_parent);
	launch_keep(l, l->portal_dir);
	return fd_write_all(fd, text, (size_t)n);
}

int portal_forget(const struct plan *plan, struct launch *l)
{
	int r = 0;

	if (l->portal_dir >= 0 && (unlinkat(l->portal_dir, file, 0) < 0 || unlinkat(l->portal_parent, plan->portal.instance, AT_REMOVEDIR) < 0))
		r = -errno;
	fd_close(&l->portal_dir);
	fd_close(&l->portal_parent);
	return r;
}
