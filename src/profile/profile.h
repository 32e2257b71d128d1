/* SPDX-License-Identifier: MIT */
/*
 * Text → struct profile.  A profile is, for each key, the list of settings that hold after all layers were
 * merged (parents in their order, the file, its drop-ins, the command line), each with the line it came
 * from.  profile/ only reads files; what a setting means for a machine is plan/'s business.
 */
#ifndef SBOX_PROFILE_PROFILE_H
#define SBOX_PROFILE_PROFILE_H

#include <stdint.h>
#include <sys/resource.h>

#include "base/caller.h"
#include "base/err.h"
#include "profile/idmap.h"
#include "profile/words.h"

/** enum value_type - how the text of one value becomes a struct value */
enum value_type {
	T_TEXT,     /* scalar; the line as it is: text */
	T_NAME,     /* scalar; one word: text */
	T_LINE,     /* list, one item a line: text */
	T_NAMES,    /* list, split at blanks: text, one setting for each word */
	T_WORD,     /* scalar from a word table: number */
	T_WORDS,    /* list of words from a table: number, one setting for each */
	T_BOOL,     /* scalar yes/no: number 1 or 0 */
	T_NUMBER,   /* scalar, unsigned: number */
	T_INT,      /* scalar, signed: number */
	T_MODE,     /* scalar, octal 0 to 07777: number */
	T_SHARE,    /* scalar: bytes with K M G T in number; or a percentage: number in percent and percent = true */
	T_DURATION, /* scalar: nanoseconds in number; ms s m h d, bare = seconds; > 0 */
	T_OFFSET,   /* scalar: a signed duration */
	T_PATH,     /* list: src, absolute and normalized; may hold a glob in its last component */
	T_ACCESS,   /* list: src as T_PATH; number = 1 when ":rw" follows */
	T_BIND,     /* list: src and dst (dst == src when only one path was given); globs in src's last component */
	T_TMPFS,    /* list: dst, number = size in bytes (0: tmp-size), mode (default 01777 & ~umask is NOT applied: 0755) */
	T_SYMLINK,  /* list: dst = link, text = target as written */
	T_DATA,     /* list: dst = path, text = the rest of the line */
	T_SYSTEM,   /* scalar: number = enum system_mode; src for SYSTEM_DIR */
	T_USER,     /* scalar: number = enum user_mode, id for USER_NUMBER */
	T_NETNS,    /* scalar: "fd:N": number = N; else src, and number = -1 */
	T_IDMAP,    /* scalar: number = enum idmap_mode; extents and n_extents for IDMAP_EXTENTS */
	T_ACTION,   /* scalar: a seccomp action by name: number = SECCOMP_RET_* | data */
	T_RLIMIT,   /* scalar: SOFT[:HARD]; "unlimited"; "off" and 0 mean number = 1 for core */
	T_ENV,      /* list: name and text */
	T_LOG,      /* scalar: number = enum log_mode; src for LOG_FILE */
};

enum system_mode { SYSTEM_NONE, SYSTEM_HOST, SYSTEM_DIR };
enum user_mode { USER_SELF, USER_ROOT, USER_NUMBER };
enum idmap_mode { IDMAP_SELF, IDMAP_SUBIDS, IDMAP_EXTENTS };


enum key_id {
#define KEY(id, ...) KEY_##id,
#include "profile/keys.def"
#undef KEY
	KEY_COUNT
};

/** struct key - one row of keys.def */
struct key {
	const char *section, *name;
	enum value_type type;
	const struct word *words; /* T_WORD, T_WORDS */
	const char *def;          /* value of an empty profile, or NULL */
	const char *help;
};

extern const struct key keys[KEY_COUNT];

/** key_find() - row of [@section] @name, or KEY_COUNT */
enum key_id key_find(const char *section, const char *name);
/** section_at(), section_key_at() - the i-th section, or key of section @data (its name), for nearest() */
const char *section_at(size_t i, const void *data);
const char *section_key_at(size_t i, const void *data);
/** key_is_list() - may the key be repeated? */
bool key_is_list(const struct key *key);

