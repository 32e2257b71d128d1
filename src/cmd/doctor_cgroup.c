/* SPDX-License-Identifier: MIT */
/* doctor: who may limit what.  An ordinary user may what root delegated, usually to the user's systemd. */
#include "base/str.h"
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

static bool has_word(struct doctor *d, const char *text, const char *word)
{
	char *rest = arena_strdup(d->arena, text);

	rest[strcspn(rest, "\n")] = '\0';
	for (const char *w; (w = next_word(&rest));)
		if (streq(w, word))
			return true;
	return false;
}

/* Controllers that version 1 holds are in no hierarchy that a user can be given a part of. */
static bool in_version_1(struct doctor *d)
{
	const struct cgroup_place *place = d->s->host->cgroups(d->s->host);
	const char *all = place->mount ? d->s->host->text(d->s->host, arena_printf(d->arena, "%s/cgroup.controllers", place->mount)) : NULL;

	return all && !has_word(d, all, "memory") && !has_word(d, all, "pids");
}

void examine_cgroup(struct doctor *d)
{
	const char *missing = "", *cause = NULL, *remedy = NULL;
	size_t failed = 0;

	if (!d->runs) {
		doctor_say(d, STATE_MISSING, NULL, "not tried: no sandbox can be made");
		return;
	}
	if (in_version_1(d)) {
		doctor_say(d, STATE_MISSING, "boot with systemd.unified_cgroup_hierarchy=1",
			   "the controllers are in hierarchies of cgroup version 1, which users cannot be given: " WITHOUT);
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
