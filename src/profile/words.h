/* SPDX-License-Identifier: MIT */
/* The closed sets of words that profiles use, and the enums they become. */
#ifndef SBOX_PROFILE_WORDS_H
#define SBOX_PROFILE_WORDS_H

#include <stdbool.h>

enum home_mode { HOME_EPHEMERAL, HOME_PRIVATE, HOME_HOST_RO, HOME_HOST };
enum cwd_mode { CWD_NONE, CWD_RO, CWD_RW, CWD_OVERLAY };
enum ns_mode { NS_PRIVATE, NS_HOST };
enum nested_mode { NESTED_DENY, NESTED_SANDBOX, NESTED_FULL };
/* NET_JOIN has no word: a `join` line chooses it. */
enum net_mode { NET_NONE, NET_HOST, NET_USER, NET_JOIN };
enum landlock_fs { LANDLOCK_FS_MIRROR, LANDLOCK_FS_OFF };
enum scope { SCOPE_ABSTRACT_UNIX, SCOPE_SIGNAL };
enum cgroup_manager { MANAGER_AUTO, MANAGER_SYSTEMD, MANAGER_SUBTREE, MANAGER_NONE };
enum x11_mode { X11_NO, X11_YES, X11_FALLBACK };
enum tty_mode { TTY_PRIVATE, TTY_INHERIT, TTY_NONE };
enum on_exit { ON_EXIT_KILL, ON_EXIT_WAIT };
enum on_unmask { ON_UNMASK_WARN, ON_UNMASK_KILL };
enum log_mode { LOG_NONE, LOG_FILE, LOG_JOURNAL };
enum hint { HINT_CGROUP, HINT_APPARMOR, HINT_SELINUX, HINT_LANDLOCK, HINT_CWD };

/** struct word - one row of a word table; a table ends with a NULL name */
struct word {
	const char *name;
	int value; /* of the enum above */
	const char *help;
};

extern const struct word home_words[], cwd_words[], private_words[], nested_words[], net_words[], landlock_words[],
	scope_words[], manager_words[], x11_words[], tty_words[], on_exit_words[], on_unmask_words[], hint_words[];

#endif
