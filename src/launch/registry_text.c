/* SPDX-License-Identifier: MIT */
/*
 * An entry of the registry as text, both ways.  What `enter` needs is the plan itself, not the settings it was made of:
 * the machine has changed since (a file that was given is gone, a variable has another value), and a plan made anew
 * would be another one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "launch/registry.h"

enum { ARGS_MAX = 32, ARG_MAX_SHOWN = 256, LIST_MAX = 65536 };

static const char version[] = PACKAGE_VERSION " 1"; /* the format's own number counts changes between versions */

/* ---- the fields of a plan that are one number or one string ---- */

#define FIELD(name) #name, offsetof(struct plan, name), sizeof(((struct plan *)NULL)->name)

static const struct field {
	const char *key;
	size_t offset, size;
} numbers[] = {
	{ FIELD(clone_flags) },
	{ FIELD(second_userns) },
	{ FIELD(network.join_above) },
	{ FIELD(keep_caps) },
	{ FIELD(cap_last) },
	{ FIELD(keyring_required) },
	{ FIELD(ids.inner_uid) },
	{ FIELD(ids.inner_gid) },
	{ FIELD(ids.outer_uid) },
	{ FIELD(ids.outer_gid) },
	{ FIELD(landlock.abi) },
	{ FIELD(landlock.handled_fs) },
	{ FIELD(landlock.handled_net) },
	{ FIELD(landlock.scoped) },
	{ FIELD(landlock.supervisor_fs) },
	{ FIELD(landlock.supervisor_net) },
	{ FIELD(nice) },
	{ FIELD(set_nice) },
	{ FIELD(umask) },
	{ FIELD(set_umask) },
	{ FIELD(oom_score_adj) },
	{ FIELD(set_oom_score_adj) },
	{ FIELD(tty) },
	{ FIELD(apparmor.required) },
	{ FIELD(apparmor.from.line) },
	{ FIELD(selinux.required) },
	{ FIELD(selinux.from.line) },
}, strings[] = {
	{ FIELD(cwd) },
	{ FIELD(path_list) },
	{ FIELD(apparmor.name) },
	{ FIELD(apparmor.command) },
	{ FIELD(apparmor.from.file) },
	{ FIELD(apparmor.from.key) },
	{ FIELD(selinux.name) },
	{ FIELD(selinux.command) },
	{ FIELD(selinux.from.file) },
	{ FIELD(selinux.from.key) },
};

/* ---- writing ---- */

struct text {
	struct arena *arena;
	char *data;
	size_t n, cap;
};

static void put(struct text *t, const void *data, size_t size)
{
	if (t->n + size > t->cap) {
		size_t cap = 2 * (t->n + size) + 8192;
		char *grown = arena_alloc(t->arena, cap);

		if (t->n)
			memcpy(grown, t->data, t->n);
		t->data = grown;
		t->cap = cap;
	}
	if (size)
		memcpy(t->data + t->n, data, size);
	t->n += size;
}

static void put_string(struct text *t, const char *key, const char *value)
{
	put(t, key, strlen(key));
	put(t, "=", 1);
	put(t, value, strlen(value) + 1);
}

static char *hex(char *end, uint64_t number)
{
	*--end = '\0';
	do
		*--end = "0123456789abcdef"[number & 15];
	while (number >>= 4);
	return end;
}

/* Numbers first, blanks between, then the rest of the line. */
static void put_numbers(struct text *t, const char *key, const uint64_t *values, size_t n, const char *rest)
{
	char digits[20];

	put(t, key, strlen(key));
	put(t, "=", 1);
	for (size_t i = 0; i < n; i++) {
		const char *number = hex(digits + sizeof(digits), values[i]);

		put(t, number, strlen(number));
		if (i + 1 < n || rest)
			put(t, " ", 1);
	}
	put(t, rest ? rest : "", rest ? strlen(rest) + 1 : 1);
}

