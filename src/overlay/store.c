/* SPDX-License-Identifier: MIT */
/* Which changes are kept, under which ids, and whose they are. */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/xattr.h>
#include <limits.h>

#include "base/fd.h"
#include "base/path.h"
#include "kernel/overlay.h"
#include "overlay/overlay.h"

enum { IDS_MAX = 10000, LAYERS_MAX = 1000 };

static int dir_open(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static const char *attribute(int fd, const char *name, struct arena *arena)
{
	char value[PATH_MAX];
	ssize_t n = fgetxattr(fd, name, value, sizeof(value));

	return n < 0 || memchr(value, '\0', (size_t)n) ? NULL : arena_strndup(arena, value, (size_t)n);
}

/* The source may have been replaced by something else of its name. */
static void source_open(struct kept_layer *l, struct arena *arena)
{
	const char *identity = attribute(l->dir, OVERLAY_IDENTITY, arena);
	char now[OVERLAY_IDENTITY_MAX];
	_cleanup_close_ int fd = -EBADF;

	l->source = attribute(l->dir, OVERLAY_SOURCE, arena);
	if (!l->source || l->source[0] != '/' || !identity) {
		l->problem = "it does not say which directory it belongs to";
		return;
	}
	fd = open(l->source, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		l->problem = errno == ENOENT ? "its directory is gone" : "its directory cannot be opened";
	else if (overlay_identity(fd, now) < 0 || !streq(now, identity))
		l->problem = "another directory is in the place of the one it belongs to";
	else
		l->host = fd_take(&fd);
}

void kept_layers(struct kept *k, const char *path, struct arena *arena)
{
	entry_names names = { 0 };

	if (tree_names(k->dir, arena, LAYERS_MAX, &names) < 0)
		return;
	vec_each (name, &names) {
		struct kept_layer l = { .name = *name, .path = path_join(arena, path, *name), .host = -EBADF, .dir = dir_open(k->dir, *name) };

		if (l.dir < 0)
			continue;
		l.upper = dir_open(l.dir, "upper");
		source_open(&l, arena);
		vec_push(arena, &k->layers, l);
	}
}

int kept_find(struct arena *arena, const char *dir, kept_list *ret)
{
	_cleanup_close_ int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	entry_names names = { 0 };

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	int r = tree_names(fd, arena, IDS_MAX, &names);
	if (r < 0)
		return r;
	vec_each (name, &names) {
		struct kept k = { .id = *name, .dir = dir_open(fd, *name) };

		if (k.dir < 0)
			continue;
		/* Nobody but its user may change what is in it. */
		if (flock(k.dir, LOCK_EX | LOCK_NB) < 0)
			k.in_use = true;
		else
			(void)flock(k.dir, LOCK_UN);
		kept_layers(&k, path_join(arena, dir, *name), arena);
		vec_push(arena, ret, k);
	}
	return 0;
}

int kept_lock(struct kept *k)
{
	if (flock(k->dir, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	k->locked = true;
	return 0;
}

void kept_close(kept_list *list)
{
	vec_each (k, list) {
		vec_each (l, &k->layers) {
			fd_close(&l->upper);
			fd_close(&l->host);
			fd_close(&l->dir);
		}
		fd_close(&k->dir);
	}
}

int layer_discard(struct kept *k, struct kept_layer *layer)
{
	/* The layer's own directory last: as long as it is there it can be repeated. */
	int r = tree_remove(layer->dir, "upper");

	return r < 0 ? r : tree_remove(k->dir, layer->name);
}

bool layer_gone(struct kept *k, struct kept_layer *layer)
{
	if (unlinkat(layer->dir, "upper", AT_REMOVEDIR) < 0 && errno != ENOENT)
		return false;
	return tree_remove(k->dir, layer->name) == 0;
}

void kept_remove(struct arena *arena, const char *dir, const struct kept *k)
{
	(void)unlinkat(AT_FDCWD, path_join(arena, dir, k->id), AT_REMOVEDIR);
}
