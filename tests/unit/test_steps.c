/* SPDX-License-Identifier: MIT */
/* The launch script: the order of product promises, which a reader of the table must be able to rely on. */
#include <criterion/criterion.h>

#include "base/dirs.h"
#include "launch/launch.h"
#include "leak_check.h"

const char shipped_apparmor_profile[] = "/nonexistent/apparmor";
const char scope_helper[] = "";

TestSuite(steps, .fini = leak_check);

static unsigned at(step_fn *run)
{
	for (unsigned i = 0; i < n_steps; i++)
		if (steps[i].run == run && steps[i].phase != PHASE_JOIN)
			return i;
	cr_assert_fail("a step is missing from the table");
	return 0;
}

Test(steps, every_row_is_complete_and_named_once)
{
	for (size_t i = 0; i < n_steps; i++) {
		cr_assert(steps[i].name && steps[i].run && steps[i].holds && steps[i].fails, "row %zu", i);
		cr_assert(i == 0 || steps[i - 1].phase <= steps[i].phase, "%s is out of its phase", steps[i].name);
		for (size_t j = 0; j < i; j++)
			cr_assert_str_neq(steps[i].name, steps[j].name);
	}
}

Test(steps, what_needs_a_dumpable_process_comes_before_it_is_hidden)
{
	cr_assert_lt(at(userns_maps), at(self_hide));
	cr_assert_lt(at(oom_score_set), at(self_hide));
	cr_assert_lt(at(userns_second), at(self_hide));
}

Test(steps, who_enters_is_hidden_before_it_can_be_seen)
{
	unsigned hide = n_steps, join = n_steps;

	for (unsigned i = 0; i < n_steps; i++) {
		if (steps[i].phase != PHASE_JOIN)
			continue;
		hide = steps[i].run == self_hide ? i : hide;
		join = steps[i].run == join_namespaces ? i : join;
	}
	cr_assert_lt(hide, join);
	cr_assert_lt(join, n_steps);
}

Test(steps, the_supervisor_is_watched_before_anything_is_set_up)
{
	for (size_t i = 0; i < n_steps; i++)
		if (steps[i].phase == PHASE_CHILD) {
			cr_assert_eq(steps[i].run, death_tie);
			break;
		}
}

Test(steps, the_limit_holds_before_the_second_user_namespace_and_that_one_comes_after_all_mounts)
{
	cr_assert_lt(at(userns_limit), at(userns_second));
	cr_assert_lt(at(root_build), at(userns_second));
	cr_assert_lt(at(proc_guard), at(userns_second));
	cr_assert_lt(at(root_pivot), at(userns_second));
}

Test(steps, no_handle_on_the_host_reaches_the_program)
{
	cr_assert_eq(steps[at(host_close)].phase, PHASE_CHILD);
	cr_assert_gt(at(host_close), at(userns_second));
	cr_assert_eq(steps[at(fds_close)].phase, PHASE_PROGRAM);
}

/* SECCOMP_SET_MODE_FILTER needs no_new_privs, and the filter may forbid every other step but the wait for the others. */
Test(steps, the_filter_is_the_last_step_of_the_program_and_of_pid_1)
{
	for (size_t i = at(filter_load) + 1; i < n_steps; i++)
		cr_assert(steps[i].run == confined_wait || steps[i].phase == PHASE_END || steps[i].phase == PHASE_LAST, "%s", steps[i].name);
	cr_assert_lt(at(caps_drop), at(filter_load));
	cr_assert_eq(steps[at(filter_load_init)].phase, PHASE_INIT);
	cr_assert_eq(steps[at(filter_load_init) + 2].phase, PHASE_PROGRAM);
}

/* Two say it, as the counter has it, whatever the plan; and the last thing that the program does is to wait for them. */
Test(steps, supervisor_and_pid_1_say_that_they_are_confined_when_nothing_is_left_to_do)
{
	size_t n = 0;

	for (size_t i = 0; i < n_steps; i++) {
		if (steps[i].run != confined_say)
			continue;
		cr_assert_null(steps[i].wanted);
		cr_assert_eq(steps[i].phase, n == 0 ? PHASE_SUPERVISOR : PHASE_INIT);
		cr_assert_eq(steps[i - 1].run, n == 0 ? filter_load_supervisor : filter_load_init);
		cr_assert_neq(steps[i + 1].phase, steps[i].phase);
		n++;
	}
	cr_assert_eq(n, 2);
	cr_assert_null(steps[at(confined_wait)].wanted);
	cr_assert_eq(steps[at(confined_wait)].phase, PHASE_PROGRAM);
	cr_assert_neq(steps[at(confined_wait) + 1].phase, PHASE_PROGRAM);
}

Test(steps, capabilities_are_dropped_in_every_plan)
{
	struct plan plan = { .keep_caps = 0 };

	for (int round = 0; round < 2; round++) {
		unsigned program = 0, init = 0;

		plan.keep_caps = round ? 1 << 10 : 0;
		for (size_t i = 0; i < n_steps; i++) {
			if (steps[i].run != caps_drop && steps[i].run != caps_drop_init)
				continue;
			if (steps[i].wanted && !steps[i].wanted(&plan))
				continue;
			program += steps[i].phase == PHASE_CHILD || steps[i].phase == PHASE_PROGRAM;
			init += steps[i].phase == PHASE_CHILD || steps[i].phase == PHASE_INIT;
		}
		cr_assert_eq(program, 1);
		cr_assert_eq(init, 1);
	}
}
