/* SPDX-License-Identifier: MIT */
/* Files of the host that were not given, and those that were given read-only. */
#include "escape.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#define UP "../../../../../../../../../../../../../../../.."

/* Does @path (below @dir) lead to the file that was not given? */
static int leads(int dir, const char *path)
{
	char text[64] = "";
	int fd = openat(dir, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	ssize_t n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	return n < 0 ? -errno : strstr(text, "SECRET") ? 0 : NOTHING;
}

static int secret(const struct attempt *a)
{
	char path[PATH_MAX];

	if (!fact(a->path))
		return NO_FACT;
	(void)snprintf(path, sizeof(path), "%s", fact(a->path));
	return leads(AT_FDCWD, path);
}

static int secret_below(const struct attempt *a)
{
	char path[PATH_MAX];

	if (!fact("secret"))
		return NO_FACT;
	(void)snprintf(path, sizeof(path), "%s%s", a->path, fact("secret"));
	return leads(AT_FDCWD, path);
}

/* From the root of every mount and every directory below it, upwards. */
static int secret_above_mounts(const struct attempt *a)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char line[4096], at[2048], path[PATH_MAX];
	int r = -ENOENT;

	(void)a;
	if (!fact("secret"))
		return NO_FACT;
	while (f && r != 0 && fgets(line, sizeof(line), f))
		if (sscanf(line, "%*s %*s %*s %*s %2047s", at) == 1) {
			(void)snprintf(path, sizeof(path), "%s/" UP "%s", at, fact("secret"));
			r = leads(AT_FDCWD, path) == 0 ? 0 : r;
		}
	return r;
}

static int secret_by_link(const struct attempt *a)
{
	char path[PATH_MAX];

	if (!fact("secret") || !fact("rw"))
		return NO_FACT;
	(void)snprintf(path, sizeof(path), "%s/escape-link-%s", fact("rw"), a->id);
	(void)unlink(path);
	if ((a->n ? link(fact("secret"), path) : symlink(fact("secret"), path)) < 0)
		return -errno;
	int r = leads(AT_FDCWD, path);
	(void)unlink(path);
	return r;
}

/* A directory that is gone under one's feet has no "..": or has it? */
static int secret_from_deleted(const struct attempt *a)
{
	char path[PATH_MAX];

	(void)a;
	if (!fact("secret") || mkdir("/tmp/escape-gone", 0700) < 0 || chdir("/tmp/escape-gone") < 0)
		return fact("secret") ? -errno : NO_FACT;
	if (rmdir("/tmp/escape-gone") < 0)
		return -errno;
	(void)snprintf(path, sizeof(path), UP "%s", fact("secret"));
	return leads(AT_FDCWD, path);
}

/* Descriptors that came in beside 0 to 2; one of a directory of the host is the whole host (CVE-2024-21626). */
static int inherited(const struct attempt *a)
{
	char path[PATH_MAX];
	int found = 0;

	(void)a;
	if (!fact("planted"))
		return NO_FACT;
	(void)snprintf(path, sizeof(path), ".%s", fact("secret"));
	for (int fd = 100; fd < 1024; fd++) {
		found += fcntl(fd, F_GETFD) >= 0;
		if (leads(fd, path) == 0)
			return 0;
	}
	return found ? 0 : -EBADF;
}

static int stdio_directory(const struct attempt *a)
{
	(void)a;
	for (int fd = 0; fd < 3; fd++) {
		struct stat st;

		if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
			return 0;
	}
	return -ENOTDIR;
}

/* Descriptor 0 is a file of the host that was opened for reading. */
static int reopen(const struct attempt *a)
{
	return close_answer(open(a->path, O_RDWR | O_CLOEXEC));
}

static int link_stream(const struct attempt *a)
{
	char path[PATH_MAX];

	(void)a;
	if (!fact("rw"))
		return NO_FACT;
	(void)snprintf(path, sizeof(path), "%s/escape-stream", fact("rw"));
	int r = answer(linkat(AT_FDCWD, "/proc/self/fd/0", AT_FDCWD, path, AT_SYMLINK_FOLLOW));
	(void)unlink(path);
	return r;
}

/* ---- what was given read-only: the working directory with "file" in it ---- */

static int open_to_write(const struct attempt *a)
{
	return close_answer(open(a->path, (int)a->n | O_CLOEXEC, 0600));
}

