/* SPDX-License-Identifier: MIT */
/* What became of a file that sbox has written, and of the one it was made from. */
#include "desktop/launchers.h"

static bool has_line(const keylines *lines, const struct keyline *l)
{
	vec_each (o, lines)
		if (o->kind == LINE_KEY && streq(o->group, l->group) && streq(o->key, l->key) &&
		    streq(o->value, l->value) && streq(o->locale ? o->locale : "", l->locale ? l->locale : ""))
			return true;
	return false;
}

static void add_changed(struct arena *arena, const keylines *a, const keylines *b, keyfile_names *ret)
{
	vec_each (l, a)
		if (l->kind == LINE_KEY && !keyfile_has(ret, l->key) && !has_line(b, l))
			vec_push(arena, ret, l->key);
}

/* "Exec, MimeType" */
static const char *changed_keys(struct arena *arena, const struct blob *before, const struct blob *after)
{
	keyfile_names names = { 0 };
	keylines a, b;
	const char *text = NULL, *ignored;

	if (keyfile_parse(arena, before->data, before->size, &a, &ignored) < 0 ||
	    keyfile_parse(arena, after->data, after->size, &b, &ignored) < 0)
		return "all of it";
	add_changed(arena, &b, &a, &names);
	add_changed(arena, &a, &b, &names);
	vec_each (n, &names)
		text = text ? arena_printf(arena, "%s, %s", text, *n) : *n;
	return text ? text : "comments";
}

static enum record_state state_of_file(struct desktop *d, const struct record *r)
{
	struct file_state now = { .type = FILE_NONE };
	struct place place;

	if (place_open(d->arena, r->dir, r->name, false, &place) == 0) {
		if (place_look(d->arena, &place, &now) < 0)
			now.type = FILE_NONE;
		place_close(&place);
	}
	if (file_state_is(&now, &r->written))
		return RECORD_FINE;
	return now.type == FILE_NONE || file_state_equal(&now, &r->former) ? RECORD_MISSING : RECORD_EDITED;
}

/* Its first command line starts with another sbox than this one. */
static const char *other_sbox(struct desktop *d, const struct record *r)
{
	struct launcher l = { .kind = r->kind, .text = r->written };
	enum exec_style style = r->kind == LAUNCHER_SERVICE ? EXEC_SERVICE : EXEC_ENTRY;

	if (r->kind == LAUNCHER_SHELL)
		return strstr(r->written.data, d->sbox) ? NULL : "another sbox";
	launcher_parse(&d->all, &l);
	vec_each (s, &l.starts)
		if (!streq(s->words.v[0], exec_literal(d->arena, style, d->sbox)) && !streq(s->words.v[0], "sbox"))
			return s->words.v[0];
	return NULL;
}

enum record_state record_state(struct desktop *d, const struct record *r, const char **ret_what)
{
	enum record_state state = state_of_file(d, r);

	*ret_what = NULL;
	if (state != RECORD_FINE)
		return state;
	if (r->kind == LAUNCHER_SHELL) {
		struct program p;

		program_at(d->arena, r->source, &p);
		if (!p.path)
			return RECORD_ORPHAN;
	} else {
		const struct launcher *l = desktop_underlying(d, r->kind, record_id(d->arena, r));

		if (!l)
			return RECORD_ORPHAN;
		if (!blob_equal(&l->text, &r->from)) {
			*ret_what = changed_keys(d->arena, &r->from, &l->text);
			return RECORD_STALE;
		}
	}
	*ret_what = other_sbox(d, r);
	return *ret_what ? RECORD_MOVED : RECORD_FINE;
}
