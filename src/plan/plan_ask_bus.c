/* SPDX-License-Identifier: MIT */
/* One question about a message bus: what may the program do with a name, and what is at a bus's socket? */
#include "base/path.h"
#include "plan/ask.h"

#include <errno.h>

const char *const bus_words[BUS_COUNT] = { [BUS_SESSION] = "session", [BUS_SYSTEM] = "system", [BUS_A11Y] = "accessibility" };

/* The bus itself, with which every program that has a way to the bus may talk: naming it gives the way, and no service. */
static const char bus_itself[] = "org.freedesktop.DBus";

static const char *const done_words[] = { [BUS_SEE] = "seen", [BUS_CALL] = "called in part", [BUS_TALK] = "talked to", [BUS_OWN] = "owned" };

/* The rule that gives most of @name, the first of them. */
static const struct plan_bus_rule *rule_for(const struct plan_bus *bus, const char *name)
{
	const struct plan_bus_rule *best = NULL;

	vec_each (r, &bus->rules)
		if (r->name && bus_name_covers(r->name, name) && (!best || r->right > best->right))
			best = r;
	return best;
}

static void offer(enum bus bus, enum bus_right right, const char *name, struct arena *arena, struct verdict *v)
{
	const char *risk = risk_of_name(name);
	enum key_id key = bus_key(bus, right);

	/* Who may talk to a name sees it. */
	if (key == KEY_COUNT && right == BUS_SEE)
		key = bus_key(bus, BUS_TALK);
	/* To see a name gives nothing away but that it is there. */
	if (key == KEY_desktop_dbus_see)
		risk = NULL;
	if (name[0] == ':')
		v->why_not = "it is the address of one connection: lines name services by their well-known names";
	else if (!bus_name_is_valid(name) || strchr(name, '*'))
		v->why_not = "it is no name of a service";
	else if (risk)
		v->why_not = risk;
	else if (key == KEY_COUNT)
		v->why_not = arena_printf(arena, "no line gives that on the %s bus", bus_words[bus]);
	else
		ask_change(arena, v, key, name, NULL);
}

void plan_ask_bus(const struct plan *plan, enum bus bus, enum bus_right right, const char *name, struct arena *arena, struct verdict *ret)
{
	const struct plan_bus *b = &plan->bus[bus];
	const struct plan_bus_rule *r = rule_for(b, name);
	bool itself = streq(name, bus_itself) && right != BUS_OWN && b->rules.n;
	bool allowed = itself || (r && r->right >= right);

	*ret = (struct verdict){ .kind = allowed && b->wanted ? VERDICT_ALLOWED : VERDICT_DENIED, .from = r ? r->from : itself ? b->from : NO_ORIGIN };
	ret->text = arena_printf(arena, "%s on the %s bus %s be %s%s%s%s", name, bus_words[bus], ret->kind == VERDICT_ALLOWED ? "can" : "cannot",
				 done_words[right], r && !allowed ? ", only " : "", r && !allowed ? done_words[r->right] : "",
				 b->wanted ? "" : ": the bus is not given");
	if (allowed && !b->wanted)
		ret->why_not = "a line gives it, and what it needs is not there: see the remarks of sbox explain";
	else if (!allowed)
		offer(bus, right, name, arena, ret);
}

void plan_ask_bus_call(const struct plan *plan, enum bus bus, const char *call, struct arena *arena, struct verdict *ret)
{
	*ret = (struct verdict){ .kind = VERDICT_DENIED, .from = plan->bus[bus].from };
	ret->text = arena_printf(arena, "%s of the %s bus itself is refused: it concerns all that are connected", call, bus_words[bus]);
	ret->why_not = "no line opens it";
}

/** struct question_word - what stands before a name */
static const struct question_word {
	const char *prefix;
	enum bus bus;
	enum bus_right right;
} question_words[] = {
	{ "own:", BUS_SESSION, BUS_OWN },
	{ "see:", BUS_SESSION, BUS_SEE },
	{ "system:", BUS_SYSTEM, BUS_TALK },
	{ "", BUS_SESSION, BUS_TALK },
};

int plan_ask_bus_text(const struct plan *plan, const char *text, struct arena *arena, struct verdict *ret)
{
	size_t i = 0;

	while (!skip_prefix(text, question_words[i].prefix))
		i++;
	const char *name = skip_prefix(text, question_words[i].prefix);
	if (!bus_name_is_valid(name) || strchr(name, '*')) {
		ret->text = arena_printf(arena, "not a name of a bus, nor own:, see: or system: and one: %s", text);
		return -EINVAL;
	}
	plan_ask_bus(plan, question_words[i].bus, question_words[i].right, name, arena, ret);
	return 0;
}

/* ---- its socket ---- */

static const char *without_links(struct host *host, struct arena *arena, const char *path)
{
	struct resolved r;

	return host_resolve(host, arena, path, &r) == 0 ? r.path : path;
}

static void offer_bus(const struct plan *plan, enum bus bus, struct arena *arena, struct verdict *v)
{
	v->text = arena_printf(arena, "%s: it is the %s bus, which is only given through a proxy", v->text, bus_words[bus]);
	if (plan->bus[bus].rules.n)
		v->why_not = "a line gives it, and what it needs is not there: see the remarks of sbox explain";
	else if (bus == BUS_A11Y)
		ask_change(arena, v, KEY_desktop_a11y, "yes", NULL);
	else
		ask_change(arena, v, bus_key(bus, BUS_TALK), bus_itself, NULL);
}

bool ask_bus_socket(const struct plan *plan, struct host *host, const char *path, struct arena *arena, struct verdict *v)
{
	const char *at = without_links(host, arena, path);

	for (enum bus bus = 0; bus < BUS_COUNT; bus++) {
		const char *sockets[2];

		bus_socket_paths(plan, host, arena, bus, sockets);
		for (size_t i = 0; i < ARRAY_SIZE(sockets); i++) {
			const char *socket = sockets[i] ? without_links(host, arena, sockets[i]) : NULL;

			if (!socket || !path_below(socket, at))
				continue;
			if (streq(socket, at))
				offer_bus(plan, bus, arena, v);
			else
				v->why_not = arena_printf(arena, "the socket of the %s bus lies below it: name what is needed there", bus_words[bus]);
			return true;
		}
	}
	return false;
}

bool ask_bus_abstract(const struct plan *plan, const char *name, struct arena *arena, struct verdict *v)
{
	for (enum bus bus = 0; bus < BUS_COUNT; bus++) {
		const char *socket = bus_abstract_name(plan, arena, bus);

		if (!socket || !streq(socket, name))
			continue;
		offer_bus(plan, bus, arena, v);
		return true;
	}
	return false;
}
