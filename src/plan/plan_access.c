/* SPDX-License-Identifier: MIT */
/* Capabilities, and the hints that a profile requires. */
#include <errno.h>
#include <sys/capability.h>

#include "base/str.h"
#include "plan/plan.h"
#include "profile/profile.h"

struct cap_names {
	struct arena *arena;
	int last;
};

static const char *cap_at(size_t i, const void *data)
{
	const struct cap_names *names = data;
	char *name = (int)i <= names->last ? cap_to_name((cap_value_t)i) : NULL;

	if (!name)
		return NULL;
	const char *copy = arena_strdup(names->arena, name + strlen("cap_"));
	cap_free(name);
	return copy;
}

static int cap_number(struct arena *arena, const char *name)
{
	cap_value_t cap;

	return cap_from_name(skip_prefix(name, "cap_") ? name : arena_printf(arena, "cap_%s", name), &cap) < 0 ? -1 : cap;
}

static void keep_capability(struct plan *plan, const struct setting *s, struct err *err)
{
	int cap = cap_number(plan->arena, s->v.text);

	if (cap == CAP_SYS_ADMIN) {
		err_add(err, s->from, "sys_admin cannot be kept: it could unmount the masks");
		return;
	}
	/* The table that shuts the host and holds allow and deny belongs to the network, and raw frames go past it. */
	if (plan->net == NET_USER && (cap == CAP_NET_ADMIN || cap == CAP_NET_RAW)) {
		err_add(err, s->from, "%s cannot be kept with mode = user: %s", s->v.text,
			cap == CAP_NET_ADMIN ? "it could open the way to the host" : "its packets would go round the rules");
		err_remedy(err, "leave it out; or --net=none, where it reaches nothing");
		return;
	}
	if (cap < 0 || cap > plan->cap_last) {
		struct cap_names names = { plan->arena, plan->cap_last };
		const char *near = nearest(s->v.text, cap_at, &names);

		err_add(err, s->from, "unknown capability: %s", s->v.text);
		if (near)
			err_remedy(err, "did you mean %s?", near);
		return;
	}
	plan->keep_caps |= UINT64_C(1) << cap;
}

const struct setting *plan_requires(const struct plan *plan, enum hint hint)
{
	vec_each (s, profile_list(plan->profile, KEY_profile_require))
		if (s->v.number == (int64_t)hint)
			return s;
	return NULL;
}

int plan_access(struct plan *plan, struct host *host, struct err *err)
{
	size_t before = err->errors;

	plan->cap_last = (int)host->probe(host, PROBE_CAP_LAST, 0);
	vec_each (s, profile_list(plan->profile, KEY_capabilities_keep))
		keep_capability(plan, s, err);
	/* A kept capability is one over the first user namespace's objects, so the program stays there. */
	plan->second_userns = !plan->keep_caps;
	return err->errors == before ? 0 : -EINVAL;
}
