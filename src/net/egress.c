/* SPDX-License-Identifier: MIT */
/*
 * The table "sbox" of the sandbox's namespace.  It hangs on what leaves a socket there, so no program, whatever it speaks,
 * goes round it, and it stays when everybody who could change it is gone: elements of the sets end by themselves.
 *
 *   out to lo, answers of what was accepted, neighbour discovery   accept
 *   each line of addresses: deny first, then allow
 *   closed: address in open4 / open6, address and port in port4 / port6     accept
 *   TCP: reset; the rest: administratively prohibited              (at once, not a time-out)
 */
#include "net/egress.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <linux/netfilter.h> /* after libc's headers, which it knows */
#include <linux/netfilter/nf_conntrack_common.h>

#include "net/net.h"
#include "net/nft.h"

static const char table[] = "sbox", chain[] = "out";

enum { ELEMENTS_MAX = 8192, ADDRESS_REG = NFT_REG32_00, PORT4_REG = NFT_REG32_01, PORT6_REG = NFT_REG32_04 };

/** struct set - addresses that names led to; with the destination port behind, where @port */
struct set {
	const char *name;
	int family;
	bool port;
	uint32_t key_size; /* registers have 4 bytes */
};
static const struct set sets[] = {
	{ "open4", AF_INET, false, 4 },
	{ "open6", AF_INET6, false, 16 },
	{ "port4", AF_INET, true, 8 },
	{ "port6", AF_INET6, true, 20 },
};

/* ---- rules ---- */

