/* SPDX-License-Identifier: MIT */
#include "profile/parts.h"

#define KEY(id, section, name, type, words, def, help) [KEY_##id] = { section, name, type, words, def, help },
const struct key keys[KEY_COUNT] = {
#include "profile/keys.def"
};
#undef KEY

static const bool list_types[] = {
	[T_LINE] = true,  [T_NAMES] = true,   [T_WORDS] = true, [T_PATH] = true, [T_BIND] = true, [T_ACCESS] = true,
	[T_TMPFS] = true, [T_SYMLINK] = true, [T_DATA] = true,  [T_ENV] = true,
};

bool key_is_list(const struct key *key)
{
	return key->type < ARRAY_SIZE(list_types) && list_types[key->type];
}

bool key_splits(const struct key *key)
{
	return key->type == T_NAMES || key->type == T_WORDS;
}

bool key_takes_optional(enum key_id key)
{
	/* A call, family or ABI that another machine or an older library does not have. */
	bool seccomp = streq(keys[key].section, "seccomp") && keys[key].type == T_NAMES;

	return keys[key].type == T_BIND || key == KEY_files_hide || key == KEY_files_noexec ||
	       key == KEY_profile_extends || seccomp;
}

enum key_id section_find(const char *section)
{
	for (enum key_id k = 0; k < KEY_COUNT; k++)
		if (streq(keys[k].section, section))
			return k;
	return KEY_COUNT;
}

enum key_id section_key_find(enum key_id first, const char *name)
{
	for (enum key_id k = first; k < KEY_COUNT && streq(keys[k].section, keys[first].section); k++)
		if (streq(keys[k].name, name))
			return k;
	return KEY_COUNT;
}

enum key_id key_find(const char *section, const char *name)
{
	enum key_id first = section_find(section);

	return first == KEY_COUNT ? KEY_COUNT : section_key_find(first, name);
}

const char *section_at(size_t i, const void *data UNUSED)
{
	for (enum key_id k = 0; k < KEY_COUNT; k++)
		if ((k == 0 || !streq(keys[k].section, keys[k - 1].section)) && i-- == 0)
			return keys[k].section;
	return NULL;
}

const char *section_key_at(size_t i, const void *data)
{
	enum key_id first = section_find(data);

	return first + i < KEY_COUNT && streq(keys[first + i].section, data) ? keys[first + i].name : NULL;
}

const struct setting *profile_get(const struct profile *p, enum key_id key)
{
	const setting_list *list = profile_list(p, key);

	return list->n ? &list->v[list->n - 1] : NULL;
}

int64_t profile_number(const struct profile *p, enum key_id key)
{
	const struct setting *s = profile_get(p, key);

	return s ? s->v.number : 0;
}

const setting_list *profile_list(const struct profile *p, enum key_id key)
{
	return p->by_key[key].n ? &p->by_key[key] : &p->defaults[key];
}
