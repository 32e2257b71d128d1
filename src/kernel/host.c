/* SPDX-License-Identifier: MIT */
/* The real machine behind plan/host.h: one look for each question, and the answer is kept. */
#include <errno.h>
#include <fcntl.h>
#include <dirent.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/timex.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "base/wayland.h"
#include "kernel/host_parts.h"
#include "kernel/kernel.h"
#include "kernel/landlock.h"
#include "kernel/sys.h"

enum { LINK_MAX_LEN = 4096, TEXT_MAX = 1 << 20, PASTA_MAX = 16 << 20 };

struct known {
	const char *path;
	struct node node;
};

struct machine {
	struct host host; /* first: a struct host * is a struct machine * */
	struct arena *arena;
	struct known **slots; /* open addressing, at most half full */
	size_t n, size;
	const struct cgroup_place *cgroups; /* NULL: not looked at yet */
};

/* ---- what is at a path ---- */

static size_t slot_of(const struct machine *m, const char *path)
{
	uint64_t h = hash_text(HASH_TEXT, path);
	size_t i = (size_t)(h ^ h >> 29) & (m->size - 1);
	while (m->slots[i] && !streq(m->slots[i]->path, path))
		i = (i + 1) & (m->size - 1);
	return i;
}

static void grow(struct machine *m)
{
	struct known **old = m->slots;
	size_t n = m->size;

	m->size = n ? n * 2 : 512;
	m->slots = arena_new_array(m->arena, struct known *, m->size);
	for (size_t i = 0; i < n; i++)
		if (old[i])
			m->slots[slot_of(m, old[i]->path)] = old[i];
}

static enum node_kind kind_of(mode_t mode)
{
	static const enum node_kind kinds[] = { [S_IFDIR >> 12] = NODE_DIR,   [S_IFREG >> 12] = NODE_FILE,
						[S_IFLNK >> 12] = NODE_LINK,  [S_IFCHR >> 12] = NODE_CHAR,
						[S_IFBLK >> 12] = NODE_BLOCK, [S_IFIFO >> 12] = NODE_FIFO,
						[S_IFSOCK >> 12] = NODE_SOCKET };

	return kinds[(mode & S_IFMT) >> 12];
}

static void look(struct machine *m, const char *path, struct node *ret)
{
	struct statx st;

	if (sys_statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &st) < 0) {
		ret->kind = errno == ENOENT || errno == ENOTDIR ? NODE_MISSING : NODE_DENIED;
		return;
	}
	ret->kind = kind_of(st.stx_mode);
	ret->mode = st.stx_mode & 07777;
	ret->uid = st.stx_uid;
	ret->dev = makedev(st.stx_dev_major, st.stx_dev_minor);
	ret->ino = st.stx_ino;
	ret->rdev = makedev(st.stx_rdev_major, st.stx_rdev_minor);
	if (ret->kind != NODE_LINK)
		return;

	char target[LINK_MAX_LEN];
	ssize_t n = readlink(path, target, sizeof(target));
	if (n <= 0 || (size_t)n == sizeof(target))
		ret->kind = NODE_DENIED;
	else
		ret->link = arena_strndup(m->arena, target, (size_t)n);
}

static const struct node *machine_node(struct host *h, const char *path)
{
	struct machine *m = (struct machine *)h;

	if (m->n * 2 >= m->size)
		grow(m);

	size_t i = slot_of(m, path);
	if (!m->slots[i]) {
		struct known *k = arena_alloc(m->arena, sizeof(*k));

		k->path = arena_strdup(m->arena, path);
		look(m, path, &k->node);
		m->slots[i] = k;
		m->n++;
	}
	return &m->slots[i]->node;
}

static bool in_group(gid_t gid)
{
	gid_t groups[NGROUPS_MAX];
	int n = getgroups(NGROUPS_MAX, groups);

	for (int i = 0; i < n; i++)
		if (groups[i] == gid)
			return true;
	return gid == getegid();
}

/* Root may do everything, and in the sandbox nothing that is not his. */
static bool machine_may(struct host *h UNUSED, const char *path, int how)
{
	struct stat st;

	if (faccessat(AT_FDCWD, path, how, AT_EACCESS) < 0)
		return false;
	if (geteuid() != 0)
		return true;
	if (stat(path, &st) < 0)
		return false;
	int bits = st.st_uid == 0 ? (int)st.st_mode >> 6 : in_group(st.st_gid) ? (int)st.st_mode >> 3 : (int)st.st_mode;
	return (bits & how) == how;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int machine_names(struct host *h, const char *dir, const char *pattern, name_list *ret)
{
	struct machine *m = (struct machine *)h;
	DIR *d = opendir(dir);
	const struct dirent *e;

	if (!d)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	for (errno = 0; (e = readdir(d)); errno = 0)
		if (!streq(e->d_name, ".") && !streq(e->d_name, "..") && fnmatch(pattern, e->d_name, FNM_PERIOD) == 0)
			vec_push(m->arena, ret, arena_strdup(m->arena, e->d_name));
	int error = errno;
	closedir(d);
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_name);
	return -error;
}

