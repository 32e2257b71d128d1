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
const char shipped_apparmor_profile[] = "/nonexistent/apparmor";
const char scope_helper[] = "/nonexistent/sbox-scope";

static const char usual[] = "d /usr/bin\nd /usr/lib\nl /bin usr/bin\nl /lib usr/lib\nf /etc/ld.so.cache\nd /etc/ssl\n"
			    "d /etc/alternatives\nl /etc/localtime /usr/share/zoneinfo/UTC\nf /usr/share/zoneinfo/UTC\n"
			    "c /dev/null\nc /dev/zero\nc /dev/full\nc /dev/random\nc /dev/urandom\nc /dev/tty\n"
			    "d /home/u/p\np cap 40\np rlimit -1\np ram 4294967296\np landlock 6\n";

static const char *const probe_names[] = {
	[PROBE_LANDLOCK_ABI] = "landlock", [PROBE_APPARMOR] = "apparmor", [PROBE_SELINUX] = "selinux", [PROBE_STDIO_TTY] = "tty",
	[PROBE_PASTA_2024] = "pasta",
	[PROBE_FD_OPEN] = "fd",            [PROBE_CAP_LAST] = "cap",      [PROBE_RAM] = "ram",         [PROBE_RLIMIT] = "rlimit",
	[PROBE_PID] = "pid",               [PROBE_CLOCK] = "clock",
};

struct fake {
	struct host host;
	struct arena *arena;
	uint64_t next_ino;
	VEC(struct fake_node {
		const char *path;
		struct node node;
	}) nodes; /* by name */
	VEC(struct alias {
		const char *at;
		const char *of;
	}) aliases;
	int64_t probes[ARRAY_SIZE(probe_names)];
	uint64_t open_fds;
	int wayland;
	struct cgroup_place cgroups;
};