static void put_number(struct text *t, const char *key, uint64_t value)
{
	put_numbers(t, key, &value, 1, NULL);
}

static void put_plan(struct text *t, const struct plan *plan)
{
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		uint64_t value = 0;

		/* little-endian, as both architectures are; the same build reads it */
		memcpy(&value, (const char *)plan + numbers[i].offset, numbers[i].size);
		if (value)
			put_number(t, numbers[i].key, value);
	}
	for (size_t i = 0; i < ARRAY_SIZE(strings); i++) {
		const char *value;

		memcpy(&value, (const char *)plan + strings[i].offset, sizeof(value));
		if (value)
			put_string(t, strings[i].key, value);
	}
	for (char **env = plan->envp; env && *env; env++)
		put_string(t, "env", *env);
	vec_each (rule, &plan->landlock.paths)
		put_numbers(t, "rule", &rule->allowed, 1, rule->path);
	vec_each (port, &plan->landlock.ports)
		put_numbers(t, "port", (uint64_t[]){ port->allowed, port->port }, 2, NULL);
	vec_each (limit, &plan->rlimits)
		put_numbers(t, "rlimit",
			    (uint64_t[]){ (uint64_t)limit->resource, limit->value.rlim_cur, limit->value.rlim_max, limit->from.line }, 4,
			    arena_printf(t->arena, "%s %s", limit->name, limit->from.file ? limit->from.file : ""));
}

const char *registry_text(const struct plan *plan, const struct launched *l, struct arena *arena, size_t *ret_size)
{
	struct text t = { .arena = arena };
	char shown[ARG_MAX_SHOWN + 1];

	put_string(&t, "sbox", version);
	put_string(&t, "profile", plan->registry.profile);
	put_string(&t, "file", plan->registry.file);
	if (l->cgroup)
		put_string(&t, "cgroup", l->cgroup);
	put_number(&t, "child", (uint64_t)l->child);
	put_number(&t, "begun", (uint64_t)l->begun);
	for (size_t i = 0; plan->argv[i] && i < ARGS_MAX; i++) {
		size_t n = strnlen(plan->argv[i], ARG_MAX_SHOWN);

		memcpy(shown, plan->argv[i], n);
		shown[n] = '\0';
		put_string(&t, "arg", shown);
	}
	size_t listed = t.n;
	struct sock_fprog program = plan->program;
	/* Under a report the kernel has another one, which asks the reporter; that does not serve who enters. */
	if (plan->report.on && bpf_build(plan->filter, arena, &program) < 0)
		program.len = 0;
	put_plan(&t, plan);
	if (l->above)
		put_number(&t, "network.join_above", l->above);
	/* the last: a lower limit of the profile's own stays */
	if (l->tasks)
		put_numbers(&t, "rlimit", (uint64_t[]){ RLIMIT_NPROC, l->tasks, l->tasks, 0 }, 4, "nproc ");
	size_t filter = program.len * sizeof(*program.filter);
	/* An environment of this size: the sandbox can be listed and ended, not entered. */
	if (t.n + filter + 64 > REGISTRY_TEXT_MAX) {
		t.n = listed;
		put_number(&t, "filter", 0);
	} else {
		put_number(&t, "filter", program.len);
		put(&t, program.filter, filter);
	}
	*ret_size = t.n;
	return t.data;
}

/* ---- reading ---- */

struct reading {
	struct arena *arena;
	struct entry *entry;
	struct plan *plan;
	const char *rest; /* behind the records: the filter */
	size_t rest_size;
	VEC(char *) env;
	bool ended;
};

/* Return: false unless @n numbers stand at *@text, each followed by a blank or the end. */
static bool get_numbers(const char **text, uint64_t *ret, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *end;

		if (!strchr("0123456789abcdef", **text) || !**text)
			return false;
		errno = 0;
		ret[i] = strtoull(*text, &end, 16);
		if (errno || (*end && *end != ' '))
			return false;
		*text = *end ? end + 1 : end;
	}
	return true;
}

