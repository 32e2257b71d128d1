/* SPDX-License-Identifier: MIT */
/* Warnings over a whole plan: the table of what is looked for, and the lints that a few lines answer. */
#include "plan/lint.h"

#include <fnmatch.h>
#include <stdarg.h>

#include "base/path.h"
#include "base/str.h"
#include "plan/ask.h"
#include "plan/syscall_groups.h"

void lint_found(struct lint_run *run, const struct lint *lint, struct origin from, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vec_push(run->arena, &run->found, (struct finding){ lint, from, arena_vprintf(run->arena, fmt, ap) });
	va_end(ap);
}

/* ---- system calls, capabilities, ids ---- */

static void look_nested(struct lint_run *run, const struct lint *lint)
{
	if (run->plan->nested == NESTED_FULL)
		lint_found(run, lint, ask_from_key(run->plan, KEY_namespaces_nested), "the program may make namespaces and mounts of its own");
}

static void look_caps_nested(struct lint_run *run, const struct lint *lint)
{
	if (run->plan->keep_caps && run->plan->nested != NESTED_DENY)
		lint_found(run, lint, ask_from_key(run->plan, KEY_capabilities_keep), "capabilities are kept where namespaces may be made");
}

static void look_debug(struct lint_run *run, const struct lint *lint)
{
	const struct filter_rule *rule = filter_rule_find(run->plan->filter, "ptrace");

	if (rule && rule->action == SECCOMP_RET_ALLOW)
		lint_found(run, lint, rule->from, "programs may trace each other");
}

static void look_ids(struct lint_run *run, const struct lint *lint)
{
	const struct plan_ids *ids = &run->plan->ids;

	if (ids->inner_uid == 0 && ids->outer_uid != 0 && profile_number(run->plan->profile, KEY_ids_map) == IDMAP_SELF)
		lint_found(run, lint, ids->from, "root inside, and no other user");
}

static void look_landlock(struct lint_run *run, const struct lint *lint)
{
	const struct setting *fs = profile_get(run->plan->profile, KEY_landlock_fs);

	if (fs->v.number == LANDLOCK_FS_OFF)
		lint_found(run, lint, fs->from, "the file rules are not repeated in Landlock");
}

/* The profile's own choice; what a kernel lacks is no lint. */
static void look_abstract(struct lint_run *run, const struct lint *lint)
{
	vec_each (s, profile_list(run->plan->profile, KEY_landlock_scope))
		if (s->v.number == SCOPE_ABSTRACT_UNIX)
			return;
	if (run->plan->net == NET_HOST)
		lint_found(run, lint, ask_from_key(run->plan, KEY_network_mode), "abstract sockets of the host can be reached");
}

static void look_tty(struct lint_run *run, const struct lint *lint)
{
	if (run->plan->tty == TTY_INHERIT)
		lint_found(run, lint, ask_from_key(run->plan, KEY_process_tty), "the program has the caller's terminal");
}

static void look_x11(struct lint_run *run, const struct lint *lint)
{
	const struct setting *x11 = profile_get(run->plan->profile, KEY_desktop_x11);

	if (x11->v.number == X11_YES)
		lint_found(run, lint, x11->from, "the X server is given even where there is a Wayland compositor");
}

/* Services that start programs, hand out passwords or command the session, on either bus. */
static const char *const risky_names[] = {
	"org.freedesktop.systemd1", "org.freedesktop.Flatpak", "org.freedesktop.secrets", "org.freedesktop.PackageKit", "org.freedesktop.login1",
	"org.gnome.Shell", "org.gnome.keyring", "org.kde.KWin", "org.kde.klauncher5", "org.kde.kwalletd5", "org.kde.kwalletd6",
	"ca.desrt.dconf",
};

bool bus_name_covers(const char *rule, const char *name)
{
	size_t n = strlen(rule);

	if (n < 2 || !streq(rule + n - 2, ".*"))
		return streq(rule, name);
	return strncmp(rule, name, n - 2) == 0 && (name[n - 2] == '.' || !name[n - 2]);
}

static void look_bus_names(struct lint_run *run, const struct lint *lint)
{
	static const enum key_id talk[] = { KEY_desktop_dbus_talk, KEY_desktop_system_bus_talk };

	for (size_t k = 0; k < ARRAY_SIZE(talk); k++)
		vec_each (s, profile_list(run->plan->profile, talk[k]))
			for (size_t i = 0; i < ARRAY_SIZE(risky_names); i++)
				if (bus_name_covers(s->v.text, risky_names[i])) {
					lint_found(run, lint, s->from, "%s can be talked to", risky_names[i]);
					break;
				}
}

