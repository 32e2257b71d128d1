/* SPDX-License-Identifier: MIT */
/*
 * DNS messages, read and written.  What comes in is hostile, from inside the sandbox as well as from a server; what goes
 * out is never a part of it, but made anew from what was understood.  Not with libc's resolver library: musl's writes a dot
 * within a label as a dot, so that a name could pass for another, and lacks what shows it.
 */
#ifndef SBOX_NET_DNS_H
#define SBOX_NET_DNS_H

#include <stddef.h>
#include <stdint.h>

enum {
	DNS_WIRE_MAX = 255,
	DNS_NAME_MAX = DNS_WIRE_MAX, /* as text, with its NUL */
	DNS_UDP_MAX = 512,
	DNS_ADDRESSES_MAX = 16,
	DNS_CHAIN_MAX = 12,  /* CNAMEs in a row */
	DNS_A = 1,
	DNS_AAAA = 28,
	DNS_NOERROR = 0,
	DNS_SERVFAIL = 2,
	DNS_NXDOMAIN = 3,
};

/** struct dns_question - what somebody asks */
struct dns_question {
	uint16_t id, type;
	char name[DNS_NAME_MAX]; /* without a dot at the end, but for the root's */
	uint8_t wire[DNS_WIRE_MAX];
	size_t wire_size;
};

/** struct dns_answer - what a server knows */
struct dns_answer {
	unsigned rcode; /* NOERROR or NXDOMAIN */
	uint32_t ttl;   /* seconds; the least of all records on the way */
	size_t n;
	uint8_t addresses[DNS_ADDRESSES_MAX][16]; /* 4 or 16 bytes each, as the question's type says */
	size_t n_chain;
	char chain[DNS_CHAIN_MAX][DNS_NAME_MAX];  /* names that the question's name is another name for */
};

/** dns_question_read() - one question of class IN, as a program asks.  Return: 0; -EBADMSG: not worth an answer. */
int dns_question_read(const uint8_t *data, size_t size, struct dns_question *ret);
/** dns_question_write() - ask a server the same under @id.  Return: the size. */
size_t dns_question_write(const struct dns_question *q, uint16_t id, uint8_t ret[DNS_UDP_MAX]);
/**
 * dns_answer_read() - a server's answer to @q, asked under @id
 * Return: 0; -EMSGSIZE: too long for UDP; -EBADMSG: not an answer to that; -EREMOTEIO: the server cannot say.
 */
int dns_answer_read(const uint8_t *data, size_t size, const struct dns_question *q, uint16_t id, struct dns_answer *ret);
/** dns_reply_write() - what the program gets; @n addresses as far as they fit.  Return: the size. */
size_t dns_reply_write(const struct dns_question *q, unsigned rcode, const uint8_t (*addresses)[16], size_t n, uint32_t ttl,
		       uint8_t ret[DNS_UDP_MAX]);

#endif
