/* SPDX-License-Identifier: MIT */
#include "profile_support.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/dirs.h"
#include "base/path.h"
#include "leak_check.h"

/* Relative: each test runs in a directory of its own. */
const char system_profile_dir[] = "system";
const char shipped_profile_dir[] = "shipped";

struct world *w;

void world_open(void)
{
	struct arena *arena = arena_new();
	char *dir = arena_strdup(arena, "/tmp/sbox-profile-XXXXXX");

	cr_assert_not_null(mkdtemp(dir));
	cr_assert_eq(chdir(dir), 0);
	/* What the tests of ownership expect does not depend on the umask they were started with. */
	umask(022);
	w = arena_alloc(arena, sizeof(*w));
	w->arena = arena;
	w->dir = dir;
	w->caller = (struct caller){
		.uid = getuid(),
		.gid = getgid(),
		.user = "alice",
		.group = "alice",
		.shell = "/bin/sh",
		.home = arena_printf(arena, "%s/home", dir),
		.cwd = arena_printf(arena, "%s/home/work", dir),
		.config_dir = arena_printf(arena, "%s/home/.config", dir),
		.data_dir = arena_printf(arena, "%s/home/.local/share", dir),
		.state_dir = arena_printf(arena, "%s/home/.local/state", dir),
		.cache_dir = arena_printf(arena, "%s/home/.cache", dir),
		.environ = (char *const *)w->environ,
	};
	err_init(&w->err, arena);
	w->load = (struct load){ .arena = arena, .caller = &w->caller, .err = &w->err };
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	return remove(path);
}

void world_close(void)
{
	cr_assert_eq(chdir("/"), 0);
	(void)nftw(w->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	search_close(&w->load);

	struct arena *arena = w->arena;

	w = NULL;
	arena_free(arena);
	leak_check();
}

void put(const char *file, const char *text)
{
	char *copy = arena_strdup(w->arena, file);

	for (char *slash = strchr(copy, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(copy, 0755);
		*slash = '/';
	}
	FILE *f = fopen(file, "w");
	cr_assert_not_null(f, "%s", file);
	fputs(text, f);
	cr_assert_eq(fclose(f), 0);
}

int load_name(const char *name, const char *command)
{
	const struct profile_request req = { .caller = &w->caller, .name = name, .command = command, .cli = &w->cli };

	err_init(&w->err, w->arena);
	w->profile = NULL;
	return profile_load(w->arena, &req, &w->profile, &w->err);
}

int load_text(const char *text)
{
	put(USER "t.ini", text);
	return load_name("t", NULL);
}

void option(enum key_id key, const char *value)
{
	struct cli_setting s = { .key = key, .value = value, .from = { .file = "option --test" } };

	vec_push(w->arena, &w->cli, s);
}

const char *problems(void)
{
	const char *text = "";

	vec_each (p, &w->err.problems) {
		const char *where = origin_text(w->arena, p->from);

		text = arena_printf(w->arena, "%s%s: %s\n  remedy: %s\n", text, where, p->text,
				    p->remedy ? p->remedy : "-");
	}
	return text;
}

bool said(const char *text)
{
	return strstr(problems(), text) != NULL;
}

const struct setting *nth(enum key_id key, size_t i)
{
	const setting_list *list = profile_list(w->profile, key);

	cr_assert_lt(i, list->n, "%s has %zu settings", keys[key].name, list->n);
	return &list->v[i];
}
