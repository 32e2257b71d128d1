/* SPDX-License-Identifier: MIT */
#include "plan/verdict.h"
#include "support.h"

#include <stdio.h>

TestSuite(plan_services, .fini = leak_check);

static const char system_host[] = "[files]\nsystem = host\n";

static const char *variable(const struct bench *b, const char *name)
{
	vec_each (e, &b->plan->env)
		if (streq(e->name, name))
			return e->value;
	return NULL;
}

static struct caller caller_with(char *const *env)
{
	struct caller c = fake_caller();

	c.environ = env;
	c.runtime_dir = "/run/user/1000";
	return c;
}

#define PLAN_AS(b, env, profile, machine)                                                                                \
	struct caller caller_of_##b = caller_with((char *const *)env);                                                   \
	_cleanup_bench_ struct bench *b = bench_plan_as(&caller_of_##b, NULL, profile, machine);                         \
	cr_assert(b->plan, "%s", bench_problems(b))

static const char *profile_of(const char *lines)
{
	static char text[1024];

	(void)snprintf(text, sizeof(text), "%s[desktop]\n%s\n", system_host, lines);
	return text;
}

Test(plan_services, nothing_without_a_word)
{
	const char *env[] = { "DISPLAY=:1", "WAYLAND_DISPLAY=wayland-0", "SSH_AUTH_SOCK=/run/user/1000/ssh", NULL };
	PLAN_AS(b, env, system_host, "s /tmp/.X11-unix/X1\ns /run/user/1000/wayland-0\ns /run/user/1000/ssh\nd /dev/dri\n");

	cr_assert_null(entry(b, "/tmp/.X11-unix/X1"));
	cr_assert_null(entry(b, "/run/user/1000/wayland-0"));
	cr_assert_null(entry(b, "/dev/dri"));
	cr_assert_null(variable(b, "DISPLAY"));
	cr_assert_null(variable(b, "SSH_AUTH_SOCK"));
}

Test(plan_services, a_launched_window_can_say_that_it_is_there)
{
	const char *env[] = { "DISPLAY=:1", "WAYLAND_DISPLAY=wayland-0", "DESKTOP_STARTUP_ID=x_TIME1", "XDG_ACTIVATION_TOKEN=t", NULL };
	PLAN_AS(w, env, profile_of("wayland = yes"), "s /run/user/1000/wayland-0\n");

	cr_assert_str_eq(variable(w, "XDG_ACTIVATION_TOKEN"), "t");
	cr_assert_str_eq(variable(w, "DESKTOP_STARTUP_ID"), "x_TIME1");
	PLAN_AS(x, env, profile_of("x11 = yes"), "s /tmp/.X11-unix/X1\n");
	cr_assert_str_eq(variable(x, "DESKTOP_STARTUP_ID"), "x_TIME1");
}

Test(plan_services, wayland_is_one_socket_under_its_usual_name)
{
	const char *env[] = { "WAYLAND_DISPLAY=wayland-7", NULL };
	PLAN_AS(b, env, profile_of("wayland = yes"), "s /run/user/1000/wayland-7\ns /run/user/1000/bus\n");
	const struct mount_entry *m = entry(b, "/run/user/1000/wayland-0");

	cr_assert(m);
	cr_assert_str_eq(m->source, "/run/user/1000/wayland-7");
	cr_assert_eq(m->from.line, 4);
	cr_assert_str_eq(variable(b, "WAYLAND_DISPLAY"), "wayland-0");
	cr_assert_null(entry(b, "/run/user/1000/bus"));
}

Test(plan_services, a_compositor_with_security_contexts_is_asked_for_one)
{
	const char *env[] = { "WAYLAND_DISPLAY=wayland-7", NULL };
	PLAN_AS(b, env, profile_of("wayland = yes"), "s /run/user/1000/wayland-7\nw 1\n");
	const struct mount_entry *m = entry(b, "/run/user/1000/wayland-0");

	cr_assert(is_kind(m, MOUNT_SOCKET));
	cr_assert_eq(m->size, SOCKET_WAYLAND);
	cr_assert_str_eq(b->plan->wayland.socket, "/run/user/1000/wayland-7");
	cr_assert_str_eq(b->plan->wayland.app_id, "sbox.profile.t");
	cr_assert_str_eq(b->plan->own_dirs.v[b->plan->own_dirs.n - 1].path, b->plan->wayland.dir);
	cr_assert_str_eq(variable(b, "WAYLAND_DISPLAY"), "wayland-0");
}

Test(plan_services, a_compositor_without_them_gives_its_socket_and_one_that_hangs_none)
{
	const char *env[] = { "WAYLAND_DISPLAY=wayland-7", "DISPLAY=:1", NULL };
	PLAN_AS(b, env, profile_of("wayland = yes"), "s /run/user/1000/wayland-7\nw 0\n");
	cr_assert(is_kind(entry(b, "/run/user/1000/wayland-0"), MOUNT_BIND));
	cr_assert_null(b->plan->wayland.socket);
	cr_assert(strstr(bench_remarks(b), "no security contexts"), "%s", bench_remarks(b));

	PLAN_AS(hangs, env, profile_of("wayland = yes\nx11 = fallback"), "s /run/user/1000/wayland-7\ns /tmp/.X11-unix/X1\nw -110\n");

	cr_assert_null(entry(hangs, "/run/user/1000/wayland-0"));
	cr_assert_null(variable(hangs, "WAYLAND_DISPLAY"));
	cr_assert_str_eq(variable(hangs, "DISPLAY"), ":1");
	cr_assert(strstr(bench_problems(hangs), "does not answer"), "%s", bench_problems(hangs));
}

Test(plan_services, what_is_not_there_is_said)
{
	const char *env[] = { NULL };
	PLAN_AS(b, env, profile_of("wayland = yes\npulseaudio = yes\nssh-agent = yes\nx11 = yes"), "f /run/user/1000/wayland-0\n");

	cr_assert_null(entry(b, "/run/user/1000/wayland-0"));
	cr_assert_null(variable(b, "WAYLAND_DISPLAY"));
	cr_assert(strstr(bench_remarks(b), "4: /run/user/1000/wayland-0 is no socket"), "%s", bench_remarks(b));
	cr_assert(strstr(bench_remarks(b), "5: /run/user/1000/pulse/native is not there: skipped"));
	cr_assert(strstr(bench_remarks(b), "6: SSH_AUTH_SOCK is not set"));
	cr_assert(strstr(bench_remarks(b), "7: DISPLAY is not set"));
}

Test(plan_services, variables_lead_to_the_place_inside)
{
	const char *env[] = { "PULSE_SERVER=unix:/run/user/1000/p/q", "SSH_AUTH_SOCK=/tmp/ssh-1/agent.5", NULL };
	PLAN_AS(b, env, profile_of("pulseaudio = yes\nssh-agent = yes\ngpg-agent = yes"),
		"s /run/user/1000/p/q\ns /tmp/ssh-1/agent.5\ns /run/user/1000/gnupg/S.gpg-agent\ns /run/user/1000/gnupg/S.gpg-agent.extra\n");

	cr_assert_str_eq(entry(b, "/run/user/1000/pulse/native")->source, "/run/user/1000/p/q");
	cr_assert_str_eq(variable(b, "PULSE_SERVER"), "unix:/run/user/1000/pulse/native");
	cr_assert_str_eq(entry(b, "/run/user/1000/ssh-agent")->source, "/tmp/ssh-1/agent.5");
	cr_assert_str_eq(variable(b, "SSH_AUTH_SOCK"), "/run/user/1000/ssh-agent");
	cr_assert_str_eq(entry(b, "/run/user/1000/gnupg/S.gpg-agent")->source, "/run/user/1000/gnupg/S.gpg-agent.extra");
}

Test(plan_services, a_server_elsewhere_is_not_given)
{
	const char *env[] = { "PULSE_SERVER=tcp:10.0.0.1:4713", "DISPLAY=localhost:10.0", NULL };
	PLAN_AS(b, env, profile_of("pulseaudio = yes\nx11 = yes"), "s /tmp/.X11-unix/X10\n");

	cr_assert_null(variable(b, "PULSE_SERVER"));
	cr_assert_null(variable(b, "DISPLAY"));
	cr_assert_null(entry(b, "/tmp/.X11-unix/X10"));
}

Test(plan_services, devices_work_and_a_line_of_the_profile_has_the_last_word)
{
	const char *env[] = { NULL };
	PLAN_AS(b, env, "[files]\nsystem = host\nhide = /dev/nvidia1\n[desktop]\ngpu = yes\n",
		"c /dev/dri/renderD128\nc /dev/nvidia0\nc /dev/nvidia1\nd /sys/devices/pci0000:00\nd /sys/devices/system\n");

	cr_assert(is_kind(entry(b, "/dev/dri"), MOUNT_BIND));
	cr_assert(!(entry(b, "/dev/dri")->attrs & MOUNT_ATTR_NODEV));
	cr_assert(is_kind(entry(b, "/dev/nvidia0"), MOUNT_DEVICE));
	cr_assert_null(entry(b, "/dev/nvidia1"));
	cr_assert(is_ro(entry(b, "/sys/devices/pci0000:00")));
	cr_assert_null(entry(b, "/sys/devices/system"));
}

Test(plan_services, an_environment_line_overrides_a_word)
{
	const char *env[] = { "WAYLAND_DISPLAY=wayland-0", NULL };
	PLAN_AS(b, env, profile_of("wayland = yes\n[environment]\nset = GSETTINGS_BACKEND=memory\nunset = NO_AT_BRIDGE"),
		"s /run/user/1000/wayland-0\n");

	cr_assert_str_eq(variable(b, "GSETTINGS_BACKEND"), "memory");
	cr_assert_null(variable(b, "NO_AT_BRIDGE"));
}

/* ---- X11 ---- */

/* family, address, display, name, data: "host"/1 local, "other"/1 local, wild for 2, "10.0.0.1"/1 internet */
#define AUTH                                                                                                             \
	"f /home/u/.Xauthority hex:"                                                                                     \
	"0100" "0005" "6f74686572" "0001" "31" "0001" "4d" "0001" "aa"                                                   \
	"0100" "0004" "686f7374" "0001" "31" "0001" "4d" "0002" "bbcc"                                                   \
	"ffff" "0000" "0001" "32" "0001" "4d" "0001" "dd"                                                                \
	"0000" "0004" "0a000001" "0001" "31" "0001" "4d" "0001" "ee\n"                                                   \
	"f /proc/sys/kernel/hostname host;\n"

static const char *cookie(const struct bench *b)
{
	const struct mount_entry *m = entry(b, "/run/user/1000/Xauthority");
	const char *hex = "";

	for (size_t i = 0; m && i < m->size; i++)
		hex = arena_printf(b->arena, "%s%02x", hex, (unsigned char)m->source[i]);
	return hex;
}

Test(plan_services, x11_is_one_socket_and_one_cookie_for_any_host_name)
{
	const char *env[] = { "DISPLAY=:1.0", NULL };
	PLAN_AS(b, env, profile_of("x11 = yes"), "s /tmp/.X11-unix/X1\ns /tmp/.X11-unix/X2\n" AUTH);

	cr_assert(entry(b, "/tmp/.X11-unix/X1"));
	cr_assert_null(entry(b, "/tmp/.X11-unix/X2"));
	cr_assert_str_eq(variable(b, "DISPLAY"), ":1.0");
	cr_assert_str_eq(variable(b, "XAUTHORITY"), "/run/user/1000/Xauthority");
	cr_assert_str_eq(cookie(b), "ffff" "0000" "000131" "00014d" "0002bbcc");
	cr_assert_eq(entry(b, "/run/user/1000/Xauthority")->mode, 0600);
}

Test(plan_services, a_wild_cookie_and_none)
{
	const char *env[] = { "DISPLAY=unix:2", NULL };
	PLAN_AS(b, env, profile_of("x11 = yes"), "s /tmp/.X11-unix/X2\n" AUTH);
	cr_assert_str_eq(cookie(b), "ffff" "0000" "000132" "00014d" "0001dd");

	const char *none[] = { "DISPLAY=:3", NULL };
	PLAN_AS(without, none, profile_of("x11 = yes"), "s /tmp/.X11-unix/X3\n" AUTH);
	cr_assert(entry(without, "/tmp/.X11-unix/X3"));
	cr_assert_null(variable(without, "XAUTHORITY"));
	cr_assert(strstr(bench_remarks(without), "no cookie for display :3"));
}

/* In a home of the profile's own nothing is made but mount points; in the user's own the session's sockets would show. */
Test(plan_services, a_runtime_directory_in_the_home_is_a_mount)
{
	static const char *const homes[] = { "private", "host", "host-ro", "ephemeral" };
	const char *env[] = { "DISPLAY=:1", NULL };

	for (size_t i = 0; i < ARRAY_SIZE(homes); i++) {
		struct caller c = caller_with((char *const *)env);
		char text[256];

		c.runtime_dir = "/home/u/run";
		(void)snprintf(text, sizeof(text), "[files]\nsystem = host\nhome = %s\n[desktop]\nx11 = yes\n", homes[i]);
		_cleanup_bench_ struct bench *b = bench_plan_as(&c, NULL, text, "s /tmp/.X11-unix/X1\ns /home/u/run/bus\n" AUTH);
		cr_assert(b->plan, "%s", bench_problems(b));
		cr_assert(is_kind(entry(b, "/home/u/run"), streq(homes[i], "ephemeral") ? MOUNT_DIR : MOUNT_TMPFS), "%s", homes[i]);
		cr_assert_eq(entry(b, "/home/u/run")->mode, 0700);
		cr_assert(is_kind(entry(b, "/home/u/run/Xauthority"), MOUNT_FILE), "%s", homes[i]);
	}
}

/* A cookie file that ends in the middle of an entry, or whose lengths are larger than it. */
Test(plan_services, a_broken_cookie_file_gives_none)
{
	static const char *const files[] = { "01", "0100ffff61", "010000046", "01000004686f7374000131" };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		const char *env[] = { "DISPLAY=:1", NULL };
		char machine[256];

		(void)snprintf(machine, sizeof(machine), "s /tmp/.X11-unix/X1\nf /home/u/.Xauthority hex:%s\n", files[i]);
		PLAN_AS(b, env, profile_of("x11 = yes"), machine);
		cr_assert_null(variable(b, "XAUTHORITY"));
	}
}