static const char *machine_bytes(struct host *h, const char *path, size_t *ret_n)
{
	struct machine *m = (struct machine *)h;
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *text;

	return fd >= 0 && fd_read_all(fd, m->arena, TEXT_MAX, &text, ret_n) == 0 ? text : NULL;
}

static const char *machine_text(struct host *h, const char *path)
{
	return machine_bytes(h, path, NULL);
}

static const struct cgroup_place *machine_cgroups(struct host *h)
{
	struct machine *m = (struct machine *)h;

	if (!m->cgroups)
		m->cgroups = cgroup_look(m->arena);
	return m->cgroups;
}

static int machine_wayland(struct host *h UNUSED, const char *socket)
{
	return wayland_offers_context(socket);
}

static const char *machine_foreign(struct host *h, const char *dir, const struct plan_ids *ids)
{
	return owners_foreign(((struct machine *)h)->arena, dir, ids);
}

/* ---- probes ---- */

static int64_t probe_stdio_tty(int64_t unused UNUSED)
{
	int64_t bits = 0;

	for (int fd = 0; fd <= 2; fd++)
		if (isatty(fd))
			bits |= INT64_C(1) << fd;
	return bits;
}

/* What came with the execve is not closed by one; what is, is sbox's own: the connection to systemd is open while a plan is made. */
static int64_t probe_fd_open(int64_t fd)
{
	int flags = fcntl((int)fd, F_GETFD);

	return flags >= 0 && !(flags & FD_CLOEXEC);
}

/* libcap asked the kernel when it started; asking again costs six calls. */
static int64_t probe_cap_last(int64_t unused UNUSED)
{
	return cap_max_bits() - 1;
}

static int64_t probe_ram(int64_t unused UNUSED)
{
	struct sysinfo info;

	return sysinfo(&info) == 0 ? (int64_t)info.totalram * info.mem_unit : 0;
}

static int64_t probe_clock(int64_t unused UNUSED)
{
	struct timex t = { 0 };

	return adjtimex(&t) < 0 ? -1 : !(t.status & STA_UNSYNC);
}

static int64_t probe_rlimit(int64_t resource)
{
	struct rlimit r;

	return getrlimit((int)resource, &r) == 0 && r.rlim_max <= INT64_MAX ? (int64_t)r.rlim_max : -1;
}

static int64_t probe_landlock_abi(int64_t unused UNUSED)
{
	int abi = sys_landlock_create_ruleset(NULL, 0, RULESET_VERSION);

	return abi > 0 ? abi : 0; /* ENOSYS: not built in; EOPNOTSUPP: not in the list of security modules */
}

static int64_t probe_apparmor(int64_t unused UNUSED)
{
	_cleanup_close_ int fd = open("/sys/module/apparmor/parameters/enabled", O_RDONLY | O_CLOEXEC);
	char yes = 'N';

	if (fd < 0)
		return -1;
	return read(fd, &yes, 1) == 1 && yes == 'Y';
}

/* selinuxfs is mounted (and the module at work) only when it was enabled at boot. */
static int64_t probe_selinux(int64_t unused UNUSED)
{
	return access("/sys/fs/selinux/enforce", F_OK) == 0 ? 1 : -1;
}

/*
 * Distributions build it without a version that could be compared, so the program is searched for the name of an option
 * that came at the time: cheaper than starting it.
 */
static int64_t probe_pasta_2024(int64_t unused UNUSED)
{
	static const char option[] = "map-host-loopback";
	_cleanup_close_ int fd = open("/usr/bin/pasta", O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size <= 0 || st.st_size > PASTA_MAX)
		return 0;
	void *text = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (text == MAP_FAILED)
		return 0;
	bool found = memmem(text, (size_t)st.st_size, option, sizeof(option) - 1) != NULL;
	(void)munmap(text, (size_t)st.st_size);
	return found;
}

static int64_t probe_pid(int64_t unused UNUSED)
{
	return getpid();
}

static int64_t machine_probe(struct host *h UNUSED, enum probe what, int64_t argument)
{
	static int64_t (*const probes[])(int64_t) = {
		[PROBE_LANDLOCK_ABI] = probe_landlock_abi,
		[PROBE_APPARMOR] = probe_apparmor,
		[PROBE_SELINUX] = probe_selinux,
		[PROBE_STDIO_TTY] = probe_stdio_tty, [PROBE_FD_OPEN] = probe_fd_open, [PROBE_CAP_LAST] = probe_cap_last,
		[PROBE_PASTA_2024] = probe_pasta_2024,
		[PROBE_RAM] = probe_ram,             [PROBE_RLIMIT] = probe_rlimit,
		[PROBE_PID] = probe_pid,             [PROBE_CLOCK] = probe_clock,
	};

	return probes[what] ? probes[what](argument) : 0;
}

struct host *host_new(struct arena *arena, const struct caller *caller)
{
	struct machine *m = arena_alloc(arena, sizeof(*m));

	m->arena = arena;
	m->host = (struct host){ .caller = caller, .node = machine_node, .may = machine_may, .names = machine_names, .probe = machine_probe,
				 .cgroups = machine_cgroups, .text = machine_text, .bytes = machine_bytes, .foreign = machine_foreign,
				 .wayland = machine_wayland };
	return &m->host;
}
