/* SPDX-License-Identifier: MIT */
/* What the other namespaces start with: host name, loopback, the likelihood of being ended. */
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/kernel.h"
#include "kernel/proc_write.h"

int hostname_set(const struct plan *plan, struct launch *l UNUSED)
{
	return sethostname(plan->hostname, strlen(plan->hostname)) < 0 ? -errno : 0;
}

/*
 * Both families come up with the one flag.  The program has no capability over its network namespace, so ports below
 * 1024 are freed for it here; nobody else is in there.  The host's /proc shows the network of whoever looks.
 */
int loopback_up(const struct plan *plan UNUSED, struct launch *l)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo) < 0)
		return -errno;
	return host_proc_write(l, "sys/net/ipv4/ip_unprivileged_port_start", "0", 1);
}

/*
 * Nobody else is on pasta's link.  And while the kernel asks whether an address is somebody else's, it sends from "::", to
 * which pasta (2023-03, seen) then sends its next answer: a first look-up by IPv6 took five seconds, once in fifty.
 */
int dad_off(const struct plan *plan UNUSED, struct launch *l)
{
	int r = host_proc_write(l, "sys/net/ipv6/conf/default/accept_dad", "0", 1);

	return r == -ENOENT ? 0 : r; /* no IPv6 */
}

int oom_score_set(const struct plan *plan, struct launch *l)
{
	char text[NUMBER_TEXT_MAX];

	return host_proc_write(l, "self/oom_score_adj", text, number_text(text, plan->oom_score_adj));
}
