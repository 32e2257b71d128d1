/* SPDX-License-Identifier: MIT */
#include "net/dns.h"

#include <arpa/nameser.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

enum { MESSAGE_HEADER = 12, POINTER_TO_QUESTION = 0xc000 | MESSAGE_HEADER };

/* The name of the only question, without compression.  Return: how many bytes of @data it takes, or -1. */
static int name_read(const uint8_t *data, size_t size, struct dns_question *ret)
{
	uint8_t wire[NS_MAXCDNAME];
	int taken = ns_name_unpack(data, data + size, data + MESSAGE_HEADER, wire, sizeof(wire));

	if (taken < 0 || taken > (int)sizeof(ret->wire) || ns_name_ntop(wire, ret->name, sizeof(ret->name)) < 0)
		return -1;
	/* A pointer in the first name of a message leads nowhere good. */
	size_t n = 1;
	for (const uint8_t *label = wire; *label && n < sizeof(ret->wire); label += *label + 1)
		n += *label + 1U;
	/* A dot or a backslash within a label is written with a backslash: no host is called so, and lists of names are text. */
	if (strchr(ret->name, '\\'))
		return -1;
	if ((int)n != taken)
		return -1;
	memcpy(ret->wire, wire, n);
	ret->wire_size = n;
	return taken;
}

int dns_question_read(const uint8_t *data, size_t size, struct dns_question *ret)
{
	if (size < MESSAGE_HEADER + 5)
		return -EBADMSG;
	/* a question, of the usual kind, and one */
	if (data[2] & 0xf8 || ns_get16(data + 4) != 1)
		return -EBADMSG;
	int taken = name_read(data, size, ret);
	if (taken < 0 || MESSAGE_HEADER + (size_t)taken + 4 > size || ns_get16(data + MESSAGE_HEADER + taken + 2) != ns_c_in)
		return -EBADMSG;
	ret->id = (uint16_t)ns_get16(data);
	ret->type = (uint16_t)ns_get16(data + MESSAGE_HEADER + taken);
	return 0;
}

static size_t question_put(const struct dns_question *q, uint16_t id, unsigned flags, unsigned answers, uint8_t *ret)
{
	size_t n = MESSAGE_HEADER;

	memset(ret, 0, MESSAGE_HEADER);
	ns_put16(id, ret);
	ns_put16(flags, ret + 2);
	ns_put16(1, ret + 4);
	ns_put16(answers, ret + 6);
	memcpy(ret + n, q->wire, q->wire_size);
	n += q->wire_size;
	ns_put16(q->type, ret + n);
	ns_put16(ns_c_in, ret + n + 2);
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
		ns_put16(POINTER_TO_QUESTION, ret + at);
		ns_put16(q->type, ret + at + 2);
		ns_put16(ns_c_in, ret + at + 4);
		ns_put32(ttl, ret + at + 6);
		ns_put16((unsigned)size, ret + at + 10);
		memcpy(ret + at + 12, addresses[written], size);
		at += record;
	}
	ns_put16((unsigned)written, ret + 6);
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

/* The next name of the chain: that for which @current is an alias.  Return: 1; 0: there is none; -EBADMSG. */
static int alias_find(ns_msg *m, const char *current, struct dns_answer *a)
{
	for (int i = 0; i < ns_msg_count(*m, ns_s_an); i++) {
		ns_rr rr;

		if (ns_parserr(m, ns_s_an, i, &rr) < 0)
			return -EBADMSG;
		if (ns_rr_type(rr) != ns_t_cname || ns_rr_class(rr) != ns_c_in || strcasecmp(ns_rr_name(rr), current) != 0)
			continue;
		if (a->n_chain == DNS_CHAIN_MAX)
			return -EBADMSG;
		if (ns_name_uncompress(ns_msg_base(*m), ns_msg_end(*m), ns_rr_rdata(rr), a->chain[a->n_chain], DNS_NAME_MAX) < 0)
			return -EBADMSG;
		a->n_chain++;
		ttl_least(a, ns_rr_ttl(rr));
		return 1;
	}
	return 0;
}

static int addresses_find(ns_msg *m, const char *owner, unsigned type, struct dns_answer *a)
{
	const size_t size = type == DNS_A ? 4 : 16;

	for (int i = 0; i < ns_msg_count(*m, ns_s_an) && a->n < DNS_ADDRESSES_MAX; i++) {
		ns_rr rr;

		if (ns_parserr(m, ns_s_an, i, &rr) < 0)
			return -EBADMSG;
		if (ns_rr_type(rr) != type || ns_rr_class(rr) != ns_c_in || ns_rr_rdlen(rr) != size ||
		    strcasecmp(ns_rr_name(rr), owner) != 0)
			continue;
		memcpy(a->addresses[a->n++], ns_rr_rdata(rr), size);
		ttl_least(a, ns_rr_ttl(rr));
	}
	return 0;
}

int dns_answer_read(const uint8_t *data, size_t size, const struct dns_question *q, uint16_t id, struct dns_answer *ret)
{
	const char *owner = q->name;
	ns_msg m;
	ns_rr rr;
	int r;

	memset(ret, 0, sizeof(*ret));
	ret->ttl = UINT32_MAX;
	/* The flags first: what is cut off need not parse. */
	if (size < MESSAGE_HEADER || ns_get16(data) != id || !(data[2] & 0x80))
		return -EBADMSG;
	if (data[2] & 0x02)
		return -EMSGSIZE;
	if (ns_initparse(data, (int)size, &m) < 0 || ns_msg_count(m, ns_s_qd) != 1 || ns_parserr(&m, ns_s_qd, 0, &rr) < 0 ||
	    ns_rr_type(rr) != q->type || strcasecmp(ns_rr_name(rr), q->name) != 0)
		return -EBADMSG;
	ret->rcode = (unsigned)ns_msg_getflag(m, ns_f_rcode);
	if (ret->rcode != DNS_NOERROR && ret->rcode != DNS_NXDOMAIN)
		return -EREMOTEIO;
	while ((r = alias_find(&m, owner, ret)) > 0)
		owner = ret->chain[ret->n_chain - 1];
	return r < 0 ? r : addresses_find(&m, owner, q->type, ret);
}
