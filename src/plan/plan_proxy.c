/* SPDX-License-Identifier: MIT */
/*
 * The sandbox of the proxy itself.  It stands between a hostile program and the user's bus, so it gets what it needs to do
 * that: the host's libraries, the sockets of the buses, and the directory that it listens in.
 *
 * Its root also says who it is: portals ask the bus for the process behind a name and read /.flatpak-info in that one's root.
 * So they see an application with an id, not a program of the host that may have everything without a question.
 */
#include <linux/mount.h>
#include <sched.h>

#include "base/path.h"
#include "plan/items.h"

enum { ROOT_SIZE = 64 << 10 };

struct making {
	struct plan *plan; /* the proxy's */
	struct host *host;
	VEC(struct mount_entry) v;
};

static bool has(const struct making *m, const char *target)
{
	vec_each (e, &m->v)
		if (streq(e->target, target))
			return true;
	return false;
}

static void add(struct making *m, struct mount_entry e)
{
	const char *parent = path_parent(m->plan->arena, e.target);

	if (!has(m, parent))
		add(m, (struct mount_entry){ .kind = MOUNT_DIR, .target = parent, .mode = 0755, .is_dir = true });
	e.beneath = -1;
	vec_push(m->plan->arena, &m->v, e);
}

static void add_bind(struct making *m, const char *path, bool rw)
{
	const struct node *n = m->host->node(m->host, path);

	if (n->kind == NODE_LINK)
		add(m, (struct mount_entry){ .kind = MOUNT_SYMLINK, .target = path, .source = n->link });
	else if (n->kind != NODE_MISSING && n->kind != NODE_DENIED)
		add(m, (struct mount_entry){ .kind = MOUNT_BIND, .target = path, .source = path, .dev = n->dev, .ino = n->ino,
					     .is_dir = n->kind == NODE_DIR,
					     .attach = n->kind == NODE_DIR ? ATTACH_MAKE_DIR : ATTACH_MAKE_FILE,
					     .attrs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | (rw ? MOUNT_ATTR_NOEXEC : MOUNT_ATTR_RDONLY) });
}

static void add_own_dir(struct making *m, const char *path)
{
	add(m, (struct mount_entry){ .kind = MOUNT_BIND, .target = path, .source = path, .is_dir = true, .attach = ATTACH_MAKE_DIR,
				     .attrs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC });
}

/* What Landlock knows at its second ABI: that is enough for a program that makes and removes sockets. */
static void add_landlock(struct plan *proxy, const char *dir, bool abstract)
{
	struct landlock_plan *l = &proxy->landlock;
	const uint64_t reads = FS_EXECUTE | FS_READ_FILE | FS_READ_DIR, makes = FS_MAKE_SOCK | FS_REMOVE_FILE;

	if (l->abi < 2)
		return;
	l->handled_fs = reads | makes | FS_WRITE_FILE | FS_REMOVE_DIR | FS_MAKE_CHAR | FS_MAKE_DIR | FS_MAKE_REG | FS_MAKE_FIFO |
			FS_MAKE_BLOCK | FS_MAKE_SYM | FS_REFER;
	vec_push(proxy->arena, &l->paths, (struct landlock_path){ "/", reads, NO_ORIGIN });
	vec_push(proxy->arena, &l->paths, (struct landlock_path){ dir, makes, NO_ORIGIN });
	if (l->abi >= 4)
		l->handled_net = NET_BIND_TCP | NET_CONNECT_TCP;
	if (l->abi >= 6)
		l->scoped = SCOPED_SIGNAL | (abstract ? 0 : SCOPED_ABSTRACT_UNIX);
}

void plan_proxy(struct plan *plan, struct host *host)
{
	static const char *const system[] = { "/usr", "/bin", "/lib", "/lib32", "/lib64", "/libx32", "/etc/ld.so.cache" };
	struct plan *proxy = arena_alloc(plan->arena, sizeof(*proxy));
	struct making m = { .plan = proxy, .host = host };
	bool abstract = false;

	*proxy = (struct plan){ .arena = plan->arena, .profile = plan->profile, .caller = plan->caller, .cap_last = plan->cap_last };
	proxy->clone_flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS;
	/* Who it is outside: that is what it tells the bus. */
	proxy->ids = (struct plan_ids){ .outer_uid = plan->ids.outer_uid, .outer_gid = plan->ids.outer_gid,
					.inner_uid = plan->ids.outer_uid, .inner_gid = plan->ids.outer_gid };
	plan->proxy.plan = proxy;
	plan->proxy.app_id = service_app_id(plan);
	plan->portal.instance = arena_printf(plan->arena, PORTAL_INSTANCE "%d", (int)host->probe(host, PROBE_PID, 0));

	vec_push(plan->arena, &m.v, (struct mount_entry){ .kind = MOUNT_TMPFS, .target = "/", .size = ROOT_SIZE, .mode = 0755, .is_dir = true,
							  .beneath = -1, .attrs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV });
	for (size_t i = 0; i < ARRAY_SIZE(system); i++)
		add_bind(&m, system[i], false);
	add(&m, (struct mount_entry){ .kind = MOUNT_FILE, .target = "/.flatpak-info", .mode = 0444, .attach = ATTACH_MAKE_FILE,
				      .source = portal_info(plan) });
	for (enum bus i = 0; i < BUS_COUNT; i++) {
		if (plan->bus[i].wanted && plan->bus[i].socket)
			add_bind(&m, plan->bus[i].socket, false);
		abstract |= plan->bus[i].wanted && !plan->bus[i].socket;
	}
	add_own_dir(&m, plan->proxy.dir);
	proxy->mounts = m.v.v;
	proxy->n_mounts = m.v.n;
	proxy->landlock.abi = (int)host->probe(host, PROBE_LANDLOCK_ABI, 0);
	add_landlock(proxy, plan->proxy.dir, abstract);
}
