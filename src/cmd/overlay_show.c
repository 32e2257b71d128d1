/* SPDX-License-Identifier: MIT */
/* Changes for people and for programs.  Every name in them is a sandboxed program's: never printed raw. */
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/str.h"
#include "cmd/overlay.h"

static const char *type_text(mode_t mode)
{
	static const char *const names[] = { [S_IFDIR >> 12] = "directory", [S_IFREG >> 12] = "file",	[S_IFLNK >> 12] = "link",
					     [S_IFIFO >> 12] = "fifo",	    [S_IFSOCK >> 12] = "socket", [S_IFCHR >> 12] = "device",
					     [S_IFBLK >> 12] = "device" };
	const char *name = names[(mode & S_IFMT) >> 12];

	return name ? name : "nothing";
}

static size_t *files_below(struct session *s, const struct changes *c)
{
	size_t *n = arena_new_array(s->arena, size_t, c->dirs.n + 1);

	vec_each (change, &c->v)
		n[change->dir] += !S_ISDIR(change->after.mode) && change->kind == CHANGE_ADD;
	for (size_t d = c->dirs.n; d-- > 1;)
		n[c->dirs.v[d].parent] += n[d];
	return n;
}

static size_t dir_by(const struct changes *c, const struct change *change)
{
	for (size_t d = 1; S_ISDIR(change->after.mode) && d < c->dirs.n; d++)
		if (c->dirs.v[d].by == (size_t)(change - c->v.v))
			return d;
	return 0;
}

static const char *detail(struct session *s, const struct changes *c, const struct change *change, const size_t *below)
{
	const struct seen *a = &change->before, *b = &change->after;
	size_t dir = change->kind == CHANGE_ADD ? dir_by(c, change) : 0;
	const char *text = "";

	if (dir)
		text = arena_printf(s->arena, "%zu %s%s", below[dir], below[dir] == 1 ? "file" : "files",
				    b->mode & 07002 ? arena_printf(s->arena, ", mode %04o", b->mode & 07777) : "");
	else if (change->from && (change->from_mode ^ b->mode) & 07777)
		text = arena_printf(s->arena, "%04o, was %04o", b->mode & 07777, change->from_mode & 07777);
	else if (change->kind == CHANGE_MODIFY && a->mode && (a->mode ^ b->mode) & S_IFMT)
		text = arena_printf(s->arena, "a %s, was a %s", type_text(b->mode), type_text(a->mode));
	else if (a->mode && b->mode && change->kind != CHANGE_DELETE && (a->mode ^ b->mode) & 07777 && !S_ISLNK(b->mode))
		text = arena_printf(s->arena, "%04o, was %04o", b->mode & 07777, a->mode & 07777);
	else if (change->kind == CHANGE_ADD && !change->from && S_ISREG(b->mode) && b->mode & 07113)
		text = arena_printf(s->arena, "mode %04o", b->mode & 07777);
	if (change->attributes)
		text = arena_printf(s->arena, "%s%sattributes", text, *text ? ", " : "");
	if (change->conflict)
		text = arena_printf(s->arena, "%s%sNOT APPLIED: %s", text, *text ? "; " : "", quote(s->arena, change->conflict));
	return text;
}

static int by_path(const void *pa, const void *pb)
{
	const struct change *const *a = pa, *const *b = pb;

	return strcmp((*a)->path, (*b)->path);
}

void overlay_show(struct session *s, const struct kept *k, const struct kept_layer *layer, const struct changes *c, size_t *ret_n)
{
	const size_t *below = files_below(s, c);
	VEC(const struct change *) shown = { 0 };

	vec_each (change, &c->v)
		if (change_is_shown(c, change))
			vec_push(s->arena, &shown, change);
	if (shown.n)
		qsort(shown.v, shown.n, sizeof(*shown.v), by_path);
	out(s, "%s: %s%s\n", k->id, quote(s->arena, layer->source), k->in_use ? " (in use)" : "");
	vec_each (change, &shown) {
		const char *text = detail(s, c, *change, below);
		bool dir = S_ISDIR((*change)->kind == CHANGE_DELETE ? (*change)->before.mode : (*change)->after.mode);
		const char *from = (*change)->from ? arena_printf(s->arena, "%s -> ", quote(s->arena, (*change)->from)) : "";

		out(s, "  %-9s %s%s%s%s%s%s\n", change_text(*change), from, quote(s->arena, (*change)->path), dir ? "/" : "",
		    *text ? "  (" : "", text, *text ? ")" : "");
	}
	*ret_n += shown.n;
}

