/* SPDX-License-Identifier: MIT */
/*
 * The Wayland compositor.  One that offers security contexts is asked for a socket of the sandbox's own: it shows its clients
 * no privileged protocol (screenshots, the clipboard of others, keys of others), and knows whose they are.  Else its one socket.
 */
#include <errno.h>

#include "plan/items.h"

bool items_wayland(struct items *it, const char *socket, struct origin from, struct item *item)
{
	struct plan *plan = it->plan;
	int offers = it->host->wayland(it->host, socket);

	/* Not the bare socket: one that does not answer now may offer contexts all the same. */
	if (offers == -ECONNREFUSED) {
		item_remark(it, from, "%s: no compositor is there any more: not given", socket);
		return false;
	}
	if (offers < 0) {
		err_warn(it->err, from, "no compositor is given: the one at %s does not answer: %s", socket, strerror(-offers));
		return false;
	}
	if (!offers) {
		item_remark(it, from, "the compositor has no security contexts: its privileged protocols, if it has any, are open to the program");
		return true;
	}
	if (!plan->registry.dir) {
		item_remark(it, from, "no runtime directory of the user's for a socket of the sandbox's own: no compositor is given");
		return false;
	}
	plan->wayland = (struct plan_wayland){ .socket = socket, .dir = items_socket_dir(it, from), .app_id = service_app_id(plan), .from = from };
	item->kind = MOUNT_SOCKET;
	item->size = SOCKET_WAYLAND;
	item->source = NULL;
	item->node = NULL;
	item->optional = false;
	item->note = arena_printf(it->arena, "a security context of the compositor's, for %s", plan->wayland.app_id);
	return true;
}
