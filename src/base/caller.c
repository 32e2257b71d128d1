/* SPDX-License-Identifier: MIT */
#include "base/caller.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"

const char *caller_env(const struct caller *c, const char *name)
{
	size_t n = strlen(name);

	for (char *const *e = c->environ; e && *e; e++)
		if (strncmp(*e, name, n) == 0 && (*e)[n] == '=')
			return *e + n + 1;
	return NULL;
}

/*
 * The line of passwd or group whose third field is @id, cut at its colons.  The files are read directly: a static
 * launcher has no NSS, and an entry that only a directory service knows is not worth a round trip to
 * it at each launch ($USER and $HOME say the same).
 */
static bool database_entry(struct arena *arena, const char *file, unsigned id, char *fields[7])
{
	_cleanup_close_ int fd = open(file, O_RDONLY | O_CLOEXEC);
	char *text;

	if (fd < 0 || fd_read_all(fd, arena, 1 << 20, &text, NULL) < 0)
		return false;
	for (char *line = text, *next; line && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		size_t n = 0;

		for (char *p = line; n < 7; n++)
			fields[n] = p ? strsep(&p, ":") : line + strlen(line);
		if (fields[2][0] && strtoul(fields[2], NULL, 10) == id)
			return true;
	}
	return false;
}

/* An unset or relative $XDG_… means the default (XDG Base Directory Specification). */
static const char *xdg_dir(struct arena *arena, const struct caller *c, const char *name, const char *fallback)
{
	const char *value = caller_env(c, name);

	if (value && value[0] == '/')
		return path_normalize(arena, value);
	return fallback ? path_join(arena, c->home, fallback) : NULL;
}

static int find_home(struct arena *arena, struct caller *c, const char *from_passwd, struct err *err)
{
	const char *home = caller_env(c, "HOME");

	if (!home || !*home)
		home = from_passwd;
	if (!home || !*home) {
		err_add(err, NO_ORIGIN, "HOME is not set, and the passwd file has no home directory for uid %u", c->uid);
		err_remedy(err, "set HOME to an absolute path");
		return -EINVAL;
	}
	c->home = path_normalize(arena, home);
	if (!c->home) {
		err_add(err, NO_ORIGIN, "HOME is not an absolute path: %s", home);
		err_remedy(err, "set HOME to an absolute path");
		return -EINVAL;
	}
	return 0;
}

static const char *or_number(struct arena *arena, const char *name, unsigned id)
{
	return name && *name ? name : arena_printf(arena, "%u", id);
}

int caller_look(struct arena *arena, char *const *env, struct caller *c, struct err *err)
{
	char *user[7] = { NULL }, *group[7] = { NULL };
	char cwd[PATH_MAX];

	*c = (struct caller){ .uid = getuid(), .gid = getgid(), .environ = env };
	if (!database_entry(arena, "/etc/passwd", c->uid, user))
		user[0] = user[5] = user[6] = NULL;
	if (!database_entry(arena, "/etc/group", c->gid, group))
		group[0] = NULL;
	c->user = or_number(arena, user[0] ? user[0] : caller_env(c, "USER"), c->uid);
	c->group = or_number(arena, group[0], c->gid);
	int r = find_home(arena, c, user[5], err);
	if (r < 0)
		return r;
	c->shell = caller_env(c, "SHELL");
	if (!c->shell || c->shell[0] != '/')
		c->shell = user[6] && user[6][0] == '/' ? user[6] : "/bin/sh";
	/* "(unreachable)…" is how the kernel names a directory outside of the root. */
	if (getcwd(cwd, sizeof(cwd)) && cwd[0] == '/')
		c->cwd = arena_strdup(arena, cwd);
	c->config_dir = xdg_dir(arena, c, "XDG_CONFIG_HOME", ".config");
	c->data_dir = xdg_dir(arena, c, "XDG_DATA_HOME", ".local/share");
	c->state_dir = xdg_dir(arena, c, "XDG_STATE_HOME", ".local/state");
	c->cache_dir = xdg_dir(arena, c, "XDG_CACHE_HOME", ".cache");
	c->runtime_dir = xdg_dir(arena, c, "XDG_RUNTIME_DIR", NULL);
	return 0;
}
