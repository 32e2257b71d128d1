/* SPDX-License-Identifier: MIT */
/* What the questions share.  Internal to plan/. */
#ifndef SBOX_PLAN_ASK_H
#define SBOX_PLAN_ASK_H

#include "plan/secrets.h"
#include "plan/verdict.h"
#include "profile/profile.h"

/**
 * ask_change() - one more line that is needed for another answer
 * Becomes "[section] key = value" in v->change and "--option=value" in v->option (@option NULL: --set).
 */
void ask_change(struct arena *arena, struct verdict *v, enum key_id key, const char *value, const char *option);
/** ask_also() - what would change @other as well */
void ask_also(struct arena *arena, struct verdict *v, const struct verdict *other);
/** ask_empty() - the line that empties the list of @key, and those that put back all items but @without (as written) */
void ask_empty(const struct plan *plan, struct arena *arena, struct verdict *v, enum key_id key, const char *without);
/** ask_from_key() - the (last) line behind @key, or its default */
struct origin ask_from_key(const struct plan *plan, enum key_id key);
/** ask_host_split() - what HOST[:PORT] names; the port is -1 when there is none.  Return: is it one? */
bool ask_host_split(struct arena *arena, const char *text, const char **ret_name, int *ret_port);

/* plan_bus.c */
/** bus_key() - the list that gives @right to names of @bus; KEY_COUNT: none does */
enum key_id bus_key(enum bus bus, enum bus_right right);
/** bus_name_is_valid() - is @name a well-known name, or such a name and ".*"? */
bool bus_name_is_valid(const char *name);
/** bus_socket_paths() - paths of the host at which @bus may listen: as the environment says, as is usual; either may be NULL */
void bus_socket_paths(const struct plan *plan, struct host *host, struct arena *arena, enum bus which, const char *ret[2]);
/** bus_abstract_name() - the abstract socket at which @bus listens, as the environment says; or NULL */
const char *bus_abstract_name(const struct plan *plan, struct arena *arena, enum bus which);

/* plan_services.c */
/**
 * service_giving() - the word of [desktop] that gives what is at host path @path, or at the same path inside
 * @writing: only one that gives it so that it can be written to.  KEY_COUNT: none does, or several.
 */
enum key_id service_giving(const struct plan *plan, struct arena *arena, const char *path, bool writing);
/** service_inside() - the socket that @word gave the sandbox, or NULL */
const char *service_inside(const struct plan *plan, struct arena *arena, enum key_id word);

/* plan_ask_desktop.c */
/** ask_desktop() - when a word of [desktop] gives @path: that word, or where it has given it.  Return: one does. */
bool ask_desktop(const struct plan *plan, const char *path, enum ask_for what, struct arena *arena, struct verdict *v);

/* plan_ask_bus.c */
/** ask_bus_socket() - when @path is the socket of a bus: the line that gives the bus through the proxy.  Return: it is. */
bool ask_bus_socket(const struct plan *plan, struct host *host, const char *path, struct arena *arena, struct verdict *v);
/** ask_bus_abstract() - the same for the abstract socket @name */
bool ask_bus_abstract(const struct plan *plan, const char *name, struct arena *arena, struct verdict *v);

/* plan_lint.c */
/** risk_of_socket() - what follows for whoever may talk to what listens at @path, or NULL */
const char *risk_of_socket(const struct plan *plan, struct host *host, struct arena *arena, const char *path);
/** risk_of_writing() - what follows when what is at, below or above @path can be written, which the host runs later; or NULL */
const char *risk_of_writing(const struct plan *plan, struct host *host, struct arena *arena, const char *path);
/** risk_of_name() - what follows for whoever may talk to the service @name of a bus, or NULL */
const char *risk_of_name(const char *name);
/** bus_name_covers() - does the name of a rule, which may end in ".*", cover @name? */
bool bus_name_covers(const char *rule, const char *name);

#endif
