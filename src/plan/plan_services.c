/* SPDX-License-Identifier: MIT */
/*
 * The words of [desktop].  Each is a few files, sockets, devices and variables, as ordinary items with the line that asked
 * for them; what this machine lacks is left out, and explain says so.
 */
#include <errno.h>
#include <fnmatch.h>

#include "base/path.h"
#include "plan/ask.h"
#include "plan/items.h"

/* ---- what a word gives: tables ---- */

/* A path starts with "/", "~/", or one of the caller's directories. */
enum gives {
	GIVES_RO,   /* a file or directory; the last component may be a pattern */
	GIVES_DEV,  /* the same, and devices in it work */
	GIVES_PASS, /* a variable of the caller's */
	GIVES_SET,  /* a variable with this value */
};

static const struct gift {
	enum key_id key;
	enum gives gives;
	const char *what;
	const char *value; /* GIVES_SET */
} gifts[] = {
	/* Whatever the session is: this is what the program has (Chromium 140 goes by it). */
	{ KEY_desktop_wayland, GIVES_SET, "XDG_SESSION_TYPE", "wayland" },
	{ KEY_desktop_wayland, GIVES_PASS, "XDG_CURRENT_DESKTOP", NULL },
	{ KEY_desktop_wayland, GIVES_PASS, "MOZ_ENABLE_WAYLAND", NULL },
	/* By these the window tells the menu that it is there; without, the busy pointer stays, and the window may not get the focus. */
	{ KEY_desktop_wayland, GIVES_PASS, "XDG_ACTIVATION_TOKEN", NULL },
	{ KEY_desktop_wayland, GIVES_PASS, "DESKTOP_STARTUP_ID", NULL },
	{ KEY_desktop_x11, GIVES_PASS, "DESKTOP_STARTUP_ID", NULL },
	/* Settings of GTK programs in a file of their home; dconf's service would write them outside. */
	{ KEY_desktop_wayland, GIVES_SET, "GSETTINGS_BACKEND", "keyfile" },
	{ KEY_desktop_x11, GIVES_PASS, "XDG_CURRENT_DESKTOP", NULL },
	{ KEY_desktop_x11, GIVES_SET, "GSETTINGS_BACKEND", "keyfile" },

	{ KEY_desktop_gpu, GIVES_DEV, "/dev/dri", NULL },
	{ KEY_desktop_gpu, GIVES_DEV, "/dev/nvidia*", NULL },
	{ KEY_desktop_gpu, GIVES_DEV, "/dev/nvidia-caps", NULL },
	/* Mesa and libdrm learn from these which driver a node belongs to. */
	{ KEY_desktop_gpu, GIVES_RO, "/sys/dev/char", NULL },
	{ KEY_desktop_gpu, GIVES_RO, "/sys/class/drm", NULL },
	{ KEY_desktop_gpu, GIVES_RO, "/sys/devices/pci*", NULL },
	{ KEY_desktop_gpu, GIVES_RO, "/etc/vulkan", NULL },
	{ KEY_desktop_gpu, GIVES_RO, "/etc/OpenCL", NULL },

	{ KEY_desktop_camera, GIVES_DEV, "/dev/video*", NULL },
	{ KEY_desktop_camera, GIVES_DEV, "/dev/media*", NULL },
	{ KEY_desktop_camera, GIVES_RO, "/sys/class/video4linux", NULL },
	{ KEY_desktop_camera, GIVES_RO, "/sys/devices/pci*", NULL },

	/* Which of the nodes can be opened is the host's decision: those of the seat, and no keyboard. */
	{ KEY_desktop_input, GIVES_DEV, "/dev/input", NULL },
	{ KEY_desktop_input, GIVES_RO, "/run/udev/data", NULL },
	{ KEY_desktop_input, GIVES_RO, "/sys/class/input", NULL },
	{ KEY_desktop_input, GIVES_RO, "/sys/devices/pci*", NULL },

	{ KEY_desktop_u2f, GIVES_DEV, "/dev/hidraw*", NULL },
	{ KEY_desktop_u2f, GIVES_RO, "/sys/class/hidraw", NULL },
	{ KEY_desktop_u2f, GIVES_RO, "/sys/devices/pci*", NULL },
	{ KEY_desktop_u2f, GIVES_RO, "/run/udev/data", NULL },

	{ KEY_desktop_fonts, GIVES_RO, "~/.fonts", NULL },
	{ KEY_desktop_fonts, GIVES_RO, "$DATA/fonts", NULL },
	{ KEY_desktop_fonts, GIVES_RO, "$CONFIG/fontconfig", NULL },
	{ KEY_desktop_fonts, GIVES_RO, "$CACHE/fontconfig", NULL },
	{ KEY_desktop_fonts, GIVES_RO, "/var/cache/fontconfig", NULL },

	{ KEY_desktop_themes, GIVES_RO, "~/.themes", NULL },
	{ KEY_desktop_themes, GIVES_RO, "~/.icons", NULL },
	{ KEY_desktop_themes, GIVES_RO, "$DATA/themes", NULL },
	{ KEY_desktop_themes, GIVES_RO, "$DATA/icons", NULL },
	/* Not the whole directory: the bookmarks of the file chooser are in it. */
	{ KEY_desktop_themes, GIVES_RO, "$CONFIG/gtk-3.0/settings.ini", NULL },
	{ KEY_desktop_themes, GIVES_RO, "$CONFIG/gtk-3.0/gtk.css", NULL },
	{ KEY_desktop_themes, GIVES_RO, "$CONFIG/gtk-4.0/settings.ini", NULL },
	{ KEY_desktop_themes, GIVES_RO, "$CONFIG/gtk-4.0/gtk.css", NULL },
	{ KEY_desktop_themes, GIVES_RO, "$CONFIG/kdeglobals", NULL },
	{ KEY_desktop_themes, GIVES_RO, "$CONFIG/Kvantum", NULL },
	{ KEY_desktop_themes, GIVES_RO, "$CONFIG/qt5ct", NULL },
	{ KEY_desktop_themes, GIVES_RO, "$CONFIG/qt6ct", NULL },
	{ KEY_desktop_themes, GIVES_RO, "/etc/gtk-3.0", NULL },
	{ KEY_desktop_themes, GIVES_RO, "/etc/gtk-4.0", NULL },
	{ KEY_desktop_themes, GIVES_PASS, "GTK_THEME", NULL },
	{ KEY_desktop_themes, GIVES_PASS, "QT_STYLE_OVERRIDE", NULL },
	{ KEY_desktop_themes, GIVES_PASS, "QT_QPA_PLATFORMTHEME", NULL },
	{ KEY_desktop_themes, GIVES_PASS, "XCURSOR_THEME", NULL },
	{ KEY_desktop_themes, GIVES_PASS, "XCURSOR_SIZE", NULL },

	{ KEY_desktop_dconf, GIVES_RO, "$CONFIG/dconf", NULL },
	{ KEY_desktop_dconf, GIVES_RO, "/etc/dconf", NULL },
	{ KEY_desktop_dconf, GIVES_SET, "GSETTINGS_BACKEND", "dconf" },

	{ KEY_desktop_portals, GIVES_SET, "GTK_USE_PORTAL", "1" },
	{ KEY_desktop_ime, GIVES_PASS, "GTK_IM_MODULE", NULL },
	{ KEY_desktop_ime, GIVES_PASS, "QT_IM_MODULE", NULL },
	{ KEY_desktop_ime, GIVES_PASS, "XMODIFIERS", NULL },
	{ KEY_desktop_ime, GIVES_SET, "IBUS_USE_PORTAL", "1" },
};

