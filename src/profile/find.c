/* SPDX-License-Identifier: MIT */
#include "profile/parts.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/dirs.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"

/* How stat() shows an id that the caller's user namespace does not map (kernel.overflowuid). */
enum { OVERFLOW_ID = 65534 };

static const struct origin path_variable = { .file = "SBOX_PROFILE_PATH" };

bool name_is_valid(const char *name)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-";

	return *name && *name != '.' && *name != '-' && name[strspn(name, allowed)] == '\0';
}

static int dir_kind(const char *path)
{
	return streq(path, shipped_profile_dir)  ? LAYER_SHIPPED
	       : streq(path, system_profile_dir) ? LAYER_SYSTEM
						 : LAYER_USER;
}

static void add_dir(struct load *l, const char *path, int kind)
{
	struct search_dir dir = { .path = path, .kind = kind };

	vec_each (d, &l->dirs)
		if (streq(d->path, path))
			return;
	dir.fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	/* A directory that cannot be entered is not the caller's to configure (HOME is somebody else's). */
	if (dir.fd < 0 && errno == EACCES)
		err_warn(l->err, (struct origin){ .file = path }, "cannot be entered: its profiles are not used");
	vec_push(l->arena, &l->dirs, dir);
}

int search_open(struct load *l)
{
	const char *path = caller_env(l->caller, "SBOX_PROFILE_PATH");

	if (!path || !*path) {
		add_dir(l, path_join(l->arena, l->caller->config_dir, "sbox/profiles"), LAYER_USER);
		add_dir(l, system_profile_dir, LAYER_SYSTEM);
		add_dir(l, shipped_profile_dir, LAYER_SHIPPED);
		return 0;
	}
	while (*path) {
		const char *dir = arena_strndup(l->arena, path, strcspn(path, ":"));

		path += strcspn(path, ":");
		path += *path == ':';
		if (!*dir)
			continue;
		if (*dir != '/')
			return err_add(l->err, path_variable, "a relative directory: \"%s\"", dir);
		dir = path_normalize(l->arena, dir);
		add_dir(l, dir, dir_kind(dir));
	}
	return 0;
}

void search_close(struct load *l)
{
	vec_each (d, &l->dirs)
		fd_close(&d->fd);
}

const char *search_text(struct load *l)
{
	const char *text = "";

	for (size_t i = 0; i < l->dirs.n; i++)
		text = arena_printf(l->arena, "%s%s%s", text,
				    i == 0              ? ""
				    : i + 1 < l->dirs.n ? ", "
							: " and ",
				    l->dirs.v[i].path);
	return text;
}

int profile_open(int dirfd, const char *file)
{
	return openat(dirfd, file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

int find_name(struct load *l, const char *name, size_t from, const char **ret_file, size_t *ret_dir)
{
	const char *file = arena_printf(l->arena, "%s.ini", name);

	for (size_t i = from; i < l->dirs.n; i++) {
		const struct search_dir *d = &l->dirs.v[i];

		if (d->fd < 0)
			continue;
		int fd = profile_open(d->fd, file);
		if (fd < 0 && errno == ENOENT)
			continue;
		*ret_file = path_join(l->arena, d->path, file);
		*ret_dir = i;
		return fd < 0 ? -errno : fd;
	}
	return -ENOENT;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* @name without @suffix goes to @ret when it ends in that; names that start with a dot are nobody's. */
static void take_name(struct load *l, const char *name, const char *suffix, text_list *ret)
{
	size_t n = strlen(name), m = strlen(suffix);

	if (name[0] != '.' && n > m && streq(name + n - m, suffix))
		vec_push(l->arena, ret, arena_strndup(l->arena, name, n - m));
}

int find_names(struct load *l, int dirfd, const char *dir, text_list *ret_profiles, text_list *ret_dropins)
{
	int fd = openat(dirfd, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct dirent *entry;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;

	DIR *stream = fdopendir(fd);
	if (!stream) {
		fd_close(&fd);
		return -ENOMEM;
	}
	while ((entry = readdir(stream))) {
		take_name(l, entry->d_name, ".ini", ret_profiles);
		if (ret_dropins)
			take_name(l, entry->d_name, ".d", ret_dropins);
	}
	(void)closedir(stream);
	if (ret_profiles->n)
		qsort(ret_profiles->v, ret_profiles->n, sizeof(*ret_profiles->v), compare_names);
	if (ret_dropins && ret_dropins->n)
		qsort(ret_dropins->v, ret_dropins->n, sizeof(*ret_dropins->v), compare_names);
	return 0;
}

/*
 * Inside a user namespace that maps few ids (sbox in sbox, unshare -r) root's files belong to the overflow id.  There
 * that id itself is not mapped; where it is, as on any host, it is nobody's.
 */
static bool overflow_is_mapped(const struct load *l)
{
	_cleanup_close_ int fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
	char *text;

	if (fd < 0 || fd_read_all(fd, l->arena, 64 << 10, &text, NULL) < 0)
		return true;
	for (char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		char *p = line;
		unsigned long first = strtoul(p, &p, 10), count;

		(void)strtoul(p, &p, 10);
		count = strtoul(p, &p, 10);
		if (OVERFLOW_ID >= first && OVERFLOW_ID - first < count)
			return true;
	}
	return false;
}

const char *trust_problem(const struct load *l, const struct stat *st, int kind)
{
	const struct caller *c = l->caller;

	if (st->st_uid != 0 && st->st_uid != c->uid &&
	    !(st->st_uid == OVERFLOW_ID && (kind == LAYER_SHIPPED || kind == LAYER_SYSTEM) && !overflow_is_mapped(l)))
		return arena_printf(l->arena, "refused: it belongs to uid %u, neither to root nor to the user",
				    st->st_uid);
	if (st->st_mode & S_IWOTH)
		return arena_printf(l->arena, "refused: everybody can write it (mode %04o)", st->st_mode & 07777);
	if ((st->st_mode & S_IWGRP) && st->st_gid != c->gid)
		return arena_printf(l->arena, "refused: group %u can write it (mode %04o)", st->st_gid,
				    st->st_mode & 07777);
	return NULL;
}

const char *find_nearest(struct load *l, const char *name)
{
	text_list names = { 0 };
	const char *none = NULL;

	vec_each (d, &l->dirs)
		if (d->fd >= 0)
			(void)find_names(l, d->fd, ".", &names, NULL);
	vec_push(l->arena, &names, none);
	return nearest(name, names_at, names.v);
}
