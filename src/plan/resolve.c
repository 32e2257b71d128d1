/* SPDX-License-Identifier: MIT */
/* Where a host path leads: each link is followed here, by asking for one component after the other. */
#include <errno.h>

#include "base/path.h"
#include "plan/host.h"

enum { LINKS_MAX = 40 };

static int blocked(struct resolved *ret, const struct node *n, bool last)
{
	ret->node = n;
	switch (n->kind) {
	case NODE_DENIED:
		return -EACCES;
	case NODE_MISSING:
		return last ? 0 : -ENOENT;
	case NODE_DIR:
		return 0;
	default:
		return last ? 0 : -ENOTDIR;
	}
}

int host_resolve(struct host *h, struct arena *arena, const char *path, struct resolved *ret)
{
	return host_resolve_in(h, arena, NULL, path, ret);
}

static bool is_inside(const char *path, const char *root)
{
	const char *rest = root ? path_below(path, root) : NULL;

	return rest && *rest;
}

int host_resolve_in(struct host *h, struct arena *arena, const char *root, const char *path, struct resolved *ret)
{
	bool inside = false;
	char *done = arena_strdup(arena, "/");
	char *rest = arena_strdup(arena, path);

	*ret = (struct resolved){ .path = done, .node = h->node(h, "/") };
	while (*(rest += strspn(rest, "/"))) {
		size_t len = strcspn(rest, "/");
		const char *name = arena_strndup(arena, rest, len);

		rest += len;
		if (streq(name, ".."))
			done = inside && streq(done, root) ? done : path_parent(arena, done);
		else if (!streq(name, "."))
			done = path_join(arena, done, name);
		ret->path = done;
		inside |= is_inside(done, root);

		const struct node *n = h->node(h, done);
		bool last = !rest[strspn(rest, "/")];

		if (n->kind != NODE_LINK) {
			int r = blocked(ret, n, last);
			if (r < 0) {
				/* Named to its end: messages show what was asked for, and it may be made there. */
				ret->path = path_normalize(arena, path_join(arena, done, rest + strspn(rest, "/")));
				return r;
			}
			continue;
		}
		if (ret->links.n == LINKS_MAX) {
			ret->node = n;
			return -ELOOP;
		}
		vec_push(arena, &ret->links, (struct link_step){ .at = done, .target = n->link });
		rest = path_join(arena, n->link, rest);
		done = n->link[0] == '/' ? arena_strdup(arena, inside ? root : "/") : path_parent(arena, done);
		/* The target may be nothing but "/". */
		ret->path = done;
		ret->node = h->node(h, done);
	}
	return 0;
}
