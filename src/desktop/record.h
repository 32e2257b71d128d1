/* SPDX-License-Identifier: MIT */
/*
 * What `sbox desktop` has written, and what was there before: one file for each, in sbox's state directory, which no sandbox
 * sees.  A record is complete on the disk before the file that it is about is touched.
 */
#ifndef SBOX_DESKTOP_RECORD_H
#define SBOX_DESKTOP_RECORD_H

#include <sys/stat.h>

#include "desktop/keyfile.h"
#include "base/err.h"

/** enum launcher_kind - the ways by which a desktop starts programs */
enum launcher_kind {
	LAUNCHER_ENTRY,     /* $XDG_DATA_HOME/applications */
	LAUNCHER_SERVICE,   /* $XDG_DATA_HOME/dbus-1/services */
	LAUNCHER_AUTOSTART, /* $XDG_CONFIG_HOME/autostart */
	LAUNCHER_SHELL,     /* ~/.local/bin */
	LAUNCHER_MIME,      /* the cache beside the entries: who opens what */
	LAUNCHER_KINDS
};
extern const char *const launcher_kinds[LAUNCHER_KINDS];

/** struct blob - bytes of a file; NUL-terminated for convenience */
struct blob {
	const char *data;
	size_t size;
};

/** struct file_state - what is at a name */
struct file_state {
	enum { FILE_NONE, FILE_REGULAR, FILE_LINK, FILE_OTHER } type;
	mode_t mode;
	int64_t mtime;    /* ns */
	struct blob data; /* of a file: its content; of a link: where it leads */
};

/** struct record - one file that sbox has written */
struct record {
	enum launcher_kind kind;
	const char *program, *profile;
	const char *dir;     /* absolute: the directory of its kind */
	const char *name;    /* below it */
	const char *source;  /* path of the file that it was made from; "" for none */
	struct blob from;    /* the content of that */
	struct blob written; /* ... and what was made of it */
	mode_t mode;         /* its permissions */
	struct file_state former; /* what was there */
	keyfile_names made;  /* directories that were made for it, outermost first */
};
typedef VEC(struct record) record_list;

/** blob_of() - a string */
struct blob blob_of(const char *text);
bool blob_equal(const struct blob *a, const struct blob *b);
/** file_state_is() - is it there, a file with this content? */
bool file_state_is(const struct file_state *s, const struct blob *content);
bool file_state_equal(const struct file_state *a, const struct file_state *b);

/** record_text() - as a file */
struct blob record_text(struct arena *arena, const struct record *r);
/** record_parse() - the reverse; @text may be anything.  Return: 0 or -EINVAL. */
int record_parse(struct arena *arena, const struct blob *text, struct record *ret);
/** record_path() - the file it is about */
const char *record_path(struct arena *arena, const struct record *r);

/* ---- store.c ---- */

/** struct store - all records, and the right to change them */
struct store {
	struct arena *arena;
	const char *path;
	int dir; /* owned; negative: there is none yet */
	record_list records;
};

/**
 * store_open() - read the records in @path; @write: make it when it is missing, and keep others from writing
 * Return: 0; -errno with a problem in @err.
 */
int store_open(struct arena *arena, const char *path, bool write, struct store *ret, struct err *err);
void store_close(struct store *s);
/** store_put() - on the disk, in place of the one for the same file.  Return: 0 or -errno. */
int store_put(struct store *s, const struct record *r);
/** store_drop() - forget the record for the file of @r.  Return: 0 or -errno. */
int store_drop(struct store *s, const struct record *r);
/** store_find() - the record for @name in @dir, or NULL */
struct record *store_find(const struct store *s, enum launcher_kind kind, const char *dir, const char *name);

/* ---- place.c: files in the user's directories ---- */

/** struct place - a name in a directory that is held open */
struct place {
	int dir; /* owned; negative: the directory does not exist */
	const char *name;
};

/**
 * place_open() - @name ("kde/x.desktop") below @dir
 * @dir may be reached by links of the user's, but must be his; below it none is followed.
 * @make: make the directories that are missing
 * Return: 0; -EPERM: it is somebody else's; -errno.
 */
int place_open(struct arena *arena, const char *dir, const char *name, bool make, struct place *ret);
/** place_missing() - @path and the directories above it that do not exist, outermost first */
void place_missing(struct arena *arena, const char *path, keyfile_names *ret);
void place_close(struct place *p);
/** place_look() - what is there.  Return: 0 or -errno. */
int place_look(struct arena *arena, const struct place *p, struct file_state *ret);
/** place_put() - make it so, in one step; a file without @want->mtime has the time of now.  Return: 0 or -errno. */
int place_put(const struct place *p, const struct file_state *want);
/** place_tidy() - remove what an interrupted place_put() has left in the directory */
void place_tidy(const struct place *p);
/** file_read() - the content of a file, by its path and following links, if it is one and not too large.  0 or -errno */
int file_read(struct arena *arena, int dir, const char *path, struct blob *ret);

#endif
