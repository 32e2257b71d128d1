/* SPDX-License-Identifier: MIT */
/*
 * What the user's desktop starts programs by, and `sbox desktop`'s part of it.
 *
 *   scan ──► the launchers of all data directories ──► which start PROGRAM? ──► rewritten ──► record ──► place
 *                                                              └──► what is left starts it bare: ways
 */
#ifndef SBOX_DESKTOP_LAUNCHERS_H
#define SBOX_DESKTOP_LAUNCHERS_H

#include "desktop/exec.h"
#include "desktop/program.h"
#include "desktop/record.h"

/** struct start - one command line of a launcher */
struct start {
	const char *group;   /* "Desktop Entry", "Desktop Action new-window" */
	exec_words words;
	struct program program; /* name is NULL when it cannot be told */
};

/** struct launcher - one file that starts something */
struct launcher {
	enum launcher_kind kind;
	const char *id;    /* files of one kind and id stand for each other: the first one counts */
	const char *path, *name; /* the whole, and below the directory of its kind */
	bool home;         /* in the user's own directory */
	bool hidden;       /* it says that it is not there */
	const char *problem; /* why it is no launcher; NULL */
	struct blob text;
	VEC(struct start) starts;
	const char *unit;  /* of a D-Bus service: the systemd unit that is started instead, or NULL */
};
typedef VEC(struct launcher) launcher_list;

/** struct launchers - all of them, in the order in which the desktop looks */
struct launchers {
	struct arena *arena;
	const struct caller *caller;
	launcher_list v;
	const char *home[LAUNCHER_KINDS]; /* the user's directory of each kind */
	keyfile_names caches;             /* the MIME caches of the system's directories */
};

/** launchers_look() - read them all; what cannot be read is left out */
void launchers_look(struct arena *arena, const struct caller *caller, struct launchers *ret);
/**
 * launchers_elsewhere() - entries that a desktop shows without looking at ids: icons on the desktop, Xfce's panel
 * Nothing takes their place, so they are looked at alone.
 */
void launchers_elsewhere(const struct launchers *all, launcher_list *ret);
/** launcher_parse() - fill the rest of @l from l->text */
void launcher_parse(struct launchers *all, struct launcher *l);
/** launcher_id() - the id of an entry: "kde/x.desktop" is kde-x.desktop to all */
const char *launcher_id(struct arena *arena, const char *name);
/** launcher_starts() - does a command line of @l start @program? */
bool launcher_starts(const struct launcher *l, const struct program *program);

/* ---- manage.c, undo.c, mime_cache.c, state.c ---- */

static inline struct origin file_origin(const char *path)
{
	return (struct origin){ .file = path };
}

/** struct desktop - what install, remove, list and verify have at hand */
struct desktop {
	struct arena *arena;
	const struct caller *caller;
	struct err *err;
	const char *sbox; /* this program's own path */
	struct store store;
	struct launchers all;
	bool force;
};

/** desktop_open() - @write: something will be changed.  Return: 0; -errno with a problem. */
int desktop_open(struct desktop *d, struct arena *arena, const struct caller *caller, bool write, struct err *err);
void desktop_close(struct desktop *d);

/** enum file_fate - what became of one file */
enum file_fate { FATE_WRITTEN, FATE_SAME, FATE_RESTORED, FATE_REMOVED, FATE_GONE };
/** struct handled - one file, for the user */
struct handled {
	enum file_fate fate;
	const char *path;
	const char *profile;
};
typedef VEC(struct handled) handled_list;

/**
 * desktop_install() - every launcher of @program starts it with @profile
 * @shell: its name in a shell, too.  What cannot be rewritten is a problem and is left as it is.
 * Return: 0; -errno with problems.
 */
int desktop_install(struct desktop *d, const struct program *program, const char *profile, bool shell, handled_list *ret);
/** desktop_remove() - everything that was written for @program (NULL: for any) is as it was.  0; -errno with problems */
int desktop_remove(struct desktop *d, const char *program, handled_list *ret);
/** desktop_mime() - after either: who opens what.  0 or -errno with a problem */
int desktop_mime(struct desktop *d);
/** desktop_commit() - record r->written, and bring it to its place; former, made and mode are filled in.  0; -errno with a problem */
int desktop_commit(struct desktop *d, struct record *r, handled_list *ret);
/** desktop_undo() - what was there before @which is there again.  0; -errno with a problem */
int desktop_undo(struct desktop *d, const struct record *which, handled_list *ret);
/** desktop_edited() - the problem that somebody has changed @path.  Return: -ESTALE. */
int desktop_edited(struct desktop *d, const char *path);

/** enum record_state - what became of a file that was written */
enum record_state {
	RECORD_FINE,
	RECORD_EDITED,  /* somebody has changed it */
	RECORD_MISSING, /* it is gone, or what was there before is there again */
	RECORD_STALE,   /* its source has changed */
	RECORD_ORPHAN,  /* its source is gone */
	RECORD_MOVED,   /* it starts another sbox than this one */
};
/** record_state() - and in *ret_what the keys that changed, or NULL */
enum record_state record_state(struct desktop *d, const struct record *r, const char **ret_what);
/** desktop_underlying() - the launcher that there would be without sbox, as the source for one; NULL: none */
const struct launcher *desktop_underlying(struct desktop *d, enum launcher_kind kind, const char *id);
/** record_id() - the id of the file that @r is about */
const char *record_id(struct arena *arena, const struct record *r);

/* ---- mime.c ---- */

/** struct mime_claim - the types that an entry says it opens */
struct mime_claim {
	const char *id;
	keyfile_names types;
};
typedef VEC(struct mime_claim) mime_claims;
/**
 * mime_merge() - @base with a line for each type of @claims: those who open it now (@base, then @caches), in their order
 * An entry in the user's directory takes the one of its name in the system's out of the system's cache.
 */
const char *mime_merge(struct arena *arena, const keylines *base, const mime_claims *claims, const keylines *caches, size_t n_caches);

/* ---- ways.c ---- */

/** struct way - how a program could still start bare */
struct way {
	const char *program;
	const char *what;
	const char *remedy; /* or NULL */
};
typedef VEC(struct way) way_list;
/** desktop_ways() - for @program, started with @profile when it is managed */
void desktop_ways(struct desktop *d, const struct program *program, const char *profile, way_list *ret);

#endif
