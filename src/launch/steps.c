/* SPDX-License-Identifier: MIT */
/* THE launch script.  `explain --steps` prints it for a given plan; HACKING explains how to add a row. */
#include <string.h>

#include "base/stamp.h"
#include "launch/launch.h"
#include "desktop/desktop.h"
#include "net/net.h"
#include "overlay/overlay.h"

static bool want_own_dirs(const struct plan *plan)
{
	return plan->own_dirs.n > 0;
}

static bool want_overlay(const struct plan *plan)
{
	return plan->overlays.n > 0;
}

static bool is_enter(const struct plan *plan)
{
	return plan->enter;
}

static bool want_idmap(const struct plan *plan)
{
	return plan->ids.mapped;
}

static bool want_name(const struct plan *plan)
{
	return plan->registry.name != NULL;
}

static bool want_registry(const struct plan *plan)
{
	return plan->registry.dir != NULL;
}

static bool want_cgroup(const struct plan *plan)
{
	return plan->cgroup.via != CGROUP_NONE;
}

static bool want_scope(const struct plan *plan)
{
	return plan->cgroup.via == CGROUP_SYSTEMD;
}

static bool want_oom_score(const struct plan *plan)
{
	return plan->set_oom_score_adj;
}

static bool want_own_session(const struct plan *plan)
{
	return !plan_shares_terminal(plan);
}

static bool want_private_tty(const struct plan *plan)
{
	return plan->tty == TTY_PRIVATE && plan->stdio_tty;
}

static bool want_no_tty(const struct plan *plan)
{
	return plan->tty == TTY_NONE && plan->stdio_tty;
}

static bool want_timens(const struct plan *plan)
{
	return plan->offsets.n > 0;
}

static bool want_hostname(const struct plan *plan)
{
	return plan->hostname != NULL;
}

static bool want_status_fd(const struct plan *plan)
{
	return plan->status_fd != 0;
}

static bool want_handshake(const struct plan *plan)
{
	return plan->handshake;
}

static bool want_reporter(const struct plan *plan)
{
	return plan->report.on;
}

static bool want_bus(const struct plan *plan)
{
	return plan->proxy.wanted;
}

static bool want_portal(const struct plan *plan)
{
	return plan->portal.wanted;
}

static bool want_wayland_context(const struct plan *plan)
{
	return plan->wayland.socket != NULL;
}

static bool want_sockets(const struct plan *plan)
{
	return want_bus(plan) || want_wayland_context(plan);
}

static bool want_pasta(const struct plan *plan)
{
	return plan->net == NET_USER;
}

static bool want_prepared(const struct plan *plan)
{
	return plan->net == NET_JOIN;
}

static bool want_names(const struct plan *plan)
{
	return plan->network.closed;
}

static bool want_loopback(const struct plan *plan)
{
	return plan->loopback;
}

static bool want_userns_limit(const struct plan *plan)
{
	return plan->limit_userns;
}

static bool want_proc_guard(const struct plan *plan)
{
	return plan->proc_guard;
}

static bool want_second_userns(const struct plan *plan)
{
	return plan->second_userns;
}

static bool keeps_no_caps(const struct plan *plan)
{
	return plan->keep_caps == 0;
}

static bool keeps_caps(const struct plan *plan)
{
	return plan->keep_caps != 0;
}

static bool want_rlimits(const struct plan *plan)
{
	return plan->rlimits.n > 0;
}

static bool want_supervisor_landlock(const struct plan *plan)
{
	return plan->landlock.supervisor_fs != 0;
}

static bool want_landlock(const struct plan *plan)
{
	return plan->landlock.handled_fs || plan->landlock.handled_net || plan->landlock.scoped;
}

static bool want_apparmor(const struct plan *plan)
{
	return plan->apparmor.name != NULL;
}

static bool want_selinux(const struct plan *plan)
{
	return plan->selinux.name != NULL;
}

static bool want_process_attrs(const struct plan *plan)
{
	return plan->set_umask || plan->set_nice;
}

