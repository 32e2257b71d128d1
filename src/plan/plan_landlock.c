/* SPDX-License-Identifier: MIT */
/*
 * A second wall behind the mounts: the same file rules once more in Landlock, ports, and what of the host cannot be
 * reached although no namespace hides it.
 */
#include "plan/landlock.h"

#include <errno.h>
#include <linux/mount.h>
#include <stdlib.h>

#include "plan/plan.h"
#include "profile/profile.h"

enum { ABI_REFER = 2, ABI_TRUNCATE = 3, ABI_NET = 4, ABI_IOCTL_DEV = 5, ABI_SCOPE = 6 };

static const uint64_t fs_read = FS_EXECUTE | FS_READ_FILE | FS_READ_DIR;
static const uint64_t fs_write = FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_CHAR | FS_MAKE_DIR | FS_MAKE_REG |
				 FS_MAKE_SOCK | FS_MAKE_FIFO | FS_MAKE_BLOCK | FS_MAKE_SYM | FS_REFER | FS_TRUNCATE;
/* What a rule on something that is no directory may say. */
static const uint64_t fs_file = FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV;

static uint64_t fs_known(int abi)
{
	uint64_t known = fs_read | fs_write | FS_IOCTL_DEV;

	if (abi < ABI_TRUNCATE)
		known &= ~(uint64_t)FS_TRUNCATE;
	if (abi < ABI_IOCTL_DEV)
		known &= ~(uint64_t)FS_IOCTL_DEV;
	return known;
}

static void note(struct plan *plan, struct origin from, const char *text)
{
	vec_push(plan->arena, &plan->landlock.notes, (struct landlock_note){ text, from });
}

static void allow(struct plan *plan, const char *path, uint64_t rights, bool is_dir, struct origin from)
{
	rights &= plan->landlock.handled_fs & (is_dir ? ~UINT64_C(0) : fs_file);
	if (rights)
		vec_push(plan->arena, &plan->landlock.paths, (struct landlock_path){ path, rights, from });
}

static bool is_writable(const struct mount_entry *m)
{
	switch (m->kind) {
	case MOUNT_BIND:
	case MOUNT_OVERLAY:
	case MOUNT_TMPFS:
	case MOUNT_PROC:
	case MOUNT_DEVPTS:
		return !(m->attrs & MOUNT_ATTR_RDONLY);
	default:
		return false; /* a pin is inside something writable */
	}
}

/*
 * Rights only add up below a path, so reading is allowed from the root on (all that is visible may be read), and each
 * writable place adds writing.  A narrower ro or hide, and noexec, are held by their mounts alone.
 */
static void mirror_files(struct plan *plan, const struct setting *fs)
{
	struct landlock_plan *l = &plan->landlock;

	if (fs->v.number == LANDLOCK_FS_OFF)
		return;
	if (plan->nested == NESTED_FULL) {
		note(plan, fs->from, "files are not repeated: Landlock forbids the mounts that nested = full allows");
		return;
	}
	if (l->abi < ABI_REFER) {
		note(plan, fs->from, l->abi ? "files are not repeated: Landlock ABI 1 cannot allow renames between directories" :
					      "this kernel has no Landlock");
		return;
	}
	l->handled_fs = fs_known(l->abi);
	allow(plan, "/", fs_read, true, fs->from);
	allow(plan, "/dev", FS_WRITE_FILE | FS_TRUNCATE | FS_IOCTL_DEV, true, fs->from);
	for (size_t i = 1; i < plan->n_mounts; i++) {
		const struct mount_entry *m = &plan->mounts[i];
		uint64_t devices = m->attrs & MOUNT_ATTR_NODEV ? 0 : FS_IOCTL_DEV;

		if (is_writable(m))
			allow(plan, m->target, fs_write | devices, m->is_dir, m->from);
		else if ((m->kind == MOUNT_BIND || m->kind == MOUNT_DEVICE) && devices)
			allow(plan, m->target, FS_WRITE_FILE | devices, m->is_dir, m->from);
	}
}

