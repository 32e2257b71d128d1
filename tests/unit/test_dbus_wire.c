/* SPDX-License-Identifier: MIT */
/* The D-Bus wire format: what is written, what is understood, and that nothing else is read. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/dbus_wire.h"
#include "leak_check.h"

TestSuite(dbus_wire, .fini = leak_check);

enum { MAX = 65536 };

static void say_call(struct wire *w)
{
	unsigned char bytes[256];
	struct wire body = { .data = bytes, .size = sizeof(bytes) };
	const struct wire_call call = { .destination = "org.example", .path = "/a", .interface = "org.example.I", .member = "Do",
					.types = "uos", .body = &body };

	wire_u32(&body, 7);
	wire_string(&body, "/b");
	wire_string(&body, "c");
	wire_call(w, 3, &call);
}

Test(dbus_wire, what_is_written_is_read)
{
	unsigned char bytes[512];
	struct wire w = { .data = bytes, .size = sizeof(bytes) };
	struct wire_message m;
	size_t at = 0;
	uint32_t number;

	say_call(&w);
	cr_assert(!w.full);
	cr_assert_eq(wire_read(bytes, w.n, MAX, &m), (long)w.n);
	cr_assert_eq(m.type, WIRE_CALL);
	cr_assert_str_eq(m.member, "Do");
	cr_assert_str_eq(m.types, "uos");
	cr_assert_eq(m.reply_to, 0);
	cr_assert(wire_body_u32(&m, &at, &number));
	cr_assert_eq(number, 7);
	cr_assert_str_eq(wire_body_string(&m, &at), "/b");
	cr_assert_str_eq(wire_body_string(&m, &at), "c");
	cr_assert_null(wire_body_string(&m, &at), "the body has an end");
}

/* Made by another implementation: an error that answers call 1. */
Test(dbus_wire, an_error_as_others_write_it)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	static const unsigned char said[] = "l\3\1\1\7\0\0\0\2\0\0\0\x1f\0\0\0"
					    "\5\1u\0\1\0\0\0\4\1s\0\5\0\0\0a.b.c\0\0\0\x8\1g\0\1s\0\0"
					    "\2\0\0\0no\0";
	struct wire_message m;
	size_t at = 0;

	cr_assert_eq(wire_read(said, sizeof(said) - 1, MAX, &m), (long)sizeof(said) - 1);
	cr_assert_eq(m.type, WIRE_ERROR);
	cr_assert_eq(m.reply_to, 1);
	cr_assert_str_eq(wire_body_string(&m, &at), "no");
#endif
}

Test(dbus_wire, arrays_count_what_is_in_them)
{
	unsigned char bytes[64] = { 0 };
	struct wire w = { .data = bytes, .size = sizeof(bytes) };
	uint32_t length;

	wire_array_end(&w, wire_array(&w, 8), 8);
	memcpy(&length, bytes, sizeof(length));
	cr_assert_eq(length, 0, "not what aligns the first element");
	w.n = 0;
	size_t mark = wire_array(&w, 8);
	wire_string(&w, "abc");
	wire_array_end(&w, mark, 8);
	memcpy(&length, bytes, sizeof(length));
	cr_assert_eq(length, 8);
	cr_assert_eq(w.n, 16);
}

Test(dbus_wire, what_does_not_fit_is_left_out)
{
	unsigned char whole[512];
	struct wire all = { .data = whole, .size = sizeof(whole) };

	say_call(&all);
	for (size_t size = 0; size < all.n; size++) {
		unsigned char *bytes = malloc(size + 1); /* exactly: a byte too many is seen by the sanitizer */
		struct wire w = { .data = bytes, .size = size };

		say_call(&w);
		cr_assert(w.full, "%zu", size);
		cr_assert_leq(w.n, size);
		free(bytes);
	}
}

/* Each message lies at the end of its memory, so that a byte read behind it is seen by the sanitizer. */
static void try_read(const unsigned char *bytes, size_t n)
{
	unsigned char *copy = malloc(n ? n : 1);
	struct wire_message m;
	uint32_t number;
	size_t at = 0;

	memcpy(copy, bytes, n);
	long size = wire_read(copy, n, MAX, &m);
	cr_assert(size <= (long)n);
	if (size > 0) {
		(void)wire_body_u32(&m, &at, &number);
		for (int i = 0; i < 4; i++)
			(void)wire_body_string(&m, &at);
		cr_assert(at <= m.body_size);
		cr_assert(!m.member || strlen(m.member) < n);
	}
	free(copy);
}

Test(dbus_wire, damaged_messages)
{
	unsigned char bytes[512], bad[512];
	struct wire w = { .data = bytes, .size = sizeof(bytes) };
	struct wire_message m;

	say_call(&w);
	for (size_t n = 0; n < w.n; n++) {
		cr_assert_eq(wire_read(bytes, n, MAX, &m), 0, "%zu bytes are not all", n);
		try_read(bytes, n);
	}
	srandom(1);
	for (int i = 0; i < 200000; i++) {
		memcpy(bad, bytes, w.n);
		for (int k = 0; k < 1 + i % 4; k++)
			bad[(size_t)random() % w.n] = (unsigned char)random();
		try_read(bad, w.n);
	}
	memcpy(bad, bytes, w.n);
	memset(bad + 4, 0xff, 4);
	cr_assert_eq(wire_read(bad, w.n, MAX, &m), -EBADMSG, "a body of 4 GiB");
	memcpy(bad, bytes, w.n);
	memset(bad + 12, 0xff, 4);
	cr_assert_eq(wire_read(bad, w.n, MAX, &m), -EBADMSG, "a header of 4 GiB");
}
