/* SPDX-License-Identifier: MIT */
/*
 * What `sbox doctor` examines.  Each mechanism is tried, in a process of its own where that changes something, and says
 * what it costs the user when it is missing.  Internal to cmd/doctor*.c.
 */
#ifndef SBOX_CMD_DOCTOR_H
#define SBOX_CMD_DOCTOR_H

#include "cmd/cmd.h"

enum state { STATE_OK, STATE_DEGRADED, STATE_MISSING, STATE_COUNT };

/** struct finding - one line of the report */
struct finding {
	const char *name;
	enum state state;
	const char *text;   /* what was found, and what it costs the user */
	const char *remedy; /* NULL when there is nothing to do */
};

/** struct doctor - one examination */
struct doctor {
	struct session *s;
	struct arena *arena; /* of the session */
	const char *name;    /* of the mechanism that is being examined */
	bool runs;           /* a sandbox was made */
	VEC(struct finding) found;
};

/** doctor_say() - a finding about the mechanism being examined; @remedy may be NULL */
void doctor_say(struct doctor *d, enum state state, const char *remedy, const char *fmt, ...) PRINTF_LIKE(4, 5);
/** doctor_problem() - the last problem in @err, with its remedy, as the finding */
void doctor_problem(struct doctor *d, enum state state, const struct err *err);

/** examine_fn - look at one mechanism; says at least one thing */
typedef void examine_fn(struct doctor *d);

/* doctor_trial.c: real launches */

/** struct trial_setting - a key for a trial launch; value NULL ends the list */
struct trial_setting {
	enum key_id key;
	const char *value;
};
/**
 * doctor_trial() - start `true` under the profile untrusted, with @more settings
 * Return: did it run?  Else *@ret_text holds what went wrong: a line for each problem, and one for its remedy, maybe empty.
 */
bool doctor_trial(struct doctor *d, const struct trial_setting *more, char **ret_text);
/**
 * doctor_launch() - the same, and what goes wrong is a finding in the words of that launch, with @state and then @cost
 * Return: did it run?
 */
bool doctor_launch(struct doctor *d, const struct trial_setting *more, enum state state, const char *cost);

/* doctor_try.c: one thing in a process of its own */

/** try_fn - what is tried; runs in a child process.  Return: 0 or -errno. */
typedef int try_fn(void *data);
/** doctor_try() - Return: what @fn returned; -ECHILD when it was ended by a signal; -errno */
int doctor_try(try_fn *fn, void *data);
/** doctor_try_as_root() - the same as root of a user namespace with a mount namespace; *ret_made: those could be made */
int doctor_try_as_root(try_fn *fn, void *data, bool *ret_made);
/** doctor_program() - where @name is in the directories of the system, or NULL */
const char *doctor_program(struct doctor *d, const char *name);

/* doctor_kernel.c */
examine_fn examine_kernel, examine_userns, examine_mounts, examine_seccomp, examine_keyring, examine_time, examine_overlay;
/* doctor_labels.c */
examine_fn examine_landlock, examine_apparmor, examine_selinux;
/* doctor_cgroup.c */
examine_fn examine_cgroup, examine_tasks;
/* doctor_user.c */
examine_fn examine_subids, examine_pasta, examine_dbus_proxy, examine_runtime_dir, examine_clock;

#endif
