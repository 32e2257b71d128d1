/* SPDX-License-Identifier: MIT */
/* The upper layer of an overlay, compared with the host → a list of changes. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "kernel/overlay.h"
#include "kernel/sys.h"
#include "overlay/overlay.h"

enum { PATH_LEN_MAX = 3500 };

/** struct look - one comparison of a layer with the host */
struct look {
	const struct kept_layer *layer;
	struct arena *arena;
	struct changes *c;
	size_t left; /* names that may still be looked at */
	char *block[2];
};

/** struct place - the directory being looked at: in the layer and on the host, negative when it is not there */
struct place {
	size_t dir; /* index into c->dirs */
	int upper, host;
	int64_t born, until; /* it was opaque between these: what is older than @until has hidden the host's name since @born */
	bool opaque;
};

/* A program can give a file a time for which there is no such number: that becomes another, always the same. */
static int64_t ns(struct statx_timestamp t)
{
	return (int64_t)((uint64_t)t.tv_sec * 1000000000 + t.tv_nsec);
}

struct seen see(int dir, const char *name)
{
	struct seen s = { 0 };
	struct statx st;

	if (dir < 0 || sys_statx(dir, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_BASIC_STATS | STATX_BTIME, &st) < 0)
		return s;
	s = (struct seen){ .mode = st.stx_mode, .size = st.stx_size, .inode = st.stx_ino, .ctime = ns(st.stx_ctime), .mtime = ns(st.stx_mtime),
			   .rdev = makedev(st.stx_rdev_major, st.stx_rdev_minor), .nlink = st.stx_nlink };
	if (st.stx_mask & STATX_BTIME)
		s.btime = ns(st.stx_btime);
	return s;
}

static bool is_whiteout(const struct seen *s)
{
	return S_ISCHR(s->mode) && s->rdev == 0;
}

/* Since when the layer's entry hides the host's. */
static int64_t since(const struct place *p, const struct seen *upper)
{
	int64_t born = upper->btime ? upper->btime : upper->ctime;

	return born < p->until ? p->born : born;
}

static char *path_of(struct look *l, size_t dir, const char *name)
{
	const char *parent = l->c->dirs.v[dir].path;

	return *parent ? path_join(l->arena, parent, name) : arena_strdup(l->arena, name);
}

static struct change *add(struct look *l, enum change_kind kind, size_t dir, const char *name, struct seen before, struct seen after)
{
	struct change change = { .kind = kind, .path = path_of(l, dir, name), .before = before, .after = after, .dir = dir };

	vec_push(l->arena, &l->c->v, change);
	return &l->c->v.v[l->c->v.n - 1];
}

/* ---- did the host change? ---- */

static const char changed_text[] = "it changed on the host meanwhile";

/* Something in host directory @dir/@name that the program cannot have seen, or NULL. */
static const char *changed_below(struct look *l, int dir, const char *name, const char *path, int64_t time)
{
	_cleanup_close_ int fd = tree_open(dir, name);
	entry_names names = { 0 };

	if (fd == -EXDEV)
		return arena_printf(l->arena, "%s is a file system of its own", path);
	if (fd < 0)
		return arena_printf(l->arena, "%s cannot be looked at: %s", path, strerror(-fd));
	if (tree_names(fd, l->arena, l->left, &names) < 0)
		return "there is too much in it";
	l->left -= names.n;
	const char *found = NULL;
	vec_each (n, &names) {
		struct seen s = see(fd, *n);
		const char *below = path_join(l->arena, path, *n);

		if (s.ctime >= time)
			found = arena_printf(l->arena, "%s changed on the host meanwhile", below);
		else if (S_ISDIR(s.mode) && strlen(below) < PATH_LEN_MAX)
			found = changed_below(l, fd, *n, below, time);
		if (found)
			return found;
	}
	return NULL;
}

/* Why what the host has at @name cannot be replaced or removed, or NULL. */
static const char *conflict(struct look *l, const struct place *p, const char *name, const struct seen *host, int64_t time)
{
	if (!host->mode)
		return NULL;
	if (host->ctime >= time)
		return changed_text;
	return S_ISDIR(host->mode) ? changed_below(l, p->host, name, path_of(l, p->dir, name), time) : NULL;
}

