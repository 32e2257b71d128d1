/* SPDX-License-Identifier: MIT */
/*
 * All profiles at a glance, for choosing one by the name of a program: each file is read once and only
 * [profile] is looked at, roughly.  The one that is chosen is then read properly.
 */
#include "profile/parts.h"

#include <fcntl.h>
#include <stdlib.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"

struct claim {
	const char *command;
	size_t dir; /* the directory of the file that claims it */
	const char *file;
};

/** struct glance - what a quick look at a profile and its drop-ins shows */
struct glance {
	const char *name, *description;
	VEC(size_t) dirs; /* that have NAME.ini, in search order: the first one counts */
	VEC(struct claim) claims;
};

typedef VEC(struct glance) glances;

struct dropin_dir {
	const char *name;
	size_t dir;
};

struct scan {
	struct load *load;
	glances found;
	VEC(struct dropin_dir) dropins;
	bool report; /* say what cannot be read */
	char *small; /* SMALL bytes, for one file after the other */
};

enum { SMALL = 16 << 10 };

static struct glance *find_glance(struct scan *scan, const char *name)
{
	vec_each (g, &scan->found)
		if (streq(g->name, name))
			return g;
	return NULL;
}

/* The value of "@key = value" at @line, or NULL; leading blanks are an error that the real reader reports. */
static const char *value_of(struct arena *arena, const char *line, size_t n, const char *key)
{
	size_t k = strlen(key);

	if (n <= k || strncmp(line, key, k) != 0)
		return NULL;
	for (line += k, n -= k; n && is_blank(*line); n--)
		line++;
	if (!n || *line != '=')
		return NULL;
	for (line++, n--; n && is_blank(*line); n--)
		line++;
	while (n && is_blank(line[n - 1]))
		n--;
	return arena_strndup(arena, line, n);
}

/** struct look - what is taken from one file, and what it says about its parents */
struct look {
	struct scan *scan;
	struct glance *glance;
	const char *file;
	size_t dir;
	bool dropin, extends_itself, reset;
};

static void look_at_line(struct look *look, const char *line, size_t n)
{
	struct arena *arena = look->scan->load->arena;
	const char *value;

	if ((value = value_of(arena, line, n, "description"))) {
		if (!look->glance->description || look->dropin)
			look->glance->description = value;
	} else if ((value = value_of(arena, line, n, "extends"))) {
		char *words = arena_strdup(arena, value);

		for (const char *w; (w = next_word(&words));)
			look->extends_itself |= streq(w + (*w == '-'), look->glance->name);
	} else if ((value = value_of(arena, line, n, "commands"))) {
		char *words = arena_strdup(arena, value);

		if (!*words) {
			look->reset = true;
			look->glance->claims.n = 0;
		}
		for (const char *w; (w = next_word(&words));)
			vec_push(arena, &look->glance->claims, (struct claim){ w, look->dir, look->file });
	}
}

/* One read(2) does for nearly every profile; a short one on a file is its end. */
static int read_text(struct scan *scan, int fd, const char **ret)
{
	struct arena *arena = scan->load->arena;
	char *text;

	if (!scan->small)
		scan->small = arena_alloc(arena, SMALL);
	ssize_t n = pread(fd, scan->small, SMALL, 0);
	if (n < 0)
		return -errno;
	*ret = scan->small;
	if (n < SMALL) {
		scan->small[n] = '\0';
		return 0;
	}
	int r = fd_read_all(fd, arena, PROFILE_SIZE_MAX, &text, NULL);
	if (r == 0)
		*ret = text;
	return r;
}

static void look_at(struct look *look, const char *below)
{
	struct load *l = look->scan->load;
	const struct search_dir *d = &l->dirs.v[look->dir];
	_cleanup_close_ int fd = profile_open(d->fd, below);
	bool in_profile = false;
	const char *text = NULL;
	int r;

	look->file = path_join(l->arena, d->path, below);
	r = fd < 0 ? -errno : read_text(look->scan, fd, &text);
	if (r < 0) {
		if (look->scan->report)
			err_sys(l->err, (struct origin){ .file = look->file }, -r, "cannot be read");
		return;
	}
	if (skip_prefix(text, BYTE_ORDER_MARK))
		text += strlen(BYTE_ORDER_MARK);
	for (const char *line = text, *next; *line; line = next) {
		size_t n = strcspn(line, "\n");

		next = line + n + (line[n] == '\n');
		if (line[0] == '[')
			in_profile = skip_prefix(line, "[profile]") != NULL;
		else if (in_profile)
			look_at_line(look, line, n);
	}
}

/* NAME.ini, and while it extends its own name the next one in the search order. */
static void look_at_profile(struct scan *scan, struct glance *g)
{
	const char *below = arena_printf(scan->load->arena, "%s.ini", g->name);

	vec_each (dir, &g->dirs) {
		struct look look = { .scan = scan, .glance = g, .dir = *dir };

		look_at(&look, below);
		if (!look.extends_itself || look.reset)
			return;
	}
}

static void look_at_dropins(struct scan *scan, const struct dropin_dir *d)
{
	struct load *l = scan->load;
	struct glance *g = find_glance(scan, d->name);
	const char *sub = arena_printf(l->arena, "%s.d", d->name);
	text_list files = { 0 };

	if (!g) {
		if (scan->report)
			err_warn(l->err, (struct origin){ .file = path_join(l->arena, l->dirs.v[d->dir].path, sub) },
				 "not used: there is no profile \"%s\"", d->name);
		return;
	}
	(void)find_names(l, l->dirs.v[d->dir].fd, sub, &files, NULL);
	vec_each (f, &files) {
		struct look look = { .scan = scan, .glance = g, .dir = d->dir, .dropin = true };

		look_at(&look, arena_printf(l->arena, "%s/%s.ini", sub, *f));
	}
}

