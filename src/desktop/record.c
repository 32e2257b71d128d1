/* SPDX-License-Identifier: MIT */
#include "desktop/record.h"

#include <errno.h>
#include <stdlib.h>

#include "base/path.h"

static const char head[] = "sbox-desktop 1\n";
static const char *const types[] = { "none", "file", "link" };

const char *const launcher_kinds[LAUNCHER_KINDS] = { "entry", "service", "autostart", "shell", "mime" };

struct blob blob_of(const char *text)
{
	return (struct blob){ text, strlen(text) };
}

bool blob_equal(const struct blob *a, const struct blob *b)
{
	return a->size == b->size && (!a->size || memcmp(a->data, b->data, a->size) == 0);
}

bool file_state_is(const struct file_state *s, const struct blob *content)
{
	return s->type == FILE_REGULAR && blob_equal(&s->data, content);
}

bool file_state_equal(const struct file_state *a, const struct file_state *b)
{
	return a->type == b->type && (a->type == FILE_NONE ||
				      (blob_equal(&a->data, &b->data) && (a->type == FILE_LINK || a->mode == b->mode)));
}

const char *record_path(struct arena *arena, const struct record *r)
{
	return path_join(arena, r->dir, r->name);
}

/* ---- writing ---- */

struct blob record_text(struct arena *arena, const struct record *r)
{
	const struct {
		const char *name;
		const struct blob *blob;
	} blobs[] = { { "from", &r->from }, { "written", &r->written }, { "former", &r->former.data } };
	char *fields = arena_printf(
		arena, "%skind %s\nprogram %s\nprofile %s\ndir %s\nname %s\nsource %s\nmode %o\nformer %s %o %lld\n",
		head, launcher_kinds[r->kind], r->program, r->profile, r->dir, r->name, r->source, (unsigned)r->mode,
		types[r->former.type], (unsigned)r->former.mode, (long long)r->former.mtime);
	size_t size = 0;

	vec_each (m, &r->made)
		fields = arena_printf(arena, "%smade %s\n", fields, *m);
	for (size_t i = 0; i < ARRAY_SIZE(blobs); i++)
		size += blobs[i].blob->size + 64;
	char *text = arena_alloc(arena, strlen(fields) + size), *at = stpcpy(text, fields);
	for (size_t i = 0; i < ARRAY_SIZE(blobs); i++) {
		at = stpcpy(at, arena_printf(arena, "data %s %zu\n", blobs[i].name, blobs[i].blob->size));
		if (blobs[i].blob->size)
			at = mempcpy(at, blobs[i].blob->data, blobs[i].blob->size);
		*at++ = '\n';
	}
	return (struct blob){ text, (size_t)(at - text) };
}

/* ---- reading ---- */

/* The rest of the line at *@at, behind "@key "; *@at goes on behind the line.  NULL: it is another line. */
static const char *take(struct arena *arena, const char **at, const char *end, const char *key)
{
	size_t n = strlen(key), left = (size_t)(end - *at);
	const char *stop = memchr(*at, '\n', left), *value = *at + n + 1;

	if (!stop || left <= n || memcmp(*at, key, n) != 0 || (*at)[n] != ' ' ||
	    memchr(*at, '\0', (size_t)(stop - *at)))
		return NULL;
	*at = stop + 1;
	return arena_strndup(arena, value, (size_t)(stop - value));
}

static bool take_blob(struct arena *arena, const char **at, const char *end, const char *name, struct blob *ret)
{
	const char *value = take(arena, at, end, arena_printf(arena, "data %s", name));
	char *rest;
	unsigned long long size = value ? strtoull(value, &rest, 10) : 0;

	if (!value || *rest || size >= (unsigned long long)(end - *at))
		return false;
	*ret = (struct blob){ arena_strndup(arena, "", 0), (size_t)size };
	if (size) {
		char *copy = arena_alloc(arena, (size_t)size + 1);

		memcpy(copy, *at, (size_t)size);
		ret->data = copy;
	}
	*at += size;
	return *(*at)++ == '\n';
}

static bool word_index(const char *word, const char *const *words, size_t n, int *ret)
{
	for (size_t i = 0; i < n; i++)
		if (streq(words[i], word)) {
			*ret = (int)i;
			return true;
		}
	return false;
}

static bool parse_former(const char *text, struct file_state *ret)
{
	char word[8], *rest;
	size_t n = strcspn(text, " ");
	int type;

	if (n >= sizeof(word))
		return false;
	memcpy(word, text, n);
	word[n] = '\0';
	if (!word_index(word, types, ARRAY_SIZE(types), &type))
		return false;
	ret->type = (unsigned)type;
	ret->mode = (mode_t)strtoul(text + n, &rest, 8) & 07777;
	ret->mtime = strtoll(rest, &rest, 10);
	return !*rest;
}

int record_parse(struct arena *arena, const struct blob *text, struct record *ret)
{
	const char *at = text->data, *end = text->data + text->size, *value;
	int kind;

	*ret = (struct record){ 0 };
	if (text->size < strlen(head) || memcmp(at, head, strlen(head)) != 0)
		return -EINVAL;
	at += strlen(head);
	if (!(value = take(arena, &at, end, "kind")) || !word_index(value, launcher_kinds, LAUNCHER_KINDS, &kind))
		return -EINVAL;
	ret->kind = (unsigned)kind;

	const struct {
		const char *key;
		const char **field;
	} fields[] = { { "program", &ret->program },
		       { "profile", &ret->profile },
		       { "dir", &ret->dir },
		       { "name", &ret->name },
		       { "source", &ret->source } };
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (!(*fields[i].field = take(arena, &at, end, fields[i].key)))
			return -EINVAL;
	if (!(value = take(arena, &at, end, "mode")))
		return -EINVAL;
	ret->mode = (mode_t)strtoul(value, NULL, 8) & 0777;
	if (ret->dir[0] != '/' || !*ret->name || !(value = take(arena, &at, end, "former")) ||
	    !parse_former(value, &ret->former))
		return -EINVAL;
	while ((value = take(arena, &at, end, "made")))
		vec_push(arena, &ret->made, value);
	return take_blob(arena, &at, end, "from", &ret->from) && take_blob(arena, &at, end, "written", &ret->written) &&
			       take_blob(arena, &at, end, "former", &ret->former.data) && at == end
		       ? 0
		       : -EINVAL;
}