/* Return: false unless the whole of @text is one number up to @max. */
static bool get_number(const char *text, uint64_t max, uint64_t *ret)
{
	size_t digits = strspn(text, "0123456789abcdef");

	return digits && !text[digits] && get_numbers(&text, ret, 1) && *ret <= max;
}

static bool read_child(struct reading *r, const char *value)
{
	uint64_t number;

	if (!get_number(value, INT32_MAX, &number) || number < 2)
		return false;
	r->entry->child = (pid_t)number;
	return true;
}

static bool read_begun(struct reading *r, const char *value)
{
	uint64_t number;

	if (!get_number(value, INT64_MAX, &number))
		return false;
	r->entry->begun = (int64_t)number;
	return true;
}

static bool read_arg(struct reading *r, const char *value)
{
	vec_push(r->arena, &r->entry->argv, arena_strdup(r->arena, value));
	return r->entry->argv.n <= ARGS_MAX;
}

static bool read_profile(struct reading *r, const char *value)
{
	r->entry->profile = arena_strdup(r->arena, value);
	return true;
}

static bool read_file(struct reading *r, const char *value)
{
	r->entry->file = arena_strdup(r->arena, value);
	return true;
}

static bool read_cgroup(struct reading *r, const char *value)
{
	r->entry->cgroup = arena_strdup(r->arena, value);
	return value[0] == '/' && !strstr(value, "/../");
}

static bool read_env(struct reading *r, const char *value)
{
	const char *eq = strchr(value, '=');

	vec_push(r->arena, &r->env, arena_strdup(r->arena, value));
	return eq && eq != value && r->env.n <= LIST_MAX;
}

static bool read_rule(struct reading *r, const char *value)
{
	struct landlock_path rule = { 0 };

	if (!get_numbers(&value, &rule.allowed, 1) || value[0] != '/')
		return false;
	rule.path = arena_strdup(r->arena, value);
	vec_push(r->arena, &r->plan->landlock.paths, rule);
	return r->plan->landlock.paths.n <= LIST_MAX;
}

static bool read_port(struct reading *r, const char *value)
{
	uint64_t n[2];

	if (!get_numbers(&value, n, 2) || n[1] > UINT16_MAX)
		return false;
	vec_push(r->arena, &r->plan->landlock.ports, (struct landlock_port){ .allowed = n[0], .port = (uint16_t)n[1] });
	return r->plan->landlock.ports.n <= LIST_MAX;
}

static bool read_rlimit(struct reading *r, const char *value)
{
	uint64_t n[4];

	if (!get_numbers(&value, n, 4) || n[0] >= RLIM_NLIMITS || n[3] > INT32_MAX)
		return false;
	char *name = arena_strdup(r->arena, value);
	char *file = strchr(name, ' ');
	if (!file)
		return false;
	*file++ = '\0';
	vec_push(r->arena, &r->plan->rlimits,
		 (struct plan_rlimit){ .resource = (int)n[0], .name = name, .value = { n[1], n[2] },
				       .from = { .file = *file ? file : NULL, .line = (unsigned)n[3] } });
	return r->plan->rlimits.n <= RLIM_NLIMITS;
}

static bool read_filter(struct reading *r, const char *value)
{
	uint64_t n;

	if (!get_number(value, BPF_MAXINSNS, &n))
		return false;
	size_t size = n * sizeof(struct sock_filter);
	if (r->rest_size < size)
		return true; /* not all of it is there yet */
	if (r->rest_size > size)
		return false;
	r->ended = true;
	if (!n) {
		r->plan = NULL;
		return true;
	}
	r->plan->program.filter = arena_alloc(r->arena, size);
	r->plan->program.len = (unsigned short)n;
	memcpy(r->plan->program.filter, r->rest, size);
	return true;
}