/* ---- files ---- */

/* Of two objects of one type that are no directories; *ret_attributes: those of the user differ. */
static enum change_kind compare(struct look *l, const struct place *p, const char *name, const struct seen *host,
				const struct seen *upper, bool *ret_attributes)
{
	if (S_ISLNK(upper->mode))
		return links_equal(p->upper, p->host, name) ? CHANGE_NONE : CHANGE_MODIFY;
	if (!S_ISREG(upper->mode))
		return host->rdev != upper->rdev ? CHANGE_MODIFY : host->mode != upper->mode ? CHANGE_ATTR : CHANGE_NONE;

	_cleanup_close_ int a = content_open(p->upper, name), b = content_open(p->host, name);
	*ret_attributes = a >= 0 && b >= 0 && attributes_differ(a, b);
	if (host->size != upper->size || a < 0 || b < 0 || !contents_equal(l->block, a, b))
		return CHANGE_MODIFY;
	return host->mode != upper->mode || *ret_attributes ? CHANGE_ATTR : CHANGE_NONE;
}

/*
 * A copy that apply put on the host before it was ended: set-id bits are not taken over, and of what its owner may not read the
 * time tells.
 */
static bool is_copy(const struct change *c)
{
	const struct seen *host = &c->before, *upper = &c->after;

	if (host->mode != (upper->mode & ~(06000 & ~host->mode)))
		return false;
	return c->kind == CHANGE_ATTR ? !c->attributes : !(host->mode & 0400) && host->size == upper->size && host->mtime == upper->mtime;
}

static void file_entry(struct look *l, const struct place *p, const char *name, const struct seen *host, const struct seen *upper)
{
	bool attributes = false;
	enum change_kind kind = !host->mode					 ? CHANGE_ADD :
				(host->mode & S_IFMT) != (upper->mode & S_IFMT) ? CHANGE_MODIFY :
										   compare(l, p, name, host, upper, &attributes);
	struct change *c = add(l, kind, p->dir, name, *host, *upper);

	c->attributes = attributes;
	if (kind != CHANGE_NONE && !is_copy(c))
		c->conflict = conflict(l, p, name, host, since(p, upper));
	if (S_ISCHR(upper->mode) || S_ISBLK(upper->mode)) {
		c->conflict = "it is a device";
		c->blocked = true;
	}
}

/* ---- directories ---- */

static bool has_attribute(int fd, const char *name, char value)
{
	char text[8];
	ssize_t n = fgetxattr(fd, name, text, sizeof(text));

	return n >= 0 && (!value || (n > 0 && text[0] == value));
}

/* The mode that the program gave, where apply had to add to it. */
static void mode_marked(int fd, mode_t *mode)
{
	int64_t noted;

	if (note_read(fd, LAYER_MODE, &noted, 1))
		*mode = S_IFDIR | ((mode_t)noted & 07777);
}

/* Another directory than the one that the program saw stands there: made since, or moved in. */
static bool exchanged(const struct seen *host, int64_t time)
{
	return host->btime >= time || (host->ctime >= time && host->mtime < time && host->ctime != host->mtime);
}

/* Of a directory @below of the layer, whose change is @c: did the host change? */
static const char *directory_conflict(struct look *l, const struct place *p, const char *name, const struct place *below,
				      const struct change *c)
{
	const struct seen *host = &c->before;
	bool same = S_ISDIR(host->mode);
	int64_t left[3], time = since(p, &c->after);
	bool noted = note_read(below->upper, LAYER_HOST, left, ARRAY_SIZE(left));
	bool is_it = noted && same && (int64_t)host->inode == left[0] && host->btime == left[1];

	/* An apply was ended.  It was about to make the directory, or at its work in it. */
	if ((noted && !left[0] && (same || !host->mode)) || (is_it && !left[2])) {
		l->c->dirs.v[below->dir].at_work = true;
		return NULL;
	}
	if (!host->mode)
		return noted || has_attribute(below->upper, OVERLAY_ORIGIN, 0) ? "it was removed on the host meanwhile" : NULL;
	if (!same)
		return conflict(l, p, name, host, time);
	/* That the top is the same was seen when it was opened. */
	if (below->dir && (noted ? !is_it : below->opaque ? host->btime >= time : exchanged(host, time)))
		return "another directory stands there on the host";
	return c->kind == CHANGE_ATTR && (is_it ? host->ctime != left[2] : host->ctime >= time) ? changed_text : NULL;
}

