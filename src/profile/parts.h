/* SPDX-License-Identifier: MIT */
/* What the files of profile/ are to each other.  Nobody outside of profile/ and its unit tests includes this. */
#ifndef SBOX_PROFILE_PARTS_H
#define SBOX_PROFILE_PARTS_H

#include <errno.h>
#include <sys/stat.h>

#include "profile/profile.h"

typedef VEC(const char *) text_list;

/** struct search_dir - one directory that profiles are searched in */
struct search_dir {
	const char *path;
	int kind; /* LAYER_USER, LAYER_SYSTEM, LAYER_SHIPPED */
	int fd;   /* O_PATH */
};

/** struct item - one value of one line, or (reset) the empty assignment to a list */
struct item {
	bool reset;
	struct setting s;
};

/** struct source - one profile file, read and parsed once */
struct source {
	struct layer layer; /* how it is named */
	const char *of;     /* profile name, also for a drop-in of it; NULL for a path */
	size_t dir;         /* index of the search directory it was found in; SEARCH_NONE for a path */
	bool dropin;
	dev_t dev;
	ino_t ino;
	VEC(struct item) items;
};

#define SEARCH_NONE SIZE_MAX

/** struct load - what one profile_load() keeps between its files */
struct load {
	struct arena *arena;
	const struct caller *caller;
	struct err *err;
	const char *user_dirs; /* text of user-dirs.dirs, "" when there is none; NULL until asked for */
	VEC(struct search_dir) dirs; /* in search order */
	VEC(struct source *) sources; /* every file opened so far, so that none is read twice */
};

/* ---- find.c: names and directories → opened files ---- */

enum { PROFILE_SIZE_MAX = 1 << 20 };

/** search_open() - open the search directories; those that do not exist are left out */
int search_open(struct load *l);
void search_close(struct load *l);
/** search_text() - the directories as one sentence part: "/a, /b and /c" */
const char *search_text(struct load *l);
/** name_is_valid() - [A-Za-z0-9._+-], not starting with "." or "-" */
bool name_is_valid(const char *name);
/**
 * find_name() - open NAME.ini in the first directory from index @from on that has it
 * Return: a descriptor, with its path and directory; -ENOENT; -errno of the first that exists and cannot be opened.
 */
int find_name(struct load *l, const char *name, size_t from, const char **ret_file, size_t *ret_dir);
/** profile_open() - open @file below @dirfd (or AT_FDCWD) without blocking on a FIFO or taking a terminal */
int profile_open(int dirfd, const char *file);
/**
 * find_names() - the entries NAME.ini (and, unless @dropins is NULL, NAME.d) of a directory, without the ending, in C order
 * Return: 0, also when there is no such directory; -errno.
 */
int find_names(struct load *l, int dirfd, const char *dir, text_list *ret_profiles, text_list *ret_dropins);
/** trust_problem() - why a profile with this owner and mode is refused, or NULL */
const char *trust_problem(const struct load *l, const struct stat *st, int kind);
/** find_nearest() - the name of an installed profile most like @name, or NULL */
const char *find_nearest(struct load *l, const char *name);

/* ---- source.c: one file → items ---- */

/**
 * source_read() - check, read and parse the file behind @fd, which is closed
 * @as: what it is called and where it was found; copied
 * @blame: the line that wants the file, or NO_ORIGIN
 * Return: the source, the same one when the same file was read before; NULL with a problem in l->err.
 */
struct source *source_read(struct load *l, int fd, const struct source *as, struct origin blame);

/** file_problem() - @problem of @file, at the line that wants it (or, with NO_ORIGIN, at the file).  Return: -EINVAL. */
int file_problem(struct load *l, struct origin blame, const char *file, const char *problem);

/* ---- entries.c: all profiles at a glance ---- */

/**
 * entries_by_command() - the profile whose `commands` lists @command
 * Return: its name; NULL when none does, or (a problem is in l->err) two of one directory do.
 */
const char *entries_by_command(struct load *l, const char *command);

/* ---- ini.c: text → lines ---- */

typedef void ini_line_fn(void *data, enum key_id key, const char *value, unsigned line);

/** is_blank() - as isspace() in the C locale, which is what inih asks */
static inline bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/** what some editors write before the first line of UTF-8 */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/** ini_read() - @fn for each good line of @text (@size bytes); each bad one is a problem in l->err */
void ini_read(struct load *l, const char *file, const char *text, size_t size, ini_line_fn *fn, void *data);

/* ---- value.c, number.c, paths.c, action.c, idmap.c: text → struct value ---- */

/** value_line() - parse the value of one line or option: one item, or one for each word; problems go to l->err */
void value_line(struct load *l, const struct setting *like, const char *value, void (*fn)(void *, struct item), void *data);
/** value_equal() - do two settings of one key say the same? */
bool value_equal(const struct setting *a, const struct setting *b);

/* Parsers of one value: @text is s->raw without the "-"; problems go to l->err at s->from. */
typedef int value_fn(struct load *l, const char *text, struct setting *s);
value_fn value_number, value_int, value_mode, value_share, value_duration, value_offset, value_rlimit;
value_fn value_path, value_access, value_bind, value_tmpfs, value_symlink, value_data;
value_fn value_action, value_idmap;

/** path_parse() - one path: variables expanded, absolute, normalized.  Return: 0 or -EINVAL. */
int path_parse(struct load *l, const struct setting *s, const char *text, const char **ret);
/** size_parse() - "64M" → bytes; a problem in l->err.  Return: 0 or -EINVAL. */
int size_parse(struct load *l, const struct setting *s, const char *text, int64_t *ret);
/** mode_parse() - octal permissions */
int mode_parse(struct load *l, const struct setting *s, const char *text, int64_t max, int64_t *ret);
/** unknown_word() - the error for @word ("unknown word …"), with the nearest one that @at knows.  Return: -EINVAL. */
int unknown_word(struct load *l, const struct setting *s, const char *what, const char *word,
		 const char *(*at)(size_t i, const void *data), const void *data);
/** names_at() - for nearest() and unknown_word(): @data is a NULL-terminated array of names */
const char *names_at(size_t i, const void *data);
/** is_command_line() - was @s typed on the command line? */
bool is_command_line(const struct setting *s);

/* ---- expand.c ---- */

/**
 * expand() - @text with "~" (when @path, at its start) and ${VARIABLES} replaced; "\$" is a dollar
 * Return: 0, *ret in the arena; -EINVAL with a problem at s->from.
 */
int expand(struct load *l, const struct setting *s, const char *text, bool path, const char **ret);

/* ---- keys.c ---- */

/** section_find() - the first key of [@section], or KEY_COUNT */
enum key_id section_find(const char *section);
/** section_key_find() - the row @name in the section whose first row is @first, or KEY_COUNT */
enum key_id section_key_find(enum key_id first, const char *name);
/** key_splits() - are the key's values words that blanks separate? */
bool key_splits(const struct key *key);
/** key_takes_optional() - may an item of the key be written with a leading "-"? */
bool key_takes_optional(enum key_id key);

/** layer number of what was typed on the command line: each option is a layer, so that the last one wins */
enum { LAYER_NUMBER_COMMAND_LINE = 1 << 16 };

#endif
