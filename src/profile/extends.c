/* SPDX-License-Identifier: MIT */
/*
 * Layers.  Files first, each behind its parents and each once; then the drop-ins of all their names in the same order,
 * so that what is laid over `base` also holds against a profile that extends it; then the command line.
 */
#include "profile/parts.h"

#include <fcntl.h>

#include "base/dirs.h"
#include "base/path.h"
#include "base/str.h"

/** struct chain - the files on the way from the main file to a parent */
struct chain {
	const struct source *source;
	const struct chain *up;
};

struct merge {
	struct load *load;
	VEC(struct source *) order; /* files, then drop-ins */
	text_list names;            /* of the files, in order; each may have drop-ins */
};

static int add_source(struct merge *m, struct source *s, const struct chain *up, struct origin blame);

/* ---- files ---- */

/* The launcher is one file, and may have been copied without the directory that it looks for. */
static const char *without_shipped(struct load *l)
{
	vec_each (d, &l->dirs)
		if (d->kind == LAYER_SHIPPED && d->fd == -1)
			return arena_printf(l->arena, ", which is not there: if sbox was copied, copy its directory of profiles as well, "
					    "and name it: SBOX_PROFILE_PATH=DIR");
	return "";
}

static void not_found(struct load *l, const char *name, const struct source *from, struct origin blame)
{
	if (from && from->of && streq(from->of, name)) {
		err_add(l->err, blame, "no other profile \"%s\" comes after %s", name, from->layer.file);
		err_remedy(l->err, "searched: %s", search_text(l));
		return;
	}

	const char *near = find_nearest(l, name);
	bool file = strstr(name, ".ini") != NULL;

	err_add(l->err, blame, "unknown profile \"%s\"", name);
	err_remedy(l->err, "%s%s%ssearched: %s%s%s", near ? "did you mean \"" : "", near ? near : "", near ? "\"? " : "",
		   search_text(l), without_shipped(l), file ? "; write ./ before the name of a file" : "");
}

/* Read profile @name; one that says its own name means the next one in the search order. */
static int read_named(struct load *l, const char *name, const struct source *from, struct origin blame, bool optional,
		      struct source **ret)
{
	struct source as = { .of = name, .layer.name = name };
	bool own = from && from->of && streq(from->of, name);
	int fd = find_name(l, name, own ? from->dir + 1 : 0, &as.layer.file, &as.dir);

	if (fd == -ENOENT) {
		if (!optional)
			not_found(l, name, from, blame);
		return -ENOENT;
	}
	if (fd < 0) {
		file_problem(l, blame, as.layer.file, strerror(-fd));
		return fd;
	}
	as.layer.kind = l->dirs.v[as.dir].kind;
	*ret = source_read(l, fd, &as, blame);
	return *ret ? 0 : -EINVAL;
}

/* What lies in a fixed directory is not the user's own word, however it is named. */
static int path_kind(const char *file)
{
	return path_below(file, shipped_profile_dir)  ? LAYER_SHIPPED
	       : path_below(file, system_profile_dir) ? LAYER_SYSTEM
						      : LAYER_PATH;
}

/* @typed is what messages call the file. */
static int read_path(struct load *l, const char *file, const char *typed, struct origin blame, bool optional,
		     struct source **ret)
{
	struct source as = { .layer = { .file = file, .kind = path_kind(file) }, .dir = SEARCH_NONE };
	int fd = profile_open(AT_FDCWD, file);

	if (fd < 0) {
		int r = -errno;

		if (r != -ENOENT || !optional)
			file_problem(l, blame, typed, strerror(-r));
		return r;
	}
	*ret = source_read(l, fd, &as, blame);
	return *ret ? 0 : -EINVAL;
}

/* "name", "./file.ini" beside the file that says so, "~/file.ini", "/file.ini" */
static int read_parent(struct load *l, const struct source *child, const struct setting *s, struct source **ret)
{
	const char *path;
	int r;

	if (!strchr(s->v.text, '/'))
		return read_named(l, s->v.text, child, s->from, s->optional, ret);
	r = expand(l, s, s->v.text, true, &path);
	if (r < 0)
		return r;
	if (path[0] != '/')
		path = path_join(l->arena, path_parent(l->arena, child->layer.file), path);
	path = path_normalize(l->arena, path);
	return read_path(l, path, path, s->from, s->optional, ret);
}

/* "a → b → a" when @s is already on the way, or NULL. */
static const char *cycle_text(struct arena *arena, const struct source *s, const struct chain *up)
{
	const char *text = s->layer.file;

	for (const struct chain *c = up; c; c = c->up) {
		text = arena_printf(arena, "%s → %s", c->source->layer.file, text);
		if (c->source == s)
			return text;
	}
	return NULL;
}

