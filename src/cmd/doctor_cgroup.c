/* SPDX-License-Identifier: MIT */
/* doctor: who may limit what.  An ordinary user may what root delegated, usually to the user's systemd. */
#include "cmd/doctor.h"

/* One limit for each controller, far from what the trial needs. */
static const struct {
	const char *controller, *keys;
	struct trial_setting trial[3];
} controllers[] = {
	{ "memory", "memory-max, memory-high, swap-max", { { KEY_cgroup_memory_max, "1G" }, { KEY_profile_require, "cgroup" } } },
	{ "pids", "pids-max", { { KEY_cgroup_pids_max, "1000" }, { KEY_profile_require, "cgroup" } } },
	{ "cpu", "cpu-max, cpu-weight", { { KEY_cgroup_cpu_max, "100%" }, { KEY_profile_require, "cgroup" } } },
	{ "io", "io-max, io-weight", { { KEY_cgroup_io_weight, "100" }, { KEY_profile_require, "cgroup" } } },
	{ "cpuset", "cpus", { { KEY_cgroup_cpus, "0" }, { KEY_profile_require, "cgroup" } } },
};

#define WITHOUT "no limit of [cgroup] holds, and a tasks limit is RLIMIT_NPROC"

void examine_cgroup(struct doctor *d)
{
	const char *missing = "", *cause = NULL, *remedy = NULL;
	size_t failed = 0;

	if (!d->runs) {
		doctor_say(d, STATE_MISSING, NULL, "not tried: no sandbox can be made");
		return;
	}
	/* The trials would work: placed is the sandbox, and nothing is limited. */
	if (d->s->host->cgroups(d->s->host)->version_1) {
		doctor_say(d, STATE_MISSING, cgroup_version_1_remedy, "%s: " WITHOUT, cgroup_version_1);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(controllers); i++) {
		char *text;

		if (doctor_trial(d, controllers[i].trial, &text))
			continue;
		failed++;
		missing = arena_printf(d->arena, "%s%s%s (%s)", missing, *missing ? "; " : "", controllers[i].keys, controllers[i].controller);
		if (!cause && text) {
			cause = strsep(&text, "\n");
			remedy = strsep(&text, "\n");
		}
	}
	remedy = remedy && *remedy ? remedy : NULL;
	if (!failed)
		doctor_say(d, STATE_OK, NULL, "limits on memory, tasks, CPU time, CPUs and disks hold for the sandbox as a whole");
	else if (failed == ARRAY_SIZE(controllers))
		doctor_say(d, STATE_MISSING, remedy, "%s: " WITHOUT, cause ? cause : "no control group can be made");
	else
		doctor_say(d, STATE_DEGRADED, remedy, "limits hold for the sandbox as a whole, except %s", missing);
}

/* The kernel exempts uid 0 of the host from RLIMIT_NPROC, also in a user namespace. */
void examine_tasks(struct doctor *d)
{
	if (d->s->caller.uid == 0)
		doctor_say(d, STATE_DEGRADED, "start sbox as an ordinary user",
			   "the kernel holds root to no RLIMIT_NPROC, so started by root a sandbox may make any number of processes");
	else
		doctor_say(d, STATE_OK, NULL, "RLIMIT_NPROC counts inside the sandbox alone");
}
