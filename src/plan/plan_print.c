/* SPDX-License-Identifier: MIT */
/* A plan as text and as JSON: one walk over the plan makes the lines, two writers put them down. */
#include <linux/mount.h>
#include <sched.h>

#include "base/json.h"
#include "base/str.h"
#include "plan/plan_lines.h"
#include "profile/profile.h"

struct lines {
	const struct plan *plan;
	struct arena *arena;
	plan_line_list v;
};

static void add(struct lines *l, const char *section, const char *what, const char *value, const char *detail, struct origin from)
{
	vec_push(l->arena, &l->v, (struct plan_line){ section, what, value, detail, from });
}

static const char *number(struct lines *l, long long n)
{
	return arena_printf(l->arena, "%lld", n);
}

static const char *size_text(struct arena *arena, uint64_t size)
{
	static const char units[] = "\0KMGT";
	size_t u = 0;

	while (size && size % 1024 == 0 && u < 4) {
		size /= 1024;
		u++;
	}
	return arena_printf(arena, "%llu%c", (unsigned long long)size, units[u]);
}

/* The (first) line behind a key, or its default. */
static struct origin from_key(const struct plan *plan, enum key_id key)
{
	if (key_is_list(&keys[key])) {
		const setting_list *list = profile_list(plan->profile, key);

		return list->n ? list->v[0].from : (struct origin){ .file = "default" };
	}
	const struct setting *s = profile_get(plan->profile, key);

	return s ? s->from : (struct origin){ .file = "default" };
}

/* ---- the parts ---- */

static void print_profile(struct lines *l)
{
	const struct profile *p = l->plan->profile;
	const struct setting *d = profile_get(p, KEY_profile_description);

	add(l, "profile", "name", p->name, NULL, (struct origin){ .file = p->file });
	if (d)
		add(l, "profile", "description", d->v.text, NULL, d->from);
	vec_each (layer, &p->layers)
		add(l, "profile", "layer", layer->file, NULL, (struct origin){ .file = layer->file });
}

static void print_namespaces(struct lines *l)
{
	static const struct {
		uint64_t flag;
		const char *name;
		enum key_id key;
	} spaces[] = {
		{ CLONE_NEWUSER, "user", KEY_COUNT },
		{ CLONE_NEWNS, "mount", KEY_COUNT },
		{ CLONE_NEWPID, "pid", KEY_COUNT },
		{ CLONE_NEWIPC, "ipc", KEY_namespaces_ipc },
		{ CLONE_NEWUTS, "uts", KEY_namespaces_uts },
		{ CLONE_NEWCGROUP, "cgroup", KEY_namespaces_cgroup },
		{ CLONE_NEWNET, "network", KEY_network_mode },
	};
	const struct plan *p = l->plan;

	for (size_t i = 0; i < ARRAY_SIZE(spaces); i++)
		if (spaces[i].flag == CLONE_NEWNET && p->net == NET_JOIN)
			add(l, "namespaces", spaces[i].name, "joined", NULL, p->network.from);
		else
			add(l, "namespaces", spaces[i].name, p->clone_flags & spaces[i].flag ? "private" : "host", NULL,
			    spaces[i].key == KEY_COUNT ? (struct origin){ .file = "always" } : from_key(p, spaces[i].key));
	add(l, "namespaces", "time", p->offsets.n ? "private" : "host",
	    p->clock_adrift ? "the wall clock is the host's in any case, and that is not synchronised" : "the wall clock is the host's in any case",
	    (struct origin){ .file = "always" });
	vec_each (o, &p->offsets)
		add(l, "namespaces", arena_printf(l->arena, "%s clock", o->name), arena_printf(l->arena, "%+.12g s", (double)o->ns / 1e9), NULL,
		    o->from);
	add(l, "namespaces", "second user", p->second_userns ? "yes" : "no",
	    p->second_userns ? "no capability in it reaches mounts or network" : "a capability is kept",
	    p->second_userns ? (struct origin){ .file = "always" } : from_key(p, KEY_capabilities_keep));
	add(l, "namespaces", "nested", nested_words[p->nested].name, p->limit_userns ? "max_user_namespaces = 1" : NULL,
	    from_key(p, KEY_namespaces_nested));
	if (p->hostname)
		add(l, "namespaces", "hostname", p->hostname, NULL, from_key(p, KEY_namespaces_hostname));
}

