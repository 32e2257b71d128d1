/* SPDX-License-Identifier: MIT */
#include "net/nft.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter.h>
#include <string.h>
#include <sys/socket.h>

/* ---- attributes ---- */

static void *room(struct nft *b, size_t size)
{
	size_t padded = NLMSG_ALIGN(size);

	if (b->full || padded > sizeof(b->text) - b->n) {
		b->full = true;
		return NULL;
	}
	void *at = b->text + b->n;
	memset(at, 0, padded);
	b->n += padded;
	if (b->message)
		b->message->nlmsg_len = (uint32_t)(b->text + b->n - (char *)b->message);
	return at;
}

static void header(struct nft *b, uint16_t type, uint16_t flags, uint8_t family, uint16_t subsystem)
{
	b->message = NULL;
	struct nlmsghdr *h = room(b, NLMSG_LENGTH(sizeof(struct nfgenmsg)));

	if (!h)
		return;
	struct nfgenmsg *m = NLMSG_DATA(h);
	h->nlmsg_len = NLMSG_LENGTH(sizeof(*m));
	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	h->nlmsg_seq = 1;
	m->nfgen_family = family;
	m->version = NFNETLINK_V0;
	m->res_id = htons(subsystem);
	b->message = h;
}

void nft_begin(struct nft *b)
{
	b->n = 0;
	b->full = false;
	header(b, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
}

void nft_message(struct nft *b, uint16_t type, uint16_t flags)
{
	header(b, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), NLM_F_ACK | flags, NFPROTO_INET, 0);
}

void nft_bytes(struct nft *b, uint16_t type, const void *data, size_t size)
{
	struct nlattr *a = room(b, NLA_HDRLEN + size);

	if (!a)
		return;
	a->nla_type = type;
	a->nla_len = (uint16_t)(NLA_HDRLEN + size);
	memcpy((char *)a + NLA_HDRLEN, data, size);
}

void nft_text(struct nft *b, uint16_t type, const char *text)
{
	nft_bytes(b, type, text, strlen(text) + 1);
}

void nft_u32(struct nft *b, uint16_t type, uint32_t value)
{
	value = htonl(value);
	nft_bytes(b, type, &value, sizeof(value));
}

void nft_u64(struct nft *b, uint16_t type, uint64_t value)
{
	value = htobe64(value);
	nft_bytes(b, type, &value, sizeof(value));
}

size_t nft_open(struct nft *b, uint16_t type)
{
	size_t at = b->n;

	nft_bytes(b, type | NLA_F_NESTED, "", 0);
	return at;
}

void nft_close(struct nft *b, size_t at)
{
	if (!b->full)
		((struct nlattr *)(b->text + at))->nla_len = (uint16_t)(b->n - at);
}

/* ---- expressions ---- */

struct expression {
	size_t element, data;
};

static struct expression expression(struct nft *b, const char *name)
{
	struct expression e = { .element = nft_open(b, NFTA_LIST_ELEM) };

	nft_text(b, NFTA_EXPR_NAME, name);
	e.data = nft_open(b, NFTA_EXPR_DATA);
	return e;
}

static void expression_end(struct nft *b, struct expression e)
{
	nft_close(b, e.data);
	nft_close(b, e.element);
}

static void value(struct nft *b, uint16_t type, const void *data, size_t size)
{
	size_t at = nft_open(b, type);

	nft_bytes(b, NFTA_DATA_VALUE, data, size);
	nft_close(b, at);
}

void nft_meta(struct nft *b, enum nft_meta_keys key, uint32_t reg)
{
	struct expression e = expression(b, "meta");

	nft_u32(b, NFTA_META_KEY, key);
	nft_u32(b, NFTA_META_DREG, reg);
	expression_end(b, e);
}

void nft_ct(struct nft *b, enum nft_ct_keys key, uint32_t reg)
{
	struct expression e = expression(b, "ct");

	nft_u32(b, NFTA_CT_KEY, key);
	nft_u32(b, NFTA_CT_DREG, reg);
	expression_end(b, e);
}

void nft_ct_mark(struct nft *b, uint32_t reg)
{
	struct expression e = expression(b, "ct");

	nft_u32(b, NFTA_CT_KEY, NFT_CT_MARK);
	nft_u32(b, NFTA_CT_SREG, reg);
	expression_end(b, e);
}