/* libxcb gives up when Landlock refuses the abstract socket of the same number. */
Test(plan_services, another_number_where_the_abstract_socket_is_refused)
{
	const char *env[] = { "DISPLAY=:1", NULL };
	PLAN_AS(b, env, profile_of("x11 = yes\n[network]\nmode = host"), "s /tmp/.X11-unix/X1\n" AUTH);

	cr_assert_str_eq(entry(b, "/tmp/.X11-unix/X1001")->source, "/tmp/.X11-unix/X1");
	cr_assert_str_eq(variable(b, "DISPLAY"), ":1001");
	cr_assert_str_eq(cookie(b), "ffff" "0000" "000431303031" "00014d" "0002bbcc");

	PLAN_AS(old, env, profile_of("x11 = yes\n[network]\nmode = host"), "s /tmp/.X11-unix/X1\np landlock 4\n" AUTH);
	cr_assert_str_eq(variable(old, "DISPLAY"), ":1");
}

Test(plan_services, fallback_only_without_wayland)
{
	const char *env[] = { "DISPLAY=:1", NULL };
	PLAN_AS(both, env, profile_of("wayland = yes\nx11 = fallback"), "s /tmp/.X11-unix/X1\ns /run/user/1000/wayland-0\n");
	cr_assert_null(variable(both, "DISPLAY"));
	cr_assert_null(entry(both, "/tmp/.X11-unix/X1"));

	PLAN_AS(only, env, profile_of("wayland = yes\nx11 = fallback"), "s /tmp/.X11-unix/X1\n");
	cr_assert_str_eq(variable(only, "DISPLAY"), ":1");
	cr_assert(strstr(bench_remarks(only), "can read each other's keys"));
}

