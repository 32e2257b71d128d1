/* SPDX-License-Identifier: MIT */
#include "profile_support.h"

TestSuite(profile_idmap, .init = world_open, .fini = world_close);

static const struct value *map(const char *text)
{
	assert_loads(arena_printf(w->arena, "[ids]\nmap = %s\n", text));
	return &profile_get(w->profile, KEY_ids_map)->v;
}

Test(profile_idmap, words_and_extents)
{
	assert_loads("");
	cr_assert_eq(profile_number(w->profile, KEY_ids_map), IDMAP_SELF);
	cr_assert_eq(map("subids")->number, IDMAP_SUBIDS);
	const struct value *v = map("0:self 1:100000:65536");
	cr_assert_eq(v->number, IDMAP_EXTENTS);
	cr_assert_eq(v->n_extents, 2);
	cr_assert(v->extents[0].outside == ID_CALLER && v->extents[0].count == 1);
	cr_assert(v->extents[1].inside == 1 && v->extents[1].outside == 100000 && v->extents[1].count == 65536);
	cr_assert_eq(map("7:self:1")->extents[0].inside, 7);
	cr_assert_eq(map("0:0:4294967294")->extents[0].count, 4294967294U);
}

Test(profile_idmap, refused_with_a_reason)
{
	assert_refused("[ids]\nmap = subid\n", "did you mean \"subids\"?");
	const char *const bad[] = { "1", "1:2", "1:2:0", "1:2:3:4", "1:2:x", "1:self:2", "1:selfish", "1:-2:3", "4294967295:1:1", "1:1:4294967295",
				    "1:2:3, 4:5:6", "0:self 1:" };
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_refused(arena_printf(w->arena, "[ids]\nmap = %s\n", bad[i]), "not an extent of ids");
}
