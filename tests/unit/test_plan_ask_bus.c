/* SPDX-License-Identifier: MIT */
/* One question about a message bus, or about its socket. */
#include <errno.h>

#include "plan/verdict.h"
#include "support.h"

TestSuite(plan_ask_bus, .fini = leak_check);

#define BUSES "f /usr/bin/xdg-dbus-proxy\ns /run/user/1000/bus\ns /run/dbus/system_bus_socket\nd /var/run\n"

/* A plan for a caller with a runtime directory and, maybe, an environment, which must last. */
static struct bench *bench_of(char *const *env, const char *profile, const char *machine)
{
	struct caller c = fake_caller();

	if (env)
		c.environ = env;
	c.runtime_dir = "/run/user/1000";
	struct bench *b = bench_plan_as(&c, NULL, profile, machine);
	cr_assert(b->plan, "%s", bench_problems(b));
	return b;
}
#define PLAN_IN(b, profile, machine) _cleanup_bench_ struct bench *b = bench_of(NULL, profile, machine)

static struct verdict ask(struct bench *b, const char *text)
{
	struct verdict v;

	cr_assert_eq(plan_ask_bus_text(b->plan, text, b->arena, &v), 0, "%s", v.text);
	return v;
}

static struct verdict ask_path(struct bench *b, const char *path)
{
	struct verdict v;

	plan_ask_path(b->plan, b->host, path, ASK_FOR_READ, b->arena, &v);
	return v;
}

static void denied(struct bench *b, const char *text, unsigned line, const char *change)
{
	struct verdict v = ask(b, text);

	cr_assert_eq(v.kind, VERDICT_DENIED, "%s", v.text);
	cr_assert_eq(v.from.line, line, "%s: %s", text, origin_text(b->arena, v.from));
	cr_assert_str_eq(v.change ? v.change : "none", change, "%s", text);
	cr_assert_eq(!v.change, !!v.why_not, "%s", text);
}

Test(plan_ask_bus, a_name_and_what_is_needed_for_it)
{
	PLAN_IN(b, "[desktop]\ndbus-talk = org.a.B org.a.C.*\ndbus-see = org.a.D org.a.B\ndbus-own = org.a.E.*\nnotifications = yes\n", BUSES);
	static const char *const allowed[] = { "org.a.B", "see:org.a.B", "org.a.C", "org.a.C.x.y", "see:org.a.D", "own:org.a.E.f", "org.a.E.f",
					       "org.freedesktop.Notifications", "org.freedesktop.DBus" };
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
		cr_assert_eq(ask(b, allowed[i]).kind, VERDICT_ALLOWED, "%s", allowed[i]);
	cr_assert_eq(ask(b, "org.a.C.x").from.line, 2);
	cr_assert_eq(ask(b, "org.a.E").from.line, 4);
	denied(b, "org.a.BB", 0, "[desktop] dbus-talk = org.a.BB");
	denied(b, "org.a.B.c", 0, "[desktop] dbus-talk = org.a.B.c");
	denied(b, "org.a.D", 3, "[desktop] dbus-talk = org.a.D");
	cr_assert(strstr(ask(b, "org.a.D").text, "only seen"));
	denied(b, "own:org.a.B", 2, "[desktop] dbus-own = org.a.B");
	denied(b, "see:org.x.Y", 0, "[desktop] dbus-see = org.x.Y");
	denied(b, "own:org.freedesktop.DBus", 0, "[desktop] dbus-own = org.freedesktop.DBus");
}

