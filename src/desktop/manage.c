/* SPDX-License-Identifier: MIT */
/* Install: first the record of what will be done, then the file; so whatever ends it, nothing is lost. */
#include "desktop/launchers.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "desktop/rewrite.h"

/* It is written into files that others read line by line, some of which take what stands before a "=" for a variable. */
static int find_self(struct desktop *d)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path));
	static const char deleted[] = " (deleted)";

	if (n <= 0 || (size_t)n == sizeof(path))
		return err_sys(d->err, NO_ORIGIN, errno ? errno : ENAMETOOLONG, "sbox cannot find its own path");
	d->sbox = arena_strndup(d->arena, path, (size_t)n);
	for (ssize_t i = 0; i < n; i++)
		if ((unsigned char)path[i] < ' ' || path[i] == '=' || path[i] == 0x7f)
			return err_add(d->err, NO_ORIGIN,
				       "no launcher can start %s: its path has a character that some cannot read",
				       d->sbox);
	if ((size_t)n > strlen(deleted) && streq(d->sbox + n - strlen(deleted), deleted))
		return err_add(d->err, NO_ORIGIN, "this sbox has been replaced while it ran");
	return 0;
}

int desktop_open(struct desktop *d, struct arena *arena, const struct caller *caller, bool write, struct err *err)
{
	*d = (struct desktop){ .arena = arena, .caller = caller, .err = err, .store.dir = -EBADF };
	int r = find_self(d);

	if (r == 0)
		r = store_open(arena, path_join(arena, caller->state_dir, "sbox/desktop"), write, &d->store, err);
	if (r == 0)
		launchers_look(arena, caller, &d->all);
	return r;
}

void desktop_close(struct desktop *d)
{
	store_close(&d->store);
}

/* ---- what there would be without sbox ---- */

const char *record_id(struct arena *arena, const struct record *r)
{
	size_t n = strlen(r->name), ending = strlen(".service");

	return r->kind == LAUNCHER_SERVICE && n > ending ? arena_strndup(arena, r->name, n - ending)
							 : launcher_id(arena, r->name);
}

static struct record *record_of(struct desktop *d, enum launcher_kind kind, const char *id)
{
	vec_each (r, &d->store.records)
		if (r->kind == kind && streq(r->dir, d->all.home[kind]) && streq(record_id(d->arena, r), id))
			return r;
	return NULL;
}

/* The user's own former file, as a launcher. */
static const struct launcher *former_launcher(struct desktop *d, const struct record *r, const char *id)
{
	struct launcher *l = arena_alloc(d->arena, sizeof(*l));

	*l = (struct launcher){ .kind = r->kind,
				.id = id,
				.path = record_path(d->arena, r),
				.name = r->name,
				.home = true,
				.text = r->former.data };
	if (r->former.type == FILE_LINK) {
		const char *to = r->former.data.data;

		if (*to != '/')
			to = path_join(d->arena, path_parent(d->arena, l->path), to);
		if (file_read(d->arena, AT_FDCWD, to, &l->text) < 0)
			return NULL;
	}
	launcher_parse(&d->all, l);
	return l;
}

const struct launcher *desktop_underlying(struct desktop *d, enum launcher_kind kind, const char *id)
{
	const struct record *r = record_of(d, kind, id);

	if (r && r->former.type != FILE_NONE)
		return former_launcher(d, r, id);
	vec_each (l, &d->all.v)
		if (l->kind == kind && streq(l->id, id) && !(r && l->home && streq(l->name, r->name)))
			return l;
	return NULL;
}

/* ---- one file ---- */

int desktop_edited(struct desktop *d, const char *path)
{
	err_add(d->err, file_origin(path), "it was changed after sbox had written it");
	err_remedy(d->err, "keep what you need of it, then again with --force");
	return -ESTALE;
}

/*
 * What is to be kept as the former file, now that @now is there and @old is what is known of it.  -ESTALE: somebody's
 * work is there.
 */
static int former_of(struct desktop *d, const struct record *old, const struct file_state *now, struct file_state *ret)
{
	*ret = old ? old->former : *now;
	if (!old || now->type == FILE_NONE || file_state_is(now, &old->written) ||
	    file_state_equal(now, &old->former) || d->force)
		return 0;
	return -ESTALE;
}

/* What is at the place of @r, and which directories will have to be made for it. */
static int look_at_place(struct desktop *d, struct record *r, struct file_state *ret)
{
	struct place place;
	int rc = place_open(d->arena, r->dir, r->name, false, &place);

	*ret = (struct file_state){ .type = FILE_NONE, .data = { "", 0 } };
	if (rc == -ENOENT) {
		place_missing(d->arena, path_parent(d->arena, record_path(d->arena, r)), &r->made);
		return 0;
	}
	if (rc == 0)
		rc = place_look(d->arena, &place, ret);
	place_close(&place);
	return rc == 0 && ret->type == FILE_OTHER ? -EEXIST : rc;
}

static int put_record(struct desktop *d, const struct record *r)
{
	struct place place;
	int rc = store_put(&d->store, r);

	if (rc < 0)
		return rc;
	rc = place_open(d->arena, r->dir, r->name, true, &place);
	if (rc == 0)
		rc = place_put(&place,
			       &(struct file_state){ .type = FILE_REGULAR, .mode = r->mode, .data = r->written });
	place_close(&place);
	return rc;
}

