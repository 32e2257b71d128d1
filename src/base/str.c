/* SPDX-License-Identifier: MIT */
#include "base/str.h"

#include <ctype.h>

/* Length of the valid UTF-8 sequence at @s, 0 when there is none; the code point in *@ret. */
static size_t utf8_at(const unsigned char *s, uint32_t *ret)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xf0 && s[0] < 0xf8 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc0 ? 2 : 0;

	if (n < 2 || s[0] >= 0xf8) {
		*ret = s[0];
		return n == 1 ? 1 : 0;
	}
	uint32_t c = s[0] & (0xffU >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	*ret = c;
	return c >= smallest[n] && c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff) ? n : 0;
}

/* Controls act on the terminal; bidirectional marks make a line read differently from what it says. */
static bool harmless(uint32_t c)
{
	return c >= 0x20 && c != 0x7f && !(c >= 0x80 && c < 0xa0) && !(c >= 0x202a && c <= 0x202e) &&
	       !(c >= 0x2066 && c <= 0x2069) && c != 0x200e && c != 0x200f && c != 0x061c && c != 0x2028 && c != 0x2029;
}

static bool is_clean(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	uint32_t c;

	for (size_t n; *p; p += n) {
		n = utf8_at(p, &c);
		if (!n || !harmless(c))
			return false;
	}
	return true;
}

const char *quote(struct arena *arena, const char *s)
{
	static const char hex[] = "0123456789abcdef";

	if (is_clean(s))
		return s;

	char *out = arena_alloc(arena, strlen(s) * 4 + 1), *o = out;
	const unsigned char *p = (const unsigned char *)s;

	while (*p) {
		uint32_t c;
		size_t n = utf8_at(p, &c);
		bool ok = n && harmless(c);

		for (size_t i = 0; i < (n ? n : 1); i++, p++) {
			if (ok) {
				*o++ = (char)*p;
				continue;
			}
			*o++ = '\\';
			*o++ = 'x';
			*o++ = hex[*p >> 4];
			*o++ = hex[*p & 15];
		}
	}
	*o = '\0';
	return out;
}

/* 'it'\''s' */
const char *shell_word(struct arena *arena, const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=:,@%+~";

	if (*s && !s[strspn(s, plain)])
		return s;
	char *out = arena_alloc(arena, 4 * strlen(s) + 3), *o = out;
	*o++ = '\'';
	for (; *s; s++) {
		if (*s == '\'')
			o = stpcpy(o, "'\\'");
		*o++ = *s;
	}
	*o++ = '\'';
	*o = '\0';
	return out;
}

const char *shell_lines(struct arena *arena, const char *lines)
{
	char *rest = lines ? arena_strdup(arena, lines) : NULL;
	const char *all = NULL;

	for (char *line; (line = strsep(&rest, "\n"));) {
		const char *word = shell_word(arena, line);

		all = all ? arena_printf(arena, "%s\n%s", all, word) : word;
	}
	return all;
}

enum { WORD_MAX = 48 };

/* Edit distance where swapping two neighbours counts once ("hots" → "host"). */
static size_t distance(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b);
	size_t rows[3][WORD_MAX + 1];

	for (size_t j = 0; j <= lb; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t *row = rows[i % 3], *up = rows[(i + 2) % 3], *up2 = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t best = up[j - 1] + (a[i - 1] != b[j - 1]);

			if (up[j] + 1 < best)
				best = up[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && up2[j - 2] + 1 < best)
				best = up2[j - 2] + 1;
			row[j] = best;
		}
	}
	return rows[la % 3][lb];
}

const char *nearest(const char *word, const char *(*at)(size_t i, const void *data), const void *data)
{
	size_t len = strlen(word), best = len / 3 + 2;
	const char *found = NULL, *known;

	if (!len || len > WORD_MAX)
		return NULL;
	for (size_t i = 0; (known = at(i, data)); i++) {
		if (strlen(known) > WORD_MAX)
			continue;
		size_t d = distance(word, known);

		if (d < best && d < strlen(known)) {
			best = d;
			found = known;
		}
	}
	return found;
}

char *next_word(char **s)
{
	char *p = *s + strspn(*s, " \t");

	if (!*p)
		return NULL;
	char *end = p + strcspn(p, " \t");
	*s = *end ? end + 1 : end;
	*end = '\0';
	return p;
}

uint64_t hash_text(uint64_t h, const char *s)
{
	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
	return h;
}