static int change_mode(const struct attempt *a)
{
	return answer(chmod(a->path, 0777));
}

static int cut(const struct attempt *a)
{
	return answer(truncate(a->path, 0));
}

static int touch(const struct attempt *a)
{
	return answer(utimensat(AT_FDCWD, a->path, NULL, 0));
}

static int remove_file(const struct attempt *a)
{
	return answer(unlink(a->path));
}

static int rename_file(const struct attempt *a)
{
	int r = answer(rename(a->path, "escape-renamed"));

	(void)rename("escape-renamed", a->path); /* the next attempts need it */
	return r;
}

static int rename_out(const struct attempt *a)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/escape-out", fact("rw") ? fact("rw") : "/tmp");
	int r = answer(a->n ? link(a->path, path) : rename(a->path, path));
	if (!a->n && r == 0)
		(void)rename(path, a->path);
	return r;
}

static int map_shared(const struct attempt *a)
{
	int fd = open(a->path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED ? -errno : 0;
}

static int reopen_file(const struct attempt *a)
{
	char name[64];
	int fd = open(a->path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return close_answer(open(name, O_RDWR | O_CLOEXEC));
}

static int set_attribute(const struct attempt *a)
{
	return answer(setxattr(a->path, "user.escape", "x", 1, 0));
}

static int file_flags(const struct attempt *a)
{
	int fd = open(a->path, O_RDONLY | O_CLOEXEC), flags = 0x40; /* nodump */

	return fd < 0 ? -errno : answer(ioctl(fd, 0x40086602UL /* FS_IOC_SETFLAGS */, &flags));
}

/* Whoever opens the file for writing waits until it is given back. */
static int lease(const struct attempt *a)
{
	int fd = open(a->path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : answer(fcntl(fd, F_SETLEASE, F_RDLCK));
}

/* The numbers of btrfs: the attempt is whether they reach a file system at all. */
static int snapshot(const struct attempt *a)
{
	static char arguments[4096];
	int fd = open(".", O_RDONLY | O_CLOEXEC);
	int r = fd < 0 ? -errno : answer(ioctl(fd, (unsigned long)a->n, arguments));

	return r == -ENOTTY || r == -EINVAL || r == -EROFS ? 0 : r;
}

static int executable_memory(const struct attempt *a)
{
	return close_answer(open(a->path, O_RDWR | O_CLOEXEC));
}

/* ---- set-id files in a directory that the host shares ---- */

static const char *shared(const struct attempt *a)
{
	static char path[PATH_MAX];

	if (!fact("rw"))
		return NULL;
	(void)snprintf(path, sizeof(path), "%s/escape-%s", fact("rw"), a->id);
	(void)unlink(path);
	return path;
}

static bool is_set_id(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_mode & 06000;
}

static int set_id_result(const char *path, int r)
{
	return r < 0 ? r : is_set_id(path) ? 0 : NOTHING;
}

static int set_id_open(const struct attempt *a)
{
	const char *path = shared(a);

	return path ? set_id_result(path, close_answer(syscall(SYS_openat, AT_FDCWD, path, O_CREAT | O_WRONLY, a->n))) : NO_FACT;
}

static int set_id_openat2(const struct attempt *a)
{
	const char *path = shared(a);
	struct open_how how = { .flags = O_CREAT | O_WRONLY, .mode = (uint64_t)a->n };

	return path ? set_id_result(path, close_answer(syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how)))) : NO_FACT;
}

static int set_id_mknod(const struct attempt *a)
{
	const char *path = shared(a);

	return path ? set_id_result(path, answer(syscall(SYS_mknodat, AT_FDCWD, path, S_IFREG | a->n, 0))) : NO_FACT;
}

static int set_id_chmod(const struct attempt *a)
{
	const char *path = shared(a);
	int fd = path ? open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0700) : -1;

	if (!path)
		return NO_FACT;
	if (fd < 0)
		return -errno;
	long call = a->m;
	int r = answer(call == SYS_fchmod ? syscall(call, fd, a->n) : syscall(call, AT_FDCWD, path, a->n, 0));
	return set_id_result(path, r);
}

static int set_id_tmpfile(const struct attempt *a)
{
	return fact("rw") ? close_answer(syscall(SYS_openat, AT_FDCWD, fact("rw"), O_TMPFILE | O_RDWR, a->n)) : NO_FACT;
}

