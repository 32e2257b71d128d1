/* SPDX-License-Identifier: MIT */
/* [test] → what is tried inside. */
#include "plan/live_test.h"

#include <errno.h>

#include "plan/ask.h"

enum { PORT_DEFAULT = 443 };

static void add_paths(struct plan *plan, enum key_id key)
{
	vec_each (s, profile_list(plan->profile, key)) {
		struct live_test t = { .deed = s->v.number ? LIVE_WRITE : LIVE_READ, .wanted = key == KEY_test_allow, .text = s->raw,
				       .path = s->v.src, .from = s->from };

		vec_push(plan->arena, &plan->live_tests, t);
	}
}

static void add_hosts(struct plan *plan, struct err *err)
{
	vec_each (s, profile_list(plan->profile, KEY_test_host)) {
		struct live_test t = { .deed = LIVE_CONNECT, .wanted = true, .text = s->raw, .from = s->from };

		if (!ask_host_split(plan->arena, s->v.text, &t.host, &t.port))
			err_add(err, s->from, "neither a host nor an address, with or without :PORT: %s", s->v.text);
		if (t.port < 0)
			t.port = PORT_DEFAULT;
		vec_push(plan->arena, &plan->live_tests, t);
	}
}

int plan_live_tests(struct plan *plan, struct err *err)
{
	size_t before = err->errors;

	add_paths(plan, KEY_test_allow);
	add_paths(plan, KEY_test_deny);
	add_hosts(plan, err);
	return err->errors == before ? 0 : -EINVAL;
}