/* ---- D-Bus ---- */

#define PROXY "f /usr/bin/xdg-dbus-proxy\ns /run/user/1000/bus\ns /run/dbus/system_bus_socket\n"

static const char *rules(const struct bench *b, enum bus bus)
{
	const char *text = "";

	vec_each (r, &b->plan->bus[bus].rules)
		text = arena_printf(b->arena, "%s%s%s", text, *text ? " " : "", r->option);
	return text;
}

Test(plan_services, a_bus_is_there_through_the_proxy_alone)
{
	const char *env[] = { NULL };
	PLAN_AS(b, env, profile_of("dbus-talk = org.a.B org.a.C.*\ndbus-own = org.a.D\nnotifications = yes"), PROXY);

	cr_assert(is_kind(entry(b, "/run/user/1000/bus"), MOUNT_SOCKET));
	cr_assert_null(entry(b, "/run/dbus/system_bus_socket"));
	cr_assert_str_eq(variable(b, "DBUS_SESSION_BUS_ADDRESS"), "unix:path=/run/user/1000/bus");
	cr_assert_str_eq(rules(b, BUS_SESSION), "--talk=org.freedesktop.Notifications --talk=org.a.B --talk=org.a.C.* --own=org.a.D");
	cr_assert(b->plan->handshake);
	cr_assert_str_eq(b->plan->proxy.dir, "/run/user/1000/sbox/.sockets");
}