void nft_immediate(struct nft *b, uint32_t reg, const void *data, size_t size)
{
	struct expression e = expression(b, "immediate");

	nft_u32(b, NFTA_IMMEDIATE_DREG, reg);
	value(b, NFTA_IMMEDIATE_DATA, data, size);
	expression_end(b, e);
}

void nft_payload(struct nft *b, enum nft_payload_bases base, uint32_t offset, uint32_t size, uint32_t reg)
{
	struct expression e = expression(b, "payload");

	nft_u32(b, NFTA_PAYLOAD_DREG, reg);
	nft_u32(b, NFTA_PAYLOAD_BASE, base);
	nft_u32(b, NFTA_PAYLOAD_OFFSET, offset);
	nft_u32(b, NFTA_PAYLOAD_LEN, size);
	expression_end(b, e);
}

void nft_mask(struct nft *b, uint32_t reg, const void *mask, size_t size)
{
	static const uint8_t zero[16];
	struct expression e = expression(b, "bitwise");

	nft_u32(b, NFTA_BITWISE_SREG, reg);
	nft_u32(b, NFTA_BITWISE_DREG, reg);
	nft_u32(b, NFTA_BITWISE_LEN, (uint32_t)size);
	value(b, NFTA_BITWISE_MASK, mask, size);
	value(b, NFTA_BITWISE_XOR, zero, size);
	expression_end(b, e);
}

void nft_compare(struct nft *b, uint32_t reg, enum nft_cmp_ops op, const void *data, size_t size)
{
	struct expression e = expression(b, "cmp");

	nft_u32(b, NFTA_CMP_SREG, reg);
	nft_u32(b, NFTA_CMP_OP, op);
	value(b, NFTA_CMP_DATA, data, size);
	expression_end(b, e);
}

void nft_lookup(struct nft *b, uint32_t reg, const char *set)
{
	struct expression e = expression(b, "lookup");

	nft_text(b, NFTA_LOOKUP_SET, set);
	nft_u32(b, NFTA_LOOKUP_SREG, reg);
	expression_end(b, e);
}

static void verdict(struct nft *b, uint32_t code, const char *chain)
{
	struct expression e = expression(b, "immediate");

	nft_u32(b, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	size_t data = nft_open(b, NFTA_IMMEDIATE_DATA), what = nft_open(b, NFTA_DATA_VERDICT);
	nft_u32(b, NFTA_VERDICT_CODE, code);
	if (chain)
		nft_text(b, NFTA_VERDICT_CHAIN, chain);
	nft_close(b, what);
	nft_close(b, data);
	expression_end(b, e);
}

void nft_accept(struct nft *b)
{
	verdict(b, NF_ACCEPT, NULL);
}

void nft_goto(struct nft *b, const char *chain)
{
	verdict(b, (uint32_t)NFT_GOTO, chain);
}

void nft_reject(struct nft *b, enum nft_reject_types type, uint8_t code)
{
	struct expression e = expression(b, "reject");

	nft_u32(b, NFTA_REJECT_TYPE, type);
	if (type != NFT_REJECT_TCP_RST)
		nft_bytes(b, NFTA_REJECT_ICMP_CODE, &code, sizeof(code));
	expression_end(b, e);
}

/* ---- sending ---- */

/* The kernel has answered each request when send() returns. */
static int answers(int fd)
{
	_Alignas(struct nlmsghdr) char text[1 << 14];
	int first = -EPROTO;
	bool any = false;

	for (;;) {
		struct iovec iov = { .iov_base = text, .iov_len = sizeof(text) };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
		ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN || first < 0 ? first : -errno;
		for (struct nlmsghdr *h = (struct nlmsghdr *)text; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
			if (h->nlmsg_type != NLMSG_ERROR)
				continue;
			int error = ((const struct nlmsgerr *)NLMSG_DATA(h))->error;
			if (!any || first == 0)
				first = error;
			any = true;
		}
	}
}

int nft_commit(struct nft *b, int fd)
{
	header(b, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
	if (b->full)
		return -ENOBUFS;
	if (send(fd, b->text, b->n, 0) < 0)
		return -errno;
	return answers(fd);
}
