/* SPDX-License-Identifier: MIT */
/* Files whose loss hurts most: never offered with a ready-made line, hidden from a program that is being learned. */
#ifndef SBOX_PLAN_SECRETS_H
#define SBOX_PLAN_SECRETS_H

#include "plan/host.h"

struct plan;

/** is_secret() - is @path one that is never offered with a ready-made line? */
bool is_secret(const struct plan *plan, struct arena *arena, const char *path);
/** secret_below() - one that lies below @path on the host, or NULL */
const char *secret_below(const struct plan *plan, struct host *host, struct arena *arena, const char *path);
/** secret_at() - the @i-th of them: "~/…" or absolute, a pattern for histories; NULL behind the last */
const char *secret_at(size_t i, struct arena *arena);

#endif
