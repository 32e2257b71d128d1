/* SPDX-License-Identifier: MIT */
/* What every sandbox brings (/proc, /dev) and what `system = host` adds: tables. */
#include "plan/items.h"

#include "base/path.h"

static const struct origin always = { .file = "always" };

enum { ROOT_SIZE = 4 << 20, STATE_SIZE = 16 << 20 };

/* mode_t of a link says nothing; the target is what counts */
static const struct {
	const char *path, *target;
} dev_links[] = {
	{ "/dev/fd", "/proc/self/fd" },       { "/dev/stdin", "/proc/self/fd/0" }, { "/dev/stdout", "/proc/self/fd/1" },
	{ "/dev/stderr", "/proc/self/fd/2" }, { "/dev/ptmx", "pts/ptmx" },
};

static const char *const dev_nodes[] = {
	"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty",
};

/*
 * The parts of /etc that programs of a usual system need (measured by leaving each out, one at a time): all
 * optional, since no two distributions have the same.  None holds a secret that the user could read.
 */
static const char *const etc_parts[] = {
	"/etc/ld.so.cache",
	"/etc/alternatives",  /* Debian: cc, convert, java, BLAS are links through it */
	"/etc/nsswitch.conf", /* how names are looked up */
	"/etc/localtime",
	"/etc/ssl",           /* certificate authorities */
	"/etc/pki",           /* the same on Fedora */
	"/etc/ca-certificates",
	"/etc/fonts",
	"/etc/machine-id",    /* D-Bus libraries complain without */
};

/* Names are only worth looking up with a network. */
static const char *const etc_network_parts[] = {
	"/etc/host.conf", "/etc/hosts", "/etc/gai.conf", "/etc/services", "/etc/protocols",
};

static const char *const etc_resolver[] = { "/etc/resolv.conf" };

static void add_dir(struct items *it, const char *path, mode_t mode, struct origin from)
{
	item_add(it, (struct item){ .kind = MOUNT_DIR, .path = path, .mode = mode, .from = from, .is_dir = true });
}

static void add_tmpfs(struct items *it, const char *path, mode_t mode, uint64_t size, struct origin from)
{
	item_add(it, (struct item){ .kind = MOUNT_TMPFS, .path = path, .mode = mode, .size = size, .rw = true, .from = from,
				    .is_dir = true });
}

static void add_file(struct items *it, const char *path, const char *text, struct origin from)
{
	item_add(it, (struct item){ .kind = MOUNT_FILE, .path = path, .source = text, .mode = 0444, .from = from });
}

static void add_link(struct items *it, const char *path, const char *target, struct origin from)
{
	item_add(it, (struct item){ .kind = MOUNT_SYMLINK, .path = path, .source = target, .from = from });
}