static size_t rule_begin(struct nft *b)
{
	nft_message(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	nft_text(b, NFTA_RULE_TABLE, table);
	nft_text(b, NFTA_RULE_CHAIN, chain);
	return nft_open(b, NFTA_RULE_EXPRESSIONS);
}

static void match_byte(struct nft *b, enum nft_meta_keys key, uint8_t value)
{
	nft_meta(b, key, ADDRESS_REG);
	nft_compare(b, ADDRESS_REG, NFT_CMP_EQ, &value, sizeof(value));
}

static void load_address(struct nft *b, int family)
{
	match_byte(b, NFT_META_NFPROTO, family == AF_INET ? NFPROTO_IPV4 : NFPROTO_IPV6);
	if (family == AF_INET)
		nft_payload(b, NFT_PAYLOAD_NETWORK_HEADER, 16, 4, ADDRESS_REG);
	else
		nft_payload(b, NFT_PAYLOAD_NETWORK_HEADER, 24, 16, ADDRESS_REG);
}

static void load_port(struct nft *b, uint32_t reg)
{
	nft_payload(b, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, reg);
}

static void always_rules(struct nft *b)
{
	static const char lo[IFNAMSIZ] = "lo";
	const uint32_t established = 1U << (IP_CT_ESTABLISHED + 1), none = 0;
	const uint8_t first = 133, last = 136; /* router and neighbour discovery, RFC 4861 */

	size_t r = rule_begin(b);
	nft_meta(b, NFT_META_OIFNAME, ADDRESS_REG);
	nft_compare(b, ADDRESS_REG, NFT_CMP_EQ, lo, sizeof(lo));
	nft_accept(b);
	nft_close(b, r);

	r = rule_begin(b);
	nft_ct_state(b, ADDRESS_REG);
	nft_mask(b, ADDRESS_REG, &established, sizeof(established));
	nft_compare(b, ADDRESS_REG, NFT_CMP_NEQ, &none, sizeof(none));
	nft_accept(b);
	nft_close(b, r);

	r = rule_begin(b);
	match_byte(b, NFT_META_L4PROTO, IPPROTO_ICMPV6);
	nft_payload(b, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1, ADDRESS_REG);
	nft_compare(b, ADDRESS_REG, NFT_CMP_GTE, &first, sizeof(first));
	nft_compare(b, ADDRESS_REG, NFT_CMP_LTE, &last, sizeof(last));
	nft_accept(b);
	nft_close(b, r);
}

/* Two rules of the table for each line that refuses: one for TCP, one for the rest. */
static void refuse(struct nft *b, bool tcp)
{
	if (tcp)
		nft_reject(b, NFT_REJECT_TCP_RST, 0);
	else
		nft_reject(b, NFT_REJECT_ICMPX_UNREACH, NFT_REJECT_ICMPX_ADMIN_PROHIBITED);
}

/** struct line - one rule of the table for one item of `allow` or `deny` */
struct line {
	const struct egress_rule *rule;
	uint8_t protocol; /* 0: any */
	uint16_t port;    /* network order; 0: any */
};

static void line_rule(struct nft *b, const struct line *l)
{
	const size_t size = l->rule->family == AF_INET ? 4 : 16;
	uint8_t mask[16] = { 0 };

	for (unsigned i = 0; i < l->rule->prefix; i++)
		mask[i / 8] |= (uint8_t)(0x80 >> i % 8);
	size_t r = rule_begin(b);
	if (l->protocol)
		match_byte(b, NFT_META_L4PROTO, l->protocol);
	load_address(b, l->rule->family);
	nft_mask(b, ADDRESS_REG, mask, size);
	nft_compare(b, ADDRESS_REG, NFT_CMP_EQ, l->rule->address, size);
	if (l->port) {
		load_port(b, ADDRESS_REG);
		nft_compare(b, ADDRESS_REG, NFT_CMP_EQ, &l->port, sizeof(l->port));
	}
	if (l->rule->deny)
		refuse(b, l->protocol == IPPROTO_TCP);
	else
		nft_accept(b);
	nft_close(b, r);
}

static void address_rules(struct nft *b, const struct plan_network *net, bool deny)
{
	static const uint8_t with_ports[] = { IPPROTO_TCP, IPPROTO_UDP }, denied[] = { IPPROTO_TCP, 0 }, allowed[] = { 0 };

	vec_each (rule, &net->rules) {
		if (rule->name || rule->deny != deny)
			continue;
		const uint8_t *protocols = rule->ports.n ? with_ports : deny ? denied : allowed;
		size_t n = rule->ports.n || deny ? 2 : 1;

		for (size_t i = 0; i < n; i++) {
			struct line l = { .rule = rule, .protocol = protocols[i] };

			if (!rule->ports.n)
				line_rule(b, &l);
			for (size_t p = 0; p < rule->ports.n; p++) {
				l.port = htons(rule->ports.v[p]);
				line_rule(b, &l);
			}
		}
	}
}

static void set_rules(struct nft *b)
{
	static const uint8_t protocols[] = { IPPROTO_TCP, IPPROTO_UDP };

	for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
		for (size_t p = 0; p < (sets[i].port ? ARRAY_SIZE(protocols) : 1); p++) {
			size_t r = rule_begin(b);

			if (sets[i].port)
				match_byte(b, NFT_META_L4PROTO, protocols[p]);
			load_address(b, sets[i].family);
			if (sets[i].port)
				load_port(b, sets[i].family == AF_INET ? PORT4_REG : PORT6_REG);
			nft_lookup(b, ADDRESS_REG, sets[i].name);
			nft_accept(b);
			nft_close(b, r);
		}
}

static void refuse_rules(struct nft *b)
{
	size_t r = rule_begin(b);

	match_byte(b, NFT_META_L4PROTO, IPPROTO_TCP);
	refuse(b, true);
	nft_close(b, r);
	r = rule_begin(b);
	refuse(b, false);
	nft_close(b, r);
}

/* ---- the table ---- */

static void sets_make(struct nft *b)
{
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		nft_message(b, NFT_MSG_NEWSET, NLM_F_CREATE);
		nft_text(b, NFTA_SET_TABLE, table);
		nft_text(b, NFTA_SET_NAME, sets[i].name);
		nft_u32(b, NFTA_SET_ID, (uint32_t)i + 1);
		nft_u32(b, NFTA_SET_FLAGS, NFT_SET_TIMEOUT);
		nft_u32(b, NFTA_SET_KEY_TYPE, 0);
		nft_u32(b, NFTA_SET_KEY_LEN, sets[i].key_size);
		size_t desc = nft_open(b, NFTA_SET_DESC);
		nft_u32(b, NFTA_SET_DESC_SIZE, ELEMENTS_MAX);
		nft_close(b, desc);
	}
}

