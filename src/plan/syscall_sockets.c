/* SPDX-License-Identifier: MIT */
/* `[seccomp] sockets`: families, and for netlink its protocols, as argument rules of socket(2) and socketpair(2). */
#include <errno.h>

#include "base/str.h"
#include "plan/syscall_groups.h"
#include "profile/profile.h"

enum { FAMILY_INET = 2, FAMILY_INET6 = 10 };
enum { PROTOCOL_SMC = 256, PROTOCOL_MPTCP = 262 };
enum { TYPE_MASK = 0xf, TYPE_PACKET = 10 };

static const char *family_at(size_t i, const void *unused)
{
	(void)unused;
	return i < FAMILY_COUNT ? socket_families[i].name : NULL;
}

static const struct socket_family *family_find(const char *name)
{
	for (size_t i = 0; i < FAMILY_COUNT; i++)
		if (streq(socket_families[i].name, name))
			return &socket_families[i];
	return NULL;
}

static void family_unknown(struct err *err, const struct setting *s)
{
	const char *near = nearest(s->v.text, family_at, NULL);

	if (streq(s->v.text, "netlink")) {
		err_add(err, s->from, "netlink is many interfaces: name the protocol, as in netlink:route");
		return;
	}
	err_add(err, s->from, "unknown socket family \"%s\"", s->v.text);
	if (near)
		err_remedy(err, "did you mean \"%s\"?", near);
}

static struct filter_case family_case(const struct socket_family *f, uint32_t pass)
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

/* They speak TCP below, with sockets that Landlock's ports do not hold (seen on 6.18); programs fall back to TCP. */
static size_t no_tcp_by_other_names(const struct socket_family *f, struct filter_case *ret)
{
	static const uint32_t protocols[] = { PROTOCOL_SMC, PROTOCOL_MPTCP };
	size_t n = 0;

	for (; n < ARRAY_SIZE(protocols); n++)
		ret[n] = (struct filter_case){ .action = SECCOMP_RET_ERRNO | EPROTONOSUPPORT, .n_conds = 2,
					       .conds = { { .arg = 0, .mask = UINT32_MAX, .value = f->domain },
							  { .arg = 2, .mask = UINT32_MAX, .value = protocols[n] } },
					       .why = "its TCP would pass by [landlock] connect and bind" };
	return n;
}

int socket_cases(struct plan *plan, struct err *err, uint32_t pass, struct filter_case **ret, size_t *ret_n)
{
	const setting_list *list = profile_list(plan->profile, KEY_seccomp_sockets);
	bool seen[FAMILY_COUNT] = { false };
	size_t n = 0, errors = err->errors;
	struct filter_case *cases = arena_new_array(plan->arena, struct filter_case, 3 * list->n + 1);

	vec_each (s, list) {
		const struct socket_family *f = family_find(s->v.text);

		if (!f && !s->optional)
			family_unknown(err, s);
		if (!f || seen[f - socket_families])
			continue;
		seen[f - socket_families] = true;
		if (f->lint)
			err_warn(err, s->from, "sockets = %s: %s", f->name, f->lint);
		if (plan->landlock.handled_net && (f->domain == FAMILY_INET || f->domain == FAMILY_INET6))
			n += no_tcp_by_other_names(f, cases + n);
		cases[n++] = family_case(f, pass);
	}
	*ret = cases;
	*ret_n = n;
	return err->errors == errors ? 0 : -EINVAL;
}
