/* SPDX-License-Identifier: MIT */
/*
 * A layer as no overlayfs need have made it, over a host's tree that may change meanwhile: diff and apply.
 * The oracle is this file's own reading of what an overlay shows.  Claimed is: nothing beside the tree is touched; what is
 * refused is refused whole and with a reason; what was applied is what was shown; a second time there is nothing to do; an
 * apply that ended at any of its steps, or that took some paths alone, is completed by the next, to which nothing is a conflict
 * that was none.
 * linked with: -Wl,--wrap=syscall,--wrap=renameat,--wrap=unlinkat,--wrap=mkdirat,--wrap=fchmod,--wrap=fchmodat,--wrap=symlinkat,--wrap=fsetxattr,--wrap=fremovexattr,--wrap=utimensat,--wrap=mknodat
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "fuzz.h"
#include "overlay/overlay.h"

enum { NOBODY = 65534, OPERATIONS_MAX = 64, NO_END = -1 };

/* ---- an end in the middle: from the n-th on, no change is made any more ---- */

static int changes_left = NO_END;
static bool other_file_system; /* what is renamed out of the layer has to be copied */
static int upper_top = -1;

static bool together; /* with the one before it */

static bool ended(void)
{
	if (changes_left > 0 && !together)
		changes_left--;
	together = false;
	errno = EIO;
	return changes_left == 0;
}

static bool in_layer(int dir)
{
	char link[64], path[4096] = "";

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", dir);
	return readlink(link, path, sizeof(path) - 1) > 0 && strstr(path, "/layer/upper");
}

#define MAY_END(name, parameters, arguments)                \
	int __real_##name parameters;                       \
	int __wrap_##name parameters;                       \
	int __wrap_##name parameters                        \
	{                                                   \
		return ended() ? -1 : __real_##name arguments; \
	}
MAY_END(unlinkat, (int dir, const char *name, int flags), (dir, name, flags))
MAY_END(mkdirat, (int dir, const char *name, mode_t mode), (dir, name, mode))
MAY_END(symlinkat, (const char *target, int dir, const char *name), (target, dir, name))
MAY_END(fsetxattr, (int fd, const char *name, const void *value, size_t size, int flags), (fd, name, value, size, flags))
MAY_END(utimensat, (int dir, const char *name, const struct timespec times[2], int flags), (dir, name, times, flags))
MAY_END(mknodat, (int dir, const char *name, mode_t mode, dev_t device), (dir, name, mode, device))

/* What has no permissions is given some for a moment, and no call gives and notes that in one, nor the way back. */
int __real_fremovexattr(int fd, const char *name);
int __wrap_fremovexattr(int fd, const char *name);
int __wrap_fremovexattr(int fd, const char *name)
{
	if (ended())
		return -1;
	int r = __real_fremovexattr(fd, name);
	together = r == 0 && strcmp(name, LAYER_MODE) == 0;
	return r;
}

int __real_fchmod(int fd, mode_t mode);
int __wrap_fchmod(int fd, mode_t mode);
int __wrap_fchmod(int fd, mode_t mode)
{
	if (ended())
		return -1;
	together = in_layer(fd);
	return __real_fchmod(fd, mode);
}

int __real_fchmodat(int dir, const char *name, mode_t mode, int flags);
int __wrap_fchmodat(int dir, const char *name, mode_t mode, int flags);
int __wrap_fchmodat(int dir, const char *name, mode_t mode, int flags)
{
	if (ended())
		return -1;
	together = true;
	return __real_fchmodat(dir, name, mode, flags);
}

int __real_renameat(int from, const char *name, int to, const char *as);
int __wrap_renameat(int from, const char *name, int to, const char *as);
int __wrap_renameat(int from, const char *name, int to, const char *as)
{
	if (ended())
		return -1;
	errno = EXDEV;
	return other_file_system && in_layer(from) && !in_layer(to) ? -1 : __real_renameat(from, name, to, as);
}

