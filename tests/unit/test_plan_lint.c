/* SPDX-License-Identifier: MIT */
/* Every lint finds what it is for, at its line, and nothing in a profile that is fine. */
#include "support.h"

#include "plan/lint.h"

TestSuite(plan_lint, .fini = leak_check);

static struct caller user(void)
{
	static const char *const env[] = { "HOME=/home/u", "PATH=/usr/bin:/home/u/tools:/home/u/own/bin", NULL };
	struct caller c = fake_caller();

	c.runtime_dir = "/run/user/1000";
	c.environ = (char *const *)env;
	return c;
}

static const char *found_text(struct bench *b, const finding_list *found)
{
	const char *text = "";

	vec_each (f, found)
		text = arena_printf(b->arena, "%s%u: %s: %s\n", text, f->from.line, f->lint->id, f->text);
	return text;
}

static finding_list lint(struct bench *b)
{
	finding_list found;

	cr_assert(b->plan, "%s", bench_problems(b));
	plan_lint(b->plan, b->host, b->arena, &b->err, &found);
	return found;
}

static bool has(const finding_list *found, const char *id, unsigned line)
{
	vec_each (f, found)
		if (streq(f->lint->id, id) && f->from.line == line)
			return true;
	return false;
}

#define HOST "f /usr/bin/pasta\nd /home/u\nf /home/u/.bashrc\nd /home/u/.ssh\nf /home/u/.ssh/id\nd /home/u/tools\nd /home/u/own/bin\nd /home/u/g/.git/hooks\nf /home/u/g/.git/config\n" \
	     "s /run/user/1000/bus\ns /run/user/1000/keyring/ssh\ns /run/docker.sock\nd /tmp/.X11-unix\ns /tmp/.X11-unix/X0\nd /home/u/.config\n" \
	     "c /dev/input/event0\nd /sys\nd /home/u/fine\nd /srv\nd /opt\nd /mnt\nd /media\n"

/* The line is the last but the section's; what one of these says may be found by several lints. */
static const struct {
	const char *id, *profile;
	unsigned line;
} wrong[] = {
	{ "home-writable", "[files]\nrw = ~\n", 2 },
	{ "home-writable", "[files]\nhome = host\n", 2 },
	{ "home-writable", "[files]\nrw = /home\n", 2 },
	{ "home-readable", "[files]\nro = ~\n", 2 },
	{ "home-readable", "[files]\nhome = host-ro\n", 2 },
	{ "startup-writable", "[files]\nrw = ~/.bashrc\n", 2 },
	{ "startup-writable", "[files]\nrw = ~/.config\n", 2 },
	{ "path-writable", "[files]\nrw = ~/tools\n", 2 },
	{ "path-writable", "[files]\nrw = ~/own\n", 2 },
	{ "git-writable", "[files]\nrw = ~/g\n", 2 },
	{ "system-writable", "[files]\nrw = /etc\n", 2 },
	{ "secret-visible", "[files]\nro = ~/.ssh\n", 2 },
	{ "secret-visible", "[files]\nro = ~/.ssh:/keys\n", 2 },
	{ "engine-socket", "[files]\nro = /run/docker.sock\n", 2 },
	{ "engine-socket", "[files]\nro = /run\n", 2 },
	{ "bus-socket", "[files]\nrw = ${XDG_RUNTIME_DIR}\n", 2 },
	{ "agent-socket", "[files]\nro = ${XDG_RUNTIME_DIR}/keyring/ssh\n", 2 },
	{ "bus-names", "[desktop]\ndbus-talk = org.a.B org.freedesktop.*\n", 2 },
	{ "x11-always", "[desktop]\nx11 = yes\n", 2 },
	{ "home-readable", "[files]\noverlay = ~\n", 2 },
	{ "x11-socket", "[files]\nro = /tmp/.X11-unix\n", 2 },
	{ "abstract-sockets", "[network]\nmode = host\n[landlock]\nscope =\n", 2 },
	{ "kernel-files", "[files]\nro = /sys\n", 2 },
	{ "device-risky", "[files]\ndev = /dev/input/event0\n", 2 },
	{ "nested-full", "[namespaces]\nnested = full\n", 2 },
	{ "caps-nested", "[namespaces]\nnested = sandbox\n[capabilities]\nkeep = net_admin\n", 4 },
	{ "debug-calls", "[seccomp]\nallow = @debug\n", 2 },
	{ "landlock-off", "[landlock]\nfs = off\n", 2 },
	{ "tty-inherit", "[process]\ntty = inherit\n", 2 },
	{ "core-dump", "[rlimits]\ncore = unlimited\n", 2 },
	{ "root-alone", "[ids]\nuser = root\n", 2 },
	{ "env-secret", "[environment]\npass = GITHUB_TOKEN\n", 2 },
	{ "env-secret", "[environment]\npass = MY_COMPANY_TOKEN\n", 2 },
	{ "env-secret", "[environment]\npass = AWS_*\n", 2 },
	{ "env-secret", "[environment]\npass = *\n", 2 },
	{ "no-effect", "[files]\nro = ~/g\nro = ~/g/.git\n", 3 },
	{ "no-effect", "[files]\nsystem = host\nro = /usr/bin\n", 3 },
	{ "no-effect-calls", "[seccomp]\nallow = getpid read\nallow = @file\nallow = @base\n", 4 },
};

