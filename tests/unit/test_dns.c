/* SPDX-License-Identifier: MIT */
/* DNS messages: what is understood, and that nothing else is. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "leak_check.h"
#include "net/dns.h"

TestSuite(dns, .fini = leak_check);

static const uint8_t asked[] = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03web\x04test\x00\x00\x01\x00\x01";
/* web.test CNAME x.test; x.test A 198.51.100.7; y.test A 203.0.113.8 */
static const uint8_t said[] = "\xab\xcd\x81\x80\x00\x01\x00\x03\x00\x00\x00\x00\x03web\x04test\x00\x00\x01\x00\x01"
			      "\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x1e\x00\x04\x01x\xc0\x10"
			      "\x01x\xc0\x10\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc6\x33\x64\x07"
			      "\x01y\xc0\x10\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xcb\x00\x71\x08";

Test(dns, a_question_and_its_reply)
{
	struct dns_question q;
	uint8_t out[DNS_UDP_MAX];

	cr_assert_eq(dns_question_read(asked, sizeof(asked) - 1, &q), 0);
	cr_assert_str_eq(q.name, "web.test");
	cr_assert_eq(q.type, DNS_A);
	cr_assert_eq(dns_question_write(&q, 0x1234, out), sizeof(asked) - 1);
	cr_assert_eq(memcmp(out, asked, sizeof(asked) - 1), 0);

	uint8_t addresses[40][16] = { { 198, 51, 100, 7 } };
	size_t n = dns_reply_write(&q, DNS_NOERROR, (const uint8_t(*)[16])addresses, 40, 60, out);
	struct dns_answer a;
	cr_assert(n <= DNS_UDP_MAX);
	cr_assert_eq(dns_answer_read(out, n, &q, 0x1234, &a), 0);
	cr_assert_eq(a.n, DNS_ADDRESSES_MAX);
	cr_assert_eq(a.addresses[0][0], 198);
}

Test(dns, an_answer_is_what_the_name_leads_to)
{
	struct dns_question q;
	struct dns_answer a;

	cr_assert_eq(dns_question_read(asked, sizeof(asked) - 1, &q), 0);
	cr_assert_eq(dns_answer_read(said, sizeof(said) - 1, &q, 0xabcd, &a), 0);
	cr_assert_eq(a.n, 1, "what nobody asked for is no answer");
	cr_assert_eq(memcmp(a.addresses[0], "\xc6\x33\x64\x07", 4), 0);
	cr_assert_eq(a.ttl, 30);
	cr_assert_eq(a.n_chain, 1);
	cr_assert_str_eq(a.chain[0], "x.test");
	cr_assert_eq(dns_answer_read(said, sizeof(said) - 1, &q, 0xabce, &a), -EBADMSG, "a wrong number");
	q.type = DNS_AAAA;
	cr_assert_eq(dns_answer_read(said, sizeof(said) - 1, &q, 0xabcd, &a), -EBADMSG, "to another question");
}

/* Everything of what was asked comes back: RFC 5452, 9.1. */
Test(dns, an_answer_repeats_the_question)
{
	const size_t name = 12, type = sizeof(asked) - 1 - 3, class = sizeof(asked) - 1 - 1;
	static const uint8_t upper[] = "\x03WEB\x04TEST";
	struct dns_question q;
	struct dns_answer a;
	uint8_t other[sizeof(said) - 1];

	cr_assert_eq(dns_question_read(asked, sizeof(asked) - 1, &q), 0);
	memcpy(other, said, sizeof(other));
	memcpy(other + name, upper, sizeof(upper) - 1);
	cr_assert_eq(dns_answer_read(other, sizeof(other), &q, 0xabcd, &a), 0, "in other letters");
	cr_assert_eq(a.n, 1);
	for (const size_t *at = (const size_t[]){ 1, 5, name + 1, type, class, 0 }; *at; at++) {
		memcpy(other, said, sizeof(other));
		other[*at] ^= 3;
		cr_assert_eq(dns_answer_read(other, sizeof(other), &q, 0xabcd, &a), -EBADMSG, "byte %zu", *at);
	}
}

