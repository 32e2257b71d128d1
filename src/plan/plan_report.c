/* SPDX-License-Identifier: MIT */
/*
 * What a report needs of the filter: the same table with other verdicts.  A call that the profile denies, and one whose
 * arguments a report looks at, stops in the kernel until the reporter has answered; the reporter asks the table as it
 * was, and answers what that says.  So the wall is the same with a report as without.
 */
#include <errno.h>

#include "plan/plan.h"
#include "plan/watched.h"

/*
 * What ends the program, traps or is logged stays with the kernel: no answer that the reporter can give does the same.
 */
static uint32_t noticed(uint32_t action, bool watched)
{
	uint32_t kind = action & SECCOMP_RET_ACTION_FULL;

	return kind == SECCOMP_RET_ERRNO || (kind == SECCOMP_RET_ALLOW && watched) ? SECCOMP_RET_USER_NOTIF : action;
}

/* The limit on tasks is the only thing that can be in the way of a new one. */
static bool is_watched(const struct plan *plan, const char *name)
{
	const struct watched *w = watched_find(name);

	if (plan->report.learns && streq(name, "socket"))
		return true;
	if (w && w->kind == WATCHED_TASK)
		vec_each (limit, &plan->rlimits)
			if (limit->resource == RLIMIT_NPROC)
				return true;
	return w && w->kind != WATCHED_TASK;
}

/* send(2) is sendto(2) without an address, and the most frequent call of many programs: not stopped for nothing. */
static void spare_send(const struct plan *plan, struct filter_rule *rule, uint32_t original)
{
	const struct watched *w = watched_find(rule->name);
	struct filter_case *only;

	if (!w || w->use != USE_SEND || rule->n_cases || original != SECCOMP_RET_ALLOW)
		return;
	only = arena_alloc(plan->arena, sizeof(*only));
	*only = (struct filter_case){ .action = original, .n_conds = 1, .conds = { { .arg = (uint8_t)w->at, .mask = UINT64_MAX } } };
	rule->cases = only;
	rule->n_cases = 1;
}

/* Nobody listens: a call that waits for an answer would fail. */
static uint32_t unheard(uint32_t action, bool watched)
{
	return action == SECCOMP_RET_USER_NOTIF && watched ? SECCOMP_RET_ALLOW :
	       action == SECCOMP_RET_USER_NOTIF		   ? (uint32_t)SECCOMP_RET_ERRNO | ENOSYS :
							     action;
}

/** turn_fn - the verdict instead of @action; @named: of a call that lines name (unheard) or a report looks at (noticed) */
typedef uint32_t turn_fn(uint32_t action, bool named);

static void rule_turn(const struct plan *plan, struct filter_rule *rule, turn_fn *turn)
{
	bool named = turn == unheard || is_watched(plan, rule->name);
	struct filter_case *cases = arena_new_array(plan->arena, struct filter_case, rule->n_cases);
	uint32_t original = rule->action;

	for (size_t i = 0; i < rule->n_cases; i++) {
		cases[i] = rule->cases[i];
		cases[i].action = turn(cases[i].action, named);
	}
	rule->cases = cases;
	rule->action = turn(original, named);
	/* Who asks a connected name server sends without an address. */
	if (turn == noticed && !plan->report.learns)
		spare_send(plan, rule, original);
}

static struct filter *filter_turn(const struct plan *plan, turn_fn *turn)
{
	struct filter *f = arena_alloc(plan->arena, sizeof(*f));

	*f = *plan->filter;
	f->default_action = turn(f->default_action, false);
	f->abis = arena_new_array(plan->arena, struct filter_abi, f->n_abis);
	for (size_t a = 0; a < f->n_abis; a++) {
		struct filter_abi *abi = &f->abis[a];

		*abi = plan->filter->abis[a];
		abi->default_action = turn(abi->default_action, false);
		abi->rules = arena_new_array(plan->arena, struct filter_rule, abi->n_rules);
		for (size_t i = 0; i < abi->n_rules; i++) {
			abi->rules[i] = plan->filter->abis[a].rules[i];
			rule_turn(plan, &abi->rules[i], turn);
		}
	}
	return f;
}

static bool notifies(const struct filter_abi *abi)
{
	if (abi->default_action == SECCOMP_RET_USER_NOTIF)
		return true;
	for (size_t i = 0; i < abi->n_rules; i++) {
		if (abi->rules[i].action == SECCOMP_RET_USER_NOTIF)
			return true;
		for (size_t k = 0; k < abi->rules[i].n_cases; k++)
			if (abi->rules[i].cases[k].action == SECCOMP_RET_USER_NOTIF)
				return true;
	}
	return false;
}

static int filter_listen(struct plan *plan, struct err *err)
{
	struct filter *f = filter_turn(plan, noticed);

	plan->report.on = true;
	plan->report.filter = f;
	if (bpf_build(f, plan->arena, &plan->program) < 0 ||
	    bpf_build(filter_turn(plan, unheard), plan->arena, &plan->report.alone) < 0)
		return err_add(err, plan->filter->default_from,
			       "with a report the filter has more than %d instructions: name fewer calls", BPF_MAXINSNS);
	return plan_reporter_filter(plan);
}

/* `notify` alone: what it names is reported at the end, like everything that is denied. */
int plan_report(struct plan *plan, struct host *host UNUSED, struct err *err)
{
	bool wanted = false;

	for (size_t a = 0; plan->filter && a < plan->filter->n_abis; a++)
		wanted |= notifies(&plan->filter->abis[a]);
	return wanted ? filter_listen(plan, err) : 0;
}

int plan_want_report(struct plan *plan, const char *file, struct err *err)
{
	plan->report.file = file;
	return plan->report.on ? 0 : filter_listen(plan, err);
}

/* A `notify` line has made a filter already, which stops less. */
int plan_want_learning(struct plan *plan, int fd, struct err *err)
{
	plan->report.learns = true;
	plan->report.fd = fd;
	return filter_listen(plan, err);
}