static void look_core(struct lint_run *run, const struct lint *lint)
{
	vec_each (r, &run->plan->rlimits)
		if (r->resource == RLIMIT_CORE && r->value.rlim_max > 1)
			lint_found(run, lint, r->from, "core dumps are made");
}

/* ---- environment ---- */

/* Names that others gave to secrets, and how more of them are called. */
static const char *const secret_names[] = {
	"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "GITHUB_TOKEN", "GH_TOKEN", "GITLAB_TOKEN", "NPM_TOKEN", "CARGO_REGISTRY_TOKEN",
	"OPENAI_API_KEY", "ANTHROPIC_API_KEY", "AZURE_CLIENT_SECRET", "GOOGLE_APPLICATION_CREDENTIALS", "PGPASSWORD", "MYSQL_PWD",
	"VAULT_TOKEN", "DOCKER_PASSWORD", "SSH_ASKPASS_PASSWORD", "DATABASE_URL",
};
static const char *const secret_patterns[] = {
	"*_TOKEN", "*_SECRET", "*_SECRET_*", "*PASSWORD*", "*_PASSWD", "*_API_KEY", "*_PRIVATE_KEY", "*_CREDENTIALS", "AWS_S*",
};

static const char *secret_passed(const char *pattern)
{
	for (size_t i = 0; i < ARRAY_SIZE(secret_names); i++)
		if (fnmatch(pattern, secret_names[i], 0) == 0)
			return secret_names[i];
	for (size_t i = 0; i < ARRAY_SIZE(secret_patterns); i++)
		if (fnmatch(secret_patterns[i], pattern, 0) == 0)
			return pattern;
	return NULL;
}

static void look_env(struct lint_run *run, const struct lint *lint)
{
	vec_each (s, profile_list(run->plan->profile, KEY_environment_pass)) {
		const char *name = secret_passed(s->v.text);
		bool taken_back = false;

		vec_each (u, profile_list(run->plan->profile, KEY_environment_unset))
			taken_back |= name && fnmatch(u->v.text, name, 0) == 0;
		if (name && !taken_back)
			lint_found(run, lint, s->from, streq(name, s->v.text) ? "%s is passed" : "%s would be passed", name);
	}
}

/* ---- the table ---- */

static const char *const engine_sockets[] = {
	"/run/docker.sock", "/run/containerd/containerd.sock", "/run/podman/podman.sock", "/run/crio/crio.sock", "/run/libvirt/libvirt-sock",
	"/var/lib/lxd/unix.socket", "/run/incus/unix.socket", "/run/snapd.socket", "$RUN/docker.sock", "$RUN/podman/podman.sock",
	"$RUN/containerd/containerd.sock", NULL,
};
static const char *const bus_sockets[] = { "$RUN/bus", "$RUN/systemd/private", "/run/dbus/system_bus_socket", "/run/systemd/private", NULL };
static const char *const agent_sockets[] = {
	"$RUN/keyring/ssh", "$RUN/keyring/control", "$RUN/ssh-agent.socket", "$RUN/gnupg/S.gpg-agent", "$RUN/gnupg/S.gpg-agent.ssh",
	"~/.gnupg/S.gpg-agent", "~/.gnupg/S.gpg-agent.ssh", "~/.1password/agent.sock", NULL,
};
static const char *const x11_sockets[] = { "/tmp/.X11-unix", NULL };
static const char *const secrets[] = {
	"~/.ssh", "~/.gnupg", "~/.aws", "~/.azure", "~/.config/gcloud", "~/.kube", "~/.docker", "~/.netrc", "~/.git-credentials", "~/.pki",
	"~/.password-store", "~/.local/share/keyrings", "~/.mozilla", "~/.npmrc", "~/.pypirc", "/etc/shadow", NULL,
};
static const char *const startup_files[] = {
	"~/.bashrc", "~/.bash_profile", "~/.bash_login", "~/.bash_logout", "~/.profile", "~/.zshrc", "~/.zshenv", "~/.zprofile", "~/.zlogin",
	"~/.config/fish", "~/.inputrc", "~/.xprofile", "~/.xinitrc", "~/.xsession", "~/.xsessionrc", "~/.pam_environment",
	"~/.config/environment.d", "~/.config/autostart", "~/.config/systemd/user", "~/.local/share/systemd/user",
	"~/.config/plasma-workspace", "~/.config/sway", "~/.config/i3", "~/.config/hypr", "~/.local/share/applications",
	"~/.local/share/dbus-1/services", "~/.ssh/rc", "~/.ssh/authorized_keys", "~/.ssh/config", "~/.gitconfig", "~/.config/git", "~/.vimrc",
	"~/.config/nvim", "~/.emacs", "~/.emacs.d", "~/.tmux.conf", "~/.gdbinit", "~/.local/bin", "~/bin", NULL,
};
static const char *const system_dirs[] = { "/usr", "/etc", "/boot", "/opt", "/var/lib", "/var/spool/cron", "/root", NULL };
static const char *const kernel_files[] = { "/proc", "/sys", NULL };
static const char *const risky_devices[] = {
	"/dev/mem", "/dev/kmem", "/dev/port", "/dev/kmsg", "/dev/input", "/dev/uinput", "/dev/uhid", "/dev/hidraw0", "/dev/kvm", "/dev/vhost-net",
	"/dev/fuse", "/dev/loop-control", "/dev/mapper", "/dev/net/tun", "/dev/console", "/dev/tty0", "/dev/tpm0", NULL,
};