Test(plan_services, the_proxy_sees_the_bus_and_no_home)
{
	const char *env[] = { NULL };
	PLAN_AS(b, env, profile_of("system-bus-talk = org.a.B"), PROXY);
	const struct plan *proxy = b->plan->proxy.plan;
	bool bus = false, who = false;

	cr_assert_null(entry(b, "/run/user/1000/bus"));
	for (size_t i = 0; i < proxy->n_mounts; i++) {
		const struct mount_entry *m = &proxy->mounts[i];

		bus |= streq(m->target, "/run/dbus/system_bus_socket");
		who |= streq(m->target, "/.flatpak-info") && strstr(m->source, "name=sbox.profile.t\n");
		cr_assert_null(skip_prefix(m->target, "/home"), "%s", m->target);
		cr_assert(!streq(m->target, "/run/user/1000/bus"));
		cr_assert(m->kind != MOUNT_BIND || m->attrs & MOUNT_ATTR_RDONLY || streq(m->target, b->plan->proxy.dir));
	}
	cr_assert(bus && who);
}

/* at-spi-bus-launcher makes one for each X display. */
Test(plan_services, the_bus_of_assistive_technologies_goes_by_the_display)
{
	const char *env[] = { "DISPLAY=:1.0", "WAYLAND_DISPLAY=wayland-0", NULL };
	PLAN_AS(b, env, profile_of("a11y = yes\nwayland = yes"), PROXY "s /run/user/1000/wayland-0\ns /run/user/1000/at-spi/bus_1\n");

	cr_assert(is_kind(entry(b, "/run/user/1000/at-spi/bus"), MOUNT_SOCKET));
	cr_assert_null(entry(b, "/run/user/1000/bus"));
	cr_assert_str_eq(b->plan->bus[BUS_A11Y].address, "unix:path=/run/user/1000/at-spi/bus_1");
	cr_assert_str_eq(variable(b, "AT_SPI_BUS_ADDRESS"), "unix:path=/run/user/1000/at-spi/bus");
	cr_assert_null(variable(b, "NO_AT_BRIDGE"));
	cr_assert(strstr(rules(b, BUS_A11Y), "Socket.Embed@"));
	cr_assert(!strstr(rules(b, BUS_A11Y), "--talk"));

	PLAN_AS(none, env, profile_of("a11y = yes\nwayland = yes"), PROXY "s /run/user/1000/wayland-0\n");
	cr_assert_str_eq(variable(none, "NO_AT_BRIDGE"), "1");
	cr_assert_null(variable(none, "AT_SPI_BUS_ADDRESS"));
}

