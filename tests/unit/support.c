/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/dirs.h"
#include "base/fd.h"
#include "base/path.h"

/* The library's link-time directories: none, a unit test brings its own profiles. */
const char system_profile_dir[] = "/nonexistent/system";
const char shipped_profile_dir[] = "/nonexistent/shipped";

static const char usual[] = "d /usr/bin\nd /usr/lib\nl /bin usr/bin\nl /lib usr/lib\nf /etc/ld.so.cache\nd /etc/ssl\n"
			    "d /etc/alternatives\nl /etc/localtime /usr/share/zoneinfo/UTC\nf /usr/share/zoneinfo/UTC\n"
			    "c /dev/null\nc /dev/zero\nc /dev/full\nc /dev/random\nc /dev/urandom\nc /dev/tty\n"
			    "d /home/u/p\n";

struct fake {
	struct host host;
	struct arena *arena;
	VEC(struct fake_node {
		const char *path;
		struct node node;
	}) nodes;
};

static struct node *lookup(struct fake *f, const char *path)
{
	vec_each (n, &f->nodes)
		if (streq(n->path, path))
			return &n->node;
	return NULL;
}

static void add_node(struct fake *f, const char *path, struct node node)
{
	if (!streq(path, "/") && !lookup(f, path_parent(f->arena, path)))
		add_node(f, path_parent(f->arena, path), (struct node){ .kind = NODE_DIR, .mode = 0755 });
	node.dev = 1;
	node.ino = f->nodes.n + 2;
	struct node *there = lookup(f, path);
	if (there) {
		node.ino = there->ino;
		*there = node;
		return;
	}
	vec_push(f->arena, &f->nodes, (struct fake_node){ path, node });
}

static void add_nodes(struct fake *f, const char *machine)
{
	char *text = arena_strdup(f->arena, machine);

	for (char *line; (line = strsep(&text, "\n"));) {
		char *kind = strsep(&line, " "), *path = line ? strsep(&line, " ") : NULL;
		struct node n = { .mode = 0644 };

		if (!path)
			continue;
		n.kind = *kind == 'd' ? NODE_DIR : *kind == 'f' ? NODE_FILE : *kind == 'l' ? NODE_LINK : *kind == 'c' ? NODE_CHAR : NODE_DENIED;
		n.link = line;
		n.rdev = n.kind == NODE_CHAR ? 0x103 : 0;
		add_node(f, path, n);
	}
}

static const struct node *fake_node(struct host *h, const char *path)
{
	static const struct node missing = { .kind = NODE_MISSING };
	const struct node *n = lookup((struct fake *)h, path);

	return n ? n : &missing;
}

static void fake_names(struct host *h, const char *dir, const char *pattern, name_list *ret)
{
	struct fake *f = (struct fake *)h;

	vec_each (n, &f->nodes)
		if (streq(path_parent(f->arena, n->path), dir) && fnmatch(pattern, path_name(n->path), FNM_PERIOD) == 0)
			vec_push(f->arena, ret, path_name(n->path));
}

static int64_t fake_probe(struct host *h UNUSED, enum probe what, int64_t argument UNUSED)
{
	return what == PROBE_CAP_LAST ? 40 : what == PROBE_RAM ? INT64_C(4) << 30 : what == PROBE_NR_OPEN ? 4096 : 0;
}

static const char *fake_text(struct host *h UNUSED, const char *path UNUSED)
{
	return NULL;
}

struct host *fake_host(struct arena *arena, const struct caller *caller, const char *machine)
{
	struct fake *f = arena_alloc(arena, sizeof(*f));

	f->arena = arena;
	f->host = (struct host){ .caller = caller, .node = fake_node, .names = fake_names, .probe = fake_probe, .text = fake_text };
	add_nodes(f, usual);
	add_nodes(f, machine);
	return &f->host;
}

struct caller fake_caller(void)
{
	static char *const env[] = { "HOME=/home/u", "LANG=C.UTF-8", "SECRET=1", "LC_TIME=C", "PATH=/evil", NULL };

	return (struct caller){ .uid = getuid() ? getuid() : 1000, .gid = getgid() ? getgid() : 1000, .user = "u", .group = "u",
				.home = "/home/u", .shell = "/bin/sh", .cwd = "/home/u/p", .config_dir = "/home/u/.config",
				.data_dir = "/home/u/.local/share", .state_dir = "/home/u/.local/state",
				.cache_dir = "/home/u/.cache", .environ = env };
}

struct bench *bench_plan(const char *profile_text, const char *machine)
{
	char file[] = "/tmp/sbox-test-XXXXXX.ini";
	struct arena *arena = arena_new();
	struct bench *b = arena_alloc(arena, sizeof(*b));

	b->arena = arena;
	b->caller = fake_caller();
	err_init(&b->err, arena);
	b->host = fake_host(arena, &b->caller, machine);

	int fd = mkstemps(file, 4);
	if (fd < 0 || fd_write_all(fd, profile_text, strlen(profile_text)) < 0)
		abort();
	close(fd);
	const struct profile_request request = { .caller = &b->caller, .name = arena_strdup(arena, file) };
	if (profile_load(arena, &request, &b->profile, &b->err) == 0)
		(void)plan_build(arena, b->profile, b->host, NULL, &b->plan, &b->err);
	unlink(file);
	return b;
}

void bench_free(struct bench *b)
{
	if (b)
		arena_free(b->arena);
}

const char *bench_problems(struct bench *b)
{
	const char *text = "";

	vec_each (p, &b->err.problems)
		text = arena_printf(b->arena, "%s%u: %s: %s%s%s\n", text, p->from.line, p->from.key ? p->from.key : "", p->text,
				    p->remedy ? " | " : "", p->remedy ? p->remedy : "");
	return text;
}

const struct mount_entry *entry(const struct bench *b, const char *target)
{
	for (size_t i = 0; b->plan && i < b->plan->n_mounts; i++)
		if (streq(b->plan->mounts[i].target, target))
			return &b->plan->mounts[i];
	return NULL;
}
