/* SPDX-License-Identifier: MIT */
/*
 * Two plans compared by their effect.  The text of two profiles says little: one may extend what the other spells out,
 * and what a line gives depends on the others.
 */
#include "base/json.h"
#include "base/str.h"
#include "base/path.h"
#include "plan/plan_lines.h"
#include "plan/syscall_groups.h"
#include "plan/verdict.h"

struct comparison {
	const struct plan *plans[2];
	struct host *host;
	struct arena *arena;
	plan_difference_list *ret;
};

/* ---- files: is it there, can it be written? ---- */

static const int rank_of_verdict[VERDICT_KIND_COUNT] = {
	[VERDICT_ABSENT] = 0, [VERDICT_MASKED] = 0, [VERDICT_DENIED] = 1, [VERDICT_READ] = 2, [VERDICT_WRITE] = 3, [VERDICT_ALLOWED] = 3,
};

/** struct sight - a path as one of the plans shows it */
struct sight {
	struct verdict v;
	const char *text; /* "read", "write, /srv/data outside" */
};

static void look(const struct comparison *c, const struct plan *plan, const char *path, struct sight *ret)
{
	const struct mount_entry *m = plan_entry_of(plan, plan_follow(plan, c->arena, path));
	const char *where = "";

	plan_ask_path(plan, c->host, path, ASK_FOR_READ, c->arena, &ret->v);
	if (m->kind == MOUNT_TMPFS)
		where = ", in memory";
	else if (m->kind == MOUNT_OVERLAY)
		where = ", changes kept apart";
	else if (m->kind == MOUNT_BIND && streq(m->target, path) && !streq(m->source, path))
		where = arena_printf(c->arena, ", %s outside", m->source);
	ret->text = ret->v.kind == VERDICT_ABSENT ? "absent" :
						     arena_printf(c->arena, "%s%s", verdict_word(ret->v.kind), where);
}

/* What is already said of a directory need not be said of what is in it. */
static bool said_above(const struct comparison *c, size_t first, const char *path, const struct sight s[2])
{
	for (size_t i = first; i < c->ret->n; i++) {
		const struct plan_difference *d = &c->ret->v[i];

		if (path_below(path, d->what) && streq(d->a, s[0].text) && streq(d->b, s[1].text))
			return true;
	}
	return false;
}

static bool is_named(const struct mount_entry *m)
{
	return m->kind != MOUNT_DIR && m->kind != MOUNT_SYMLINK && m->kind != MOUNT_PIN && !streq(m->target, "/");
}

static void compare_files(const struct comparison *c)
{
	size_t first = c->ret->n;

	for (size_t p = 0; p < 2; p++)
		for (size_t i = 0; i < c->plans[p]->n_mounts; i++) {
			const struct mount_entry *m = &c->plans[p]->mounts[i];
			struct sight s[2];

			if (!is_named(m))
				continue;
			for (size_t n = 0; n < 2; n++)
				look(c, c->plans[n], m->target, &s[n]);
			int a = rank_of_verdict[s[0].v.kind], b = rank_of_verdict[s[1].v.kind];
			if (streq(s[0].text, s[1].text) || (a == 0 && b == 0) || said_above(c, first, m->target, s))
				continue;
			vec_push(c->arena, c->ret,
				 (struct plan_difference){ .section = "files", .what = m->target, .a = s[0].text, .b = s[1].text,
							   .more = a > b ? PERMITS_A : b > a ? PERMITS_B : PERMITS_OTHERWISE,
							   .from_a = s[0].v.from, .from_b = s[1].v.from });
		}
}

/* ---- system calls ---- */

static void compare_calls(const struct comparison *c)
{
	for (size_t i = 0; i < CALL_COUNT; i++) {
		struct verdict v[2];

		for (size_t n = 0; n < 2; n++)
			if (plan_ask_syscall(c->plans[n], syscall_rows[i].name, c->arena, &v[n]) < 0)
				v[n].kind = VERDICT_DENIED;
		if (v[0].kind == v[1].kind)
			continue;
		vec_push(c->arena, c->ret,
			 (struct plan_difference){ .section = "seccomp", .what = syscall_rows[i].name, .a = verdict_word(v[0].kind),
						   .b = verdict_word(v[1].kind), .from_a = v[0].from, .from_b = v[1].from,
						   .more = v[0].kind == VERDICT_ALLOWED ? PERMITS_A : PERMITS_B });
	}
}

/* ---- the rest, as explain prints it ---- */

/*
 * Which side permits more.  @order: words, from less to more; NULL: @presence of a line is more (1), less (-1) or
 * neither (0).  The first row that fits counts; what no row names is merely different.
 */