Test(plan_lint, each_finds_what_it_is_for)
{
	const struct caller c = user();

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		_cleanup_bench_ struct bench *b = bench_plan_as(&c, NULL, wrong[i].profile, HOST);
		finding_list found = lint(b);

		cr_expect(has(&found, wrong[i].id, wrong[i].line), "%s in\n%sfound:\n%s", wrong[i].id, wrong[i].profile, found_text(b, &found));
	}
	for (size_t l = 0; l < n_lints; l++) {
		bool tried = false;

		for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
			tried |= streq(wrong[i].id, lints[l].id);
		cr_expect(tried, "no test for %s", lints[l].id);
		cr_expect(lints[l].risk && lints[l].remedy);
	}
}

Test(plan_lint, what_is_fine_is_left_alone)
{
	static const char *const fine[] = {
		"",
		"[files]\nsystem = host\ncwd = rw\n",
		"[files]\nrw = ~/fine\nro = ~/tools\nro = ~/.bashrc\n",
		"[files]\nrw = ~/g\nro = ~/g/.git/hooks\nro = ~/g/.git/config\n",
		"[files]\nrw = ~/own\nro = ~/own/bin\n",
		"[files]\nro = /run\nhide = /run/docker.sock\nhide = /run/user\n",
		"[files]\nhide = ~/nothing\nro = -/none\n",
		"[network]\nmode = host\n",
		"[namespaces]\nnested = sandbox\n",
		"[files]\noverlay = ~/tools\noverlay = ~/g\n",
		"[environment]\npass = EDITOR MAKEFLAGS DISPLAY\n",
		"[environment]\npass = AWS_*\nunset = AWS_S*\n",
		"[seccomp]\nallow = @extra\ndeny = mkdirat\n",
		"[ids]\nuser = 7\n",
		"[profile]\nextends = ./base.ini\n[files]\nrw = ~/fine\n----\n[files]\nro = ~/fine\n",
	};
	const struct caller c = user();

	for (size_t i = 0; i < ARRAY_SIZE(fine); i++) {
		_cleanup_bench_ struct bench *b = bench_plan_as(&c, NULL, fine[i], HOST);
		finding_list found = lint(b);

		cr_expect_eq(found.n, 0, "%s\nfound:\n%s", fine[i], found_text(b, &found));
	}
}

