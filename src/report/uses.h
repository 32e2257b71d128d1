/* SPDX-License-Identifier: MIT */
/*
 * What a program used that was there: `sbox learn` makes a profile of it.  Bounded like the records of what was denied.
 * All of it is the program's word: names it chose, paths that other threads may have swapped meanwhile.
 */
#ifndef SBOX_REPORT_USES_H
#define SBOX_REPORT_USES_H

#include <stdint.h>

#include "base/arena.h"

enum did {
	DID_LOOK,      /* a path: asked what it is */
	DID_READ,      /* its content, or the names in a directory */
	DID_WRITE,     /* it was there, and was changed */
	DID_MAKE,      /* the name was made, or taken away */
	DID_EXEC,      /* it was executed, or is the interpreter of what was */
	DID_CONNECT,   /* a unix socket at a path */
	DID_SOCKET,    /* a socket of this family was made */
	DID_REACH,     /* ADDR:PORT, by TCP */
	DID_REACH_UDP, /* the same by UDP, or another protocol */
	DID_BIND,      /* ADDR:PORT, by TCP */
	DID_ASK,       /* a host name, asked of a name server */
	DID_COUNT
};
/** did_words - of each: "look", "read", … */
extern const char *const did_words[DID_COUNT];

enum { USES_MAX = 65536, USE_BYTES_MAX = 8 << 20 };

/** struct use - one thing that was used */
struct use {
	enum did did;
	const char *object;  /* path inside without links, address, name, family */
	const char *asked;   /* the path as it was asked for, when links led from there to @object; else "" */
	const char *call;    /* "openat" */
	const char *command; /* name of the process; may hold hostile bytes */
};

struct uses {
	struct arena *arena;
	struct use **slots; /* open addressing, at most half full */
	size_t n, size, bytes;
	uint64_t beyond; /* different ones, or the same ones again, for which there was no room */
};

/** uses_init() - none yet; everything lives in @arena */
void uses_init(struct uses *u, struct arena *arena);
/** uses_know() - was @use seen before?  Its call and command do not count. */
bool uses_know(const struct uses *u, const struct use *use);
/** uses_add() - copy @use.  Return: false when there is no more room. */
bool uses_add(struct uses *u, const struct use *use);
/** use_json() - one line; in @arena */
const char *use_json(const struct use *use, struct arena *arena);

#endif