static int add_parents(struct merge *m, struct source *s, const struct chain *up)
{
	struct chain here = { .source = s, .up = up };
	int result = 0;

	vec_each (i, &s->items) {
		struct source *parent;

		if (i->s.key != KEY_profile_extends || i->reset)
			continue;
		int r = read_parent(m->load, s, &i->s, &parent);
		if (r == 0)
			r = add_source(m, parent, &here, i->s.from);
		if (r < 0 && !(r == -ENOENT && i->s.optional))
			result = -EINVAL;
	}
	return result;
}

static void add_name(struct merge *m, const char *name)
{
	vec_each (n, &m->names)
		if (streq(*n, name))
			return;
	vec_push(m->load->arena, &m->names, name);
}

static int add_source(struct merge *m, struct source *s, const struct chain *up, struct origin blame)
{
	const char *cycle = cycle_text(m->load->arena, s, up);

	if (cycle)
		return err_add(m->load->err, blame, "a profile that extends itself: %s", cycle);
	vec_each (o, &m->order)
		if (*o == s)
			return 0;

	int r = add_parents(m, s, up);

	vec_push(m->load->arena, &m->order, s);
	if (s->of)
		add_name(m, s->of);
	return r;
}

/* ---- drop-ins ---- */

static int add_dropins_of(struct merge *m, const char *name, size_t dir)
{
	struct load *l = m->load;
	const struct search_dir *d = &l->dirs.v[dir];
	const char *sub = arena_printf(l->arena, "%s.d", name);
	text_list files = { 0 };
	int result = find_names(l, d->fd, sub, &files, NULL);

	if (result < 0)
		return err_sys(l->err, (struct origin){ .file = path_join(l->arena, d->path, sub) }, -result,
			       "cannot be read");
	vec_each (f, &files) {
		const char *below = arena_printf(l->arena, "%s/%s.ini", sub, *f);
		struct source as = { .of = name, .dir = dir, .dropin = true };
		int fd = profile_open(d->fd, below);

		as.layer.file = path_join(l->arena, d->path, below);
		as.layer.name = below;
		as.layer.kind = d->kind;
		if (fd < 0) {
			result = file_problem(l, NO_ORIGIN, as.layer.file, strerror(errno));
			continue;
		}
		struct source *s = source_read(l, fd, &as, NO_ORIGIN);
		if (s)
			vec_push(l->arena, &m->order, s);
		else
			result = -EINVAL;
	}
	return result;
}

static int add_dropins(struct merge *m)
{
	int result = 0;

	vec_each (name, &m->names)
		for (size_t i = m->load->dirs.n; i-- > 0;)
			if (m->load->dirs.v[i].fd >= 0 && add_dropins_of(m, *name, i) < 0)
				result = -EINVAL;
	return result;
}

/* ---- settings ---- */

static void apply(struct profile *p, const struct item *i, unsigned layer)
{
	setting_list *list = &p->by_key[i->s.key], *def = &p->defaults[i->s.key];
	struct setting s = i->s;

	/* The default of a list is what the first layer inherits: words add to it, an empty assignment empties it. */
	if (key_is_list(&keys[s.key]))
		vec_each (d, def)
			vec_push(p->arena, list, *d);
	def->n = 0;
	if (i->reset || !key_is_list(&keys[s.key]))
		list->n = 0;
	if (i->reset)
		return;
	if (s.layer < LAYER_NUMBER_COMMAND_LINE)
		s.layer = layer;
	vec_push(p->arena, list, s);
}

/* What a profile is called and which programs it is for is not handed down, except to itself. */
static bool is_own(enum key_id key)
{
	return key == KEY_profile_description || key == KEY_profile_commands || key == KEY_profile_extends;
}

static bool has_word(const setting_list *list, const char *word)
{
	vec_each (s, list)
		if (streq(s->v.text, word))
			return true;
	return false;
}

/* `sockets = unix` reads like a restriction and, since lists add up, is none: the one list where that would be missed.
 */
static void lint_sockets(const struct profile *p, const struct item *items, size_t n, struct err *err)
{
	const setting_list *open = profile_list(p, KEY_seccomp_sockets);
	const struct setting *line = NULL;
	size_t words = 0;

	for (size_t at = 0; at < n; at++) {
		const struct item *i = &items[at];

		if (i->s.key != KEY_seccomp_sockets)
			continue;
		if (i->reset || !has_word(open, i->s.v.text))
			return;
		line = &i->s;
		words++;
	}
	if (!line || words >= open->n)
		return;
	err_warn(err, line->from, "closes nothing: other families are open already");
	err_remedy(err, "an empty `sockets =` before it closes them");
}

