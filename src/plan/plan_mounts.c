/* SPDX-License-Identifier: MIT */
/* The file tree of the sandbox: items from three places, then the tree that they make. */
#include "plan/items.h"

#include <errno.h>

int plan_mounts(struct plan *plan, struct host *host, struct err *err)
{
	struct items it = { .plan = plan, .host = host, .err = err, .arena = plan->arena };
	size_t before = err->errors;

	items_system(&it);
	items_home(&it);
	items_files(&it);
	items_own_dirs(&it);
	if (err->errors == before) {
		items_settle(&it);
		items_guard(&it);
		items_complete(&it);
		items_emit(&it);
	}
	plan->proc_guard = plan->nested != NESTED_FULL;
	return err->errors == before ? 0 : -EINVAL;
}