/* renameat2(2) comes this way, and what is only looked at.  What a caller does not pass, no call reads. */
long __real_syscall(long number, ...);
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f);
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	if (number == SYS_renameat2 && ended())
		return -1;
	errno = EXDEV;
	if (number == SYS_renameat2 && other_file_system && in_layer((int)a) && !in_layer((int)c))
		return -1;
	return __real_syscall(number, a, b, c, d, e, f);
}

/* ---- trees ---- */

static const char *const names[] = { "a", "b", "c", "d", "e", "f\n", "-g", "\xff\x1b[1m", "sbox-0", "same", APPLY_TRASH, APPLY_FRESH };
enum { NAMES_OF_HOST = ARRAY_SIZE(names) - 2 };
static const char *const targets[] = { "../out", "../../out", "../../../out", "a", "b/c", ".", "/", "../host" };
static const mode_t modes[] = { 0644, 0755, 0600, 0400, 0000, 0777, 01777, 04755, 02755, 0500, 0555, 0700 };

static void write_text(int dir, const char *name, uint8_t seed)
{
	_cleanup_close_ int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
	char text[16];

	(void)snprintf(text, sizeof(text), "%.*s\n", seed % 8, "contents");
	if (fd >= 0)
		(void)fd_write_all(fd, text, strlen(text));
}

static void attribute(int dir, const char *name, const char *attribute, const char *value)
{
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return;
	if (*value)
		(void)__real_fsetxattr(fd, attribute, value, strlen(value), 0);
	else
		(void)__real_fremovexattr(fd, attribute);
}

