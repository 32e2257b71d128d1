/* SPDX-License-Identifier: MIT */
/* Who called: ids, names, directories and environment of the process that sbox was started as. */
#ifndef SBOX_BASE_CALLER_H
#define SBOX_BASE_CALLER_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"

struct caller {
	uid_t uid; /* real ids; sbox refuses to run when the effective ones differ */
	gid_t gid;
	const char *user;  /* login name: passwd file, else $USER, else the number */
	const char *group; /* name of the primary group, or "users" */
	const char *home;  /* absolute, normalized; $HOME, else the passwd file */
	const char *shell; /* $SHELL, else the passwd file, else /bin/sh */
	const char *cwd;   /* absolute; NULL when it was deleted or cannot be named */
	const char *config_dir;  /* $XDG_CONFIG_HOME or ~/.config */
	const char *data_dir;    /* $XDG_DATA_HOME or ~/.local/share */
	const char *state_dir;   /* $XDG_STATE_HOME or ~/.local/state */
	const char *cache_dir;   /* $XDG_CACHE_HOME or ~/.cache */
	const char *runtime_dir; /* $XDG_RUNTIME_DIR when set, absolute and existing, else NULL */
	char *const *environ;    /* the launcher's environment; borrowed */
};

/**
 * caller_look() - fill @c
 * Strings live in @arena (or in @env).  A relative $XDG_… is ignored, as its specification demands.
 * Return: 0; -EINVAL with a problem in @err when there is no usable home directory.
 */
int caller_look(struct arena *arena, char *const *env, struct caller *c, struct err *err);

/** caller_env() - the value of @name in the launcher's environment, or NULL */
const char *caller_env(const struct caller *c, const char *name);

#endif
