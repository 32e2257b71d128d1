/* SPDX-License-Identifier: MIT */
/*
 * Who the program is, and which ids exist inside.  The caller's own id needs nobody: the child maps it.  Subordinate ids
 * and extents are granted by root in /etc/subuid and /etc/subgid, and written by newuidmap and newgidmap.
 */
#include <errno.h>
#include <stdlib.h>

#include "plan/plan.h"
#include "profile/profile.h"

/* What useradd(8) grants, and where it begins. */
enum { GRANT_FIRST = 100000, GRANT_COUNT = 65536 };

/* The kernel takes a map in one write of less than a page, user_namespaces(7). */
enum { MAP_TEXT_MAX = 4096 };

typedef VEC(struct id_extent) id_extents;

/** struct id_kind - users or groups: where they are granted and who maps them */
struct id_kind {
	const char *what, *file, *tool;
};
static const struct id_kind users = { "user", "/etc/subuid", "newuidmap" };
static const struct id_kind groups = { "group", "/etc/subgid", "newgidmap" };

/** struct subordinates - what a file grants the caller, and the first id above all that it grants anybody */
struct subordinates {
	id_extents granted; /* @inside is not used */
	uint64_t free;
};

/* Fixed: what is found there is started with the power to write maps. */
static const char *const tool_dirs[] = { "/usr/bin", "/bin", "/usr/local/bin", "/run/wrappers/bin" };

static const char *name_of(struct plan *plan, uint32_t inside, uint32_t own, const char *own_name)
{
	if (inside == own)
		return own_name;
	return inside ? arena_printf(plan->arena, "user%u", inside) : "root";
}

/* ---- what root granted ---- */

static bool is_caller(const struct plan *plan, const char *owner)
{
	char *end;

	return streq(owner, plan->caller->user) || (strtoul(owner, &end, 10) == plan->caller->uid && end != owner && !*end);
}

/* "OWNER:FIRST:COUNT" */
static void read_grant(struct plan *plan, char *line, struct subordinates *ret)
{
	const char *owner = strsep(&line, ":"), *first = strsep(&line, ":");
	uint64_t from = first ? strtoull(first, NULL, 10) : 0, count = line ? strtoull(line, NULL, 10) : 0;

	if (!count || from >= UINT32_MAX || count > UINT32_MAX - from)
		return;
	if (from + count > ret->free)
		ret->free = from + count;
	if (is_caller(plan, owner))
		vec_push(plan->arena, &ret->granted, (struct id_extent){ .outside = (uint32_t)from, .count = (uint32_t)count });
}

static void read_grants(struct plan *plan, struct host *host, const struct id_kind *kind, struct subordinates *ret)
{
	const char *text = host->text(host, kind->file);
	char *rest = text ? arena_strdup(plan->arena, text) : NULL;

	*ret = (struct subordinates){ .free = GRANT_FIRST };
	for (char *line; (line = strsep(&rest, "\n"));)
		read_grant(plan, line, ret);
}

/* The first extent that holds an id which is neither granted nor the caller's; or NULL. */
static const struct id_extent *not_granted(const id_extents *extents, const struct subordinates *s, uint32_t own)
{
	vec_each (e, extents) {
		bool covered = e->outside == own && e->count == 1;

		vec_each (g, &s->granted)
			covered |= e->outside >= g->outside && (uint64_t)e->outside + e->count <= (uint64_t)g->outside + g->count;
		if (!covered)
			return e;
	}
	return NULL;
}

/* ---- the extents ---- */

/*
 * The caller's id is @inside; what is granted fills 0, 1, 2, … around it.  So root inside is the caller with the others above,
 * and somebody who stays who they are has root and the system's users below.
 */
static void fill_around(struct plan *plan, const struct subordinates *s, uint32_t inside, uint32_t own, id_extents *ret)
{
	uint32_t next = 0;
	bool placed = false;

	vec_each (g, &s->granted)
		for (uint32_t used = 0, n; used < g->count && next < UINT32_MAX - 1; used += n, next += n) {
			if (next == inside) {
				vec_push(plan->arena, ret, (struct id_extent){ inside, own, 1 });
				placed = true;
				next++;
			}
			n = g->count - used;
			if (next < inside && n > inside - next)
				n = inside - next;
			if (n > UINT32_MAX - 1 - next)
				n = UINT32_MAX - 1 - next;
			vec_push(plan->arena, ret, (struct id_extent){ next, g->outside + used, n });
		}
	if (!placed)
		vec_push(plan->arena, ret, (struct id_extent){ inside, own, 1 });
}

