/* SPDX-License-Identifier: MIT */
/*
 * What sbox's resolver saw, for the report: memory that two processes share.  The resolver writes; the reporter reads, and
 * trusts nothing of it but that the texts end.
 */
#ifndef SBOX_PLAN_SEEN_H
#define SBOX_PLAN_SEEN_H

#include <stdint.h>

#include "plan/egress.h"

enum { SEEN_OPENED_MAX = 1024, SEEN_REFUSED_MAX = 256 };

/** struct names_seen - one for a sandbox that is closed and reported */
struct names_seen {
	uint32_t n_opened; /* so many were written, in a ring; a few may be overwritten while they are read */
	struct seen_opened {
		int family;
		uint8_t address[16];
		struct ports ports;
	} opened[SEEN_OPENED_MAX];
	uint32_t n_refused; /* different names, as many as fit */
	struct seen_refused {
		char name[NAME_TEXT_MAX + 2];
		int family; /* 0: no line allows the name; else it leads to nothing but private addresses, the first is @address */
		uint8_t address[16];
		uint32_t count;
	} refused[SEEN_REFUSED_MAX];
};

/** seen_open() - an address that a name led to, and its ports; @seen may be NULL here and below */
void seen_open(struct names_seen *seen, int family, const uint8_t *address, const struct ports *ports);
/** seen_refuse() - a name that is not allowed was asked for; with @family one that leads to @address alone, which is private */
void seen_refuse(struct names_seen *seen, const char *name, int family, const uint8_t *address);
/** seen_address() - the address of a refusal that is about one, as text in @arena; NULL: it is about the name */
const char *seen_address(struct arena *arena, const struct seen_refused *refused);
/** seen_opened() - did an allowed name lead to @host (ADDR, ADDR:PORT, [ADDR6]:PORT)? */
bool seen_opened(const struct names_seen *seen, const char *host);

#endif
