/* SPDX-License-Identifier: MIT */
/*
 * The session bus, the system bus and that of assistive technologies, through xdg-dbus-proxy alone: which names of them a
 * program may talk to, own or see.  A bus that no line speaks about is not there.
 */
#include <errno.h>

#include "base/path.h"
#include "plan/ask.h"
#include "plan/items.h"

/* Found here and nowhere else, so that no variable of the caller's chooses what runs outside. */
static const char *const proxy_paths[] = { "/usr/bin/xdg-dbus-proxy", "/usr/local/bin/xdg-dbus-proxy" };

static const struct {
	const char *variable, *usual; /* @usual: below the runtime directory, or absolute */
	const char *inside;           /* the same */
	bool set;                     /* the variable is set inside: nobody looks there without */
} buses[BUS_COUNT] = {
	[BUS_SESSION] = { "DBUS_SESSION_BUS_ADDRESS", "bus", "bus", true },
	[BUS_SYSTEM] = { "DBUS_SYSTEM_BUS_ADDRESS", "/run/dbus/system_bus_socket", "/run/dbus/system_bus_socket", false },
	/* Programs would ask the session bus for its address; the variable comes first. */
	[BUS_A11Y] = { "AT_SPI_BUS_ADDRESS", "at-spi/bus", "at-spi/bus", true },
};

/* ---- rules: words and keys ---- */

const char *const bus_right_words[] = { [BUS_SEE] = "see", [BUS_CALL] = "call", [BUS_TALK] = "talk", [BUS_OWN] = "own" };

#define REGISTRY_CALL(what) "--call=org.a11y.atspi.Registry=org.a11y.atspi." what

static const struct word_rule {
	enum key_id key;
	enum bus bus;
	const char *rule;
} word_rules[] = {
	{ KEY_desktop_notifications, BUS_SESSION, "--talk=org.freedesktop.Notifications" },
	{ KEY_desktop_portals, BUS_SESSION, "--talk=org.freedesktop.portal.Desktop" },
	{ KEY_desktop_portals, BUS_SESSION, "--talk=org.freedesktop.portal.Documents" },
	/* The portals of the input methods: their own services take more than text. */
	{ KEY_desktop_ime, BUS_SESSION, "--talk=org.freedesktop.portal.IBus" },
	{ KEY_desktop_ime, BUS_SESSION, "--talk=org.freedesktop.portal.IBus.*" },
	{ KEY_desktop_ime, BUS_SESSION, "--talk=org.freedesktop.portal.Fcitx" },
	{ KEY_desktop_ime, BUS_SESSION, "--talk=org.freedesktop.portal.Fcitx.*" },
	{ KEY_desktop_mpris, BUS_SESSION, "--own=org.mpris.MediaPlayer2.*" },
	{ KEY_desktop_tray, BUS_SESSION, "--talk=org.kde.StatusNotifierWatcher" },
	/*
	 * A program shows itself to a screen reader, which calls it by the connection's own name, and passes its keys on.  Not:
	 * to talk to other programs there, which could be remote-controlled, or to have their keys reported.
	 */
	{ KEY_desktop_a11y, BUS_A11Y, "--sloppy-names" },
	{ KEY_desktop_a11y, BUS_A11Y, REGISTRY_CALL("Socket.Embed@/org/a11y/atspi/accessible/root") },
	{ KEY_desktop_a11y, BUS_A11Y, REGISTRY_CALL("Socket.Unembed@/org/a11y/atspi/accessible/root") },
	{ KEY_desktop_a11y, BUS_A11Y, REGISTRY_CALL("Registry.GetRegisteredEvents@/org/a11y/atspi/registry") },
	{ KEY_desktop_a11y, BUS_A11Y,
	  REGISTRY_CALL("DeviceEventController.GetKeystrokeListeners@/org/a11y/atspi/registry/deviceeventcontroller") },
	{ KEY_desktop_a11y, BUS_A11Y,
	  REGISTRY_CALL("DeviceEventController.GetDeviceEventListeners@/org/a11y/atspi/registry/deviceeventcontroller") },
	{ KEY_desktop_a11y, BUS_A11Y,
	  REGISTRY_CALL("DeviceEventController.NotifyListenersSync@/org/a11y/atspi/registry/deviceeventcontroller") },
	{ KEY_desktop_a11y, BUS_A11Y,
	  REGISTRY_CALL("DeviceEventController.NotifyListenersAsync@/org/a11y/atspi/registry/deviceeventcontroller") },
};

