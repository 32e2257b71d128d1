/* SPDX-License-Identifier: MIT */
/*
 * What was denied, how often: one record for each kind, call and object.  Bounded: beyond so many records, or bytes of
 * text, only the totals go on being exact, and the report says so.
 */
#ifndef SBOX_REPORT_RECORD_H
#define SBOX_REPORT_RECORD_H

#include "plan/plan.h"
#include "plan/verdict.h"

enum denial_kind {
	DENIAL_SYSCALL,   /* a call, or one with these arguments */
	DENIAL_SOCKET,    /* a family of sockets */
	DENIAL_PATH,      /* there on the host, not inside */
	DENIAL_MASKED,    /* something empty is there instead */
	DENIAL_READ_ONLY, /* cannot be changed inside */
	DENIAL_EXEC,      /* a program or its interpreter cannot be executed inside */
	DENIAL_DEVICE,    /* a device that is not there */
	DENIAL_CONNECT,   /* an address that cannot be reached */
	DENIAL_BIND,      /* a port or address that cannot be taken */
	DENIAL_LIMIT,     /* a resource limit */
	DENIAL_DBUS,      /* a name on a message bus */
	DENIAL_NOTIFIED,  /* allowed, and named by `notify` */
	DENIAL_KIND_COUNT
};
/** denial_words - of each kind: "syscall", "read-only", … */
extern const char *const denial_words[DENIAL_KIND_COUNT];

enum { RECORDS_MAX = 16384, RECORD_BYTES_MAX = 32 << 20 };

/** struct denial - one thing that was denied, as seen once */
struct denial {
	enum denial_kind kind;
	const char *call;   /* "openat"; DBUS: "dbus-talk", … */
	const char *object; /* path, address, name of the argument or on a bus; "" for none */
	int error;          /* errno that the program got, or will get; 0: none (notified) */
	bool fallback;      /* callers take the answer for an older kernel and go on */
	struct verdict why; /* what decided, and what would change it */
};

/** struct someone - who was denied it first */
struct someone {
	int pid;             /* inside; 0: it is not known who it was */
	int outer;           /* its pid where sbox runs, or 0 */
	const char *command; /* its name; may hold hostile bytes */
	const char *exe;     /* path inside of its program, or "" */
};

/** struct record - the same with a count */
struct record {
	struct denial is;
	struct someone first;
	uint64_t count;
	size_t nr; /* as they came */
};

struct records {
	struct arena *arena;
	struct record **slots; /* open addressing, at most half full */
	struct record **order; /* as they came */
	size_t n, size, bytes;
	uint64_t totals[DENIAL_KIND_COUNT]; /* of all, also of those without a record */
	uint64_t beyond;                    /* denials without a record */
};

/** records_init() - none yet; texts and tables live in @arena */
void records_init(struct records *r, struct arena *arena);
/** records_find() - the record of @kind, @call and @object, or NULL */
struct record *records_find(const struct records *r, enum denial_kind kind, const char *call, const char *object);
/** records_count() - one more of what has a record */
void records_count(struct records *r, struct record *record);
/**
 * records_add() - the first of its kind: copied, with a count of one
 * Return: the record; NULL when there is no more room, and only the totals count it.
 */
struct record *records_add(struct records *r, const struct denial *d, const struct someone *first);

#endif
