/* SPDX-License-Identifier: MIT */
/* What is decided before the files: system calls, desktop services, and what the program asked for in vain. */
#include "learn/choose.h"

#include "base/path.h"
#include "plan/secrets.h"
#include "plan/syscall_groups.h"

const char learn_origin[] = "sbox learn";

enum { REFUSED_SHOWN = 64, CALLS_SHOWN = 12 };

void choice_add(struct arena *arena, struct choice *c, const char *section, const char *key, const char *value, bool off, const char *why)
{
	vec_each (line, &c->lines)
		if (streq(line->section, section) && streq(line->key, key) && streq(line->value, value))
			return;
	vec_push(arena, &c->lines,
		 (struct line){ .section = section, .key = key, .value = value, .off = off, .why = why });
}

/* ---- system calls: those beyond @base that were made ---- */

static bool has_windows(const struct choice *c)
{
	return streq(c->extends, "base-desktop");
}

static void choose_calls(const struct trace *t, struct arena *arena, struct choice *c)
{
	const char *names[GROUP_COUNT] = { 0 };
	size_t n[GROUP_COUNT] = { 0 };

	vec_each (r, &t->refused) {
		enum syscall_id call = streq(r->kind, "notified") ? call_find(r->call) : CALL_COUNT;

		if (call == CALL_COUNT)
			continue;
		enum syscall_group_id g = syscall_rows[call].group;
		if (n[g]++ < CALLS_SHOWN)
			names[g] = arena_printf(arena, "%s%s%s", names[g] ? names[g] : "", names[g] ? ", " : "", syscall_rows[call].name);
	}
	for (size_t g = 0; g < GROUP_COUNT; g++)
		/* base-desktop brings it */
		if (names[g] && !(g == GROUP_EXTRA && has_windows(c)))
			choice_add(arena, c, "seccomp", "allow", syscall_groups[g].name, false,
				   arena_printf(arena, "called: %s%s", names[g], n[g] > CALLS_SHOWN ? ", …" : ""));
}

/* ---- desktop: the word that gave what was used ---- */