Test(dns, an_answer_cut_anywhere_is_none)
{
	struct dns_question q;
	struct dns_answer a;

	cr_assert_eq(dns_question_read(asked, sizeof(asked) - 1, &q), 0);
	for (size_t n = 0; n < sizeof(said) - 1; n++) {
		/* of its own size, so that a sanitizer sees what lies behind */
		uint8_t *copy = malloc(n + 1);

		memcpy(copy, said, n);
		cr_assert_neq(dns_answer_read(copy, n, &q, 0xabcd, &a), 0, "%zu bytes", n);
		free(copy);
	}
}

Test(dns, a_name_that_points_is_refused)
{
	static const uint8_t loop[] = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\xc0\x0c\x00\x01\x00\x01";
	static const uint8_t two[] = "\x12\x34\x01\x00\x00\x02\x00\x00\x00\x00\x00\x00\x03web\x04test\x00\x00\x01\x00\x01";
	static const uint8_t dot[] = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x08" "evil.sub\x04test\x00\x00\x01\x00\x01";
	struct dns_question q;

	cr_assert_eq(dns_question_read(dot, sizeof(dot) - 1, &q), -EBADMSG, "two labels that read as three");
	cr_assert_eq(dns_question_read(loop, sizeof(loop) - 1, &q), -EBADMSG);
	cr_assert_eq(dns_question_read(two, sizeof(two) - 1, &q), -EBADMSG);
	cr_assert_eq(dns_question_read(said, sizeof(said) - 1, &q), -EBADMSG, "an answer is no question");
}

/* An answer to web.test, begun */
struct answer {
	uint8_t data[1024];
	size_t n;
};

static void record(struct answer *m, const void *owner, size_t owner_size, char type, const void *data, size_t size)
{
	const char fixed[] = { 0, type, 0, 1, 0, 0, 0, 30, (char)(size >> 8), (char)size };

	if (!m->n)
		memcpy(m->data, said, m->n = sizeof(asked) - 1);
	m->data[7] = m->n == sizeof(asked) - 1 ? 1 : (uint8_t)(m->data[7] + 1);
	memcpy(m->data + m->n, owner, owner_size);
	memcpy(m->data + m->n + owner_size, fixed, sizeof(fixed));
	memcpy(m->data + m->n + owner_size + sizeof(fixed), data, size);
	m->n += owner_size + sizeof(fixed) + size;
}

static int understood(const struct answer *m, struct dns_answer *ret)
{
	struct dns_question q;

	cr_assert_eq(dns_question_read(asked, sizeof(asked) - 1, &q), 0);
	return dns_answer_read(m->data, m->n, &q, 0xabcd, ret);
}

/* The only record: @owner is another name for @target. */
static int with_alias(const void *owner, size_t owner_size, const void *target, size_t size, struct dns_answer *ret)
{
	struct answer m = { 0 };

	record(&m, owner, owner_size, 5, target, size);
	return understood(&m, ret);
}

Test(dns, a_pointer_leads_back)
{
	struct dns_answer a;

	cr_assert_eq(with_alias("\xc0\x0c", 2, "\1x\xc0\x10", 4, &a), 0);
	cr_assert_str_eq(a.chain[0], "x.test");
	cr_assert_eq(with_alias("\xc0\x0c", 2, "\xc0\x26", 2, &a), -EBADMSG, "to itself");
	cr_assert_eq(with_alias("\xc0\x0c", 2, "\1x\xc0\x28", 4, &a), -EBADMSG, "to itself, behind a label");
	cr_assert_eq(with_alias("\xc0\x26", 2, "\1x\0", 3, &a), -EBADMSG, "forward");
	cr_assert_eq(with_alias("\xc0\4", 2, "\1x\0", 3, &a), -EBADMSG, "into the header");
	cr_assert_eq(with_alias("\xc0\x0c", 2, "\xc0", 1, &a), -EBADMSG, "half a pointer");
	cr_assert_eq(with_alias("\xc0\x0c", 2, "\xc0\x10\0", 3, &a), -EBADMSG, "something behind the name");
}

/* Each leads to the one before.  To read many thousands of them again for each record would keep the resolver busy. */
Test(dns, pointers_to_pointers_end)
{
	const size_t hops[] = { 126, 127 };

	for (size_t test = 0; test < 2; test++) {
		uint8_t chain[2 * 150] = { 0xc0, 16 };
		struct answer m = { 0 };
		struct dns_answer a;
		const size_t first = sizeof(asked) - 1 + 2 + 10;

		for (size_t i = 1; i < sizeof(chain) / 2; i++) {
			chain[2 * i] = (uint8_t)(0xc0 | (first + 2 * (i - 1)) >> 8);
			chain[2 * i + 1] = (uint8_t)(first + 2 * (i - 1));
		}
		record(&m, "\xc0\x10", 2, 16, chain, sizeof(chain));
		record(&m, "\xc0\x0c", 2, 5, chain + 2 * hops[test], 2);
		cr_assert_eq(understood(&m, &a), test ? -EBADMSG : 0, "%zu", hops[test]);
	}
}