Test(plan_lint, what_is_meant_is_accepted_by_name)
{
	PLAN(b, "[profile]\naccept = debug-calls\n[seccomp]\nallow = @debug\n[process]\ntty = inherit\n", "");
	finding_list found = lint(b);

	cr_assert_eq(found.n, 1);
	cr_assert_str_eq(found.v[0].lint->id, "tty-inherit");
	finding_warn(&found.v[0], &b->err);
	cr_assert(strstr(bench_problems(b), "(tty-inherit)"), "%s", bench_problems(b));

	PLAN(c, "[profile]\naccept = debug-call\n", "");
	(void)lint(c);
	cr_assert_eq(c->err.errors, 1);
	cr_assert(strstr(bench_problems(c), "did you mean debug-calls"), "%s", bench_problems(c));
}

/* ---- the score ---- */

static double score(const char *profile)
{
	_cleanup_bench_ struct bench *b = bench_plan(profile, HOST);
	struct score s;
	double sum = 0;

	cr_assert(b->plan, "%s", bench_problems(b));
	plan_score(b->plan, b->host, b->arena, &s);
	vec_each (i, &s.items) {
		cr_assert(i->cost >= 0 && i->cost <= i->worst, "%s costs %.2f of %.2f", i->id, i->cost, i->worst);
		cr_assert(i->text && i->from.file, "%s", i->id);
		sum += i->cost;
	}
	cr_assert(s.total <= 10.0 && (s.total == 10.0 || (sum - s.total < 0.001 && s.total - sum < 0.001)));
	return s.total;
}

Test(plan_lint, more_that_is_shared_scores_higher)
{
	static const char *const more[] = {
		"[files]\nrw = ~/fine\n",      "[files]\nro = ~/fine\n",      "[files]\ncwd = ro\n",           "[files]\nsystem = host\n",
		"[files]\nhome = host-ro\n",   "[files]\nhome = private\n",   "[network]\nmode = host\n",      "[namespaces]\nnested = sandbox\n",
		"[capabilities]\nkeep = chown\n", "[seccomp]\nallow = @debug\n", "[seccomp]\nsockets = packet\n", "[files]\ndev = /dev/input/event0\n",
		"[namespaces]\nipc = host\n",  "[landlock]\nfs = off\n",      "[process]\ntty = inherit\n",    "[ids]\nuser = root\n",
		"[seccomp]\ndefault = log\n", "[desktop]\nx11 = yes\n",
	};
	double empty = score(""), bounded = score("[rlimits]\nnproc = 100\n");

	for (size_t i = 0; i < ARRAY_SIZE(more); i++)
		cr_expect_gt(score(more[i]), empty, "%s", more[i]);
	cr_assert_gt(score("[files]\nhome = host\n"), score("[files]\nhome = host-ro\n"));
	cr_assert_gt(empty, bounded);
}

Test(plan_lint, less_than_all_of_it_scores_lower)
{
	static const char user[] = "[network]\nmode = user\n", listed[] = "[network]\nmode = user\nallow = example.org\n";

	cr_assert_gt(score(user), score(listed));
	cr_assert_gt(score(listed), score(""));
	cr_assert_eq(score("[files]\nrw = ~/g\nro = ~/g/.git/hooks\nro = ~/g/.git/config\n"), score("[files]\nrw = ~/g\n"));
	/* Kept directories are sbox's own, as a private home is. */
	cr_assert_eq(score("[files]\nsystem = host\nkeep = ~/.a\nkeep = ~/.b\nkeep = ~/.c\nkeep = ~/.d\n"),
		     score("[files]\nsystem = host\nhome = private\n"));
}

Test(plan_lint, the_score_ends_at_ten)
{
	cr_assert_eq(score("[files]\nhome = host\nsystem = host\nrw = /srv\nrw = /opt\nrw = /mnt\nrw = /media\ndev = /dev/input/event0\n[network]\nmode = host\n"
			   "[namespaces]\nnested = full\nipc = host\nuts = host\n[seccomp]\ndefault = log\n[landlock]\nfs = off\nscope =\n[process]\ntty = inherit\n"),
		     10.0);
	cr_assert_str_eq(score_word(0.9), "tight");
	cr_assert_str_eq(score_word(9.9), "open");
}