/*
 * What directory @below of the layer does to the host: ADD, MODIFY (instead of something else), ATTR, or NONE: it is there to
 * hold what changed in it.
 */
static void directory_change(struct look *l, const struct place *p, const char *name, const struct place *below,
			     const struct seen *host, struct seen *upper)
{
	bool same = S_ISDIR(host->mode);
	struct changed_dir *d = &l->c->dirs.v[below->dir];

	mode_marked(below->upper, &upper->mode);
	d->mode = upper->mode;
	bool attributes = same && attributes_differ(below->upper, below->host);
	bool differs = same && ((host->mode ^ upper->mode) & 07777 || attributes);
	struct change *c = add(l, !host->mode ? CHANGE_ADD : !same ? CHANGE_MODIFY : differs ? CHANGE_ATTR : CHANGE_NONE, p->dir, name, *host, *upper);
	d->by = l->c->v.n - 1;
	c->attributes = attributes;
	c->conflict = directory_conflict(l, p, name, below, c);
}

static void look_in(struct look *l, const struct place *p);

/* A directory that cannot be looked into is one change that cannot be applied. */
static void shut(struct look *l, const struct place *p, const char *name, const struct seen *host, const struct seen *upper, int error)
{
	struct change *c = add(l, host->mode ? CHANGE_MODIFY : CHANGE_ADD, p->dir, name, *host, *upper);

	c->conflict = arena_printf(l->arena, "it cannot be looked into (%s): %s/upper/%s", strerror(error), l->layer->path, c->path);
	c->blocked = true;
}

/* One that may be read and not entered (mode 0444) shows its names, and nothing of what they are. */
static int enterable(int top, const char *name)
{
	_cleanup_close_ int fd = tree_open(top, name);

	if (fd >= 0 && faccessat(fd, ".", F_OK, AT_EACCESS) < 0)
		return -errno;
	return fd < 0 ? fd : fd_take(&fd);
}

static void directory_entry(struct look *l, const struct place *p, const char *name, const struct seen *host, struct seen upper)
{
	const char *path = path_of(l, p->dir, name);
	_cleanup_close_ int fd = strlen(path) < PATH_LEN_MAX ? enterable(p->upper, name) : -ENAMETOOLONG;
	_cleanup_close_ int there = S_ISDIR(host->mode) ? enterable(p->host, name) : -EBADF;

	if (fd < 0 || (S_ISDIR(host->mode) && there < 0)) {
		shut(l, p, name, host, &upper, fd < 0 ? -fd : -there);
		return;
	}
	/* Below an opaque directory all are: overlayfs does not say so again, since nothing of the host is looked for there. */
	struct place below = { .dir = l->c->dirs.n, .upper = fd, .host = there,
			       .opaque = p->opaque || has_attribute(fd, OVERLAY_OPAQUE, 'y') };
	int64_t was_opaque[2];

	if (below.opaque) {
		below.born = since(p, &upper);
		below.until = INT64_MAX;
	} else if (note_read(fd, LAYER_SINCE, was_opaque, ARRAY_SIZE(was_opaque))) {
		below.born = was_opaque[0];
		below.until = was_opaque[1];
	}
	vec_push(l->arena, &l->c->dirs,
		 (struct changed_dir){ .path = path, .parent = p->dir, .by = SIZE_MAX, .opaque = below.opaque, .born = below.born });
	directory_change(l, p, name, &below, host, &upper);
	look_in(l, &below);
}