static void chain_make(struct nft *b, bool closed)
{
	nft_message(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	nft_text(b, NFTA_CHAIN_TABLE, table);
	nft_text(b, NFTA_CHAIN_NAME, chain);
	size_t hook = nft_open(b, NFTA_CHAIN_HOOK);
	nft_u32(b, NFTA_HOOK_HOOKNUM, NF_INET_LOCAL_OUT);
	nft_u32(b, NFTA_HOOK_PRIORITY, 0);
	nft_close(b, hook);
	nft_u32(b, NFTA_CHAIN_POLICY, closed ? NF_DROP : NF_ACCEPT);
	nft_text(b, NFTA_CHAIN_TYPE, "filter");
}

int egress_rules_load(const struct plan *plan, struct launch *l)
{
	const struct plan_network *net = &plan->network;
	struct nft *b = arena_alloc(l->err->arena, sizeof(*b));

	nft_begin(b);
	nft_message(b, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	nft_text(b, NFTA_TABLE_NAME, table);
	if (net->closed)
		sets_make(b);
	chain_make(b, net->closed);
	always_rules(b);
	address_rules(b, net, true);
	address_rules(b, net, false);
	if (net->closed) {
		set_rules(b);
		refuse_rules(b);
	}
	int r = nft_commit(b, l->net_socks[NET_SOCK_NFT]);
	if (r < 0) {
		err_sys(l->err, net->rules.v[0].from, -r, "the kernel cannot hold the sandbox to these hosts");
		if (r == -ENOBUFS)
			err_remedy(l->err, "too many addresses and ports: join them to networks");
		else
			err_remedy(l->err, "it needs nf_tables with ct and reject: modprobe -a nf_tables nft_ct nft_reject_inet, as root");
	}
	return r;
}

/* ---- elements ---- */

/* One element, made or deleted. */
static void element(struct nft *b, uint16_t type, uint16_t flags, const struct set *set, const uint8_t *key, uint64_t ms)
{
	nft_message(b, type, flags);
	nft_text(b, NFTA_SET_ELEM_LIST_TABLE, table);
	nft_text(b, NFTA_SET_ELEM_LIST_SET, set->name);
	size_t list = nft_open(b, NFTA_SET_ELEM_LIST_ELEMENTS), one = nft_open(b, NFTA_LIST_ELEM);
	size_t at = nft_open(b, NFTA_SET_ELEM_KEY);
	nft_bytes(b, NFTA_DATA_VALUE, key, set->key_size);
	nft_close(b, at);
	if (ms)
		nft_u64(b, NFTA_SET_ELEM_TIMEOUT, ms);
	nft_close(b, one);
	nft_close(b, list);
}

/* The time of an element that is there can only be set by making it anew (before 6.12). */
static int element_set(int fd, const struct set *set, const uint8_t *key, uint64_t ms)
{
	struct nft b;
	int r = -EAGAIN;

	for (int round = 0; round < 3 && (r == -EAGAIN || r == -EEXIST || r == -ENOENT); round++) {
		nft_begin(&b);
		if (r == -EEXIST)
			element(&b, NFT_MSG_DELSETELEM, 0, set, key, 0);
		element(&b, NFT_MSG_NEWSETELEM, NLM_F_CREATE | NLM_F_EXCL, set, key, ms);
		r = nft_commit(&b, fd);
	}
	return r;
}

int egress_open(int fd, int family, const uint8_t *address, const struct ports *ports, uint32_t seconds)
{
	const size_t size = family == AF_INET ? 4 : 16;
	const struct set *set = sets;
	uint8_t key[20] = { 0 };

	while (set->family != family || set->port != (ports->n > 0))
		set++;
	memcpy(key, address, size);
	int r = ports->n ? 0 : element_set(fd, set, key, (uint64_t)seconds * 1000);
	for (size_t i = 0; i < ports->n && r == 0; i++) {
		uint16_t port = htons(ports->v[i]);

		memcpy(key + size, &port, sizeof(port));
		r = element_set(fd, set, key, (uint64_t)seconds * 1000);
	}
	return r;
}
