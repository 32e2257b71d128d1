/* SPDX-License-Identifier: MIT */
/* doctor: the security modules.  All are walls behind the others: without them a sandbox is made all the same. */
#include "cmd/doctor.h"
#include "launch/launch.h"

/* What each ABI of Landlock brought that sbox uses; the row for the first that is missing tells the cost. */
static const struct {
	int below;
	enum state state;
	const char *text;
} landlock_rows[] = {
	{ 1, STATE_MISSING, "no Landlock: file rules stand on the mounts alone, TCP ports cannot be limited, and with mode = host "
			    "abstract unix sockets of the host can be reached" },
	{ 2, STATE_DEGRADED, "it cannot allow renames between directories (ABI 2), so file rules are not repeated; no TCP ports "
			     "(ABI 4), no scopes (ABI 6)" },
	{ 3, STATE_DEGRADED, "file rules, but truncation is not among them (ABI 3); no TCP ports (ABI 4), no scopes (ABI 6): with "
			     "mode = host abstract unix sockets of the host can be reached" },
	{ 4, STATE_DEGRADED, "file rules; no TCP ports (ABI 4) and no scopes (ABI 6): with mode = host abstract unix sockets of the "
			     "host can be reached" },
	{ 5, STATE_DEGRADED, "file rules and TCP ports; ioctl on devices is not held (ABI 5), no scopes (ABI 6): with mode = host "
			     "abstract unix sockets of the host can be reached" },
	{ 6, STATE_DEGRADED, "file rules and TCP ports; no scopes (ABI 6): with mode = host abstract unix sockets of the host can be "
			     "reached" },
};

void examine_landlock(struct doctor *d)
{
	int abi = (int)d->s->host->probe(d->s->host, PROBE_LANDLOCK_ABI, 0);

	for (size_t i = 0; i < ARRAY_SIZE(landlock_rows); i++)
		if (abi < landlock_rows[i].below) {
			doctor_say(d, landlock_rows[i].state,
				   abi ? "Linux 6.12 or later has ABI 6" : "boot with lsm=landlock,… on a kernel with CONFIG_SECURITY_LANDLOCK",
				   "ABI %d: %s", abi, landlock_rows[i].text);
			return;
		}
	doctor_say(d, STATE_OK, NULL, "ABI %d: file rules, TCP ports and scopes", abi);
}

static void examine_label(struct doctor *d, enum probe probe, const char *on, const char *off, const char *absent)
{
	int64_t state = d->s->host->probe(d->s->host, probe, 0);

	if (state > 0)
		doctor_say(d, STATE_OK, NULL, "%s", on);
	else
		doctor_say(d, STATE_MISSING, state == 0 ? off : absent, "%s: label lines are announced and have no effect",
			   state == 0 ? "built into the kernel and switched off" : "not in this kernel");
}

/* A profile that confines sbox is no trouble as long as a sandbox can be made. */
void examine_apparmor(struct doctor *d)
{
	struct err cause;

	err_init(&cause, d->arena);
	err_add(&cause, NO_ORIGIN, "at work, and keeps sbox from making its user namespace");
	if (!d->runs && d->s->host->probe(d->s->host, PROBE_APPARMOR, 0) > 0 && apparmor_remedy(&cause)) {
		doctor_problem(d, STATE_DEGRADED, &cause);
		return;
	}
	examine_label(d, PROBE_APPARMOR,
		      arena_printf(d->arena, "at work: label lines hold; should it keep user namespaces from sbox (Ubuntu does), %s",
				   apparmor_install(d->arena)),
		      "boot with apparmor=1 security=apparmor",
		      "a kernel built with CONFIG_SECURITY_APPARMOR, as those of Debian and Ubuntu are");
}

void examine_selinux(struct doctor *d)
{
	examine_label(d, PROBE_SELINUX, "at work: label lines hold", NULL,
		      "boot with security=selinux selinux=1 and a policy (AppArmor is off then), on a kernel with CONFIG_SECURITY_SELINUX");
}
