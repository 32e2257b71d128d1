/* SPDX-License-Identifier: MIT */
/* Capabilities: none in any of the five sets, and no way to have one again. */
#include <errno.h>
#include <linux/securebits.h>
#include <sys/prctl.h>

#include "kernel/kernel.h"
#include "kernel/sys.h"

/*
 * uid 0 inside means nothing for execve(), and a program that drops it loses what it was given: so NO_SETUID_FIXUP is
 * locked too, but off.
 */
static const unsigned long securebits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP_LOCKED |
					SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |
					SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;

static int bounding_drop(const struct plan *plan, uint64_t keep)
{
	for (int cap = 0; cap <= plan->cap_last; cap++)
		if (!(keep >> cap & 1) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return -errno;
	return 0;
}

/* Without the root rule of execve() only an ambient capability reaches the program. */
static int ambient_set(const struct plan *plan, uint64_t keep)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return -errno;
	for (int cap = 0; keep && cap <= plan->cap_last; cap++)
		if (keep >> cap & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return -errno;
	return 0;
}

static int sets_write(uint64_t keep, uint64_t also_effective)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	for (int i = 0; i < 2; i++) {
		data[i].inheritable = (uint32_t)(keep >> 32 * i);
		data[i].permitted = data[i].effective = (uint32_t)((keep | also_effective) >> 32 * i);
	}
	return sys_capset(&header, data) < 0 ? -errno : 0;
}

/*
 * The bounding set and the securebits need CAP_SETPCAP, so the sets are emptied last; the ambient set needs its
 * capabilities permitted and inheritable, and is closed by a securebit.
 */
static int caps_reduce(const struct plan *plan, uint64_t keep)
{
	int r = bounding_drop(plan, keep);

	if (r == 0)
		r = sets_write(keep, UINT64_C(1) << CAP_SETPCAP);
	if (r == 0)
		r = ambient_set(plan, keep);
	if (r == 0 && prctl(PR_SET_SECUREBITS, securebits, 0, 0, 0) < 0)
		r = -errno;
	if (r == 0)
		r = sets_write(keep, 0);
	if (r == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		r = -errno;
	return r;
}

int caps_drop(const struct plan *plan, struct launch *l UNUSED)
{
	return caps_reduce(plan, plan->keep_caps);
}

int caps_drop_init(const struct plan *plan, struct launch *l UNUSED)
{
	return caps_reduce(plan, 0);
}

/* Only root has any: it starts a sandbox as everybody else does, and its supervisor needs none to watch it. */
int caps_drop_supervisor(const struct plan *plan UNUSED, struct launch *l UNUSED)
{
	int r = sets_write(0, 0);

	return r == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : r;
}