/* The words of base-desktop, which come with it. */
static bool comes_with_windows(const char *key)
{
	static const char *const words[] = { "wayland", "fonts", "themes" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (streq(words[i], key))
			return true;
	return streq(key, "x11");
}

static bool is_display(const char *key)
{
	return streq(key, "wayland") || streq(key, "x11");
}

static void choose_desktop(const struct trace *t, const struct plan *plan, struct arena *arena, struct choice *c)
{
	struct choice words = { 0 };
	bool windows = false;

	vec_each (use, &t->uses) {
		const struct mount_entry *m = use->object[0] == '/' && use->did != DID_LOOK ? plan_entry_of(plan, use->object) : NULL;

		/* The socket of a display says more than a file that belongs to it. */
		if (!m || m->kind == MOUNT_PIN || m->kind == MOUNT_DIR || m->from.file != learn_origin || !m->from.key ||
		    key_find("desktop", m->from.key) == KEY_COUNT || strstr(m->from.key, "bus"))
			continue;
		windows |= is_display(m->from.key) && use->did == DID_CONNECT;
		choice_add(arena, &words, "desktop", m->from.key, "yes", false, arena_printf(arena, "used: %s", use->object));
	}
	if (windows)
		c->extends = "base-desktop";
	vec_each (line, &words.lines)
		if (!windows || !comes_with_windows(line->key))
			vec_push(arena, &c->lines, *line);
}

/* ---- refused ---- */

/* "[section] key = value" */
static bool line_split(struct arena *arena, const char *text, struct line *ret)
{
	const char *close = strchr(text, ']'), *equals = strstr(text, " = ");

	if (text[0] != '[' || !close || close[1] != ' ' || !equals || equals < close + 2)
		return false;
	*ret = (struct line){ .section = arena_strndup(arena, text + 1, (size_t)(close - text - 1)),
			      .key = arena_strndup(arena, close + 2, (size_t)(equals - close - 2)), .value = equals + 3, .off = true };
	return key_find(ret->section, ret->key) != KEY_COUNT;
}

/* What opens no more of the host than any program may have: a family of sockets that costs nothing. */
static bool is_harmless(const struct refused *r)
{
	for (size_t i = 0; i < FAMILY_COUNT; i++)
		if (streq(r->kind, "socket") && streq(socket_families[i].name, r->object))
			return !socket_families[i].lint;
	return false;
}

/* The secret itself, not the one file of it that was asked for: its name is all that a profile should remember. */
static const char *secret_of(const struct plan *plan, struct arena *arena, const char *path)
{
	const char *secret = NULL;

	for (; is_secret(plan, arena, path); path = path_parent(arena, path))
		secret = path;
	return secret;
}

static void refused_secret(const struct refused *r, const char *secret, const struct places *places, struct arena *arena, struct choice *c)
{
	const char *value = path_value(places, arena, secret);

	choice_add(arena, c, "files", "ro", value ? value : secret, true,
		   arena_printf(arena, "WARNING: a secret.  %s asked for it and found it hidden; only if this program is meant to have it",
				*r->command ? r->command : "the program"));
}

/* ---- buses ---- */

/* The word of [desktop] that stands for a name; NULL: the name itself is written. */
static const char *bus_word(const char *name)
{
	static const struct {
		const char *start, *word;
	} words[] = {
		{ "org.freedesktop.Notifications", "notifications" },    { "org.freedesktop.portal.IBus", "ime" },
		{ "org.freedesktop.portal.Fcitx", "ime" },               { "org.freedesktop.portal.", "portals" },
		{ "org.kde.StatusNotifierWatcher", "tray" },             { "org.mpris.MediaPlayer2.", "mpris" },
		{ "org.a11y.Bus", "a11y" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (skip_prefix(name, words[i].start))
			return words[i].word;
	return NULL;
}

/* Whoever talks to a service has what that does: nobody has decided that yet, and some rule the session. */
static void refused_name(const struct refused *r, struct arena *arena, struct choice *c)
{
	const char *word = bus_word(r->object), *who = *r->command ? r->command : "the program";

	if (key_find("desktop", r->call) == KEY_COUNT)
		return;
	if (r->why_not)
		choice_add(arena, c, "desktop", r->call, r->object, true, arena_printf(arena, "WARNING: %s.  Asked for by %s", r->why_not, who));
	else
		choice_add(arena, c, "desktop", word ? word : r->call, word ? "yes" : r->object, true,
			   arena_printf(arena, "%s asked for %s on the bus", who, r->object));
}

static void refused_add(const struct refused *r, const struct plan *plan, const struct places *places, struct arena *arena, struct choice *c)
{
	enum syscall_id call = streq(r->kind, "syscall") ? call_find(r->call) : CALL_COUNT;
	bool harmless = is_harmless(r);
	const char *secret = r->object[0] == '/' ? secret_of(plan, arena, r->object) : NULL;
	struct line line;

	/* What a program with windows must not have, or it draws nothing; all of them go on without. */
	if (call != CALL_COUNT && syscall_rows[call].group == GROUP_IPC && has_windows(c))
		return;
	if (streq(r->kind, "dbus")) {
		refused_name(r, arena, c);
		return;
	}
	if (secret) {
		refused_secret(r, secret, places, arena, c);
		return;
	}
	vec_each (text, &r->change)
		if (line_split(arena, *text, &line))
			choice_add(arena, c, line.section, line.key, line.value, !harmless,
				   arena_printf(arena, "%s (%s: %s%s%s)", harmless ? "was asked for" : "asked for, and not given while learning", *r->command ? r->command : "?",
						r->call, *r->object ? " " : "", r->object));
}

static void choose_refused(const struct trace *t, const struct plan *plan, const struct places *places, struct arena *arena, struct choice *c)
{
	size_t n = 0;

	vec_each (r, &t->refused)
		if (!streq(r->kind, "notified") && !r->fallback && n++ < REFUSED_SHOWN)
			refused_add(r, plan, places, arena, c);
}

void choose(const struct trace *trace, const struct plan *plan, const struct places *places, struct arena *arena, struct choice *ret)
{
	*ret = (struct choice){ .extends = "base" };
	choose_network(trace, plan_pasta(places->host, arena) != NULL, plan->landlock.supervisor_net != 0, arena, ret);
	choose_desktop(trace, plan, arena, ret);
	choose_calls(trace, arena, ret);
	choose_refused(trace, plan, places, arena, ret);
}

void choice_extend(struct arena *arena, struct choice *c)
{
	choice_add(arena, c, "profile", "extends", c->extends, false, "it has windows");
}
