/* SPDX-License-Identifier: MIT */
/*
 * How a program could still start bare.  What starts it is compared by name and by links; what merely names it (a
 * shell's command line, a script, a systemd unit) is told as that.
 */
#include "desktop/launchers.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"

enum { SCRIPT_MAX = 8192, TEXT_MAX = 16384 };

struct search {
	struct desktop *d;
	const struct program *program;
	const char *profile;
	way_list *ret;
};

static void add(struct search *s, const char *what, const char *remedy)
{
	vec_push(s->d->arena, s->ret, (struct way){ .program = s->program->name, .what = what, .remedy = remedy });
}

/* A letter that makes "xfirefox" and "firefox-esr" another word than "firefox" */
static bool is_word_char(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_' || c == '.' || c == '=' || c == '%' || c == '@' ||
	       c == '+';
}

static bool names_word(const char *text, const char *word)
{
	for (const char *at = text; (at = strstr(at, word)); at++)
		if ((at == text || !is_word_char(at[-1])) && !is_word_char(at[strlen(word)]) && at[strlen(word)] != '/')
			return true;
	return false;
}

/* Does @text, which is a command line or a script, hold the program's name as a word or at the end of a path? */
static bool names_program(const struct search *s, const char *text)
{
	return *s->program->name && names_word(text, s->program->name);
}

static bool is_self(const struct search *s, const char *word)
{
	struct program p;

	if (!program_find(s->d->arena, s->d->caller, word, NULL, &p))
		return false;
	return streq(p.links.v[p.links.n - 1], s->d->sbox);
}

/* ---- launchers ---- */

static const char *how_it_starts(const struct search *s, const struct start *start)
{
	const char *text = "";

	if (!start->words.n || is_self(s, start->words.v[0]))
		return NULL;
	if (start->program.name && program_is(s->program, &start->program))
		return "starts it";
	vec_each (w, &start->words)
		text = arena_printf(s->d->arena, "%s %s", text, *w);
	return names_program(s, text) ? "names it" : NULL;
}

static void look_at_launcher(struct search *s, const struct launcher *l, const char *where, const char *remedy)
{
	struct arena *arena = s->d->arena;

	vec_each (start, &l->starts) {
		const char *how = how_it_starts(s, start), *action = skip_prefix(start->group, GROUP_ACTION);

		if (!how)
			continue;
		add(s,
		    arena_printf(arena, "%s: %s %s%s%s", where, l->path, how, action ? ", action " : "",
				 action ? action : ""),
		    streq(how, "starts it") ? remedy : "look at its Exec");
		if (l->unit)
			add(s, arena_printf(arena, "D-Bus service: %s starts the systemd unit %s", l->path, l->unit),
			    remedy);
	}
}

static void look_at_launchers(struct search *s)
{
	static const char *const words[LAUNCHER_KINDS] = {
		[LAUNCHER_ENTRY] = "menu", [LAUNCHER_SERVICE] = "D-Bus service", [LAUNCHER_AUTOSTART] = "autostart"
	};
	const struct launchers *all = &s->d->all;
	const char *install = arena_printf(s->d->arena, "sbox desktop install %s", s->program->name);
	launcher_list elsewhere;

	for (size_t i = 0; i < all->v.n; i++) {
		const struct launcher *l = &all->v.v[i];
		bool masked = false;

		for (size_t k = 0; k < i && !masked; k++)
			masked = all->v.v[k].kind == l->kind && streq(all->v.v[k].id, l->id);
		if (!masked && !l->hidden && !l->problem)
			look_at_launcher(s, l, words[l->kind], install);
	}
	launchers_elsewhere(all, &elsewhere);
	vec_each (l, &elsewhere)
		if (!l->hidden && !l->problem)
			look_at_launcher(s, l, "icon", "put a copy of the menu's entry in its place");
}

/* ---- the shell ---- */