static const struct sense {
	const char *section, *what; /* NULL: any */
	const char *const *order;
	int presence;
} senses[] = {
	{ "namespaces", "nested", (const char *const[]){ "deny", "sandbox", "full", NULL }, 0 },
	{ "namespaces", "second user", (const char *const[]){ "yes", "no", NULL }, 0 },
	{ "namespaces", "hostname", NULL, 0 },
	{ "namespaces", NULL, (const char *const[]){ "private", "host", NULL }, 0 },
	{ "network", "mode", NULL, 1 },
	{ "network", "publish", NULL, 1 },
	{ "network", "deny", NULL, -1 },
	{ "bus", NULL, NULL, 1 },
	{ "landlock", "fs", (const char *const[]){ "as the files above", "off", NULL }, 0 },
	{ "landlock", "scope", NULL, -1 },
	{ "process", "tty", (const char *const[]){ "none", "private", "inherit", NULL }, 0 },
	{ "process", "pass-fds", NULL, 1 },
	{ "process", "timeout", NULL, -1 },
	{ "cgroup", NULL, NULL, -1 },
	{ "rlimits", NULL, NULL, -1 },
	{ "environment", NULL, NULL, 1 },
};

static const struct sense *sense_of(const char *section, const char *what)
{
	for (size_t i = 0; i < ARRAY_SIZE(senses); i++)
		if (streq(senses[i].section, section) && (!senses[i].what || streq(senses[i].what, what)))
			return &senses[i];
	return NULL;
}

static int place(const char *const *order, const char *word)
{
	for (int i = 0; order[i]; i++)
		if (streq(order[i], word))
			return i;
	return -1;
}

static enum permits more_of(const struct plan_difference *d)
{
	const struct sense *sense = sense_of(d->section, d->what);
	int side = 0;

	if (sense && sense->order && d->a && d->b) {
		int a = place(sense->order, d->a), b = place(sense->order, d->b);

		side = a < 0 || b < 0 ? 0 : b - a;
	} else if (sense && (!d->a || !d->b)) {
		side = d->b ? sense->presence : -sense->presence;
	}
	return side > 0 ? PERMITS_B : side < 0 ? PERMITS_A : PERMITS_OTHERWISE;
}

/* Files and calls are compared by what they mean; who the program is and what was typed are no matter of the profile. */
static bool is_compared(const struct plan_line *line)
{
	static const char *const sections[] = { "profile", "files", "capabilities" };
	static const char *const whats[] = { "note", "command", "directory", "program", "id for portals" };

	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		if (streq(line->section, sections[i]))
			return false;
	for (size_t i = 0; i < ARRAY_SIZE(whats); i++)
		if (streq(line->what, whats[i]))
			return false;
	return !streq(line->section, "seccomp") || streq(line->what, "default");
}

static bool about_same(const struct plan_line *x, const struct plan_line *y)
{
	return streq(x->section, y->section) && streq(x->what, y->what);
}

static size_t count_about(const plan_line_list *list, const struct plan_line *line)
{
	size_t n = 0;

	vec_each (l, list)
		n += about_same(l, line);
	return n;
}

static const struct plan_line *find(const plan_line_list *list, const struct plan_line *line, bool value)
{
	vec_each (l, list)
		if (about_same(l, line) && (!value || streq(l->value, line->value)))
			return l;
	return NULL;
}

/* One line on each side is one thing that changed; of several each is there or not. */
static void compare_line(const struct comparison *c, const plan_line_list lists[2], size_t side, const struct plan_line *line)
{
	const plan_line_list *others = &lists[1 - side];
	const struct plan_line *other = NULL;

	if (!is_compared(line) || find(others, line, true))
		return;
	if (count_about(&lists[side], line) == 1 && count_about(others, line) == 1) {
		if (side == 1)
			return;
		other = find(others, line, false);
	}
	struct plan_difference d = { .section = line->section, .what = line->what };
	if (side == 0) {
		d.a = line->value;
		d.from_a = line->from;
	} else {
		d.b = line->value;
		d.from_b = line->from;
	}
	if (other) {
		d.b = other->value;
		d.from_b = other->from;
	}
	d.more = more_of(&d);
	vec_push(c->arena, c->ret, d);
}

static const char *caps_text(const plan_line_list *list)
{
	vec_each (line, list)
		if (streq(line->section, "capabilities"))
			return line->value;
	return "none";
}

