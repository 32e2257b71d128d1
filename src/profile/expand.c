/* SPDX-License-Identifier: MIT */
#include "profile/parts.h"

#include <fcntl.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"

enum { USER_DIRS_SIZE_MAX = 64 << 10 };

/* The user directories and what xdg-user-dirs calls them when nothing is configured. */
static const struct user_dir {
	const char *name, *fallback;
} user_dirs[] = {
	{ "XDG_DESKTOP_DIR", "Desktop" },    { "XDG_DOWNLOAD_DIR", "Downloads" },  { "XDG_TEMPLATES_DIR", "Templates" },
	{ "XDG_PUBLICSHARE_DIR", "Public" }, { "XDG_DOCUMENTS_DIR", "Documents" }, { "XDG_MUSIC_DIR", "Music" },
	{ "XDG_PICTURES_DIR", "Pictures" },  { "XDG_VIDEOS_DIR", "Videos" },
};

static const char *const variables[] = {
	"HOME",
	"USER",
	"UID",
	"CWD",
	"XDG_CONFIG_HOME",
	"XDG_DATA_HOME",
	"XDG_STATE_HOME",
	"XDG_CACHE_HOME",
	"XDG_RUNTIME_DIR",
};

static const char *variable_at(size_t i, const void *data UNUSED)
{
	if (i < ARRAY_SIZE(variables))
		return variables[i];
	i -= ARRAY_SIZE(variables);
	return i < ARRAY_SIZE(user_dirs) ? user_dirs[i].name : NULL;
}

static const char *read_user_dirs(struct load *l)
{
	_cleanup_close_ int fd = profile_open(AT_FDCWD, path_join(l->arena, l->caller->config_dir, "user-dirs.dirs"));
	struct stat st;
	char *text;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    fd_read_all(fd, l->arena, USER_DIRS_SIZE_MAX, &text, NULL) < 0)
		return "";
	return text;
}

/* The value of @name in user-dirs.dirs, which is shell: XDG_MUSIC_DIR="$HOME/Music"; NULL when it is not set there. */
static const char *configured_dir(struct load *l, const char *name)
{
	const char *value = NULL;

	if (!l->user_dirs)
		l->user_dirs = read_user_dirs(l);
	for (const char *line = l->user_dirs; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *p = skip_prefix(line + strspn(line, " \t"), name);
		const char *rest = p ? skip_prefix(p, "=\"") : NULL;

		if (rest)
			value = arena_strndup(l->arena, rest, strcspn(rest, "\"\n"));
	}
	if (!value)
		return NULL;
	const char *below = skip_prefix(value, "$HOME/");
	return path_normalize(l->arena, below ? arena_printf(l->arena, "%s/%s", l->caller->home, below) : value);
}

static const char *user_dir(struct load *l, const struct user_dir *dir)
{
	const char *path = configured_dir(l, dir->name);

	/* xdg-user-dirs switches a directory off by naming the home: that must not give the whole home away. */
	if (!path || path_below(l->caller->home, path))
		return path_join(l->arena, l->caller->home, dir->fallback);
	return path;
}

const char *user_dir_at(struct arena *arena, const struct caller *caller, size_t i, const char **ret_path)
{
	struct load l = { .arena = arena, .caller = caller };

	if (i >= ARRAY_SIZE(user_dirs))
		return NULL;
	*ret_path = user_dir(&l, &user_dirs[i]);
	return user_dirs[i].name;
}

/* The value of ${@name}, or NULL with a problem. */
static const char *variable(struct load *l, const struct setting *s, const char *name)
{
	const struct caller *c = l->caller;
	const struct {
		const char *name, *value;
	} known[] = {
		{ "HOME", c->home },
		{ "USER", c->user },
		{ "CWD", c->cwd },
		{ "XDG_CONFIG_HOME", c->config_dir },
		{ "XDG_DATA_HOME", c->data_dir },
		{ "XDG_STATE_HOME", c->state_dir },
		{ "XDG_CACHE_HOME", c->cache_dir },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (!streq(known[i].name, name))
			continue;
		if (!known[i].value)
			err_add(l->err, s->from, "${%s}: the current directory cannot be named (was it deleted?)",
				name);
		return known[i].value;
	}
	if (streq(name, "UID"))
		return arena_printf(l->arena, "%u", c->uid);
	/* Where it would be; what lies below it is then missing, which is optional or not as the line says. */
	if (streq(name, "XDG_RUNTIME_DIR"))
		return c->runtime_dir ? c->runtime_dir : arena_printf(l->arena, "/run/user/%u", c->uid);
	for (size_t i = 0; i < ARRAY_SIZE(user_dirs); i++)
		if (streq(user_dirs[i].name, name))
			return user_dir(l, &user_dirs[i]);

	const char *near = nearest(name, variable_at, NULL);

	err_add(l->err, s->from, "unknown variable ${%s}", name);
	if (near)
		err_remedy(l->err, "did you mean ${%s}?", near);
	else if (s->key == KEY_environment_set || s->key == KEY_files_data)
		err_remedy(l->err, "a dollar that is meant as such is written \\$");
	return NULL;
}

static int take_variable(struct load *l, const struct setting *s, const char **p, const char **ret)
{
	size_t n = strcspn(*p + 2, "}");

	if (!(*p)[2 + n])
		return err_add(l->err, s->from, "\"${\" without \"}\"");
	*ret = variable(l, s, arena_strndup(l->arena, *p + 2, n));
	*p += n + 3;
	return *ret ? 0 : -EINVAL;
}

int expand(struct load *l, const struct setting *s, const char *text, bool path, const char **ret)
{
	const char *out = "", *p = text;

	if (path && p[0] == '~') {
		if (p[1] && p[1] != '/') {
			err_add(l->err, s->from, "only the own home can be written with a tilde: \"%s\"", text);
			err_remedy(l->err, "write ~/… or the absolute path");
			return -EINVAL;
		}
		out = l->caller->home;
		p++;
	}
	for (const char *dollar; (dollar = strchr(p, '$'));) {
		bool escaped = dollar > p && dollar[-1] == '\\', opens = dollar[1] == '{';
		const char *value = "$";
		size_t before = (size_t)(dollar - p) - escaped;
		const char *start = p;

		if (opens && !escaped) {
			int r = take_variable(l, s, &dollar, &value);

			if (r < 0)
				return r;
			p = dollar;
		} else {
			p = dollar + 1;
		}
		out = arena_printf(l->arena, "%s%.*s%s", out, (int)before, start, value);
	}
	*ret = *out ? arena_printf(l->arena, "%s%s", out, p) : p;
	return 0;
}