/* clang-format off */
const struct lint lints[] = {
	{ "home-writable", lint_home, NULL, true,
	  "whatever your shell, your desktop and your editor run at start can be rewritten, so the program gets out with the next login",
	  "name the directories that the program needs" },
	{ "home-readable", lint_home, NULL, false,
	  "keys, passwords, mail and browser data are in it",
	  "name the directories that the program needs, or hide the others" },
	{ "startup-writable", lint_startup, startup_files, true,
	  "what is written there is run outside of the sandbox, with the next login, command or launcher",
	  "give a narrower directory, or add ro lines for these" },
	{ "path-writable", lint_search_path, NULL, true,
	  "it is a directory of your PATH: a program of any name can be put there, and you will run it outside",
	  "give another directory, or make this one ro" },
	{ "git-writable", lint_git, NULL, true,
	  "git runs what they say outside, as soon as you type git status there",
	  "ro = -DIR/.git/config and ro = -DIR/.git/hooks" },
	{ "system-writable", lint_paths, system_dirs, true,
	  "programs and settings of the whole machine can be replaced",
	  "ro instead of rw" },
	{ "secret-visible", lint_startup, secrets, false,
	  "it holds keys or passwords, which the program can read and send away",
	  "leave the line out, or keep it in a profile for the one program that needs it" },
	{ "engine-socket", lint_paths, engine_sockets, false,
	  "whoever may talk to it can start a container that has all of this machine: there is no sandbox then",
	  "leave the line out" },
	{ "bus-socket", lint_paths, bus_sockets, false,
	  "an unfiltered bus starts programs outside of the sandbox for whoever asks",
	  "leave the line out: most programs run without" },
	{ "agent-socket", lint_paths, agent_sockets, false,
	  "the program can log in wherever your keys open, as long as it runs",
	  "leave the line out, or keep it in a profile for the one program that needs it" },
	{ "x11-socket", lint_paths, x11_sockets, false,
	  "every X client can read what is typed into all others, and type into them",
	  "leave the line out" },
	{ "x11-always", look_x11, NULL, false,
	  "every X client can read what is typed into all others, and type into them",
	  "wayland = yes and x11 = fallback" },
	{ "bus-names", look_bus_names, NULL, false,
	  "it starts programs outside, hands out passwords or commands the session for whoever may talk to it",
	  "leave the name out, or ask for a portal" },
	{ "abstract-sockets", look_abstract, NULL, false,
	  "the X server and session services listen on such sockets, past every file rule",
	  "[landlock] scope = abstract-unix, or another network mode" },
	{ "kernel-files", lint_paths, kernel_files, false,
	  "they show, and may change, processes and devices of the whole machine",
	  "leave the line out: the sandbox has a /proc of its own" },
	{ "device-risky", lint_devices, risky_devices, false,
	  "it reads keyboards, types for you, or reaches disks and memory past every file rule",
	  "name the one device that the program needs" },
	{ "nested-full", look_nested, NULL, false,
	  "mount calls, setns and clone3 are open: most holes of the kernel that a user can reach are behind them",
	  "nested = sandbox is enough for browsers" },
	{ "caps-nested", look_caps_nested, NULL, false,
	  "what the capability may do to the namespaces of the sandbox can be done from any inner one as well",
	  "nested = deny, or no keep line" },
	{ "debug-calls", look_debug, NULL, false,
	  "a traced process does whatever its tracer wants: one program inside takes over all others there",
	  "leave @debug to a profile that is for debugging" },
	{ "landlock-off", look_landlock, NULL, false,
	  "one wall less: a descriptor that comes in can be opened anew for writing",
	  "[landlock] fs = mirror" },
	{ "tty-inherit", look_tty, NULL, false,
	  "what it prints can change the terminal's settings, and its processes are in your shell's session",
	  "tty = private" },
	{ "core-dump", look_core, NULL, false,
	  "the host's crash handler reads the program's memory, outside of the sandbox",
	  "core = off" },
	{ "root-alone", look_ids, NULL, false,
	  "package managers, tar and chown find no second user, and fail after they have begun",
	  "[ids] map = subids, or another user" },
	{ "env-secret", look_env, NULL, false,
	  "the program, and everything that it starts, can read it and send it away",
	  "leave the variable out, or name it with --env for the one run that needs it" },
	{ "no-effect", lint_no_effect, NULL, false,
	  "the line changes nothing",
	  "remove it, or the one that decides" },
	{ "no-effect-calls", lint_calls_no_effect, NULL, false,
	  "the line changes nothing: another one decides about all calls that it names",
	  "remove it" },
};
/* clang-format on */
const size_t n_lints = ARRAY_SIZE(lints);

