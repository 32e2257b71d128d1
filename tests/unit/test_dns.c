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

/* 400,000 messages that differ from good ones in a few bytes: nothing crashes, no answer is longer than its room. */
Test(dns, mutations)
{
	struct dns_question q, other;
	struct dns_answer a;

	cr_assert_eq(dns_question_read(asked, sizeof(asked) - 1, &q), 0);
	srandom(1);
	for (int round = 0; round < 400000; round++) {
		const uint8_t *from = round % 2 ? said : asked;
		size_t size = round % 2 ? sizeof(said) - 1 : sizeof(asked) - 1;
		uint8_t text[sizeof(said)];

		memcpy(text, from, size);
		for (long i = random() % 6; i >= 0; i--)
			text[(size_t)random() % size] = (uint8_t)random();
		text[0] = from[0];
		text[1] = from[1];
		if (random() % 4 == 0)
			size = (size_t)random() % (size + 1);
		(void)dns_question_read(text, size, &other);
		if (dns_answer_read(text, size, &q, 0xabcd, &a) == 0)
			cr_assert(a.n <= DNS_ADDRESSES_MAX && a.n_chain <= DNS_CHAIN_MAX);
	}
}
