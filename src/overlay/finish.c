/* SPDX-License-Identifier: MIT */
/*
 * The end of a run: how much it changed, counted as `sbox diff` counts.  The supervisor is shut in by then: it reads, and of the
 * run's own layers it can remove what changes nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "overlay/overlay.h"

/* More would let the caller wait for his prompt. */
enum { NAMES_MAX = 100000 };

/* Files that were opened for writing and not written, directories on the way to them. */
static void layer_remove(const struct kept *k, const struct kept_layer *layer, const struct changes *c)
{
	static const char *const parts[] = { "upper", "work/work", "work" };

	vec_each (change, &c->v) {
		_cleanup_close_ int dir = S_ISDIR(change->after.mode) ? -EBADF : tree_open(layer->upper, c->dirs.v[change->dir].path);

		if (dir >= 0)
			(void)unlinkat(dir, path_name(change->path), 0);
	}
	for (size_t d = c->dirs.n; d-- > 1;)
		(void)unlinkat(layer->upper, c->dirs.v[d].path, AT_REMOVEDIR);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		(void)unlinkat(layer->dir, parts[i], AT_REMOVEDIR);
	(void)unlinkat(k->dir, layer->name, AT_REMOVEDIR);
}

/* An apply that was ended may have left something on the host, and the next one finds it by the directories of the layer. */
static bool host_is_tidy(const struct kept_layer *layer, const struct changes *c)
{
	vec_each (d, &c->dirs) {
		_cleanup_close_ int host = tree_open(layer->host, d->path);

		if (see(host, APPLY_TRASH).mode || see(host, APPLY_FRESH).mode)
			return false;
	}
	return true;
}

/* Return: is there more in @layer than can be counted? */
static bool layer_finish(const struct kept *k, const struct kept_layer *layer, struct arena *arena, size_t *count)
{
	struct changes c;
	struct err ignored;

	err_init(&ignored, arena);
	if (layer->problem)
		return false;
	if (changes_find(layer, NAMES_MAX, arena, &c, &ignored) < 0)
		return true;
	changes_pair(layer, &c);
	size_t n = changes_count(&c);
	if (!n && host_is_tidy(layer, &c))
		layer_remove(k, layer, &c);
	*count += n;
	return false;
}

int overlay_finish(const struct plan *plan, struct launch *l)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct kept k = { .id = l->overlay_id, .dir = l->overlay_dir, .locked = true };
	size_t count = 0;
	bool more = false;

	if (l->overlay_dir < 0)
		return 0;
	kept_layers(&k, path_join(arena, plan->overlays_dir, k.id), arena);
	vec_each (layer, &k.layers) {
		more |= layer_finish(&k, layer, arena, &count);
		fd_close(&layer->upper);
		fd_close(&layer->host);
		fd_close(&layer->dir);
	}
	if (more)
		err_note(l->err, "changes in more than %d names are kept apart from the host's files: sbox diff %s", NAMES_MAX, k.id);
	else if (count)
		err_note(l->err, "%zu %s kept apart from the host's files: sbox diff %s", count, count == 1 ? "change is" : "changes are", k.id);
	else
		(void)unlinkat(l->overlays_dir, k.id, AT_REMOVEDIR);
	return 0;
}
