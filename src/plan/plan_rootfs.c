/* SPDX-License-Identifier: MIT */
/*
 * `system = DIR`: an unpacked root file system instead of the host's.  What is at the top of DIR is at the top inside, but
 * the root itself stays sbox's own tmpfs, with its own /proc, /dev, /tmp and /run; so nothing that a program does in
 * there can replace one of them.
 */
#include "plan/items.h"

#include <errno.h>

#include "base/path.h"

/* Every sandbox has its own. */
static const char *const own_names[] = { "dev", "proc", "run", "sys", "tmp" };

/* A sandbox has its own unless a line gives DIR's: what changes is not the system's. */
static const char *const state_names[] = { "home", "var" };

static bool is_in(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (streq(name, names[i]))
			return true;
	return false;
}

/* A home has a place of its own inside: nothing of DIR may be in its way. */
static bool holds_home(const struct items *it, const char *path)
{
	return path_below(it->plan->caller->home, path) != NULL;
}

static void add_top(struct items *it, const char *name, struct item like)
{
	const char *path = path_join(it->arena, "/", name), *source = path_join(it->arena, it->plan->rootfs, name);
	const struct node *n = it->host->node(it->host, source);

	like.path = path;
	like.source = source;
	like.node = n;
	like.is_dir = n->kind == NODE_DIR;
	if (n->kind == NODE_LINK) {
		like.kind = MOUNT_SYMLINK;
		like.source = n->link;
		like.node = NULL;
		like.rw = false;
		item_add(it, like);
	} else if (n->kind == NODE_DIR || n->kind == NODE_FILE) {
		item_add(it, like);
	}
}

/* What is at the top of DIR, each at its place. */
static void add_tops(struct items *it, struct item like, bool state)
{
	name_list names = { 0 };

	(void)it->host->names(it->host, it->plan->rootfs, "*", &names);
	vec_each (name, &names)
		if (!is_in(*name, own_names, ARRAY_SIZE(own_names)) && (state || !is_in(*name, state_names, ARRAY_SIZE(state_names))) &&
		    !holds_home(it, path_join(it->arena, "/", *name)))
			add_top(it, *name, like);
}

bool items_rootfs_line(struct items *it, const struct setting *s, const struct resolved *r, const char *dst)
{
	if (!it->plan->rootfs || !streq(dst, "/") || !streq(r->path, it->plan->rootfs))
		return false;
	/* As the hits of a pattern: a line that names one of them is meant. */
	add_tops(it, (struct item){ .kind = MOUNT_BIND, .rw = s->key == KEY_files_rw, .globbed = true, .rank = RANK_LAYER + (int)s->layer,
				    .from = s->from },
		 true);
	return true;
}

/* Where names are looked up is the network's matter, not the system's. */
static void add_resolver(struct items *it, struct origin from)
{
	static const char path[] = "/etc/resolv.conf";
	const char *etc = path_join(it->arena, it->plan->rootfs, "etc"), *there = path_join(it->arena, etc, "resolv.conf");
	const char *text = it->plan->network.resolv_conf;
	struct resolved r;

	bool hosts = it->plan->net == NET_HOST || it->plan->net == NET_JOIN;

	if (!text && (!hosts || host_resolve(it->host, it->arena, path, &r) < 0 || r.node->kind != NODE_FILE))
		return;
	if (it->host->node(it->host, etc)->kind != NODE_DIR || it->host->node(it->host, there)->kind != NODE_FILE) {
		item_remark(it, from, "%s is no file: names are not looked up where the host does", there);
		return;
	}
	/* Its rank is above that of the directory it lies in, where a file of the system's would be dropped. */
	if (text)
		item_add(it, (struct item){ .kind = MOUNT_FILE, .path = path, .source = text, .mode = 0444, .rank = RANK_GUARD, .from = from });
	else
		item_add(it, (struct item){ .kind = MOUNT_BIND, .path = path, .source = r.path, .node = r.node, .optional = true,
					    .from = from });
}

int items_rootfs(struct items *it, const struct setting *system)
{
	struct resolved r;

	int missing = item_source(it, system->v.src, system->from, true, false, &r);

	if (missing < 0)
		return -EINVAL;
	if (missing) {
		err_sys(it->err, system->from, ENOENT, "%s", system->v.src);
		err_remedy(it->err, "name a directory that holds a root file system; system = host gives this machine's programs");
		return -EINVAL;
	}
	if (r.node->kind != NODE_DIR)
		return err_add(it->err, system->from, "%s is not a directory", system->v.src);
	if (streq(r.path, "/")) {
		err_add(it->err, system->from, "\"/\" is the system that is running");
		err_remedy(it->err, "system = host gives its programs");
		return -EINVAL;
	}
	/* From here on no link below it leads out of it. */
	it->plan->rootfs = r.path;
	size_t before = it->v.n;
	add_tops(it, (struct item){ .kind = MOUNT_BIND, .from = system->from }, false);
	if (it->v.n == before) {
		err_add(it->err, system->from, "%s holds no root file system", r.path);
		err_remedy(it->err, "unpack one there: /bin, /lib and the like are expected in it");
		return -EINVAL;
	}
	add_resolver(it, system->from);
	return 0;
}
