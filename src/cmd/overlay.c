/* SPDX-License-Identifier: MIT */
/* sbox diff, apply, discard: what runs on an overlay changed; keep it, or drop it. */
#include <errno.h>

#include "base/json.h"
#include "base/path.h"
#include "base/str.h"
#include "cmd/overlay.h"
#include "launch/launch.h"

/** struct overlay_options - the command line */
struct overlay_options {
	const char *id;      /* as typed; NULL: the only one */
	char **paths;        /* after "--"; NULL-terminated; NULL: none were named */
	bool json, patch, force, help;
};

static int parse(struct session *s, const struct command *command, int argc, char **argv, struct overlay_options *ret)
{
	const struct {
		const char *name;
		bool *flag;
		const struct command *of;
	} flags[] = {
		{ "--json", &ret->json, &cmd_diff },
		{ "--patch", &ret->patch, &cmd_diff },
		{ "--force", &ret->force, &cmd_apply },
		{ "--help", &ret->help, command },
		{ "-h", &ret->help, command },
	};

	*ret = (struct overlay_options){ 0 };
	for (int i = 1; i < argc; i++) {
		size_t f = 0;

		if (streq(argv[i], "--") && command == &cmd_apply) {
			ret->paths = argv + i + 1;
			break;
		}
		while (f < ARRAY_SIZE(flags) && (!streq(argv[i], flags[f].name) || flags[f].of != command))
			f++;
		if (f < ARRAY_SIZE(flags)) {
			*flags[f].flag = true;
		} else if (argv[i][0] == '-' || ret->id) {
			err_add(&s->err, NO_ORIGIN, argv[i][0] == '-' ? "unknown option: %s" : "unexpected argument: %s", argv[i]);
			err_remedy(&s->err, "usage: sbox %s %s", command->name, command->synopsis);
			return -EINVAL;
		} else {
			ret->id = argv[i];
		}
	}
	if (ret->paths && !ret->paths[0])
		return err_add(&s->err, NO_ORIGIN, "no path after --");
	if (ret->help)
		out(s, "usage: sbox %s %s\n\n%s\n", command->name, command->synopsis, command->help);
	return 0;
}

static int find_all(struct session *s, kept_list *ret)
{
	const char *dir = path_join(s->arena, s->caller.state_dir, "sbox/overlays");
	int r = kept_find(s->arena, dir, ret);

	return r < 0 ? err_sys(&s->err, NO_ORIGIN, -r, "cannot read %s", dir) : 0;
}

/* The one that is meant; NULL with a problem. */
static struct kept *choose(struct session *s, kept_list *list, const char *id)
{
	struct kept *found = NULL;
	const char *ids = "";
	size_t n = 0;

	vec_each (k, list) {
		if (id && streq(k->id, id))
			return k;
		if (id && !skip_prefix(k->id, id))
			continue;
		found = k;
		ids = arena_printf(s->arena, "%s%s%s", ids, n++ ? ", " : "", k->id);
	}
	if (n == 1)
		return found;
	if (!list->n)
		err_add(&s->err, NO_ORIGIN, "no changes are kept");
	else if (!n)
		err_add(&s->err, NO_ORIGIN, "no changes are kept as %s", id);
	else
		err_add(&s->err, NO_ORIGIN, "which ones?  %s", ids);
	if (list->n)
		err_remedy(&s->err, "sbox diff lists what is kept");
	return NULL;
}

static int locked(struct session *s, struct kept *k)
{
	int r = kept_lock(k);

	if (r == -EBUSY) {
		err_add(&s->err, NO_ORIGIN, "%s is in use", k->id);
		err_remedy(&s->err, "wait for the end of its sandbox, or end that: sbox kill %s", k->id);
	} else if (r < 0) {
		err_sys(&s->err, NO_ORIGIN, -r, "cannot lock %s", k->id);
	}
	return r;
}

/* ---- diff ---- */

static void list_one(struct session *s, const struct kept *k)
{
	vec_each (layer, &k->layers) {
		struct changes c;
		int r = layer->problem ? -EINVAL : changes_find(layer, CHANGES_MAX, s->arena, &c, &s->err);

		if (r < 0) {
			out(s, "%-16s  %s: %s\n", k->id, quote(s->arena, layer->source ? layer->source : layer->path),
			    layer->problem ? layer->problem : r == -EOVERFLOW ? "too many changes" : "cannot be looked into");
			continue;
		}
		changes_pair(layer, &c);
		size_t n = changes_count(&c);
		out(s, "%-16s  %zu %s in %s%s\n", k->id, n, n == 1 ? "change" : "changes", quote(s->arena, layer->source),
		    k->in_use ? " (in use)" : "");
	}
}