static const struct record *wrapper_of(struct search *s, const char *name)
{
	const struct record *r = store_find(&s->d->store, LAUNCHER_SHELL, s->d->all.home[LAUNCHER_SHELL], name);
	const char *ignored;
	enum record_state state = r ? record_state(s->d, r, &ignored) : RECORD_MISSING;

	return state == RECORD_EDITED || state == RECORD_MISSING ? NULL : r;
}

static void look_at_shell(struct search *s)
{
	struct arena *arena = s->d->arena;
	const char *name = s->program->name, *own = s->d->all.home[LAUNCHER_SHELL];
	keyfile_names path = { 0 };

	program_path_dirs(arena, s->d->caller, &path);
	vec_each (dir, &path) {
		struct program p;

		program_at(arena, path_join(arena, *dir, name), &p);
		if (!p.path)
			continue;
		if (streq(*dir, own) && wrapper_of(s, name))
			return;
		if (!is_self(s, p.path))
			add(s, arena_printf(arena, "shell: %s is %s", name, p.path),
			    wrapper_of(s, name) ? arena_printf(arena, "put %s before %s in PATH", own, *dir)
						: arena_printf(arena, "sbox desktop install --shell %s", name));
		return;
	}
}

/* ---- the same program by other names ---- */

/* The lines of a small script, without its comments; NULL: it is none. */
static const char *script_text(struct arena *arena, int dir, const char *name)
{
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char *text = arena_alloc(arena, SCRIPT_MAX + 1), *o = text;
	ssize_t n = fd < 0 ? -1 : read(fd, text, SCRIPT_MAX);

	if (n < 2 || n == SCRIPT_MAX || text[0] != '#' || text[1] != '!' || memchr(text, '\0', (size_t)n))
		return NULL;
	for (const char *line = text, *next; *line; line = next) {
		size_t length = strcspn(line, "\n");

		next = line + length + (line[length] == '\n');
		if (line[strspn(line, " \t")] != '#') {
			memmove(o, line, (size_t)(next - line));
			o += next - line;
		}
	}
	*o = '\0';
	return text;
}

static void look_at_name(struct search *s, int dir, const char *path, const char *name, bool is_link)
{
	_cleanup_arena_ struct arena *scratch = arena_new();
	struct arena *arena = s->d->arena;
	struct program p = { 0 };
	const char *text = NULL;

	if (streq(name, s->program->name) || wrapper_of(s, name))
		return;
	if (is_link)
		program_at(scratch, path_join(scratch, path, name), &p);
	else
		text = script_text(scratch, dir, name);
	if (p.path && program_is(s->program, &p))
		add(s, arena_printf(arena, "other name: %s/%s leads to it", path, name),
		    arena_printf(arena, "sbox desktop install --shell %s", name));
	else if (text && names_program(s, text))
		add(s, arena_printf(arena, "other name: %s/%s, a script, names it", path, name),
		    arena_printf(arena, "sbox desktop install --shell --profile=%s %s",
				 s->profile ? s->profile : "NAME", name));
}

static void look_at_names(struct search *s)
{
	struct arena *arena = s->d->arena;
	keyfile_names dirs = { 0 }, seen = { 0 };
	char real[PATH_MAX];

	for (size_t i = 0; program_dir(i); i++)
		vec_push(arena, &dirs, program_dir(i));
	program_path_dirs(arena, s->d->caller, &dirs);
	vec_each (path, &dirs) {
		const struct dirent *e;

		if (!realpath(*path, real) || keyfile_has(&seen, real))
			continue;
		vec_push(arena, &seen, arena_strdup(arena, real));
		DIR *d = opendir(real);
		while (d && (e = readdir(d)))
			if (e->d_name[0] != '.' && e->d_type != DT_DIR)
				look_at_name(s, dirfd(d), *path, e->d_name, e->d_type == DT_LNK);
		if (d)
			closedir(d);
	}
}

/* ---- the user's systemd ---- */

