/* SPDX-License-Identifier: MIT */
/*
 * sbox doctor: what this machine can do, and what to do where it can't.  The walls are tried by a real launch of
 * `untrusted`, so that the words are those of a launch that fails; the rest is asked one mechanism at a time.
 */
#include "cmd/doctor.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/str.h"
#include "launch/launch.h"

static const char *const state_names[] = { [STATE_OK] = "ok", [STATE_DEGRADED] = "degraded", [STATE_MISSING] = "missing" };
static_assert(ARRAY_SIZE(state_names) == STATE_COUNT, "a state has no name");

static void examine_sandbox(struct doctor *d)
{
	d->runs = doctor_launch(d, NULL, STATE_MISSING, NULL);
	if (d->runs)
		doctor_say(d, STATE_OK, NULL, "a launch of the profile untrusted works");
}

/* The first decides about the others' words, and about the exit status. */
static const struct mechanism {
	const char *name;
	examine_fn *examine;
} mechanisms[] = {
	{ "sandbox", examine_sandbox },
	/* what every sandbox needs */
	{ "kernel", examine_kernel },
	{ "user-namespaces", examine_userns },
	{ "mounts", examine_mounts },
	{ "seccomp", examine_seccomp },
	/* walls behind the walls */
	{ "landlock", examine_landlock },
	{ "apparmor", examine_apparmor },
	{ "selinux", examine_selinux },
	{ "keyring", examine_keyring },
	/* limits */
	{ "cgroup", examine_cgroup },
	{ "tasks", examine_tasks },
	/* what single keys need */
	{ "subids", examine_subids },
	{ "time", examine_time },
	{ "clock", examine_clock },
	{ "overlay", examine_overlay },
	{ "pasta", examine_pasta },
	{ "dbus-proxy", examine_dbus_proxy },
	{ "runtime-dir", examine_runtime_dir },
};

void doctor_say(struct doctor *d, enum state state, const char *remedy, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	const char *text = arena_vprintf(d->arena, fmt, ap);
	va_end(ap);
	vec_push(d->arena, &d->found, (struct finding){ d->name, state, text, remedy });
}

void doctor_problem(struct doctor *d, enum state state, const struct err *err)
{
	const struct problem *p = &err->problems.v[err->problems.n - 1];

	doctor_say(d, state, p->remedy, "%s", p->text);
}

static void print_text(const struct doctor *d)
{
	vec_each (i, &d->found) {
		out(d->s, "%-16s %-9s %s\n", i->name, state_names[i->state], quote(d->arena, i->text));
		if (i->remedy)
			out(d->s, "%-16s %-9s remedy: %s\n", "", "", quote(d->arena, i->remedy));
	}
}

static void print_json(const struct doctor *d)
{
	json_t *root = json_array();

	vec_each (i, &d->found) {
		json_t *row = json_pack("{s:s,s:s,s:s,s:s*}", "name", i->name, "state", state_names[i->state], "text",
					quote(d->arena, i->text), "remedy", i->remedy ? quote(d->arena, i->remedy) : NULL);
		json_array_append_new(root, row);
	}
	char *text = json_dumps(root, JSON_INDENT(2));
	out(d->s, "%s\n", text ? text : "[]");
	free(text);
	json_decref(root);
}

static int doctor(struct session *s, int argc, char **argv)
{
	bool json = argc == 2 && streq(argv[1], "--json");
	struct doctor d = { .s = s, .arena = s->arena };

	if (argc > 1 && !json) {
		err_add(&s->err, NO_ORIGIN, "doctor takes no argument but --json");
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < ARRAY_SIZE(mechanisms); i++) {
		d.name = mechanisms[i].name;
		mechanisms[i].examine(&d);
	}
	if (json)
		print_json(&d);
	else
		print_text(&d);
	return d.runs ? 0 : 1;
}

const struct command cmd_doctor = { "doctor", doctor, "[--json]", "what this machine can do, and the remedy where it can't" };