Test(dns, a_name_has_255_bytes)
{
	char name[300] = { 0 };
	struct dns_answer a;

	for (size_t i = 0; i < 254; i += 2)
		memcpy(name + i, "\1a", 2);
	cr_assert_eq(with_alias("\xc0\x0c", 2, name, 255, &a), 0);
	cr_assert_eq(strlen(a.chain[0]), 253);
	memcpy(name + 252, "\2aa\0", 4);
	cr_assert_eq(with_alias("\xc0\x0c", 2, name, 256, &a), -EBADMSG);
	memset(name, 'a', sizeof(name));
	name[0] = 64;
	name[65] = 0;
	cr_assert_eq(with_alias("\xc0\x0c", 2, name, 66, &a), -EBADMSG, "a label has 63");
}

/* A list of names is text: what would be another name there is no name of a host. */
Test(dns, a_name_is_what_it_reads_as)
{
	static const char odd[] = ".\\ \t\n\"$();@\x7f\x80\xff";
	struct dns_answer a;

	for (size_t i = 0; i < sizeof(odd); i++) { /* its NUL, too */
		const char name[] = { 3, 'a', odd[i], 'b', 0 };

		cr_assert_eq(with_alias("\xc0\x0c", 2, name, sizeof(name), &a), -EBADMSG, "byte %u", (unsigned char)odd[i]);
		cr_assert_eq(with_alias(name, sizeof(name), "\1x\0", 3, &a), 0, "another's record is passed by");
		cr_assert_eq(a.n_chain, 0);
	}
}

/* ---- messages made at random ---- */

enum { MADE_MAX = 4096 };

/** struct message - grown at random; what is in it may point anywhere */
struct message {
	uint8_t data[MADE_MAX];
	size_t n;
};

static void put(struct message *m, const void *data, size_t size)
{
	if (size > sizeof(m->data) - m->n)
		return;
	memcpy(m->data + m->n, data, size);
	m->n += size;
}

static void put16(struct message *m, unsigned value)
{
	put(m, (uint8_t[]){ (uint8_t)(value >> 8), (uint8_t)value }, 2);
}

/* Labels, right and wrong, then an end, a pointer (mostly to somewhere within), or neither. */
static void put_name(struct message *m)
{
	static const char *const names[] = { "\3web\4test", "\1x\4test", "\4test", "\1y", "\12a.b\\.sub\0.c", "" };
	const char *name = names[(size_t)random() % (sizeof(names) / sizeof(*names))];

	put(m, name, strlen(name));
	for (long i = random() % 8 ? 0 : random() % 130; i > 0; i--)
		put(m, "\1a", 2);
	if (random() % 3 == 0)
		put16(m, 0xc000 | (unsigned)(random() % 2 ? 12 : random() % (long)(m->n + 20)));
	else if (random() % 20)
		put(m, "", 1);
}

/* What a server would send: an address or another name, of the name that was asked for or of that other one. */
static void put_good_record(struct message *m)
{
	const bool alias = random() % 3 == 0, v6 = random() % 3 == 0;
	const char *owner = random() % 2 ? "\xc0\x0c" : "\1x\xc0\x10";

	put(m, owner, strlen(owner));
	put16(m, alias ? 5 : v6 ? 28 : 1);
	put16(m, 1);
	put16(m, 0);
	put16(m, (unsigned)random() & 0xffff);
	put16(m, alias || !v6 ? 4 : 16);
	if (alias)
		put(m, "\1x\xc0\x10", 4);
	else
		for (int i = 0; i < (v6 ? 16 : 4); i++)
			put(m, (uint8_t[]){ (uint8_t)random() }, 1);
}

