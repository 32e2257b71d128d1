/* SPDX-License-Identifier: MIT */
/*
 * What a program changed in an overlay: find it, keep it, drop it.
 *
 * A layer was written by the sandboxed program.  Nothing in it is followed, every look is bounded, and its names are never
 * printed raw.  The host's tree may change at any moment, and another sandbox may be at it: every look there goes from one
 * directory that is held open to the next, and each change is one rename or unlink of a name in such a directory.
 *
 * When did the host's file change?  Overlayfs keeps no copy of what it saw.  But the entry in the layer was born (btime) when
 * the file was first changed inside, and the host's file has the time of its own last change (ctime), which no program can
 * set: is that not before the entry's birth, then the host's file changed meanwhile, and somebody decides (--force).  A
 * directory that was moved in from elsewhere has a new ctime and an old mtime; one that was made anew has a birth of its own.
 * What is in a directory that was made anew inside (opaque) hides the host's since that was born.  What apply itself changes
 * on the host it notes (note.c).
 *
 * What this cannot see, so that a change on the host is overwritten without a word:
 *   - a clock that was set back in between, or one of a file server that is behind;
 *   - what changed before the program replaced its own file by another (as editors save), or removed it and made it anew: the
 *     entry is as young as that, and what it was before is nowhere;
 *   - what is in a directory that was exchanged for one with old files in it and was then changed itself, unless something had
 *     been applied in it before;
 *   - a file that its owner may not read, when it has the size, the mode and the mtime of the program's: it is taken for a copy
 *     that apply made;
 *   - what changes after the look.  Each name is looked at once more before it is replaced or removed, what is below a directory
 *     is not, and with --force neither is; where nothing was, what is there now stays (RENAME_NOREPLACE; not on NFS).  A directory's mode that changes
 *     while something is applied in it, or before an apply that was ended is repeated, is taken for apply's doing.
 * What it takes for such a change although the program saw it, or there was none:
 *   - what changed on the host in the course of a run and was removed inside only then: all whiteouts of a run are one inode,
 *     as old as the first;
 *   - what changed before a file or a directory, itself older, was moved to its place inside;
 *   - a name that the file got or lost elsewhere, and be it by an apply of that one alone;
 *   - for the mode or the attributes of a directory: a name that came to be or went in it on the host.
 */
#ifndef SBOX_OVERLAY_OVERLAY_H
#define SBOX_OVERLAY_OVERLAY_H

#include <sys/stat.h>

#include "kernel/kernel.h"

/** struct kept_layer - the changes of one directory, open */
struct kept_layer {
	const char *name;    /* of its directory */
	const char *path;    /* the same as a path of the host */
	const char *source;  /* the host's directory that it belongs to; NULL when the layer does not say */
	const char *problem; /* why nothing can be applied: the source is gone, or another; NULL */
	int dir, upper;      /* LAYER, LAYER/upper; owned */
	int host;            /* source; negative with @problem; owned */
};

/** struct kept - all changes of one run, or of several under one name */
struct kept {
	const char *id;
	int dir;             /* DIR/ID; owned */
	bool locked;         /* by this process */
	bool in_use;         /* a sandbox, or another apply, has it */
	VEC(struct kept_layer) layers;
};
typedef VEC(struct kept) kept_list;

/* ---- store.c ---- */

/** kept_find() - everything that is kept below @dir, by id; unlocked.  Return: 0, also when there is no such directory; -errno */
int kept_find(struct arena *arena, const char *dir, kept_list *ret);
/** kept_layers() - open the layers of @k, whose directory is @path */
void kept_layers(struct kept *k, const char *path, struct arena *arena);
/** kept_lock() - for apply and discard.  Return: 0; -EBUSY when somebody uses it. */
int kept_lock(struct kept *k);
/** kept_close() - close all descriptors of @list, which gives the locks back */
void kept_close(kept_list *list);
/** kept_remove() - remove the directory of @k, below @dir, once it has no layer */
void kept_remove(struct arena *arena, const char *dir, const struct kept *k);
/** layer_gone() - remove @layer when nothing is left in it.  Return: is it gone? */
bool layer_gone(struct kept *k, struct kept_layer *layer);
/** layer_discard() - remove @layer with all that is in it.  0 or -errno */
int layer_discard(struct kept *k, struct kept_layer *layer);

/* ---- tree.c: trees that a program made ---- */

/** tree_open() - directory @path ("" is @top itself) beneath @top, following nothing.  Return: descriptor or -errno. */
int tree_open(int top, const char *path);
/** tree_remove() - remove @name in @dir with all that is below, however deep, and whatever the permissions are.  0 or -errno */
int tree_remove(int dir, const char *name);
typedef VEC(const char *) entry_names;
/** tree_names() - the names in @dir in C order.  0; -EOVERFLOW when there are more than @max; -errno */
int tree_names(int dir, struct arena *arena, size_t max, entry_names *ret);

/* ---- compare.c ---- */

enum { COMPARE_BLOCK = 64 << 10 };
/** content_open() - file @name in @dir, to be compared: neither followed nor waited for.  Return: descriptor or -1 with errno. */
int content_open(int dir, const char *name);
/** contents_equal() - do the two open files hold the same?  @block: COMPARE_BLOCK bytes for each */
bool contents_equal(char *const block[2], int a, int b);
/** links_equal() - do the links @name in @a and in @b say the same? */
bool links_equal(int a, int b, const char *name);

/* ---- changes.c ---- */

