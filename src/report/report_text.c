/* SPDX-License-Identifier: MIT */
/* The report for a human: what was denied most often first, what programs do without last. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/errno_name.h"
#include "base/str.h"
#include "report/reporter.h"

struct text {
	struct arena *arena;
	VEC(char) chars;
};

static void add(struct text *t, const char *s)
{
	for (; *s; s++)
		vec_push(t->arena, &t->chars, *s);
}

/* Denials before fallbacks and notices, the frequent ones first, then as they came. */
static int by_weight(const void *a, const void *b)
{
	const struct record *x = *(struct record *const *)a, *y = *(struct record *const *)b;

	if (x->is.kind == DENIAL_NOTIFIED || y->is.kind == DENIAL_NOTIFIED)
		return (x->is.kind == DENIAL_NOTIFIED) - (y->is.kind == DENIAL_NOTIFIED);
	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return x->nr < y->nr ? -1 : 1;
}

/* "  change   a\n  change   b\n" for lines of @lines. */
static void add_lines(struct text *t, const char *word, const char *lines)
{
	char *rest = lines ? arena_strdup(t->arena, lines) : NULL;

	for (char *line; (line = strsep(&rest, "\n")); word = "")
		add(t, arena_printf(t->arena, "    %-12s%s\n", word, quote(t->arena, line)));
}

static void add_record(struct text *t, const struct record *r)
{
	const char *error = r->is.error ? errno_name(r->is.error) : NULL;

	add(t, arena_printf(t->arena, "  %s\n", quote(t->arena, r->is.why.text)));
	add(t, arena_printf(t->arena, "    %-12s%s%s%s, %" PRIu64 " time%s", denial_words[r->is.kind], r->is.call, error ? ": " : "",
			    error ? error : "", r->count, r->count == 1 ? "" : "s"));
	if (r->first.pid)
		add(t, arena_printf(t->arena, ", first by %s (pid %d)", *r->first.command ? quote(t->arena, r->first.command) : "a process",
				    r->first.pid));
	add(t, "\n");
	add_lines(t, "decided by", r->is.why.from.file ? origin_text(t->arena, r->is.why.from) : "no line names it");
	add_lines(t, "to change", r->is.why.change);
	add_lines(t, "or", shell_lines(t->arena, r->is.why.option));
	add_lines(t, "no line", r->is.why.why_not);
}

/* One line for all that programs are used to: an older kernel has none of these calls. */
static void add_fallbacks(struct text *t, struct record *const *order, size_t n)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		if (!order[i]->is.fallback)
			continue;
		add(t, arena_printf(t->arena, "%s%s (%" PRIu64 ")", any ? ", " : "  answered as by an older kernel, which programs know: ",
				    order[i]->is.call, order[i]->count));
		any = true;
	}
	if (any)
		add(t, "\n");
}

const char *report_text(const struct records *records, struct arena *arena)
{
	struct text t = { .arena = arena };
	struct record **order = arena_new_array(arena, struct record *, records->n + 1);
	uint64_t total = 0;

	for (size_t i = 0; i < records->n; i++)
		order[i] = records->order[i];
	qsort(order, records->n, sizeof(*order), by_weight);
	for (size_t i = 0; i < DENIAL_KIND_COUNT; i++)
		total += i == DENIAL_NOTIFIED ? 0 : records->totals[i];
	add(&t, arena_printf(arena, "sbox: report: %" PRIu64 " denied, %" PRIu64 " notified\n", total, records->totals[DENIAL_NOTIFIED]));
	for (size_t i = 0; i < records->n; i++)
		if (!order[i]->is.fallback)
			add_record(&t, order[i]);
	add_fallbacks(&t, order, records->n);
	if (records->beyond)
		add(&t, arena_printf(arena, "  and %" PRIu64 " more of other kinds: only so many different ones are kept apart\n", records->beyond));
	vec_push(arena, &t.chars, '\0');
	return t.chars.v;
}
