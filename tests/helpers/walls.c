/* SPDX-License-Identifier: MIT */
/*
 * What surrounds this process, as text that is the same in each run of the same sandbox: what a launch that lost a wall on
 * its way would print differently.  Links nothing of sbox.
 *
 *   walls HOST-NS... < FILE-OF-THE-HOST     HOST-NS: what /proc/self/ns/user, mnt... lead to outside
 *
 * What could not be found out has a "?" in its line.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static char out[65536];
static size_t used;

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int n = vsnprintf(out + used, sizeof(out) - used, format, args);
	va_end(args);
	if (n > 0 && (size_t)n < sizeof(out) - used)
		used += (size_t)n;
}

static const char *text_of(const char *path)
{
	static char text[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 0, more = 0;

	while (fd >= 0 && (more = read(fd, text + n, sizeof(text) - 1 - (size_t)n)) > 0)
		n += more;
	if (fd >= 0)
		close(fd);
	text[n] = 0;
	return fd < 0 || more < 0 ? "?\n" : text;
}

static void status_of(const char *path, const char *const *names, size_t count)
{
	const char *line = text_of(path);

	say("%s%s\n", path, *line == '?' ? " ?" : "");
	while (*line) {
		size_t length = strcspn(line, "\n");

		for (size_t i = 0; i < count; i++)
			if (strncmp(line, names[i], strlen(names[i])) == 0 && line[strlen(names[i])] == ':')
				say("  %.*s\n", (int)length, line);
		line += length + (line[length] != 0);
	}
}

/* Pid 1 confines itself while this program is loaded. */
static void init_wait(void)
{
	for (int i = 0; i < 2000 && strstr(text_of("/proc/1/status"), "\nSeccomp:\t0"); i++)
		usleep(1000);
}

static void namespaces(int argc, char **argv)
{
	static const char *const names[] = { "user", "mnt", "pid", "ipc", "uts", "cgroup", "net" };

	for (size_t i = 0; i < COUNT(names); i++) {
		char path[64], target[64];
		snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		ssize_t n = readlink(path, target, sizeof(target) - 1);

		target[n > 0 ? n : 0] = 0;
		say("ns %s %s\n", names[i], (int)i + 1 < argc && strcmp(target, argv[i + 1]) == 0 ? "THE HOST'S" : n > 0 ? "own" : "?");
	}
}

/* Numbers of mounts differ from run to run; what is where, and how, does not. */
static void mounts(void)
{
	const char *line = text_of("/proc/self/mountinfo");

	while (*line) {
		size_t length = strcspn(line, "\n");
		char root[4096], target[4096], options[256];

		if (sscanf(line, "%*s %*s %*s %4095s %4095s %255s", root, target, options) == 3)
			say("mount %s at %s %s\n", root, target, options);
		line += length + (line[length] != 0);
	}
}

static void attempts(void)
{
	int fd = open("/proc/self/fd/0", O_WRONLY | O_CLOEXEC);

	say("writing what stdin reads: %s\n", fd < 0 ? strerror(errno) : "WORKS");
	say("mount: %s\n", mount("none", "/tmp", "tmpfs", 0, NULL) < 0 ? strerror(errno) : "WORKS");
	fd = open("/proc/1/mem", O_RDWR | O_CLOEXEC);
	say("memory of pid 1: %s\n", fd < 0 ? strerror(errno) : "WORKS");
	fd = open("/proc/sys/kernel/hostname", O_WRONLY | O_CLOEXEC);
	say("sysctl: %s\n", fd < 0 ? strerror(errno) : "WORKS");
}

static void descriptors(void)
{
	for (int fd = 0; fd < 256; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			say("fd %d\n", fd);
}

int main(int argc, char **argv)
{
	static const char *const own[] = { "Umask", "Uid", "Gid", "Groups", "SigBlk", "SigIgn", "CapInh", "CapPrm", "CapEff", "CapBnd",
					   "CapAmb", "NoNewPrivs", "Seccomp", "Seccomp_filters" };
	static const char *const init[] = { "Name", "CapPrm", "CapEff", "CapBnd", "NoNewPrivs", "Seccomp", "Seccomp_filters" };
	char name[256] = "?", cwd[4096];

	descriptors();
	status_of("/proc/self/status", own, COUNT(own));
	init_wait();
	status_of("/proc/1/status", init, COUNT(init));
	namespaces(argc, argv);
	say("uid_map %s", text_of("/proc/self/uid_map"));
	say("gid_map %s", text_of("/proc/self/gid_map"));
	say("userns %s", text_of("/proc/sys/user/max_user_namespaces"));
	mounts();
	attempts();
	(void)gethostname(name, sizeof(name));
	say("host name: %s\nsession: %s\ncwd: %s\n", name, getsid(0) == 1 ? "pid 1's" : "another", getcwd(cwd, sizeof(cwd)) ? cwd : "?");
	for (char **e = environ; *e; e++)
		say("env %s\n", *e);
	say("complete\n");
	return write(1, out, used) == (ssize_t)used ? 0 : 9;
}