enum change_kind {
	CHANGE_NONE,   /* an entry that changes nothing: the content is the host's, or what it deletes is not there */
	CHANGE_ADD,
	CHANGE_MODIFY, /* the content, or the type */
	CHANGE_ATTR,   /* mode or attributes alone */
	CHANGE_DELETE,
	CHANGE_KIND_COUNT
};

/** struct seen - what was at a name when it was looked at */
struct seen {
	mode_t mode;  /* with the type; 0: nothing */
	uint64_t size, inode;
	int64_t ctime, mtime, btime; /* ns; btime 0: unknown */
	uint64_t rdev;
	uint32_t nlink;
};

/** struct change - one name */
struct change {
	enum change_kind kind;
	const char *path;       /* below the source; "." is the source itself */
	struct seen before, after; /* on the host; in the layer */
	const char *from;       /* ADD: the deleted file that has the same content, or NULL */
	mode_t from_mode;       /* ... and its mode */
	bool paired;            /* DELETE: some ADD says so */
	bool attributes;        /* the user's attributes differ */
	bool implied;           /* DELETE: by its directory, which hides all that the host has; there is no entry for it */
	const char *conflict;   /* why it is not applied; NULL: nothing is in the way */
	bool blocked;           /* and cannot be forced either */
	bool selected;          /* apply.c */
	size_t dir;             /* index into @dirs: the directory it is in */
};

/** struct changed_dir - a directory of the layer */
struct changed_dir {
	const char *path;  /* below the source; "" for the source itself */
	size_t parent;     /* index; 0 for the first */
	size_t by;         /* index of the change that is about it, or SIZE_MAX */
	mode_t mode;       /* what the program gave it */
	bool opaque;       /* hides what the host has at its path */
	int64_t born;      /* of an opaque one: since when; ns */
	bool at_work;      /* LAYER_HOST says that apply is at it */
};

struct changes {
	VEC(struct change) v;
	VEC(struct changed_dir) dirs; /* parents before children */
};

/** see() - what is at @name in directory @dir (negative: nothing is) */
struct seen see(int dir, const char *name);
enum { CHANGES_MAX = 2000000 };
/** changes_find() - compare @layer with the host.  0; -EOVERFLOW when there are more than @max names to look at; -errno, with a problem */
int changes_find(const struct kept_layer *layer, size_t max, struct arena *arena, struct changes *ret, struct err *err);
/** changes_pair() - a deleted and an added file with the same content are one that was renamed */
void changes_pair(const struct kept_layer *layer, struct changes *c);
/** change_inside_added() - is @change in a directory that is itself added?  Then it goes without saying. */
bool change_inside_added(const struct changes *c, const struct change *change);
/** change_is_shown() - is it one of those that are shown, and counted?  What lies in an added directory is part of that. */
bool change_is_shown(const struct changes *c, const struct change *change);
/** changes_count() - how many there are, after changes_pair(): the number that the end of a run, diff and apply say */
size_t changes_count(const struct changes *c);
/** change_text() - "added", "modified", … */
const char *change_text(const struct change *c);

/* What apply needs for a moment in a directory of the host: what is on its way out, and a copy on its way in. */
#define APPLY_TRASH ".sbox-apply-removes"
#define APPLY_FRESH ".sbox-apply-writes"

/* names of attributes on the directories of a layer */
#define OVERLAY_OPAQUE "user.overlay.opaque"
#define OVERLAY_ORIGIN "user.overlay.origin"

/* ---- note.c ---- */

/*
 * What apply notes of a directory that stays in the layer: numbers in an attribute, among overlayfs' own, which no program
 * inside can set.
 *
 *   LAYER_MODE   the mode that the program gave it; as long as its owner could not write to it
 *   LAYER_HOST   inode, birth and ctime of the host's directory, as apply left it; ctime 0: apply is at it; inode 0: apply is
 *                about to make it
 *   LAYER_SINCE  it was opaque once: since when, and until when; what is older than that hid the host's names as long as it
 */
#define LAYER_MODE "user.overlay.sbox.mode"
#define LAYER_HOST "user.overlay.sbox.host"
#define LAYER_SINCE "user.overlay.sbox.since"

/** note_read() - the @n numbers that directory @fd has as @name.  Return: are there so many? */
bool note_read(int fd, const char *name, int64_t *v, size_t n);
/** note_write() - give it these.  0 or -errno */
int note_write(int fd, const char *name, const int64_t *v, size_t n);

/* ---- finish.c ---- */

step_fn overlay_finish; /* supervisor, at the end: says how much changed; what did not change goes */

/* ---- apply.c ---- */

/** changes_tidy() - remove from the host what an interrupted apply left there; before the layer is discarded */
int changes_tidy(const struct kept_layer *layer, const struct changes *c);

/** struct apply_request - which of the changes, and how */
struct apply_request {
	const char *const *paths; /* below the source; NULL-terminated; NULL: all */
	bool force;               /* also what changed on the host meanwhile */
};

/**
 * changes_apply() - make the host's files what the program saw
 * With a conflict among what is asked for, nothing is done.  It may end at any moment: repeated, it goes on.
 * Return: 0; -ESTALE with problems when something is in the way; -errno with a problem.
 */
int changes_apply(struct kept *k, struct kept_layer *layer, struct changes *c, const struct apply_request *request, size_t *ret_applied,
		  struct arena *arena, struct err *err);

/* ---- patch.c ---- */

/** patch_fn - takes a piece of the patch, which may hold any bytes.  0 or -errno */
typedef int patch_fn(void *data, const char *text, size_t size);
/** changes_patch() - the changes as a unified diff with git's extended headers.  0 or -errno, with a problem */
int changes_patch(const struct kept_layer *layer, const struct changes *c, patch_fn *put, void *data, struct err *err);

#endif