static void items_dev(struct items *it)
{
	add_dir(it, "/dev", 0755, always);
	for (size_t i = 0; i < ARRAY_SIZE(dev_nodes); i++) {
		const struct node *n = it->host->node(it->host, dev_nodes[i]);

		item_add(it, (struct item){ .kind = MOUNT_DEVICE, .path = dev_nodes[i], .source = dev_nodes[i], .node = n,
					    .devices = true, .from = always });
		if (n->kind != NODE_CHAR)
			err_add(it->err, always, "%s is not a character device on this machine", dev_nodes[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(dev_links); i++)
		add_link(it, dev_links[i].path, dev_links[i].target, always);
	item_add(it, (struct item){ .kind = MOUNT_DEVPTS, .path = "/dev/pts", .from = always, .rw = true, .is_dir = true });
	add_tmpfs(it, "/dev/shm", 01777, items_tmp_size(it), always);
}

/* A top-level directory of the host: a link as a link (merged /usr), a directory as a directory. */
static void add_system_dir(struct items *it, const char *path, struct origin from)
{
	const struct node *n = it->host->node(it->host, path);

	if (n->kind == NODE_LINK)
		add_link(it, path, n->link, from);
	else if (n->kind == NODE_DIR)
		item_add(it, (struct item){ .kind = MOUNT_BIND, .path = path, .source = path, .node = n, .from = from,
					    .is_dir = true });
}

static void add_etc_parts(struct items *it, const char *const *parts, size_t n, struct origin from)
{
	for (size_t i = 0; i < n; i++) {
		struct resolved r;

		if (host_resolve(it->host, it->arena, parts[i], &r) < 0 || r.node->kind == NODE_MISSING)
			continue;
		/*
		 * A link that leads into what is visible anyway (/etc/localtime) is recreated; one that leads elsewhere
		 * (/etc/resolv.conf into /run) becomes the file itself, so that nothing else of that place shows.
		 */
		const struct node *direct = it->host->node(it->host, parts[i]);
		if (direct->kind == NODE_LINK && r.links.n == 1 && path_below(r.path, "/usr")) {
			add_link(it, parts[i], direct->link, from);
			continue;
		}
		item_add(it, (struct item){ .kind = MOUNT_BIND, .path = parts[i], .source = r.path, .node = r.node,
					    .optional = true, .from = from, .is_dir = r.node->kind == NODE_DIR });
	}
}

/* So that `id`, `whoami` and `ls -l` show names; the host's own files would show who else is there. */
static void add_accounts(struct items *it, struct origin from)
{
	const struct plan_ids *ids = &it->plan->ids;
	const struct caller *c = it->plan->caller;
	const char *root = ids->inner_uid == 0 ? "" : "root:x:0:0:root:/root:/usr/sbin/nologin\n";
	const char *wheel = ids->inner_gid == 0 ? "" : "root:x:0:\n";

	add_file(it, "/etc/passwd",
		 arena_printf(it->arena, "%s%s:x:%u:%u:%s:%s:%s\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
			      root, ids->user_name, ids->inner_uid, ids->inner_gid, ids->user_name, c->home, c->shell),
		 from);
	add_file(it, "/etc/group",
		 arena_printf(it->arena, "%s%s:x:%u:\nnogroup:x:65534:\n", wheel, ids->group_name, ids->inner_gid), from);
}

static void items_system_host(struct items *it, struct origin from)
{
	static const char *const top[] = { "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt" };

	for (size_t i = 0; i < ARRAY_SIZE(top); i++)
		add_system_dir(it, top[i], from);
	add_dir(it, "/etc", 0755, from);
	add_etc_parts(it, etc_parts, ARRAY_SIZE(etc_parts), from);
	if (it->plan->net != NET_NONE)
		add_etc_parts(it, etc_network_parts, ARRAY_SIZE(etc_network_parts), from);
	else
		add_file(it, "/etc/hosts",
			 arena_printf(it->arena, "127.0.0.1 localhost%s%s\n::1 localhost ip6-localhost\n",
				      it->plan->hostname ? " " : "", it->plan->hostname ? it->plan->hostname : ""),
			 from);
	if (it->plan->network.resolv_conf)
		add_file(it, etc_resolver[0], it->plan->network.resolv_conf, it->plan->network.from);
	else if (it->plan->net == NET_HOST || it->plan->net == NET_JOIN)
		add_etc_parts(it, etc_resolver, ARRAY_SIZE(etc_resolver), from);
	add_accounts(it, from);
}

/* What a program expects to be there and to be able to write, whatever the system is. */
static void items_state(struct items *it, struct origin from)
{
	const struct caller *c = it->plan->caller;

	add_tmpfs(it, "/tmp", 01777, items_tmp_size(it), from);
	add_tmpfs(it, "/run", 0755, STATE_SIZE, from);
	add_tmpfs(it, "/var", 0755, STATE_SIZE, from);
	add_link(it, "/var/tmp", "/tmp", from);
	add_link(it, "/var/run", "/run", from);
	item_add(it, (struct item){ .kind = MOUNT_DIR, .mode = 0700, .from = from, .is_dir = true, .rank = RANK_DIR, .runtime = true,
				    .path = c->runtime_dir ? c->runtime_dir :
							     arena_printf(it->arena, "/run/user/%u", it->plan->ids.inner_uid) });
}

void items_system(struct items *it)
{
	const struct setting *system = profile_get(it->plan->profile, KEY_files_system);

	add_tmpfs(it, "/", 0755, ROOT_SIZE, always);
	item_add(it, (struct item){ .kind = MOUNT_PROC, .path = "/proc", .from = always, .rw = true, .is_dir = true });
	items_dev(it);
	if (system->v.number == SYSTEM_HOST)
		items_system_host(it, system->from);
	if (system->v.number == SYSTEM_HOST || (system->v.number == SYSTEM_DIR && items_rootfs(it, system) == 0))
		items_state(it, system->from);
}
