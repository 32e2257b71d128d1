/* SPDX-License-Identifier: MIT */
/*
 * How much a plan shares, as one number.  Each item is rated from 0 (nothing is shared) to 10, and counts as much as its
 * row says: what reaches the user's files and the host's processes most.  The number compares profiles; it proves
 * nothing.
 */
#include <linux/mount.h>

#include "base/path.h"
#include "plan/ask.h"
#include "plan/lint.h"
#include "plan/syscall_groups.h"

enum { WORST = 10 };

/** struct rating - what one item found */
struct rating {
	const struct plan *plan;
	struct host *host;
	struct arena *arena;
	const char *text;
	struct origin from;
};

static int rate_home(struct rating *r)
{
	static const int bad[] = { [HOME_EPHEMERAL] = 0, [HOME_PRIVATE] = 1, [HOME_HOST_RO] = 8, [HOME_HOST] = 10 };
	const struct setting *s = profile_get(r->plan->profile, KEY_files_home);
	int worst = bad[s->v.number];

	r->text = arena_printf(r->arena, "home = %s", home_words[s->v.number].name);
	r->from = s->from;
	vec_each (keep, profile_list(r->plan->profile, KEY_files_keep)) {
		worst = bad[HOME_PRIVATE];
		r->text = "home = ephemeral, but for directories that are kept";
		r->from = keep->from;
	}
	for (size_t i = 1; i < r->plan->n_mounts; i++) {
		const struct mount_entry *m = &r->plan->mounts[i];
		int b = m->kind == MOUNT_OVERLAY || m->attrs & MOUNT_ATTR_RDONLY ? bad[HOME_HOST_RO] : bad[HOME_HOST];

		if ((m->kind != MOUNT_BIND && m->kind != MOUNT_OVERLAY) || !path_below(r->plan->caller->home, m->source) || b <= worst)
			continue;
		worst = b;
		r->text = arena_printf(r->arena, "%s is given, %s", m->source, b == bad[HOME_HOST] ? "writable" : "read-only");
		r->from = m->from;
	}
	return worst;
}

/* Directories of the system: what is in them is no secret of the user's, and cannot be written by him. */
static bool is_system(const char *path)
{
	static const char *const dirs[] = { "/usr", "/etc", "/opt", "/sys", "/run", "/var", "/dev" };

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		if (path_below(path, dirs[i]))
			return true;
	return false;
}

static bool rated_elsewhere(const struct mount_entry *m)
{
	static const enum key_id rated[] = { KEY_files_cwd, KEY_files_home, KEY_files_keep };

	for (size_t i = 0; i < ARRAY_SIZE(rated); i++)
		if (streq(m->from.key, keys[rated[i]].name))
			return true;
	return false;
}

/* Read-only below something writable: such a line takes away. */
static bool takes_away(const struct plan *plan, const struct mount_entry *m)
{
	for (size_t i = 1; i < plan->n_mounts; i++) {
		const struct mount_entry *above = &plan->mounts[i];

		if (above != m && above->kind == MOUNT_BIND && !(above->attrs & MOUNT_ATTR_RDONLY) && path_below(m->target, above->target) &&
		    path_below(m->source, above->source))
			return true;
	}
	return false;
}

/* Host objects that lines give, but for those that other items rate. */
static size_t given(struct rating *r, bool writable)
{
	size_t n = 0;

	for (size_t i = 1; i < r->plan->n_mounts; i++) {
		const struct mount_entry *m = &r->plan->mounts[i];
		bool changes = m->kind == MOUNT_BIND && !(m->attrs & MOUNT_ATTR_RDONLY);

		if ((m->kind != MOUNT_BIND && m->kind != MOUNT_OVERLAY) || m->is_link || changes != writable || !m->from.key ||
		    is_system(m->source) || rated_elsewhere(m) || (!changes && takes_away(r->plan, m)))
			continue;
		n++;
		r->from = m->from;
	}
	r->text = arena_printf(r->arena, "%zu host %s %s", n, n == 1 ? "path is" : "paths are", writable ? "writable" : "readable");
	return n;
}

static int rate_writable(struct rating *r)
{
	size_t n = given(r, true);

	return n > 3 ? 8 : (int)(2 * n);
}

static int rate_readable(struct rating *r)
{
	size_t n = given(r, false);

	return n > 8 ? 8 : (int)n;
}

static int rate_word(struct rating *r, enum key_id key, const struct word *words, const int *bad)
{
	const struct setting *s = profile_get(r->plan->profile, key);

	r->text = arena_printf(r->arena, "%s = %s", keys[key].name, words[s->v.number].name);
	r->from = s->from;
	return bad[s->v.number];
}

static int rate_cwd(struct rating *r)
{
	static const int bad[] = { [CWD_NONE] = 0, [CWD_RO] = 3, [CWD_RW] = 10, [CWD_OVERLAY] = 3 };

	return rate_word(r, KEY_files_cwd, cwd_words, bad);
}