/* A trial of `check --run` says its results on stdout, and does nothing outside. */
static bool want_log(const struct plan *plan)
{
	return plan->log.to != LOG_NONE && !plan->live_tests.n;
}

static bool want_hooks(const struct plan *plan)
{
	return plan->hooks.n && !plan->live_tests.n;
}

static bool want_command(const struct plan *plan)
{
	return !plan->live_tests.n;
}

/* clang-format off */
const struct step steps[] = {
	{ PHASE_ASK, "scope", cgroup_ask, want_scope,
	  "the user's systemd has been asked for a scope, and makes it meanwhile", "cannot ask for a scope", ITEMS_NONE },

	{ PHASE_PARENT, "own-dirs", own_dirs_make, want_own_dirs,
	  "sbox's own directories exist, mode 0700", "cannot make the directory", ITEMS_DIRS },
	{ PHASE_PARENT, "name", registry_reserve, want_name,
	  "no running sandbox has the name of this one", "cannot take the name", ITEMS_NONE },
	{ PHASE_PARENT, "log", log_open, want_log,
	  "a process of its own writes the log", "cannot write the log", ITEMS_NONE },
	{ PHASE_PARENT, "overlay", overlay_prepare, want_overlay,
	  "the layers for changes are there, and nobody else uses them", "cannot prepare the overlay", ITEMS_NONE },
	{ PHASE_PARENT, "report-open", reporter_open, want_reporter,
	  "the report's file is open", "cannot prepare the report", ITEMS_NONE },
	{ PHASE_PARENT, "net-check", net_check, want_pasta,
	  "each published port is free, and pasta can work", "mode = user", ITEMS_NONE },
	{ PHASE_PARENT, "net-prepared", prepared_open, want_prepared,
	  "the prepared network namespace is one, not the caller's own, and may be joined", "join", ITEMS_NONE },
	{ PHASE_PARENT, "cgroup", cgroup_make, want_cgroup,
	  "the sandbox has a control group, the limits in it were read back", "cannot make the cgroup", ITEMS_NONE },
	{ PHASE_PARENT, "sockets", sockets_sweep, want_sockets,
	  "no name of a socket is left of a launcher that was killed", "cannot look through the sockets", ITEMS_NONE },
	{ PHASE_PARENT, "bus-names", bus_names, want_bus,
	  "each socket of the bus's proxy has a name of its own", "cannot name the sockets of the bus", ITEMS_NONE },
	{ PHASE_PARENT, "wayland", wayland_context, want_wayland_context,
	  "the compositor takes who comes by a socket of the sandbox's own for one", "cannot get a security context", ITEMS_NONE },
	/* Last: whatever else could have stopped the launch has not. */
	{ PHASE_PARENT, "hooks-before", hooks_before, want_hooks,
	  "each `before` has run outside, and succeeded", "cannot run the hook", ITEMS_NONE },
	/* clone3: every namespace of the plan at once */

	{ PHASE_START, "scopes-left", scopes_sweep, want_scope,
	  "no scope is left of a launcher that was killed", "cannot look through the scopes", ITEMS_NONE },
	{ PHASE_START, "hooks-wait", hooks_wait, want_hooks,
	  "a process waits outside to run `after`, whatever becomes of the supervisor", "cannot make the process that runs `after`", ITEMS_NONE },
	{ PHASE_START, "bus-proxy", bus_start, want_bus,
	  "xdg-dbus-proxy starts, in a sandbox of its own", "cannot start xdg-dbus-proxy", ITEMS_NONE },

	{ PHASE_START, "reporter", reporter_start, want_reporter,
	  "a process of its own answers what the filter stops, as the profile says", "cannot start the reporter", ITEMS_NONE },

	/* What needs the child's namespaces from outside goes between these two. */
	{ PHASE_START, "child-ready", handshake_child_ready, want_handshake,
	  "the child waits, and its namespaces can be opened", "the sandbox ended while it was being built", ITEMS_NONE },
	{ PHASE_START, "id-map-outside", idmap_first, want_idmap,
	  "newuidmap and newgidmap have written the maps of the first user namespace", "cannot have the id maps written", ITEMS_NONE },
	{ PHASE_START, "pasta", pasta_start, want_pasta,
	  "pasta connects the sandbox's network", "cannot start pasta", ITEMS_NONE },
	{ PHASE_START, "egress", egress_rules_load, want_pasta,
	  "the kernel holds what leaves the sandbox: no loopback, no multicast, allow and deny", "cannot hold the sandbox to its hosts",
	  ITEMS_NONE },
	{ PHASE_START, "own-addresses", own_addresses_shut, want_pasta,
	  "no address of the host itself is reached from inside", "cannot shut the host's own addresses", ITEMS_NONE },
	{ PHASE_START, "names", names_start, want_names,
	  "sbox's own resolver answers allowed names, and opens the way to what it answers", "cannot start the resolver", ITEMS_NONE },
	{ PHASE_START, "bus-ready", bus_ready, want_bus,
	  "the proxy listens", "xdg-dbus-proxy", ITEMS_NONE },
	{ PHASE_START, "portal", portal_register, want_portal,
	  "the desktop's portals find the sandbox's process", "cannot register the sandbox with the portals", ITEMS_NONE },
	{ PHASE_START, "register", registry_register, want_registry,
	  "the sandbox can be listed, entered and ended by its id", "cannot register the sandbox", ITEMS_NONE },
	{ PHASE_START, "status-start", json_status_start, want_status_fd,
	  "whoever drives sbox knows the sandbox's id, processes and namespaces", "cannot write to the descriptor of --json-status-fd",
	  ITEMS_NONE },
	{ PHASE_START, "child-go", handshake_go, want_handshake,
	  "the child goes on", "cannot let the sandbox go on", ITEMS_NONE },

	/* The process outside, while the child builds: a bug in it is worth little then. */
	{ PHASE_SUPERVISOR, "supervisor-caps", caps_drop_supervisor, NULL,
	  "the supervisor has no capability and can gain none", "cannot drop the supervisor's capabilities", ITEMS_NONE },
	{ PHASE_SUPERVISOR, "supervisor-landlock", landlock_supervisor, want_supervisor_landlock,
	  "the supervisor can write, make or execute no file, and connect to nothing",
	  "cannot restrict the supervisor with Landlock", ITEMS_NONE },
	{ PHASE_SUPERVISOR, "supervisor-filter", filter_load_supervisor, NULL,
	  "the supervisor can wait, forward signals and word messages", "cannot load the supervisor's filter", ITEMS_NONE },
	{ PHASE_SUPERVISOR, "supervisor-confined", confined_say, NULL,
	  "the program need not wait for the supervisor", "cannot say that the supervisor is confined", ITEMS_NONE },

	/* `enter`: a process goes into the namespaces of a sandbox that runs, and has a child there, which goes on as
	 * enters() says; it is a stranger to what runs there, and not to be touched by it. */
	{ PHASE_JOIN, "enter-prepare", join_prepare, is_enter,
	  "nothing of the caller's but pipes and files on 0-2 goes inside; oom-score-adj is the sandbox's", "cannot set oom-score-adj",
	  ITEMS_NONE },
	{ PHASE_JOIN, "enter-hide", self_hide, is_enter,
	  "the process shows nothing of its arguments and environment, and cannot be traced",
	  "cannot hide the launcher's arguments and environment", ITEMS_NONE },
	{ PHASE_JOIN, "enter", join_namespaces, is_enter,
	  "its children are in the namespaces of the sandbox", "cannot enter the sandbox", ITEMS_NONE },

	/* All that needs the host's /proc or a dumpable process comes first: not dumpable, the maps are EACCES. */
	{ PHASE_CHILD, "death-tie", death_tie, NULL,
	  "SIGKILL comes when the supervisor dies, and it was alive after that was arranged",
	  "cannot tie the sandbox to its supervisor", ITEMS_NONE },
	{ PHASE_CHILD, "id-map", userns_maps, NULL,
	  "the users and groups of the plan exist inside; where there is but one group, none can be dropped",
	  "cannot write the id maps of the user namespace", ITEMS_NONE },
	{ PHASE_CHILD, "loopback", loopback_up, want_loopback,
	  "lo is up and every port may be bound", "cannot bring the loopback interface up", ITEMS_NONE },
	{ PHASE_CHILD, "address-check", dad_off, want_pasta,
	  "addresses of the sandbox's network hold at once", "cannot switch the detection of duplicate addresses off", ITEMS_NONE },
	{ PHASE_CHILD, "net-sockets", net_sockets_open, want_pasta,
	  "the supervisor will get a hand on the sandbox's network", "cannot open the sockets that mode = user needs", ITEMS_NONE },
	{ PHASE_CHILD, "wait-parent", handshake_wait, want_handshake,
	  "the supervisor has done what needs a dumpable child", "cannot wait for the supervisor", ITEMS_NONE },
	{ PHASE_CHILD, "userns-limit", userns_limit, want_userns_limit,
	  "one user namespace can be made below the first, and inner-userns takes it",
	  "cannot limit the number of user namespaces", ITEMS_NONE },
	{ PHASE_CHILD, "oom-score", oom_score_set, want_oom_score,
	  "the kernel's choice when memory runs out is as asked for", "cannot set oom-score-adj", ITEMS_NONE },
	{ PHASE_CHILD, "session", session_new, want_own_session,
	  "out of the caller's session: its terminal cannot be opened as /dev/tty",
	  "cannot leave the caller's session", ITEMS_NONE },
	/* Before the first fork, which fixes the offsets. */
	{ PHASE_CHILD, "time", timens_make, want_timens,
	  "what is forked from here on has clocks of its own", "cannot set the offset of the clock", ITEMS_CLOCKS },
	{ PHASE_CHILD, "hostname", hostname_set, want_hostname,
	  "the host name is the profile's", "cannot set the host name", ITEMS_NONE },

	/* These need CAP_SYS_ADMIN of the first user namespace. */
	{ PHASE_CHILD, "root", root_build, NULL,
	  "the new root is complete; only what the plan lists is in it", "cannot", ITEMS_MOUNTS },
	{ PHASE_CHILD, "proc-guard", proc_guard, want_proc_guard,
	  "kernel settings below /proc are read-only, what leaks is masked", "cannot guard /proc", ITEMS_NONE },
	{ PHASE_CHILD, "pivot", root_pivot, NULL,
	  "the old root is gone and the new one read-only", "cannot make the new root the root", ITEMS_NONE },
	{ PHASE_CHILD, "terminal", terminal_make, want_private_tty,
	  "the session has a terminal of its own, from the sandbox's devpts", "cannot make a private terminal", ITEMS_NONE },
	{ PHASE_CHILD, "inner-userns", userns_second, want_second_userns,
	  "no capability reaches mounts or network any more", "cannot make the second user namespace", ITEMS_NONE },
	{ PHASE_CHILD, "host-close", host_close, NULL,
	  "no handle on the host's /proc or root is left", "cannot close the host's /proc", ITEMS_NONE },
	{ PHASE_CHILD, "hide", self_hide, NULL,
	  "pid 1 shows nothing of its arguments and environment, and cannot be traced",
	  "cannot hide the launcher's arguments and environment", ITEMS_NONE },
	/* Before the fork: pid 1 and the program need the same, and each drop copies the credentials. */
	{ PHASE_CHILD, "caps", caps_drop, keeps_no_caps,
	  "no capability in any of the five sets, securebits locked, no_new_privs",
	  "cannot drop the capabilities", ITEMS_NONE },
	/* fork: the program */

	{ PHASE_INIT, "init-caps", caps_drop_init, keeps_caps,
	  "pid 1 has no capability", "cannot drop the capabilities of pid 1", ITEMS_NONE },
	{ PHASE_INIT, "init-fds", init_fds, NULL,
	  "pid 1 holds no descriptor of the caller", "cannot close the descriptors of pid 1", ITEMS_NONE },
	/* After the fork: a filter is inherited. */
	{ PHASE_INIT, "init-filter", filter_load_init, NULL,
	  "pid 1 can wait, forward signals and leave, nothing else", "cannot load the filter of pid 1", ITEMS_NONE },
	{ PHASE_INIT, "init-confined", confined_say, NULL,
	  "the program need not wait for pid 1", "cannot say that pid 1 is confined", ITEMS_NONE },

	{ PHASE_PROGRAM, "enter-tie", death_tie_init, is_enter,
	  "the program ends with the process that entered for it", "cannot tie the program to its supervisor", ITEMS_NONE },
	{ PHASE_PROGRAM, "group", group_new, want_own_session,
	  "a process group of its own, apart from pid 1", "cannot make a process group", ITEMS_NONE },
	/* While every signal is blocked: taking the foreground from the background would stop the program. */
	{ PHASE_PROGRAM, "terminal-take", terminal_take, want_private_tty,
	  "each of 0-2 that was a terminal is the private one", "cannot take the private terminal", ITEMS_NONE },
	{ PHASE_PROGRAM, "terminal-none", terminal_none, want_no_tty,
	  "none of 0-2 is a terminal", "cannot replace the terminal", ITEMS_NONE },
	{ PHASE_PROGRAM, "log-take", log_take, want_log,
	  "what is written to 1 and 2 goes to the log", "cannot hand on the log", ITEMS_NONE },
	{ PHASE_PROGRAM, "signals", signals_reset, NULL,
	  "no signal is blocked or ignored", "cannot unblock the signals", ITEMS_NONE },
	{ PHASE_PROGRAM, "keyring", keyring_join, NULL,
	  "a session keyring of its own, where the quota allows one", "cannot make a session keyring", ITEMS_NONE },
	{ PHASE_PROGRAM, "rlimits", rlimits_set, want_rlimits,
	  "the resource limits hold, or the caller's own where those are lower", "cannot set the limit",
	  ITEMS_RLIMITS },
	{ PHASE_PROGRAM, "attributes", process_attrs, want_process_attrs,
	  "umask and nice value are the profile's", "cannot set the nice value", ITEMS_NONE },
	{ PHASE_PROGRAM, "cwd", cwd_enter, NULL,
	  "the working directory lies inside", "cannot enter the working directory", ITEMS_NONE },
	{ PHASE_PROGRAM, "fds", fds_close, NULL,
	  "the program gets descriptors 0, 1, 2 and pass-fds, none of the first three a directory",
	  "cannot hand on the descriptors", ITEMS_FDS },
	{ PHASE_PROGRAM, "program-caps", caps_drop, keeps_caps,
	  "only the capabilities of `keep` are left, securebits locked, no_new_privs",
	  "cannot reduce the capabilities", ITEMS_NONE },
	{ PHASE_PROGRAM, "command", command_find, want_command,
	  "the command was found and may be executed", "cannot run the command", ITEMS_NONE },
	/* While /proc can be written: Landlock may shut it. */
	{ PHASE_PROGRAM, "apparmor", apparmor_take, want_apparmor,
	  "the program will be started under its AppArmor label, or it was said that it is not",
	  "cannot take the AppArmor label", ITEMS_NONE },
	{ PHASE_PROGRAM, "selinux", selinux_take, want_selinux,
	  "the program will be started under its SELinux label, or it was said that it is not",
	  "cannot take the SELinux label", ITEMS_NONE },
	{ PHASE_PROGRAM, "landlock", landlock_restrict, want_landlock,
	  "files, TCP ports and scopes are held by Landlock as well", "cannot restrict the program with Landlock",
	  ITEMS_NONE },
	/* It may forbid everything above. */
	{ PHASE_PROGRAM, "filter", filter_load, NULL,
	  "only the listed system calls work", "cannot load the system call filter", ITEMS_NONE },
	/* Last: nearly always they are there by then, and nothing is waited for. */
	{ PHASE_PROGRAM, "wait-confined", confined_wait, NULL,
	  "pid 1 and the supervisor are confined: what comes next meets their walls, too",
	  "cannot wait for pid 1 and the supervisor", ITEMS_NONE },

	{ PHASE_END, "overlay-end", overlay_finish, want_overlay,
	  "it was said how much changed; a layer without changes is gone", "cannot look at what changed", ITEMS_NONE },
	{ PHASE_END, "report", reporter_finish, want_reporter,
	  "the report is written", "the report is not complete", ITEMS_NONE },
	{ PHASE_END, "unregister", registry_remove, want_registry,
	  "the id is free again", "cannot remove the sandbox from the registry", ITEMS_NONE },
	{ PHASE_END, "net-end", net_end, want_pasta,
	  "pasta and the resolver have ended", "cannot end pasta", ITEMS_NONE },
	{ PHASE_END, "bus-end", bus_end, want_bus,
	  "xdg-dbus-proxy has ended", "cannot end xdg-dbus-proxy", ITEMS_NONE },
	{ PHASE_END, "portal-end", portal_forget, want_portal,
	  "the portals know nothing of the sandbox any more", "cannot remove what the portals know of the sandbox", ITEMS_NONE },
	{ PHASE_END, "wayland-end", wayland_end, want_wayland_context,
	  "the compositor accepts no client from inside any more", "cannot end the security context", ITEMS_NONE },
	{ PHASE_END, "cgroup-end", cgroup_end, want_cgroup,
	  "what was used is known, and the control group is gone", "cannot remove the cgroup of the sandbox", ITEMS_NONE },

	{ PHASE_LAST, "hooks-after", hooks_after, want_hooks,
	  "each `after` has run outside, with the status", "cannot run `after`", ITEMS_NONE },
	{ PHASE_LAST, "log-end", log_end, want_log,
	  "the log is written", "the log is not complete", ITEMS_NONE },
};
/* clang-format on */
const size_t n_steps = ARRAY_SIZE(steps);

