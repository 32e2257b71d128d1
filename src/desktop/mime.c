/* SPDX-License-Identifier: MIT */
/*
 * Measured with GLib 2.74: as soon as the user's directory has an x.desktop, the types that the system's cache lists
 * for it count no longer, and the user's cache is what says them.  Its lines come before the system's, so a line that
 * named the new entry alone would also make it the one that opens the type: each line lists all who do, in the order of
 * before.
 */
#include <errno.h>

#include "desktop/launchers.h"

static void add_names(struct arena *arena, const keylines *cache, const char *type, keyfile_names *names)
{
	keyfile_names more = { 0 };

	keyfile_list(arena, keyfile_get(cache, GROUP_MIME, type), &more);
	vec_each (n, &more)
		if (!keyfile_has(names, *n))
			vec_push(arena, names, *n);
}

static const char *handlers(struct arena *arena, const char *type, const keylines *base, const mime_claims *claims,
			    const keylines *caches, size_t n)
{
	keyfile_names names = { 0 };
	const char *text = "";

	add_names(arena, base, type, &names);
	for (size_t i = 0; i < n; i++)
		add_names(arena, &caches[i], type, &names);
	vec_each (c, claims)
		if (keyfile_has(&c->types, type) && !keyfile_has(&names, c->id))
			vec_push(arena, &names, c->id);
	vec_each (name, &names)
		text = arena_printf(arena, "%s%s;", text, *name);
	return text;
}

/* A type as the key of a line: what no MIME type holds would end it. */
static bool is_type(const char *type)
{
	return *type && !strpbrk(type, "[]=#; \t\\") && strchr(type, '/');
}

const char *mime_merge(struct arena *arena, const keylines *base, const mime_claims *claims, const keylines *caches,
		       size_t n_caches)
{
	keyfile_names types = { 0 };
	keylines out = { 0 };

	vec_push(arena, &out, (struct keyline){ .kind = LINE_GROUP, .group = GROUP_MIME });
	vec_each (c, claims)
		vec_each (t, &c->types)
			if (is_type(*t) && !keyfile_has(&types, *t))
				vec_push(arena, &types, *t);
	vec_each (t, &types)
		vec_push(arena, &out,
			 (struct keyline){ .kind = LINE_KEY,
					   .group = GROUP_MIME,
					   .key = *t,
					   .value = handlers(arena, *t, base, claims, caches, n_caches) });
	vec_each (l, base)
		if (l->kind == LINE_KEY && !l->locale && streq(l->group, GROUP_MIME) && !keyfile_has(&types, l->key))
			vec_push(arena, &out, *l);
	return types.n ? keyfile_text(arena, &out) : NULL;
}
