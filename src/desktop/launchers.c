/* SPDX-License-Identifier: MIT */
#include "desktop/launchers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/fd.h"
#include "base/path.h"

enum { DEPTH_MAX = 5, FILES_MAX = 20000 };

/* What has been read so far */
struct look {
	struct launchers *all;
	enum launcher_kind kind;
	const char *dir; /* of its kind, below one data directory */
	bool home;
	size_t files;
};

/* A name that can be written into a record, a comment and a terminal. */
static bool name_is_plain(const char *name)
{
	for (; *name; name++)
		if ((unsigned char)*name < ' ' || *name == 0x7f)
			return false;
	return true;
}

const char *launcher_id(struct arena *arena, const char *name)
{
	char *id = arena_strdup(arena, name);

	for (char *p = id; (p = strchr(p, '/'));)
		*p = '-';
	return id;
}

static bool is_true(const char *value)
{
	return value && (streq(value, "true") || streq(value, "1"));
}

static void take_start(struct launchers *all, struct launcher *l, enum exec_style style, const struct keyline *line)
{
	struct start s = { .group = line->group };
	const char *ignored;

	if (exec_parse(all->arena, style, line->value, &s.words, &ignored) < 0) {
		/* still to be found by its text */
		s.words = (exec_words){ 0 };
		vec_push(all->arena, &s.words, line->value);
	} else if (exec_program(&s.words) < s.words.n) {
		program_find(all->arena, all->caller, s.words.v[exec_program(&s.words)], all->home[LAUNCHER_SHELL],
			     &s.program);
	}
	vec_push(all->arena, &l->starts, s);
}

void launcher_parse(struct launchers *all, struct launcher *l)
{
	bool service = l->kind == LAUNCHER_SERVICE;
	const char *group = service ? GROUP_SERVICE : GROUP_ENTRY;
	keylines lines;

	if (keyfile_parse(all->arena, l->text.data, l->text.size, &lines, &l->problem) < 0)
		return;
	const char *type = keyfile_get(&lines, group, "Type"), *name = keyfile_get(&lines, group, "Name");

	l->hidden = is_true(keyfile_get(&lines, group, "Hidden")) || (type && !streq(type, "Application"));
	vec_each (line, &lines)
		if (line->kind == LINE_KEY && !line->locale && streq(line->key, "Exec"))
			take_start(all, l, service ? EXEC_SERVICE : EXEC_ENTRY, line);
	l->unit = service ? keyfile_get(&lines, group, "SystemdService") : NULL;
	if (service && name && name_is_plain(name) && !strchr(name, '/'))
		l->id = name;
}

static void take_file(struct look *look, int dir, const char *file, const char *name)
{
	struct arena *arena = look->all->arena;
	struct launcher l = { .kind = look->kind, .id = launcher_id(arena, name), .name = name, .home = look->home };

	l.path = path_join(arena, look->dir, name);
	if (file_read(arena, dir, file, &l.text) < 0)
		l.problem = "it cannot be read";
	else
		launcher_parse(look->all, &l);
	vec_push(arena, &look->all->v, l);
}

static const char *const endings[LAUNCHER_KINDS] = {
	[LAUNCHER_ENTRY] = ".desktop", [LAUNCHER_SERVICE] = ".service", [LAUNCHER_AUTOSTART] = ".desktop"
};

static bool ends_with(const char *name, const char *ending)
{
	size_t n = strlen(name), m = strlen(ending);

	return n > m && streq(name + n - m, ending);
}

/* The directories above the one that is looked in: one of them again, by a link, is a loop. */
struct above {
	const struct above *next;
	dev_t dev;
	ino_t ino;
};

static bool is_loop(int fd, struct above *here)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return true;
	here->dev = st.st_dev;
	here->ino = st.st_ino;
	for (const struct above *a = here->next; a; a = a->next)
		if (a->dev == here->dev && a->ino == here->ino)
			return true;
	return false;
}

struct entry {
	const char *name;
	unsigned char type;
};
typedef VEC(struct entry) entry_list;

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

/* The order in a directory is nobody's: by name, so that two looks see the same. */
static void list(struct arena *arena, int dir, entry_list *ret)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d) {
		fd_close(&fd);
		return;
	}
	for (const struct dirent *e; (e = readdir(d));)
		if (*e->d_name != '.' && name_is_plain(e->d_name)) {
			struct entry entry = { arena_strdup(arena, e->d_name), e->d_type };

			vec_push(arena, ret, entry);
		}
	(void)closedir(d);
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_name);
}