Test(plan_ask_bus, no_line_for_what_leads_out)
{
	PLAN_IN(b, "[desktop]\ndbus-talk = org.a.B\n", BUSES);
	denied(b, "org.freedesktop.systemd1", 0, "none");
	denied(b, "org.freedesktop.secrets", 0, "none");
	denied(b, "own:org.freedesktop.secrets", 0, "none");
	denied(b, "system:org.freedesktop.login1", 0, "none");
	denied(b, "see:org.freedesktop.systemd1", 0, "[desktop] dbus-see = org.freedesktop.systemd1");
	struct verdict v;
	plan_ask_bus(b->plan, BUS_SESSION, BUS_TALK, ":1.5", b->arena, &v);
	cr_assert(!v.change && strstr(v.why_not, "one connection"));
	plan_ask_bus(b->plan, BUS_SESSION, BUS_TALK, "org.a.*", b->arena, &v);
	cr_assert(!v.change && v.why_not);
	plan_ask_bus(b->plan, BUS_SESSION, BUS_TALK, "org.a.B\n[files]", b->arena, &v);
	cr_assert(!v.change && v.why_not);
	plan_ask_bus(b->plan, BUS_SYSTEM, BUS_OWN, "org.a.B", b->arena, &v);
	cr_assert(!v.change && v.why_not);
	plan_ask_bus(b->plan, BUS_SYSTEM, BUS_SEE, "org.a.B", b->arena, &v);
	cr_assert_str_eq(v.change, "[desktop] system-bus-talk = org.a.B");
}

Test(plan_ask_bus, a_bus_that_is_not_given)
{
	PLAN_IN(b, "", BUSES);
	denied(b, "org.a.B", 0, "[desktop] dbus-talk = org.a.B");
	cr_assert(strstr(ask(b, "org.a.B").text, "the bus is not given"));
	denied(b, "org.freedesktop.DBus", 0, "[desktop] dbus-talk = org.freedesktop.DBus");
	PLAN_IN(none, "[desktop]\nnotifications = yes\n", "s /run/user/1000/bus\n");
	struct verdict v = ask(none, "org.freedesktop.Notifications");
	cr_assert(v.kind == VERDICT_DENIED && v.from.line == 2 && !v.change && v.why_not);
}

Test(plan_ask_bus, what_is_no_name)
{
	static const char *const wrong[] = { "", "org", "*", "org.a.*", "talk:org.a.B", "own:", ":1.5", "org.a.B:80" };
	PLAN_IN(b, "", BUSES);

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct verdict v;

		cr_assert_eq(plan_ask_bus_text(b->plan, wrong[i], b->arena, &v), -EINVAL, "%s", wrong[i]);
		cr_assert(strstr(v.text, "not a name of a bus"));
	}
}

Test(plan_ask_bus, never_the_socket_itself)
{
	PLAN_IN(b, "", BUSES "s /run/user/1000/systemd/private\ns /run/docker.sock\ns /run/user/1000/other\n");
	cr_assert_str_eq(ask_path(b, "/run/user/1000/bus").option, "--set=desktop.dbus-talk=org.freedesktop.DBus");
	cr_assert(strstr(ask_path(b, "/run/user/1000/bus").text, "session bus"));
	cr_assert_str_eq(ask_path(b, "/run/dbus/system_bus_socket").change, "[desktop] system-bus-talk = org.freedesktop.DBus");
	static const char *const never[] = { "/run/dbus", "/run/user/1000/systemd/private", "/run/docker.sock" };
	for (size_t i = 0; i < ARRAY_SIZE(never); i++)
		cr_assert(!ask_path(b, never[i]).change && ask_path(b, never[i]).why_not, "%s", never[i]);
	cr_assert_str_eq(ask_path(b, "/run/user/1000/other").option, "--ro=/run/user/1000/other");

	char address[] = "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/dbus-x,guid=1";
	char *const env[] = { address, NULL };
	_cleanup_bench_ struct bench *other = bench_of(env, "", "s /run/user/1000/dbus-x\n" BUSES);
	cr_assert_str_eq(ask_path(other, "/run/user/1000/dbus-x").change, "[desktop] dbus-talk = org.freedesktop.DBus");
	cr_assert_str_eq(ask_path(other, "/run/user/1000/bus").change, "[desktop] dbus-talk = org.freedesktop.DBus");

	PLAN_IN(without, "[desktop]\nnotifications = yes\n", "s /run/user/1000/bus\n");
	cr_assert(!ask_path(without, "/run/user/1000/bus").change && ask_path(without, "/run/user/1000/bus").why_not);
}
