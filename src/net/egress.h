/* SPDX-License-Identifier: MIT */
/* What may leave the sandbox's network namespace: rules from the plan, and sets of addresses that names led to. */
#ifndef SBOX_NET_EGRESS_H
#define SBOX_NET_EGRESS_H

#include "kernel/kernel.h"

/**
 * egress_open() - let @address be reached at @ports for @seconds from now on
 * @fd: netlink (NETLINK_NETFILTER) of the sandbox's namespace.  Return: 0 or -errno.
 */
int egress_open(int fd, int family, const uint8_t *address, const struct ports *ports, uint32_t seconds);

#endif
