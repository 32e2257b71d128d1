/* SPDX-License-Identifier: MIT */
/* A profile, from text to the plan and to the filter as the kernel would run it. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/caller.h"
#include "base/dirs.h"
#include "fuzz.h"
#include "kernel/kernel.h"
#include "plan/filter.h"
#include "plan/lint.h"
#include "plan/plan.h"
#include "profile/profile.h"

/* In memory: a file that is written anew some hundred times a second. */
static const char *own_file(void)
{
	static char path[256];

	if (!path[0]) {
		CLAIM(getenv("FUZZ_PRIVATE"));
		snprintf(path, sizeof(path), "%s/fuzzed.ini", getenv("FUZZ_PRIVATE"));
	}
	return path;
}

/* The instructions and the table that they came from say the same of any call. */
static void filters_agree(const struct plan *plan, struct arena *arena, uint64_t seed)
{
	struct sock_fprog program;

	if (bpf_build(plan->filter, arena, &program) < 0)
		return;
	for (int i = 0; i < 64; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		const struct filter_abi *abi = &plan->filter->abis[(seed >> 60) % plan->filter->n_abis];
		struct seccomp_data call = { .nr = (int)((seed >> 32) % 470), .arch = abi->audit_arch };

		for (size_t a = 0; a < 6; a++)
			call.args[a] = seed >> (a * 9);
		CLAIM(bpf_run(&program, &call) == filter_verdict(plan->filter, &call, NULL));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char *environment[] = { "HOME=/tmp", "PATH=/usr/bin:/bin", "USER=fuzz", NULL };
	struct arena *arena = arena_new();
	struct caller caller;
	struct err err;
	struct profile *profile = NULL;
	struct plan *plan = NULL;
	cli_settings none = { 0 };
	char *argv[] = { "true", NULL };
	const struct profile_request request = { .caller = &caller, .name = own_file(), .cli = &none };
	int fd = open(own_file(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CLAIM(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
	err_init(&err, arena);
	CLAIM(caller_look(arena, environment, &caller, &err) == 0);
	int r = profile_load(arena, &request, &profile, &err);
	/* What is refused is refused with a reason. */
	CLAIM(r == 0 || err.problems.n > 0);
	if (r == 0) {
		struct host *host = host_new(arena, &caller);

		r = plan_build(arena, profile, host, argv, &plan, &err);
		CLAIM(r == 0 || err.problems.n > 0);
		if (r == 0) {
			struct score score;
			finding_list findings = { 0 };

			CLAIM(plan_json(plan, arena));
			plan_lint(plan, host, arena, &err, &findings);
			plan_score(plan, host, arena, &score);
			filters_agree(plan, arena, size * 977 + (size ? data[size / 2] : 0));
		}
	}
	arena_free(arena);
	return 0;
}
