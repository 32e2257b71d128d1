/* SPDX-License-Identifier: MIT */
/* Lines that do nothing: the author believes in something that does not hold. */
#include "base/path.h"
#include "plan/lint.h"

static bool same_line(struct origin a, struct origin b)
{
	return a.line == b.line && a.file && b.file && streq(a.file, b.file);
}

/* A later layer may overrule whatever it likes: that is what layers are for. */
static bool is_later(const struct plan *plan, struct origin a, struct origin b)
{
	size_t at[2] = { 0 }, n = 0;

	if (!a.file || !b.file || streq(a.file, b.file))
		return false;
	vec_each (layer, &plan->profile->layers) {
		n++;
		if (streq(layer->file, a.file))
			at[0] = n;
		if (streq(layer->file, b.file))
			at[1] = n;
	}
	return at[0] > at[1];
}

static bool has_effect(const struct plan *plan, const struct setting *s)
{
	for (size_t i = 0; i < plan->n_mounts; i++)
		if (same_line(plan->mounts[i].from, s->from))
			return true;
	vec_each (r, &plan->remarks)
		if (same_line(r->from, s->from))
			return true;
	return false;
}

/* `hide` is left out: it may cover nothing, and explain says so. */
void lint_no_effect(struct lint_run *run, const struct lint *lint)
{
	static const enum key_id places[] = { KEY_files_ro, KEY_files_rw, KEY_files_tmpfs, KEY_files_dev, KEY_files_symlink, KEY_files_data };
	const struct plan *plan = run->plan;

	for (size_t k = 0; k < ARRAY_SIZE(places); k++)
		vec_each (s, profile_list(plan->profile, places[k])) {
			const char *path = s->v.dst ? s->v.dst : s->v.src;
			const struct mount_entry *by = path ? plan_entry_of(plan, plan_follow(plan, run->arena, path)) : NULL;

			/* What the current directory gives depends on where the user stands. */
			if (!by || has_effect(plan, s) || is_later(plan, by->from, s->from) ||
			    (by->from.key && streq(by->from.key, keys[KEY_files_cwd].name)))
				continue;
			lint_found(run, lint, s->from, "what is at %s is already decided by %s", path,
				   origin_text(run->arena, by->from));
		}
}

static bool call_decided(const struct filter *f, struct origin from)
{
	for (size_t a = 0; a < f->n_abis; a++)
		for (size_t i = 0; i < f->abis[a].n_rules; i++)
			if (same_line(f->abis[a].rules[i].from, from))
				return true;
	return false;
}

/* By lines: which word of one decided is not kept. */
void lint_calls_no_effect(struct lint_run *run, const struct lint *lint)
{
	static const enum key_id lists[] = { KEY_seccomp_allow, KEY_seccomp_log, KEY_seccomp_deny, KEY_seccomp_kill };
	struct origin said = NO_ORIGIN;

	for (size_t k = 0; k < ARRAY_SIZE(lists); k++)
		vec_each (s, profile_list(run->plan->profile, lists[k])) {
			if (!s->from.line || s->optional || same_line(s->from, said) || call_decided(run->plan->filter, s->from))
				continue;
			said = s->from;
			lint_found(run, lint, s->from, "no system call is decided by it");
		}
}
