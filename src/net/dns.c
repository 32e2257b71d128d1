/* SPDX-License-Identifier: MIT */
#include "net/dns.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum {
	MESSAGE_HEADER = 12,
	POINTER = 0xc0,
	POINTER_TO_QUESTION = POINTER << 8 | MESSAGE_HEADER,
	LABEL_MAX = 63,
	LABELS_MAX = 127,
	RECORD_FIXED = 10, /* type, class, TTL, size */
	CLASS_IN = 1,
	TYPE_CNAME = 5,
};

struct message {
	const uint8_t *data;
	size_t size;
};

struct record {
	char owner[DNS_NAME_MAX];
	unsigned type, class;
	uint32_t ttl;
	size_t data, size; /* where in the message */
};

static unsigned get16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static void put16(unsigned value, uint8_t *at)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* A dot within a label, a blank, a backslash: no host is called so, and lists of names are text. */
static bool is_plain(uint8_t c)
{
	return c > ' ' && c < 0x7f && !strchr("\"$().;@\\", c);
}

/* A label behind the @n bytes of text that are there.  Return: how many there are now. */
static size_t label_add(const uint8_t *label, size_t size, char ret[DNS_NAME_MAX], size_t n, bool *plain)
{
	if (n)
		ret[n++] = '.';
	for (size_t i = 0; i < size; i++) {
		*plain = *plain && is_plain(label[i]);
		ret[n++] = (char)label[i];
	}
	return n;
}

/*
 * The name at @start, compressed or not, as text, which is empty when no host can be called so.  A pointer leads back to what was
 * said before, and not too often: there is no loop, and what one name costs does not grow with the message.
 * Return: how many bytes it takes there, or 0.
 */
static size_t name_read(const struct message *m, size_t start, char ret[DNS_NAME_MAX])
{
	size_t at = start, limit = start, n = 0, taken = 0, pointers = 0;
	bool plain = true;

	while (at < m->size && m->data[at]) {
		const size_t label = m->data[at], left = m->size - at - 1;

		if (label >= POINTER) {
			taken = taken ? taken : at + 2 - start;
			at = left ? get16(m->data + at) & 0x3fff : limit;
			if (at >= limit || at < MESSAGE_HEADER || ++pointers > LABELS_MAX)
				return 0;
			limit = at;
			continue;
		}
		/* as bytes of a message it has its first length and its end more than as text */
		if (label > LABEL_MAX || label > left || n + label + 3 > DNS_WIRE_MAX)
			return 0;
		n = label_add(m->data + at + 1, label, ret, n, &plain);
		at += 1 + label;
	}
	if (at >= m->size)
		return 0;
	if (!n)
		ret[n++] = '.';
	ret[plain ? n : 0] = '\0';
	return taken ? taken : at + 1 - start;
}

int dns_question_read(const uint8_t *data, size_t size, struct dns_question *ret)
{
	const struct message m = { data, size };

	/* a question, of the usual kind, and one */
	if (size < MESSAGE_HEADER || data[2] & 0xf8 || get16(data + 4) != 1)
		return -EBADMSG;
	const size_t taken = name_read(&m, MESSAGE_HEADER, ret->name), end = MESSAGE_HEADER + taken;
	if (!taken || !*ret->name || size - end < 4 || get16(data + end + 2) != CLASS_IN)
		return -EBADMSG;
	memcpy(ret->wire, data + MESSAGE_HEADER, taken); /* no pointer is in it: nothing was said before */
	ret->wire_size = taken;
	ret->id = (uint16_t)get16(data);
	ret->type = (uint16_t)get16(data + end);
	return 0;
}

static size_t question_put(const struct dns_question *q, uint16_t id, unsigned flags, unsigned answers, uint8_t *ret)
{
	size_t n = MESSAGE_HEADER;

	memset(ret, 0, MESSAGE_HEADER);
	put16(id, ret);
	put16(flags, ret + 2);
	put16(1, ret + 4);
	put16(answers, ret + 6);
	memcpy(ret + n, q->wire, q->wire_size);
	n += q->wire_size;
	put16(q->type, ret + n);
	put16(CLASS_IN, ret + n + 2);
	return n + 4;
}

size_t dns_question_write(const struct dns_question *q, uint16_t id, uint8_t ret[DNS_UDP_MAX])
{
	return question_put(q, id, 0x0100 /* recursion desired */, 0, ret);
}