static const char *range(struct lines *l, uint32_t first, uint32_t count)
{
	return count == 1 ? number(l, first) : arena_printf(l->arena, "%u-%u", first, first + count - 1);
}

static void print_idmap(struct lines *l, const char *what, const struct plan_idmap *map)
{
	for (size_t i = 0; i < map->n; i++) {
		const struct id_extent *e = &map->extents[i];

		add(l, "ids", what, range(l, e->inside, e->count),
		    arena_printf(l->arena, "%s %s outside", e->count == 1 ? "is" : "are", range(l, e->outside, e->count)),
		    l->plan->ids.map_from);
	}
}

static void print_ids(struct lines *l)
{
	const struct plan_ids *i = &l->plan->ids;

	add(l, "ids", "user", arena_printf(l->arena, "%s (%u)", i->user_name, i->inner_uid),
	    arena_printf(l->arena, "is %u outside", i->outer_uid), i->from);
	add(l, "ids", "group", arena_printf(l->arena, "%s (%u)", i->group_name, i->inner_gid),
	    arena_printf(l->arena, "is %u outside", i->outer_gid), i->from);
	print_idmap(l, "map of users", &i->uids);
	print_idmap(l, "map of groups", &i->gids);
}

static const char *mount_word(const struct mount_entry *m)
{
	static const char *const words[MOUNT_KIND_COUNT] = {
		[MOUNT_DIR] = "dir",	 [MOUNT_FILE] = "data", [MOUNT_SYMLINK] = "symlink", [MOUNT_DEVICE] = "dev",
		[MOUNT_PIN] = "pin",	 [MOUNT_MASK] = "hide", [MOUNT_TMPFS] = "tmpfs",     [MOUNT_DEVPTS] = "devpts",
		[MOUNT_PROC] = "proc",   [MOUNT_SOCKET] = "socket", [MOUNT_OVERLAY] = "overlay",
	};

	if (m->kind != MOUNT_BIND)
		return words[m->kind];
	return m->attrs & MOUNT_ATTR_RDONLY ? "ro" : "rw";
}

static const char *mount_detail(struct lines *l, const struct mount_entry *m)
{
	const char *text = "";

	if (m->kind == MOUNT_TMPFS)
		text = arena_printf(l->arena, "size %s, mode %04o", size_text(l->arena, m->size), m->mode);
	if (m->kind != MOUNT_DIR && m->kind != MOUNT_FILE && m->kind != MOUNT_SYMLINK && m->attrs & MOUNT_ATTR_NOEXEC)
		text = arena_printf(l->arena, "%s%snoexec", text, *text ? ", " : "");
	if (m->kind != MOUNT_FILE && m->kind != MOUNT_SYMLINK && !(m->attrs & MOUNT_ATTR_NODEV) && m->kind == MOUNT_BIND)
		text = arena_printf(l->arena, "%s%sdevices", text, *text ? ", " : "");
	if (m->note)
		text = arena_printf(l->arena, "%s%s%s", text, *text ? ", " : "", m->note);
	return *text ? text : NULL;
}