Test(plan_services, no_bus_where_there_is_no_proxy_or_no_bus)
{
	const char *env[] = { NULL }, *tcp[] = { "DBUS_SESSION_BUS_ADDRESS=unixexec:path=/bin/sh", NULL };
	PLAN_AS(b, env, profile_of("notifications = yes"), "s /run/user/1000/bus\n");
	cr_assert_null(entry(b, "/run/user/1000/bus"));
	cr_assert(strstr(bench_problems(b), "xdg-dbus-proxy, which filters it, is not installed"));

	PLAN_AS(none, env, profile_of("notifications = yes"), "f /usr/bin/xdg-dbus-proxy\n");
	cr_assert(!none->plan->proxy.wanted);
	PLAN_AS(exec, tcp, profile_of("notifications = yes"), PROXY);
	cr_assert(!exec->plan->proxy.wanted);
	cr_assert_null(variable(exec, "DBUS_SESSION_BUS_ADDRESS"));
}

Test(plan_services, portals_see_an_application_and_toolkits_use_them)
{
	const char *env[] = { NULL };
	PLAN_AS(b, env, profile_of("portals = yes\n[network]\nmode = host"), PROXY "d /usr/share/applications\np pid 77\n");
	const struct mount_entry *info = entry(b, "/.flatpak-info"), *link = entry(b, "/run/user/1000/flatpak-info");

	cr_assert(is_kind(info, MOUNT_FILE));
	cr_assert_str_eq(info->source, "[Application]\nname=sbox.profile.t\n\n[Instance]\ninstance-id=sbox-77\n\n[Context]\nshared=network;\n");
	cr_assert(is_kind(link, MOUNT_SYMLINK));
	cr_assert_str_eq(b->plan->portal.dir, "/run/user/1000/.flatpak");
	cr_assert(is_kind(entry(b, "/usr/share/applications"), MOUNT_MASK));
	for (size_t i = 0; i < b->plan->proxy.plan->n_mounts; i++)
		if (streq(b->plan->proxy.plan->mounts[i].target, info->target))
			cr_assert_str_eq(b->plan->proxy.plan->mounts[i].source, info->source);

	PLAN_AS(other, env, profile_of("notifications = yes"), PROXY "d /usr/share/applications\n");
	cr_assert_null(entry(other, "/.flatpak-info"));
	cr_assert_null(entry(other, "/usr/share/applications"));
	cr_assert(!other->plan->portal.wanted);
}