static int rate_system(struct rating *r)
{
	const struct setting *s = profile_get(r->plan->profile, KEY_files_system);

	r->text = s->v.number == SYSTEM_NONE ? "system = none" : "the system's programs and settings can be read";
	r->from = s->from;
	return s->v.number == SYSTEM_HOST ? 5 : 0;
}

static int rate_network(struct rating *r)
{
	static const int bad[] = { [NET_NONE] = 0, [NET_HOST] = 10, [NET_USER] = 5 };

	if (r->plan->net == NET_JOIN) {
		r->text = "a network namespace that somebody prepared is joined";
		r->from = r->plan->network.from;
		return 7;
	}
	int b = rate_word(r, KEY_network_mode, net_words, bad);

	if (r->plan->net == NET_HOST && r->plan->landlock.handled_net & NET_CONNECT_TCP) {
		r->text = "mode = host, TCP at the ports named only";
		b -= 3;
	}
	if (r->plan->net == NET_USER && r->plan->network.closed) {
		r->text = "mode = user, the hosts that are listed only";
		r->from = r->plan->network.rules.v[0].from;
		b -= 3;
	}
	return b;
}

static int rate_nested(struct rating *r)
{
	static const int bad[] = { [NESTED_DENY] = 0, [NESTED_SANDBOX] = 4, [NESTED_FULL] = 10 };

	return rate_word(r, KEY_namespaces_nested, nested_words, bad);
}

static int rate_capabilities(struct rating *r)
{
	int n = __builtin_popcountll(r->plan->keep_caps);

	r->from = ask_from_key(r->plan, KEY_capabilities_keep);
	r->text = n ? arena_printf(r->arena, "%d kept, over the sandbox's own namespaces", n) : "none is kept";
	return n ? n + 3 < WORST ? n + 3 : WORST : 0;
}

static bool opened(const struct filter *f, const char *name)
{
	const struct filter_rule *rule = filter_rule_find(f, name);

	return rule && (rule->action == SECCOMP_RET_ALLOW || rule->action == SECCOMP_RET_LOG || rule->n_cases);
}

/* The groups that are not in @base, one call of each; and what unknown calls do. */
static int rate_calls(struct rating *r)
{
	const struct filter *f = r->plan->filter;
	int bad = 0;

	r->text = "@base";
	r->from = ask_from_key(r->plan, KEY_seccomp_allow);
	for (size_t g = 0; g < GROUP_COUNT; g++) {
		bool open = false;

		for (size_t c = 0; c < CALL_COUNT && !syscall_groups[g].in_base && g != GROUP_ALWAYS && !open; c++)
			open = syscall_rows[c].group == g && opened(f, syscall_rows[c].name);
		if (!open)
			continue;
		bad += syscall_groups[g].refusal == REFUSE_DEFAULT ? 1 : 3;
		r->text = arena_printf(r->arena, "%s %s", r->text, syscall_groups[g].name);
	}
	if (f->default_action == SECCOMP_RET_LOG) {
		r->text = "every call that is not known to be dangerous";
		r->from = f->default_from;
		return WORST;
	}
	return bad < WORST ? bad : WORST;
}

static int rate_sockets(struct rating *r)
{
	const setting_list *list = profile_list(r->plan->profile, KEY_seccomp_sockets);
	size_t n = 0;

	r->text = "no families";
	r->from = ask_from_key(r->plan, KEY_seccomp_sockets);
	vec_each (s, list) {
		r->text = n++ ? arena_printf(r->arena, "%s %s", r->text, s->v.text) : s->v.text;
	}
	return n <= 4 ? (int)n / 2 : n > WORST ? WORST : (int)n;
}

static int rate_devices(struct rating *r)
{
	size_t n = 0;

	for (size_t i = 1; i < r->plan->n_mounts; i++) {
		const struct mount_entry *m = &r->plan->mounts[i];

		if ((m->kind != MOUNT_DEVICE && (m->kind != MOUNT_BIND || m->attrs & MOUNT_ATTR_NODEV)) || !m->from.line)
			continue;
		n++;
		r->from = m->from;
	}
	r->text = n ? arena_printf(r->arena, "%zu beside null, zero, full, random, urandom, tty", n) : "null, zero, full, random, urandom, tty";
	return n > 3 ? WORST : (int)(3 * n);
}

static int rate_namespaces(struct rating *r)
{
	static const enum key_id spaces[] = { KEY_namespaces_ipc, KEY_namespaces_uts, KEY_namespaces_cgroup };
	const char *shared = NULL;
	int n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(spaces); i++) {
		const struct setting *s = profile_get(r->plan->profile, spaces[i]);

		if (s->v.number != NS_HOST)
			continue;
		n++;
		r->from = s->from;
		shared = shared ? arena_printf(r->arena, "%s, %s", shared, keys[spaces[i]].name) : keys[spaces[i]].name;
	}
	r->text = shared ? arena_printf(r->arena, "shared with the host: %s", shared) : "all are its own";
	return 3 * n;
}