static void print_files(struct lines *l)
{
	for (size_t i = 0; i < l->plan->n_mounts; i++) {
		const struct mount_entry *m = &l->plan->mounts[i];
		const char *value = m->target;

		if (m->kind == MOUNT_SYMLINK)
			value = arena_printf(l->arena, "%s -> %s", m->target, m->source);
		else if ((m->kind == MOUNT_BIND || m->kind == MOUNT_OVERLAY || m->kind == MOUNT_DEVICE) && !streq(m->source, m->target))
			value = arena_printf(l->arena, "%s:%s", m->source, m->target);
		add(l, "files", mount_word(m), value, mount_detail(l, m), m->from);
	}
	if (l->plan->proc_guard)
		add(l, "files", "ro", "/proc/sys, bus, fs, irq, sysrq-trigger", "kcore, keys, timer_list, sched_debug are empty",
		    (struct origin){ .file = "always" });
	vec_each (r, &l->plan->remarks)
		add(l, "files", "note", r->text, NULL, r->from);
}

static void print_access(struct lines *l)
{
	const struct plan *p = l->plan;
	const char *kept = "none";

	vec_each (s, profile_list(p->profile, KEY_capabilities_keep))
		kept = streq(kept, "none") ? s->v.text : arena_printf(l->arena, "%s %s", kept, s->v.text);
	add(l, "capabilities", "keep", kept, NULL, from_key(p, KEY_capabilities_keep));
	add(l, "seccomp", "default", action_text(l->arena, p->filter->default_action), NULL, p->filter->default_from);
	for (size_t a = 0; a < p->filter->n_abis; a++) {
		const struct filter_abi *abi = &p->filter->abis[a];
		size_t allowed = 0, checked = 0;

		for (size_t r = 0; r < abi->n_rules; r++) {
			allowed += abi->rules[r].action == SECCOMP_RET_ALLOW || abi->rules[r].n_cases;
			checked += abi->rules[r].n_cases != 0;
		}
		add(l, "seccomp", abi->name, arena_printf(l->arena, "%zu calls allowed", allowed),
		    arena_printf(l->arena, "%zu of them by their arguments", checked), from_key(p, KEY_seccomp_arch));
	}
	add(l, "seccomp", "program", arena_printf(l->arena, "%u instructions", p->program.len), NULL, (struct origin){ .file = "always" });
}

static void print_landlock(struct lines *l)
{
	const struct landlock_plan *p = &l->plan->landlock;

	add(l, "landlock", "fs", p->handled_fs ? "as the files above" : "off", NULL, from_key(l->plan, KEY_landlock_fs));
	if (p->scoped & SCOPED_ABSTRACT_UNIX)
		add(l, "landlock", "scope", "abstract-unix", "no abstract unix socket outside can be reached",
		    from_key(l->plan, KEY_landlock_scope));
	if (p->scoped & SCOPED_SIGNAL)
		add(l, "landlock", "scope", "signal", "no process outside can be signalled", from_key(l->plan, KEY_landlock_scope));
	vec_each (port, &p->ports)
		add(l, "landlock", port->allowed == NET_BIND_TCP ? "bind" : "connect", number(l, port->port), "TCP", port->from);
	vec_each (n, &p->notes)
		add(l, "landlock", "note", n->text, NULL, n->from);
}

static void print_network(struct lines *l)
{
	const struct plan_network *n = &l->plan->network;

	if (l->plan->net == NET_JOIN) {
		add(l, "network", "join", n->join, "nothing in it is changed: how it is connected is for whoever prepared it", n->from);
		vec_each (address, &n->dns)
			add(l, "network", "dns", *address, NULL, from_key(l->plan, KEY_network_dns));
	}
	if (l->plan->net != NET_USER)
		return;
	add(l, "network", "mode", "user", arena_printf(l->arena, "connected by %s; no address of the host itself is reached", n->pasta), n->from);
	if (n->interface)
		add(l, "network", "interface", n->interface, n->via4 && n->via6 ? "IPv4 and IPv6" : n->via4 ? "IPv4 alone" : "IPv6 alone",
		    from_key(l->plan, KEY_network_interface));
	vec_each (p, &n->publish)
		add(l, "network", "publish", arena_printf(l->arena, "%s port %u -> %u", p->address, p->host, p->guest), p->udp ? "UDP" : "TCP",
		    p->from);
	vec_each (address, &n->dns)
		add(l, "network", "dns", *address, NULL, from_key(l->plan, KEY_network_dns));
	vec_each (r, &n->rules)
		add(l, "network", r->deny ? "deny" : "allow", egress_text(l->arena, r), NULL, r->from);
	if (n->closed)
		add(l, "network", "dns", "sbox's own resolver", "answers allowed names, and opens their addresses while the answers live", n->from);
	else if (!n->dns.n)
		add(l, "network", "dns", "the host's resolver", n->forward4 || n->forward6 ? "through pasta" : "there is none", n->from);
}

