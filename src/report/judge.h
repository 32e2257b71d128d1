/* SPDX-License-Identifier: MIT */
/*
 * One stopped call: what of it may be a denial is gathered while the process stands still (suspect_*.c);
 * whether it is one is judged by the host, once the call has its answer (judge.c).
 */
#ifndef SBOX_REPORT_JUDGE_H
#define SBOX_REPORT_JUDGE_H

#include <linux/seccomp.h>

#include "plan/verdict.h"
#include "plan/watched.h"
#include "report/record.h"
#include "report/uses.h"

enum { SUSPECTS_MAX = 4 };

/** struct suspect - something that may be a denial */
struct suspect {
	enum denial_kind kind;
	const char *object; /* path, address */
	const char *parent; /* PATH, READ_ONLY: the directory, when it is that which is or would be changed; else NULL */
	int error;          /* that the call will end with; 0: it works, on something else */
	int how;            /* R_OK, W_OK, X_OK: what was wanted of a path */
	bool connects;      /* a socket: who may write to it may connect, wherever it is mounted */
	const char *ask;    /* CONNECT: what plan_ask_host() is asked; NULL: @why is known */
	struct verdict why; /* known already, when why.text is set */
};

/** struct stopped - one call that waits */
struct stopped {
	const struct plan *plan;
	const struct seccomp_notif *n;
	struct arena *arena; /* for this call alone */
	struct call_verdict call;
	struct someone who;  /* when something of it may be new */
	const struct mount_entry *bus; /* the socket of a proxy that it connects to, or NULL */
	struct suspect suspects[SUSPECTS_MAX];
	size_t n_suspects;
	bool learns;         /* what works is noted as well */
	VEC(struct use) used;
};

/** name_asked_fn - is @data a question for a host name?  Then the name, which @ret has room for (NAME_ASKED_MAX) */
typedef bool name_asked_fn(const uint8_t *data, size_t size, char *ret);
enum { NAME_ASKED_MAX = 1025 };

/** suspect_add() - one more; what does not fit is left out */
void suspect_add(struct stopped *s, struct suspect suspect);

/** used_add() - @object was used; @asked: the path it was asked for by, or "" */
void used_add(struct stopped *s, enum did did, const char *object, const char *asked);

/** stopped_argument() - argument @i as the kernel will take it: -1 is no argument and 0 */
static inline uint64_t stopped_argument(const struct stopped *s, int i)
{
	return i < 0 ? 0 : s->n->data.args[i];
}

/** suspect_paths() - of one path of the call */
void suspect_paths(struct stopped *s, const struct watched *w);
/** suspect_path() - @path, which the call uses as @use says */
void suspect_path(struct stopped *s, enum watched_use use, int dir, const char *path, bool follow, int how);

/** suspect_address() - of the socket address of the call */
void suspect_address(struct stopped *s, const struct watched *w);
/** used_question() - the host names that the message of the call asks a name server for */
void used_question(struct stopped *s, const struct watched *w, name_asked_fn *asks);
/** suspect_files() - will the next descriptor be one too many? */
void suspect_files(struct stopped *s);
/** suspect_task() - will the next task?  @room: as many more are surely none; kept between calls, 0 at first */
void suspect_task(struct stopped *s, uint64_t *room);

/**
 * judge() - is @suspect a denial: something that the sandbox takes, and the caller would have without it?
 * @host: looks at the machine as it is now
 * Return: true and *ret, in s->arena.
 */
bool judge(struct stopped *s, const struct suspect *suspect, struct host *host, struct denial *ret);

#endif
