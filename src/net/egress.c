/* SPDX-License-Identifier: MIT */
/*
 * The table "sbox" of the sandbox's namespace.  It hangs on what leaves a socket there, so no program, whatever it speaks,
 * goes round it, and it stays when everybody who could change it is gone: elements of the sets end by themselves.
 *
 *   out to lo, neighbour discovery                                 accept
 *   any loopback, multicast, own4 / own6: the host's addresses     refuse
 *   filtered: what goes on with a connection that was accepted     accept
 *   published: answers to one that came in from the network        accept
 *   each line of addresses: deny first, then allow
 *   closed: address in open4 / open6, address and port in port4 / port6     accept
 *   refuse: TCP reset; the rest administratively prohibited        (at once, not a time-out)
 *
 * The host is shut here and not by its routes: a socket bound to an interface goes where no route leads (IPv4 takes the
 * destination for a neighbour then), and local multicast asks for none.  pasta sends on the host whatever arrives: to its
 * loopback, and multicast comes back to the host's own listeners.
 */
#include "net/egress.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <linux/netfilter.h> /* after libc's headers, which it knows */
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>

#include "net/net.h"
#include "net/nft.h"

static const char table[] = "sbox", chain[] = "out", incoming[] = "in", refusing[] = "refuse";
static const char loopback[IFNAMSIZ] = "lo";

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
}, own[] = {
	{ "own4", AF_INET, false, 4 },
	{ "own6", AF_INET6, false, 16 },
};

/** struct range - addresses that lead to the machine that they are used on, or to whoever listens */
static const struct range {
	int family;
	unsigned prefix;
	uint8_t address[16];
} ranges[] = {
	{ AF_INET, 8, { 127 } },
	{ AF_INET, 8, { 0 } },
	{ AF_INET, 3, { 224 } }, /* multicast, reserved, broadcast */
	{ AF_INET6, 64, { 0 } }, /* ::1, and IPv4 in several spellings */
	{ AF_INET6, 8, { 0xff } },
};

/* ---- rules ---- */

