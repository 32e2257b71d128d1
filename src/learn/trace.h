/* SPDX-License-Identifier: MIT */
/*
 * What a run in the learning sandbox left: the reporter's lines, read back.  The reporter read memory that the program filled,
 * so nothing here is believed: it says what was asked for, and every line of a profile that follows from it is held to what
 * the learning sandbox itself gave.
 */
#ifndef SBOX_LEARN_TRACE_H
#define SBOX_LEARN_TRACE_H

#include "base/arena.h"
#include "report/uses.h"

/** struct refused - something that the program asked for and did not get */
struct refused {
	const char *kind;    /* "path", "masked", "device", "syscall", "notified", … (report/record.h) */
	const char *call, *object, *command, *text;
	bool fallback;       /* programs take the answer for an older kernel, and go on */
	VEC(const char *) change; /* lines that would give it: "[files] dev = /dev/x" */
	const char *why_not; /* or NULL */
};

struct trace {
	VEC(struct use) uses;       /* each once, as they came */
	VEC(struct refused) refused;
	bool whole;                 /* the last line was there, and nothing was left out for want of room */
};

/** trace_read() - the lines in @text; what is none is skipped */
void trace_read(struct arena *arena, const char *text, struct trace *ret);

#endif
