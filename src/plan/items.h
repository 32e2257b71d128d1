/* SPDX-License-Identifier: MIT */
/*
 * Between the profile's lines and the ordered mount list: items, one for each path inside.  Internal to plan/.
 *
 *   plan_system.c   what every sandbox and `system = host` bring        ┐
 *   plan_home.c     home, kept directories, cwd, sbox's own directories ├─► items ─► plan_tree.c ─► plan->mounts
 *   plan_files.c    the lines of [files]                                ┘
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
	const char *path;        /* inside; without links once item_list_settle() ran */
	const char *source;      /* BIND, DEVICE, PIN, MASK: host path without links; SYMLINK: target; FILE: text */
	const struct node *node; /* of the source; NULL when there is none, or when sbox makes it before the launch */
	bool rw;
	bool noexec;
	bool devices;   /* device nodes in it work */
	bool optional;
	bool globbed;   /* one hit of a pattern: loses against the same path written out */
	bool kept;      /* a private home or kept directory: mount points are made in it, and stay */
	bool is_dir;
	int rank;
	uint64_t size;
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
	/* items_guard()'s memory: siblings have the same ancestors */
	struct {
		const struct item *top;
		const char *parent, *same; /* the ancestor of @parent that is the same object as @top, or NULL */
	} memo;
	/* paths below which nothing can be executed */
	VEC(struct noexec {
		const char *path;
		struct origin from;
	}) noexec;
};

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
void items_home(struct items *it);
void items_files(struct items *it);
/** items_own_dirs() - mask sbox's own directories wherever an item would show them; after the others */
void items_own_dirs(struct items *it);

/** items_settle() - sort, decide between items of one path, follow links inside; contradictions are errors */
void items_settle(struct items *it);
/** items_guard() - hold hide and ro at every place where their object is visible; refuse links below writable items */
void items_guard(struct items *it);
/** items_complete() - pins and directories on the way, drop what changes nothing */
void items_complete(struct items *it);
/** items_emit() - to plan->mounts */
void items_emit(struct items *it);

/** items_covering() - the settled item that provides what is at @path (the longest prefix), or NULL */
const struct item *items_covering(const struct items *it, const char *path);
/** item_at() - the settled item exactly at @path, or NULL */
const struct item *item_at(const struct items *it, const char *path);

#endif