static void look_at_unit(struct search *s, int dir, const char *path, const char *name)
{
	struct arena *arena = s->d->arena;
	struct blob text;

	if (file_read(arena, dir, name, &text) < 0)
		return;
	for (const char *line = text.data; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		const char *one = arena_strndup(arena, line, strcspn(line, "\n"));

		if (skip_prefix(one, "Exec") && strchr(one, '=') && names_program(s, strchr(one, '=') + 1) &&
		    !strstr(one, s->d->sbox)) {
			add(s, arena_printf(arena, "systemd unit: %s/%s names it", path, name),
			    arena_printf(arena, "systemctl --user edit %s", name));
			return;
		}
	}
}

static void look_at_units(struct search *s)
{
	const struct caller *c = s->d->caller;
	struct arena *arena = s->d->arena;
	const char *dirs[] = { path_join(arena, c->config_dir, "systemd/user"),
			       "/etc/systemd/user",
			       c->runtime_dir ? path_join(arena, c->runtime_dir, "systemd/user") : "/run/systemd/user",
			       path_join(arena, c->data_dir, "systemd/user"),
			       "/usr/local/lib/systemd/user",
			       "/usr/lib/systemd/user" };
	keyfile_names seen = { 0 }; /* a unit is taken from the first directory that has it */

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		DIR *d = opendir(dirs[i]);
		const struct dirent *e;

		while (d && (e = readdir(d))) {
			const char *end = strrchr(e->d_name, '.');

			if (!end || !streq(end, ".service") || keyfile_has(&seen, e->d_name))
				continue;
			vec_push(arena, &seen, arena_strdup(arena, e->d_name));
			look_at_unit(s, dirfd(d), dirs[i], arena_strdup(arena, e->d_name));
		}
		if (d)
			closedir(d);
	}
}

/* ---- what runs ---- */

static const char *link_at(struct arena *arena, int dir, const char *name)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dir, name, target, sizeof(target));

	return n > 0 && (size_t)n < sizeof(target) ? arena_strndup(arena, target, (size_t)n) : "";
}

static const char *text_at(struct arena *arena, int dir, const char *name)
{
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	char *text = arena_alloc(arena, TEXT_MAX + 2);

	/* two NUL at the end: there is always a second word */
	return fd >= 0 && read(fd, text, TEXT_MAX) > 0 ? text : "\0";
}

/* A script is its interpreter's first or second word, and its process is called like it. */
static bool runs_script(struct search *s, struct arena *arena, int dir)
{
	const char *words = text_at(arena, dir, "cmdline"), *comm = text_at(arena, dir, "comm");
	const char *second = words + strlen(words) + 1, *name = path_name(second);
	size_t n = strcspn(comm, "\n");

	return n && keyfile_has(&s->program->links, second) && strncmp(comm, name, n) == 0 && (n == 15 || !name[n]);
}

static bool runs_program(struct search *s, struct arena *arena, int dir)
{
	const char *exe = link_at(arena, dir, "exe");

	return !streq(exe, s->d->sbox) && (keyfile_has(&s->program->links, exe) || runs_script(s, arena, dir));
}

static void look_at_running(struct search *s)
{
	_cleanup_arena_ struct arena *scratch = arena_new();
	struct arena *arena = s->d->arena;
	const char *here = link_at(scratch, AT_FDCWD, "/proc/self/ns/pid");
	DIR *proc = opendir("/proc");
	const struct dirent *e;

	while (proc && (e = readdir(proc))) {
		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		_cleanup_close_ int dir = openat(dirfd(proc), e->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		/* of a process in a sandbox it is another; of somebody else's it cannot be read */
		if (dir < 0 || !streq(link_at(scratch, dir, "ns/pid"), here) || !runs_program(s, scratch, dir))
			continue;
		add(s, arena_printf(arena, "running: process %s is not in a sandbox", e->d_name),
		    "end it, and start it anew");
	}
	if (proc)
		closedir(proc);
}

void desktop_ways(struct desktop *d, const struct program *program, const char *profile, way_list *ret)
{
	struct search s = { .d = d, .program = program, .profile = profile, .ret = ret };

	look_at_launchers(&s);
	look_at_shell(&s);
	look_at_names(&s);
	look_at_units(&s);
	look_at_running(&s);
}
