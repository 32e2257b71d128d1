/* SPDX-License-Identifier: MIT */
/*
 * Overlays: host directories that the program sees and changes while the host's files stay as they are.  What it changes
 * goes to a layer below sbox's state directory, one for each source: DIR/ID/LAYER.  The id is known at the launch; the
 * layer is named after its source, so that the next run under the same id finds it again.
 */
#include <errno.h>

#include "base/path.h"
#include "base/str.h"
#include "plan/items.h"

void items_overlay(struct items *it, const struct setting *s, const struct resolved *r, const char *path)
{
	if (r->node->kind != NODE_DIR) {
		err_add(it->err, s->from, "%s is not a directory, and only those have overlays", r->path);
		err_remedy(it->err, "name the directory that it is in");
		return;
	}
	if (path_below(r->path, "/proc") || path_below(r->path, "/sys") || path_below(r->path, "/dev")) {
		err_add(it->err, s->from, "%s is the kernel's: there can be no overlay of it", r->path);
		return;
	}
	item_add(it, (struct item){ .kind = MOUNT_OVERLAY, .path = path, .source = r->path, .node = r->node, .rw = true,
				    .optional = s->optional, .is_dir = true, .rank = RANK_LAYER + (int)s->layer, .from = s->from,
				    .note = "changes are kept apart: sbox diff" });
}

/* ---- /proc/self/mountinfo ---- */

/** struct mount_line - what a line of mountinfo says */
struct mount_line {
	const char *at, *type;
};
typedef VEC(struct mount_line) mount_lines;

/* Blanks, newlines and backslashes of a path are \ooo there. */
static char *unescape(char *text)
{
	char *o = text;

	for (const char *p = text; *p; p++)
		if (p[0] == '\\' && p[1] >= '0' && p[1] <= '3' && p[2] && p[3]) {
			*o++ = (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
			p += 3;
		} else {
			*o++ = *p;
		}
	*o = '\0';
	return text;
}

/* The n-th field, from 1, of @line; in @arena. */
static char *field(struct arena *arena, const char *line, size_t len, int n)
{
	const char *end = line + len;

	while (--n > 0) {
		while (line < end && *line != ' ')
			line++;
		line += line < end;
	}
	const char *stop = memchr(line, ' ', (size_t)(end - line));
	return arena_strndup(arena, line, (size_t)((stop ? stop : end) - line));
}

static void read_mounts(struct items *it, mount_lines *ret)
{
	const char *text = it->host->text(it->host, "/proc/self/mountinfo");

	for (; text && *text; text += strcspn(text, "\n"), text += *text == '\n') {
		size_t len = strcspn(text, "\n");
		const char *dash = memmem(text, len, " - ", 3);

		if (!dash)
			continue;
		vec_push(it->arena, ret,
			 (struct mount_line){ unescape(field(it->arena, text, len, 5)),
					      field(it->arena, dash + 3, len - (size_t)(dash + 3 - text), 1) });
	}
}

/* The type of the file system that @path lies on, or NULL; what is mounted last at a place is what is there. */
static const char *type_at(const mount_lines *mounts, const char *path)
{
	const struct mount_line *best = NULL;

	vec_each (m, mounts)
		if (path_below(path, m->at) && (!best || strlen(m->at) >= strlen(best->at)))
			best = m;
	return best ? best->type : NULL;
}

static void refuse_submounts(struct items *it, const mount_lines *mounts, const struct mount_entry *m)
{
	vec_each (line, mounts) {
		const char *rest = path_below(line->at, m->source);

		if (!rest || !*rest)
			continue;
		err_add(it->err, m->from, "no overlay of %s: %s is a file system of its own, and an overlay has but one below it", m->source,
			line->at);
		err_remedy(it->err, "name the directories beside it one by one");
		return;
	}
}

/* ---- where the layers are kept ---- */

static bool in_memory(const char *type)
{
	return streq(type, "tmpfs") || streq(type, "ramfs") || streq(type, "overlay");
}

/*
 * A layer in memory would be gone after a restart, and `rm -rf` in it fails on the kernels of the baseline (EIO, seen on
 * 6.1); on an overlay there can be no other.
 */
static void refuse_memory(struct items *it, const mount_lines *mounts, struct origin from)
{
	const char *type = type_at(mounts, it->plan->overlays_dir);

	if (!type || !in_memory(type))
		return;
	err_add(it->err, from, "changes cannot be kept in %s: it lies on a file system of the type %s", it->plan->overlays_dir, type);
	err_remedy(it->err, "set XDG_STATE_HOME to a directory on a disk");
}

static const char *layer_name(struct arena *arena, const char *source)
{
	return arena_printf(arena, "%016llx", (unsigned long long)hash_text(HASH_TEXT, source));
}

static void add_overlay(struct items *it, size_t index)
{
	struct plan *plan = it->plan;
	const struct mount_entry *m = &plan->mounts[index];

	vec_each (o, &plan->overlays)
		if (streq(o->source, m->source)) {
			err_add(it->err, m->from, "%s has an overlay already (%s), and two cannot share their changes", m->source,
				origin_text(it->arena, o->from));
			return;
		}
	vec_push(it->arena, &plan->overlays,
		 (struct plan_overlay){ .source = m->source, .layer = layer_name(it->arena, m->source), .dev = m->dev, .ino = m->ino,
					.mount = index, .from = m->from });
}

/* What cannot be copied up cannot be changed: the program sees EOVERFLOW where it would expect EACCES or success. */
static void warn_foreign(struct items *it, const struct mount_entry *m)
{
	const char *path = it->host->foreign(it->host, m->source, &it->plan->ids);

	if (path)
		err_warn(it->err, m->from, "%s belongs to a user or group that does not exist inside: it can be read there, not changed", path);
}

void items_overlays(struct items *it)
{
	struct plan *plan = it->plan;
	const struct node *node;
	mount_lines mounts = { 0 };

	for (size_t i = 1; i < plan->n_mounts; i++)
		if (plan->mounts[i].kind == MOUNT_OVERLAY)
			add_overlay(it, i);
	if (!plan->overlays.n)
		return;
	struct origin from = plan->overlays.v[0].from;
	if (items_own_path(it, "overlays", from, &plan->overlays_dir, &node) < 0)
		return;
	vec_push(it->arena, &plan->own_dirs, (struct plan_dir){ .path = plan->overlays_dir, .from = from });
	read_mounts(it, &mounts);
	refuse_memory(it, &mounts, from);
	vec_each (o, &plan->overlays) {
		refuse_submounts(it, &mounts, &plan->mounts[o->mount]);
		warn_foreign(it, &plan->mounts[o->mount]);
	}
}