static int set_id_directory(const struct attempt *a)
{
	const char *path = shared(a);

	if (!path)
		return NO_FACT;
	(void)rmdir(path);
	int r = set_id_result(path, answer(mkdir(path, (mode_t)a->n)));
	(void)rmdir(path);
	return r;
}

static int file_capability(const struct attempt *a)
{
	/* VFS_CAP_REVISION_2 with cap_setuid, effective */
	static const uint32_t caps[5] = { 0x02000001, 1 << 7 };
	const char *path = shared(a);
	int fd = path ? open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0700) : -1;

	if (!path)
		return NO_FACT;
	return fd < 0 ? -errno : answer(setxattr(path, a->path, caps, sizeof(caps), 0));
}

static int watch(const struct attempt *a)
{
	if (!fact(a->path))
		return NO_FACT;
	int fd = inotify_init1(IN_CLOEXEC);
	return fd < 0 ? -errno : answer(inotify_add_watch(fd, fact(a->path), IN_ALL_EVENTS));
}

/* The caller's environment must have been left outside. */
static int environment(const struct attempt *a)
{
	extern char **environ;

	(void)a;
	if (!fact("variable"))
		return NO_FACT;
	for (char **v = environ; *v; v++)
		if (strstr(*v, fact("variable")))
			return 0;
	return NOTHING;
}

#define RO(id, run, how, what, flag) { "ro-" id, run, how, what, "file", flag, 0 }
#define SET_ID(id, run, how, what, mode, call) { "setid-" id, run, how, what, NULL, mode, call }