static void copy_extents(struct plan *plan, const struct setting *map, uint32_t own, id_extents *ret)
{
	for (size_t i = 0; i < map->v.n_extents; i++) {
		struct id_extent e = map->v.extents[i];

		if (e.outside == ID_CALLER)
			e.outside = own;
		vec_push(plan->arena, ret, e);
	}
}

static int by_inside(const void *a, const void *b)
{
	const struct id_extent *x = a, *y = b;

	return x->inside < y->inside ? -1 : x->inside > y->inside;
}

static bool overlap(uint32_t a, uint32_t n, uint32_t b, uint32_t m)
{
	return (uint64_t)a < (uint64_t)b + m && (uint64_t)b < (uint64_t)a + n;
}

static int check_overlap(const struct id_kind *kind, const id_extents *extents, struct origin from, struct err *err)
{
	vec_each (a, extents)
		vec_each (b, extents) {
			if (a <= b)
				continue;
			if (overlap(a->inside, a->count, b->inside, b->count) || overlap(a->outside, a->count, b->outside, b->count))
				return err_add(err, from, "%u:%u:%u and %u:%u:%u overlap (%s ids)", b->inside, b->outside, b->count,
					       a->inside, a->outside, a->count, kind->what);
		}
	return 0;
}

/* Return: 0 and the caller's id inside; -EINVAL when the map has none. */
static int find_own(const id_extents *extents, uint32_t own, uint32_t *ret)
{
	vec_each (e, extents)
		if (own >= e->outside && own - e->outside < e->count) {
			*ret = e->inside + (own - e->outside);
			return 0;
		}
	return -EINVAL;
}

/* ---- what writes them ---- */

static const char *find_tool(struct plan *plan, struct host *host, const char *name)
{
	struct resolved r;

	for (size_t i = 0; i < ARRAY_SIZE(tool_dirs); i++)
		if (host_resolve(host, plan->arena, arena_printf(plan->arena, "%s/%s", tool_dirs[i], name), &r) == 0 &&
		    r.node->kind == NODE_FILE)
			return r.path;
	return NULL;
}

static void words_of(struct plan *plan, const struct id_kind *kind, const id_extents *extents, struct plan_idmap *ret)
{
	char **words = arena_new_array(plan->arena, char *, 3 * extents->n + 3);
	const char *inner = "";
	size_t n = 0;

	words[n++] = arena_strdup(plan->arena, kind->tool);
	words[n++] = arena_strdup(plan->arena, "");
	vec_each (e, extents) {
		words[n++] = arena_printf(plan->arena, "%u", e->inside);
		words[n++] = arena_printf(plan->arena, "%u", e->outside);
		words[n++] = arena_printf(plan->arena, "%u", e->count);
		inner = arena_printf(plan->arena, "%s%u %u %u\n", inner, e->inside, e->inside, e->count);
	}
	ret->argv = words;
	ret->inner = inner;
	ret->extents = extents->v;
	ret->n = extents->n;
}

/* Any range that nobody has will do; the same for both files, as useradd(8) does it. */
static const char *grant_remedy(struct plan *plan, uint64_t first, uint64_t count)
{
	const char *user = plan->caller->user;

	return arena_printf(plan->arena, "as root, add the line \"%s:%llu:%llu\" to /etc/subuid and to /etc/subgid, or: "
			    "usermod --add-subuids %llu-%llu --add-subgids %llu-%llu %s",
			    user, (unsigned long long)first, (unsigned long long)count, (unsigned long long)first,
			    (unsigned long long)(first + count - 1), (unsigned long long)first, (unsigned long long)(first + count - 1),
			    user);
}

