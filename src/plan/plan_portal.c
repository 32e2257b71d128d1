/* SPDX-License-Identifier: MIT */
/*
 * Who the program is for the desktop's portals: an application with an id, and so one that has to ask.  They look for
 * /.flatpak-info in the root of whoever speaks to the bus, which is the proxy; the toolkits inside look for it in their own
 * root and then leave to the portals what a sandbox cannot do, such as opening a link.
 */
#include "base/path.h"
#include "plan/items.h"

const char *portal_info(const struct plan *plan)
{
	return arena_printf(plan->arena, "[Application]\nname=%s\n\n[Instance]\ninstance-id=%s\n%s", plan->proxy.app_id, plan->portal.instance,
			    plan->net == NET_NONE ? "" : "\n[Context]\nshared=network;\n");
}

/*
 * What would open a link inside instead: handlers that the system has, in this sandbox, without a network of their own or the
 * user's settings.
 */
static void hide_handlers(struct items *it, struct origin from)
{
	static const char *const dirs[] = { "/usr/share/applications", "/usr/local/share/applications" };

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		struct resolved r;

		if (host_resolve_in(it->host, it->arena, it->plan->rootfs, dirs[i], &r) < 0 || r.node->kind != NODE_DIR)
			continue;
		item_add(it, (struct item){ .kind = MOUNT_MASK, .path = r.path, .source = r.path, .node = r.node, .is_dir = true, .from = from,
					    .note = "links and files are opened by the portals" });
	}
}

void items_portal(struct items *it, struct origin from)
{
	static const char path[] = "/.flatpak-info";
	struct plan *plan = it->plan;

	plan->portal.wanted = true;
	plan->portal.dir = path_join(it->arena, path_parent(it->arena, plan->registry.dir), ".flatpak");
	plan->portal.from = from;
	item_add(it, (struct item){ .kind = MOUNT_FILE, .path = path, .source = portal_info(plan), .mode = 0444, .from = from,
				    .note = "tells toolkits to use portals" });
	/* xdg-open (1.1.3) looks there. */
	item_add(it, (struct item){ .kind = MOUNT_SYMLINK, .path = path_join(it->arena, service_dir(plan), "flatpak-info"), .source = path,
				    .from = from });
	hide_handlers(it, from);
}