size_t dns_reply_write(const struct dns_question *q, unsigned rcode, const uint8_t (*addresses)[16], size_t n, uint32_t ttl,
		       uint8_t ret[DNS_UDP_MAX])
{
	const size_t size = q->type == DNS_A ? 4 : 16, record = 12 + size;
	size_t at = question_put(q, q->id, 0x8180 | rcode, 0, ret), written = 0;

	for (; written < n && at + record <= DNS_UDP_MAX; written++) {
		put16(POINTER_TO_QUESTION, ret + at);
		put16(q->type, ret + at + 2);
		put16(CLASS_IN, ret + at + 4);
		put16(ttl >> 16, ret + at + 6);
		put16(ttl & 0xffff, ret + at + 8);
		put16((unsigned)size, ret + at + 10);
		memcpy(ret + at + 12, addresses[written], size);
		at += record;
	}
	put16((unsigned)written, ret + 6);
	return at;
}

/* ---- what a server says ---- */

static void ttl_least(struct dns_answer *a, uint32_t ttl)
{
	/* RFC 2181: the highest bit means 0 */
	if (ttl > INT32_MAX)
		ttl = 0;
	if (ttl < a->ttl)
		a->ttl = ttl;
}

/* The record at *@at, which goes on to the next. */
static bool record_read(const struct message *m, size_t *at, struct record *ret)
{
	const size_t taken = name_read(m, *at, ret->owner), end = *at + taken;

	if (!taken || m->size - end < RECORD_FIXED)
		return false;
	const uint8_t *fixed = m->data + end;
	ret->type = get16(fixed);
	ret->class = get16(fixed + 2);
	ret->ttl = (uint32_t)get16(fixed + 4) << 16 | get16(fixed + 6);
	ret->size = get16(fixed + 8);
	ret->data = end + RECORD_FIXED;
	if (m->size - ret->data < ret->size)
		return false;
	*at = ret->data + ret->size;
	return true;
}

/* Every record can be read, and nothing is behind the last. */
static bool is_whole(const struct message *m, size_t at)
{
	struct record r;

	for (size_t left = get16(m->data + 6) + get16(m->data + 8) + get16(m->data + 10); left; left--)
		if (!record_read(m, &at, &r))
			return false;
	return at == m->size;
}

/* The next answer from *@at on, of the *@left that are still to be read, that says @type of @owner. */
static bool answer_find(const struct message *m, const char *owner, unsigned type, size_t *at, size_t *left, struct record *ret)
{
	while (*left && record_read(m, at, ret)) {
		--*left;
		if (ret->type == type && ret->class == CLASS_IN && strcasecmp(ret->owner, owner) == 0)
			return true;
	}
	return false;
}

/* The next name of the chain: that for which @current is an alias.  Return: 1; 0: there is none; -EBADMSG. */
static int alias_find(const struct message *m, size_t at, const char *current, struct dns_answer *a)
{
	size_t left = get16(m->data + 6);
	struct record r;

	if (!answer_find(m, current, TYPE_CNAME, &at, &left, &r))
		return 0;
	if (a->n_chain == DNS_CHAIN_MAX || name_read(m, r.data, a->chain[a->n_chain]) != r.size || !*a->chain[a->n_chain])
		return -EBADMSG;
	a->n_chain++;
	ttl_least(a, r.ttl);
	return 1;
}

static void addresses_find(const struct message *m, size_t at, const char *owner, unsigned type, struct dns_answer *a)
{
	const size_t size = type == DNS_A ? 4 : 16;
	size_t left = get16(m->data + 6);
	struct record r;

	while (a->n < DNS_ADDRESSES_MAX && answer_find(m, owner, type, &at, &left, &r)) {
		if (r.size != size)
			continue;
		memcpy(a->addresses[a->n++], m->data + r.data, size);
		ttl_least(a, r.ttl);
	}
}

int dns_answer_read(const uint8_t *data, size_t size, const struct dns_question *q, uint16_t id, struct dns_answer *ret)
{
	const struct message m = { data, size };
	const char *owner = q->name;
	char asked[DNS_NAME_MAX];
	int r;

	memset(ret, 0, sizeof(*ret));
	ret->ttl = UINT32_MAX;
	/* The flags first: what is cut off need not parse. */
	if (size < MESSAGE_HEADER || get16(data) != id || !(data[2] & 0x80))
		return -EBADMSG;
	if (data[2] & 0x02)
		return -EMSGSIZE;
	const size_t taken = get16(data + 4) == 1 ? name_read(&m, MESSAGE_HEADER, asked) : 0, end = MESSAGE_HEADER + taken;
	if (!taken || size - end < 4 || get16(data + end) != q->type || get16(data + end + 2) != CLASS_IN ||
	    strcasecmp(asked, q->name) != 0 || !is_whole(&m, end + 4))
		return -EBADMSG;
	ret->rcode = data[3] & 0xf;
	if (ret->rcode != DNS_NOERROR && ret->rcode != DNS_NXDOMAIN)
		return -EREMOTEIO;
	while ((r = alias_find(&m, end + 4, owner, ret)) > 0)
		owner = ret->chain[ret->n_chain - 1];
	if (r == 0)
		addresses_find(&m, end + 4, owner, q->type, ret);
	return r;
}