static void apply_sources(struct profile *p, struct merge *m, const struct source *main)
{
	vec_each (o, &m->order) {
		const struct source *s = *o;
		bool own = s == main || (s->of && main->of && streq(s->of, main->of));

		vec_push(p->arena, &p->layers, s->layer);
		lint_sockets(p, s->items.v, s->items.n, m->load->err);
		vec_each (i, &s->items)
			if (own || !is_own(i->s.key))
				apply(p, i, (unsigned)p->layers.n);
	}
}

typedef VEC(struct item) item_list;

struct options {
	struct arena *arena;
	item_list items;
};

static void take_option(void *data, struct item item)
{
	struct options *o = data;

	vec_push(o->arena, &o->items, item);
}

static void apply_command_line(struct profile *p, struct load *l, const cli_settings *cli)
{
	struct options options = { .arena = l->arena };

	if (!cli || !cli->n)
		return;
	for (size_t i = 0; i < cli->n; i++) {
		const struct cli_setting *c = &cli->v[i];
		struct setting like = {
			.key = c->key, .from = c->from, .user = true, .layer = LAYER_NUMBER_COMMAND_LINE + (unsigned)i
		};

		if (is_own(c->key))
			err_add(l->err, c->from, "%s has no meaning on the command line", keys[c->key].name);
		else
			value_line(l, &like, c->value, take_option, &options);
	}
	vec_push(p->arena, &p->layers, (struct layer){ .file = "command line", .kind = LAYER_COMMAND_LINE });
	lint_sockets(p, options.items.v, options.items.n, l->err);
	vec_each (i, &options.items)
		apply(p, i, 0);
}

static void take_default(void *data, struct item item)
{
	struct profile *p = data;

	vec_push(p->arena, &p->defaults[item.s.key], item.s);
}

static void apply_defaults(struct profile *p, struct load *l)
{
	for (enum key_id k = 0; k < KEY_COUNT; k++)
		if (keys[k].def) {
			struct setting like = { .key = k, .from = { .file = "default", .key = keys[k].name } };

			value_line(l, &like, keys[k].def, take_default, p);
		}
}

static struct profile *build(struct load *l, const struct profile_request *req, struct merge *m, const char *name)
{
	struct profile *p = arena_alloc(l->arena, sizeof(*p));
	const struct source *main = m->order.n ? m->order.v[m->order.n - 1] : NULL;

	p->arena = l->arena;
	p->name = name;
	p->file = main ? main->layer.file : "default";
	apply_defaults(p, l);
	if (main) {
		(void)add_dropins(m);
		apply_sources(p, m, main);
	}
	apply_command_line(p, l, req->cli);
	return p;
}

/* "/x/web.ini" → "web" */
static const char *name_of_path(struct arena *arena, const char *file)
{
	const char *name = path_name(file);
	size_t n = strlen(name);

	return n > 4 && streq(name + n - 4, ".ini") ? arena_strndup(arena, name, n - 4) : name;
}

static int read_main(struct load *l, const char *name, struct source **ret, const char **ret_name)
{
	const char *typed = name;

	*ret_name = name;
	if (!strchr(name, '/')) {
		if (!name_is_valid(name))
			return err_add(l->err, NO_ORIGIN, "not a profile name: \"%s\"", name);
		return read_named(l, name, NULL, NO_ORIGIN, false, ret);
	}
	if (name[0] != '/') {
		if (!l->caller->cwd)
			return err_add(l->err, NO_ORIGIN,
				       "the current directory cannot be named, and \"%s\" is relative to it", name);
		name = path_join(l->arena, l->caller->cwd, name);
	}
	name = path_normalize(l->arena, name);
	*ret_name = name_of_path(l->arena, name);
	return read_path(l, name, typed, NO_ORIGIN, false, ret);
}

static int load(struct load *l, const struct profile_request *req, struct profile **ret)
{
	struct merge m = { .load = l };
	const char *name = req->name;
	size_t errors = l->err->errors;
	struct source *main;
	int r = search_open(l);

	if (r < 0)
		return r;
	if (!name && req->command)
		name = entries_by_command(l, req->command);
	if (l->err->errors > errors)
		return -EINVAL;
	r = read_main(l, name ? name : "default", &main, &name);
	if (r < 0)
		return r;
	(void)add_source(&m, main, NULL, NO_ORIGIN);
	*ret = build(l, req, &m, name);
	return l->err->errors > errors ? -EINVAL : 0;
}

int profile_load(struct arena *arena, const struct profile_request *req, struct profile **ret, struct err *err)
{
	struct load l = { .arena = arena, .caller = req->caller, .err = err };
	int r = load(&l, req, ret);

	search_close(&l);
	return r;
}