/* Where @path is, or would be. */
static size_t position(const struct fake *f, const char *path)
{
	size_t lo = 0, hi = f->nodes.n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (strcmp(f->nodes.v[mid].path, path) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static struct node *lookup(struct fake *f, const char *path)
{
	vec_each (a, &f->aliases) {
		const char *rest = path_below(path, a->at);

		if (rest)
			path = path_join(f->arena, a->of, rest);
	}
	size_t i = position(f, path);
	return i < f->nodes.n && streq(f->nodes.v[i].path, path) ? &f->nodes.v[i].node : NULL;
}

static void add_node(struct fake *f, const char *path, struct node node)
{
	if (!streq(path, "/") && !lookup(f, path_parent(f->arena, path)))
		add_node(f, path_parent(f->arena, path), (struct node){ .kind = NODE_DIR, .mode = 0755 });
	struct node *there = lookup(f, path);

	node.dev = 1;
	node.uid = f->host.caller->uid;
	node.ino = there ? there->ino : ++f->next_ino + 1;
	if (there) {
		*there = node;
		return;
	}
	size_t i = position(f, path);
	vec_push(f->arena, &f->nodes, (struct fake_node){ .path = path });
	memmove(f->nodes.v + i + 1, f->nodes.v + i, (f->nodes.n - 1 - i) * sizeof(*f->nodes.v));
	f->nodes.v[i] = (struct fake_node){ path, node };
}

static void remove_node(struct fake *f, const char *path)
{
	size_t i = position(f, path);

	cr_assert(i < f->nodes.n && streq(f->nodes.v[i].path, path), "%s is not there", path);
	memmove(f->nodes.v + i, f->nodes.v + i + 1, (--f->nodes.n - i) * sizeof(*f->nodes.v));
}

static void set_probe(struct fake *f, const char *name, int64_t value)
{
	for (size_t i = 0; i < ARRAY_SIZE(probe_names); i++)
		if (streq(probe_names[i], name)) {
			f->probes[i] = value;
			f->open_fds |= i == PROBE_FD_OPEN ? UINT64_C(1) << value : 0;
			return;
		}
	cr_assert_fail("no such probe: %s", name);
}

/* "FLAGS;CONTROLLERS;ENABLED" */
static void add_level(struct fake *f, const char *path, const char *more)
{
	char *rest = arena_strdup(f->arena, more);
	const char *flags = strsep(&rest, ";"), *controllers = strsep(&rest, ";");

	vec_push(f->arena, &f->cgroups.levels,
		 (struct cgroup_level){ path, controllers, rest, strchr(flags, 'd') != NULL, strchr(flags, 'a') != NULL });
}

static void add_line(struct fake *f, char kind, const char *path, const char *more)
{
	static const char letters[] = "dflcsxb";
	static const enum node_kind kinds[] = { NODE_DIR, NODE_FILE, NODE_LINK, NODE_CHAR, NODE_SOCKET, NODE_DENIED, NODE_BLOCK };
	const char *letter = strchr(letters, kind);

	if (kind == '=')
		vec_push(f->arena, &f->aliases, (struct alias){ path, more });
	else if (kind == '-')
		remove_node(f, path);
	else if (kind == 'p')
		set_probe(f, path, strtoll(more, NULL, 10));
	else if (kind == 'm')
		lookup(f, path)->mode = (mode_t)strtoul(more, NULL, 8);
	else if (kind == 'w')
		f->wayland = (int)strtol(path, NULL, 10);
	else if (kind == 'G')
		f->cgroups.mount = path;
	else if (kind == 'V')
		f->cgroups.version_1 = true;
	else if (kind == 'g')
		add_level(f, path, more);
	else if (letter)
		add_node(f, path, (struct node){ .kind = kinds[letter - letters], .mode = kind == 'd' ? 0755 : 0644, .link = more,
						 .rdev = kind == 'c' ? 0x103 : kind == 'b' ? 0x801 : 0 });
	else
		cr_assert_fail("no such line: %c %s", kind, path);
}

static void add_lines(struct fake *f, const char *machine)
{
	char *text = arena_strdup(f->arena, machine);

	for (char *line; (line = strsep(&text, "\n"));) {
		const char *kind = strsep(&line, " "), *path = line ? strsep(&line, " ") : NULL;

		if (path)
			add_line(f, *kind, path, line);
	}
}

static const struct node *fake_node(struct host *h, const char *path)
{
	static const struct node missing = { .kind = NODE_MISSING };
	const struct node *n = lookup((struct fake *)h, path);

	return n ? n : &missing;
}

/* The caller owns everything. */
static bool fake_may(struct host *h, const char *path, int how)
{
	const struct node *n = fake_node(h, path);

	return n->kind != NODE_MISSING && n->kind != NODE_DENIED && ((int)n->mode >> 6 & how) == how;
}

static int fake_names(struct host *h, const char *dir, const char *pattern, name_list *ret)
{
	struct fake *f = (struct fake *)h;

	vec_each (n, &f->nodes)
		if (streq(path_parent(f->arena, n->path), dir) && fnmatch(pattern, path_name(n->path), FNM_PERIOD) == 0)
			vec_push(f->arena, ret, path_name(n->path));
	return h->node(h, dir)->mode & 0400 ? 0 : -EACCES;
}

static int64_t fake_probe(struct host *h, enum probe what, int64_t argument)
{
	const struct fake *f = (const struct fake *)h;

	return what == PROBE_FD_OPEN ? argument < 64 && f->open_fds >> argument & 1 : f->probes[what];
}

static const char *fake_text(struct host *h, const char *path)
{
	struct fake *f = (struct fake *)h;
	const struct node *n = lookup(f, path);

	if (!n || n->kind != NODE_FILE || !n->link)
		return NULL;
	char *text = arena_strdup(f->arena, n->link);
	for (char *c = text; (c = strchr(c, ';'));)
		*c = '\n';
	return text;
}

/* "hex:4a00…" is what text cannot say. */
static const char *fake_bytes(struct host *h, const char *path, size_t *ret_n)
{
	struct fake *f = (struct fake *)h;
	const struct node *n = lookup(f, path);
	const char *hex = n && n->kind == NODE_FILE && n->link ? skip_prefix(n->link, "hex:") : NULL;

	if (!hex)
		return NULL;
	*ret_n = strlen(hex) / 2;
	char *bytes = arena_alloc(f->arena, *ret_n + 1);
	for (size_t i = 0; i < *ret_n; i++)
		bytes[i] = (char)strtoul(arena_strndup(f->arena, hex + 2 * i, 2), NULL, 16);
	return bytes;
}

static const struct cgroup_place *fake_cgroups(struct host *h)
{
	return &((struct fake *)h)->cgroups;
}

static int fake_wayland(struct host *h, const char *socket UNUSED)
{
	return ((struct fake *)h)->wayland;
}

static const char *fake_foreign(struct host *h, const char *dir, const struct plan_ids *ids UNUSED)
{
	const char *path = path_join(((struct fake *)h)->arena, dir, "foreign");

	return fake_node(h, path)->kind == NODE_MISSING ? NULL : path;
}

struct host *fake_host(struct arena *arena, const struct caller *caller, const char *machine)
{
	struct fake *f = arena_alloc(arena, sizeof(*f));

	f->arena = arena;
	f->host = (struct host){ .caller = caller, .node = fake_node, .may = fake_may, .names = fake_names, .probe = fake_probe, .text = fake_text,
				  .cgroups = fake_cgroups, .bytes = fake_bytes, .foreign = fake_foreign,
				  .wayland = fake_wayland };
	add_lines(f, usual);
	add_lines(f, machine);
	return &f->host;
}

struct caller fake_caller(void)
{
	static const char *const env[] = { "HOME=/home/u", "LANG=C.UTF-8", "SECRET=1", "LC_TIME=C", "PATH=/evil", NULL };

	return (struct caller){ .uid = getuid() ? getuid() : 1000, .gid = getgid() ? getgid() : 1000, .user = "u", .group = "u",
				.home = "/home/u", .shell = "/bin/sh", .cwd = "/home/u/p", .config_dir = "/home/u/.config",
				.data_dir = "/home/u/.local/share", .state_dir = "/home/u/.local/state",
				.cache_dir = "/home/u/.cache", .environ = (char *const *)env };
}

static void write_file(const char *file, const char *text, size_t n)
{
	FILE *f = fopen(file, "w");

	cr_assert(f && fwrite(text, 1, n, f) == n && fclose(f) == 0, "%s", file);
}

static int load(struct bench *b, const char *text)
{
	static const char separator[] = "----\n";
	char dir[] = "/tmp/sbox-test-XXXXXX";
	const char *main = strstr(text, separator);

	cr_assert(mkdtemp(dir));
	const char *base_file = arena_printf(b->arena, "%s/base.ini", dir), *file = arena_printf(b->arena, "%s/t.ini", dir);
	if (main) {
		write_file(base_file, text, (size_t)(main - text));
		text = main + strlen(separator);
	}
	write_file(file, text, strlen(text));
	const struct profile_request request = { .caller = &b->caller, .name = file };
	int r = profile_load(b->arena, &request, &b->profile, &b->err);
	(void)unlink(base_file);
	(void)unlink(file);
	(void)rmdir(dir);
	return r;
}

struct bench *bench_plan_as(const struct caller *caller, char *const *argv, const char *profile, const char *machine)
{
	struct arena *arena = arena_new();
	struct bench *b = arena_alloc(arena, sizeof(*b));

	b->arena = arena;
	b->caller = caller ? *caller : fake_caller();
	err_init(&b->err, arena);
	b->host = fake_host(arena, &b->caller, machine);
	if (load(b, profile) == 0)
		(void)plan_build(arena, b->profile, b->host, argv, &b->plan, &b->err);
	return b;
}

struct bench *bench_plan(const char *profile, const char *machine)
{
	return bench_plan_as(NULL, NULL, profile, machine);
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

const char *bench_remarks(struct bench *b)
{
	const char *text = "";

	vec_each (r, &b->plan->remarks)
		text = arena_printf(b->arena, "%s%u: %s\n", text, r->from.line, r->text);
	return text;
}

const struct mount_entry *entry(const struct bench *b, const char *target)
{
	for (size_t i = 0; b->plan && i < b->plan->n_mounts; i++)
		if (streq(b->plan->mounts[i].target, target))
			return &b->plan->mounts[i];
	return NULL;
}