bool plan_scopes_abstract(const struct plan *plan, struct host *host)
{
	vec_each (s, profile_list(plan->profile, KEY_landlock_scope))
		if (s->v.number == SCOPE_ABSTRACT_UNIX)
			return host->probe(host, PROBE_LANDLOCK_ABI, 0) >= ABI_SCOPE;
	return false;
}

static void scopes(struct plan *plan)
{
	struct landlock_plan *l = &plan->landlock;

	vec_each (s, profile_list(plan->profile, KEY_landlock_scope)) {
		if (l->abi < ABI_SCOPE) {
			note(plan, s->from,
			     s->v.number == SCOPE_SIGNAL      ? "scope = signal: not in this kernel (Landlock ABI 6, Linux 6.12)" :
			     plan->net == NET_HOST            ? "abstract unix sockets of the host can be reached: cutting them off needs "
								"Landlock ABI 6 (Linux 6.12), or a network of its own" :
								"abstract unix sockets are cut off by the network namespace alone");
			continue;
		}
		l->scoped |= s->v.number == SCOPE_SIGNAL ? SCOPED_SIGNAL : SCOPED_ABSTRACT_UNIX;
	}
}

/*
 * Without a session of its own the program may be in the caller's process group, and kill(0, …) would reach the shell or
 * the script that started sbox.  Not a matter of `scope`: before ABI 6 the filter shuts that call instead.
 */
static void shared_group(struct plan *plan)
{
	const struct setting *tty = profile_get(plan->profile, KEY_process_tty);

	if (tty->v.number != TTY_INHERIT || plan->landlock.abi < ABI_SCOPE)
		return;
	plan->landlock.scoped |= SCOPED_SIGNAL;
	note(plan, tty->from, "signals do not leave the sandbox: its process group may be the caller's");
}

static void ports(struct plan *plan, enum key_id key, uint64_t right, struct err *err)
{
	struct landlock_plan *l = &plan->landlock;

	vec_each (s, profile_list(plan->profile, key)) {
		char *end;
		long port = strtol(s->v.text, &end, 10);

		if (*end || end == s->v.text || port < 0 || port > 65535) {
			err_add(err, s->from, "not a TCP port: %s", s->v.text);
			continue;
		}
		if (l->abi < ABI_NET && plan_requires(plan, HINT_LANDLOCK)) {
			err_add(err, s->from, "TCP ports cannot be limited: this kernel's Landlock ABI is %d, ABI 4 (Linux 6.7) is needed",
				l->abi);
			return;
		}
		if (l->abi < ABI_NET) {
			err_warn(err, s->from, "TCP ports are not limited: this kernel's Landlock ABI is %d, ABI 4 (Linux 6.7) is "
					       "needed, continuing without it", l->abi);
			return;
		}
		l->handled_net |= right;
		vec_push(plan->arena, &l->ports, (struct landlock_port){ right, (uint16_t)port, s->from });
	}
}

int plan_landlock(struct plan *plan, struct host *host, struct err *err)
{
	const struct setting *fs = profile_get(plan->profile, KEY_landlock_fs);
	size_t before = err->errors;

	plan->landlock.abi = (int)host->probe(host, PROBE_LANDLOCK_ABI, 0);
	if (!plan->landlock.abi && plan_requires(plan, HINT_LANDLOCK)) {
		err_add(err, plan_requires(plan, HINT_LANDLOCK)->from, "landlock is required, and this kernel has none");
		err_remedy(err, "boot with lsm=landlock,… (CONFIG_SECURITY_LANDLOCK, Linux 5.13)");
	}
	if (plan->landlock.abi)
		plan->landlock.supervisor_fs = FS_EXECUTE | (fs_known(plan->landlock.abi) & fs_write);
	if (plan->landlock.abi < ABI_REFER)
		plan->landlock.supervisor_fs &= ~(uint64_t)FS_REFER;
	if (plan->landlock.abi >= ABI_NET)
		plan->landlock.supervisor_net = NET_BIND_TCP | NET_CONNECT_TCP;
	mirror_files(plan, fs);
	scopes(plan);
	shared_group(plan);
	ports(plan, KEY_landlock_connect, NET_CONNECT_TCP, err);
	ports(plan, KEY_landlock_bind, NET_BIND_TCP, err);
	return err->errors == before ? 0 : -EINVAL;
}
