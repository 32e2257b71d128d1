/* SPDX-License-Identifier: MIT */
/* The program itself: its words, where it starts, its terminal and descriptors. */
#include <errno.h>
#include <stdlib.h>

#include "base/path.h"
#include "plan/plan.h"
#include "profile/profile.h"

/* A directory that exists inside: made by the plan, or below something bound (where it exists outside). */
static bool visible_dir(const struct plan *plan, const char *path)
{
	const char *inside = plan_follow(plan, plan->arena, path);
	const struct mount_entry *m = plan_entry_of(plan, inside);

	if (m->kind == MOUNT_MASK || !m->is_dir)
		return false;
	return streq(m->target, inside) || ((m->kind == MOUNT_BIND || m->kind == MOUNT_OVERLAY || m->kind == MOUNT_PIN) &&
					    streq(path_join(plan->arena, m->source, path_below(inside, m->target)), path));
}

static void start_directory(struct plan *plan)
{
	const struct caller *c = plan->caller;

	plan->cwd = "/";
	if (!plan->n_mounts)
		return; /* there were problems with the files; the rest is looked at all the same */
	if (c->cwd && visible_dir(plan, c->cwd))
		plan->cwd = c->cwd;
	else if (visible_dir(plan, c->home))
		plan->cwd = c->home;
}

static void terminal(struct plan *plan, struct host *host)
{
	plan->tty = (enum tty_mode)profile_number(plan->profile, KEY_process_tty);
	plan->tty_fds = (unsigned)host->probe(host, PROBE_STDIO_TTY, 0) & (plan->log.to ? 1 : 7);
	plan->stdio_tty = plan->tty_fds != 0;
}

static int fd_order(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void pass_descriptors(struct plan *plan, struct host *host, struct err *err)
{
	size_t n = 0;

	vec_each (s, profile_list(plan->profile, KEY_process_pass_fds)) {
		char *end;
		long fd = strtol(s->v.text, &end, 10);

		if (*end || end == s->v.text || fd < 0 || fd > 1 << 20)
			err_add(err, s->from, "not a descriptor number: %s", s->v.text);
		else if (!host->probe(host, PROBE_FD_OPEN, fd))
			err_add(err, s->from, "descriptor %ld is not open", fd);
		else if (fd > 2)
			vec_push(plan->arena, &plan->pass_fds, (int)fd);
	}
	if (plan->pass_fds.n)
		qsort(plan->pass_fds.v, plan->pass_fds.n, sizeof(int), fd_order);
	vec_each (fd, &plan->pass_fds)
		if (!n || plan->pass_fds.v[n - 1] != *fd)
			plan->pass_fds.v[n++] = *fd;
	plan->pass_fds.n = n;
}

int plan_process(struct plan *plan, struct host *host, char *const *argv, struct err *err)
{
	const struct profile *p = plan->profile;
	size_t before = err->errors, n = 0;

	while (argv && argv[n])
		n++;
	plan->argv = arena_new_array(plan->arena, char *, n + 1);
	for (size_t i = 0; i < n; i++)
		plan->argv[i] = arena_strdup(plan->arena, argv[i]);
	plan->on_exit = (enum on_exit)profile_number(p, KEY_process_on_exit);
	plan->on_unmask = (enum on_unmask)profile_number(p, KEY_process_on_unmask);
	start_directory(plan);
	terminal(plan, host);
	pass_descriptors(plan, host, err);
	return err->errors == before ? 0 : -EINVAL;
}