static void scan_dir(struct scan *scan, size_t dir)
{
	struct load *l = scan->load;
	const struct search_dir *d = &l->dirs.v[dir];
	text_list profiles = { 0 }, dropins = { 0 };
	int r = d->fd < 0 ? 0 : find_names(l, d->fd, ".", &profiles, &dropins);

	if (r < 0)
		err_warn(l->err, (struct origin){ .file = d->path }, "cannot be listed: %s", strerror(-r));
	vec_each (name, &profiles) {
		struct glance *g = find_glance(scan, *name);

		if (!name_is_valid(*name)) {
			if (scan->report)
				err_warn(l->err, (struct origin){ .file = path_join(l->arena, d->path, *name) },
					 "not used: \"%s\" is not a profile name", *name);
			continue;
		}
		if (!g) {
			vec_push(l->arena, &scan->found, (struct glance){ .name = *name });
			g = &scan->found.v[scan->found.n - 1];
		}
		vec_push(l->arena, &g->dirs, dir);
	}
	vec_each (name, &dropins)
		vec_push(l->arena, &scan->dropins, (struct dropin_dir){ *name, dir });
}

static void scan_all(struct scan *scan)
{
	for (size_t i = 0; i < scan->load->dirs.n; i++)
		scan_dir(scan, i);
	vec_each (g, &scan->found)
		look_at_profile(scan, g);
	/* Laid over in the order of the layers: shipped first, the user's own last. */
	for (size_t i = scan->dropins.n; i-- > 0;)
		look_at_dropins(scan, &scan->dropins.v[i]);
}

/* Is @dir, of @n bytes, one of the absolute directories that the caller's shell looks in? */
static bool on_path(const struct caller *caller, const char *dir, size_t n)
{
	const char *list = caller_env(caller, "PATH");

	while (list && *list) {
		size_t size = strcspn(list, ":");

		if (size == n && *list == '/' && strncmp(list, dir, n) == 0)
			return true;
		list += size + (list[size] == ':');
	}
	return false;
}

/*
 * The name that `commands` may list: ./firefox is not the firefox that a profile was written for.  What lies on the caller's
 * PATH is what its plain name means to him, as what lies in a standard directory is.
 */
static const char *program_name(const struct caller *caller, const char *command)
{
	static const char *const standard[] = {
		"/usr/local/bin/",   "/usr/bin/",  "/bin/",  "/usr/games/",
		"/usr/local/games/", "/usr/sbin/", "/sbin/", "/usr/local/sbin/",
	};

	if (!strchr(command, '/'))
		return command;
	for (size_t i = 0; i < ARRAY_SIZE(standard); i++) {
		const char *name = skip_prefix(command, standard[i]);

		if (name && *name && !strchr(name, '/'))
			return name;
	}
	const char *slash = strrchr(command, '/');
	return slash > command && slash[1] && on_path(caller, command, (size_t)(slash - command)) ? slash + 1 : NULL;
}

const char *entries_by_command(struct load *l, const char *command)
{
	struct scan scan = { .load = l };
	const char *name = program_name(l->caller, command);
	const struct glance *best = NULL, *rival = NULL;
	const struct claim *claim = NULL, *other = NULL;

	if (!name || !*name)
		return NULL;
	scan_all(&scan);
	vec_each (g, &scan.found)
		vec_each (c, &g->claims) {
			if (!streq(c->command, name) || (claim && c->dir > claim->dir) ||
			    (g == best && c->dir == claim->dir))
				continue;
			rival = claim && c->dir == claim->dir ? best : NULL;
			other = claim;
			best = g;
			claim = c;
		}
	if (!rival)
		return best ? best->name : NULL;
	err_add(l->err, (struct origin){ .file = claim->file }, "commands: %s is claimed by %s too", name, other->file);
	err_remedy(l->err, "choose with --profile=%s or --profile=%s", rival->name, best->name);
	return NULL;
}

int profile_of_command(struct arena *arena, const struct caller *caller, const char *command, const char **ret, struct err *err)
{
	struct load l = { .arena = arena, .caller = caller, .err = err };
	size_t errors = err->errors;
	int r = search_open(&l);

	*ret = r == 0 ? entries_by_command(&l, command) : NULL;
	search_close(&l);
	return err->errors > errors ? -EINVAL : 0;
}

static int compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct profile_entry *)a)->name, ((const struct profile_entry *)b)->name);
}

static struct profile_entry make_entry(struct load *l, const struct glance *g)
{
	const char *file = arena_printf(l->arena, "%s.ini", g->name);
	struct profile_entry e = { .name = g->name, .description = g->description };

	e.file = path_join(l->arena, l->dirs.v[g->dirs.v[0]].path, file);
	e.kind = l->dirs.v[g->dirs.v[0]].kind;
	if (g->dirs.n > 1)
		e.shadows = path_join(l->arena, l->dirs.v[g->dirs.v[1]].path, file);
	vec_each (c, &g->claims)
		e.commands = e.commands ? arena_printf(l->arena, "%s %s", e.commands, c->command) : c->command;
	e.fragment = !e.commands && (streq(g->name, "base") || skip_prefix(g->name, "base-"));
	return e;
}

int profile_entries_find(struct arena *arena, const struct caller *caller, profile_entries *ret, struct err *err)
{
	struct load l = { .arena = arena, .caller = caller, .err = err };
	struct scan scan = { .load = &l, .report = true };
	int r = search_open(&l);

	if (r == 0) {
		scan_all(&scan);
		vec_each (g, &scan.found)
			vec_push(arena, ret, make_entry(&l, g));
		if (ret->n)
			qsort(ret->v, ret->n, sizeof(*ret->v), compare_entries);
	}
	search_close(&l);
	return r;
}