Test(plan_services, rules_are_names)
{
	static const char *const wrong[] = { "*", "org.*", "org", "org..a", "1org.a", "org.a=x", "--log", "org.a.*.b", "org.a*", ":1.5", ".org.a", "org.a." };

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		char text[128];

		(void)snprintf(text, sizeof(text), "[desktop]\ndbus-talk = %s\n", wrong[i]);
		REFUSED(text, PROXY, 2, "not a name of a bus");
	}
}

/* ---- the other way round ---- */

static struct verdict ask_for(const struct bench *b, const char *path, enum ask_for what)
{
	struct verdict v;

	plan_ask_path(b->plan, b->host, path, what, b->arena, &v);
	return v;
}

static void offers(const struct bench *b, const char *path, enum ask_for what, const char *change)
{
	struct verdict v = ask_for(b, path, what);

	cr_assert_str_eq(v.change ? v.change : "none", change, "%s: %s", path, v.text);
}

#define SERVICES                                                                                                         \
	"s /tmp/.X11-unix/X1\ns /tmp/.X11-unix/X2\ns /run/user/1000/wayland-7\ns /run/user/1000/pulse/native\ns /run/user/1000/pipewire-0\n" \
	"s /run/cups/cups.sock\ns /tmp/ssh-1/agent.5\ns /run/user/1000/gnupg/S.gpg-agent\ns /run/user/1000/gnupg/S.gpg-agent.extra\n" \
	"c /dev/dri/renderD128\nc /dev/video0\nc /dev/hidraw3\nc /dev/input/event2\nd /sys/devices/pci0000:00\nd /run/udev/data\n" \
	"f /home/u/.fonts/a.ttf\nf /home/u/.config/dconf/user\n"
static const char *const session_env[] = { "DISPLAY=:1", "WAYLAND_DISPLAY=wayland-7", "SSH_AUTH_SOCK=/tmp/ssh-1/agent.5", NULL };

