/* SPDX-License-Identifier: MIT */
/*
 * A socket of the sandbox's own, whose clients the compositor treats as those of a sandbox.  It accepts them itself: nothing
 * of sbox's stands between.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/wayland.h"
#include "desktop/desktop.h"

enum { BACKLOG = 128 };

static int listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	/* Left by a launcher of the same number that was killed. */
	(void)unlink(path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, BACKLOG) < 0)
		return -errno;
	return fd_take(&fd);
}

int wayland_context(const struct plan *plan, struct launch *l)
{
	const struct plan_wayland *w = &plan->wayland;
	const struct wayland_context context = { .engine = "sbox", .app_id = w->app_id,
						 .instance = arena_printf(plan->arena, "%d", (int)getpid()) };
	const char *path = arena_printf(plan->arena, "%s/%s-wayland", w->dir, context.instance);
	_cleanup_close_ int theirs = -EBADF, fd = listen_at(path);
	int ends[2];

	if (fd < 0)
		return err_sys(l->err, w->from, -fd, "cannot listen at %s", path);
	l->socket_paths[SOCKET_WAYLAND] = path;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	theirs = ends[0];
	l->wayland_fd = ends[1];
	launch_keep(l, l->wayland_fd);
	int r = wayland_make_context(w->socket, &context, fd, theirs);
	return r < 0 ? err_sys(l->err, w->from, -r, "the compositor at %s gives no security context", w->socket) : 0;
}

int wayland_end(const struct plan *plan UNUSED, struct launch *l)
{
	fd_close(&l->wayland_fd);
	/* The child did that, unless it never came so far. */
	if (l->socket_paths[SOCKET_WAYLAND])
		(void)unlinkat(AT_FDCWD, l->socket_paths[SOCKET_WAYLAND], 0);
	return 0;
}
