/* SPDX-License-Identifier: MIT */
#include "base/err.h"

#include <errno.h>
#include <stdio.h>

#include "base/fd.h"
#include "base/str.h"

void err_init(struct err *e, struct arena *arena)
{
	*e = (struct err){ .arena = arena };
}

static void add(struct err *e, enum severity severity, struct origin from, const char *text)
{
	vec_push(e->arena, &e->problems, (struct problem){ .severity = severity, .from = from, .text = text });
	if (severity == SEVERITY_ERROR)
		e->errors++;
	else if (severity == SEVERITY_WARNING)
		e->warnings++;
}

int err_add(struct err *e, struct origin from, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(e, SEVERITY_ERROR, from, arena_vprintf(e->arena, fmt, ap));
	va_end(ap);
	return -EINVAL;
}

int err_sys(struct err *e, struct origin from, int error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	const char *what = arena_vprintf(e->arena, fmt, ap);
	va_end(ap);
	add(e, SEVERITY_ERROR, from, arena_printf(e->arena, "%s: %s", what, strerror(error)));
	return -error;
}

void err_warn(struct err *e, struct origin from, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(e, SEVERITY_WARNING, from, arena_vprintf(e->arena, fmt, ap));
	va_end(ap);
}

void err_note(struct err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(e, SEVERITY_NOTE, NO_ORIGIN, arena_vprintf(e->arena, fmt, ap));
	va_end(ap);
}

void err_remedy(struct err *e, const char *fmt, ...)
{
	va_list ap;

	if (!e->problems.n)
		return;
	va_start(ap, fmt);
	e->problems.v[e->problems.n - 1].remedy = arena_vprintf(e->arena, fmt, ap);
	va_end(ap);
}

const char *origin_text(struct arena *arena, struct origin from)
{
	if (!from.file)
		return "";
	if (!from.line)
		return from.file;
	return from.key ? arena_printf(arena, "%s:%u: %s", from.file, from.line, from.key)
			: arena_printf(arena, "%s:%u", from.file, from.line);
}

void err_print(const struct err *e, int fd, size_t max)
{
	size_t shown = 0;

	vec_each (p, &e->problems) {
		if (max && shown++ == max)
			return;
		const char *where = origin_text(e->arena, p->from);
		const char *line = arena_printf(e->arena, "sbox: %s%s%s%s\n%s%s%s", quote(e->arena, where), *where ? ": " : "",
						p->severity == SEVERITY_WARNING ? "warning: " : "", quote(e->arena, p->text),
						p->remedy ? "  remedy: " : "", p->remedy ? quote(e->arena, p->remedy) : "",
						p->remedy ? "\n" : "");
		(void)fd_write_all(fd, line, strlen(line));
	}
}