/* A socket of a service: where the caller's environment says it is, else at its usual place. */
static const struct endpoint {
	enum key_id key;
	const char *variable; /* or NULL */
	const char *usual;    /* below the runtime directory, or absolute; NULL: only where the variable says */
	const char *inside;   /* the same */
	const char *value;    /* of the variable inside; "%" is the path */
} endpoints[] = {
	{ KEY_desktop_wayland, "WAYLAND_DISPLAY", "wayland-0", "wayland-0", "wayland-0" },
	{ KEY_desktop_pulseaudio, "PULSE_SERVER", "pulse/native", "pulse/native", "unix:%" },
	{ KEY_desktop_pipewire, "PIPEWIRE_REMOTE", "pipewire-0", "pipewire-0", "pipewire-0" },
	{ KEY_desktop_cups, "CUPS_SERVER", "/run/cups/cups.sock", "/run/cups/cups.sock", "%" },
	{ KEY_desktop_ssh_agent, "SSH_AUTH_SOCK", NULL, "ssh-agent", "%" },
	/* The agent's restricted socket, which neither lists nor exports secret keys, in the place of the other one. */
	{ KEY_desktop_gpg_agent, NULL, "gnupg/S.gpg-agent.extra", "gnupg/S.gpg-agent", NULL },
};