static int show_one(struct session *s, const struct kept *k, const struct overlay_options *o)
{
	struct changes *changes = arena_new_array(s->arena, struct changes, k->layers.n + 1), *c = changes;
	size_t n = 0;
	int r = 0;

	vec_each (layer, &k->layers) {
		if (layer->problem && o->json) {
			c++;
			continue;
		}
		r = changes_find(layer, CHANGES_MAX, s->arena, c, &s->err);
		if (r < 0) {
			if (r == -EOVERFLOW || layer->problem)
				err_remedy(&s->err, "the changes lie in %s/upper; sbox discard %s drops them", layer->path, k->id);
			return EXIT_SBOX;
		}
		if (o->patch) {
			r = overlay_patch(s, layer, c);
		} else {
			changes_pair(layer, c);
			if (!o->json)
				overlay_show(s, k, layer, c, &n);
		}
		if (r < 0)
			return EXIT_SBOX;
		c++;
	}
	if (o->json)
		out(s, "%s\n", json_write(s->arena, overlay_json(s, k, changes), JSON_INDENT(2)));
	else if (!o->patch && n)
		out(s, "%zu %s.  sbox apply %s keeps %s, sbox discard %s drops %s.\n", n, n == 1 ? "change" : "changes", k->id,
		    n == 1 ? "it" : "them", k->id, n == 1 ? "it" : "them");
	else if (!o->patch)
		out(s, "%s: no changes\n", k->id);
	return 0;
}

static int diff(struct session *s, int argc, char **argv)
{
	kept_list list = { 0 };
	struct overlay_options o;

	if (parse(s, &cmd_diff, argc, argv, &o) < 0)
		return EXIT_USAGE;
	if (o.help)
		return 0;
	if (find_all(s, &list) < 0)
		return EXIT_SBOX;
	if (!o.id && list.n != 1 && !o.patch && !o.json) {
		vec_each (k, &list)
			list_one(s, k);
		if (!list.n)
			out(s, "no changes are kept\n");
		kept_close(&list);
		return 0;
	}
	struct kept *k = choose(s, &list, o.id);
	int status = k ? show_one(s, k, &o) : 1;
	kept_close(&list);
	return status;
}

/* ---- apply ---- */

/*
 * The paths that lie in @layer, below its source.  A relative one starts at the current directory; where that is elsewhere, at
 * the source.  *used[i]: the path was in this layer.
 */
static const char **paths_in(struct session *s, const struct kept_layer *layer, char **paths, bool *used)
{
	size_t n = 0, out_n = 0;

	while (paths[n])
		n++;
	const char **ret = arena_new_array(s->arena, const char *, n + 1);
	const char *cwd = s->caller.cwd && path_below(s->caller.cwd, layer->source) ? s->caller.cwd : layer->source;
	for (size_t i = 0; i < n; i++) {
		const char *path = path_normalize(s->arena, paths[i][0] == '/' ? paths[i] : path_join(s->arena, cwd, paths[i]));
		const char *rest = path ? path_below(path, layer->source) : NULL;

		if (!rest)
			continue;
		used[i] = true;
		ret[out_n++] = rest;
	}
	return ret;
}

static bool is_change(const struct changes *c, const char *path)
{
	size_t n = strlen(path);

	vec_each (e, &c->v)
		if (!n || (strncmp(e->path, path, n) == 0 && (!e->path[n] || e->path[n] == '/')))
			return true;
	return false;
}

static int apply_layer(struct session *s, struct kept *k, struct kept_layer *layer, const struct overlay_options *o, bool *used, size_t *applied)
{
	struct apply_request request = { .force = o->force };
	struct changes c;
	size_t n = 0;
	int r = changes_find(layer, CHANGES_MAX, s->arena, &c, &s->err);

	if (r < 0)
		return r;
	if (o->paths) {
		request.paths = paths_in(s, layer, o->paths, used);
		if (!request.paths[0])
			return 0;
		for (const char *const *p = request.paths; *p; p++)
			if (!is_change(&c, *p))
				return err_add(&s->err, NO_ORIGIN, "%s: nothing was changed there", path_join(s->arena, layer->source, *p));
	}
	/* All of a rename is one change, half of it is one of its own. */
	if (!o->paths)
		changes_pair(layer, &c);
	r = changes_apply(k, layer, &c, &request, &n, s->arena, &s->err);
	*applied += n;
	return r;
}

