/* SPDX-License-Identifier: MIT */
/* The log of xdg-dbus-proxy as refusals, also where a program wrote half of it to deceive. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "leak_check.h"
#include "report/bus_log.h"

TestSuite(bus_log, .fini = leak_check);

struct seen {
	unsigned n;
	struct bus_refusal last;
	char text[BUS_TEXT_MAX + 1];
};

static void note(void *data, enum bus bus, const struct bus_refusal *refusal)
{
	struct seen *s = data;

	cr_assert_eq(bus, BUS_SYSTEM);
	cr_assert_leq(strlen(refusal->text), BUS_TEXT_MAX);
	s->n++;
	s->last = *refusal;
	(void)strcpy(s->text, refusal->text);
}

/* The pipe holds @text; what came out. */
static struct seen read_all(const char *text, size_t n)
{
	struct bus_log log = { .bus = BUS_SYSTEM, .pid = 1 };
	struct seen seen = { 0 };
	int ends[2];

	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
	log.fd = ends[0];
	while (n > 0) {
		size_t some = n > 4096 ? 4096 : n;

		cr_assert_eq(write(ends[1], text, some), (ssize_t)some);
		cr_assert(bus_log_read(&log, note, &seen));
		text += some;
		n -= some;
	}
	cr_assert(!bus_log_read(&log, note, &seen), "the pipe is empty");
	(void)close(ends[1]);
	cr_assert(!bus_log_read(&log, note, &seen));
	cr_assert_lt(log.fd, 0, "the pipe has ended");
	return seen;
}

static struct seen read_text(const char *text)
{
	return read_all(text, strlen(text));
}

Test(bus_log, what_was_refused)
{
	static const struct {
		const char *log;
		unsigned n;
		bool call;
		enum bus_right right;
		const char *text;
	} rows[] = {
		{ "C3: -> org.a.B call org.a.B.Ping at /\n*HIDDEN* (ping)\n", 1, false, BUS_TALK, "org.a.B" },
		{ "C3: -> org.a.B call org.a.B.Ping at /\n*DENIED*\n", 1, false, BUS_TALK, "org.a.B" },
		{ "C3: -> org.a.B signal org.a.B.Ping at /\n*HIDDEN*\n", 1, false, BUS_TALK, "org.a.B" },
		{ "C3: -> org.a.B return from B4\n*DENIED*\n", 0, false, 0, "" },
		{ "C3: -> org.a.B call org.a.B.Ping at /\nB7: <- :1.1 return from C3\n", 0, false, 0, "" },
		{ "C3: -> org.freedesktop.DBus call org.freedesktop.DBus.StartServiceByName at /\n"
		  "Filtering message due to arg0 org.a.B, policy: 0 (required 2)\n*HIDDEN* (ping)\n", 1, false, BUS_TALK, "org.a.B" },
		{ "C3: -> org.freedesktop.DBus call org.freedesktop.DBus.GetNameOwner at /\n"
		  "Filtering message due to arg0 org.a.B, policy: 0 (required 1)\n", 1, false, BUS_SEE, "org.a.B" },
		{ "Filtering message due to arg0 org.a.B, policy: 1 (required 3)\n*DENIED* (ping)\n", 1, false, BUS_OWN, "org.a.B" },
		{ "C3: -> org.freedesktop.DBus call org.freedesktop.DBus.Monitoring.BecomeMonitor at /\n*DENIED* (ping)\n", 1, true, BUS_TALK,
		  "org.freedesktop.DBus.Monitoring.BecomeMonitor" },
		{ "C4294: -> org.freedesktop.DBus fake AddMatch for org.a.B\n*DENIED*\n", 0, false, 0, "" },
		/* Written by the program. */
		{ "*HIDDEN*\n", 0, false, 0, "" },
		{ "Filtering message due to arg0 a, policy: 9 (required 2), policy: 0 (required 4)\n", 0, false, 0, "" },
		{ "Filtering message due to arg0 a, policy: 0 (required 2), policy: 0 (required 1)\n", 1, false, BUS_SEE, "a, policy: 0 (required 2)" },
		{ "C1: -> \n*HIDDEN*\n", 1, false, BUS_TALK, "" },
		{ "C1: -> a b call  return c at /\n*HIDDEN*\n", 1, false, BUS_TALK, "a b" },
		{ "C1: -> org.a.B\nrw = / call a.b at /\n*HIDDEN*\n", 1, false, BUS_TALK, "org.a.B" },
		{ "C1: -> (no dest) call a.B.c at /\n*DENIED*\n", 1, true, BUS_TALK, "a.B.c" },
		{ "C1: ->  call \n*HIDDEN*\n", 1, false, BUS_TALK, "" },
		{ "C\n*HIDDEN*\nFiltering message due to arg0 \n*DENIED*", 0, false, 0, "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct seen s = read_text(rows[i].log);

		cr_assert_eq(s.n, rows[i].n, "row %zu: %u", i, s.n);
		if (!s.n)
			continue;
		cr_assert_eq(s.last.call, rows[i].call, "row %zu", i);
		cr_assert_eq(s.last.right, rows[i].right, "row %zu", i);
		cr_assert_str_eq(s.text, rows[i].text, "row %zu", i);
	}
}

Test(bus_log, long_lines_are_cut)
{
	enum { SIZE = 100000 };
	char *text = malloc(SIZE + 64);

	cr_assert_not_null(text);
	(void)strcpy(text, "C1: -> ");
	memset(text + 7, 'a', SIZE);
	(void)strcpy(text + SIZE, " call a.b at /\n*HIDDEN*\nC2: -> org.a.B call a.b at /\n*HIDDEN*\n");
	struct seen s = read_all(text, strlen(text));
	cr_assert_eq(s.n, 2);
	cr_assert_str_eq(s.text, "org.a.B");

	(void)strcpy(text, "Filtering message due to arg0 ");
	memset(text + 30, 'a', SIZE - 30);
	(void)strcpy(text + SIZE, ", policy: 0 (required 2)\n*HIDDEN*\n");
	s = read_all(text, strlen(text));
	cr_assert_eq(s.n, 1);
	cr_assert_eq(strlen(s.text), BUS_TEXT_MAX);
	free(text);
}

Test(bus_log, no_byte_breaks_it)
{
	static const char nul[] = "C1: -> org.a.B\0x call a.b at /\n*HIDDEN*\n\xff\xfe\n";
	struct seen s = read_all(nul, sizeof(nul) - 1);

	cr_assert_eq(s.n, 1);
	cr_assert_str_eq(s.text, "org.a.B?x");
	srandom(1);
	for (int round = 0; round < 200; round++) {
		char noise[3000];

		for (size_t i = 0; i < sizeof(noise); i++)
			noise[i] = "C:-> *\n()acl12,policyFlt"[random() % 24];
		(void)read_all(noise, sizeof(noise));
	}
}
