/* SPDX-License-Identifier: MIT */
/* AppArmor and SELinux labels: hints, unless `require` names them. */
#include <errno.h>

#include "plan/plan.h"
#include "profile/profile.h"

static const struct module {
	const char *name;
	enum key_id key;
	enum hint hint;
	enum probe probe;
	size_t offset;       /* of the struct plan_label */
	const char *command; /* what is written before the label */
	const char *remedy;  /* when the module is not at work */
} modules[] = {
	{ "AppArmor", KEY_apparmor_label, HINT_APPARMOR, PROBE_APPARMOR, offsetof(struct plan, apparmor), "exec ",
	  "boot with apparmor=1 (and apparmor in lsm=…), or leave the line out" },
	{ "SELinux", KEY_selinux_label, HINT_SELINUX, PROBE_SELINUX, offsetof(struct plan, selinux), "",
	  "boot with security=selinux selinux=1 and a policy, or leave the line out" },
};

static void plan_label(struct plan *plan, struct host *host, const struct module *m, struct err *err)
{
	struct plan_label *label = (struct plan_label *)((char *)plan + m->offset);
	const struct setting *s = profile_get(plan->profile, m->key);
	const struct setting *required = plan_requires(plan, m->hint);

	if (!s) {
		if (required) {
			err_add(err, required->from, "%s is required, and no line says which label", required->raw);
			err_remedy(err, "[%s] label = NAME", keys[m->key].section);
		}
		return;
	}
	bool works = host->probe(host, m->probe, 0) > 0;
	if (!works && required)
		err_add(err, s->from, "%s is required, and not at work on this machine", m->name);
	else if (!works)
		err_warn(err, s->from, "%s is not at work on this machine, continuing without label %s", m->name, s->v.text);
	if (!works && required)
		err_remedy(err, "%s", m->remedy);
	if (!works)
		return;
	*label = (struct plan_label){ .name = s->v.text, .command = arena_printf(plan->arena, "%s%s", m->command, s->v.text),
				      .required = required != NULL, .from = s->from };
}

int plan_labels(struct plan *plan, struct host *host, struct err *err)
{
	size_t before = err->errors;

	for (size_t i = 0; i < ARRAY_SIZE(modules); i++)
		plan_label(plan, host, &modules[i], err);
	return err->errors == before ? 0 : -EINVAL;
}
