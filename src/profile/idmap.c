/* SPDX-License-Identifier: MIT */
/* [ids] map: "self", "subids", or INSIDE:OUTSIDE:COUNT of each extent, where OUTSIDE may be "self". */
#include "profile/parts.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/str.h"

/* One number that @end follows. */
static bool take_id(const char **text, char end, uint32_t *ret)
{
	char *rest;

	if (!isdigit((unsigned char)**text))
		return false;
	unsigned long long n = strtoull(*text, &rest, 10);
	if (n >= UINT32_MAX || *rest != end)
		return false;
	*ret = (uint32_t)n;
	*text = end ? rest + 1 : rest;
	return true;
}

/* "INSIDE:self" is the caller alone, and needs no count. */
static bool take_self(const char *text, struct id_extent *e)
{
	const char *rest = skip_prefix(text, "self");

	if (!rest || (*rest && !streq(rest, ":1")))
		return false;
	e->outside = ID_CALLER;
	e->count = 1;
	return true;
}

static bool take_extent(const char *text, struct id_extent *e)
{
	if (!take_id(&text, ':', &e->inside))
		return false;
	if (take_self(text, e))
		return true;
	if (!take_id(&text, ':', &e->outside) || !take_id(&text, '\0', &e->count) || !e->count)
		return false;
	return e->count <= UINT32_MAX - e->inside && e->count <= UINT32_MAX - e->outside;
}

static int take_extents(struct load *l, const char *text, struct setting *s)
{
	VEC(struct id_extent) extents = { 0 };
	char *rest = arena_strdup(l->arena, text);

	for (const char *word; (word = next_word(&rest));) {
		struct id_extent e = { 0 };

		if (!take_extent(word, &e)) {
			err_add(l->err, s->from, "not an extent of ids: \"%s\"", word);
			err_remedy(l->err, "write INSIDE:OUTSIDE:COUNT, or INSIDE:self for whoever starts sbox: "
					   "0:self 1:100000:65536");
			return -EINVAL;
		}
		vec_push(l->arena, &extents, e);
	}
	if (extents.n > ID_EXTENTS_MAX)
		return err_add(l->err, s->from, "%zu extents: the kernel takes %d", extents.n, ID_EXTENTS_MAX);
	s->v.number = IDMAP_EXTENTS;
	s->v.text = text;
	s->v.extents = extents.v;
	s->v.n_extents = extents.n;
	return 0;
}

int value_idmap(struct load *l, const char *text, struct setting *s)
{
	static const char *const words[] = { [IDMAP_SELF] = "self", [IDMAP_SUBIDS] = "subids", "INSIDE:OUTSIDE:COUNT", NULL };

	if (isdigit((unsigned char)text[0]))
		return take_extents(l, text, s);
	for (int i = 0; i < IDMAP_EXTENTS; i++)
		if (streq(words[i], text)) {
			s->v.number = i;
			return 0;
		}
	return unknown_word(l, s, "word", text, names_at, words);
}
