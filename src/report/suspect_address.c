/* SPDX-License-Identifier: MIT */
/* What a call with a socket address will meet: no such socket, no network, a port that Landlock keeps. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "plan/verdict.h"
#include "report/judge.h"
#include "report/lookup.h"
#include "report/target.h"

enum { TABLE_MAX = 4 << 20 };

/** struct address - what the call goes to */
struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_un local;
		struct sockaddr_storage room;
	} to;
	size_t size;
	enum watched_use use;
	int socket; /* the program's descriptor */
};

/* ---- tables of /proc: who listens ---- */

static const char *table_read(struct arena *arena, pid_t tid, const char *name)
{
	char path[64];
	char *text;

	(void)snprintf(path, sizeof(path), "/proc/%d/net/%s", tid, name);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && fd_read_all(fd, arena, TABLE_MAX, &text, NULL) == 0 ? text : "";
}

/* "sl local_address rem_address st": a listener has state 0A and a local address that ends in the port. */
static bool listens(const char *table, unsigned port)
{
	char end[8];

	(void)snprintf(end, sizeof(end), ":%04X", port);
	for (const char *line = table; *line; line += strcspn(line, "\n") + (line[strcspn(line, "\n")] == '\n')) {
		const char *colon = strchr(line, ':'), *local = colon ? colon + 2 : NULL;
		const char *space = local ? strchr(local, ' ') : NULL;

		if (!space || space - local < 6 || strncmp(space - 5, end, 5) != 0)
			continue;
		const char *state = strchr(space + 1, ' ');
		if (state && strncmp(state, " 0A ", 4) == 0)
			return true;
	}
	return false;
}

static bool listens_at(struct stopped *s, pid_t tid, unsigned port)
{
	return listens(table_read(s->arena, tid, "tcp"), port) || listens(table_read(s->arena, tid, "tcp6"), port);
}

/* A line of /proc/net/unix ends in " @NAME". */
static bool has_abstract(const char *table, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = strchr(table, '@'); at; at = strchr(at + 1, '@'))
		if (at[-1] == ' ' && strncmp(at + 1, name, n) == 0 && at[1 + n] == '\n')
			return true;
	return false;
}

/* ---- unix sockets ---- */

static void suspect_abstract(struct stopped *s, const char *name)
{
	bool own = s->plan->net != NET_HOST;
	struct suspect u = { .kind = DENIAL_CONNECT, .error = own ? ECONNREFUSED : EPERM };

	/* One of the same name inside is what the program means. */
	if ((own && has_abstract(table_read(s->arena, (pid_t)s->n->pid, "unix"), name)) ||
	    !has_abstract(table_read(s->arena, getpid(), "unix"), name))
		return;
	u.object = arena_printf(s->arena, "@%s", name);
	if (plan_ask_abstract(s->plan, name, s->arena, &u.why))
		suspect_add(s, u);
}

static void suspect_unix(struct stopped *s, const struct address *a)
{
	char path[sizeof(a->to.local.sun_path) + 1] = { 0 };
	size_t n = a->size - offsetof(struct sockaddr_un, sun_path);

	if (a->size <= offsetof(struct sockaddr_un, sun_path) || n > sizeof(a->to.local.sun_path))
		return;
	memcpy(path, a->to.local.sun_path, n);
	if (!*path && a->use != USE_BIND && n > 1)
		suspect_abstract(s, path + 1);
	if (!*path)
		return;
	const struct mount_entry *there = plan_entry_of(s->plan, plan_follow(s->plan, s->arena, path));
	if (there->kind == MOUNT_SOCKET && there->size < BUS_COUNT && a->use == USE_CONNECT)
		s->bus = there;
	else
		suspect_path(s, a->use == USE_BIND ? USE_MAKE : USE_LOOK, DIR_CWD, path, true, a->use == USE_BIND ? 0 : W_OK);
}

/* ---- internet ---- */

static bool is_loopback(const struct address *a)
{
	if (a->to.any.sa_family == AF_INET)
		return ntohl(a->to.v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	return IN6_IS_ADDR_LOOPBACK(&a->to.v6.sin6_addr);
}

/* The socket's protocol as the kernel names it, which no call on the descriptor of another process tells otherwise. */
static bool is_tcp(const struct stopped *s, const struct address *a)
{
	char path[64], name[16] = { 0 };

	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)s->n->pid, a->socket);
	return getxattr(path, "system.sockprotoname", name, sizeof(name) - 1) > 0 && strncmp(name, "TCP", 3) == 0;
}

