/* SPDX-License-Identifier: MIT */
/* One question, one answer, and the line that would change it. */
#include "plan/verdict.h"
#include "support.h"

TestSuite(plan_ask, .fini = leak_check);

static struct verdict ask(struct bench *b, const char *path)
{
	struct verdict v;

	plan_ask_path(b->plan, b->host, path, ASK_FOR_READ, b->arena, &v);
	return v;
}

static void answers(struct bench *b, const char *path, int kind, unsigned line)
{
	struct verdict v = ask(b, path);

	cr_assert((int)v.kind == kind, "%s: %s", path, v.text);
	cr_assert_eq(v.from.line, line, "%s: line %u decided", path, v.from.line);
	cr_assert(strstr(v.text, path), "%s", v.text);
}

Test(plan_ask, each_kind_of_answer_names_its_line)
{
	PLAN(b, "[files]\nrw = /p\nhide = /p/.env\nro = /p/.git/hooks\n", "f /p/.env\nd /p/.git/hooks\nf /p/f\nf /srv/x\n");
	answers(b, "/p/f", VERDICT_WRITE, 2);
	answers(b, "/p/.git", VERDICT_WRITE, 4);
	answers(b, "/p/.git/hooks", VERDICT_READ, 4);
	answers(b, "/p/.env", VERDICT_MASKED, 3);
	answers(b, "/p/none", VERDICT_ABSENT, 2);
	answers(b, "/srv/x", VERDICT_ABSENT, 0);
	answers(b, "/", VERDICT_READ, 0);
}

/* sbox makes these itself, or, when a line hides them, does not. */
Test(plan_ask, what_is_left_out_names_the_line_that_hides_it)
{
	PLAN(b, "[files]\nsystem = host\nhide = /etc/passwd\nhide = /dev/nul*\nhide = /srv\n", "f /srv/x\nf /etc/group\nf /etc/passwd\n");
	answers(b, "/etc/passwd", VERDICT_ABSENT, 3);
	answers(b, "/dev/null", VERDICT_ABSENT, 4);
	answers(b, "/srv/x", VERDICT_ABSENT, 5);
	cr_assert(strstr(ask(b, "/etc/passwd").text, "a line hides it"));
	cr_assert_str_eq(ask(b, "/etc/passwd").change, "[files] ro = /etc/passwd");
	cr_assert_str_eq(ask(b, "/dev/null").change, "[files] dev = /dev/null");
	answers(b, "/etc/group", VERDICT_READ, 2);
}

Test(plan_ask, the_line_that_would_change_it_is_offered)
{
	PLAN(b, "[files]\nro = /p\nhide = /p/.env\n", "f /p/.env\nf /p/f\nf /srv/x\n");
	cr_assert_str_eq(ask(b, "/p/f").change, "[files] rw = /p/f");
	cr_assert_str_eq(ask(b, "/p/f").option, "--rw=/p/f");
	cr_assert_str_eq(ask(b, "/p/.env").change, "[files] ro = /p/.env");
	cr_assert_str_eq(ask(b, "/srv/x").change, "[files] ro = /srv/x");
	cr_assert_null(ask(b, "/none/at/all").change, "nothing would");
}

Test(plan_ask, what_a_home_of_the_profiles_own_lacks_is_in_the_users)
{
	PLAN(b, "[files]\nsystem = host\nhome = private\ndata = ~/.bashrc # fixed\n", "d /home/u/.local/state/sbox/homes/t\nf /home/u/notes\nf /home/u/.ssh/id\n");
	answers(b, "/home/u/notes", VERDICT_ABSENT, 3);
	cr_assert_str_eq(ask(b, "/home/u/notes").text, "/home/u/notes is not visible inside");
	cr_assert_str_eq(ask(b, "/home/u/notes").change, "[files] ro = /home/u/notes");
	cr_assert(ask(b, "/home/u/.ssh/id").why_not);
	cr_assert(strstr(ask(b, "/home/u/none").text, "can be made"));
	answers(b, "/home/u/.bashrc", VERDICT_READ, 4);
	cr_assert(ask(b, "/home/u/.bashrc").why_not);
}

