/* SPDX-License-Identifier: MIT */
#include "base/path.h"

char *path_normalize(struct arena *arena, const char *path)
{
	if (path[0] != '/')
		return NULL;

	char *out = arena_alloc(arena, strlen(path) + 2);
	size_t n = 0;

	for (const char *p = path; *p;) {
		size_t len = strcspn(p, "/");

		if (len == 2 && p[0] == '.' && p[1] == '.') {
			while (n && out[--n] != '/')
				;
		} else if (len && !(len == 1 && p[0] == '.')) {
			out[n++] = '/';
			memcpy(out + n, p, len);
			n += len;
		}
		p += len;
		p += strspn(p, "/");
	}
	if (!n)
		out[n++] = '/';
	out[n] = '\0';
	return out;
}

char *path_join(struct arena *arena, const char *dir, const char *rest)
{
	size_t n = streq(dir, "/") ? 0 : strlen(dir), more = strlen(rest);

	if (!more)
		return arena_strdup(arena, dir);
	char *path = arena_alloc(arena, n + more + 2);
	memcpy(path, dir, n);
	path[n] = '/';
	memcpy(path + n + 1, rest, more);
	return path;
}

char *path_parent(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash != path ? arena_strndup(arena, path, (size_t)(slash - path)) : arena_strdup(arena, "/");
}

const char *path_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

const char *path_below(const char *path, const char *dir)
{
	if (streq(dir, "/"))
		return path[0] == '/' ? path + 1 : NULL;

	const char *rest = skip_prefix(path, dir);

	if (!rest || (*rest && *rest != '/'))
		return NULL;
	return *rest ? rest + 1 : rest;
}
