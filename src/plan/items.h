/* SPDX-License-Identifier: MIT */
/*
 * Between the profile's lines and the ordered mount list: items, one for each path inside.  Internal to plan/.
 *
 *   plan_system.c   what every sandbox and `system = host` bring        ┐
 *   plan_rootfs.c   `system = DIR`                                      │
 *   plan_home.c     home, kept directories, cwd                         ├─► items ─► plan_tree.c    one item a path
 *   plan_files.c    the lines of [files]                                │            plan_guard.c   hide and ro everywhere
 *   plan_services.c the words of [desktop]                              │
 *   plan_trust.c    what the next launch believes                       ┘            plan_emit.c    pins ─► plan->mounts
 */
#ifndef SBOX_PLAN_ITEMS_H
#define SBOX_PLAN_ITEMS_H

#include "plan/plan.h"
#include "profile/profile.h"

/* Which of two items at one path wins: the higher rank. */
enum {
	RANK_DIR = -3,    /* a directory that something below needs */
	RANK_PIN = -2,
	RANK_LINK = -1,   /* a host link on the way to a source */
	RANK_SYSTEM = 0,  /* the part that `system` and every sandbox bring */
	RANK_GUARD = 1,   /* a hide or ro line at another place where its object is visible */
	RANK_LAYER = 2,   /* + the layer of the profile line */
	RANK_OWN = 1 << 30, /* sbox's own directories: nothing uncovers them */
};

struct item {
	enum mount_kind kind;
	const char *path;        /* inside; without links once items_settle() ran */
	const char *source;      /* BIND, DEVICE, PIN, MASK: host path without links; SYMLINK: target; FILE: text */
	const struct node *node; /* of the source; NULL when there is none, or when sbox makes it before the launch */
	bool rw;
	bool noexec;
	bool devices;   /* device nodes in it work */
	bool optional;
	bool globbed;   /* one hit of a pattern: loses against the same path written out */
	bool kept;      /* a private home or kept directory: mount points are made in it, and stay */
	bool is_dir;
	bool runtime;   /* DIR: the runtime directory, which is empty wherever it lies */
	bool inside;    /* BIND, PIN: of what an overlay shows at @path, not of the host's */
	bool covers;    /* something else would be at this path without it */
	int rank;
	size_t nr;      /* in the order of item_add(): decides when nothing else does */
	uint64_t size;  /* TMPFS: bytes; FILE: bytes of @source, 0: it is text; SOCKET: as in struct mount_entry */
	mode_t mode;
	struct origin from;
	const char *note;
};

struct items {
	struct plan *plan;
	struct host *host;
	struct err *err;
	struct arena *arena;
	VEC(struct item) v;
	size_t sorted; /* this many of @v are in order, with one item a path; what item_add() brought later is not */
	/* guards that have no place of their own inside: held wherever their object is visible */
	VEC(struct item) guards;
	/* optional ro lines whose source is missing */
	VEC(struct plan_watch) absent;
	/* items_below_object()'s memory: the ancestors of the path asked for last, which neighbours share */
	struct {
		const char *parent;
		VEC(struct ancestor {
			const struct node *node;
			size_t len; /* of its path */
		}) above;
	} memo;
	/* every link that a line's source went through, whether it is made anew inside or not */
	VEC(struct followed {
		const char *at;
		const char *target;
		struct origin from;
	}) followed;
	/* paths below which nothing can be executed */
	VEC(struct noexec {
		const char *path;
		bool optional;
		struct origin from;
	}) noexec;
};

/** item_shows_host() - is what the host has below its source visible below it? */
static inline bool item_shows_host(const struct item *i)
{
	return i->kind == MOUNT_BIND || i->kind == MOUNT_OVERLAY;
}

/** item_apart() - do changes below it stay away from the host's files? */
static inline bool item_apart(const struct item *i)
{
	return i->kind == MOUNT_OVERLAY || i->inside;
}

/** item_add() - append; the fields not given are zero */
void item_add(struct items *it, struct item item);
/** items_tmp_size() - `tmp-size` in bytes, whole pages */
uint64_t items_tmp_size(struct items *it);
/** item_remark() - a sentence for explain */
void item_remark(struct items *it, struct origin from, const char *fmt, ...) PRINTF_LIKE(3, 4);

/**
 * item_source() - resolve host path @path for a line
 * Links that were followed become RANK_LINK items when @recreate.  A missing source of an optional line is
 * remarked and yields 1; otherwise it is an error.
 * Return: 0 and *ret; 1 to skip the item; -EINVAL.
 */
int item_source(struct items *it, const char *path, struct origin from, bool optional, bool recreate, struct resolved *ret);

