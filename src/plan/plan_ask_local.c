/* SPDX-License-Identifier: MIT */
/* Addresses that mean another thing inside: names without a file, the loopback, and ports to listen at. */
#include "plan/ask.h"

static struct origin network_mode(const struct plan *plan)
{
	return plan->net == NET_JOIN ? plan->network.from : ask_from_key(plan, KEY_network_mode);
}

/* Abstract names belong to a network, and Landlock may hold them back as well: then both have to go. */
bool plan_ask_abstract(const struct plan *plan, const char *name, struct arena *arena, struct verdict *ret)
{
	bool own = plan->net != NET_HOST, scoped = plan->landlock.scoped & SCOPED_ABSTRACT_UNIX;

	/* An X server listens at its path as well, where clients look next. */
	if (name[0] == '/' && streq(plan_entry_of(plan, name)->target, name))
		return false;
	*ret = (struct verdict){ .kind = own || scoped ? VERDICT_DENIED : VERDICT_ALLOWED,
				 .from = own ? network_mode(plan) : ask_from_key(plan, KEY_landlock_scope) };
	ret->text = arena_printf(arena, "the abstract socket @%s of the host %s", name,
				 own	? "cannot be reached: the sandbox has a network of its own" :
				 scoped ? "cannot be reached: Landlock cuts it off" :
					  "can be reached");
	if (ret->kind == VERDICT_DENIED && (ask_bus_abstract(plan, name, arena, ret) || ask_desktop(plan, name, ASK_FOR_READ, arena, ret)))
		return true;
	if (own)
		ask_change(arena, ret, KEY_network_mode, "host", "net");
	if (scoped)
		ask_change(arena, ret, KEY_landlock_scope, "", NULL);
	return ret->kind == VERDICT_DENIED;
}

bool plan_ask_loopback(const struct plan *plan, const char *address, struct arena *arena, struct verdict *ret)
{
	*ret = (struct verdict){ .kind = plan->net != NET_HOST ? VERDICT_DENIED : VERDICT_ALLOWED, .from = network_mode(plan) };
	ret->text = arena_printf(arena, "%s is a service of the host%s", address,
				 plan->net != NET_HOST ? ": the sandbox has a loopback of its own" : "");
	if (ret->kind == VERDICT_DENIED)
		ask_change(arena, ret, KEY_network_mode, "host", "net");
	return ret->kind == VERDICT_DENIED;
}

bool plan_ask_bind(const struct plan *plan, unsigned port, struct arena *arena, struct verdict *ret)
{
	bool listed = !(plan->landlock.handled_net & NET_BIND_TCP);

	*ret = (struct verdict){ .from = ask_from_key(plan, KEY_landlock_bind) };
	vec_each (p, &plan->landlock.ports)
		listed |= p->allowed & NET_BIND_TCP && p->port == port;
	ret->kind = listed ? VERDICT_ALLOWED : VERDICT_DENIED;
	ret->text = arena_printf(arena, "TCP port %u %s", port, listed ? "can be taken" : "cannot be taken: the profile lists others");
	if (!listed)
		ask_change(arena, ret, KEY_landlock_bind, arena_printf(arena, "%u", port), NULL);
	return !listed;
}
