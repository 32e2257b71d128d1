/* SPDX-License-Identifier: MIT */
/* `interface`: what the host has there.  pasta uses it for a family when that has a default route by it. */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>

#include "base/str.h"
#include "plan/plan.h"
#include "profile/profile.h"

enum { WORDS_MAX = 12, REJECTS = 0x0200 /* RTF_REJECT */ };

/** struct table - a file below /proc/net: which of its lines are about an interface and count */
struct table {
	const char *path;
	size_t name; /* which word of a line is the interface */
	bool (*counts)(char **words);
};

static bool default4(char **words)
{
	return strspn(words[1], "0") == 8 && strspn(words[7], "0") == 8;
}

static bool default6(char **words)
{
	return streq(words[1], "00") && !(strtoul(words[8], NULL, 16) & REJECTS);
}

static bool is_global(char **words)
{
	return streq(words[3], "00");
}

static const struct table routes4 = { "/proc/net/route", 0, default4 }, routes6 = { "/proc/net/ipv6_route", 9, default6 },
			  addresses6 = { "/proc/net/if_inet6", 5, is_global };

static bool has(const struct table *t, struct host *host, struct arena *arena, const char *name)
{
	const char *text = host->text(host, t->path);
	char *lines = arena_strdup(arena, text ? text : "");

	for (char *line; (line = strsep(&lines, "\n"));) {
		char *words[WORDS_MAX] = { NULL };
		size_t n = 0;

		while (n < WORDS_MAX && (words[n] = next_word(&line)))
			n++;
		/* A heading has other words, and no line has fewer. */
		if (n > t->name && n > 5 && streq(words[t->name], name) && (t->name || n > 7) && t->counts(words))
			return true;
	}
	return false;
}

static bool exists(struct host *host, struct arena *arena, const char *name)
{
	const char *text = host->text(host, "/proc/net/dev");
	char *lines = arena_strdup(arena, text ? text : "");

	for (char *line; (line = strsep(&lines, "\n"));) {
		line += strspn(line, " ");
		if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':')
			return true;
	}
	return false;
}

int plan_interface(struct plan *plan, struct host *host, const struct setting *s, struct err *err)
{
	struct plan_network *net = &plan->network;
	const char *name = s->v.text;

	if (!exists(host, plan->arena, name)) {
		err_add(err, s->from, "the host has no interface %s", name);
		err_remedy(err, "see ip link");
		return -ENODEV;
	}
	net->interface = name;
	net->via4 = has(&routes4, host, plan->arena, name);
	net->via6 = has(&routes6, host, plan->arena, name) && has(&addresses6, host, plan->arena, name);
	if (!net->via4 && !net->via6) {
		err_add(err, s->from, "no default route of the host leads by %s", name);
		err_remedy(err, "give it one, with a higher metric than that of the usual way: ip route add default via GATEWAY dev %s metric 500", name);
		return -ENETUNREACH;
	}
	/* In passt of 2023 what UDP over IPv4 is bound to is the interface said for IPv6, which must not be said without IPv6. */
	if (!net->via6 && !net->pasta_new) {
		err_add(err, s->from, "%s has no IPv6, and this version of pasta would let UDP leave by another interface", name);
		err_remedy(err, "passt of 2024-09 or later; or give %s an IPv6 address and default route", name);
		return -EOPNOTSUPP;
	}
	return 0;
}
