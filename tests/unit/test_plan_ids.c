/* SPDX-License-Identifier: MIT */
/* Who the program is, and which ids exist inside. */
#include "support.h"

TestSuite(plan_ids, .fini = leak_check);

Test(plan_ids, the_program_is_who_started_it_unless_the_profile_says_otherwise)
{
	PLAN(self, "", "");
	cr_assert_eq(self->plan->ids.inner_uid, self->caller.uid);
	cr_assert_str_eq(self->plan->ids.user_name, "u");
	PLAN(root, "[ids]\nuser = root\n", "");
	cr_assert(root->plan->ids.inner_uid == 0 && root->plan->ids.inner_gid == 0);
	cr_assert_eq(root->plan->ids.outer_uid, root->caller.uid);
	cr_assert_str_eq(root->plan->ids.group_name, "root");
	PLAN(number, "[ids]\nuser = 4242\n", "");
	cr_assert_eq(number->plan->ids.inner_uid, 4242);
	cr_assert_str_eq(number->plan->ids.user_name, "user4242");
}


/* ---- more than one id ---- */

#define TOOLS "f /usr/bin/newuidmap\nf /usr/bin/newgidmap\n"
#define GRANT TOOLS "f /etc/subuid v:200000:10;u:100000:65536\nf /etc/subgid u:300000:65536\n"

static const char *text_of(struct bench *b, const struct plan_idmap *map)
{
	const char *text = "";

	for (size_t i = 0; i < map->n; i++)
		text = arena_printf(b->arena, "%s%s%u:%u:%u", text, *text ? " " : "", map->extents[i].inside, map->extents[i].outside,
				    map->extents[i].count);
	return text;
}

#define assert_map(b, map, ...)                                                                                          \
	cr_assert_str_eq(text_of(b, &(b)->plan->ids.map), arena_printf((b)->arena, __VA_ARGS__))

Test(plan_ids, without_a_map_the_child_writes_its_own)
{
	PLAN(b, "", GRANT);
	cr_assert(!b->plan->ids.mapped);
}

Test(plan_ids, root_has_the_granted_ids_above)
{
	PLAN(b, "[ids]\nmap = subids\nuser = root\n", GRANT);
	cr_assert(b->plan->ids.mapped && b->plan->ids.inner_uid == 0);
	assert_map(b, uids, "0:%u:1 1:100000:65536", b->caller.uid);
	assert_map(b, gids, "0:%u:1 1:300000:65536", b->caller.gid);
	cr_assert_str_eq(b->plan->ids.uids.inner, "0 0 1\n1 1 65536\n");
	cr_assert_str_eq(b->plan->ids.uids.tool, "/usr/bin/newuidmap");
	cr_assert_str_eq(b->plan->ids.gids.argv[0], "newgidmap");
	cr_assert_str_eq(b->plan->ids.gids.argv[7], "65536");
	cr_assert_null(b->plan->ids.gids.argv[8]);
}

Test(plan_ids, who_stays_who_they_are_has_them_around)
{
	PLAN(b, "[ids]\nmap = subids\n", GRANT);
	uid_t me = b->caller.uid;
	cr_assert_eq(b->plan->ids.inner_uid, me);
	if (me > 0 && me < 65536)
		assert_map(b, uids, "0:100000:%u %u:%u:1 %u:%u:%u", me, me, me, me + 1, 100000 + me, 65536 - me);
	PLAN(above, "[ids]\nmap = subids\nuser = 70000\n", GRANT);
	assert_map(above, uids, "0:100000:65536 70000:%u:1", me);
}

Test(plan_ids, several_grants_follow_one_another)
{
	PLAN(b, "[ids]\nmap = subids\nuser = root\n", TOOLS "f /etc/subuid u:3500:2;u:7900:3;x:1:1;u:7:0;u\nf /etc/subgid u:5:1\n");
	assert_map(b, uids, "0:%u:1 1:3500:2 3:7900:3", b->caller.uid);
}

Test(plan_ids, extents_are_taken_as_written)
{
	PLAN(b, "[ids]\nmap = 5:100000:10 0:self\n", GRANT);
	assert_map(b, uids, "0:%u:1 5:100000:10", b->caller.uid);
	cr_assert_eq(b->plan->ids.inner_uid, 0);
	cr_assert_str_eq(b->plan->ids.user_name, "root");
	cr_assert_null(b->plan->ids.uids.remedy, "granted");
	cr_assert(strstr(b->plan->ids.gids.remedy, "\"u:100000:10\""), "not granted: %s", b->plan->ids.gids.remedy);
	PLAN(within, "[ids]\nmap = 0:0:80000\n", GRANT);
	cr_assert_eq(within->plan->ids.inner_uid, within->caller.uid);
}

Test(plan_ids, what_cannot_work_is_refused_with_the_line_to_add)
{
	REFUSED("[ids]\nmap = subids\n", TOOLS, 2, "/etc/subuid grants user u no subordinate ids");
	REFUSED("[ids]\nmap = subids\n", TOOLS, 2, "\"u:100000:65536\" to /etc/subuid and to /etc/subgid");
	REFUSED("[ids]\nmap = subids\n", TOOLS "f /etc/subuid v:100000:65536\nf /etc/subgid v:200000:65536", 2, "\"u:265536:65536\"");
	REFUSED("[ids]\nmap = subids\n", TOOLS "f /etc/subuid u:100000:65536\n", 2, "/etc/subgid grants");
	REFUSED("[ids]\nmap = subids\n", "f /etc/subuid u:100000:9\nf /etc/subgid u:100000:9\n", 2, "newuidmap is not installed");
	REFUSED("[ids]\nmap = subids\n", "f /etc/subuid u:100000:9\nf /etc/subgid u:100000:9\n", 2, "package uidmap");
	REFUSED("[ids]\nmap = 0:self 0:100000:2\n", GRANT, 2, "overlap");
	REFUSED("[ids]\nmap = 0:self 1:0:80000\n", GRANT, 2, "overlap");
	REFUSED("[ids]\nmap = 0:100000:2\n", GRANT, 2, "no place for user id");
	REFUSED("[ids]\nuser = 7\nmap = 0:self\n", GRANT, 3, "says 7");
	REFUSED("[ids]\nmap = subids\n", TOOLS "f /etc/subuid u:1:80000\nf /etc/subgid u:100000:9\n", 2, "overlap");
}
