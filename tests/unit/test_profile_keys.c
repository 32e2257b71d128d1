/* SPDX-License-Identifier: MIT */
#include "profile_support.h"

TestSuite(profile_keys, .init = world_open, .fini = world_close);

Test(profile_keys, every_row_is_complete)
{
	for (enum key_id k = 0; k < KEY_COUNT; k++) {
		cr_assert_not_null(keys[k].section, "row %d", k);
		cr_assert_not_null(keys[k].help, "%s", keys[k].name);
		cr_assert_eq(key_find(keys[k].section, keys[k].name), k,
			     "%s.%s is there twice, or its section is split", keys[k].section, keys[k].name);
		cr_assert_eq(keys[k].words != NULL, keys[k].type == T_WORD || keys[k].type == T_WORDS, "%s",
			     keys[k].name);
	}
}

Test(profile_keys, every_default_parses_and_is_what_an_empty_profile_has)
{
	assert_loads("");
	for (enum key_id k = 0; k < KEY_COUNT; k++) {
		const setting_list *list = profile_list(w->profile, k);

		cr_assert_eq(list->n > 0, keys[k].def != NULL, "%s.%s", keys[k].section, keys[k].name);
		if (list->n)
			cr_assert_str_eq(list->v[0].from.file, "default");
	}
	cr_assert_eq(profile_list(w->profile, KEY_seccomp_sockets)->n, 4);
}

Test(profile_keys, every_default_may_be_written)
{
	for (enum key_id k = 0; k < KEY_COUNT; k++)
		if (keys[k].def)
			assert_loads(
				arena_printf(w->arena, "[%s]\n%s = %s\n", keys[k].section, keys[k].name, keys[k].def));
}

Test(profile_keys, words_are_complete)
{
	for (enum key_id k = 0; k < KEY_COUNT; k++)
		for (const struct word *word = keys[k].words; word && word->name; word++)
			cr_assert(word->help && *word->help, "%s: %s", keys[k].name, word->name);
}
