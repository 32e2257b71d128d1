/* SPDX-License-Identifier: MIT */
/* A program by its name, and whether two names mean one program. */
#ifndef SBOX_DESKTOP_PROGRAM_H
#define SBOX_DESKTOP_PROGRAM_H

#include "base/caller.h"
#include "desktop/keyfile.h"

/** struct program - a name, and where it leads */
struct program {
	const char *name;    /* its last component */
	const char *path;    /* absolute; NULL: not on this machine */
	keyfile_names links; /* @path, and what each link leads to, in order; the last one is the file */
};

/**
 * program_find() - @word is a name, or an absolute path
 * A name is looked up where a sandbox looks it up (/usr/local/bin, /usr/bin, …), then in the caller's PATH; not where sbox's
 * own wrappers are: @skip_dir, or NULL.
 * Return: is it there?  @ret is filled either way.
 */
bool program_find(struct arena *arena, const struct caller *caller, const char *word, const char *skip_dir, struct program *ret);
/** program_at() - the program that is at @path: executable by the caller; ret->path is NULL when there is none */
void program_at(struct arena *arena, const char *path, struct program *ret);
/**
 * program_is() - does starting @found start @wanted?
 * By name and by links: the alternatives, a version in the name.  One file under many names that tell what it is to do
 * (busybox, snaps) is a different program by each.
 */
bool program_is(const struct program *wanted, const struct program *found);
/** program_dir() - the i-th directory where programs are looked up without asking PATH; NULL behind the last */
const char *program_dir(size_t i);
/** program_dir_is_standard() - is @dir in the PATH of every sandbox? */
bool program_dir_is_standard(const char *dir);
/** program_path_dirs() - the caller's PATH, absolute directories only */
void program_path_dirs(struct arena *arena, const struct caller *caller, keyfile_names *ret);

#endif
