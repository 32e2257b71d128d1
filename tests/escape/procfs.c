/* SPDX-License-Identifier: MIT */
/* Kernel settings and what leaks of the machine: /proc, /sys, cgroups. */
#include "escape.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int open_write(const struct attempt *a)
{
	return close_answer(open(a->path, O_WRONLY | O_CLOEXEC));
}

/* The value that is there once more: no harm where it works. */
static int set_same(const struct attempt *a)
{
	char value[1024];
	int in = open(a->path, O_RDONLY | O_CLOEXEC), out = open(a->path, O_WRONLY | O_CLOEXEC);
	ssize_t n = in < 0 ? 0 : read(in, value, sizeof(value));

	if (out < 0 || n <= 0)
		return out < 0 ? -errno : 0;
	return answer(write(out, value, (size_t)n));
}

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	int r = answer(write(fd, text, strlen(text)));
	(void)close(fd);
	return r;
}

static int deny_groups(const struct attempt *a)
{
	(void)a;
	return write_text("/proc/self/setgroups", "allow");
}

static int map_ids(const struct attempt *a)
{
	return write_text(a->path, "0 0 4294967295");
}

static int lower_oom(const struct attempt *a)
{
	(void)a;
	return write_text("/proc/self/oom_score_adj", "-1000");
}

static int login_id(const struct attempt *a)
{
	(void)a;
	return write_text("/proc/self/loginuid", "0");
}

static int read_any(const struct attempt *a)
{
	int fd = open(a->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char buffer[4096];

	if (fd < 0)
		return -errno;
	ssize_t n = read(fd, buffer, sizeof(buffer));
	return n < 0 ? -errno : n == 0 ? NOTHING : 0;
}

/* Addresses of the kernel: zeroes for whoever may not see them. */
static int addresses(const struct attempt *a)
{
	FILE *f = fopen(a->path, "re");
	char line[512];
	int r = NOTHING;

	if (!f)
		return -errno;
	for (int i = 0; i < 50 && fgets(line, sizeof(line), f); i++)
		if (isxdigit((unsigned char)line[0]) && strspn(line, "0 -") < 8 && strtoull(line, NULL, 16) > 0xffff)
			r = 0;
	return r;
}

#define SYSCTL(id, path) { "sysctl-" id, set_same, "EROFS|EACCES|ENOENT", "write " path, "/proc/sys/" path, 0, 0 }
#define WRITE(id, path) { id, open_write, "EROFS|EACCES|ENOENT", "write " path, path, 0, 0 }
#define LEAK(id, path) { "read-" id, read_any, "EACCES|EPERM|ENOENT|-", "read " path, path, 0, 0 }

static const struct attempt rows[] = {
	SYSCTL("core-pattern", "kernel/core_pattern"), SYSCTL("modprobe", "kernel/modprobe"), SYSCTL("hostname", "kernel/hostname"),
	SYSCTL("domainname", "kernel/domainname"), SYSCTL("hotplug", "kernel/hotplug"), SYSCTL("shmmax", "kernel/shmmax"),
	SYSCTL("pid-max", "kernel/pid_max"), SYSCTL("ns-last-pid", "kernel/ns_last_pid"), SYSCTL("sysrq", "kernel/sysrq"),
	SYSCTL("aslr", "kernel/randomize_va_space"), SYSCTL("ptrace-scope", "kernel/yama/ptrace_scope"),
	SYSCTL("mmap-min", "vm/mmap_min_addr"), SYSCTL("overcommit", "vm/overcommit_memory"), SYSCTL("drop-caches", "vm/drop_caches"),
	SYSCTL("hardlinks", "fs/protected_hardlinks"), SYSCTL("suid-dumpable", "fs/suid_dumpable"),
	SYSCTL("binfmt", "fs/binfmt_misc/register"), SYSCTL("mqueue", "fs/mqueue/msg_max"),
	SYSCTL("max-userns", "user/max_user_namespaces"), SYSCTL("forward", "net/ipv4/ip_forward"),
	SYSCTL("unprivileged-ports", "net/ipv4/ip_unprivileged_port_start"), SYSCTL("ping-group", "net/ipv4/ping_group_range"),
	WRITE("sysrq-trigger", "/proc/sysrq-trigger"), WRITE("mtrr", "/proc/mtrr"), WRITE("irq-affinity", "/proc/irq/default_smp_affinity"),
	WRITE("proc-bus", "/proc/bus/pci/00/00.0"), WRITE("dynamic-debug", "/proc/dynamic_debug/control"), WRITE("proc-scsi", "/proc/scsi/scsi"),
	WRITE("proc-acpi", "/proc/acpi/wakeup"), WRITE("uevent-helper", "/sys/kernel/uevent_helper"), WRITE("sys-power", "/sys/power/state"),
	WRITE("sys-debug", "/sys/kernel/debug/sched/features"), WRITE("sys-module", "/sys/module/printk/parameters/time"),
	WRITE("cgroup-procs", "/sys/fs/cgroup/cgroup.procs"), WRITE("cgroup-release", "/sys/fs/cgroup/release_agent"),
	WRITE("cgroup1-release", "/sys/fs/cgroup/memory/release_agent"), WRITE("cgroup-pids", "/sys/fs/cgroup/pids/cgroup.procs"),
	{ "setgroups-allow", deny_groups, "EPERM|EACCES", "allow setgroups again", NULL, 0, 0 },
	{ "uid-map", map_ids, "EPERM|EACCES", "map every user id", "/proc/self/uid_map", 0, 0 },
	{ "gid-map", map_ids, "EPERM|EACCES", "map every group id", "/proc/self/gid_map", 0, 0 },
	{ "oom-score", lower_oom, "EACCES", "never be ended when memory runs out", NULL, 0, 0 },
	{ "loginuid", login_id, "EPERM|EACCES|ENOENT|EINVAL", "change the login id", NULL, 0, 0 },
	LEAK("kcore", "/proc/kcore"), LEAK("keys", "/proc/keys"), LEAK("timer-list", "/proc/timer_list"),
	LEAK("sched-debug", "/proc/sched_debug"), LEAK("kmsg", "/proc/kmsg"), LEAK("kpagecount", "/proc/kpagecount"),
	LEAK("kpageflags", "/proc/kpageflags"), LEAK("slabinfo", "/proc/slabinfo"), LEAK("vmallocinfo", "/proc/vmallocinfo"),
	LEAK("tracing", "/sys/kernel/tracing/trace"), LEAK("debugfs", "/sys/kernel/debug/sleep_time"),
	LEAK("efivars", "/sys/firmware/efi/systab"), LEAK("dmi", "/sys/class/dmi/id/product_name"), LEAK("sysfs", "/sys/kernel/vmcoreinfo"),
	LEAK("cgroup", "/sys/fs/cgroup/cgroup.controllers"), LEAK("cgroup1", "/sys/fs/cgroup/memory/memory.stat"),
	{ "kallsyms", addresses, "-|EACCES|ENOENT", "addresses in /proc/kallsyms", "/proc/kallsyms", 0, 0 },
	{ "iomem", addresses, "-|EACCES|ENOENT", "addresses in /proc/iomem", "/proc/iomem", 0, 0 },
};
const struct attempts proc_attempts = ATTEMPTS("settings", rows);
