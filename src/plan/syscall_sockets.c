/* SPDX-License-Identifier: MIT */
/* `[seccomp] sockets`: families, and for netlink its protocols, as argument rules of socket(2) and socketpair(2). */
#include <errno.h>
#include <linux/netlink.h>

#include "base/str.h"
#include "plan/syscall_groups.h"
#include "profile/profile.h"

/* The C libraries' sys/socket.h does not have all of them; these numbers never change. */
struct family {
	const char *name;
	uint32_t domain;
	int protocol;     /* of netlink; -1: any */
	const char *lint; /* what is lost by allowing it */
};

enum { FAMILY_INET = 2, FAMILY_NETLINK = 16, FAMILY_PACKET = 17 };
enum { TYPE_MASK = 0xf, TYPE_PACKET = 10 };

static const struct family families[] = {
	{ "unix", 1, -1, NULL },
	{ "inet", FAMILY_INET, -1, NULL },
	{ "inet6", 10, -1, NULL },
	{ "netlink:route", FAMILY_NETLINK, NETLINK_ROUTE, NULL },
	{ "netlink:usersock", FAMILY_NETLINK, NETLINK_USERSOCK, NULL },
	{ "netlink:sock-diag", FAMILY_NETLINK, NETLINK_SOCK_DIAG, NULL },
	{ "netlink:nflog", FAMILY_NETLINK, NETLINK_NFLOG, NULL },
	{ "netlink:xfrm", FAMILY_NETLINK, NETLINK_XFRM, NULL },
	{ "netlink:selinux", FAMILY_NETLINK, NETLINK_SELINUX, NULL },
	{ "netlink:iscsi", FAMILY_NETLINK, NETLINK_ISCSI, NULL },
	{ "netlink:audit", FAMILY_NETLINK, NETLINK_AUDIT, NULL },
	{ "netlink:fib-lookup", FAMILY_NETLINK, NETLINK_FIB_LOOKUP, NULL },
	{ "netlink:connector", FAMILY_NETLINK, NETLINK_CONNECTOR, NULL },
	{ "netlink:netfilter", FAMILY_NETLINK, NETLINK_NETFILTER, NULL },
	{ "netlink:kobject-uevent", FAMILY_NETLINK, NETLINK_KOBJECT_UEVENT, NULL },
	{ "netlink:generic", FAMILY_NETLINK, NETLINK_GENERIC, NULL },
	{ "netlink:scsi-transport", FAMILY_NETLINK, NETLINK_SCSITRANSPORT, NULL },
	{ "netlink:rdma", FAMILY_NETLINK, NETLINK_RDMA, NULL },
	{ "netlink:crypto", FAMILY_NETLINK, NETLINK_CRYPTO, NULL },
	{ "ax25", 3, -1, NULL },
	{ "ipx", 4, -1, NULL },
	{ "appletalk", 5, -1, NULL },
	{ "x25", 9, -1, NULL },
	{ "key", 15, -1, NULL },
	{ "packet", FAMILY_PACKET, -1, NULL },
	{ "rds", 21, -1, NULL },
	{ "pppox", 24, -1, NULL },
	{ "llc", 26, -1, NULL },
	{ "infiniband", 27, -1, NULL },
	{ "mpls", 28, -1, NULL },
	{ "can", 29, -1, NULL },
	{ "tipc", 30, -1, NULL },
	{ "bluetooth", 31, -1, "it is in no network namespace of the sandbox's own" },
	{ "rxrpc", 33, -1, NULL },
	{ "isdn", 34, -1, NULL },
	{ "phonet", 35, -1, NULL },
	{ "ieee802154", 36, -1, NULL },
	{ "caif", 37, -1, NULL },
	{ "alg", 38, -1, "the kernel's cryptography has let programs write files that were given read-only" },
	{ "nfc", 39, -1, NULL },
	{ "vsock", 40, -1, "before Linux 7.0 it reaches the hypervisor and its guests whatever the network mode is" },
	{ "kcm", 41, -1, NULL },
	{ "qrtr", 42, -1, NULL },
	{ "smc", 43, -1, NULL },
	{ "xdp", 44, -1, NULL },
	{ "mctp", 45, -1, NULL },
};

static const char *family_at(size_t i, const void *unused)
{
	(void)unused;
	return i < ARRAY_SIZE(families) ? families[i].name : NULL;
}

static const struct family *family_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (streq(families[i].name, name))
			return &families[i];
	return NULL;
}

static void family_unknown(struct err *err, const struct setting *s)
{
	const char *near = nearest(s->v.text, family_at, NULL);

	if (streq(s->v.text, "netlink"))
		err_add(err, s->from, "netlink is many interfaces: name the protocol, as in netlink:route");
	else if (near)
		err_add(err, s->from, "unknown socket family %s: did you mean %s?", s->v.text, near);
	else
		err_add(err, s->from, "unknown socket family %s", s->v.text);
}

static struct filter_case family_case(const struct family *f, uint32_t pass)
{
	struct filter_case c = { .action = pass, .n_conds = 1, .why = f->name };

	c.conds[0] = (struct filter_cond){ .arg = 0, .mask = UINT32_MAX, .value = f->domain };
	if (f->protocol >= 0)
		c.conds[c.n_conds++] =
			(struct filter_cond){ .arg = 2, .mask = UINT32_MAX, .value = (uint32_t)f->protocol };
	/* The kernel still takes AF_INET with SOCK_PACKET for AF_PACKET, as Linux 2.0 did. */
	if (f->domain == FAMILY_INET)
		c.conds[c.n_conds++] =
			(struct filter_cond){ .arg = 1, .negate = true, .mask = TYPE_MASK, .value = TYPE_PACKET };
	return c;
}

int socket_cases(struct plan *plan, struct err *err, uint32_t pass, struct filter_case **ret, size_t *ret_n)
{
	const setting_list *list = profile_list(plan->profile, KEY_seccomp_sockets);
	bool seen[ARRAY_SIZE(families)] = { false };
	size_t n = 0, errors = err->errors;
	struct filter_case *cases = arena_new_array(plan->arena, struct filter_case, list->n + 1);

	vec_each (s, list) {
		const struct family *f = family_find(s->v.text);

		if (!f && !s->optional)
			family_unknown(err, s);
		if (!f || seen[f - families])
			continue;
		seen[f - families] = true;
		if (f->lint)
			err_warn(err, s->from, "sockets = %s: %s", f->name, f->lint);
		cases[n++] = family_case(f, pass);
	}
	*ret = cases;
	*ret_n = n;
	return err->errors == errors ? 0 : -EINVAL;
}

const char *socket_families_mdoc(struct arena *arena)
{
	char *text = arena_strdup(arena, "");

	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		text = arena_printf(arena, "%s.Cm %s%s\n", text, families[i].name, i + 1 < ARRAY_SIZE(families) ? " ," : " .");
	return text;
}
