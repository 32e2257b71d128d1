/* SPDX-License-Identifier: MIT */
/* What may leave the sandbox's network namespace: rules from the plan, and sets of addresses that names led to. */
#ifndef SBOX_NET_EGRESS_H
#define SBOX_NET_EGRESS_H

#include "kernel/kernel.h"
#include "net/nft.h"

/**
 * egress_open() - let @address be reached at @ports for @seconds from now on
 * @fd: netlink (NETLINK_NETFILTER) of the sandbox's namespace.  Return: 0 or -errno.
 */
int egress_open(int fd, int family, const uint8_t *address, const struct ports *ports, uint32_t seconds);
/** egress_shut() - @address is the host's own: write into @b that nobody reaches it from inside, whatever a line says */
void egress_shut(struct nft *b, int family, const uint8_t *address);

#endif