/* One operation of the one who makes the tree, in the directory @dir; -1: it left the tree. */
static int operation(struct bytes *b, int top, int dir, bool is_layer)
{
	unsigned n = is_layer ? ARRAY_SIZE(names) : NAMES_OF_HOST;
	const char *name = names[bytes_u8(b) % n];
	uint8_t kind = bytes_u8(b), how = bytes_u8(b);
	int into;

	switch (kind % 16) {
	case 0: case 1: case 2:
		write_text(dir, name, how);
		break;
	case 3: case 4:
		(void)__real_mkdirat(dir, name, 0755);
		/* fallthrough */
	case 5:
		into = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		return into;
	case 6:
		return fcntl(top, F_DUPFD_CLOEXEC, 3);
	case 7:
		(void)__real_symlinkat(targets[how % ARRAY_SIZE(targets)], dir, name);
		break;
	case 8: case 9:
		if (is_layer)
			(void)__real_mknodat(dir, name, S_IFCHR, makedev(0, 0));
		else
			(void)__real_unlinkat(dir, name, how & 1 ? AT_REMOVEDIR : 0);
		break;
	case 10:
		attribute(dir, name, is_layer ? OVERLAY_OPAQUE : "user.mine", "y");
		break;
	case 11:
		attribute(dir, how & 8 ? "." : name, how & 1 ? "user.mine" : is_layer ? "user.overlay.impure" : "user.other", how & 2 ? "x" : how & 4 ? "y" : "");
		break;
	case 12:
		if (how & 0x80 || faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			(void)__real_fchmodat(dir, how & 0x80 ? "." : name, modes[how % ARRAY_SIZE(modes)], AT_SYMLINK_NOFOLLOW);
		break;
	case 13:
		(void)linkat(dir, name, dir, names[how % n], 0);
		break;
	case 14:
		(void)__real_mknodat(dir, name, (how & 1 ? S_IFIFO : S_IFSOCK) | 0644, 0);
		break;
	default:
		(void)__real_renameat(dir, name, dir, names[how % n]);
	}
	return -1;
}

static void grow(struct bytes *b, int top, unsigned n, bool is_layer)
{
	_cleanup_close_ int dir = fcntl(top, F_DUPFD_CLOEXEC, 3);

	for (unsigned i = 0; i < n && bytes_left(b); i++) {
		int next = operation(b, top, dir, is_layer);

		if (next >= 0) {
			fd_close(&dir);
			dir = next;
		}
	}
}

/* ---- what a tree shows: a line for each name ---- */

struct text {
	char *v;
	size_t n;
};

static void add(struct text *t, const char *line)
{
	size_t n = strlen(line);

	t->v = realloc(t->v, t->n + n + 1);
	memcpy(t->v + t->n, line, n + 1);
	t->n += n;
}

static bool opaque(int fd)
{
	char value[8];

	return fgetxattr(fd, OVERLAY_OPAQUE, value, sizeof(value)) > 0 && value[0] == 'y';
}

/* "path: mode content attributes" of the open object; set-id bits that the host's had not do not count. */
static void describe(struct text *t, const char *path, int dir, const char *name, const struct stat *st, mode_t before)
{
	char line[9000], content[4096] = "", attributes[256] = "", value[64];
	_cleanup_close_ int fd = S_ISREG(st->st_mode) || S_ISDIR(st->st_mode) ? openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1;
	mode_t mode = S_ISLNK(st->st_mode) ? S_IFLNK : st->st_mode;

	if (S_ISREG(mode))
		mode &= ~(06000 & ~before);
	if (S_ISLNK(mode))
		(void)readlinkat(dir, name, content, sizeof(content) - 1);
	else if (S_ISREG(mode) && read(fd, content, sizeof(content) - 1) < 0)
		content[0] = 0;
	static const char *const users[] = { "user.mine", "user.other" };
	for (size_t i = 0; fd >= 0 && i < 2; i++) {
		ssize_t n = fgetxattr(fd, users[i], value, sizeof(value) - 1);

		if (n >= 0) {
			value[n] = 0;
			(void)snprintf(attributes + strlen(attributes), 100, " %s=%s", users[i], value);
		}
	}
	(void)snprintf(line, sizeof(line), "%s: %o [%s]%s\n", path, mode, content, attributes);
	add(t, line);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names of the directories, each once, in order; NULL-terminated. */
static char **list(int a, int b)
{
	int dirs[2] = { a, b };
	size_t n = 0, kept = 0;
	char **v = calloc(1, sizeof(*v));

	for (int i = 0; i < 2; i++) {
		int fd = dirs[i] < 0 ? -1 : openat(dirs[i], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		DIR *d = fd < 0 ? NULL : fdopendir(fd);

		for (struct dirent *e; d && (e = readdir(d));) {
			if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
				continue;
			v = realloc(v, (n + 2) * sizeof(*v));
			v[n++] = strdup(e->d_name);
		}
		if (d)
			closedir(d);
	}
	qsort(v, n, sizeof(*v), by_text);
	for (size_t i = 0; i < n; i++)
		if (kept && strcmp(v[kept - 1], v[i]) == 0)
			free(v[i]);
		else
			v[kept++] = v[i];
	v[kept] = NULL;
	return v;
}

/* What an overlay of @upper (negative: none) over @host (the same) shows. */
static void shown(struct text *t, const char *path, int upper, int host)
{
	char **all = list(upper, host);

	for (char **name = all; *name; name++) {
		struct stat u = { 0 }, h = { 0 };
		bool in_upper = upper >= 0 && fstatat(upper, *name, &u, AT_SYMLINK_NOFOLLOW) == 0;
		bool in_host = host >= 0 && fstatat(host, *name, &h, AT_SYMLINK_NOFOLLOW) == 0;
		char below[4096];

		(void)snprintf(below, sizeof(below), "%s/%s", path, *name);
		if (!(in_upper && S_ISCHR(u.st_mode) && u.st_rdev == 0) && (in_upper || in_host)) {
			const struct stat *st = in_upper ? &u : &h;

			describe(t, below, in_upper ? upper : host, *name, st, in_host ? h.st_mode : 0);
			if (S_ISDIR(st->st_mode)) {
				_cleanup_close_ int up = in_upper ? openat(upper, *name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
				_cleanup_close_ int down = in_host && S_ISDIR(h.st_mode) && !(up >= 0 && opaque(up)) ?
								   openat(host, *name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
				shown(t, below, up, down);
			}
		}
		free(*name);
	}
	free(all);
}

/* The whole of it, as whoever may see everything sees it. */
static char *view(int upper, int host, mode_t before)
{
	struct text t = { 0 };
	struct stat st;
	int top = upper >= 0 ? upper : host;

	CLAIM(seteuid(0) == 0 || geteuid());
	CLAIM(fstat(top, &st) == 0);
	describe(&t, ".", top, ".", &st, before);
	shown(&t, "", upper, host);
	CLAIM(geteuid() || seteuid(NOBODY) == 0);
	return t.v;
}

static void same(const char *what, char *got, char *wanted)
{
	if (strcmp(got, wanted) != 0) {
		fprintf(stderr, "%s\n---- is\n%s---- should be\n%s", what, got, wanted);
		abort();
	}
	free(got);
	free(wanted);
}

/* ---- one layer ---- */

static int top = -1;
static struct kept kept;
static struct kept_layer layer;

static void set_up(void)
{
	static char path[256];

	CLAIM(getenv("FUZZ_PRIVATE"));
	(void)snprintf(path, sizeof(path), "%s/overlay-%d", getenv("FUZZ_PRIVATE"), getpid());
	if (top < 0) {
		/* files are made, and are refused, as an ordinary user's */
		CLAIM(mkdir(path, 0755) == 0 && (geteuid() || chown(path, NOBODY, NOBODY) == 0));
		CLAIM(geteuid() || chmod(getenv("FUZZ_PRIVATE"), 0755) == 0);
		top = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		CLAIM(geteuid() || setegid(NOBODY) == 0);
		umask(0);
	}
	CLAIM(geteuid() || seteuid(NOBODY) == 0);
	static const char *const dirs[] = { "host", "layer", "out", "out/c" };
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		CLAIM(__real_mkdirat(top, dirs[i], 0755) == 0);
	write_text(top, "out/a", 7);
	write_text(top, "out/b", 3);
	int dir = openat(top, "layer", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	layer = (struct kept_layer){ .name = "layer", .path = "LAYER", .source = "SOURCE", .dir = dir,
				     .upper = -EBADF, .host = openat(top, "host", O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	kept = (struct kept){ .id = "t", .dir = fcntl(top, F_DUPFD_CLOEXEC, 3), .locked = true };
}

/* As a launch makes it: after the host's tree. */
static void upper_open(void)
{
	CLAIM(__real_mkdirat(layer.dir, "upper", 0755) == 0);
	layer.upper = openat(layer.dir, "upper", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	upper_top = layer.upper;
}

static void tear_down(void)
{
	static const char *const dirs[] = { "layer", "host", "out" };

	changes_left = NO_END;
	other_file_system = false;
	fd_close(&layer.dir);
	fd_close(&layer.upper);
	fd_close(&layer.host);
	fd_close(&kept.dir);
	/* whatever a program made, its user can remove it */
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		CLAIM(tree_remove(top, dirs[i]) == 0);
	CLAIM(seteuid(0) == 0 || geteuid());
}

/*
 * What comes now is later than what was.  Times of files have the clock's ticks; since Linux 6.13 one that was looked at gets
 * a finer time with its next change, and no other gets an earlier one afterwards.
 */
static void then(void)
{
	_cleanup_close_ int fd = openat(top, "clock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct stat was, now;

	CLAIM(fstat(fd, &was) == 0);
	do
		CLAIM(__real_fchmod(fd, 0600) == 0 && fstat(fd, &now) == 0);
	while (now.st_ctim.tv_nsec == was.st_ctim.tv_nsec);
}

struct result {
	int r;
	size_t applied, left; /* changes that were found */
	bool conflict, blocked;
	bool linked; /* a file of the host has other names, whose replacement changes it */
};

static struct result apply(bool force, const char *const *paths)
{
	struct arena *arena = arena_new();
	const struct apply_request request = { .force = force, .paths = paths };
	struct result result = { 0 };
	struct changes c;
	struct err err;

	err_init(&err, arena);
	result.r = changes_find(&layer, CHANGES_MAX, arena, &c, &err);
	if (result.r < 0 && result.r != -EACCES)
		err_print(&err, 2, 0);
	/* A top that its user cannot enter is said to be one. */
	CLAIM(result.r == 0 || (result.r == -EACCES && err.problems.n == 1));
	if (result.r < 0) {
		arena_free(arena);
		return result;
	}
	vec_each (change, &c.v) {
		result.left += change->kind != CHANGE_NONE;
		result.conflict |= change->conflict != NULL;
		result.blocked |= change->blocked;
		result.linked |= !S_ISDIR(change->before.mode) && change->before.nlink > 1;
	}
	changes_pair(&layer, &c);
	result.r = changes_apply(&kept, &layer, &c, &request, &result.applied, arena, &err);
	/* What is refused is refused with a reason. */
	CLAIM(result.r == 0 || err.problems.n > 0);
	CLAIM(result.r == 0 || result.applied <= result.left);
	arena_free(arena);
	return result;
}

static int sink(void *data, const char *text, size_t size)
{
	(void)data, (void)text, (void)size;
	return 0;
}

static void patch(void)
{
	struct arena *arena = arena_new();
	struct changes c;
	struct err err;

	err_init(&err, arena);
	if (changes_find(&layer, CHANGES_MAX, arena, &c, &err) == 0)
		changes_pair(&layer, &c);
	CLAIM(changes_patch(&layer, &c, sink, NULL, &err) == 0 || err.problems.n > 0);
	arena_free(arena);
}

static mode_t mode_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? st.st_mode : 0;
}

static bool is_forced(uint8_t flags)
{
	return flags & 1;
}

static void check(struct bytes *b, uint8_t flags)
{
	static const char *const some[] = { "a", "b/c", "d", NULL };
	const char *const only[] = { some[bytes_u8(b) % 3], NULL };
	bool force = is_forced(flags), in_part = flags & 4, ends = flags & 32;
	int steps = 1 + bytes_u8(b) % 32;
	char *wanted = view(layer.upper, layer.host, mode_of(layer.host)), *host = view(-1, layer.host, 07777);
	struct result first = { .conflict = true }, second = first, last;

	if (in_part)
		first = apply(force, only);
	if (ends) {
		changes_left = steps;
		second = apply(force, NULL);
		changes_left = NO_END;
	}
	last = apply(force, NULL);
	if (!in_part && !ends && last.r == -ESTALE && !last.applied) {
		/* Nothing by halves. */
		CLAIM(last.conflict && (!force || last.blocked));
		same("refused", view(-1, layer.host, 07777), host);
		host = NULL;
	} else if (!in_part && !ends && last.r != -EACCES) {
		CLAIM(last.r == 0 || !last.conflict || force || other_file_system);
		CLAIM(!last.conflict || force);
	}
	/* What apply does is no change of the host's. */
	if (!force && last.r != -EACCES)
		CLAIM(!last.conflict || (in_part ? &first : &second)->conflict || (in_part ? &first : &second)->linked || (!in_part && !ends));
	if (last.r == 0) {
		same("applied", view(-1, layer.host, 07777), wanted);
		wanted = NULL;
		last = apply(false, NULL);
		CLAIM(last.r == 0 && last.applied == 0);
		CLAIM(layer_gone(&kept, &layer));
	}
	free(wanted);
	free(host);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes b = { data, size };
	uint8_t flags = bytes_u8(&b);

	if (size > 400)
		return -1;
	set_up();
	_cleanup_close_ int beside = openat(top, "out", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char *out = view(-1, beside, 07777);
	grow(&b, layer.host, bytes_u8(&b) % OPERATIONS_MAX, false);
	/* What differs in time matters where nothing is forced. */
	if (!is_forced(flags))
		then();
	upper_open();
	grow(&b, layer.upper, bytes_u8(&b) % OPERATIONS_MAX, true);
	if (flags & 8) {
		if (!is_forced(flags))
			then();
		grow(&b, layer.host, bytes_u8(&b) % 4, false);
	}
	other_file_system = flags & 16;
	if ((flags & 0xd0) == 0xd0)
		patch();
	check(&b, flags);
	same("outside", view(-1, beside, 07777), out);
	tear_down();
	return 0;
}