static void print_bus(struct lines *l)
{
	static const char *const names[BUS_COUNT] = { [BUS_SESSION] = "session", [BUS_SYSTEM] = "system", [BUS_A11Y] = "a11y" };
	const struct plan *p = l->plan;

	for (size_t i = 0; p->proxy.wanted && i < BUS_COUNT; i++) {
		if (!p->bus[i].wanted)
			continue;
		add(l, "bus", names[i], p->bus[i].address, arena_printf(l->arena, "through %s", p->proxy.program), p->bus[i].from);
		vec_each (r, &p->bus[i].rules)
			add(l, "bus", names[i], r->option, NULL, r->from);
	}
	if (p->proxy.wanted)
		add(l, "bus", "id for portals", p->proxy.app_id, NULL, (struct origin){ .file = "always" });
}

static void print_labels(struct lines *l)
{
	const struct plan *p = l->plan;

	if (p->apparmor.name)
		add(l, "apparmor", "label", p->apparmor.name, p->apparmor.required ? "required" : "a hint", p->apparmor.from);
	if (p->selinux.name)
		add(l, "selinux", "label", p->selinux.name, p->selinux.required ? "required" : "a hint", p->selinux.from);
}

static const char *limit_text(struct lines *l, rlim_t n)
{
	return n == RLIM_INFINITY ? "unlimited" : number(l, (long long)n);
}

static void print_limits(struct lines *l)
{
	const struct plan *p = l->plan;

	vec_each (r, &p->rlimits)
		add(l, "rlimits", r->name,
		    r->value.rlim_cur == r->value.rlim_max ?
			    limit_text(l, r->value.rlim_cur) :
			    arena_printf(l->arena, "%s:%s", limit_text(l, r->value.rlim_cur), limit_text(l, r->value.rlim_max)),
		    r->resource == RLIMIT_CORE && r->value.rlim_max == 1 ? "no core file, no crash handler" : NULL, r->from);
}

static void print_cgroup(struct lines *l)
{
	static const char *const via[] = { [CGROUP_NONE] = "none", [CGROUP_SUBTREE] = "subtree", [CGROUP_SYSTEMD] = "systemd" };
	const struct cgroup_plan *p = &l->plan->cgroup;

	if (p->via != CGROUP_NONE)
		add(l, "cgroup", "manager", via[p->via],
		    p->via == CGROUP_SUBTREE ? arena_printf(l->arena, "in %s", p->base) : arena_printf(l->arena, "%s-PID.scope", p->name),
		    from_key(l->plan, KEY_cgroup_manager));
	if (p->slice)
		add(l, "cgroup", "slice", p->slice, NULL, p->slice_from);
	vec_each (limit, &p->limits)
		add(l, "cgroup", limit->file, limit->value, p->via == CGROUP_NONE ? "not held" : NULL, limit->from);
	vec_each (n, &p->notes)
		add(l, "cgroup", "note", n->text, NULL, n->from);
}