static void say_left(struct session *s, struct kept *k, size_t applied)
{
	size_t left = 0;

	vec_each (layer, &k->layers)
		left += !layer_gone(k, layer);
	if (!left)
		kept_remove(s->arena, path_join(s->arena, s->caller.state_dir, "sbox/overlays"), k);
	out(s, "%zu %s applied%s%s%s\n", applied, applied == 1 ? "change" : "changes", left ? "; the rest is kept as " : "", left ? k->id : "",
	    left ? "" : ", nothing is left");
}

static int apply_kept(struct session *s, struct kept *k, const struct overlay_options *o)
{
	size_t applied = 0, n = 0;
	int r = locked(s, k);

	while (o->paths && o->paths[n])
		n++;
	bool *used = arena_new_array(s->arena, bool, n + 1);
	vec_each (layer, &k->layers)
		if (r == 0)
			r = apply_layer(s, k, layer, o, used, &applied);
	for (size_t i = 0; r == 0 && i < n; i++)
		if (!used[i])
			r = err_add(&s->err, NO_ORIGIN, "%s: not below what %s has changes of", o->paths[i], k->id);
	if (r == 0)
		say_left(s, k, applied);
	return r == 0 ? 0 : r == -ESTALE || r == -EINVAL || r == -EBUSY ? 1 : EXIT_SBOX;
}

/* What apply and discard have in common: the one overlay that is meant. */
static int on_one(struct session *s, const struct command *command, int argc, char **argv,
		  int (*act)(struct session *s, struct kept *k, const struct overlay_options *o))
{
	kept_list list = { 0 };
	struct overlay_options o;

	if (parse(s, command, argc, argv, &o) < 0)
		return EXIT_USAGE;
	if (o.help)
		return 0;
	if (find_all(s, &list) < 0)
		return EXIT_SBOX;
	struct kept *k = choose(s, &list, o.id);
	int status = k ? act(s, k, &o) : 1;
	kept_close(&list);
	return status;
}

static int apply(struct session *s, int argc, char **argv)
{
	return on_one(s, &cmd_apply, argc, argv, apply_kept);
}

/* ---- discard ---- */

static int drop(struct session *s, struct kept *k)
{
	int r = locked(s, k);

	if (r < 0)
		return r;
	vec_each (layer, &k->layers) {
		struct changes c;
		struct err ignored;

		/* An apply that was ended may have left something on the host. */
		err_init(&ignored, s->arena);
		if (!layer->problem && changes_find(layer, CHANGES_MAX, s->arena, &c, &ignored) == 0)
			(void)changes_tidy(layer, &c);
		r = layer_discard(k, layer);
		if (r < 0)
			return err_sys(&s->err, NO_ORIGIN, -r, "cannot remove %s", layer->path);
	}
	kept_remove(s->arena, path_join(s->arena, s->caller.state_dir, "sbox/overlays"), k);
	return 0;
}

static int discard_kept(struct session *s, struct kept *k, const struct overlay_options *o UNUSED)
{
	int r = drop(s, k);

	if (r < 0)
		return r == -EBUSY ? 1 : EXIT_SBOX;
	out(s, "%s is dropped\n", k->id);
	return 0;
}

int overlay_drop(struct session *s, const char *start)
{
	kept_list list = { 0 };
	int r = find_all(s, &list);

	vec_each (k, &list)
		if (r == 0 && skip_prefix(k->id, start))
			r = drop(s, k);
	kept_close(&list);
	return r;
}

static int discard(struct session *s, int argc, char **argv)
{
	return on_one(s, &cmd_discard, argc, argv, discard_kept);
}

const struct command cmd_diff = { "diff", diff, "[--patch|--json] [ID]", "what a run on an overlay changed" };
const struct command cmd_apply = { "apply", apply, "[--force] [ID] [-- PATH…]", "make it the host's: all, or these paths" };
const struct command cmd_discard = { "discard", discard, "[ID]", "drop it" };