/* ---- JSON ---- */

static void set_mode(struct session *s, json_t *j, const char *key, mode_t mode)
{
	if (mode)
		json_set_text(s->arena, j, key, arena_printf(s->arena, "%04o", mode & 07777));
}

static json_t *change_json(struct session *s, const struct change *c)
{
	json_t *j = json_object();
	const struct seen *now = c->kind == CHANGE_DELETE ? &c->before : &c->after;

	json_set_text(s->arena, j, "change", change_text(c));
	json_set_text(s->arena, j, "path", c->path);
	json_set_text(s->arena, j, "type", type_text(now->mode));
	if (c->kind != CHANGE_ADD && c->kind != CHANGE_DELETE && (c->before.mode ^ c->after.mode) & S_IFMT)
		json_set_text(s->arena, j, "old-type", type_text(c->before.mode));
	if (c->kind != CHANGE_DELETE)
		set_mode(s, j, "mode", c->after.mode);
	set_mode(s, j, "old-mode", c->before.mode);
	if (S_ISREG(now->mode))
		json_object_set_new(j, "size", json_integer((json_int_t)now->size));
	json_set_text(s->arena, j, "from", c->from);
	if (c->attributes)
		json_object_set_new(j, "attributes", json_true());
	json_set_text(s->arena, j, "conflict", c->conflict);
	return j;
}

json_t *overlay_json(struct session *s, const struct kept *k, const struct changes *changes)
{
	json_t *j = json_object(), *layers = json_array();
	size_t i = 0;

	json_set_text(s->arena, j, "id", k->id);
	json_object_set_new(j, "in-use", json_boolean(k->in_use));
	vec_each (layer, &k->layers) {
		json_t *l = json_object(), *list = json_array();

		json_set_text(s->arena, l, "source", layer->source);
		json_set_text(s->arena, l, "layer", arena_printf(s->arena, "%s/upper", layer->path));
		json_set_text(s->arena, l, "problem", layer->problem);
		vec_each (c, &changes[i].v)
			if ((c->kind != CHANGE_NONE || c->conflict) && !c->paired)
				json_array_append_new(list, change_json(s, c));
		json_object_set_new(l, "changes", list);
		json_array_append_new(layers, l);
		i++;
	}
	json_object_set_new(j, "layers", layers);
	return j;
}

/* ---- patch ---- */

/** struct patch_out - where it goes */
struct patch_out {
	struct session *s;
	bool terminal;
};

/* To a file, byte for byte; on a terminal what could steer it is shown as \xHH. */
static int put(void *data, const char *text, size_t size)
{
	const struct patch_out *o = data;

	if (!o->terminal)
		return fd_write_all(STDOUT_FILENO, text, size);
	_cleanup_arena_ struct arena *arena = arena_new();
	int r = 0;
	for (size_t at = 0; r == 0 && at < size;) {
		size_t n = 0;

		while (at + n < size && text[at + n] != '\n' && text[at + n] != '\t' && text[at + n])
			n++;
		const char *line = quote(arena, arena_strndup(arena, text + at, n));
		r = fd_write_all(STDOUT_FILENO, line, strlen(line));
		at += n;
		if (r == 0 && at < size)
			r = text[at] ? fd_write_all(STDOUT_FILENO, text + at, 1) : fd_write_all(STDOUT_FILENO, "\\x00", 4);
		at++;
	}
	return r;
}

int overlay_patch(struct session *s, const struct kept_layer *layer, const struct changes *c)
{
	struct patch_out o = { .s = s, .terminal = isatty(STDOUT_FILENO) };

	return changes_patch(layer, c, put, &o, &s->err);
}
