/* SPDX-License-Identifier: MIT */
#include "profile/words.h"

#include <stddef.h>

const struct word home_words[] = {
	{ "ephemeral", HOME_EPHEMERAL, "an empty directory in memory, gone when the program ends" },
	{ "private", HOME_PRIVATE, "a directory of the profile's own that is kept" },
	{ "host-ro", HOME_HOST_RO, "the user's home directory, read-only" },
	{ "host", HOME_HOST, "the user's home directory" },
	{ 0 },
};

const struct word cwd_words[] = {
	{ "none", CWD_NONE, "not visible" },
	{ "ro", CWD_RO, "visible, read-only" },
	{ "rw", CWD_RW, "visible and writable" },
	{ "overlay", CWD_OVERLAY, "visible; changes are kept apart from the host's files" },
	{ 0 },
};

const struct word private_words[] = {
	{ "private", NS_PRIVATE, "a namespace of its own" },
	{ "host", NS_HOST, "the caller's" },
	{ 0 },
};

const struct word nested_words[] = {
	{ "deny", NESTED_DENY, "no namespaces of its own" },
	{ "sandbox", NESTED_SANDBOX, "user, pid and net namespaces and chroot, as browsers use them; no mounts" },
	{ "full", NESTED_FULL, "mounts too, as another sandbox launcher needs them" },
	{ 0 },
};

const struct word net_words[] = {
	{ "none", NET_NONE, "a network of its own with nothing but loopback" },
	{ "host", NET_HOST, "the host's network" },
	{ "user", NET_USER, "a network of its own, connected by pasta" },
	{ 0 },
};

const struct word landlock_words[] = {
	{ "mirror", LANDLOCK_FS_MIRROR, "the plan's file rules, once more" },
	{ "off", LANDLOCK_FS_OFF, "no file rules" },
	{ 0 },
};

const struct word scope_words[] = {
	{ "abstract-unix", SCOPE_ABSTRACT_UNIX, "no connection to abstract unix sockets outside" },
	{ "signal", SCOPE_SIGNAL, "no signal to processes outside" },
	{ 0 },
};

const struct word manager_words[] = {
	{ "auto", MANAGER_AUTO, "whichever is there" },
	{ "systemd", MANAGER_SYSTEMD, "a scope of the user's systemd" },
	{ "subtree", MANAGER_SUBTREE, "sbox, in a part of the tree that was delegated to the caller" },
	{ "none", MANAGER_NONE, "no cgroup" },
	{ 0 },
};

const struct word x11_words[] = {
	{ "no", X11_NO, "no X server" },
	{ "yes", X11_YES, "the X server" },
	{ "fallback", X11_FALLBACK, "the X server, where there is no Wayland compositor" },
	{ 0 },
};

const struct word tty_words[] = {
	{ "private", TTY_PRIVATE, "a terminal of its own, when any of 0 to 2 is a terminal" },
	{ "inherit", TTY_INHERIT, "the caller's terminal" },
	{ "none", TTY_NONE, "no terminal" },
	{ 0 },
};

const struct word on_exit_words[] = {
	{ "kill", ON_EXIT_KILL, "they are ended" },
	{ "wait", ON_EXIT_WAIT, "the sandbox lives until they have ended" },
	{ 0 },
};

const struct word on_unmask_words[] = {
	{ "warn", ON_UNMASK_WARN, "one line says so" },
	{ "kill", ON_UNMASK_KILL, "the sandbox is ended" },
	{ 0 },
};

const struct word hint_words[] = {
	{ "cgroup", HINT_CGROUP, "the limits of [cgroup]" },
	{ "apparmor", HINT_APPARMOR, "the AppArmor label" },
	{ "selinux", HINT_SELINUX, "the SELinux label" },
	{ "landlock", HINT_LANDLOCK, "Landlock" },
	{ "cwd", HINT_CWD, "the current directory is one that can be given" },
	{ 0 },
};
