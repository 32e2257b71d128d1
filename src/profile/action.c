/* SPDX-License-Identifier: MIT */
#include "profile/parts.h"

#include <linux/seccomp.h>

#include "base/errno_name.h"

static int value_errno(struct load *l, const char *name, struct setting *s)
{
	int error = errno_number(name);

	if (error < 0)
		return unknown_word(l, s, "error", name, errno_name_at, NULL);
	s->v.number = (int64_t)(SECCOMP_RET_ERRNO | (uint32_t)error);
	return 0;
}

static const char *const action_names[] = { "errno:NAME", "kill", "trap", "log", "notify", NULL };

int value_action(struct load *l, const char *text, struct setting *s)
{
	static const struct {
		const char *name;
		uint32_t action;
		const char *problem;
	} actions[] = {
		{ "kill", SECCOMP_RET_KILL_PROCESS, NULL },
		{ "trap", SECCOMP_RET_TRAP, NULL },
		{ "log", SECCOMP_RET_LOG, NULL },
		{ "notify", SECCOMP_RET_USER_NOTIF, NULL },
		{ "allow", 0, "allow: every call would work, and the other lines of [seccomp] mean nothing" },
		{ "trace", 0, "trace: a tracer outside of the sandbox would have to be there, and could be replaced" },
	};
	const char *name = skip_prefix(text, "errno:");

	if (name)
		return value_errno(l, name, s);
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		if (!streq(actions[i].name, text))
			continue;
		s->v.number = actions[i].action;
		return actions[i].problem ? err_add(l->err, s->from, "%s", actions[i].problem) : 0;
	}
	return unknown_word(l, s, "action", text, names_at, action_names);
}
