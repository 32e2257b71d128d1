/* SPDX-License-Identifier: MIT */
/* Lints about what is visible: asked of the finished mounts, so that it does not matter by which line it came. */
#include <linux/mount.h>
#include <unistd.h>

#include "base/path.h"
#include "plan/lint.h"

enum { NAMES_SHOWN = 3 };

const char *lint_path(struct lint_run *run, const char *path)
{
	const char *rest = skip_prefix(path, "~/");
	struct resolved r;

	if (rest)
		path = path_join(run->arena, run->home, rest);
	rest = skip_prefix(path, "$RUN/");
	if (rest && !run->plan->caller->runtime_dir)
		return NULL;
	if (rest)
		path = path_join(run->arena, run->plan->caller->runtime_dir, rest);
	(void)host_resolve(run->host, run->arena, path, &r);
	return r.path;
}

/* What is written to an overlay does not reach the host's object. */
static bool changes_host(const struct mount_entry *m)
{
	return m->kind == MOUNT_BIND && !(m->attrs & MOUNT_ATTR_RDONLY);
}

static bool of_host(const struct mount_entry *m)
{
	return m->kind == MOUNT_BIND || m->kind == MOUNT_OVERLAY;
}

bool lint_shows(struct lint_run *run, const struct mount_entry *m, const char *path, bool writable)
{
	const char *rest = of_host(m) ? path_below(path, m->source) : NULL;

	if (!rest || (writable && !changes_host(m)))
		return false;
	const struct mount_entry *top = plan_entry_of(run->plan, path_join(run->arena, m->target, rest));
	/* A pin shows what was there. */
	return top == m || (top->kind == MOUNT_PIN && path_below(top->source, m->source));
}

/* For a lint that warns of writing: may the caller, who is the program, write to it, or make it? */
static bool may_write(struct lint_run *run, const char *path)
{
	const struct node *n = run->host->node(run->host, path);

	if (n->kind == NODE_MISSING)
		return run->host->may(run->host, path_parent(run->arena, path), W_OK | X_OK) ||
		       run->host->node(run->host, path_parent(run->arena, path))->kind == NODE_MISSING;
	return run->host->may(run->host, path, W_OK);
}

/* As the user writes it. */
static const char *shown_name(struct lint_run *run, const char *path)
{
	const char *rest = path_below(path, run->home);

	return rest && *rest ? arena_printf(run->arena, "~/%s", rest) : path;
}

/* Paths of one lint that one mount shows, with the first few by name. */
struct names {
	const char *text;
	size_t n;
};

static void name_add(struct lint_run *run, struct names *names, const char *path)
{
	if (names->n++ < NAMES_SHOWN)
		names->text = names->text ? arena_printf(run->arena, "%s, %s", names->text, shown_name(run, path)) : shown_name(run, path);
}

static void names_found(struct lint_run *run, const struct lint *lint, const struct mount_entry *m, const struct names *names)
{
	if (names->n)
		lint_found(run, lint, m->from, lint->writable ? "%s%s can be written" : "%s%s can be reached", names->text,
			   names->n > NAMES_SHOWN ? arena_printf(run->arena, " and %zu more", names->n - NAMES_SHOWN) : "");
}

static bool covers_home(const struct lint_run *run, const struct mount_entry *m)
{
	return of_host(m) && path_below(run->home, m->source);
}

static void paths_of(struct lint_run *run, const struct lint *lint, const struct mount_entry *m)
{
	struct names names = { 0 };

	for (const char *const *p = lint->paths; *p; p++) {
		const char *path = lint_path(run, *p);

		if (!path || !lint_shows(run, m, path, lint->writable))
			continue;
		if (lint->writable ? may_write(run, path) : run->host->node(run->host, path)->kind != NODE_MISSING)
			name_add(run, &names, path);
	}
	names_found(run, lint, m, &names);
}

void lint_paths(struct lint_run *run, const struct lint *lint)
{
	for (size_t i = 1; i < run->plan->n_mounts; i++)
		paths_of(run, lint, &run->plan->mounts[i]);
}

/* A line that gives the whole home is found by another lint. */
void lint_startup(struct lint_run *run, const struct lint *lint)
{
	for (size_t i = 1; i < run->plan->n_mounts; i++)
		if (!covers_home(run, &run->plan->mounts[i]))
			paths_of(run, lint, &run->plan->mounts[i]);
}

void lint_home(struct lint_run *run, const struct lint *lint)
{
	for (size_t i = 1; i < run->plan->n_mounts; i++) {
		const struct mount_entry *m = &run->plan->mounts[i];

		if (covers_home(run, m) && changes_host(m) == lint->writable)
			lint_found(run, lint, m->from, "%s is given%s", m->source,
				   streq(m->source, run->home) ? " as a whole" : ", and your home with it");
	}
}

/* Directories of the caller's own PATH: what is in them is run outside, under names that are typed every day. */
void lint_search_path(struct lint_run *run, const struct lint *lint)
{
	const char *list = caller_env(run->plan->caller, "PATH");

	for (size_t i = 1; i < run->plan->n_mounts; i++) {
		const struct mount_entry *m = &run->plan->mounts[i];
		char *dirs = arena_strdup(run->arena, list ? list : "");
		struct names names = { 0 };

		if (covers_home(run, m))
			continue;
		for (char *dir; (dir = strsep(&dirs, ":"));) {
			const char *path = *dir == '/' ? lint_path(run, dir) : NULL;

			if (path && lint_shows(run, m, path, true) && run->host->node(run->host, path)->kind == NODE_DIR &&
			    run->host->may(run->host, path, W_OK | X_OK))
				name_add(run, &names, path);
		}
		names_found(run, lint, m, &names);
	}
}

/* Git runs what .git/config and .git/hooks say: the next `git status` outside would. */
void lint_git(struct lint_run *run, const struct lint *lint)
{
	static const char *const parts[] = { ".git/config", ".git/hooks" };

	for (size_t i = 1; i < run->plan->n_mounts; i++) {
		const struct mount_entry *m = &run->plan->mounts[i];
		struct names names = { 0 };

		if (m->kind != MOUNT_BIND || !m->is_dir || covers_home(run, m))
			continue;
		for (size_t p = 0; p < ARRAY_SIZE(parts); p++) {
			const char *path = path_join(run->arena, m->source, parts[p]);

			if (run->host->node(run->host, path)->kind != NODE_MISSING && lint_shows(run, m, path, true))
				name_add(run, &names, path);
		}
		names_found(run, lint, m, &names);
	}
}

/* Character devices by name: which one it is must be known by whoever reads the line. */
void lint_devices(struct lint_run *run, const struct lint *lint)
{
	for (size_t i = 1; i < run->plan->n_mounts; i++) {
		const struct mount_entry *m = &run->plan->mounts[i];

		if (m->kind != MOUNT_DEVICE && (m->kind != MOUNT_BIND || m->attrs & MOUNT_ATTR_NODEV))
			continue;
		bool block = run->host->node(run->host, m->source)->kind == NODE_BLOCK;
		for (const char *const *p = lint->paths; *p && !block; p++)
			block = path_below(m->source, *p) || path_below(*p, m->source);
		if (block)
			lint_found(run, lint, m->from, "%s works inside", m->source);
	}
}