static const struct key_rule {
	enum key_id key;
	enum bus bus;
	enum bus_right right;
} key_rules[] = {
	{ KEY_desktop_dbus_talk, BUS_SESSION, BUS_TALK },
	{ KEY_desktop_dbus_own, BUS_SESSION, BUS_OWN },
	{ KEY_desktop_dbus_see, BUS_SESSION, BUS_SEE },
	{ KEY_desktop_system_bus_talk, BUS_SYSTEM, BUS_TALK },
};

enum key_id bus_key(enum bus bus, enum bus_right right)
{
	for (size_t i = 0; i < ARRAY_SIZE(key_rules); i++)
		if (key_rules[i].bus == bus && key_rules[i].right == right)
			return key_rules[i].key;
	return KEY_COUNT;
}

/* A well-known name, or one and all below it: two elements at least, so that no rule means everybody. */
bool bus_name_is_valid(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-", digits[] = "0123456789";
	size_t elements = 0;

	if (strlen(name) > 255)
		return false;
	for (;;) {
		size_t n = strspn(name, letters);

		if (!n)
			return elements >= 2 && streq(name, "*");
		while (name[n] && (strchr(letters, name[n]) || strchr(digits, name[n])))
			n++;
		elements++;
		if (!name[n])
			return elements >= 2;
		if (name[n] != '.')
			return false;
		name += n + 1;
	}
}

/* "--talk=NAME", "--call=NAME=WHAT", "--sloppy-names". */
static void add_rule(struct items *it, enum bus bus, const char *rule, const struct setting *s)
{
	struct plan_bus_rule made = { .option = rule, .from = s->from };
	struct plan_bus *b = &it->plan->bus[bus];

	if (!b->rules.n)
		b->from = s->from;
	it->plan->proxy.asked |= s->user;
	for (enum bus_right i = 0; i < BUS_RIGHT_COUNT; i++) {
		const char *name = skip_prefix(rule + strlen("--"), bus_right_words[i]);

		if (!name || *name != '=')
			continue;
		made.right = i;
		made.name = arena_strndup(it->arena, name + 1, strcspn(name + 1, "="));
	}
	vec_push(it->arena, &b->rules, made);
}

static void take_rules(struct items *it)
{
	const struct profile *p = it->plan->profile;

	for (size_t i = 0; i < ARRAY_SIZE(word_rules); i++)
		if (profile_number(p, word_rules[i].key))
			add_rule(it, word_rules[i].bus, word_rules[i].rule, profile_get(p, word_rules[i].key));
	for (size_t i = 0; i < ARRAY_SIZE(key_rules); i++)
		vec_each (s, profile_list(p, key_rules[i].key)) {
			if (bus_name_is_valid(s->v.text)) {
				add_rule(it, key_rules[i].bus, arena_printf(it->arena, "--%s=%s", bus_right_words[key_rules[i].right], s->v.text), s);
				continue;
			}
			err_add(it->err, s->from, "not a name of a bus: %s", s->v.text);
			err_remedy(it->err, "a name such as org.example.App, or org.example.App.* for it and all below it");
		}
}

/* ---- where the bus is ---- */

/* The path of an address "unix:path=…", or NULL. */
static const char *said_socket(struct arena *arena, const char *said)
{
	const char *path = skip_prefix(said, "unix:path=");

	if (path)
		path = arena_strndup(arena, path, strcspn(path, ",;"));
	return path && path[0] == '/' && !strchr(path, '%') ? path_normalize(arena, path) : NULL;
}

const char *bus_abstract_name(const struct plan *plan, struct arena *arena, enum bus which)
{
	const char *said = caller_env(plan->caller, buses[which].variable), *name = said ? skip_prefix(said, "unix:abstract=") : NULL;

	return name ? arena_strndup(arena, name, strcspn(name, ",;")) : NULL;
}

/* Where the bus listens when no variable says so; NULL: nowhere. */
static const char *usual_socket(const struct plan *plan, struct host *host, struct arena *arena, enum bus which)
{
	const char *runtime = plan->caller->runtime_dir, *usual = buses[which].usual;

	if (usual[0] == '/')
		return usual;
	if (!runtime)
		return NULL;
	const char *path = path_join(arena, runtime, usual), *display = caller_env(plan->caller, "DISPLAY");
	/* at-spi-bus-launcher makes one for each X display: "bus_0". */
	if (which == BUS_A11Y && display && display[0] == ':') {
		const char *of_display = arena_printf(arena, "%s_%.*s", path, (int)strspn(display + 1, "0123456789"), display + 1);

		if (host->node(host, of_display)->kind == NODE_SOCKET)
			return of_display;
	}
	return path;
}

void bus_socket_paths(const struct plan *plan, struct host *host, struct arena *arena, enum bus which, const char *ret[2])
{
	const char *said = caller_env(plan->caller, buses[which].variable);

	ret[0] = said ? said_socket(arena, said) : NULL;
	ret[1] = usual_socket(plan, host, arena, which);
}