/*
 * Who enters finds namespaces and root made, and nothing of the outside is to be set up for it; all that a process takes
 * upon itself is the same.
 */
static bool enters(const struct step *step)
{
	static step_fn *const in_child[] = { death_tie, session_new, terminal_make, host_close, caps_drop };

	if (step->phase == PHASE_CHILD) {
		for (size_t i = 0; i < ARRAY_SIZE(in_child); i++)
			if (step->run == in_child[i])
				return true;
		return false;
	}
	return step->phase == PHASE_SUPERVISOR || step->phase == PHASE_JOIN || step->phase == PHASE_INIT || step->phase == PHASE_PROGRAM;
}

static bool runs(const struct step *step, const struct plan *plan)
{
	return (!plan->enter || enters(step)) && (!step->wanted || step->wanted(plan));
}

void steps_end(enum phase phase, const struct plan *plan, struct launch *l)
{
	for (unsigned i = 0; i < n_steps; i++) {
		if (steps[i].phase != phase || !runs(&steps[i], plan))
			continue;
		int r = steps[i].run(plan, l);
		if (r < 0)
			err_warn(l->err, NO_ORIGIN, "%s: %s", steps[i].fails, strerror(-r));
	}
}

int steps_run(enum phase phase, const struct plan *plan, struct launch *l, unsigned *ret_step)
{
	for (unsigned i = 0; i < n_steps && steps[i].phase <= phase; i++) {
		if (steps[i].phase != phase || !runs(&steps[i], plan))
			continue;
		l->item = 0;
		l->missed = 0;
		int r = steps[i].run(plan, l);
		stamp(steps[i].name);
		if (r < 0) {
			*ret_step = i;
			return r;
		}
		if (l->missed) {
			struct report missed = { .kind = REPORT_MISSED, .step = i, .error = l->missed };

			report_send(l->child_sock, &missed);
		}
	}
	return 0;
}