static void compare_caps(const struct comparison *c, const plan_line_list lists[2])
{
	uint64_t a = c->plans[0]->keep_caps, b = c->plans[1]->keep_caps;

	if (a != b)
		vec_push(c->arena, c->ret,
			 (struct plan_difference){ .section = "capabilities", .what = "keep", .a = caps_text(&lists[0]), .b = caps_text(&lists[1]),
						   .more = (a & b) == a ? PERMITS_B : (a & b) == b ? PERMITS_A : PERMITS_OTHERWISE });
}

void plan_diff(const struct plan *a, const struct plan *b, struct host *host, struct arena *arena, plan_difference_list *ret)
{
	const struct comparison c = { .plans = { a, b }, .host = host, .arena = arena, .ret = ret };
	plan_line_list lists[2] = { 0 };

	compare_files(&c);
	compare_calls(&c);
	plan_lines(a, arena, &lists[0]);
	plan_lines(b, arena, &lists[1]);
	compare_caps(&c, lists);
	for (size_t side = 0; side < 2; side++)
		vec_each (line, &lists[side])
			compare_line(&c, lists, side, line);
}

/* ---- the writers ---- */

static const char *origin_of(const struct plan_difference *d, struct arena *arena)
{
	const struct origin *from = d->more == PERMITS_A || (d->more == PERMITS_OTHERWISE && !d->b) ? &d->from_a : &d->from_b;

	return from->file ? arena_printf(arena, "  # %s", quote(arena, origin_text(arena, (struct origin){ from->file, from->line, NULL }))) : "";
}

/* Calls by their groups: a page of single ones says nothing. */
static const char *calls_text(const plan_difference_list *list, enum permits more, struct arena *arena)
{
	const char *text = "";

	for (size_t g = 0; g < GROUP_COUNT; g++) {
		const char *names = "";

		vec_each (d, list) {
			if (d->more != more || !streq(d->section, "seccomp") || streq(d->what, "default"))
				continue;
			enum syscall_id call = call_find(d->what);
			if (call != CALL_COUNT && (size_t)syscall_rows[call].group == g)
				names = arena_printf(arena, "%s %s", names, d->what);
		}
		if (*names)
			text = arena_printf(arena, "%s  system calls    %s:%s\n", text, syscall_groups[g].name, names);
	}
	return text;
}

static const char *part_text(const plan_difference_list *list, enum permits more, struct arena *arena)
{
	const char *text = "";

	vec_each (d, list) {
		bool call = streq(d->section, "seccomp") && !streq(d->what, "default");

		if (d->more == more && !call)
			text = arena_printf(arena, "%s  %-15s %s: %s -> %s%s\n", text, d->section, quote(arena, d->what),
					    d->a ? quote(arena, d->a) : "none", d->b ? quote(arena, d->b) : "none", origin_of(d, arena));
	}
	return arena_printf(arena, "%s%s", text, calls_text(list, more, arena));
}

const char *plan_diff_text(const plan_difference_list *list, const char *a, const char *b, struct arena *arena)
{
	a = quote(arena, a);
	b = quote(arena, b);
	const struct {
		enum permits more;
		const char *title;
	} parts[] = {
		{ PERMITS_B, arena_printf(arena, "%s permits, and %s does not:\n", b, a) },
		{ PERMITS_A, arena_printf(arena, "%s permits, and %s does not:\n", a, b) },
		{ PERMITS_OTHERWISE, "different:\n" },
	};
	const char *text = "";

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		const char *part = part_text(list, parts[i].more, arena);

		if (*part)
			text = arena_printf(arena, "%s%s%s%s", text, *text ? "\n" : "", parts[i].title, part);
	}
	return *text ? text : arena_printf(arena, "%s and %s permit the same\n", a, b);
}

const char *plan_diff_json(const plan_difference_list *list, const char *a, const char *b, struct arena *arena)
{
	static const char *const sides[] = { [PERMITS_OTHERWISE] = NULL, [PERMITS_A] = "a", [PERMITS_B] = "b" };
	json_t *root = json_object(), *array = json_array();

	json_set_text(arena, root, "a", a);
	json_set_text(arena, root, "b", b);
	json_object_set_new(root, "differences", array);
	vec_each (d, list) {
		json_t *item = json_object();

		json_set_text(arena, item, "section", d->section);
		json_set_text(arena, item, "what", d->what);
		json_set_text(arena, item, "a", d->a);
		json_set_text(arena, item, "b", d->b);
		json_set_text(arena, item, "more", sides[d->more]);
		json_set_origin(arena, item, d->more == PERMITS_A ? d->from_a : d->from_b);
		json_array_append_new(array, item);
	}
	return json_write(arena, root, JSON_INDENT(2));
}
