/* SPDX-License-Identifier: MIT */
/*
 * What serves a sandbox from the user's session: xdg-dbus-proxy, in a sandbox of its own.
 *
 *   supervisor: bus_start ──► the proxy listens ──► bus_ready ──► child goes on: mounts the socket, and its name is gone
 */
#ifndef SBOX_DESKTOP_DESKTOP_H
#define SBOX_DESKTOP_DESKTOP_H

#include "kernel/kernel.h"

/* ---- dbus.c ---- */
step_fn bus_names; /* parent: l->bus_paths, which nobody else uses */
step_fn bus_start; /* supervisor: the proxy is on its way */
step_fn bus_ready; /* supervisor, while the child waits: it listens */
step_fn bus_end;   /* supervisor, in PHASE_END */

#endif