static const char *lint_at(size_t i, const void *unused UNUSED)
{
	return i < n_lints ? lints[i].id : NULL;
}

/* Why an answer offers no line for a socket or a name. */
const char *risk_of_socket(const struct plan *plan, struct host *host, struct arena *arena, const char *path)
{
	struct lint_run run = { .plan = plan, .host = host, .arena = arena, .home = plan->caller->home };

	for (size_t i = 0; i < n_lints; i++) {
		if (!lints[i].paths || (lints[i].paths != engine_sockets && lints[i].paths != bus_sockets && lints[i].paths != agent_sockets))
			continue;
		for (const char *const *p = lints[i].paths; *p; p++) {
			const char *there = lint_path(&run, *p);

			if (there && streq(there, path))
				return lints[i].risk;
		}
	}
	return NULL;
}

static bool on_the_way(const char *a, const char *b)
{
	return path_below(a, b) || path_below(b, a);
}

const char *risk_of_writing(const struct plan *plan, struct host *host, struct arena *arena, const char *path)
{
	struct lint_run run = { .plan = plan, .host = host, .arena = arena, .home = plan->caller->home };
	const char *list = caller_env(plan->caller, "PATH");
	char *dirs = arena_strdup(arena, list ? list : "");

	for (size_t i = 0; i < n_lints; i++) {
		bool is_git = lints[i].look == lint_git && strstr(arena_printf(arena, "%s/", path), "/.git/");

		for (const char *const *p = lints[i].paths; p && lints[i].paths == startup_files && *p; p++)
			if (on_the_way(lint_path(&run, *p), path))
				return lints[i].risk;
		for (char *dir; lints[i].look == lint_search_path && (dir = strsep(&dirs, ":"));)
			if (*dir == '/' && on_the_way(lint_path(&run, dir), path))
				return lints[i].risk;
		if (is_git)
			return lints[i].risk;
	}
	return NULL;
}

const char *risk_of_name(const char *name)
{
	for (size_t i = 0; i < n_lints; i++)
		for (size_t k = 0; lints[i].look == look_bus_names && k < ARRAY_SIZE(risky_names); k++)
			if (bus_name_covers(risky_names[k], name))
				return lints[i].risk;
	return NULL;
}

static bool accepted(const struct plan *plan, const struct lint *lint)
{
	vec_each (s, profile_list(plan->profile, KEY_profile_accept))
		if (streq(s->v.text, lint->id))
			return true;
	return false;
}

static void check_accept(const struct plan *plan, struct err *err)
{
	vec_each (s, profile_list(plan->profile, KEY_profile_accept)) {
		size_t i = 0;

		while (i < n_lints && !streq(lints[i].id, s->v.text))
			i++;
		if (i < n_lints)
			continue;
		err_add(err, s->from, "no such lint: %s", s->v.text);
		const char *near = nearest(s->v.text, lint_at, NULL);
		if (near)
			err_remedy(err, "did you mean %s?", near);
	}
}

void plan_lint(const struct plan *plan, struct host *host, struct arena *arena, struct err *err, finding_list *ret)
{
	struct lint_run run = { .plan = plan, .host = host, .arena = arena, .home = plan->caller->home };

	run.home = lint_path(&run, plan->caller->home);
	check_accept(plan, err);
	for (size_t i = 0; i < n_lints; i++)
		if (!accepted(plan, &lints[i]))
			lints[i].look(&run, &lints[i]);
	*ret = (finding_list){ .v = run.found.v, .n = run.found.n, .cap = run.found.cap };
}

void finding_warn(const struct finding *f, struct err *err)
{
	err_warn(err, f->from, "%s: %s (%s)", f->text, f->lint->risk, f->lint->id);
	err_remedy(err, "%s", f->lint->remedy);
}
