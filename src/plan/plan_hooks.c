/* SPDX-License-Identifier: MIT */
/*
 * What is run or written outside on a profile's word: hooks, and the log.  A hook is a program that nothing confines, so
 * it is believed only when an installed profile or the command line names it, never when a file that came with a
 * download does; and only where neither others nor the sandbox (plan_trust.c) can change it.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/dirs.h"
#include "base/path.h"
#include "plan/plan.h"
#include "profile/profile.h"

/* In one of the directories that profiles are installed in, which no environment but XDG_CONFIG_HOME moves. */
static bool installed(const struct plan *plan, const char *file)
{
	const char *const dirs[] = { path_join(plan->arena, plan->caller->config_dir, "sbox/profiles"), system_profile_dir,
				     shipped_profile_dir };

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		if (path_below(file, dirs[i]))
			return true;
	return false;
}

static bool source_trusted(const struct plan *plan, const struct setting *s, struct err *err)
{
	if (s->from.file[0] != '/' || installed(plan, s->from.file))
		return true;
	err_add(err, s->from, "a hook is taken from an installed profile or the command line, not from a profile given by its path");
	err_remedy(err, "install the profile: sbox-profile(5), FILES; or --set hooks.%s=%s", keys[s->key].name, s->v.src);
	return false;
}

/* The directory on the way to @path in which anybody may put another file in its place, or NULL. */
static const char *open_directory(const struct plan *plan, struct host *host, const char *path)
{
	for (const char *dir = path; !streq(dir, "/");) {
		dir = path_parent(plan->arena, dir);
		mode_t mode = host->node(host, dir)->mode;

		if ((mode & S_IWOTH) && !(mode & S_ISVTX))
			return dir;
	}
	return NULL;
}

static void add_hook(struct plan *plan, struct host *host, const struct setting *s, struct err *err)
{
	const char *path = s->v.src, *dir;
	struct resolved r;
	int rc = host_resolve(host, plan->arena, path, &r);

	if (!source_trusted(plan, s, err))
		return;
	if (rc < 0 || r.node->kind == NODE_MISSING) {
		err_sys(err, s->from, rc < 0 ? -rc : ENOENT, "cannot run %s", path);
	} else if (r.node->kind != NODE_FILE || !host->may(host, r.path, X_OK)) {
		err_add(err, s->from, "cannot run %s: not a program", path);
	} else if (r.node->uid != 0 && r.node->uid != plan->caller->uid) {
		err_add(err, s->from, "%s belongs to uid %u, neither to root nor to the user", path, r.node->uid);
	} else if (r.node->mode & (S_IWGRP | S_IWOTH)) {
		err_add(err, s->from, "others can write %s (mode %04o)", path, r.node->mode);
		err_remedy(err, "chmod go-w %s, once you have read it", path);
	} else if ((dir = open_directory(plan, host, r.path))) {
		err_add(err, s->from, "others can replace %s: everybody can write %s", path, dir);
	} else {
		vec_push(plan->arena, &plan->hooks,
			 (struct plan_hook){ .path = r.path, .name = path, .after = s->key == KEY_hooks_after, .from = s->from });
	}
}

static void add_log(struct plan *plan, struct host *host, struct err *err)
{
	const struct setting *s = profile_get(plan->profile, KEY_process_log);
	struct resolved r;

	if (!s)
		return;
	plan->log = (struct plan_log){ .to = (enum log_mode)s->v.number, .from = s->from };
	if (plan->log.to != LOG_FILE)
		return;
	int rc = host_resolve(host, plan->arena, s->v.src, &r);
	if (rc < 0)
		err_sys(err, s->from, -rc, "cannot write %s", s->v.src);
	else if (r.node->kind != NODE_FILE && r.node->kind != NODE_MISSING)
		err_add(err, s->from, "cannot write %s: not a file", s->v.src);
	plan->log.file = r.path;
	plan->log.name = s->v.src;
}

int plan_hooks(struct plan *plan, struct host *host, struct err *err)
{
	static const enum key_id order[] = { KEY_hooks_before, KEY_hooks_after };
	size_t before = err->errors;

	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		vec_each (s, profile_list(plan->profile, order[i]))
			add_hook(plan, host, s, err);
	add_log(plan, host, err);
	return err->errors == before ? 0 : -EINVAL;
}