/* An abstract name belongs to the host's network, and no mount covers it. */
static void abstract_bus(struct items *it, const struct plan_bus *b, enum bus which)
{
	if (it->plan->net != NET_HOST || plan_scopes_abstract(it->plan, it->host))
		return;
	err_warn(it->err, b->from, "%s is an abstract socket, which is reached past the proxy: the network is the host's, and "
		 "nothing here cuts abstract sockets off", buses[which].variable);
	err_remedy(it->err, "a network of its own (--net=user, --net=none); or scope = abstract-unix, from Linux 6.12 on");
}

/*
 * The address as the proxy takes it, and its socket when that is a file.  "unix:path=…" and "unix:abstract=…" are a bus of this
 * machine; anything else would be a program to start or a connection over the network.
 */
static bool find_bus(struct items *it, enum bus which)
{
	struct plan_bus *b = &it->plan->bus[which];
	const char *said = caller_env(it->plan->caller, buses[which].variable);
	struct resolved r;

	if (said && *said && !skip_prefix(said, "unix:path=")) {
		b->address = skip_prefix(said, "unix:abstract=") && !strchr(said, ';') ? said : NULL;
		if (!b->address)
			item_remark(it, b->from, "%s is %s, which is no bus of this machine: none is given", buses[which].variable, said);
		else
			abstract_bus(it, b, which);
		return b->address != NULL;
	}
	const char *path = said && *said ? said_socket(it->arena, said) : usual_socket(it->plan, it->host, it->arena, which);
	if (!path) {
		item_remark(it, b->from, said ? "%s names no socket: no bus is given" : "%s is not set: no bus is given",
			    said ? buses[which].variable : "XDG_RUNTIME_DIR");
		return false;
	}
	if (item_source(it, path, b->from, true, false, &r))
		return false;
	if (r.node->kind != NODE_SOCKET || strpbrk(r.path, ",;%")) {
		item_remark(it, b->from, "%s is no socket: no bus is given", r.path);
		return false;
	}
	b->socket = r.path;
	b->address = arena_printf(it->arena, "unix:path=%s", r.path);
	return true;
}

static const char *find_proxy(struct items *it)
{
	struct resolved r;

	for (size_t i = 0; i < ARRAY_SIZE(proxy_paths); i++)
		if (host_resolve(it->host, it->arena, proxy_paths[i], &r) == 0 && r.node->kind == NODE_FILE)
			return proxy_paths[i];
	return NULL;
}

static void give_bus(struct items *it, enum bus which)
{
	struct plan_bus *b = &it->plan->bus[which];
	const char *inside = buses[which].inside;

	if (inside[0] != '/')
		inside = path_join(it->arena, service_dir(it->plan), inside);
	b->wanted = true;
	item_add(it, (struct item){ .kind = MOUNT_SOCKET, .path = inside, .size = which, .from = b->from,
				    .note = "xdg-dbus-proxy, with the rules of [bus]" });
	if (buses[which].set)
		service_env(it->plan, buses[which].variable, arena_printf(it->arena, "unix:path=%s", inside), b->from);
}

void items_bus(struct items *it)
{
	struct plan *plan = it->plan;
	enum bus first = 0;

	take_rules(it);
	while (first < BUS_COUNT && !plan->bus[first].rules.n)
		first++;
	if (first == BUS_COUNT)
		return;
	const struct origin from = plan->bus[first].from;
	plan->proxy.program = find_proxy(it);
	if (!plan->proxy.program) {
		static const char missing[] = "no bus is given: xdg-dbus-proxy, which filters it, is not installed";

		/* A shipped profile asks for what most machines have: no word about it at each launch. */
		if (!plan->proxy.asked) {
			item_remark(it, from, "%s", missing);
			return;
		}
		err_warn(it->err, from, "%s", missing);
		err_remedy(it->err, "apt-get install xdg-dbus-proxy (Fedora, Arch and Alpine call it so too)");
		return;
	}
	if (!plan->registry.dir) {
		item_remark(it, from, "no runtime directory of the user's: no bus is given");
		return;
	}
	for (enum bus i = 0; i < BUS_COUNT; i++)
		if (plan->bus[i].rules.n && find_bus(it, i)) {
			give_bus(it, i);
			plan->proxy.wanted = true;
		}
	if (plan->proxy.wanted) {
		plan->handshake = true;
		plan->proxy.dir = items_socket_dir(it, from);
		plan_proxy(plan, it->host);
		const struct setting *portals = profile_get(plan->profile, KEY_desktop_portals);
		if (portals->v.number && plan->bus[BUS_SESSION].wanted)
			items_portal(it, portals->from);
	}
}