Test(plan_services, what_a_word_gives_is_asked_for_by_the_word)
{
	static const struct {
		const char *path, *change;
	} rows[] = {
		{ "/tmp/.X11-unix/X1", "[desktop] x11 = fallback" },
		{ "/tmp/.X11-unix/X2", "[files] ro = /tmp/.X11-unix/X2" },
		{ "/home/u/.Xauthority", "[desktop] x11 = fallback" },
		{ "/run/user/1000/wayland-7", "[desktop] wayland = yes" },
		{ "/run/user/1000/pulse/native", "[desktop] pulseaudio = yes" },
		{ "/run/user/1000/pulse", "[desktop] pulseaudio = yes" },
		{ "/run/user/1000/pipewire-0", "[desktop] pipewire = yes" },
		{ "/run/cups/cups.sock", "[desktop] cups = yes" },
		{ "/tmp/ssh-1/agent.5", "[desktop] ssh-agent = yes" },
		{ "/run/user/1000/gnupg/S.gpg-agent", "[desktop] gpg-agent = yes" },
		{ "/dev/dri/renderD128", "[desktop] gpu = yes" },
		{ "/dev/video0", "[desktop] camera = yes" },
		{ "/dev/hidraw3", "[desktop] u2f = yes" },
		{ "/dev/input/event2", "[desktop] input = yes" },
		{ "/home/u/.fonts/a.ttf", "[desktop] fonts = yes" },
		{ "/home/u/.config/dconf/user", "[desktop] dconf = yes" },
		/* several words give it */
		{ "/sys/devices/pci0000:00", "[files] ro = /sys/devices/pci0000\\:00" },
		{ "/run/udev/data", "[files] ro = /run/udev/data" },
	};
	PLAN_AS(b, session_env, system_host, SERVICES AUTH);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		offers(b, rows[i].path, ASK_FOR_READ, rows[i].change);
	offers(b, "/home/u/.config/dconf/user", ASK_FOR_WRITE, "[files] rw = /home/u/.config/dconf/user");
	offers(b, "/dev/dri/renderD128", ASK_FOR_WRITE, "[desktop] gpu = yes");
	cr_assert(strstr(ask_for(b, "/tmp/ssh-1/agent.5", ASK_FOR_READ).text, "can log in wherever its keys open"));
}

Test(plan_services, a_word_that_is_given_is_not_offered_again)
{
	PLAN_AS(b, session_env, profile_of("wayland = yes\nx11 = fallback\nfonts = yes\n[files]\nhide = /home/u/.fonts\nhide = /dev/dri"), SERVICES AUTH);

	/* it has another name inside */
	cr_assert(strstr(ask_for(b, "/run/user/1000/wayland-7", ASK_FOR_READ).why_not, "has given it, at /run/user/1000/wayland-0"));
	offers(b, "/tmp/.X11-unix/X1", ASK_FOR_READ, "[desktop] x11 = yes");
	/* a line of the profile has the last word */
	offers(b, "/home/u/.fonts/a.ttf", ASK_FOR_READ, "[files] ro = /home/u/.fonts/a.ttf");
	offers(b, "/dev/dri/renderD128", ASK_FOR_READ, "[files] dev = /dev/dri/renderD128");
}

Test(plan_services, abstract_sockets_of_services)
{
	struct verdict v;
	const char *env[] = { "DISPLAY=:1", "DBUS_SESSION_BUS_ADDRESS=unix:abstract=/tmp/dbus-x,guid=1", NULL };
	PLAN_AS(b, env, system_host, SERVICES AUTH);

	cr_assert(plan_ask_abstract(b->plan, "/tmp/.X11-unix/X1", b->arena, &v));
	cr_assert_str_eq(v.change, "[desktop] x11 = fallback");
	cr_assert(plan_ask_abstract(b->plan, "/tmp/dbus-x", b->arena, &v));
	cr_assert_str_eq(v.change, "[desktop] dbus-talk = org.freedesktop.DBus");
	cr_assert(plan_ask_abstract(b->plan, "/tmp/dbus-y", b->arena, &v));
	cr_assert_str_eq(v.change, "[network] mode = host\n[landlock] scope =");
	/* the client goes on to the socket of that name */
	PLAN_AS(given, env, profile_of("x11 = yes"), SERVICES AUTH);
	cr_assert(!plan_ask_abstract(given->plan, "/tmp/.X11-unix/X1", given->arena, &v));
}