Test(plan_ask, what_is_offered_can_be_copied)
{
	PLAN(b, "[files]\nro = /p\n", "f /p/a:b\nf /p/[x]*?\n");
	cr_assert_str_eq(ask(b, "/p/a:b").change, "[files] rw = /p/a\\:b");
	cr_assert_str_eq(ask(b, "/p/[x]*?").change, "[files] rw = /p/\\[x]\\*\\?");
}

Test(plan_ask, a_secret_is_never_offered_with_a_ready_line)
{
	static const char *const secrets[] = { "/home/u/.ssh", "/home/u/.ssh/id", "/home/u/.aws/x", "/home/u/.netrc",
						"/home/u/.zsh_history", "/home/u/.config/chromium/Default/Cookies" };

	PLAN(b, "", "f /home/u/.ssh/id\nf /home/u/.aws/x\nf /home/u/.netrc\nf /home/u/.zsh_history\nf /home/u/.config/chromium/Default/Cookies\nf /home/u/.sshrc\n");
	for (size_t i = 0; i < ARRAY_SIZE(secrets); i++) {
		struct verdict v = ask(b, secrets[i]);

		cr_assert_eq(v.kind, VERDICT_ABSENT);
		cr_assert_null(v.option, "%s", v.option);
		cr_assert_null(v.change, "%s", v.change);
		cr_assert(v.why_not);
	}
	cr_assert_str_eq(ask(b, "/home/u/.sshrc").option, "--ro=/home/u/.sshrc");
}

Test(plan_ask, nor_is_a_directory_that_holds_one)
{
	PLAN(b, "", "f /home/u/.config/gh/hosts.yml\nf /home/u/.config/foo/x\nd /home/u/.local/share\n");
	cr_assert_null(ask(b, "/home/u/.config").option);
	cr_assert(strstr(ask(b, "/home/u/.config").why_not, "/home/u/.config/gh"), "%s", ask(b, "/home/u/.config").why_not);
	cr_assert_str_eq(ask(b, "/home/u/.config/foo").option, "--ro=/home/u/.config/foo");
	cr_assert_str_eq(ask(b, "/home/u/.local").option, "--ro=/home/u/.local");
}

Test(plan_ask, links_are_followed_as_the_program_would)
{
	PLAN(b, "[files]\nsystem = host\nrw = /p\nhide = /p/.env\n",
	     "l /p/secret /home/u/.ssh/id\nl /p/env .env\nl /p/dir sub\nf /p/sub/f\nf /p/.env\nf /home/u/.ssh/id\nf /usr/bin/sh\nl /p/loop loop\n");
	answers(b, "/bin/sh", VERDICT_READ, 2);
	cr_assert_eq(ask(b, "/p/secret").kind, VERDICT_ABSENT, "where it leads is not inside");
	cr_assert_null(ask(b, "/p/secret").option);
	cr_assert_eq(ask(b, "/p/env").kind, VERDICT_MASKED);
	cr_assert_eq(ask(b, "/p/dir/f").kind, VERDICT_WRITE);
	cr_assert_eq(ask(b, "/p/loop").kind, VERDICT_ABSENT);
}

Test(plan_ask, a_place_inside_is_not_the_hosts_at_that_path)
{
	PLAN(b, "[files]\nsystem = host\nrw = /p:/srv\n", "f /p/x\nf /srv/y\nf /tmp/z\n");
	cr_assert_eq(ask(b, "/srv/x").kind, VERDICT_WRITE);
	cr_assert_eq(ask(b, "/srv/y").kind, VERDICT_ABSENT);
	cr_assert_eq(ask(b, "/tmp/z").kind, VERDICT_ABSENT);
	cr_assert_eq(ask(b, "/tmp").kind, VERDICT_WRITE);
}

Test(plan_ask, devices_and_proc)
{
	PLAN(b, "", "f /proc/cpuinfo\nc /dev/sda\n");
	cr_assert_eq(ask(b, "/dev/null").kind, VERDICT_WRITE, "a read-only mount does not keep a device from being written");
	cr_assert_eq(ask(b, "/dev/sda").kind, VERDICT_ABSENT);
	cr_assert(strstr(ask(b, "/proc/cpuinfo").text, "own /proc"), "%s", ask(b, "/proc/cpuinfo").text);
	cr_assert_eq(ask(b, "/proc").kind, VERDICT_READ);
}

