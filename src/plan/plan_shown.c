/* SPDX-License-Identifier: MIT */
/* Which items show an object of the host: it, or a directory above it, is their source. */
#include <stdlib.h>

#include "plan/items.h"

#include "base/path.h"

static int by_name(const void *pa, const void *pb)
{
	const struct item *const *a = pa, *const *b = pb;
	int d = strcmp((*a)->source, (*b)->source);

	return d ? d : *a < *b ? -1 : *a > *b;
}

static int object_order(const struct node *a, const struct node *b)
{
	return a->dev != b->dev ? (a->dev < b->dev ? -1 : 1) : a->ino < b->ino ? -1 : a->ino > b->ino;
}

static int by_object(const void *pa, const void *pb)
{
	const struct item *const *a = pa, *const *b = pb;
	int d = object_order((*a)->node, (*b)->node);

	return d ? d : *a < *b ? -1 : *a > *b;
}

void shown_init(struct shown *s, struct items *it, bool writable)
{
	*s = (struct shown){ .it = it };
	vec_each (i, &it->v) {
		if ((!item_shows_host(i) && i->kind != MOUNT_DEVICE) || !i->source || (writable && !i->rw))
			continue;
		vec_push(it->arena, &s->by_name, i);
		if (i->node && i->node->ino)
			vec_push(it->arena, &s->by_object, i);
	}
	if (s->by_name.n)
		qsort(s->by_name.v, s->by_name.n, sizeof(*s->by_name.v), by_name);
	if (s->by_object.n)
		qsort(s->by_object.v, s->by_object.n, sizeof(*s->by_object.v), by_object);
}

/* The items whose source is @path, @len bytes. */
static void find_name(const struct shown *s, const char *path, size_t len, shown_list *ret)
{
	size_t lo = 0, hi = s->by_name.n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (strcmp(s->by_name.v[mid]->source, path) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < s->by_name.n && streq(s->by_name.v[lo]->source, path); lo++)
		vec_push(s->it->arena, ret, (struct shown_at){ s->by_name.v[lo], len });
}

/* The items with another name whose source is the object at @path. */
static void find_object(const struct shown *s, const char *path, size_t len, shown_list *ret)
{
	const struct node *n = s->it->host->node(s->it->host, path);
	size_t lo = 0, hi = n->ino ? s->by_object.n : 0;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (object_order(s->by_object.v[mid]->node, n) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; n->ino && lo < s->by_object.n && object_order(s->by_object.v[lo]->node, n) == 0; lo++)
		if (!streq(s->by_object.v[lo]->source, path))
			vec_push(s->it->arena, ret, (struct shown_at){ s->by_object.v[lo], len });
}

static void find(const struct shown *s, const char *path, size_t len, shown_list *ret)
{
	find_name(s, path, len, ret);
	if (s->by_object.n)
		find_object(s, path, len, ret);
}

/* Fills s->above: from @parent, @n bytes, up to "/". */
static void find_above(struct shown *s, const char *parent, size_t n)
{
	char *p = arena_strndup(s->it->arena, parent, n);

	s->parent = arena_strdup(s->it->arena, p);
	s->above.n = 0;
	for (;;) {
		find(s, p, n, &s->above);
		if (n == 1)
			return;
		while (p[--n] != '/')
			;
		n += n == 0;
		p[n] = '\0';
	}
}

size_t shown_find(struct shown *s, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash == path ? 1 : (size_t)(slash - path);

	s->found.n = 0;
	if (!s->by_name.n)
		return 0;
	find(s, path, strlen(path), &s->found);
	if (!path[1])
		return s->found.n;
	if (!s->parent || strncmp(s->parent, path, n) != 0 || s->parent[n])
		find_above(s, path, n);
	vec_each (a, &s->above)
		vec_push(s->it->arena, &s->found, *a);
	return s->found.n;
}

static void remember_above(struct items *it, const char *path, size_t n)
{
	char *p = arena_strndup(it->arena, path, n);

	it->memo.parent = arena_strdup(it->arena, p);
	it->memo.above.n = 0;
	for (; n > 1; p[n] = '\0') {
		vec_push(it->arena, &it->memo.above, (struct ancestor){ it->host->node(it->host, p), n });
		while (p[--n] != '/')
			;
	}
}

const char *items_below_object(struct items *it, const char *path, const struct item *top)
{
	const char *rest = path_below(path, top->source);
	size_t n = (size_t)(strrchr(path, '/') - path);

	if (rest || !top->node || !top->node->ino)
		return rest;
	if (!it->memo.parent || strncmp(it->memo.parent, path, n) != 0 || it->memo.parent[n])
		remember_above(it, path, n);
	vec_each (a, &it->memo.above)
		if (a->node->ino == top->node->ino && a->node->dev == top->node->dev)
			return path + a->len + 1;
	return NULL;
}
