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

void nft_begin(struct nft *b);
/** nft_message() - the next request: NFT_MSG_*, NLM_F_* beside NLM_F_REQUEST */
void nft_message(struct nft *b, uint16_t type, uint16_t flags);
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

void nft_meta(struct nft *b, enum nft_meta_keys key, uint32_t reg);
void nft_ct_state(struct nft *b, uint32_t reg);
void nft_payload(struct nft *b, enum nft_payload_bases base, uint32_t offset, uint32_t size, uint32_t reg);
void nft_mask(struct nft *b, uint32_t reg, const void *mask, size_t size);
void nft_compare(struct nft *b, uint32_t reg, enum nft_cmp_ops op, const void *data, size_t size);
void nft_lookup(struct nft *b, uint32_t reg, const char *set);
void nft_accept(struct nft *b);
/** nft_goto() - the rest of the decision is @chain's */
void nft_goto(struct nft *b, const char *chain);
void nft_reject(struct nft *b, enum nft_reject_types type, uint8_t code);

#endif