static bool read_field(struct reading *r, const char *key, const char *value)
{
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		if (streq(key, numbers[i].key)) {
			size_t size = numbers[i].size;
			uint64_t number, max = size == 8 ? UINT64_MAX : size == 1 ? 1 : (UINT64_C(1) << size * 8) - 1;

			if (!get_number(value, max, &number))
				return false;
			memcpy((char *)r->plan + numbers[i].offset, &number, size);
			return true;
		}
	for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
		if (streq(key, strings[i].key)) {
			const char *copy = arena_strdup(r->arena, value);

			memcpy((char *)r->plan + strings[i].offset, &copy, sizeof(copy));
			return true;
		}
	return false;
}

static const struct reader {
	const char *key;
	bool (*read)(struct reading *r, const char *value);
	bool every; /* every version's entries have it, in this form */
} readers[] = {
	{ "profile", read_profile, true }, { "file", read_file, true },     { "cgroup", read_cgroup, true },
	{ "child", read_child, true },     { "begun", read_begun, true },   { "arg", read_arg, true },
	{ "env", read_env, false },        { "rule", read_rule, false },    { "port", read_port, false },
	{ "rlimit", read_rlimit, false },  { "filter", read_filter, false },
};

static bool read_record(struct reading *r, char *record)
{
	char *value = strchr(record, '=');
	bool own = streq(r->entry->version, version);

	if (!value)
		return false;
	*value++ = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
		if (streq(record, readers[i].key))
			return own || readers[i].every ? readers[i].read(r, value) : true;
	return own ? read_field(r, record, value) : true;
}

/* What the steps of `enter` take for granted. */
static bool plan_is_whole(const struct plan *plan)
{
	return plan->cwd && plan->cwd[0] == '/' && plan->path_list && plan->tty <= TTY_NONE && plan->cap_last > 0 &&
	       plan->cap_last < 64 && plan->program.len > 0 && !plan->apparmor.name == !plan->apparmor.command &&
	       !plan->selinux.name == !plan->selinux.command;
}

static int finish(struct reading *r)
{
	struct entry *e = r->entry;

	if (!e->profile || !e->file || !e->child || !e->argv.n)
		return -EINVAL;
	if (!streq(e->version, version) || !r->plan)
		return 0;
	if (!r->ended)
		return -EAGAIN;
	vec_push(r->arena, &r->env, NULL);
	r->plan->envp = r->env.v;
	if (!plan_is_whole(r->plan))
		return -EINVAL;
	e->plan = r->plan;
	return 0;
}

int registry_parse(struct arena *arena, const char *text, size_t size, struct entry *ret)
{
	struct reading r = { .arena = arena, .entry = ret, .plan = arena_alloc(arena, sizeof(*r.plan)) };
	size_t at = 0;

	*ret = (struct entry){ .id = ret->id };
	r.plan->arena = arena;
	if (!size)
		return -EAGAIN;
	while (at < size) {
		size_t n = strnlen(text + at, size - at);

		if (n == size - at)
			return -EAGAIN; /* no NUL byte yet */
		char *record = arena_strndup(arena, text + at, n);
		at += n + 1;
		r.rest = text + at;
		r.rest_size = size - at;
		if (!ret->version) {
			const char *is = skip_prefix(record, "sbox=");

			if (!is || !*is)
				return -EINVAL;
			ret->version = is;
			continue;
		}
		bool last = skip_prefix(record, "filter=") != NULL;
		if (!read_record(&r, record))
			return -EINVAL;
		if (last)
			break;
	}
	return finish(&r);
}

const char *registry_id(struct arena *arena, const char *profile, pid_t pid)
{
	char name[33];
	size_t n = 0;

	for (; *profile && n < sizeof(name) - 1; profile++) {
		const char one[2] = { *profile };
		bool fits = id_is_valid(one) || (n > 0 && *profile == '.');

		name[n++] = fits ? *profile : '-';
	}
	name[n] = '\0';
	if (!id_is_valid(name))
		return arena_printf(arena, "sandbox-%d", pid);
	return arena_printf(arena, "%s-%d", name, pid);
}