static void print_process(struct lines *l)
{
	const struct plan *p = l->plan;
	const char *words = "";

	for (char **a = p->argv; a && *a; a++)
		words = arena_printf(l->arena, "%s%s%s", words, *words ? " " : "", *a);
	if (*words)
		add(l, "process", "command", words, NULL, (struct origin){ .file = "command line" });
	add(l, "process", "directory", p->cwd, NULL, (struct origin){ .file = "always" });
	add(l, "process", "tty", tty_words[p->tty].name, NULL, from_key(p, KEY_process_tty));
	add(l, "process", "on-exit", on_exit_words[p->on_exit].name, NULL, from_key(p, KEY_process_on_exit));
	if (p->timeout_ns)
		add(l, "process", "timeout", arena_printf(l->arena, "%.3g s", (double)p->timeout_ns / 1e9), NULL,
		    from_key(p, KEY_process_timeout));
	if (p->set_umask)
		add(l, "process", "umask", arena_printf(l->arena, "%04o", p->umask), NULL, from_key(p, KEY_process_umask));
	if (p->set_nice)
		add(l, "process", "nice", number(l, p->nice), NULL, from_key(p, KEY_process_nice));
	if (p->set_oom_score_adj)
		add(l, "process", "oom-score-adj", number(l, p->oom_score_adj), NULL, from_key(p, KEY_process_oom_score_adj));
	if (p->log.to)
		add(l, "process", "log", p->log.to == LOG_JOURNAL ? "journal" : p->log.file, "output, and sbox's own messages", p->log.from);
	vec_each (fd, &p->pass_fds)
		add(l, "process", "pass-fds", number(l, *fd), NULL, from_key(p, KEY_process_pass_fds));
}

static void print_hooks(struct lines *l)
{
	vec_each (h, &l->plan->hooks)
		add(l, "hooks", h->after ? "after" : "before", h->path, "outside, as the user", h->from);
}

static void print_env(struct lines *l)
{
	vec_each (e, &l->plan->env)
		add(l, "environment", e->name, e->value, NULL, e->from);
}

static void collect(struct lines *l)
{
	static void (*const parts[])(struct lines *) = {
		print_profile, print_ids, print_namespaces, print_files, print_network, print_bus, print_access, print_landlock, print_labels, print_cgroup, print_limits, print_process, print_hooks, print_env,
	};

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		parts[i](l);
}

void plan_lines(const struct plan *plan, struct arena *arena, plan_line_list *ret)
{
	struct lines l = { .plan = plan, .arena = arena };

	collect(&l);
	*ret = l.v;
}

/* ---- the writers ---- */

enum { WHAT_WIDTH = 14, VALUE_WIDTH = 44 };

const char *plan_text(const struct plan *plan, struct arena *arena)
{
	struct lines l = { .plan = plan, .arena = arena };
	const char *section = "";
	VEC(char) text = { 0 };

	collect(&l);
	vec_each (line, &l.v) {
		const char *from = quote(arena, origin_text(arena, (struct origin){ line->from.file, line->from.line, NULL }));
		const char *row =
			arena_printf(arena, "%s%s%s  %-*s %-*s  # %s%s%s\n", streq(section, line->section) ? "" : "[",
				     streq(section, line->section) ? "" : line->section,
				     streq(section, line->section) ? "" : "]\n", WHAT_WIDTH, quote(arena, line->what),
				     VALUE_WIDTH, quote(arena, line->value), from, line->detail ? "; " : "",
				     line->detail ? quote(arena, line->detail) : "");

		section = line->section;
		for (const char *c = row; *c; c++)
			vec_push(arena, &text, *c);
	}
	vec_push(arena, &text, '\0');
	return text.v;
}

const char *plan_json(const struct plan *plan, struct arena *arena)
{
	struct lines l = { .plan = plan, .arena = arena };
	json_t *root = json_object(), *sections = json_array();

	collect(&l);
	json_object_set_new(root, "profile", json_text(arena, plan->profile->name));
	json_object_set_new(root, "items", sections);
	vec_each (line, &l.v) {
		json_t *item = json_object();

		json_set_text(arena, item, "section", line->section);
		json_set_text(arena, item, "what", line->what);
		json_set_text(arena, item, "value", line->value);
		json_set_text(arena, item, "detail", line->detail);
		json_set_origin(arena, item, (struct origin){ line->from.file, line->from.line, NULL });
		json_array_append_new(sections, item);
	}
	return json_write(arena, root, JSON_INDENT(2));
}
