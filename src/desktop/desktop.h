/* SPDX-License-Identifier: MIT */
/*
 * What serves a sandbox from the user's session: the compositor, by a socket that it treats as a sandbox's, and
 * xdg-dbus-proxy, in a sandbox of its own.
 *
 *   supervisor: bus_start ──► the proxy listens ──► bus_ready ──► child goes on: mounts the socket, and its name is gone
 */
#ifndef SBOX_DESKTOP_DESKTOP_H
#define SBOX_DESKTOP_DESKTOP_H

#include "kernel/kernel.h"

/* ---- sockets.c ---- */
step_fn sockets_sweep; /* parent: what killed launchers left in the directory of the two below */

/* ---- wayland.c ---- */
step_fn wayland_context; /* parent: the compositor listens at a socket for this sandbox alone */
step_fn wayland_end;     /* supervisor, in PHASE_END: no more */

/* ---- portal.c ---- */
step_fn portal_register; /* supervisor, while the child waits */
step_fn portal_forget;   /* supervisor, in PHASE_END */

/* ---- dbus.c ---- */
step_fn bus_names; /* parent: l->socket_paths, which nobody else uses */
step_fn bus_start; /* supervisor: the proxy is on its way */
step_fn bus_ready; /* supervisor, while the child waits: it listens */
step_fn bus_end;   /* supervisor, in PHASE_END */

#endif