/* ---- names ---- */

const char *service_dir(const struct plan *plan)
{
	const char *dir = plan->caller->runtime_dir;

	return dir ? dir : arena_printf(plan->arena, "/run/user/%u", plan->ids.inner_uid);
}

/*
 * An id has at least two dots, and elements of letters, digits, "_" and "-" that do not begin with a digit; 255 characters at
 * most.
 */
const char *service_app_id(const struct plan *plan)
{
	const char *name = plan->profile->name;
	char *id = arena_printf(plan->arena, "sbox.profile.%s%.200s", name[0] >= '0' && name[0] <= '9' ? "_" : "", name);

	for (char *c = id + strlen("sbox.profile."); *c; c++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", *c))
			*c = '_';
	return id;
}

const char *items_socket_dir(struct items *it, struct origin from)
{
	const char *dir = path_join(it->arena, it->plan->registry.dir, ".sockets");

	vec_each (d, &it->plan->own_dirs)
		if (streq(d->path, dir))
			return dir;
	vec_push(it->arena, &it->plan->own_dirs, (struct plan_dir){ .path = dir, .from = from });
	return dir;
}

void service_env(struct plan *plan, const char *name, const char *value, struct origin from)
{
	vec_push(plan->arena, &plan->service_env, (struct plan_env){ .name = name, .value = value, .from = from });
}

static const char *gift_path(const struct caller *c, struct arena *arena, const char *what)
{
	const struct {
		const char *prefix, *dir;
	} dirs[] = { { "~/", c->home }, { "$CONFIG/", c->config_dir }, { "$DATA/", c->data_dir }, { "$CACHE/", c->cache_dir } };

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		const char *rest = skip_prefix(what, dirs[i].prefix);

		if (rest)
			return path_join(arena, dirs[i].dir, rest);
	}
	return what;
}

/* ---- the walk ---- */

static void give_path(struct items *it, const char *path, bool devices, struct origin from)
{
	struct resolved r;

	if (item_source(it, path, from, true, false, &r))
		return;
	bool node = r.node->kind == NODE_CHAR || r.node->kind == NODE_BLOCK;
	if (node && !devices)
		return;
	item_add(it, (struct item){ .kind = node ? MOUNT_DEVICE : MOUNT_BIND, .path = path, .source = r.path, .node = r.node,
				    .devices = devices, .optional = true, .is_dir = r.node->kind == NODE_DIR, .from = from });
}

static void give_pattern(struct items *it, const char *pattern, bool devices, struct origin from)
{
	const char *dir = path_parent(it->arena, pattern);
	name_list hits = { 0 };

	(void)it->host->names(it->host, dir, path_name(pattern), &hits);
	if (!hits.n)
		item_remark(it, from, "%s is not there: skipped", pattern);
	vec_each (name, &hits)
		give_path(it, path_join(it->arena, dir, *name), devices, from);
}