/* A service of the host at its loopback: the sandbox has one of its own, on which nobody listens. */
static void suspect_loopback(struct stopped *s, const struct address *a, unsigned port, const char *text)
{
	struct suspect u = { .kind = DENIAL_CONNECT, .object = text, .error = ECONNREFUSED };

	if (a->use != USE_CONNECT || listens_at(s, (pid_t)s->n->pid, port) || !listens_at(s, getpid(), port))
		return;
	if (plan_ask_loopback(s->plan, text, s->arena, &u.why))
		suspect_add(s, u);
}

static void suspect_bind(struct stopped *s, unsigned port, const char *text)
{
	struct suspect u = { .kind = DENIAL_BIND, .object = text, .error = EACCES };

	if (plan_ask_bind(s->plan, port, s->arena, &u.why))
		suspect_add(s, u);
}

static void suspect_inet(struct stopped *s, const struct address *a)
{
	char host[INET6_ADDRSTRLEN] = "";
	bool v6 = a->to.any.sa_family == AF_INET6;
	unsigned port = ntohs(v6 ? a->to.v6.sin6_port : a->to.v4.sin_port);
	bool tcp = is_tcp(s, a), own = s->plan->net != NET_HOST;

	if (a->size < (v6 ? sizeof(a->to.v6) - sizeof(a->to.v6.sin6_scope_id) : sizeof(a->to.v4)))
		return;
	(void)inet_ntop(a->to.any.sa_family, v6 ? (const void *)&a->to.v6.sin6_addr : &a->to.v4.sin_addr, host, sizeof(host));
	const char *text = arena_printf(s->arena, v6 ? "[%s]:%u" : "%s:%u", host, port);
	if (s->learns && (tcp || a->use != USE_BIND))
		used_add(s, a->use == USE_BIND ? DID_BIND : tcp ? DID_REACH : DID_REACH_UDP, text, "");
	if (a->use == USE_BIND) {
		if (tcp)
			suspect_bind(s, port, text);
		return;
	}
	if (own && is_loopback(a)) {
		if (tcp)
			suspect_loopback(s, a, port, text);
		return;
	}
	/* Landlock holds ports of TCP alone. */
	suspect_add(s, (struct suspect){ .kind = DENIAL_CONNECT, .object = text, .error = s->plan->network.filtered ? (tcp ? ECONNREFUSED : EPERM) : s->plan->net == NET_NONE ? ENETUNREACH : EACCES,
					 .ask = tcp && port ? text : arena_strdup(s->arena, host) });
}

/* ---- where the address is ---- */

/* The beginning of struct msghdr, and of struct mmsghdr: the same on every 64-bit ABI. */
static bool in_message(const struct stopped *s, uint64_t message, uint64_t *ret_address, size_t *ret_size)
{
	struct {
		uint64_t name;
		uint32_t size, unused;
	} head;

	if (s->n->data.arch != s->plan->filter->abis[0].audit_arch || s->n->data.nr & 0x40000000 ||
	    target_read((pid_t)s->n->pid, message, &head, sizeof(head)) < 0)
		return false;
	*ret_address = head.name;
	*ret_size = head.size;
	return head.name != 0;
}

void suspect_address(struct stopped *s, const struct watched *w)
{
	uint64_t address = stopped_argument(s, w->at);
	struct address a = { .use = w->use, .size = (size_t)stopped_argument(s, w->flags), .socket = (int)stopped_argument(s, 0) };

	if (w->use == USE_MESSAGE && !in_message(s, address, &address, &a.size))
		return;
	if (a.size < sizeof(sa_family_t) || a.size > sizeof(a.to) ||
	    target_read((pid_t)s->n->pid, address, &a.to, a.size) < 0)
		return;
	if (a.to.any.sa_family == AF_UNIX)
		suspect_unix(s, &a);
	else if (a.to.any.sa_family == AF_INET || a.to.any.sa_family == AF_INET6)
		suspect_inet(s, &a);
}
