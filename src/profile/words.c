/* SPDX-License-Identifier: MIT */
#include "profile/words.h"

#include <stddef.h>

const struct word home_words[] = {
	{ "ephemeral", HOME_EPHEMERAL, false, "an empty directory in memory, gone when the program ends" },
	{ "private", HOME_PRIVATE, false, "a directory of the profile's own that is kept" },
	{ "host-ro", HOME_HOST_RO, false, "the user's home directory, read-only" },
	{ "host", HOME_HOST, false, "the user's home directory" },
	{ 0 },
};

const struct word cwd_words[] = {
	{ "none", CWD_NONE, false, "not visible" },
	{ "ro", CWD_RO, false, "visible, read-only" },
	{ "rw", CWD_RW, false, "visible and writable" },
	{ "overlay", CWD_OVERLAY, false, "visible; changes are kept apart from the host's files" },
	{ 0 },
};

const struct word private_words[] = {
	{ "private", NS_PRIVATE, false, "a namespace of its own" },
	{ "host", NS_HOST, false, "the caller's" },
	{ 0 },
};

const struct word nested_words[] = {
	{ "deny", NESTED_DENY, false, "no namespaces of its own" },
	{ "sandbox", NESTED_SANDBOX, false, "user, pid and net namespaces and chroot, as browsers use them; no mounts" },
	{ "full", NESTED_FULL, false, "mounts too, as another sandbox launcher needs them" },
	{ 0 },
};

const struct word net_words[] = {
	{ "none", NET_NONE, false, "a network of its own with nothing but loopback" },
	{ "host", NET_HOST, false, "the host's network" },
	{ "user", NET_USER, false, "a network of its own, connected by pasta" },
	{ 0 },
};

const struct word landlock_words[] = {
	{ "mirror", LANDLOCK_FS_MIRROR, false, "the plan's file rules, once more" },
	{ "off", LANDLOCK_FS_OFF, false, "no file rules" },
	{ 0 },
};

const struct word scope_words[] = {
	{ "abstract-unix", SCOPE_ABSTRACT_UNIX, false, "no connection to abstract unix sockets outside" },
	{ "signal", SCOPE_SIGNAL, false, "no signal to processes outside" },
	{ 0 },
};

const struct word manager_words[] = {
	{ "auto", MANAGER_AUTO, false, "whichever is there" },
	{ "systemd", MANAGER_SYSTEMD, false, "a scope of the user's systemd" },
	{ "subtree", MANAGER_SUBTREE, false, "sbox, in a part of the tree that was delegated to the caller" },
	{ "none", MANAGER_NONE, false, "no cgroup" },
	{ 0 },
};

const struct word x11_words[] = {
	{ "no", X11_NO, false, "no X server" },
	{ "yes", X11_YES, false, "the X server" },
	{ "fallback", X11_FALLBACK, false, "the X server, where there is no Wayland compositor" },
	{ 0 },
};

const struct word tty_words[] = {
	{ "private", TTY_PRIVATE, true, "a terminal of its own, when any of 0 to 2 is a terminal" },
	{ "inherit", TTY_INHERIT, false, "the caller's terminal" },
	{ "none", TTY_NONE, false, "no terminal" },
	{ 0 },
};

const struct word on_exit_words[] = {
	{ "kill", ON_EXIT_KILL, false, "they are ended" },
	{ "wait", ON_EXIT_WAIT, false, "the sandbox lives until they have ended" },
	{ 0 },
};

const struct word on_unmask_words[] = {
	{ "warn", ON_UNMASK_WARN, false, "one line says so" },
	{ "kill", ON_UNMASK_KILL, false, "the sandbox is ended" },
	{ 0 },
};

const struct word hint_words[] = {
	{ "cgroup", HINT_CGROUP, false, "the limits of [cgroup]" },
	{ "apparmor", HINT_APPARMOR, false, "the AppArmor label" },
	{ "selinux", HINT_SELINUX, false, "the SELinux label" },
	{ "landlock", HINT_LANDLOCK, false, "Landlock" },
	{ "cwd", HINT_CWD, false, "the current directory is one that can be given" },
	{ 0 },
};
