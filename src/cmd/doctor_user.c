/* SPDX-License-Identifier: MIT */
/* doctor: what the administrator installed and granted, and what the session has. */
#include <sys/stat.h>

#include "base/str.h"
#include "cmd/doctor.h"

#define COST_SUBIDS "map = subids is refused"

/* By a launch: it finds the programs, the grant and whether the kernel takes the map. */
void examine_subids(struct doctor *d)
{
	static const struct trial_setting subids[] = { { KEY_ids_map, "subids" }, { 0 } };

	if (!d->runs)
		doctor_say(d, STATE_MISSING, NULL, "not tried: no sandbox can be made");
	else if (doctor_launch(d, subids, STATE_MISSING, COST_SUBIDS))
		doctor_say(d, STATE_OK, NULL, "map = subids works, through newuidmap and newgidmap");
}

/* ---- programs ---- */

/* By a launch too, which connects it. */
void examine_pasta(struct doctor *d)
{
	static const struct trial_setting user[] = { { KEY_network_mode, "user" }, { 0 } };
	static const char cost[] = "--net=user is refused, --net=none and --net=host work";
	const char *path = doctor_program(d, "pasta");

	if (!path)
		doctor_say(d, STATE_MISSING, "apt-get install passt (Fedora, Arch and Alpine call it passt too)", "pasta is not installed: %s", cost);
	else if (!d->runs)
		doctor_say(d, STATE_MISSING, NULL, "%s is there, not tried: no sandbox can be made", path);
	else if (!doctor_launch(d, user, STATE_MISSING, cost))
		return;
	else if (!d->s->host->probe(d->s->host, PROBE_PASTA_2024, 0))
		doctor_say(d, STATE_DEGRADED, "passt of 2024-09 or later",
			   "%s is older than 2024-09: a published UDP port must have the same number on both sides, and answers of a "
			   "resolver that are too long for UDP are lost", path);
	else
		doctor_say(d, STATE_OK, NULL, "%s: a network of its own for a sandbox (--net=user)", path);
}

void examine_dbus_proxy(struct doctor *d)
{
	const char *path = doctor_program(d, "xdg-dbus-proxy");

	if (path)
		doctor_say(d, STATE_OK, NULL, "%s: single names of the session bus can be given", path);
	else
		doctor_say(d, STATE_MISSING, "apt-get install xdg-dbus-proxy (other distributions call it so too)",
			   "xdg-dbus-proxy is not installed: nothing of the session bus can be given");
}

/* ---- the session ---- */

void examine_runtime_dir(struct doctor *d)
{
	static const char session[] = "start sbox from a login session; without one: XDG_RUNTIME_DIR=$(mktemp -d) keeps a list until it is removed";
	const char *dir = d->s->caller.runtime_dir;
	struct stat st;

	if (!dir)
		doctor_say(d, STATE_DEGRADED, session, "XDG_RUNTIME_DIR is not set: running sandboxes are not listed, and cannot be ended by name");
	else if (stat(dir, &st) < 0 || !S_ISDIR(st.st_mode))
		doctor_say(d, STATE_DEGRADED, session, "%s is no directory: running sandboxes are not listed, and cannot be ended by name", dir);
	else if (st.st_uid != d->s->caller.uid || st.st_mode & 077)
		doctor_say(d, STATE_DEGRADED, arena_printf(d->arena, "chown %u %s && chmod 700 %s", d->s->caller.uid, dir, dir),
			   "%s is not the user's alone (uid %u, mode %04o): running sandboxes are not listed in it", dir, st.st_uid,
			   st.st_mode & 07777);
	else
		doctor_say(d, STATE_OK, NULL, "%s: running sandboxes are listed in it", dir);
}

/* A sandbox has the host's wall clock, so what is wrong with that is wrong in each. */
void examine_clock(struct doctor *d)
{
	static const char shared[] = "a sandbox shares the host's clock and cannot set it";
	int64_t clock = d->s->host->probe(d->s->host, PROBE_CLOCK, 0);

	if (clock < 0)
		doctor_say(d, STATE_OK, NULL, "%s", shared);
	else if (!clock)
		doctor_say(d, STATE_DEGRADED, "timedatectl set-ntp true, or install chrony",
			   "%s; and that clock is not synchronised: certificates and tokens may seem expired, or not yet valid", shared);
	else
		doctor_say(d, STATE_OK, NULL, "%s; it is synchronised", shared);
}