/* What the host has in an opaque directory, and the layer has not, is deleted. */
static void implied_deletes(struct look *l, const struct place *p, const entry_names *kept)
{
	entry_names names = { 0 };
	size_t k = 0;

	if (tree_names(p->host, l->arena, l->left, &names) < 0) {
		l->left = 0;
		return;
	}
	l->left -= names.n;
	vec_each (name, &names) {
		while (k < kept->n && strcmp(kept->v[k], *name) < 0)
			k++;
		if (k < kept->n && streq(kept->v[k], *name))
			continue;
		struct seen host = see(p->host, *name);
		struct change *c = add(l, CHANGE_DELETE, p->dir, *name, host, (struct seen){ 0 });
		const char *why = conflict(l, p, *name, &host, p->born);

		c = &l->c->v.v[l->c->v.n - 1];
		c->implied = true;
		c->conflict = why;
	}
}

static void look_in(struct look *l, const struct place *p)
{
	entry_names names = { 0 };
	bool many = l->left == 0 || tree_names(p->upper, l->arena, l->left, &names) < 0;

	if (many) {
		l->left = 0;
		return;
	}
	l->left -= names.n;
	if (p->opaque && p->host >= 0)
		implied_deletes(l, p, &names);
	for (int dirs = 0; dirs < 2; dirs++)
		vec_each (name, &names) {
			struct seen upper = see(p->upper, *name);

			if (!upper.mode || S_ISDIR(upper.mode) != (dirs == 1))
				continue;
			struct seen host = see(p->host, *name);
			if (streq(*name, APPLY_TRASH) || streq(*name, APPLY_FRESH)) {
				struct change *c = add(l, host.mode ? CHANGE_MODIFY : CHANGE_ADD, p->dir, *name, host, upper);

				c->conflict = "sbox apply itself uses this name";
				c->blocked = true;
			} else if (is_whiteout(&upper)) {
				const char *why = conflict(l, p, *name, &host, since(p, &upper));

				add(l, host.mode ? CHANGE_DELETE : CHANGE_NONE, p->dir, *name, host, upper)->conflict = why;
			} else if (dirs) {
				directory_entry(l, p, *name, &host, upper);
			} else {
				file_entry(l, p, *name, &host, &upper);
			}
		}
}

/* The top itself: its mode and attributes are the source's, unless somebody changed them. */
static void look_at_top(struct look *l)
{
	struct seen host = see(l->layer->host, "."), upper = see(l->layer->upper, ".");
	bool attributes = attributes_differ(l->layer->upper, l->layer->host);
	const struct place top = { .upper = l->layer->upper, .host = l->layer->host };

	mode_marked(l->layer->upper, &upper.mode);
	vec_push(l->arena, &l->c->dirs, (struct changed_dir){ .path = "", .by = SIZE_MAX, .mode = upper.mode });
	struct change c = { .kind = (host.mode ^ upper.mode) & 07777 || attributes ? CHANGE_ATTR : CHANGE_NONE, .path = ".",
			    .before = host, .after = upper, .attributes = attributes };
	c.conflict = directory_conflict(l, &top, ".", &top, &c);
	if (c.kind == CHANGE_NONE)
		return;
	vec_push(l->arena, &l->c->v, c);
	l->c->dirs.v[0].by = 0;
}

/* The program, or somebody on the host, may have taken its own permission from the top, too. */
static int top_problem(const struct kept_layer *layer, struct err *err)
{
	_cleanup_close_ int upper = enterable(layer->upper, "."), host = upper < 0 ? -EBADF : enterable(layer->host, ".");

	if (upper >= 0 && host >= 0)
		return 0;
	const char *path = upper < 0 ? arena_printf(err->arena, "%s/upper", layer->path) : layer->source;
	int r = err_sys(err, NO_ORIGIN, upper < 0 ? -upper : -host, "%s cannot be looked into", path);
	err_remedy(err, "chmod u+rwx %s", path);
	return r;
}