static int map_kind(struct plan *plan, struct host *host, const struct id_kind *kind, const struct setting *map,
		    const struct subordinates *s, uint32_t own, uint32_t *inside, struct plan_idmap *ret, struct err *err)
{
	id_extents extents = { 0 };

	if (map->v.number == IDMAP_SUBIDS)
		fill_around(plan, s, *inside, own, &extents);
	else
		copy_extents(plan, map, own, &extents);
	qsort(extents.v, extents.n, sizeof(*extents.v), by_inside);
	if (check_overlap(kind, &extents, map->from, err) < 0)
		return -EINVAL;
	if (find_own(&extents, own, inside) < 0) {
		err_add(err, map->from, "the map has no place for %s id %u, as which sbox was started", kind->what, own);
		err_remedy(err, "add INSIDE:self");
		return -EINVAL;
	}
	words_of(plan, kind, &extents, ret);
	if (extents.n > ID_EXTENTS_MAX || strlen(ret->inner) >= MAP_TEXT_MAX)
		return err_add(err, map->from, "%zu extents of %s ids are more than the kernel takes", extents.n, kind->what);
	const struct id_extent *refused = not_granted(&extents, s, own);
	if (refused)
		ret->remedy = grant_remedy(plan, refused->outside, refused->count);
	ret->tool = find_tool(plan, host, kind->tool);
	if (ret->tool)
		return 0;
	err_add(err, map->from, "%s is not installed, which maps more than one id", kind->tool);
	err_remedy(err, "install it: package uidmap (Debian, Ubuntu), shadow-utils (Fedora), shadow (Arch, Alpine: shadow-subids)");
	return -EINVAL;
}

static int more_ids(struct plan *plan, struct host *host, const struct setting *map, const struct setting *user, struct err *err)
{
	struct plan_ids *ids = &plan->ids;
	uint32_t uid = ids->inner_uid, gid = ids->inner_gid;
	struct subordinates uids, gids;

	read_grants(plan, host, &users, &uids);
	read_grants(plan, host, &groups, &gids);
	uint64_t unused = uids.free > gids.free ? uids.free : gids.free;
	if (map->v.number == IDMAP_SUBIDS && (!uids.granted.n || !gids.granted.n)) {
		err_add(err, map->from, "%s grants user %s no subordinate ids", uids.granted.n ? groups.file : users.file,
			plan->caller->user);
		err_remedy(err, "%s", grant_remedy(plan, unused, GRANT_COUNT));
		return -EINVAL;
	}
	if (map_kind(plan, host, &users, map, &uids, ids->outer_uid, &uid, &ids->uids, err) < 0 ||
	    map_kind(plan, host, &groups, map, &gids, ids->outer_gid, &gid, &ids->gids, err) < 0)
		return -EINVAL;
	if (user->layer && uid != ids->inner_uid) {
		err_add(err, map->from, "the map makes the user %u inside, and %s says %u", uid, origin_text(plan->arena, user->from),
			ids->inner_uid);
		err_remedy(err, "leave one of the two lines out");
		return -EINVAL;
	}
	ids->inner_uid = uid;
	ids->inner_gid = gid;
	ids->user_name = name_of(plan, uid, ids->outer_uid, plan->caller->user);
	ids->group_name = name_of(plan, gid, ids->outer_gid, plan->caller->group);
	ids->map_from = map->from;
	ids->mapped = plan->handshake = true;
	return 0;
}

int plan_ids(struct plan *plan, struct host *host, struct err *err)
{
	const struct caller *c = host->caller;
	const struct setting *user = profile_get(plan->profile, KEY_ids_user);
	const struct setting *map = profile_get(plan->profile, KEY_ids_map);
	struct plan_ids *ids = &plan->ids;

	*ids = (struct plan_ids){ .outer_uid = c->uid, .outer_gid = c->gid, .inner_uid = c->uid, .inner_gid = c->gid,
				  .user_name = c->user, .group_name = c->group, .from = user->from };
	if (user->v.number == USER_ROOT) {
		ids->inner_uid = ids->inner_gid = 0;
		ids->user_name = ids->group_name = "root";
	} else if (user->v.number == USER_NUMBER && user->v.id != c->uid) {
		ids->inner_uid = ids->inner_gid = user->v.id;
		ids->user_name = ids->group_name = name_of(plan, user->v.id, c->uid, c->user);
	}
	return map->v.number == IDMAP_SELF ? 0 : more_ids(plan, host, map, user, err);
}