Test(plan_ask, permissions_hold_as_they_do_outside)
{
	PLAN(b, "[files]\nrw = /p\nro = /q\n", "f /p/ro\nm /p/ro 0400\nf /p/none\nm /p/none 0200\nf /q/ro\nm /q/ro 0444\nd /p/shut\nm /p/shut 0300\nf /p/x\nm /p/x 0755\n");
	answers(b, "/p/ro", VERDICT_READ, 2);
	cr_assert_null(ask(b, "/p/ro").change, "no line gives what the owner does not");
	cr_assert(ask(b, "/p/ro").why_not);
	answers(b, "/p/none", VERDICT_WRITE, 2);
	answers(b, "/p/shut", VERDICT_WRITE, 2);
	cr_assert_null(ask(b, "/q/ro").change);
	cr_assert(ask(b, "/p/x").exec);
	cr_assert_not(ask(b, "/p/ro").exec);
	cr_assert(strstr(ask(b, "/p/new").text, "it can be made"), "%s", ask(b, "/p/new").text);
}

Test(plan_ask, devices_and_sockets_in_what_is_given)
{
	PLAN(b, "[files]\nro = /p\n", "c /p/dev\ns /p/sock\n");
	answers(b, "/p/dev", VERDICT_DENIED, 2);
	cr_assert_str_eq(ask(b, "/p/dev").change, "[files] dev = /p/dev");
	cr_assert_str_eq(ask(b, "/p/dev").option, "--set=files.dev=/p/dev");
	answers(b, "/p/sock", VERDICT_WRITE, 2);
}

Test(plan_ask, what_is_wanted_decides_what_is_offered)
{
	struct verdict v;

	PLAN(b, "[files]\nrw = /p\nnoexec = /p\nnoexec = -/q\nhide = /p/.env\n", "f /p/.env\nf /p/x\nm /p/x 0755\nf /srv/x\nd /data\n");
	plan_ask_path(b->plan, b->host, "/srv/x", ASK_FOR_WRITE, b->arena, &v);
	cr_assert_str_eq(v.option, "--rw=/srv/x");
	plan_ask_path(b->plan, b->host, "/p/.env", ASK_FOR_WRITE, b->arena, &v);
	cr_assert_str_eq(v.option, "--rw=/p/.env");
	plan_ask_path(b->plan, b->host, "/data/new", ASK_FOR_WRITE, b->arena, &v);
	cr_assert_str_eq(v.option, "--rw=/data");
	plan_ask_path(b->plan, b->host, "/p/x", ASK_FOR_EXEC, b->arena, &v);
	cr_assert_eq(v.kind, VERDICT_WRITE);
	cr_assert_not(v.exec);
	cr_assert_eq(v.from.line, 3);
	cr_assert_str_eq(v.change, "[files] noexec =\n[files] noexec = -/q");
	cr_assert_str_eq(v.option, "--set=files.noexec=\n--set=files.noexec=-/q");
}

Test(plan_ask, proc_as_it_is_guarded)
{
	PLAN(b, "", "f /proc/kcore\nf /proc/sys/kernel/x\nf /proc/self/comm\nf /proc/cpuinfo\nm /proc/cpuinfo 0444\nf /proc/slabinfo\nm /proc/slabinfo 0\n");
	cr_assert_eq(ask(b, "/proc/kcore").kind, VERDICT_MASKED);
	cr_assert_eq(ask(b, "/proc/sys/kernel/x").kind, VERDICT_READ);
	cr_assert_eq(ask(b, "/proc/self/comm").kind, VERDICT_READ);
	cr_assert_eq(ask(b, "/proc/cpuinfo").kind, VERDICT_READ);
	cr_assert_eq(ask(b, "/proc/slabinfo").kind, VERDICT_DENIED);
	cr_assert_eq(ask(b, "/proc/none").kind, VERDICT_ABSENT);
}

Test(plan_ask, what_belongs_to_sbox_has_no_line)
{
	PLAN(b, "[files]\nrw = ~\n", "d /home/u/.config/sbox\nd /home/u/.local/state/sbox\n");
	struct verdict v = ask(b, "/home/u/.local/state/sbox");

	cr_assert_eq(v.kind, VERDICT_MASKED);
	cr_assert_null(v.change);
	cr_assert(v.why_not);
}
