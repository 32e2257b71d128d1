/* SPDX-License-Identifier: MIT */
/* The file tree of the sandbox: items from several places, then the tree that they make. */
#include "plan/items.h"

#include <errno.h>

/*
 * What is mounted on "/" would hide all that sbox puts there, and a copy of the host's whole tree would hold the new
 * root, which is mounted over "/" while it is built.
 */
static void refuse_root(struct items *it)
{
	vec_each (i, &it->v)
		if (i->rank > RANK_SYSTEM && (streq(i->path, "/") || (item_shows_host(i) && streq(i->source, "/")))) {
			err_add(it->err, i->from, "\"/\" itself can be neither given nor hidden");
			err_remedy(it->err, "name the directories that are meant; system = host gives the programs");
		}
}

int plan_mounts(struct plan *plan, struct host *host, struct err *err)
{
	struct items it = { .plan = plan, .host = host, .err = err, .arena = plan->arena };
	size_t before = err->errors;

	items_system(&it);
	items_home(&it);
	items_files(&it);
	items_services(&it);
	refuse_root(&it);
	items_own_dirs(&it);
	items_profiles(&it);
	items_outside(&it);
	if (err->errors == before) {
		items_settle(&it);
		items_guard(&it);
		items_complete(&it);
		items_emit(&it);
		items_overlays(&it);
	}
	plan->proc_guard = plan->nested != NESTED_FULL;
	return err->errors == before ? 0 : -EINVAL;
}
