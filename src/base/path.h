/* SPDX-License-Identifier: MIT */
/* Paths as text.  Nothing here touches the file system. */
#ifndef SBOX_BASE_PATH_H
#define SBOX_BASE_PATH_H

#include "base/arena.h"

/**
 * path_normalize() - an absolute path without empty, "." and ".." components and without a trailing "/"
 * ".." is resolved by text, which is right only because the result is looked up without following links or
 * each link on it is looked at (plan/host.h).
 * Return: the path in @arena, or NULL when @path is not absolute.
 */
char *path_normalize(struct arena *arena, const char *path);

/** path_join() - "@dir/@rest" with exactly one slash between; @rest may be empty */
char *path_join(struct arena *arena, const char *dir, const char *rest);

/** path_parent() - "/a/b" → "/a", "/a" → "/"; "/" → "/" */
char *path_parent(struct arena *arena, const char *path);

/** path_name() - the last component: "/a/b" → "b", "/" → "" */
const char *path_name(const char *path);

/**
 * path_below() - what is left of @path below @dir
 * Both normalized.  Return: "" when equal, "b/c" for "/a/b/c" below "/a", NULL when @path is not in @dir.
 */
const char *path_below(const char *path, const char *dir);

#endif