/* the three sources of items; each adds what it knows, problems go to it->err */
void items_system(struct items *it);
/** items_rootfs() - the entries of an unpacked root file system (plan_rootfs.c).  Return: 0, it->plan->rootfs is set; -EINVAL. */
int items_rootfs(struct items *it, const struct setting *system);
/** items_rootfs_line() - "DIR:/": each entry of it.  Return: false when @s is no such line. */
bool items_rootfs_line(struct items *it, const struct setting *s, const struct resolved *r, const char *dst);
void items_home(struct items *it);
void items_files(struct items *it);
/** items_services() - what the words of [desktop] give: files, sockets, devices; their variables go to the plan */
void items_services(struct items *it);
/** items_portal() - what the toolkits inside must know to use the portals; part of items_bus() */
void items_portal(struct items *it, struct origin from);
/** portal_info() - the text of /.flatpak-info; plan->proxy.app_id and plan->portal.instance are set */
const char *portal_info(const struct plan *plan);
/**
 * items_wayland() - make @item, the compositor's @socket, a security context where the compositor offers one
 * Part of items_services().  Return: false, with a remark, when there is no compositor to be given.
 */
bool items_wayland(struct items *it, const char *socket, struct origin from, struct item *item);
/** items_socket_dir() - the directory of sbox's own where sockets for sandboxes are made; there is a runtime directory */
const char *items_socket_dir(struct items *it, struct origin from);
/** items_bus() - the sockets of the buses that lines of [desktop] speak about; part of items_services() */
void items_bus(struct items *it);
/**
 * items_own_path() - where @rest below sbox's state directory is; *ret_node is NULL when it is still to be made
 * Nothing in it is followed.  Return: 0, or -EINVAL with a problem.
 */
int items_own_path(struct items *it, const char *rest, struct origin from, const char **ret, const struct node **ret_node);
/** items_overlay() - the item of an overlay of @r, which a line gives as @path */
void items_overlay(struct items *it, const struct setting *s, const struct resolved *r, const char *path);
/** items_own_dirs() - mask sbox's own directories wherever an item would show them; after the others */
void items_own_dirs(struct items *it);
/** items_profiles() - make what profiles are read from read-only wherever an item would show it writable; after that */
void items_profiles(struct items *it);

/** items_outside() - refuse a hook or log that lies where the program could change it or what leads to it */
void items_outside(struct items *it);

/** items_settle() - sort, decide between items of one path, follow links inside; contradictions are errors */
void items_settle(struct items *it);
/** items_merge() - sort again, after items were added */
void items_merge(struct items *it);
/** items_guard() - hold hide and ro at every place where their object is visible; refuse links below writable items */
void items_guard(struct items *it);
/** items_complete() - pins and directories on the way, drop what changes nothing */
void items_complete(struct items *it);
/** items_overlays() - what the overlays of plan->mounts need outside: layers; refuses what cannot work */
void items_overlays(struct items *it);
/** items_emit() - to plan->mounts */
void items_emit(struct items *it);

/** items_below_object() - what is left of host path @path below the object @top, under whatever name; NULL: not below */
const char *items_below_object(struct items *it, const char *path, const struct item *top);
/** items_covering() - the settled item that provides what is at @path (the longest prefix), or NULL */
const struct item *items_covering(const struct items *it, const char *path);
/** item_at() - the settled item exactly at @path, or NULL */
const struct item *item_at(const struct items *it, const char *path);

/* ---- the X server's cookie (plan_x11.c) ---- */

/** items_x11() - the one socket and the one cookie of the caller's display.  Return: false, with a remark, when there is none. */
bool items_x11(struct items *it, struct origin from);
/** x11_gives() - is @path, outside, the socket or the cookie file of the caller's display? */
bool x11_gives(const struct plan *plan, struct arena *arena, const char *path);
/** x11_inside() - where the server's socket is inside, or NULL when none is given */
const char *x11_inside(const struct plan *plan, struct arena *arena);

/** service_env() - a variable that a word of [desktop] brings */
void service_env(struct plan *plan, const char *name, const char *value, struct origin from);
/** service_app_id() - what the session's services take the program for: "sbox.profile.NAME" */
const char *service_app_id(const struct plan *plan);
/** service_dir() - the runtime directory inside */
const char *service_dir(const struct plan *plan);

/* ---- which items show an object of the host (plan_shown.c) ---- */

/** struct shown_at - an item, and how many bytes of the path asked for lead to its source */
struct shown_at {
	const struct item *item;
	size_t len;
};
typedef VEC(struct shown_at) shown_list;

/** struct shown - an index of items by their source: by its name and by the object that it is */
struct shown {
	struct items *it;
	VEC(const struct item *) by_name, by_object;
	const char *parent; /* of the path asked for last: neighbours have the same ancestors */
	shown_list above, found;
};

/** shown_init() - index the settled binds and devices, or only the @writable ones; they must stay where they are */
void shown_init(struct shown *s, struct items *it, bool writable);
/**
 * shown_find() - the items that show host path @path: their source is it or is above it
 * Objects are compared by name and, since the host may show a directory at several places (a bind mount, /home →
 * /var/home), by device and inode.
 * Return: the number of them, in s->found until the next call.
 */
size_t shown_find(struct shown *s, const char *path);

#endif