/** struct value - a parsed value; which fields hold something is said at enum value_type */
struct value {
	int64_t number;
	const char *text;
	const char *name; /* T_ENV */
	const char *src;  /* host side: absolute, normalized, variables expanded */
	const char *dst;  /* inside: absolute, normalized */
	bool percent;     /* T_SHARE */
	bool glob;        /* T_PATH, T_BIND: the last component of src is a pattern */
	mode_t mode;      /* T_TMPFS */
	uint32_t id;      /* T_USER */
	const struct id_extent *extents; /* T_IDMAP */
	size_t n_extents;
	struct rlimit rlimit;
};

/** struct setting - one value that holds, and the line that says so */
struct setting {
	enum key_id key;
	struct origin from;
	unsigned layer; /* a later layer has a higher number; settings of one file have one number */
	bool user;      /* the user's own word: own profile or command line, not a shipped or system file */
	bool optional;  /* written with a leading "-" */
	const char *raw; /* the item as written, for messages */
	struct value v;
};

typedef VEC(struct setting) setting_list;

/** struct layer - one file (or the command line) that was merged, in order */
struct layer {
	const char *file; /* path, "command line" */
	const char *name; /* profile name, "NAME.d/x.ini", or NULL */
	enum { LAYER_SHIPPED, LAYER_SYSTEM, LAYER_USER, LAYER_PATH, LAYER_COMMAND_LINE } kind;
};

struct profile {
	struct arena *arena;
	const char *name; /* "browser"; for a path: its last component without ".ini" */
	const char *file; /* the main file, or "default" for none */
	VEC(struct layer) layers;
	setting_list by_key[KEY_COUNT]; /* scalars: at most one entry */
	/* What profile_get() and profile_list() answer for a key that no layer mentioned; empty for one that was. */
	setting_list defaults[KEY_COUNT];
};

/** struct cli_setting - an option that is a key: `--net=none` is { KEY_network_mode, "none", "option --net" } */
struct cli_setting {
	enum key_id key;
	const char *value;  /* in the profile's language; a relative path is relative to the caller's cwd */
	struct origin from;
};
typedef VEC(struct cli_setting) cli_settings;

/** struct profile_request - what to load */
struct profile_request {
	const struct caller *caller;
	const char *name;    /* --profile: a name, or a path (has a "/"); NULL: by @command, else "default" */
	const char *command; /* argv[0] of the program, or NULL */
	const cli_settings *cli;
};

/**
 * profile_load() - find, read and merge
 * All problems of all files are added to @err, so that one run shows them all.
 * Return: 0, *ret in @arena; -ENOENT (no such profile), -EINVAL (problems in @err).  *ret is set even then when
 * at least the main file could be read.
 */
int profile_load(struct arena *arena, const struct profile_request *req, struct profile **ret, struct err *err);

/** user_dir_at() - the @i-th of the user's directories (XDG_DOWNLOAD_DIR, …) as ${NAME}, and its path; NULL behind the last */
const char *user_dir_at(struct arena *arena, const struct caller *caller, size_t i, const char **ret_path);

/** profile_get() - the setting of scalar @key, or its default (layer 0, origin "default"); NULL if there is neither */
const struct setting *profile_get(const struct profile *p, enum key_id key);
/** profile_number() - value.number of profile_get(), or 0 */
int64_t profile_number(const struct profile *p, enum key_id key);
/**
 * profile_list() - all settings of list @key, in order
 * The default of a key is what its first layer inherits: words add to it, an empty assignment empties it.
 */
const setting_list *profile_list(const struct profile *p, enum key_id key);

/**
 * profile_of_command() - the name of the profile whose `commands` lists @command; NULL in *ret when none does
 * Return: 0; -EINVAL with a problem in @err (claimed by two).
 */
int profile_of_command(struct arena *arena, const struct caller *caller, const char *command, const char **ret, struct err *err);

/** struct profile_entry - one profile that can be named, for `sbox profiles` and `sbox check` */
struct profile_entry {
	const char *name, *file, *description;
	int kind;            /* LAYER_SHIPPED, LAYER_SYSTEM, LAYER_USER */
	const char *shadows; /* file that this one hides, or NULL */
	const char *commands; /* blank-separated, or NULL */
	bool fragment;       /* has no commands and is named base or base-…: meant to be extended */
};
typedef VEC(struct profile_entry) profile_entries;

/** profile_entries_find() - every profile of the search path, by name; unreadable ones are reported in @err */
int profile_entries_find(struct arena *arena, const struct caller *caller, profile_entries *ret, struct err *err);

#endif
