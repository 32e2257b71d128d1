/* SPDX-License-Identifier: MIT */
#include "profile_support.h"

#include <linux/seccomp.h>

TestSuite(profile_action, .init = world_open, .fini = world_close);

static int64_t action(const char *text)
{
	assert_loads(arena_printf(w->arena, "[seccomp]\ndefault = %s\n", text));
	return profile_number(w->profile, KEY_seccomp_default);
}

Test(profile_action, names_become_the_kernels_values)
{
	assert_loads("");
	cr_assert_eq(profile_number(w->profile, KEY_seccomp_default), SECCOMP_RET_ERRNO | ENOSYS);
	cr_assert_eq(action("errno:EPERM"), SECCOMP_RET_ERRNO | EPERM);
	cr_assert_eq(action("kill"), (int64_t)SECCOMP_RET_KILL_PROCESS);
	cr_assert_eq(action("trap"), SECCOMP_RET_TRAP);
	cr_assert_eq(action("log"), SECCOMP_RET_LOG);
	cr_assert_eq(action("notify"), SECCOMP_RET_USER_NOTIF);
}

Test(profile_action, refused_with_a_reason)
{
	assert_refused("[seccomp]\ndefault = trace\n", "default: trace: a tracer outside");
	assert_refused("[seccomp]\ndefault = allow\n", "every call would work");
	assert_refused("[seccomp]\ndefault = errno:EPREM\n", "unknown error \"EPREM\"");
	cr_assert(said("did you mean \"EPERM\"?"), "%s", problems());
	assert_refused("[seccomp]\ndefault = kil\n", "did you mean \"kill\"?");
}
