/* SPDX-License-Identifier: MIT */
/* Strings: quoting for terminals, near misses, words. */
#ifndef SBOX_BASE_STR_H
#define SBOX_BASE_STR_H

#include <stdint.h>

#include "base/arena.h"

/**
 * quote() - @s safe for a terminal
 * Control characters, DEL, C1 controls, invalid UTF-8 and bidirectional overrides become \xHH; the text of
 * a profile or a command must never reach a terminal raw (CVE-2023-28101).
 * Return: @s itself when nothing needs escaping, else a copy in @arena.
 */
const char *quote(struct arena *arena, const char *s);

/**
 * shell_word() - @s as one word of a shell's command line
 * A name that a program chose may be pasted with an option that sbox offers: quotes are put round all that is not plain.
 * Return: @s itself when it is plain, else a copy in @arena.
 */
const char *shell_word(struct arena *arena, const char *s);

/** shell_lines() - each line of @lines as shell_word(); NULL for NULL */
const char *shell_lines(struct arena *arena, const char *lines);

/**
 * nearest() - the word most like @word, for "did you mean"
 * @at: returns the i-th known word, NULL after the last
 * Return: NULL when nothing is close (more than a third of the letters differ).
 */
const char *nearest(const char *word, const char *(*at)(size_t i, const void *data), const void *data);

/**
 * next_word() - cut the next blank-separated word off *@s, in place
 * Return: the word, or NULL at the end.
 */
char *next_word(char **s);

/** hash_text() - of @s after what gave @h; HASH_TEXT for the first.  FNV-1a: names on disk depend on it. */
uint64_t hash_text(uint64_t h, const char *s);
#define HASH_TEXT UINT64_C(0xcbf29ce484222325)

#endif
