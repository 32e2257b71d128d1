/* SPDX-License-Identifier: MIT */
/* JSON that may hold the host's bytes and may end on a terminal. */
#ifndef SBOX_BASE_JSON_H
#define SBOX_BASE_JSON_H

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"

/**
 * json_whole() - what is written is all there: memory that cannot be had ends the process, as for an arena
 * Before the first call of jansson; most of what those return is looked at by nobody.
 */
void json_whole(void);
/** json_text() - @s as a string; host paths need not be UTF-8, JSON must be: other bytes are escaped as by quote() */
json_t *json_text(struct arena *arena, const char *s);
/** json_set_text() - @key of @object becomes @s; NULL leaves it out */
void json_set_text(struct arena *arena, json_t *object, const char *key, const char *s);
/** json_set_origin() - "file", "line" and "key" of @object, as far as @from has them */
void json_set_origin(struct arena *arena, json_t *object, struct origin from);
/**
 * json_write() - @root as ASCII text, in @arena; consumes @root
 * @flags: JSON_INDENT(2), JSON_COMPACT, …
 */
const char *json_write(struct arena *arena, json_t *root, size_t flags);

#endif