static void give(struct items *it, const struct gift *g, struct origin from)
{
	const char *value = g->gives == GIVES_PASS ? caller_env(it->plan->caller, g->what) : g->value;
	const char *path = gift_path(it->plan->caller, it->arena, g->what);

	if (g->gives == GIVES_PASS || g->gives == GIVES_SET) {
		if (value)
			service_env(it->plan, g->what, value, from);
		return;
	}
	if (strchr(path_name(path), '*'))
		give_pattern(it, path, g->gives == GIVES_DEV, from);
	else
		give_path(it, path, g->gives == GIVES_DEV, from);
}

static const char *in_runtime_dir(struct arena *arena, const char *dir, const char *path)
{
	return path[0] == '/' || !dir ? path : path_join(arena, dir, path);
}

/* Where the environment says that it is, else its usual place; NULL: neither. */
static const char *endpoint_said(const struct caller *c, const struct endpoint *e)
{
	const char *said = e->variable ? caller_env(c, e->variable) : NULL;

	if (said && skip_prefix(said, "unix:"))
		said += strlen("unix:");
	return said && *said ? said : e->usual;
}

/* Where the socket is outside; NULL, with a remark, when that is no path of this machine. */
static const char *endpoint_source(struct items *it, const struct endpoint *e, struct origin from)
{
	const struct caller *c = it->plan->caller;
	const char *said = endpoint_said(c, e);

	if (!said) {
		item_remark(it, from, "%s is not set: nothing is given", e->variable);
		return NULL;
	}
	if (strchr(said, ':') || (said[0] != '/' && !c->runtime_dir)) {
		item_remark(it, from, strchr(said, ':') ? "%s is no socket of this machine: not given" :
							  "%s would be in XDG_RUNTIME_DIR, which is not set: not given", said);
		return NULL;
	}
	return path_normalize(it->arena, in_runtime_dir(it->arena, c->runtime_dir, said));
}

static bool give_endpoint(struct items *it, const struct endpoint *e, struct origin from)
{
	const char *source = endpoint_source(it, e, from);
	const char *inside = in_runtime_dir(it->arena, service_dir(it->plan), e->inside);
	struct resolved r;

	if (!source || item_source(it, source, from, true, false, &r))
		return false;
	if (r.node->kind != NODE_SOCKET) {
		item_remark(it, from, "%s is no socket: skipped", source);
		return false;
	}
	struct item item = { .kind = MOUNT_BIND, .path = inside, .source = r.path, .node = r.node, .optional = true, .from = from };
	if (e->key == KEY_desktop_wayland && !items_wayland(it, r.path, from, &item))
		return false;
	item_add(it, item);
	if (!e->value)
		return true;
	const char *percent = strchr(e->value, '%');
	service_env(it->plan, e->variable,
		    percent ? arena_printf(it->arena, "%.*s%s", (int)(percent - e->value), e->value, inside) : e->value, from);
	return true;
}

/* What hangs on the key alone. */
static void give_all(struct items *it, enum key_id key, struct origin from)
{
	for (size_t i = 0; i < ARRAY_SIZE(gifts); i++)
		if (gifts[i].key == key)
			give(it, &gifts[i], from);
}

/* Return: the word's socket is there, or it has none. */
static bool give_word(struct items *it, enum key_id key)
{
	const struct setting *s = profile_get(it->plan->profile, key);
	bool given = true;

	if (!s->v.number)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(endpoints); i++)
		if (endpoints[i].key == key)
			given = give_endpoint(it, &endpoints[i], s->from);
	if (given)
		give_all(it, key, s->from);
	return given;
}

