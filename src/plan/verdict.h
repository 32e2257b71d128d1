/* SPDX-License-Identifier: MIT */
/*
 * One question to a plan, one verdict: is a path visible, does a call work, is a host reached, and which line would change
 * that (plan_ask.c and the plan_ask_*.c).  What explain, the report and learn say of a denial comes from here.
 */
#ifndef SBOX_PLAN_VERDICT_H
#define SBOX_PLAN_VERDICT_H

#include "plan/plan.h"

enum verdict_kind {
	VERDICT_ABSENT,  /* a path that is not there inside */
	VERDICT_READ,    /* a path: visible, cannot be written */
	VERDICT_WRITE,   /* a path: can be written (a directory: files can be made in it; a socket: connected to) */
	VERDICT_MASKED,  /* a path: something empty is there instead */
	VERDICT_ALLOWED, /* a call works, at least with some arguments; a host can be reached */
	VERDICT_DENIED,  /* a call or host: not; a path: visible, but cannot be opened */
	VERDICT_KIND_COUNT
};

/** struct verdict - the answer to one question */
struct verdict {
	enum verdict_kind kind;
	bool exec;           /* a path: a file there can be executed; a directory: files below it may be */
	const char *text;    /* one sentence */
	struct origin from;  /* the line that decided; file NULL when nothing names it */
	const char *change;  /* profile lines that would change it, with their section, one a line; or NULL */
	const char *option;  /* the same as options of run, one a line, each one word; or NULL */
	const char *why_not; /* why no line is offered although something is denied, or NULL */
};

/** enum ask_for - what somebody wants to do with a path: decides what @change offers */
enum ask_for { ASK_FOR_READ, ASK_FOR_WRITE, ASK_FOR_EXEC };

/**
 * plan_ask_path() - is @path (inside, absolute, normalized) visible, and how?
 * The answer is the same for every @what; @change is what makes that possible.
 */
void plan_ask_path(const struct plan *plan, struct host *host, const char *path, enum ask_for what, struct arena *arena,
		   struct verdict *ret);
/** plan_ask_syscall() - does @name work?  -EINVAL when there is no such call: ret->text says so, with the nearest one */
int plan_ask_syscall(const struct plan *plan, const char *name, struct arena *arena, struct verdict *ret);
/**
 * plan_ask_host() - can @name be reached: NAME, ADDR or [ADDR6], with or without :PORT (TCP)?
 * Return: 0; -EINVAL when it is none of these: ret->text says so.
 */
int plan_ask_host(const struct plan *plan, struct host *host, const char *name, struct arena *arena, struct verdict *ret);

/**
 * plan_ask_bus() - does the program have @right to @name of @bus?
 * A name that is none is denied, too, without a line that would change it.
 */
void plan_ask_bus(const struct plan *plan, enum bus bus, enum bus_right right, const char *name, struct arena *arena, struct verdict *ret);
/**
 * plan_ask_bus_text() - the same for "NAME" (talk to it on the session bus), "own:NAME", "see:NAME" and "system:NAME"
 * Return: 0; -EINVAL when it is none of these: ret->text says so.
 */
int plan_ask_bus_text(const struct plan *plan, const char *text, struct arena *arena, struct verdict *ret);
/** plan_ask_bus_call() - why @call ("INTERFACE.MEMBER") of the bus itself was refused */
void plan_ask_bus_call(const struct plan *plan, enum bus bus, const char *call, struct arena *arena, struct verdict *ret);
/** bus_words - "session", "system", "accessibility" */
extern const char *const bus_words[BUS_COUNT];

/* What a report asks when it has met one of them; each returns whether it is denied. */
/** plan_ask_abstract() - the unix socket of the host whose name is no path, but @name */
bool plan_ask_abstract(const struct plan *plan, const char *name, struct arena *arena, struct verdict *ret);
/** plan_ask_loopback() - a service that listens at the host's loopback, at @address */
bool plan_ask_loopback(const struct plan *plan, const char *address, struct arena *arena, struct verdict *ret);
/** plan_ask_bind() - TCP port @port, to listen at */
bool plan_ask_bind(const struct plan *plan, unsigned port, struct arena *arena, struct verdict *ret);

/** plan_ask_limit() - @limit is reached; @most: the caller's hard limit */
void plan_ask_limit(const struct plan_rlimit *limit, rlim_t most, struct arena *arena, struct verdict *ret);

/** struct call_verdict - the answer about one call with its arguments */
struct call_verdict {
	const char *name;               /* "ioctl"; "call 4095" for one that has none */
	uint32_t verdict;               /* of the filter's table */
	const struct filter_rule *rule; /* NULL: no line names the call */
	int error;                      /* errno that the program gets; 0: the call goes on, or the kernel ended it */
	bool family;                    /* it is the family of a socket that is refused */
	bool fallback;                  /* callers take the answer for that of an older kernel */
	const char *argument;           /* the one that decided, by name: "TIOCSTI"; "" for none */
	struct verdict is;              /* why, and what would change it */
};

/** plan_ask_call() - what the filter says to @data: name, verdict, rule and error; cheap, asked for each stopped call */
void plan_ask_call(const struct plan *plan, const struct seccomp_data *data, struct arena *arena, struct call_verdict *ret);
/** plan_ask_denied() - the other fields, when plan_ask_call() said that the call is refused */
void plan_ask_denied(const struct plan *plan, const struct seccomp_data *data, struct arena *arena, struct call_verdict *ret);

/** plan_socket_family() - the word of [seccomp] sockets for what socket(2) is asked for; in @arena or static */
const char *plan_socket_family(const struct seccomp_data *data, struct arena *arena);
/** verdict_word() - "absent", "read", … */
const char *verdict_word(enum verdict_kind kind);
struct json_t;
/** verdict_json() - a new object with verdict, text, file, line, key, change, option (the last two arrays); exec, why-not */
struct json_t *verdict_json(const struct verdict *v, struct arena *arena);

#endif
