/* SPDX-License-Identifier: MIT */
/* --json-status-fd: a JSON line when the sandbox starts, one when it has ended, for programs that drive sbox. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/json.h"
#include "launch/launch.h"

/* As "net-namespace": what bubblewrap calls them, so that a program can drive either. */
static const struct {
	const char *file, *key;
} namespaces[] = {
	{ "cgroup", "cgroup-namespace" }, { "ipc", "ipc-namespace" },	{ "mnt", "mnt-namespace" },   { "net", "net-namespace" },
	{ "pid", "pid-namespace" },	  { "user", "user-namespace" }, { "uts", "uts-namespace" },
};

/* A pipe with room takes a line whole (PIPE_BUF).  One that nobody empties must not hold the sandbox up for ever. */
static int line_write(const struct plan *plan, json_t *line)
{
	const char *text = arena_printf(plan->arena, "%s\n", json_write(plan->arena, line, JSON_COMPACT));
	struct pollfd room = { .fd = plan->status_fd, .events = POLLOUT };
	const struct timespec patience = { .tv_sec = 1 };
	int n = ppoll(&room, 1, &patience, NULL);

	if (n <= 0)
		return n < 0 ? -errno : -ETIMEDOUT;
	return fd_write_all(plan->status_fd, text, strlen(text));
}

/* While the child can be looked at: it waits until `child-go`. */
int json_status_start(const struct plan *plan, struct launch *l)
{
	json_whole();
	json_t *line = json_object();

	json_object_set_new(line, "event", json_string("start"));
	json_object_set_new(line, "child-pid", json_integer(l->child));
	json_set_text(plan->arena, line, "id", l->id);
	json_set_text(plan->arena, line, "profile", plan->registry.profile);
	json_set_text(plan->arena, line, "cgroup", l->cgroup_path);
	for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++) {
		char path[64];
		struct stat st;

		(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", l->child, namespaces[i].file);
		if (stat(path, &st) == 0)
			json_object_set_new(line, namespaces[i].key, json_integer((json_int_t)st.st_ino));
	}
	launch_keep(l, plan->status_fd);
	return line_write(plan, line);
}

void json_status_exit(const struct plan *plan, int status, const char *cause)
{
	json_t *line;

	if (!plan->status_fd)
		return;
	json_whole();
	line = json_object();
	json_object_set_new(line, "event", json_string("exit"));
	json_object_set_new(line, "exit-code", json_integer(status));
	json_object_set_new(line, "cause", json_string(cause));
	(void)line_write(plan, line); /* whoever asked for it may be gone */
}
