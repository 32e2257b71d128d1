/* SPDX-License-Identifier: MIT */
/* Lines of a profile, to typed values: the parsers of all types, without the plan behind them, which takes a thousand times as long. */
#include "base/path.h"
#include "fuzz.h"
#include "profile/parts.h"

struct state {
	struct load *load;
	struct setting like; /* of the line that is being read */
	size_t items;
};

/* A path in a value leads nowhere else, and has one spelling. */
static void path_is_plain(struct arena *arena, const char *path)
{
	CLAIM(path[0] == '/');
	CLAIM(strcmp(path_normalize(arena, path), path) == 0);
}

static void one_value(void *data, struct item item)
{
	struct state *s = data;
	const struct value *v = &item.s.v;
	enum value_type type = keys[item.s.key].type;

	s->items++;
	CLAIM(item.s.key == s->like.key);
	if (item.reset) {
		CLAIM(key_is_list(&keys[item.s.key]));
		return;
	}
	CLAIM(item.s.raw);
	CLAIM(!item.s.optional || key_takes_optional(item.s.key));
	if (v->src)
		path_is_plain(s->load->arena, v->src);
	if (v->dst)
		path_is_plain(s->load->arena, v->dst);
	CLAIM(type != T_BIND || (v->src && v->dst));
	CLAIM((type != T_TMPFS && type != T_SYMLINK && type != T_DATA) || v->dst);
	CLAIM(type != T_ENV || (v->name && v->text && *v->name && !strchr(v->name, '=')));
	CLAIM(type != T_BOOL || v->number == 0 || v->number == 1);
	CLAIM(type != T_DURATION || v->number > 0);
	CLAIM(type != T_MODE || (v->number >= 0 && v->number <= 07777));
	CLAIM(type != T_SHARE || !v->percent || v->number > 0);
	CLAIM(type != T_RLIMIT || v->rlimit.rlim_cur <= v->rlimit.rlim_max);
	for (size_t i = 0; i < v->n_extents; i++)
		CLAIM(v->extents[i].count > 0);
	CLAIM(value_equal(&item.s, &item.s));
}

static void one_line(void *data, enum key_id key, const char *value, unsigned line)
{
	struct state *s = data;
	size_t problems = s->load->err->problems.n;

	s->like = (struct setting){ .key = key, .from = { .file = "fuzzed.ini", .line = line, .key = keys[key].name }, .user = true };
	s->items = 0;
	value_line(s->load, &s->like, value, one_value, s);
	/* A line says something, or it is wrong. */
	CLAIM(s->items > 0 || s->load->err->problems.n > problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char *const environment[] = { "HOME=/home/fuzz", "USER=fuzz", "XDG_RUNTIME_DIR=/run/user/1", "XDG_CONFIG_HOME=/home/fuzz/.config", NULL };
	const struct caller caller = { .uid = 1000, .gid = 1000, .user = "fuzz", .group = "fuzz", .home = "/home/fuzz", .shell = "/bin/sh",
				       .cwd = "/home/fuzz/work", .config_dir = "/home/fuzz/.config", .data_dir = "/home/fuzz/.local/share",
				       .state_dir = "/home/fuzz/.local/state", .cache_dir = "/home/fuzz/.cache", .runtime_dir = "/run/user/1",
				       .environ = environment };
	struct arena *arena = arena_new();
	struct err err;
	struct load load = { .arena = arena, .caller = &caller, .err = &err,
			     .user_dirs = "XDG_DOWNLOAD_DIR=\"$HOME/Down loads\"\nXDG_MUSIC_DIR=\"/music/\"\n" };
	struct state state = { .load = &load };

	err_init(&err, arena);
	ini_read(&load, "fuzzed.ini", (const char *)data, size, one_line, &state);
	vec_each (p, &err.problems)
		CLAIM(p->text && *p->text);
	arena_free(arena);
	return 0;
}
