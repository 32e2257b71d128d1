/* SPDX-License-Identifier: MIT */
/*
 * nf_tables over netlink, as little of it as the egress rules need: one batch is one transaction.  Written by hand rather
 * than with a library, since the launcher is static and loads nothing.
 */
#ifndef SBOX_NET_NFT_H
#define SBOX_NET_NFT_H

#include <linux/netlink.h>
#include <linux/netfilter/nf_tables.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** struct nft - a batch that is being written */
struct nft {
	_Alignas(struct nlmsghdr) char text[1 << 16];
	size_t n;
	struct nlmsghdr *message; /* the one being written */
	bool full;                /* something did not fit: nft_commit() refuses */
};

/** nft_begin() - an empty batch */
void nft_begin(struct nft *b);
/** nft_message() - the next request: NFT_MSG_*, NLM_F_* beside NLM_F_REQUEST */
void nft_message(struct nft *b, uint16_t type, uint16_t flags);
/** nft_text(), nft_bytes(), nft_u32(), nft_u64() - an attribute of the request or nested attribute that is open; numbers big-endian */
void nft_text(struct nft *b, uint16_t type, const char *text);
void nft_bytes(struct nft *b, uint16_t type, const void *data, size_t size);
void nft_u32(struct nft *b, uint16_t type, uint32_t value);
void nft_u64(struct nft *b, uint16_t type, uint64_t value);
/** nft_open(), nft_close() - a nested attribute; the size is patched at the end */
size_t nft_open(struct nft *b, uint16_t type);
void nft_close(struct nft *b, size_t at);
/** nft_commit() - send it to @fd, all of it or nothing.  Return: 0 or the first -errno that the kernel says. */
int nft_commit(struct nft *b, int fd);

/* ---- expressions: inside NFTA_RULE_EXPRESSIONS ---- */

/** nft_meta(), nft_ct_state(), nft_payload() - @reg becomes what the packet has there */
void nft_meta(struct nft *b, enum nft_meta_keys key, uint32_t reg);
/** nft_ct() - of the packet's connection: NFT_CT_STATE, NFT_CT_DIRECTION, NFT_CT_MARK; nft_ct_mark() sets the last to @reg */
void nft_ct(struct nft *b, enum nft_ct_keys key, uint32_t reg);
void nft_ct_mark(struct nft *b, uint32_t reg);
void nft_immediate(struct nft *b, uint32_t reg, const void *data, size_t size);
void nft_payload(struct nft *b, enum nft_payload_bases base, uint32_t offset, uint32_t size, uint32_t reg);
/** nft_mask() - only the bits of @mask stay in @reg */
void nft_mask(struct nft *b, uint32_t reg, const void *mask, size_t size);
/** nft_compare(), nft_lookup() - the rule ends here unless @reg is so, or is in @set */
void nft_compare(struct nft *b, uint32_t reg, enum nft_cmp_ops op, const void *data, size_t size);
void nft_lookup(struct nft *b, uint32_t reg, const char *set);
/** nft_accept() - the packet goes */
void nft_accept(struct nft *b);
/** nft_goto() - the rest of the decision is @chain's */
void nft_goto(struct nft *b, const char *chain);
/** nft_reject() - it does not, and the sender is told so by @code of @type */
void nft_reject(struct nft *b, enum nft_reject_types type, uint8_t code);

#endif
