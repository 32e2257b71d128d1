/* SPDX-License-Identifier: MIT */
/* Which allowed calls a report looks at: watched.def as a table.  Pure data, for the filter and for report/. */
#ifndef SBOX_PLAN_WATCHED_H
#define SBOX_PLAN_WATCHED_H

#include <stdint.h>

enum watched_kind { WATCHED_PATH, WATCHED_ADDRESS, WATCHED_TASK };

/** enum watched_use - what the call does with its path or address; see watched.def */
enum watched_use {
	USE_LOOK, USE_LLOOK, USE_OPEN, USE_OPEN_HOW, USE_CREAT, USE_ACCESS, USE_CHANGE, USE_LCHANGE, USE_MAKE, USE_REMOVE,
	USE_REPLACE, USE_EXEC,
	USE_CONNECT, USE_BIND, USE_SEND, USE_MESSAGE,
	USE_TASK,
};

/** struct watched - one path or address of one call; -1: no such argument */
struct watched {
	const char *name;
	enum watched_kind kind;
	enum watched_use use;
	int8_t dir;   /* argument: descriptor of a directory */
	int8_t at;    /* argument: pointer to the path, address or message */
	int8_t flags; /* argument: flags, mode, or size of the address */
};

/** watched_find() - the first row of the call @name, or NULL; watched_next(): the one after @row, or NULL */
const struct watched *watched_find(const char *name);
const struct watched *watched_next(const struct watched *row);

#endif
