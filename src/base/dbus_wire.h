/* SPDX-License-Identifier: MIT */
/*
 * The little of the D-Bus wire format that a call of systemd and its answer need: 32-bit numbers, strings, arrays and
 * variants of them, in the machine's own byte order.  Pure: bytes in, bytes out.
 */
#ifndef SBOX_BASE_DBUS_WIRE_H
#define SBOX_BASE_DBUS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wire_type { WIRE_CALL = 1, WIRE_RETURN = 2, WIRE_ERROR = 3, WIRE_SIGNAL = 4 };

/** struct wire - a message, or its body, that is written; what does not fit sets @full and is left out */
struct wire {
	unsigned char *data;
	size_t n, size;
	bool full;
};

/** wire_u32() - aligned to 4, in the order of this machine */
void wire_u32(struct wire *w, uint32_t value);
/** wire_string() - also an object path */
void wire_string(struct wire *w, const char *text);
/** wire_signature() - what types follow: of a variant, or of a body */
void wire_signature(struct wire *w, const char *types);
/** wire_align() - zeros up to a multiple of @to; a structure begins at 8 */
void wire_align(struct wire *w, size_t to);
/** wire_array() - begin an array whose elements are aligned to @to.  Return: a mark for wire_array_end(). */
size_t wire_array(struct wire *w, size_t to);
/** wire_array_end() - the elements since @mark, what wire_array() returned for the same @to, are all */
void wire_array_end(struct wire *w, size_t mark, size_t to);

/** struct wire_call - where a call goes, and what it carries */
struct wire_call {
	const char *destination, *path, *interface, *member;
	const char *types; /* of @body */
	const struct wire *body;
};

/** wire_call() - a whole message, appended to @w as number @serial */
void wire_call(struct wire *w, uint32_t serial, const struct wire_call *call);

/** struct wire_message - a message that was read; strings lie in the bytes that it was read from */
struct wire_message {
	enum wire_type type;
	uint32_t reply_to;    /* the serial of the call that this answers; 0: none */
	const char *member;   /* NULL: none */
	const char *types;    /* of the body; "" for none */
	const unsigned char *body;
	size_t body_size;
};

/**
 * wire_read() - the message at the beginning of @data
 * Return: its size; 0 when it is not complete; -EBADMSG when it is none, or larger than @max bytes.
 */
long wire_read(const unsigned char *data, size_t n, size_t max, struct wire_message *ret);

/** wire_body_string() - the string at *@at of the body, which moves behind it; NULL: there is none */
const char *wire_body_string(const struct wire_message *m, size_t *at);
/** wire_body_u32() - the number at *@at; false: there is none */
bool wire_body_u32(const struct wire_message *m, size_t *at, uint32_t *ret);

#endif
