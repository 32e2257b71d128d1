/* SPDX-License-Identifier: MIT */
/* Parts of choose().  Internal to learn/. */
#ifndef SBOX_LEARN_CHOOSE_H
#define SBOX_LEARN_CHOOSE_H

#include "learn/learn.h"

/** choice_add() - one line more, unless there is the same */
void choice_add(struct arena *arena, struct choice *c, const char *section, const char *key, const char *value, bool off, const char *why);

/** choose_network() - mode, and which hosts and ports; @pasta: mode = user is possible here; @held: TCP ports can be held (Landlock) */
void choose_network(const struct trace *t, bool pasta, bool held, struct arena *arena, struct choice *c);

#endif