static int rate_landlock(struct rating *r)
{
	const struct setting *fs = profile_get(r->plan->profile, KEY_landlock_fs);
	bool scope = profile_list(r->plan->profile, KEY_landlock_scope)->n > 0, off = fs->v.number == LANDLOCK_FS_OFF;

	r->text = off ? "fs = off" : scope ? "repeats the file rules" : "no scope";
	r->from = fs->from;
	return (off ? 5 : 0) + (scope ? 0 : 5);
}

/* What each service of the session lets a program do, at worst. */
static int rate_desktop(struct rating *r)
{
	static const struct {
		enum key_id key;
		int bad;
	} services[] = {
		{ KEY_desktop_x11, 6 },	      { KEY_desktop_ssh_agent, 5 }, { KEY_desktop_gpg_agent, 5 }, { KEY_desktop_camera, 2 },
		{ KEY_desktop_input, 3 },     { KEY_desktop_gpu, 1 },	    { KEY_desktop_pulseaudio, 1 }, { KEY_desktop_pipewire, 1 },
		{ KEY_desktop_dbus_talk, 1 }, { KEY_desktop_dbus_own, 1 },  { KEY_desktop_system_bus_talk, 1 },
	};
	int bad = 0;

	r->text = "nothing of the session";
	for (size_t i = 0; i < ARRAY_SIZE(services); i++) {
		const struct key *key = &keys[services[i].key];
		bool on = key_is_list(key) ? profile_list(r->plan->profile, services[i].key)->n > 0 :
					     profile_number(r->plan->profile, services[i].key) > 0;

		if (!on)
			continue;
		r->text = bad ? arena_printf(r->arena, "%s %s", r->text, key->name) : key->name;
		r->from = ask_from_key(r->plan, services[i].key);
		/* only where there is no Wayland */
		bool seldom = services[i].key == KEY_desktop_x11 && profile_number(r->plan->profile, KEY_desktop_x11) == X11_FALLBACK;
		bad += seldom ? services[i].bad / 2 : services[i].bad;
	}
	return bad;
}

static int rate_tty(struct rating *r)
{
	static const int bad[] = { [TTY_PRIVATE] = 1, [TTY_INHERIT] = 10, [TTY_NONE] = 0 };

	return rate_word(r, KEY_process_tty, tty_words, bad);
}

static int rate_ids(struct rating *r)
{
	r->text = r->plan->ids.inner_uid ? arena_printf(r->arena, "user %u", r->plan->ids.inner_uid) : "user root";
	r->from = r->plan->ids.from;
	return r->plan->ids.inner_uid == 0 && r->plan->ids.outer_uid != 0 ? 10 : 0;
}

static int rate_tasks(struct rating *r)
{
	r->text = "no bound";
	r->from = (struct origin){ .file = "default" };
	vec_each (l, &r->plan->rlimits)
		if (l->resource == RLIMIT_NPROC) {
			r->text = "bounded";
			r->from = l->from;
			return 0;
		}
	return WORST;
}

/* What the worst rating of each costs.  Together it is more than 10.0, where the sum ends: a home that is given is bad enough. */
static const struct item {
	const char *id;
	double worst;
	int (*rate)(struct rating *);
} items[] = {
	{ "home", 4.0, rate_home },
	{ "writable", 2.0, rate_writable },
	{ "readable", 1.0, rate_readable },
	{ "cwd", 1.0, rate_cwd },
	{ "system", 0.6, rate_system },
	{ "network", 2.0, rate_network },
	{ "nested", 1.5, rate_nested },
	{ "capabilities", 1.0, rate_capabilities },
	{ "syscalls", 2.0, rate_calls },
	{ "sockets", 0.5, rate_sockets },
	{ "devices", 1.0, rate_devices },
	{ "namespaces", 0.5, rate_namespaces },
	{ "landlock", 0.8, rate_landlock },
	{ "desktop", 1.5, rate_desktop },
	{ "tty", 0.8, rate_tty },
	{ "ids", 0.3, rate_ids },
	{ "tasks", 0.3, rate_tasks },
};

void plan_score(const struct plan *plan, struct host *host, struct arena *arena, struct score *ret)
{
	*ret = (struct score){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(items); i++) {
		struct rating r = { .plan = plan, .host = host, .arena = arena, .from = { .file = "default" } };
		int bad = items[i].rate(&r);
		double cost = items[i].worst * (bad < 0 ? 0 : bad > WORST ? WORST : bad) / WORST;

		ret->total += cost;
		vec_push(arena, &ret->items,
			 (struct score_item){ .id = items[i].id, .text = r.text, .cost = cost, .worst = items[i].worst, .from = r.from });
	}
	if (ret->total > 10.0)
		ret->total = 10.0;
}

const char *score_word(double total)
{
	static const struct {
		double below;
		const char *word;
	} words[] = { { 1.5, "tight" }, { 3.0, "fair" }, { 5.0, "loose" } };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (total < words[i].below)
			return words[i].word;
	return "open";
}
