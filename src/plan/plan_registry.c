/* SPDX-License-Identifier: MIT */
/* Where the sandbox is registered while it runs, and under which name. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "plan/plan.h"
#include "profile/profile.h"

enum { ID_MAX = 64 };

bool id_is_valid(const char *id)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
	size_t n = strlen(id);

	return n > 0 && n <= ID_MAX && strspn(id, allowed) == n && *id != '-' && *id != '.';
}

/*
 * Somebody else's runtime directory (left in the environment by su or sudo), or one in which others can make names, is no
 * place for what `kill` and `enter` believe.
 */
const char *registry_dir(struct arena *arena, struct host *host)
{
	const struct caller *c = host->caller;
	const char *path = c->runtime_dir ? c->runtime_dir : arena_printf(arena, "/run/user/%u", c->uid);
	struct resolved r;

	if (host_resolve(host, arena, path, &r) < 0 || r.node->kind != NODE_DIR)
		return NULL;
	return r.node->uid == c->uid && !(r.node->mode & 022) ? path_join(arena, r.path, "sbox") : NULL;
}

int plan_registry(struct plan *plan, struct host *host, struct err *err UNUSED)
{
	plan->registry = (struct plan_registry){ .dir = registry_dir(plan->arena, host), .profile = plan->profile->name,
						 .file = plan->profile->file };
	return 0;
}

static void take_name(struct plan *plan, const char *name, struct err *err)
{
	const struct origin from = { .file = "option --name" };

	if (!id_is_valid(name)) {
		err_add(err, from, "%s cannot be the name of a sandbox", name);
		err_remedy(err, "up to %d letters, digits, _, - and ., the first of them a letter, a digit or _", ID_MAX);
	} else if (!plan->registry.dir) {
		err_add(err, from, "no runtime directory of the user's, so nothing can be named");
		err_remedy(err, "set XDG_RUNTIME_DIR to a directory that only the user can write");
	}
	plan->registry.name = name;
}

static void take_status_fd(struct plan *plan, struct host *host, const char *text, struct err *err)
{
	const struct origin from = { .file = "option --json-status-fd" };
	char *end;
	long fd = strtol(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || fd < 3 || fd > INT_MAX) {
		err_add(err, from, "%s is no descriptor above 2", text);
		err_remedy(err, "sbox --json-status-fd=3 … 3> FILE");
		return;
	}
	if (!host->probe(host, PROBE_FD_OPEN, fd)) {
		err_add(err, from, "descriptor %ld is not open", fd);
		err_remedy(err, "sbox --json-status-fd=%ld … %ld> FILE", fd, fd);
		return;
	}
	vec_each (passed, &plan->pass_fds)
		if (*passed == fd)
			err_add(err, from, "descriptor %ld is one of pass-fds: the program could write its own lines", fd);
	plan->status_fd = (int)fd;
	plan->handshake = true;
}

int plan_options(struct plan *plan, struct host *host, const char *name, const char *status_fd, struct err *err)
{
	size_t before = err->errors;

	if (name)
		take_name(plan, name, err);
	if (status_fd)
		take_status_fd(plan, host, status_fd, err);
	return err->errors == before ? 0 : -EINVAL;
}

/* The sandbox's environment was made for the terminal that it was started from. */
static void take_term(struct plan *plan, const struct caller *caller)
{
	const char *term = caller_env(caller, "TERM");

	for (char **env = plan->envp; term && *env; env++)
		if (skip_prefix(*env, "TERM="))
			*env = arena_printf(plan->arena, "TERM=%s", term);
}

int plan_enter(struct plan *plan, struct host *host, char *const *argv, struct err *err)
{
	size_t n = 0;

	while (argv[n])
		n++;
	plan->enter = true;
	plan->caller = host->caller;
	plan->argv = arena_new_array(plan->arena, char *, n + 1);
	for (size_t i = 0; i < n; i++)
		plan->argv[i] = arena_strdup(plan->arena, argv[i]);
	plan->tty_fds = (unsigned)host->probe(host, PROBE_STDIO_TTY, 0);
	plan->stdio_tty = plan->tty_fds != 0;
	take_term(plan, host->caller);
	return plan_own_filters(plan, host, err);
}
