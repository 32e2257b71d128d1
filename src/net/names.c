/* SPDX-License-Identifier: MIT */
/* The resolver as a process: what it keeps, what it gives up, its start.  Its end is that of pasta. */
#include "net/net.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/sys.h"
#include "net/resolver.h"
#include "plan/ask.h"

enum { UDP = 3, TCP = 4, NFT = 5, FIRST_FREE = 6, EXPLAINED_MAX = 3 };

/* 0-2 lead nowhere, 3-5 are the sockets, and nothing else is open. */
static int descriptors_reduce(const struct launch *l)
{
	static const int to[] = { 0, 1, 2, UDP, TCP, NFT };
	_cleanup_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	const int from[] = { null, null, null, l->net_socks[NET_SOCK_DNS_UDP], l->net_socks[NET_SOCK_DNS_TCP], l->net_socks[NET_SOCK_NFT_NAMES] };
	int high[ARRAY_SIZE(to)];

	for (size_t i = 0; i < ARRAY_SIZE(to); i++) {
		high[i] = fcntl(from[i], F_DUPFD_CLOEXEC, FIRST_FREE);
		if (high[i] < 0)
			return -errno;
	}
	for (size_t i = 0; i < ARRAY_SIZE(to); i++)
		if (dup3(high[i], to[i], O_CLOEXEC) < 0)
			return -errno;
	null = -EBADF;
	return sys_close_range(FIRST_FREE, ~0U, 0) < 0 ? -errno : 0;
}

static int names_serve(const struct plan *plan, struct launch *l, pid_t supervisor)
{
	const struct resolver_io io = { .udp = UDP, .tcp = TCP, .nft = NFT, .seen = l->seen };

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || setsid() < 0)
		return -errno;
	if (getppid() != supervisor)
		return -ESRCH;
	(void)prctl(PR_SET_NAME, "sbox-resolver");
	int r = descriptors_reduce(l);
	if (r < 0)
		return r;
	struct resolver *resolver = resolver_new(l->err->arena, plan, &io);
	/* What kill(1) sends by hand ends it. */
	(void)sys_sigmask(SIG_SETMASK, 0);
	r = caps_drop_supervisor(plan, l);
	if (r == 0)
		r = filter_load_resolver(plan, l);
	return r < 0 ? r : resolver_run(resolver);
}

int names_start(const struct plan *plan, struct launch *l)
{
	pid_t self = getpid();
	pid_t pid = companion_fork(l, 0, "the resolver", "names are not found any more, and what was open closes as the answers end");

	if (pid < 0)
		return pid;
	if (pid == 0)
		_exit(names_serve(plan, l, self) < 0);
	for (size_t i = NET_SOCK_NFT_NAMES; i < NET_SOCK_COUNT; i++)
		fd_close(&l->net_socks[i]);
	return 0;
}

/*
 * What the resolver wrote is the program's choice: a text that is no host's name is not worth a line.
 * Return: whether something was said.
 */
static bool refusal_explain(const struct plan *plan, const struct seen_refused *refused, struct err *err)
{
	const char *name = arena_strndup(err->arena, refused->name, NAME_TEXT_MAX), *host;
	const char *address = seen_address(err->arena, refused);
	struct grant g = egress_name(&plan->network.rules, name);
	int port;

	if (!ask_host_split(err->arena, name, &host, &port) || (address ? !g.allowed : g.allowed || g.rule))
		return false;
	if (address) {
		err_warn(err, g.rule->from, "%s was not found, because it leads to %s, which is no address of the Internet", host, address);
		err_remedy(err, "if that is a server of your own network: --set network.allow=%s", address);
	} else {
		err_warn(err, plan->network.rules.v[0].from, "%s was not found, because no allow line names it", host);
		err_remedy(err, "for one run: --set network.allow=%s; --report shows everything that was denied", host);
	}
	return true;
}

void names_explain(const struct plan *plan, const struct launch *l, struct err *err)
{
	uint32_t n = l->seen ? __atomic_load_n(&l->seen->n_refused, __ATOMIC_ACQUIRE) : 0;
	size_t said = 0;

	for (size_t i = 0; i < n && i < SEEN_REFUSED_MAX && said < EXPLAINED_MAX; i++)
		said += refusal_explain(plan, &l->seen->refused[i], err);
}