static const struct attempt rows[] = {
	{ "secret", secret, "ENOENT", "a key in the home", "secret", 0, 0 },
	{ "document", secret, "ENOENT", "a document in the home", "document", 0, 0 },
	{ "host-tmp", secret, "ENOENT", "a file in the host's /tmp", "hosttmp", 0, 0 },
	{ "host-run", secret, "ENOENT", "a file in the runtime directory", "hostrun", 0, 0 },
	{ "secret-cwd-up", secret_below, "ENOENT", "the key, upwards from the working directory", UP, 0, 0 },
	{ "secret-proc-root", secret_below, "ENOENT", "the key below /proc/self/root", "/proc/self/root", 0, 0 },
	{ "secret-pid1-root", secret_below, "EACCES", "the key below /proc/1/root", "/proc/1/root", 0, 0 },
	{ "secret-pid1-cwd", secret_below, "EACCES", "the key upwards from /proc/1/cwd", "/proc/1/cwd/" UP, 0, 0 },
	{ "secret-proc-cwd", secret_below, "ENOENT", "the key upwards from /proc/self/cwd", "/proc/self/cwd/" UP, 0, 0 },
	{ "secret-oldroot", secret_below, "ENOENT", "the key below an old root", "/oldroot", 0, 0 },
	{ "secret-mounts-up", secret_above_mounts, "ENOENT", "the key upwards from every mount", NULL, 0, 0 },
	{ "secret-symlink", secret_by_link, "ENOENT", "the key by a symbolic link in a writable directory", NULL, 0, 0 },
	{ "secret-hardlink", secret_by_link, "ENOENT", "the key by a hard link in a writable directory", NULL, 1, 0 },
	{ "secret-deleted-cwd", secret_from_deleted, "ENOENT", "the key upwards from a directory that is gone", NULL, 0, 0 },
	{ "secret-watch", watch, "ENOENT", "watch the key", "secret", 0, 0 },
	{ "inherited-fds", inherited, "EBADF", "descriptors that the caller left open", NULL, 0, 0 },
	{ "stdio-directory", stdio_directory, "ENOTDIR", "a standard stream that is a directory", NULL, 0, 0 },
	{ "environment", environment, "-", "the caller's environment", NULL, 0, 0 },
	{ "stdin-reopen", reopen, "EACCES", "open stdin, given for reading, for writing", "/proc/self/fd/0", 0, 0 },
	{ "stdin-reopen-dev", reopen, "EACCES", "the same by /dev/stdin", "/dev/stdin", 0, 0 },
	{ "stdin-link", link_stream, "EXDEV|EACCES|EPERM|ENOENT", "give stdin's file a name", NULL, 0, 0 },
	RO("write", open_to_write, "EROFS", "write a read-only file", O_WRONLY),
	RO("append", open_to_write, "EROFS", "append to a read-only file", O_WRONLY | O_APPEND),
	RO("truncate-open", open_to_write, "EROFS", "empty a read-only file by open", O_RDONLY | O_TRUNC),
	RO("truncate", cut, "EROFS", "empty a read-only file", 0),
	RO("chmod", change_mode, "EROFS", "chmod a read-only file", 0),
	RO("touch", touch, "EROFS", "touch a read-only file", 0),
	RO("rename", rename_file, "EROFS", "rename a read-only file", 0),
	RO("rename-out", rename_out, "EXDEV|EROFS|EACCES", "move a read-only file out", 0),
	RO("link-out", rename_out, "EXDEV|EROFS|EACCES|EPERM", "link a read-only file to somewhere writable", 1),
	RO("mmap", map_shared, "EACCES", "map a read-only file to write", 0),
	RO("reopen", reopen_file, "EROFS|EACCES", "open it anew by its descriptor", 0),
	RO("xattr", set_attribute, "ENOSYS|EROFS", "set an attribute of a read-only file", 0),
	RO("lease", lease, "EPERM", "make those wait who write a read-only file", 0),
	RO("flags", file_flags, "EROFS|EACCES", "set flags of a read-only file", 0),
	RO("unlink", remove_file, "EROFS", "remove a read-only file", 0),
	{ "ro-create", open_to_write, "EROFS", "make a file in a read-only directory", "escape-new", O_WRONLY | O_CREAT, 0 },
	{ "usr-write", open_to_write, "EROFS|EACCES", "write in /usr", "/usr/escape-new", O_WRONLY | O_CREAT, 0 },
	{ "etc-write", open_to_write, "EROFS|EACCES", "write in /etc", "/etc/escape-new", O_WRONLY | O_CREAT, 0 },
	{ "root-write", open_to_write, "EROFS|EACCES", "write in /", "/escape-new", O_WRONLY | O_CREAT, 0 },
	{ "dev-write", open_to_write, "EROFS|EACCES", "write in /dev", "/dev/escape-new", O_WRONLY | O_CREAT, 0 },
	{ "exe-write", executable_memory, "ETXTBSY|EROFS|EACCES", "overwrite one's own program", "/proc/self/exe", 0, 0 },
	{ "btrfs-snapshot", snapshot, "EPERM", "a btrfs snapshot, which shows what mounts hide", NULL, 0x50009401, 0 },
	{ "btrfs-snapshot-2", snapshot, "EPERM", "the same by its newer number", NULL, 0x50009417, 0 },
	{ "btrfs-destroy", snapshot, "EPERM", "remove a btrfs subvolume past its mount", NULL, 0x5000940f, 0 },
	SET_ID("open", set_id_open, "EPERM", "a set-user-ID file by open", 04755, 0),
	SET_ID("open-gid", set_id_open, "EPERM", "a set-group-ID file by open", 02755, 0),
	SET_ID("openat2", set_id_openat2, "ENOSYS", "a set-user-ID file by openat2", 04755, 0),
	SET_ID("mknod", set_id_mknod, "EPERM", "a set-user-ID file by mknod", 04755, 0),
	SET_ID("fchmod", set_id_chmod, "EPERM", "a set-user-ID file by fchmod", 04755, SYS_fchmod),
	SET_ID("fchmodat", set_id_chmod, "EPERM", "a set-user-ID file by fchmodat", 04755, SYS_fchmodat),
	SET_ID("fchmodat2", set_id_chmod, "EPERM|ENOSYS", "a set-user-ID file by fchmodat2", 04755, 452),
	SET_ID("tmpfile", set_id_tmpfile, "EPERM", "a set-user-ID file without a name", 04755, 0),
	SET_ID("mkdir", set_id_directory, "-|EPERM", "a set-group-ID directory by mkdir", 02755, 0),
	{ "cap-file", file_capability, "ENOSYS|EPERM", "a file with capabilities", "security.capability", 0, 0 },
	{ "xattr-selinux", file_capability, "ENOSYS|EPERM|EOPNOTSUPP", "a security label of a file", "security.selinux", 0, 0 },
	{ "xattr-trusted", file_capability, "ENOSYS|EPERM|EOPNOTSUPP", "a trusted attribute", "trusted.escape", 0, 0 },
};
const struct attempts file_attempts = ATTEMPTS("files", rows);