static void look_in(struct look *look, int at, const char *sub, size_t depth, const struct above *above)
{
	struct arena *arena = look->all->arena;
	_cleanup_close_ int fd = openat(at, *sub ? path_name(sub) : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct above here = { .next = above };
	entry_list entries = { 0 };

	if (fd >= 0 && !is_loop(fd, &here))
		list(arena, fd, &entries);
	vec_each (e, &entries) {
		const char *below = *sub ? path_join(arena, sub, e->name) : e->name;

		if (look->files >= FILES_MAX)
			return;
		if (ends_with(e->name, endings[look->kind]) && e->type != DT_DIR) {
			look->files++;
			take_file(look, fd, e->name, below);
		} else if (look->kind == LAUNCHER_ENTRY && depth < DEPTH_MAX &&
			   (e->type == DT_DIR || e->type == DT_LNK || e->type == DT_UNKNOWN)) {
			look_in(look, fd, below, depth + 1, &here);
		}
	}
}

/* The directories of the variable @name, or of @fallback */
static void list_dirs(struct arena *arena, const struct caller *c, const char *name, const char *fallback,
		      keyfile_names *ret)
{
	const char *list = caller_env(c, name);

	for (list = list && *list ? list : fallback; *list; list += *list == ':') {
		size_t n = strcspn(list, ":");
		const char *dir = path_normalize(arena, arena_strndup(arena, list, n));

		if (dir && !keyfile_has(ret, dir))
			vec_push(arena, ret, dir);
		list += n;
	}
}

static void look_at_dir(struct look *look, const char *dir, bool home)
{
	_cleanup_close_ int at = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	look->dir = dir;
	look->home = home;
	if (at >= 0)
		look_in(look, at, "", 0, NULL);
}

static void look_at_kind(struct look *look, const char *home, const keyfile_names *system, const char *sub)
{
	look_at_dir(look, home, true);
	vec_each (dir, system) {
		const char *path = path_join(look->all->arena, *dir, sub);

		if (!streq(path, home))
			look_at_dir(look, path, false);
	}
}

void launchers_look(struct arena *arena, const struct caller *c, struct launchers *ret)
{
	keyfile_names data = { 0 }, config = { 0 };
	struct look look = { .all = ret };

	*ret = (struct launchers){ .arena = arena, .caller = c };
	ret->home[LAUNCHER_ENTRY] = path_join(arena, c->data_dir, "applications");
	ret->home[LAUNCHER_MIME] = ret->home[LAUNCHER_ENTRY];
	ret->home[LAUNCHER_SERVICE] = path_join(arena, c->data_dir, "dbus-1/services");
	ret->home[LAUNCHER_AUTOSTART] = path_join(arena, c->config_dir, "autostart");
	ret->home[LAUNCHER_SHELL] = path_join(arena, c->home, ".local/bin");
	list_dirs(arena, c, "XDG_DATA_DIRS", "/usr/local/share:/usr/share", &data);
	list_dirs(arena, c, "XDG_CONFIG_DIRS", "/etc/xdg", &config);

	look.kind = LAUNCHER_ENTRY;
	look_at_kind(&look, ret->home[LAUNCHER_ENTRY], &data, "applications");
	look.kind = LAUNCHER_SERVICE;
	if (c->runtime_dir)
		look_at_dir(&look, path_join(arena, c->runtime_dir, "dbus-1/services"), false);
	look_at_kind(&look, ret->home[LAUNCHER_SERVICE], &data, "dbus-1/services");
	look.kind = LAUNCHER_AUTOSTART;
	look_at_kind(&look, ret->home[LAUNCHER_AUTOSTART], &config, "autostart");
	vec_each (dir, &data)
		vec_push(arena, &ret->caches, path_join(arena, *dir, "applications/mimeinfo.cache"));
}

/* $XDG_DESKTOP_DIR, out of user-dirs.dirs: "$HOME/Schreibtisch" */
static const char *desktop_dir(struct arena *arena, const struct caller *c)
{
	static const char key[] = "\nXDG_DESKTOP_DIR=\"$HOME/";
	struct blob text;
	const char *at;

	if (file_read(arena, AT_FDCWD, path_join(arena, c->config_dir, "user-dirs.dirs"), &text) < 0 ||
	    !(at = strstr(arena_printf(arena, "\n%s", text.data), key)))
		return path_join(arena, c->home, "Desktop");
	at += strlen(key);
	return path_join(arena, c->home, arena_strndup(arena, at, strcspn(at, "\"\n")));
}

void launchers_elsewhere(const struct launchers *all, launcher_list *ret)
{
	struct launchers found = *all;
	struct look look = { .all = &found,
			     .kind = LAUNCHER_AUTOSTART }; /* not into directories: a desktop may hold anything */

	found.v = (launcher_list){ 0 };
	look_at_dir(&look, desktop_dir(all->arena, all->caller), true);
	look.kind = LAUNCHER_ENTRY;
	look_at_dir(&look, path_join(all->arena, all->caller->config_dir, "xfce4/panel"), true);
	*ret = found.v;
}

bool launcher_starts(const struct launcher *l, const struct program *program)
{
	vec_each (s, &l->starts)
		if (s->program.name && program_is(program, &s->program))
			return true;
	return false;
}
