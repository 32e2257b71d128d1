/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>

#include "base/fd.h"
#include "base/path.h"
#include "desktop/record.h"

enum { RECORD_SIZE_MAX = 4 * KEYFILE_SIZE_MAX, RECORDS_MAX = 10000 };

/* "entry:kde%2fx.desktop": no two files share one */
static const char *file_of(struct arena *arena, const struct record *r)
{
	const char *path = record_path(arena, r);
	char *out = arena_printf(arena, "%s:", launcher_kinds[r->kind]), *o;
	size_t n = strlen(out);

	o = arena_alloc(arena, n + 3 * strlen(path) + 1);
	out = memcpy(o, out, n);
	for (o += n; *path; path++) {
		if (*path == '/' || *path == '%')
			o += sprintf(o, "%%%02x", (unsigned)*path);
		else
			*o++ = *path;
	}
	return out;
}

static void read_record(struct store *s, const char *name, struct err *err)
{
	struct record r = { 0 };
	struct blob text = { 0 };
	_cleanup_close_ int fd = openat(s->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char *data = NULL;
	int rc = fd < 0 ? -errno : fd_read_all(fd, s->arena, RECORD_SIZE_MAX, &data, &text.size);

	text.data = data;
	if (rc == 0)
		rc = record_parse(s->arena, &text, &r);
	if (rc < 0)
		err_warn(err, (struct origin){ .file = path_join(s->arena, s->path, name) },
			 "no record of sbox desktop: %s", strerror(-rc));
	else
		vec_push(s->arena, &s->records, r);
}

static int compare(const void *a, const void *b)
{
	const struct record *x = a, *y = b;
	int r = strcmp(x->program, y->program);

	if (r == 0 && x->kind != y->kind)
		r = x->kind < y->kind ? -1 : 1;
	return r ? r : strcmp(x->name, y->name);
}

static int read_all(struct store *s, struct err *err)
{
	int fd = openat(s->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	if (!d)
		return -errno;
	for (size_t n = 0; n < RECORDS_MAX && (e = readdir(d)); n++)
		if (e->d_name[0] != '.')
			read_record(s, e->d_name, err);
	closedir(d);
	if (s->records.n)
		qsort(s->records.v, s->records.n, sizeof(*s->records.v), compare);
	return 0;
}

int store_open(struct arena *arena, const char *path, bool write, struct store *ret, struct err *err)
{
	struct place place;
	int r;

	*ret = (struct store){ .arena = arena, .path = path, .dir = -EBADF };
	r = place_open(arena, path, "x", write, &place);
	if (r == -ENOENT && !write)
		return 0;
	if (r == 0) {
		ret->dir = place.dir;
		if (flock(ret->dir, write ? LOCK_EX : LOCK_SH) < 0)
			r = -errno;
	}
	if (r == 0)
		r = read_all(ret, err);
	return r < 0 ? err_sys(err, (struct origin){ .file = path }, -r,
			       "what sbox desktop has written cannot be looked up")
		     : 0;
}

void store_close(struct store *s)
{
	fd_close(&s->dir);
}

int store_put(struct store *s, const struct record *r)
{
	struct blob text = record_text(s->arena, r);
	const char *name = file_of(s->arena, r);
	struct place place = { s->dir, name };
	struct record *old = store_find(s, r->kind, r->dir, r->name);

	if (strlen(name) > NAME_MAX)
		return -ENAMETOOLONG;
	int rc = place_put(&place, &(struct file_state){ .type = FILE_REGULAR, .mode = 0600, .data = text });
	if (rc < 0)
		return rc;
	if (old)
		*old = *r;
	else
		vec_push(s->arena, &s->records, *r);
	return 0;
}

int store_drop(struct store *s, const struct record *r)
{
	struct record *old = store_find(s, r->kind, r->dir, r->name);

	if (unlinkat(s->dir, file_of(s->arena, r), 0) < 0 && errno != ENOENT)
		return -errno;
	if (old) {
		memmove(old, old + 1, sizeof(*old) * (size_t)(s->records.v + s->records.n - (old + 1)));
		s->records.n--;
	}
	return 0;
}

struct record *store_find(const struct store *s, enum launcher_kind kind, const char *dir, const char *name)
{
	vec_each (r, &s->records)
		if (r->kind == kind && streq(r->dir, dir) && streq(r->name, name))
			return r;
	return NULL;
}
