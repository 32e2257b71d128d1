/* SPDX-License-Identifier: MIT */
/* A profile with its layers, from text to the plan and to the filter as the kernel would run it. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/caller.h"
#include "base/dirs.h"
#include "base/str.h"
#include "fuzz.h"
#include "kernel/kernel.h"
#include "plan/filter.h"
#include "plan/lint.h"
#include "plan/plan.h"
#include "profile/profile.h"

/*
 * The user's directory of profiles.  An input is the text of "fuzzed"; behind a line "### N" comes that of the N-th of
 * these files.  "base", which all of the shipped ones extend, may be shadowed, and may extend the one that it shadows.
 */
static const char *const places[] = {
	"fuzzed.ini",    "fuzzed.d/10.ini", "fuzzed.d/20.ini",  "parent.ini",      "parent.d/10.ini",
	"base.d/10.ini", "base.ini",        "default.d/10.ini", "fuzzed.d/.x.ini", "base-project.d/10.ini",
};

enum { N_PLACES = sizeof(places) / sizeof(places[0]) };

/* In memory: files that are written anew some hundred times a second. */
static const char *own_dir(void)
{
	static char path[256];
	const char *base = getenv("FUZZ_PRIVATE");

	if (!path[0]) {
		CLAIM(base);
		snprintf(path, sizeof(path), "%s/sbox", base);
		CLAIM(mkdir(path, 0700) == 0);
		snprintf(path, sizeof(path), "%s/sbox/profiles", base);
		CLAIM(mkdir(path, 0700) == 0);
		for (size_t i = 0; i < N_PLACES; i++) {
			char dir[512];

			snprintf(dir, sizeof(dir), "%s/%.*s", path, (int)strcspn(places[i], "/"), places[i]);
			if (strchr(places[i], '/'))
				CLAIM(mkdir(dir, 0700) == 0 || errno == EEXIST);
		}
	}
	return path;
}

static void write_at(size_t place, const uint8_t *data, size_t size)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", own_dir(), places[place]);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CLAIM(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
}

/* Where the next "### N" begins, or the end; *@ret_place and *@ret_text: what follows it. */
static size_t part_end(const uint8_t *data, size_t size, size_t at, size_t *ret_place, size_t *ret_text)
{
	for (; at < size; at++)
		if ((at == 0 || data[at - 1] == '\n') && size - at >= 6 && memcmp(data + at, "### ", 4) == 0 &&
		    data[at + 4] >= '0' && data[at + 4] < '0' + N_PLACES && data[at + 5] == '\n') {
			*ret_place = data[at + 4] - '0';
			*ret_text = at + 6;
			break;
		}
	return at;
}

/* What an input before wrote and this one does not is taken away. */
static void write_layers(const uint8_t *data, size_t size)
{
	static bool there[N_PLACES];
	bool now[N_PLACES] = { false };
	size_t place = 0, text = 0;

	for (;;) {
		size_t next = place, next_text = size, end = part_end(data, size, text, &next, &next_text);

		write_at(place, data + text, end - text);
		now[place] = true;
		if (end == size)
			break;
		place = next;
		text = next_text;
	}
	for (size_t i = 0; i < N_PLACES; i++) {
		char path[512];

		snprintf(path, sizeof(path), "%s/%s", own_dir(), places[i]);
		if (there[i] && !now[i])
			CLAIM(unlink(path) == 0);
		there[i] = now[i];
	}
}

/* Each setting comes from a layer, which is the one that it names, in the order of layers; no file is a layer twice. */
static void layers_hold(const struct profile *p)
{
	for (size_t i = 0; i < p->layers.n; i++) {
		CLAIM(!strstr(p->layers.v[i].file, "/."));
		for (size_t j = 0; j < i; j++)
			CLAIM(strcmp(p->layers.v[i].file, p->layers.v[j].file) != 0);
	}
	for (size_t k = 0; k < KEY_COUNT; k++) {
		unsigned before = 0;

		CLAIM(key_is_list(&keys[k]) || p->by_key[k].n <= 1);
		vec_each (s, &p->by_key[k]) {
			CLAIM(s->layer >= before && s->layer <= p->layers.n);
			CLAIM(!s->layer || strcmp(s->from.file, p->layers.v[s->layer - 1].file) == 0);
			before = s->layer;
		}
	}
}

/* The quick look, by which a profile is chosen for a program, sees the commands that the reader does. */
static void looks_agree(struct arena *arena, const char *config, const struct profile *p)
{
	char variable[300];
	char *environment[] = { "HOME=/tmp", (char *)config, variable, NULL };
	const setting_list *commands = profile_list(p, KEY_profile_commands);
	profile_entries entries = { 0 };
	struct caller caller;
	struct err err;

	snprintf(variable, sizeof(variable), "SBOX_PROFILE_PATH=%s", own_dir());
	err_init(&err, arena);
	CLAIM(caller_look(arena, environment, &caller, &err) == 0);
	CLAIM(profile_entries_find(arena, &caller, &entries, &err) == 0);
	vec_each (e, &entries) {
		char *words = arena_strdup(arena, e->commands ? e->commands : "");

		if (strcmp(e->name, "fuzzed") != 0)
			continue;
		vec_each (c, commands) {
			const char *word = next_word(&words);

			CLAIM(word && strcmp(word, c->v.text) == 0);
		}
		CLAIM(!next_word(&words));
	}
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
	static char config[300];
	static char *environment[] = { "HOME=/tmp", "PATH=/usr/bin:/bin", "USER=fuzz", config, NULL };
	struct arena *arena = arena_new();
	struct caller caller;
	struct err err;
	struct profile *profile = NULL;
	struct plan *plan = NULL;
	cli_settings none = { 0 };
	char *argv[] = { "true", NULL };
	const struct profile_request request = { .caller = &caller, .name = "fuzzed", .cli = &none };

	write_layers(data, size);
	snprintf(config, sizeof(config), "XDG_CONFIG_HOME=%s", getenv("FUZZ_PRIVATE"));
	err_init(&err, arena);
	CLAIM(caller_look(arena, environment, &caller, &err) == 0);
	int r = profile_load(arena, &request, &profile, &err);
	/* What is refused is refused with a reason. */
	CLAIM(r == 0 || err.problems.n > 0);
	if (profile)
		layers_hold(profile);
	if (r == 0) {
		looks_agree(arena, config, profile);
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