int changes_find(const struct kept_layer *layer, size_t max, struct arena *arena, struct changes *ret, struct err *err)
{
	struct look l = { .layer = layer, .arena = arena, .c = ret, .left = max };
	struct place top = { .upper = layer->upper, .host = layer->host };

	*ret = (struct changes){ 0 };
	if (layer->problem)
		return err_add(err, NO_ORIGIN, "%s: %s", layer->source ? layer->source : layer->path, layer->problem);
	if (layer->upper < 0)
		return 0;
	int r = top_problem(layer, err);
	if (r < 0)
		return r;
	l.block[0] = arena_alloc(arena, COMPARE_BLOCK);
	l.block[1] = arena_alloc(arena, COMPARE_BLOCK);
	look_at_top(&l);
	look_in(&l, &top);
	if (l.left)
		return 0;
	err_add(err, NO_ORIGIN, "%s: more changes than can be looked at (%zu names)", layer->source, max);
	err_remedy(err, "they lie in %s/upper", layer->path);
	return -EOVERFLOW;
}

const char *change_text(const struct change *c)
{
	static const char *const texts[CHANGE_KIND_COUNT] = {
		[CHANGE_NONE] = "unchanged", [CHANGE_ADD] = "added",	   [CHANGE_MODIFY] = "modified",
		[CHANGE_ATTR] = "mode",	     [CHANGE_DELETE] = "deleted",
	};

	return c->from ? "renamed" : texts[c->kind];
}

/* ---- renames ---- */

static int by_size(const void *pa, const void *pb)
{
	const struct change *const *a = pa, *const *b = pb;

	return (*a)->before.size < (*b)->before.size ? -1 : (*a)->before.size > (*b)->before.size;
}

static bool same_content(struct look *l, const struct change *deleted, const struct change *added)
{
	const char *parent = path_parent(l->arena, path_join(l->arena, "/", deleted->path)) + 1;
	const char *other = path_parent(l->arena, path_join(l->arena, "/", added->path)) + 1;
	_cleanup_close_ int host = tree_open(l->layer->host, parent), upper = tree_open(l->layer->upper, other);
	_cleanup_close_ int a = host < 0 ? host : content_open(host, path_name(deleted->path));
	_cleanup_close_ int b = upper < 0 ? upper : content_open(upper, path_name(added->path));

	return a >= 0 && b >= 0 && contents_equal(l->block, a, b);
}

enum { CANDIDATES_MAX = 16 };

bool change_inside_added(const struct changes *c, const struct change *change)
{
	size_t by = c->dirs.v[change->dir].by;

	return change->dir && by != SIZE_MAX && c->v.v[by].kind == CHANGE_ADD;
}

bool change_is_shown(const struct changes *c, const struct change *change)
{
	return (change->kind != CHANGE_NONE || change->conflict) && !change->paired &&
	       (change->conflict || !change_inside_added(c, change));
}

size_t changes_count(const struct changes *c)
{
	size_t n = 0;

	vec_each (change, &c->v)
		n += change_is_shown(c, change);
	return n;
}

void changes_pair(const struct kept_layer *layer, struct changes *c)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct look l = { .layer = layer, .arena = arena, .block = { arena_alloc(arena, COMPARE_BLOCK), arena_alloc(arena, COMPARE_BLOCK) } };
	VEC(struct change *) deleted = { 0 };

	vec_each (d, &c->v)
		if (d->kind == CHANGE_DELETE && S_ISREG(d->before.mode) && d->before.size)
			vec_push(arena, &deleted, d);
	if (deleted.n)
		qsort(deleted.v, deleted.n, sizeof(*deleted.v), by_size);
	vec_each (a, &c->v) {
		size_t lo = 0, hi = deleted.n;

		/* What is not shown itself names no partner: the deletion would not be shown either. */
		if (a->kind != CHANGE_ADD || !S_ISREG(a->after.mode) || change_inside_added(c, a))
			continue;

		while (lo < hi) {
			size_t mid = (lo + hi) / 2;

			if (deleted.v[mid]->before.size < a->after.size)
				lo = mid + 1;
			else
				hi = mid;
		}
		for (int tried = 0; lo < deleted.n && deleted.v[lo]->before.size == a->after.size && tried < CANDIDATES_MAX && !a->from;
		     lo++, tried++)
			if (!deleted.v[lo]->paired && same_content(&l, deleted.v[lo], a)) {
				a->from = deleted.v[lo]->path;
				a->from_mode = deleted.v[lo]->before.mode;
				deleted.v[lo]->paired = true;
			}
	}
}
