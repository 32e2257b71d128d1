/* SPDX-License-Identifier: MIT */
/*
 * What a word of [desktop] gives is asked for by that word: a line with the bare path would give a socket without its
 * variables, a display without its cookie, an agent that hands out keys.
 */
#include "plan/ask.h"

static const struct {
	enum key_id word;
	const char *text;
} prices[] = {
	{ KEY_desktop_x11, "; programs on one X server can read each other's keys, clipboard and windows" },
	{ KEY_desktop_ssh_agent, "; whoever may talk to the agent can log in wherever its keys open" },
	{ KEY_desktop_gpg_agent, "; whoever may talk to the agent can sign and decrypt with its keys" },
};

static const char *price_of(enum key_id word)
{
	for (size_t i = 0; i < ARRAY_SIZE(prices); i++)
		if (prices[i].word == word)
			return prices[i].text;
	return "";
}

/* A fallback is none where a compositor is given. */
static const char *value_for(const struct plan *plan, struct arena *arena, enum key_id word)
{
	return word == KEY_desktop_x11 && !service_inside(plan, arena, KEY_desktop_wayland) ? "fallback" : "yes";
}

bool ask_desktop(const struct plan *plan, const char *path, enum ask_for what, struct arena *arena, struct verdict *v)
{
	enum key_id word = service_giving(plan, arena, path, what == ASK_FOR_WRITE);

	if (word == KEY_COUNT)
		return false;
	const char *inside = service_inside(plan, arena, word), *value = value_for(plan, arena, word);
	const struct setting *s = profile_get(plan->profile, word);

	if (inside) {
		v->from = s->from;
		v->why_not = arena_printf(arena, "[desktop] %s has given it, at %s", keys[word].name, inside);
		return true;
	}
	/* It is said already, and another line hides it or it came later. */
	if (s->v.number && !(word == KEY_desktop_x11 && s->v.number == X11_FALLBACK && streq(value, "yes")))
		return false;
	v->text = arena_printf(arena, "%s: [desktop] %s gives it%s", v->text, keys[word].name, price_of(word));
	ask_change(arena, v, word, value, NULL);
	return true;
}
