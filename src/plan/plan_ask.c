/* SPDX-License-Identifier: MIT */
/* One question: allowed or not, by which line, and what line would change it. */
#include <errno.h>
#include <linux/mount.h>

#include "base/path.h"
#include "plan/plan.h"
#include "plan/syscall_groups.h"
#include "profile/profile.h"

enum { LINKS_MAX = 40 };

/* Files whose loss hurts most are never offered with a ready-made line. */
static bool is_secret(const struct plan *plan, const char *path)
{
	static const char *const secrets[] = {
		".ssh", ".gnupg", ".aws", ".azure", ".config/gcloud", ".kube", ".docker", ".netrc", ".git-credentials",
		".pki", ".password-store", ".local/share/keyrings", ".mozilla", ".bash_history", ".npmrc", ".pypirc",
	};

	for (size_t i = 0; i < ARRAY_SIZE(secrets); i++)
		if (path_below(path, path_join(plan->arena, plan->caller->home, secrets[i])))
			return true;
	return false;
}

/* As it is written in a profile: what would be a pattern or SRC:DST is none. */
static const char *as_written(struct arena *arena, const char *path)
{
	char *text = arena_alloc(arena, strlen(path) * 2 + 1), *o = text;

	for (const char *p = path; *p; p++) {
		if (strchr(":*?[", *p))
			*o++ = '\\';
		*o++ = *p;
	}
	return text;
}

static void suggest(const struct plan *plan, struct arena *arena, struct verdict *v, const char *word, const char *path)
{
	if (is_secret(plan, path)) {
		v->change = "it holds secrets: no line is suggested; a profile of its own for the program that needs it is the way";
		return;
	}
	path = as_written(arena, path);
	v->change = arena_printf(arena, "[files] %s = %s", word, path);
	v->option = arena_printf(arena, "--%s=%s", word, path);
}

/*
 * Where @path leads: the links that sbox makes, and those of the host in what is bound, which a program follows inside.
 * *ret_there is where the object lies on the host, or NULL when it is none of the host's.
 */
static const struct mount_entry *lead(const struct plan *plan, struct host *host, struct arena *arena, const char **path,
				      const char **ret_there)
{
	const struct mount_entry *m;

	for (int links = 0;; links++) {
		struct resolved r;

		*path = plan_follow(plan, arena, *path);
		m = plan_entry_of(plan, *path);
		*ret_there = NULL;
		if (m->kind != MOUNT_BIND && m->kind != MOUNT_PIN && m->kind != MOUNT_DEVICE)
			return m;
		*ret_there = path_join(arena, m->source, path_below(*path, m->target));
		if (host_resolve(host, arena, *ret_there, &r) < 0 || !r.links.n || links == LINKS_MAX)
			return m;
		const char *rest = path_below(r.path, m->source);
		*path = rest ? path_join(arena, m->target, rest) : r.path;
	}
}

void plan_ask_path(const struct plan *plan, struct host *host, const char *path, struct arena *arena, struct verdict *ret)
{
	const char *inside = path, *there;
	const struct mount_entry *m = lead(plan, host, arena, &inside, &there);
	const char *rest = path_below(inside, m->target);
	struct resolved r;

	*ret = (struct verdict){ .from = m->from };
	if (m->kind == MOUNT_MASK) {
		ret->kind = VERDICT_MASKED;
		ret->text = arena_printf(arena, "%s is masked: an empty %s is there instead", path, m->is_dir ? "directory" : "file");
		suggest(plan, arena, ret, "ro", m->target);
		return;
	}
	if (there && (host_resolve(host, arena, there, &r) < 0 || r.node->kind == NODE_MISSING)) {
		ret->kind = VERDICT_ABSENT;
		ret->text = arena_printf(arena, "%s does not exist, neither inside nor on the host", path);
		return;
	}
	if (m->kind == MOUNT_PROC && *rest) {
		ret->kind = VERDICT_READ;
		ret->text = arena_printf(arena, "%s is what the sandbox's own /proc has there", path);
		return;
	}
	if (!there && *rest) {
		bool on_host = host_resolve(host, arena, inside, &r) == 0 && r.node->kind != NODE_MISSING;

		ret->kind = VERDICT_ABSENT;
		ret->text = arena_printf(arena, "%s is not visible inside%s", path, on_host ? "" : ", and does not exist on the host");
		ret->from = NO_ORIGIN;
		if (on_host)
			suggest(plan, arena, ret, "ro", inside);
		return;
	}
	bool own_ro = m->kind == MOUNT_DIR || m->kind == MOUNT_FILE || m->kind == MOUNT_SYMLINK || m == plan->mounts;
	/* A device can be written to on a read-only mount as well. */
	bool writable = !own_ro && (m->kind == MOUNT_DEVICE || !(m->attrs & MOUNT_ATTR_RDONLY));

	ret->kind = writable ? VERDICT_WRITE : VERDICT_READ;
	ret->text = arena_printf(arena, "%s is visible, %s", path, writable ? "read-write" : "read-only");
	if (!writable && there)
		suggest(plan, arena, ret, "rw", inside);
}

int plan_ask_syscall(const struct plan *plan, const char *name, struct arena *arena, struct verdict *ret)
{
	const struct filter_rule *rule = filter_rule_find(plan->filter, name);
	const struct filter *f = plan->filter;
	struct syscall_change change;
	const char *near = NULL;

	*ret = (struct verdict){ 0 };
	if (syscall_change(arena, name, &change, &near) < 0) {
		ret->text = near ? arena_printf(arena, "no such system call: %s; did you mean %s?", name, near) :
				   arena_printf(arena, "no such system call: %s", name);
		return -EINVAL;
	}
	uint32_t action = rule ? rule->action : f->default_action;
	bool allowed = action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
	const char *cause = "";

	if (!rule)
		cause = ", as any call that no line names";
	else if (rule->n_cases)
		cause = arena_printf(arena, "; some arguments are checked: %s", rule->cases[0].why ? rule->cases[0].why : "");
	else if (!allowed && rule->why)
		cause = arena_printf(arena, " (%s)", rule->why);
	ret->kind = allowed ? VERDICT_ALLOWED : VERDICT_DENIED;
	ret->text = arena_printf(arena, "%s: %s%s%s%s", name, action_text(arena, action), rule && rule->group ? ", from " : "",
				 rule && rule->group ? rule->group : "", cause);
	ret->from = rule ? rule->from : f->default_from;
	if (!allowed) {
		ret->change = change.line ? change.line : "no line opens it";
		ret->option = change.option;
	}
	return 0;
}
