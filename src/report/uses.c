/* SPDX-License-Identifier: MIT */
#include "report/uses.h"

#include "base/json.h"
#include "base/str.h"

const char *const did_words[] = {
	[DID_LOOK] = "look",     [DID_READ] = "read",     [DID_WRITE] = "write",
	[DID_MAKE] = "make",     [DID_EXEC] = "exec",     [DID_CONNECT] = "connect",
	[DID_SOCKET] = "socket", [DID_REACH] = "reach",   [DID_REACH_UDP] = "reach-udp",
	[DID_BIND] = "bind",     [DID_ASK] = "ask",
};

enum { SLOTS_FIRST = 1024 };

void uses_init(struct uses *u, struct arena *arena)
{
	*u = (struct uses){ .arena = arena, .size = SLOTS_FIRST };
	u->slots = arena_new_array(arena, struct use *, u->size);
}

static size_t slot_of(const struct uses *u, const struct use *use)
{
	uint64_t h = hash_text(hash_text(HASH_TEXT + (uint64_t)use->did, use->object), use->asked);
	size_t i = (size_t)(h ^ h >> 29) & (u->size - 1);

	while (u->slots[i] && (u->slots[i]->did != use->did || !streq(u->slots[i]->object, use->object) ||
			       !streq(u->slots[i]->asked, use->asked)))
		i = (i + 1) & (u->size - 1);
	return i;
}

bool uses_know(const struct uses *u, const struct use *use)
{
	return u->slots[slot_of(u, use)];
}

/* The outgrown table stays in the arena: together at most as much again. */
static void grow(struct uses *u)
{
	struct use **old = u->slots;
	size_t n = u->size;

	u->size *= 2;
	u->slots = arena_new_array(u->arena, struct use *, u->size);
	for (size_t i = 0; i < n; i++)
		if (old[i])
			u->slots[slot_of(u, old[i])] = old[i];
}

static const char *copy(struct uses *u, const char *s)
{
	u->bytes += strlen(s) + 1;
	return arena_strdup(u->arena, s);
}

bool uses_add(struct uses *u, const struct use *use)
{
	if (u->n == USES_MAX || u->bytes >= USE_BYTES_MAX) {
		u->beyond++;
		return false;
	}
	if (u->n == u->size / 2)
		grow(u);

	struct use *own = arena_alloc(u->arena, sizeof(*own));
	*own = (struct use){ .did = use->did, .object = copy(u, use->object), .asked = copy(u, use->asked),
			     .call = copy(u, use->call), .command = copy(u, use->command) };
	u->slots[slot_of(u, own)] = own;
	u->n++;
	return true;
}

const char *use_json(const struct use *use, struct arena *arena)
{
	json_t *object = json_object();

	json_object_set_new(object, "event", json_string("use"));
	json_object_set_new(object, "did", json_string(did_words[use->did]));
	json_set_text(arena, object, "object", use->object);
	json_set_text(arena, object, "asked", *use->asked ? use->asked : NULL);
	json_set_text(arena, object, "call", use->call);
	json_set_text(arena, object, "command", use->command);
	return arena_printf(arena, "%s\n", json_write(arena, object, JSON_COMPACT));
}