static void put_record(struct message *m)
{
	static const unsigned types[] = { 1, 28, 5, 5, 1, 28, 16, 6, 41, 255 };
	static const unsigned sizes[] = { 4, 16, 0, 3, 255, 65535 };

	put_name(m);
	put16(m, types[random() % 10]);
	put16(m, random() % 20 ? 1 : (unsigned)random() & 0xffff);
	put16(m, (unsigned)random() & 0xffff);
	put16(m, (unsigned)random() & 0xffff);
	size_t length = m->n, size = sizes[random() % 6];
	put16(m, (unsigned)size);
	if (random() % 2) {
		put_name(m);
		if (length + 2 <= sizeof(m->data) && m->n >= length + 2 && random() % 10) {
			m->data[length] = (uint8_t)((m->n - length - 2) >> 8);
			m->data[length + 1] = (uint8_t)(m->n - length - 2);
		}
		return;
	}
	for (size_t i = 0; i < size && i < 300; i++)
		put(m, (uint8_t[]){ (uint8_t)random() }, 1);
}

static void made(struct message *m, bool answer)
{
	m->n = 0;
	put(m, answer ? said : asked, random() % 10 ? sizeof(asked) - 1 : 12);
	if (answer) {
		long records = random() % 4 ? random() % 6 : random() % 200;

		if (random() % 10)
			m->data[7] = (uint8_t)records;
		for (bool good = random() % 2; records > 0; records--)
			(good && random() % 20 ? put_good_record : put_record)(m);
	}
	for (long i = random() % 2 ? 0 : random() % 6; i > 0; i--)
		m->data[2 + (size_t)random() % (m->n - 2)] = (uint8_t)random();
	if (random() % 4 == 0)
		m->n = (size_t)random() % (m->n + 1);
}

static void check_question(const struct dns_question *q)
{
	uint8_t out[DNS_UDP_MAX];
	struct dns_question again;

	cr_assert(!strchr(q->name, '\\') && strlen(q->name) < DNS_WIRE_MAX && q->wire_size <= DNS_WIRE_MAX);
	size_t n = dns_question_write(q, q->id, out);
	cr_assert(n <= sizeof(out));
	cr_assert_eq(dns_question_read(out, n, &again), 0);
	cr_assert(strcmp(again.name, q->name) == 0 && again.type == q->type && again.id == q->id);
}

/* Each address is one that the message has, and the names fit. */
static void check_answer(const struct dns_answer *a, const uint8_t *data, size_t size, size_t address)
{
	cr_assert(a->n <= DNS_ADDRESSES_MAX && a->n_chain <= DNS_CHAIN_MAX);
	for (size_t i = 0; i < a->n; i++)
		cr_assert(memmem(data, size, a->addresses[i], address));
	for (size_t i = 0; i < a->n_chain; i++)
		cr_assert(memchr(a->chain[i], '\0', DNS_NAME_MAX));
}

/*
 * What is refused is refused, nothing else happens; what is understood is in the message.  SBOX_FUZZ=N: how many messages,
 * for a long run with the sanitizers.
 */
Test(dns, messages_made_at_random, .timeout = 0)
{
	const char *text = getenv("SBOX_FUZZ");
	const long rounds = text ? atol(text) : 100000;
	long understood[2] = { 0 };
	struct dns_question q4, q6, other;
	struct message m;
	struct dns_answer a;

	cr_assert_eq(dns_question_read(asked, sizeof(asked) - 1, &q4), 0);
	q6 = q4;
	q6.type = DNS_AAAA;
	srandom(text ? (unsigned)rounds : 1);
	for (long round = 0; round < rounds; round++) {
		bool answer = round % 8 != 0;

		made(&m, answer);
		/* of its own size, so that a sanitizer sees what lies behind */
		uint8_t *copy = malloc(m.n + 1);
		memcpy(copy, m.data, m.n);
		if (dns_question_read(copy, m.n, &other) == 0) {
			check_question(&other);
			understood[0]++;
		}
		if (answer && m.n > 25 && random() % 2)
			copy[24] = DNS_AAAA;
		const struct dns_question *q = answer && m.n > 25 && copy[24] == DNS_AAAA ? &q6 : &q4;
		if (dns_answer_read(copy, m.n, q, 0xabcd, &a) == 0) {
			check_answer(&a, copy, m.n, q == &q6 ? 16 : 4);
			understood[1] += a.n > 0;
		}
		free(copy);
	}
	cr_assert(understood[0] > rounds / 50 && understood[1] > rounds / 50, "%ld questions, %ld answers", understood[0], understood[1]);
}
