/* SPDX-License-Identifier: MIT */
/* One question: allowed or not, by which line, and what line would change it. */
#include <errno.h>
#include <linux/mount.h>

#include "base/path.h"
#include "plan/plan.h"
#include "plan/syscall_groups.h"
#include "profile/profile.h"

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

static void suggest(const struct plan *plan, struct arena *arena, struct verdict *v, const char *word, const char *path)
{
	if (is_secret(plan, path)) {
		v->change = "it holds secrets: no line is suggested; a profile of its own for the program that needs it is the way";
		return;
	}
	v->change = arena_printf(arena, "[files] %s = %s", word, path);
	v->option = arena_printf(arena, "--%s=%s", word, path);
}

void plan_ask_path(const struct plan *plan, struct host *host, const char *path, struct arena *arena, struct verdict *ret)
{
	const char *inside = plan_follow(plan, arena, path);
	const struct mount_entry *m = plan_entry_of(plan, inside);
	const char *rest = path_below(inside, m->target);
	struct resolved r;

	*ret = (struct verdict){ .from = m->from };
	if (m->kind == MOUNT_MASK) {
		ret->kind = VERDICT_MASKED;
		ret->text = arena_printf(arena, "%s is masked: an empty %s is there instead", path, m->is_dir ? "directory" : "file");
		suggest(plan, arena, ret, "ro", m->target);
		return;
	}
	const char *there = m->kind == MOUNT_BIND || m->kind == MOUNT_PIN ? path_join(arena, m->source, rest) : NULL;
	if (there && (host_resolve(host, arena, there, &r) < 0 || r.node->kind == NODE_MISSING)) {
		ret->kind = VERDICT_ABSENT;
		ret->text = arena_printf(arena, "%s does not exist, neither inside nor on the host", path);
		return;
	}
	if (!there && *rest) {
		bool on_host = host_resolve(host, arena, path, &r) == 0 && r.node->kind != NODE_MISSING;

		ret->kind = VERDICT_ABSENT;
		ret->text = arena_printf(arena, "%s is not visible inside%s", path, on_host ? "" : ", and does not exist on the host");
		ret->from = NO_ORIGIN;
		if (on_host)
			suggest(plan, arena, ret, "ro", path);
		return;
	}
	bool own_ro = m->kind == MOUNT_DIR || m->kind == MOUNT_FILE || m->kind == MOUNT_SYMLINK || m == plan->mounts;
	bool writable = !own_ro && !(m->attrs & MOUNT_ATTR_RDONLY);

	ret->kind = writable ? VERDICT_WRITE : VERDICT_READ;
	ret->text = arena_printf(arena, "%s is visible, %s", path, writable ? "read-write" : "read-only");
	if (!writable && there)
		suggest(plan, arena, ret, "rw", path);
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