static size_t rule_begin_in(struct nft *b, const char *where)
{
	nft_message(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	nft_text(b, NFTA_RULE_TABLE, table);
	nft_text(b, NFTA_RULE_CHAIN, where);
	return nft_open(b, NFTA_RULE_EXPRESSIONS);
}

static size_t rule_begin(struct nft *b)
{
	return rule_begin_in(b, chain);
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
	const uint8_t first = 133, last = 136; /* router and neighbour discovery, RFC 4861 */

	size_t r = rule_begin(b);
	nft_meta(b, NFT_META_OIFNAME, ADDRESS_REG);
	nft_compare(b, ADDRESS_REG, NFT_CMP_EQ, loopback, sizeof(loopback));
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

static void match_state(struct nft *b, unsigned state)
{
	const uint32_t bit = 1U << (state + 1), none = 0;

	nft_ct(b, NFT_CT_STATE, ADDRESS_REG);
	nft_mask(b, ADDRESS_REG, &bit, sizeof(bit));
	nft_compare(b, ADDRESS_REG, NFT_CMP_NEQ, &none, sizeof(none));
}

static void known_rule(struct nft *b, enum nft_ct_keys key, enum nft_cmp_ops op, const void *value, size_t size)
{
	size_t r = rule_begin(b);

	match_state(b, IP_CT_ESTABLISHED);
	nft_ct(b, key, ADDRESS_REG);
	nft_compare(b, ADDRESS_REG, op, value, size);
	nft_accept(b);
	nft_close(b, r);
}

/*
 * Of a connection that is known only what goes the way of its first packet, which was let out by the rules below.  Its
 * answers are another matter: by IPv6 a program may send from any address (IPV6_FREEBIND), to itself as well, and so have
 * begun what looks like a connection from anywhere.
 */
static void established_rule(struct nft *b)
{
	const uint8_t original = IP_CT_DIR_ORIGINAL;

	known_rule(b, NFT_CT_DIRECTION, NFT_CMP_EQ, &original, sizeof(original));
}

/* So a connection that really came in is marked there, and what is marked may be answered. */
static void answers_rule(struct nft *b)
{
	const uint32_t none = 0;

	known_rule(b, NFT_CT_MARK, NFT_CMP_NEQ, &none, sizeof(none));
}

static void mark_rule(struct nft *b)
{
	const uint32_t mark = 1;
	size_t r = rule_begin_in(b, incoming);

	nft_meta(b, NFT_META_IIFNAME, ADDRESS_REG);
	nft_compare(b, ADDRESS_REG, NFT_CMP_NEQ, loopback, sizeof(loopback));
	match_state(b, IP_CT_NEW);
	nft_immediate(b, ADDRESS_REG, &mark, sizeof(mark));
	nft_ct_mark(b, ADDRESS_REG);
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

static void match_network(struct nft *b, int family, const uint8_t *address, unsigned prefix)
{
	const size_t size = family == AF_INET ? 4 : 16;
	uint8_t mask[16] = { 0 };

	for (unsigned i = 0; i < prefix; i++)
		mask[i / 8] |= (uint8_t)(0x80 >> i % 8);
	load_address(b, family);
	nft_mask(b, ADDRESS_REG, mask, size);
	nft_compare(b, ADDRESS_REG, NFT_CMP_EQ, address, size);
}

static void host_rules(struct nft *b, const struct plan_network *net)
{
	const char *const forward[] = { net->forward4 ? plan_forward4 : NULL, net->forward6 ? plan_forward6 : NULL };

	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
		size_t r = rule_begin(b);

		match_network(b, ranges[i].family, ranges[i].address, ranges[i].prefix);
		nft_goto(b, refusing);
		nft_close(b, r);
	}
	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		size_t r = rule_begin(b);

		load_address(b, own[i].family);
		nft_lookup(b, ADDRESS_REG, own[i].name);
		nft_goto(b, refusing);
		nft_close(b, r);
	}
	/* An older pasta would try to connect to the address itself, and the program would wait for minutes. */
	for (size_t i = 0; i < ARRAY_SIZE(forward) && !net->forward_tcp; i++) {
		uint8_t address[16];

		if (!forward[i])
			continue;
		int family = plan_address(forward[i], address);
		size_t r = rule_begin(b);
		match_byte(b, NFT_META_L4PROTO, IPPROTO_TCP);
		match_network(b, family, address, family == AF_INET ? 32 : 128);
		nft_goto(b, refusing);
		nft_close(b, r);
	}
}

/** struct line - one rule of the table for one item of `allow` or `deny` */
struct line {
	const struct egress_rule *rule;
	uint8_t protocol; /* 0: any */
	uint16_t port;    /* network order; 0: any */
};

static void line_rule(struct nft *b, const struct line *l)
{
	size_t r = rule_begin(b);
	if (l->protocol)
		match_byte(b, NFT_META_L4PROTO, l->protocol);
	match_network(b, l->rule->family, l->rule->address, l->rule->prefix);
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

static void refuse_rules(struct nft *b, const char *where)
{
	size_t r = rule_begin_in(b, where);

	match_byte(b, NFT_META_L4PROTO, IPPROTO_TCP);
	refuse(b, true);
	nft_close(b, r);
	r = rule_begin_in(b, where);
	refuse(b, false);
	nft_close(b, r);
}

/* ---- the table ---- */

static void set_make(struct nft *b, const struct set *set, uint32_t id, uint32_t flags)
{
	nft_message(b, NFT_MSG_NEWSET, NLM_F_CREATE);
	nft_text(b, NFTA_SET_TABLE, table);
	nft_text(b, NFTA_SET_NAME, set->name);
	nft_u32(b, NFTA_SET_ID, id);
	nft_u32(b, NFTA_SET_FLAGS, flags);
	nft_u32(b, NFTA_SET_KEY_TYPE, 0);
	nft_u32(b, NFTA_SET_KEY_LEN, set->key_size);
	size_t desc = nft_open(b, NFTA_SET_DESC);
	nft_u32(b, NFTA_SET_DESC_SIZE, ELEMENTS_MAX);
	nft_close(b, desc);
}

static void sets_make(struct nft *b, bool closed)
{
	uint32_t id = 1;

	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		set_make(b, &own[i], id++, 0);
	for (size_t i = 0; closed && i < ARRAY_SIZE(sets); i++)
		set_make(b, &sets[i], id++, NFT_SET_TIMEOUT);
}

static void chain_make(struct nft *b, const char *name, enum nf_inet_hooks where, bool closed)
{
	nft_message(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	nft_text(b, NFTA_CHAIN_TABLE, table);
	nft_text(b, NFTA_CHAIN_NAME, name);
	size_t hook = nft_open(b, NFTA_CHAIN_HOOK);
	nft_u32(b, NFTA_HOOK_HOOKNUM, where);
	nft_u32(b, NFTA_HOOK_PRIORITY, 0);
	nft_close(b, hook);
	nft_u32(b, NFTA_CHAIN_POLICY, closed ? NF_DROP : NF_ACCEPT);
	nft_text(b, NFTA_CHAIN_TYPE, "filter");
}

static void refuse_chain(struct nft *b)
{
	nft_message(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	nft_text(b, NFTA_CHAIN_TABLE, table);
	nft_text(b, NFTA_CHAIN_NAME, refusing);
	refuse_rules(b, refusing);
}

static int no_table(const struct plan *plan, struct launch *l, int error)
{
	const struct plan_network *net = &plan->network;

	err_sys(l->err, net->filtered ? net->rules.v[0].from : net->from, error, "the kernel cannot hold the sandbox to %s",
		net->filtered ? "these hosts" : "what is not the host itself");
	if (error == ENOBUFS)
		err_remedy(l->err, "too many addresses and ports: join them to networks");
	else
		err_remedy(l->err, "it needs nf_tables with %sreject: modprobe -a nf_tables%s nft_reject_inet, as root",
			   net->filtered ? "ct and " : "", net->filtered ? " nft_ct" : "");
	return -error;
}

int egress_rules_load(const struct plan *plan, struct launch *l)
{
	const struct plan_network *net = &plan->network;
	struct nft *b = arena_alloc(l->err->arena, sizeof(*b));

	nft_begin(b);
	nft_message(b, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	nft_text(b, NFTA_TABLE_NAME, table);
	sets_make(b, net->closed);
	refuse_chain(b);
	chain_make(b, chain, NF_INET_LOCAL_OUT, net->closed);
	always_rules(b);
	host_rules(b, net);
	if (net->filtered)
		established_rule(b);
	if (net->filtered && net->publish.n) {
		chain_make(b, incoming, NF_INET_LOCAL_IN, false);
		mark_rule(b);
		answers_rule(b);
	}
	address_rules(b, net, true);
	address_rules(b, net, false);
	if (net->closed) {
		set_rules(b);
		refuse_rules(b, chain);
	}
	int r = nft_commit(b, l->net_socks[NET_SOCK_NFT]);
	return r < 0 ? no_table(plan, l, -r) : 0;
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

void egress_shut(struct nft *b, int family, const uint8_t *address)
{
	const struct set *set = family == AF_INET ? &own[0] : &own[1];

	/* Without NLM_F_EXCL: one that is there stays. */
	element(b, NFT_MSG_NEWSETELEM, NLM_F_CREATE, set, address, 0);
}
