/* SPDX-License-Identifier: MIT */
#include "base/dbus_wire.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "base/macro.h"

enum { FIXED_SIZE = 16, FIELDS_MAX = 16, VERSION = 1 };
enum field { FIELD_PATH = 1, FIELD_INTERFACE, FIELD_MEMBER, FIELD_ERROR, FIELD_REPLY, FIELD_DESTINATION, FIELD_SENDER, FIELD_TYPES };

#if __BYTE_ORDER == __LITTLE_ENDIAN
static const unsigned char own_order = 'l';
#else
static const unsigned char own_order = 'B';
#endif

/* ---- writing ---- */

static void put(struct wire *w, const void *bytes, size_t n)
{
	if (w->full || n > w->size - w->n) {
		w->full = true;
		return;
	}
	memcpy(w->data + w->n, bytes, n);
	w->n += n;
}

static void put_byte(struct wire *w, unsigned char byte)
{
	put(w, &byte, 1);
}

void wire_align(struct wire *w, size_t to)
{
	while (w->n % to && !w->full)
		put_byte(w, 0);
}

void wire_u32(struct wire *w, uint32_t value)
{
	wire_align(w, sizeof(value));
	put(w, &value, sizeof(value));
}

void wire_string(struct wire *w, const char *text)
{
	wire_u32(w, (uint32_t)strlen(text));
	put(w, text, strlen(text) + 1);
}

void wire_signature(struct wire *w, const char *types)
{
	put_byte(w, (unsigned char)strlen(types));
	put(w, types, strlen(types) + 1);
}

size_t wire_array(struct wire *w, size_t to)
{
	wire_u32(w, 0);
	size_t mark = w->n;
	wire_align(w, to);
	return mark;
}

/* The length counts neither itself nor what aligns the first element. */
void wire_array_end(struct wire *w, size_t mark, size_t to)
{
	if (w->full)
		return;
	uint32_t length = (uint32_t)(w->n - (mark + to - 1) / to * to);

	memcpy(w->data + mark - sizeof(length), &length, sizeof(length));
}

static void put_field(struct wire *w, enum field field, const char *type, const char *text)
{
	wire_align(w, 8);
	put_byte(w, (unsigned char)field);
	wire_signature(w, type);
	if (*type == 'g')
		wire_signature(w, text);
	else
		wire_string(w, text);
}

/* It begins at a multiple of 8 when everything before it is whole messages; so each is made on its own. */
void wire_call(struct wire *w, uint32_t serial, const struct wire_call *call)
{
	struct wire m = { .data = w->data + w->n, .size = w->size - w->n };

	put_byte(&m, own_order);
	put_byte(&m, WIRE_CALL);
	put_byte(&m, 0);
	put_byte(&m, VERSION);
	wire_u32(&m, (uint32_t)call->body->n);
	wire_u32(&m, serial);
	size_t fields = wire_array(&m, 8);
	put_field(&m, FIELD_PATH, "o", call->path);
	put_field(&m, FIELD_DESTINATION, "s", call->destination);
	put_field(&m, FIELD_INTERFACE, "s", call->interface);
	put_field(&m, FIELD_MEMBER, "s", call->member);
	put_field(&m, FIELD_TYPES, "g", call->types);
	wire_array_end(&m, fields, 8);
	wire_align(&m, 8);
	put(&m, call->body->data, call->body->n);
	w->n += m.n;
	w->full |= m.full || call->body->full;
}

/* ---- reading ---- */

/** struct reader - bytes of one message; what goes beyond their end sets @bad, and nothing is read any more */
struct reader {
	const unsigned char *data;
	size_t n, at;
	bool bad;
};

static const unsigned char *take(struct reader *r, size_t to, size_t n)
{
	size_t at = (r->at + to - 1) / to * to;

	if (r->bad || at > r->n || n > r->n - at) {
		r->bad = true;
		return NULL;
	}
	r->at = at + n;
	return r->data + at;
}

static unsigned char take_byte(struct reader *r)
{
	const unsigned char *byte = take(r, 1, 1);

	return byte ? *byte : 0;
}

static uint32_t take_u32(struct reader *r)
{
	const unsigned char *bytes = take(r, sizeof(uint32_t), sizeof(uint32_t));
	uint32_t value = 0;

	if (bytes)
		memcpy(&value, bytes, sizeof(value));
	return value;
}

/* @n bytes and the NUL behind them; none among them */
static const char *take_text(struct reader *r, size_t n)
{
	const unsigned char *text = n < r->n ? take(r, 1, n + 1) : NULL;

	if (!text || memchr(text, '\0', n + 1) != text + n) {
		r->bad = true;
		return NULL;
	}
	return (const char *)text;
}

static const char *take_string(struct reader *r)
{
	uint32_t n = take_u32(r);

	return take_text(r, n);
}

static void take_field(struct reader *r, struct wire_message *ret)
{
	if (!take(r, 8, 0))
		return;
	unsigned char field = take_byte(r);
	const char *type = take_text(r, take_byte(r)), *text = NULL;
	uint32_t number = 0;

	/* No other types are in a header. */
	if (!type)
		return;
	if (streq(type, "s") || streq(type, "o"))
		text = take_string(r);
	else if (streq(type, "g"))
		text = take_text(r, take_byte(r));
	else if (streq(type, "u"))
		number = take_u32(r);
	else
		r->bad = true;
	if (field == FIELD_MEMBER && text)
		ret->member = text;
	else if (field == FIELD_TYPES && text)
		ret->types = text;
	else if (field == FIELD_REPLY)
		ret->reply_to = number;
}

long wire_read(const unsigned char *data, size_t n, size_t max, struct wire_message *ret)
{
	struct reader r = { .data = data, .n = n };

	if (n < FIXED_SIZE)
		return 0;
	*ret = (struct wire_message){ .type = (enum wire_type)data[1], .types = "" };
	if (data[0] != own_order || data[3] != VERSION)
		return -EBADMSG;
	r.at = 4;
	uint32_t body = take_u32(&r);
	(void)take_u32(&r);
	uint32_t fields = take_u32(&r);
	if (body > max || fields > max)
		return -EBADMSG;
	size_t begin = (FIXED_SIZE + (size_t)fields + 7) / 8 * 8, size = begin + body;
	if (size > max)
		return -EBADMSG;
	if (n < size)
		return 0;
	r.n = FIXED_SIZE + fields;
	for (size_t i = 0; r.at < r.n && !r.bad && i < FIELDS_MAX; i++)
		take_field(&r, ret);
	if (r.bad)
		return -EBADMSG;
	ret->body = data + begin;
	ret->body_size = body;
	return (long)size;
}

const char *wire_body_string(const struct wire_message *m, size_t *at)
{
	struct reader r = { .data = m->body, .n = m->body_size, .at = *at };
	const char *text = take_string(&r);

	*at = r.at;
	return text;
}

bool wire_body_u32(const struct wire_message *m, size_t *at, uint32_t *ret)
{
	struct reader r = { .data = m->body, .n = m->body_size, .at = *at };

	*ret = take_u32(&r);
	*at = r.at;
	return !r.bad;
}
