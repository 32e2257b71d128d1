/* SPDX-License-Identifier: MIT */
#include "report/record.h"

#include "base/str.h"

const char *const denial_words[] = {
	[DENIAL_SYSCALL] = "syscall", [DENIAL_SOCKET] = "socket",   [DENIAL_PATH] = "path",
	[DENIAL_MASKED] = "masked",   [DENIAL_READ_ONLY] = "read-only", [DENIAL_EXEC] = "exec",
	[DENIAL_DEVICE] = "device",   [DENIAL_CONNECT] = "connect", [DENIAL_BIND] = "bind",
	[DENIAL_LIMIT] = "limit",     [DENIAL_DBUS] = "dbus",       [DENIAL_NOTIFIED] = "notified",
};

enum { SLOTS_FIRST = 256 };

void records_init(struct records *r, struct arena *arena)
{
	*r = (struct records){ .arena = arena, .size = SLOTS_FIRST };
	r->slots = arena_new_array(arena, struct record *, r->size);
	r->order = arena_new_array(arena, struct record *, r->size / 2);
}

static size_t slot_of(const struct records *r, enum denial_kind kind, const char *call, const char *object)
{
	uint64_t h = hash_text(hash_text(HASH_TEXT + (uint64_t)kind, call), object);
	size_t i = (size_t)(h ^ h >> 29) & (r->size - 1);

	while (r->slots[i] && (r->slots[i]->is.kind != kind || !streq(r->slots[i]->is.call, call) ||
			       !streq(r->slots[i]->is.object, object)))
		i = (i + 1) & (r->size - 1);
	return i;
}

struct record *records_find(const struct records *r, enum denial_kind kind, const char *call, const char *object)
{
	return r->slots[slot_of(r, kind, call, object)];
}

void records_count(struct records *r, struct record *record)
{
	record->count++;
	r->totals[record->is.kind]++;
}

/* The outgrown tables stay in the arena: together at most as much again. */
static void grow(struct records *r)
{
	struct record **old = r->order;

	r->size *= 2;
	r->slots = arena_new_array(r->arena, struct record *, r->size);
	r->order = arena_new_array(r->arena, struct record *, r->size / 2);
	for (size_t i = 0; i < r->n; i++) {
		r->order[i] = old[i];
		r->slots[slot_of(r, old[i]->is.kind, old[i]->is.call, old[i]->is.object)] = old[i];
	}
}

static const char *copy(struct records *r, const char *s)
{
	if (!s)
		return NULL;
	r->bytes += strlen(s) + 1;
	return arena_strdup(r->arena, s);
}

struct record *records_add(struct records *r, const struct denial *d, const struct someone *first)
{
	r->totals[d->kind]++;
	if (r->n == RECORDS_MAX || r->bytes >= RECORD_BYTES_MAX) {
		r->beyond++;
		return NULL;
	}
	if (r->n == r->size / 2)
		grow(r);

	struct record *record = arena_alloc(r->arena, sizeof(*record));
	*record = (struct record){ .is = *d, .first = *first, .count = 1, .nr = r->n };
	const char **const texts[] = { &record->is.call,       &record->is.object,     &record->is.why.text,
				       &record->is.why.change, &record->is.why.option, &record->is.why.why_not,
				       &record->first.command, &record->first.exe };
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		*texts[i] = copy(r, *texts[i]);
	r->order[r->n++] = record;
	r->slots[slot_of(r, d->kind, record->is.call, record->is.object)] = record;
	return record;
}
