/* SPDX-License-Identifier: MIT */
/* What is run or written outside: the log, and whose hooks are believed. */
#include "support.h"

TestSuite(plan_hooks, .fini = leak_check);

Test(plan_hooks, without_a_line_there_is_neither)
{
	PLAN(b, "", "p tty 7\n");
	cr_assert_eq(b->plan->log.to, LOG_NONE);
	cr_assert_eq(b->plan->hooks.n, 0);
	cr_assert_eq(b->plan->tty_fds, 7U);
	cr_assert_null(b->plan->logger_program.filter);
}

Test(plan_hooks, a_log_takes_the_output_and_leaves_the_input)
{
	PLAN(b, "[process]\nlog = ~/l/log\n", "d /var/home/u/l\nl /home/u/l /var/home/u/l\np tty 7\n");
	cr_assert_eq(b->plan->log.to, LOG_FILE);
	cr_assert_str_eq(b->plan->log.file, "/var/home/u/l/log");
	cr_assert_eq(b->plan->tty_fds, 1U);
	cr_assert_not_null(b->plan->logger_program.filter);
	PLAN(journal, "[process]\nlog = journal\n", "");
	cr_assert_eq(journal->plan->log.to, LOG_JOURNAL);
}

Test(plan_hooks, a_log_is_a_file_that_the_program_cannot_reach)
{
	REFUSED("[process]\nlog = /srv/l\n", "d /srv/l\n", 2, "not a file");
	REFUSED("[process]\nlog = /none/l\n", "", 2, "cannot write /none/l");
	REFUSED("[files]\nrw = /srv\n[process]\nlog = /srv/l\n", "d /srv\n", 4, "the sandbox can write there");
	REFUSED("[files]\nrw = /srv/l\n[process]\nlog = /srv/l\n", "f /srv/l\n", 4, "the sandbox can write there");
	REFUSED("[files]\nrw = /same\n[process]\nlog = /srv/l\n", "d /srv\n= /same /srv\n", 4, "the sandbox can write there");
	REFUSED("[process]\nlog = ~/.local/state/sbox/homes/x/l\n", "d /home/u/.local/state/sbox/homes/x\n", 2, "the sandbox can write there");
	PLAN(b, "[files]\nro = /srv\noverlay = /data\n[process]\nlog = /srv/l\n", "d /srv\nd /data\n");
}

/* The bench's profile is given by its path. */
Test(plan_hooks, a_hook_needs_an_installed_profile)
{
	REFUSED("[hooks]\nbefore = /usr/bin/true\n", "f /usr/bin/true\nm /usr/bin/true 755\n", 2, "not from a profile given by its path");
}