/* Bring r->written to its place.  r->former, made and mode are filled in. */
int desktop_commit(struct desktop *d, struct record *r, handled_list *ret)
{
	const char *path = record_path(d->arena, r);
	const struct record *old = store_find(&d->store, r->kind, r->dir, r->name);
	struct handled h = { .path = path, .profile = r->profile, .fate = FATE_WRITTEN };
	struct file_state now;

	if (old)
		r->made = old->made;
	int rc = look_at_place(d, r, &now);
	if (rc == 0)
		rc = former_of(d, old, &now, &r->former);
	if (rc == -ESTALE)
		return desktop_edited(d, path);
	if (r->kind != LAUNCHER_SHELL)
		r->mode = r->former.type == FILE_REGULAR ? r->former.mode & 0777 : 0644;
	if (rc == 0 && old && file_state_is(&now, &r->written) && blob_equal(&old->written, &r->written) &&
	    blob_equal(&old->from, &r->from))
		h.fate = FATE_SAME;
	else if (rc == 0)
		rc = put_record(d, r);
	if (rc < 0)
		return err_sys(d->err, file_origin(path), -rc,
			       rc == -EPERM ? "it is in a directory that is not yours alone" : "it cannot be written");
	if (ret)
		vec_push(d->arena, ret, h);
	return 0;
}

static const char *file_name(struct desktop *d, const struct launcher *l)
{
	return l->kind == LAUNCHER_SERVICE && !l->home ? arena_printf(d->arena, "%s.service", l->id) : l->name;
}

/* Where the program of the entry itself is, not that of an action. */
static const char *main_program(const struct launcher *l)
{
	vec_each (s, &l->starts)
		if (streq(s->group, GROUP_ENTRY))
			return s->program.path;
	return NULL;
}

/* Programs that are found by the caller's PATH alone: the sandbox has another. */
static void found_elsewhere(struct desktop *d, const struct launcher *l, keyfile_names *ret)
{
	vec_each (s, &l->starts) {
		const char *word = s->program.name ? s->words.v[exec_program(&s->words)] : "/";

		if (strchr(word, '/') || !s->program.path ||
		    program_dir_is_standard(path_parent(d->arena, s->program.path)))
			continue;
		vec_push(d->arena, ret, word);
		vec_push(d->arena, ret, s->program.path);
	}
}

static int install_one(struct desktop *d, const struct launcher *l, const struct program *program, const char *profile,
		       handled_list *ret)
{
	const struct record *old = record_of(d, l->kind, l->id);
	struct rewrite how = {
		.style = l->kind == LAUNCHER_SERVICE ? EXEC_SERVICE : EXEC_ENTRY,
		.sbox = d->sbox,
		.profile = profile,
		/* two names of one program: the first keeps it */
		.program = old && streq(old->profile, profile) ? old->program : program->name,
		.source = l->path,
		.try_exec = main_program(l),
	};
	struct record r = { .kind = l->kind,
			    .program = how.program,
			    .profile = profile,
			    .dir = d->all.home[l->kind],
			    .name = file_name(d, l),
			    .source = l->path,
			    .from = l->text };
	const char *text, *problem;

	found_elsewhere(d, l, &how.found);
	if (rewrite_text(d->arena, l->text.data, l->text.size, &how, &text, &problem) < 0) {
		err_add(d->err, file_origin(l->path), "it starts %s and is left as it is: %s", program->name, problem);
		err_remedy(d->err, "report it to those who made the file; a copy without it in %s is taken instead",
			   d->all.home[l->kind]);
		return -EINVAL;
	}
	r.written = blob_of(text);
	return desktop_commit(d, &r, ret);
}

/*
 * A script, not a link to sbox that goes by its own name: what sbox does would hang on argv[0], which the caller
 * chooses, and the name would be looked up again, and found here again.
 */
static int install_shell(struct desktop *d, const struct program *program, const char *profile, handled_list *ret)
{
	const char *text = arena_printf(
		d->arena,
		"#!/bin/sh\n# Starts %s in a sandbox.  Made by sbox; this takes it away: sbox desktop remove %s\n"
		"exec %s --profile=%s -- %s \"$@\"\n",
		program->name, program->name, shell_word(d->arena, d->sbox), shell_word(d->arena, profile),
		shell_word(d->arena, program->path));
	struct record r = { .kind = LAUNCHER_SHELL,
			    .program = program->name,
			    .profile = profile,
			    .dir = d->all.home[LAUNCHER_SHELL],
			    .name = program->name,
			    .source = program->path,
			    .from = blob_of(""),
			    .written = blob_of(text),
			    .mode = 0755 };

	return desktop_commit(d, &r, ret);
}

/* Is it the first of its kind and id? */
static bool comes_first(const struct desktop *d, const struct launcher *l)
{
	vec_each (other, &d->all.v)
		if (other->kind == l->kind && streq(other->id, l->id))
			return other == l;
	return true;
}

int desktop_install(struct desktop *d, const struct program *program, const char *profile, bool shell,
		    handled_list *ret)
{
	int result = 0;

	vec_each (l, &d->all.v) {
		const struct launcher *u = comes_first(d, l) ? desktop_underlying(d, l->kind, l->id) : NULL;

		if (!u || u->hidden || u->problem || !launcher_starts(u, program))
			continue;
		int r = install_one(d, u, program, profile, ret);
		if (r < 0)
			result = r;
	}
	if (shell) {
		int r = install_shell(d, program, profile, ret);

		if (r < 0)
			result = r;
	}
	return result;
}
