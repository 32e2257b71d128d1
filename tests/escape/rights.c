/* SPDX-License-Identifier: MIT */
/* Ids, capabilities, and the ways to more of them. */
#include "escape.h"

#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A line of /proc/self/status as a hexadecimal number. */
static int any_capability(const struct attempt *a)
{
	FILE *f = fopen("/proc/self/status", "re");
	unsigned long long set;
	char line[256];
	size_t n = strlen(a->path);

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, a->path, n) == 0 && sscanf(line + n, ":%llx", &set) == 1)
			return set ? 0 : NOTHING;
	return -ENOENT;
}

static int raise_all(const struct attempt *a)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 1U << CAP_SYS_ADMIN, 1U << CAP_SYS_ADMIN, 1U << CAP_SYS_ADMIN } };

	(void)a;
	return answer(syscall(SYS_capset, &header, data));
}

static int raise_inheritable(const struct attempt *a)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0, 0, 1U << CAP_NET_RAW } };

	(void)a;
	return answer(syscall(SYS_capset, &header, data));
}

static int raise_ambient(const struct attempt *a)
{
	(void)a;
	return answer(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0));
}

static int set_securebits(const struct attempt *a)
{
	return answer(prctl(PR_SET_SECUREBITS, (unsigned long)a->n, 0, 0, 0));
}

static int keep_caps(const struct attempt *a)
{
	(void)a;
	return answer(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
}

/* Without no_new_privs a set-user-ID program has its rights. */
static int new_privileges(const struct attempt *a)
{
	(void)a;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? NOTHING : 0;
}

static int allow_new_privileges(const struct attempt *a)
{
	(void)a;
	return answer(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
}

static int set_ids(const struct attempt *a)
{
	uid_t other = getuid() == 0 ? 1 : 0;

	return answer(a->n == SYS_setresuid ? syscall(a->n, other, other, other) : syscall(a->n, other));
}

static int drop_groups(const struct attempt *a)
{
	(void)a;
	return answer(syscall(SYS_setgroups, 0, NULL));
}

static int honours_set_id(const struct attempt *a)
{
	struct statvfs fs;
	const char *path = a->path[0] == '/' || a->path[0] == '.' ? a->path : fact(a->path);

	if (!path)
		return NO_FACT;
	if (statvfs(path, &fs) < 0)
		return -errno;
	return fs.f_flag & ST_NOSUID ? NOTHING : 0;
}

static int honours_devices(const struct attempt *a)
{
	struct statvfs fs;
	const char *path = a->path[0] == '/' || a->path[0] == '.' ? a->path : fact(a->path);

	if (!path)
		return NO_FACT;
	if (statvfs(path, &fs) < 0)
		return -errno;
	return fs.f_flag & ST_NODEV ? NOTHING : 0;
}

#define SET(id, name) { "cap-" id, any_capability, "-", "a capability in the " id " set", name, 0, 0 }

static const struct attempt rows[] = {
	SET("effective", "CapEff"), SET("permitted", "CapPrm"), SET("inheritable", "CapInh"), SET("bounding", "CapBnd"),
	SET("ambient", "CapAmb"),
	{ "cap-raise", raise_all, "EPERM", "raise a capability", NULL, 0, 0 },
	{ "cap-raise-inheritable", raise_inheritable, "EPERM", "raise an inheritable capability", NULL, 0, 0 },
	{ "cap-raise-ambient", raise_ambient, "EPERM", "raise an ambient capability", NULL, 0, 0 },
	{ "securebits-clear", set_securebits, "EPERM", "clear the securebits", NULL, 0, 0 },
	{ "securebits-set", set_securebits, "EPERM", "set keep-caps in the securebits", NULL, SECBIT_KEEP_CAPS, 0 },
	{ "keep-caps", keep_caps, "EPERM", "keep capabilities over a change of ids", NULL, 0, 0 },
	{ "new-privs", new_privileges, "-", "gain rights by executing a file", NULL, 0, 0 },
	{ "new-privs-off", allow_new_privileges, "EINVAL", "switch no_new_privs off", NULL, 0, 0 },
	{ "setuid", set_ids, "EPERM|EINVAL", "become another user", NULL, SYS_setuid, 0 },
	{ "setresuid", set_ids, "EPERM|EINVAL", "become another user by setresuid", NULL, SYS_setresuid, 0 },
	{ "setgid", set_ids, "EPERM|EINVAL", "become another group", NULL, SYS_setgid, 0 },
	{ "setfsuid", set_ids, "ENOSYS", "become another user for files", NULL, SYS_setfsuid, 0 },
	{ "setgroups", drop_groups, "ENOSYS|EPERM", "drop the supplementary groups", NULL, 0, 0 },
	{ "suid-usr", honours_set_id, "-", "set-user-ID files in /usr work", "/usr", 0, 0 },
	{ "suid-tmp", honours_set_id, "-", "set-user-ID files in /tmp work", "/tmp", 0, 0 },
	{ "suid-rw", honours_set_id, "-", "set-user-ID files in a writable directory work", "rw", 0, 0 },
	{ "nodev-tmp", honours_devices, "-", "device nodes in /tmp work", "/tmp", 0, 0 },
	{ "nodev-rw", honours_devices, "-", "device nodes in a writable directory work", "rw", 0, 0 },
};
const struct attempts right_attempts = ATTEMPTS("rights", rows);
