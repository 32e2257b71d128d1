/* SPDX-License-Identifier: MIT */
#include "desktop/program.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"

enum { LINKS_MAX = 16 };

static const char *const dirs[] = { "/usr/local/bin",   "/usr/bin",        "/bin",      "/usr/games",
				    "/usr/local/games", "/usr/local/sbin", "/usr/sbin", "/sbin" };

const char *program_dir(size_t i)
{
	return i < ARRAY_SIZE(dirs) ? dirs[i] : NULL;
}

bool program_dir_is_standard(const char *dir)
{
	enum { IN_PATH = 4 }; /* the first ones: plan/plan_env.c */

	for (size_t i = 0; i < IN_PATH; i++)
		if (streq(dirs[i], dir))
			return true;
	return false;
}

void program_path_dirs(struct arena *arena, const struct caller *caller, keyfile_names *ret)
{
	const char *path = caller_env(caller, "PATH");

	for (path = path ? path : ""; *path; path += *path == ':') {
		size_t n = strcspn(path, ":");
		const char *dir = path_normalize(arena, arena_strndup(arena, path, n));

		if (dir && !keyfile_has(ret, dir))
			vec_push(arena, ret, dir);
		path += n;
	}
}

static bool is_executable(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

static void follow(struct arena *arena, const char *path, keyfile_names *ret)
{
	char target[PATH_MAX];

	for (size_t i = 0; path && i < LINKS_MAX; i++) {
		vec_push(arena, ret, path);
		ssize_t n = readlink(path, target, sizeof(target));

		if (n <= 0 || (size_t)n == sizeof(target))
			break;
		const char *text = arena_strndup(arena, target, (size_t)n);
		path = path_normalize(arena, *text == '/' ? text : path_join(arena, path_parent(arena, path), text));
	}
	/* with the links on the way to it (/bin) */
	if (realpath(ret->v[0], target) && !keyfile_has(ret, target))
		vec_push(arena, ret, arena_strdup(arena, target));
}

void program_at(struct arena *arena, const char *path, struct program *ret)
{
	const char *normal = path_normalize(arena, path);

	*ret = (struct program){ .name = path_name(path) };
	if (!normal || !is_executable(normal))
		return;
	ret->path = normal;
	follow(arena, normal, &ret->links);
}

bool program_find(struct arena *arena, const struct caller *caller, const char *word, const char *skip_dir,
		  struct program *ret)
{
	keyfile_names path = { 0 };

	*ret = (struct program){ .name = word };
	if (strchr(word, '/')) {
		program_at(arena, word, ret);
		return ret->path;
	}
	for (size_t i = 0; *word && i < ARRAY_SIZE(dirs); i++)
		vec_push(arena, &path, dirs[i]);
	program_path_dirs(arena, caller, &path);
	vec_each (dir, &path) {
		if (!*word || (skip_dir && streq(*dir, skip_dir)))
			continue;
		program_at(arena, path_join(arena, *dir, word), ret);
		if (ret->path)
			return true;
	}
	return false;
}

static bool begins(const char *name, const char *start)
{
	return *start && skip_prefix(name, start);
}

bool program_is(const struct program *wanted, const struct program *found)
{
	if (streq(wanted->name, found->name))
		return true;
	vec_each (l, &found->links)
		if (streq(path_name(*l), wanted->name))
			return true;
	if (found->path)
		vec_each (l, &wanted->links)
			if (streq(*l, found->path) && begins(path_name(*l), wanted->name))
				return true;
	return false;
}