/* Return: an X server is given. */
static bool give_x11(struct items *it, bool wayland)
{
	const struct setting *s = profile_get(it->plan->profile, KEY_desktop_x11);

	if (s->v.number == X11_NO)
		return false;
	if (s->v.number == X11_FALLBACK && wayland) {
		item_remark(it, s->from, "there is a Wayland compositor: no X server is given");
		return false;
	}
	if (!items_x11(it, s->from))
		return false;
	give_all(it, KEY_desktop_x11, s->from);
	item_remark(it, s->from, "programs on one X server can read each other's keys, clipboard and windows");
	return true;
}

void items_services(struct items *it)
{
	static const enum key_id words[] = {
		KEY_desktop_pulseaudio, KEY_desktop_pipewire, KEY_desktop_gpu,   KEY_desktop_camera, KEY_desktop_input,
		KEY_desktop_u2f,        KEY_desktop_fonts,    KEY_desktop_themes, KEY_desktop_dconf, KEY_desktop_cups,
		KEY_desktop_ssh_agent,  KEY_desktop_gpg_agent, KEY_desktop_portals, KEY_desktop_ime,
	};

	const bool wayland = give_word(it, KEY_desktop_wayland), x11 = give_x11(it, wayland);

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		(void)give_word(it, words[i]);
	items_bus(it);
	/* Toolkits look for the accessibility bus at their start, and warn when they find none. */
	if ((wayland || x11) && !it->plan->bus[BUS_A11Y].wanted)
		service_env(it->plan, "NO_AT_BRIDGE", "1", profile_get(it->plan->profile, wayland ? KEY_desktop_wayland : KEY_desktop_x11)->from);
}

/* ---- the other way round: which word gives this? ---- */

static bool endpoint_at(const struct plan *plan, struct arena *arena, const struct endpoint *e, const char *path)
{
	const char *said = endpoint_said(plan->caller, e), *inside = in_runtime_dir(arena, service_dir(plan), e->inside);
	const char *dir = strchr(e->inside, '/') ? path_parent(arena, inside) : NULL;

	if (said)
		said = in_runtime_dir(arena, plan->caller->runtime_dir, said);
	return streq(path, inside) || (dir && streq(path, dir)) || (said && said[0] == '/' && streq(path, path_normalize(arena, said)));
}

/* At @what or below it; its last component may be a pattern. */
static bool gift_at(const struct plan *plan, struct arena *arena, const struct gift *g, const char *path)
{
	const char *what = gift_path(plan->caller, arena, g->what);
	const char *rest = path_below(path, strchr(what, '*') ? path_parent(arena, what) : what);

	return rest && (!strchr(what, '*') || fnmatch(path_name(what), arena_strndup(arena, rest, strcspn(rest, "/")), FNM_PERIOD) == 0);
}

enum key_id service_giving(const struct plan *plan, struct arena *arena, const char *path, bool writing)
{
	enum key_id word = x11_gives(plan, arena, path) ? KEY_desktop_x11 : KEY_COUNT;

	for (size_t i = 0; i < ARRAY_SIZE(endpoints) && word == KEY_COUNT; i++)
		if (endpoint_at(plan, arena, &endpoints[i], path))
			word = endpoints[i].key;
	for (size_t i = 0; i < ARRAY_SIZE(gifts); i++) {
		const struct gift *g = &gifts[i];

		if ((g->gives != GIVES_DEV && (g->gives != GIVES_RO || writing)) || !gift_at(plan, arena, g, path))
			continue;
		/* What several words give, as the descriptions of all devices, tells none of them. */
		if (word != KEY_COUNT && word != g->key)
			return KEY_COUNT;
		word = g->key;
	}
	return word;
}

const char *service_inside(const struct plan *plan, struct arena *arena, enum key_id word)
{
	for (size_t i = 0; i < ARRAY_SIZE(endpoints); i++) {
		const char *inside = in_runtime_dir(arena, service_dir(plan), endpoints[i].inside);

		if (endpoints[i].key == word && streq(plan_entry_of(plan, inside)->target, inside))
			return inside;
	}
	return word == KEY_desktop_x11 ? x11_inside(plan, arena) : NULL;
}
