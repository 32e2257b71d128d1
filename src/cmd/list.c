/* SPDX-License-Identifier: MIT */
/* sbox list: the sandboxes that run. */
#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "cmd/cmd.h"
#include "launch/launch.h"
#include "launch/running.h"

enum { COLUMNS = 7 };

int sandboxes_look(struct session *s, running_list *ret)
{
	const char *dir = registry_dir(s->arena, s->host);
	int r = dir ? running_look(s->arena, dir, ret) : -ENOENT;

	if (!dir) {
		err_warn(&s->err, NO_ORIGIN, "no runtime directory of the user's: what runs without one is not listed");
		err_remedy(&s->err, "set XDG_RUNTIME_DIR to a directory that only the user can write, here and where sbox is started");
	}
	if (r == 0 || r == -ENOENT)
		return 0;
	err_sys(&s->err, NO_ORIGIN, -r, "cannot read %s", dir);
	if (r == -EPERM)
		err_remedy(&s->err, "it must be a directory of the user's with mode 0700");
	return r;
}

static const char *age_text(struct arena *arena, int64_t seconds)
{
	static const struct {
		int64_t seconds;
		char letter;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	size_t i = 0;

	while (i + 1 < ARRAY_SIZE(units) && seconds < units[i].seconds)
		i++;
	return arena_printf(arena, "%lld%c", (long long)(seconds / units[i].seconds), units[i].letter);
}

static const char *size_text(struct arena *arena, uint64_t bytes)
{
	static const char units[] = "KMGT";
	double n = (double)bytes / 1024;
	size_t i = 0;

	for (; n >= 1024 && units[i + 1]; i++)
		n /= 1024;
	return arena_printf(arena, n < 10 && i ? "%.1f%c" : "%.0f%c", n, units[i]);
}

/* An argument may hold anything, a newline too: it is one line here. */
static const char *command_text(struct arena *arena, const struct entry *e)
{
	const char *text = "";

	vec_each (arg, &e->argv)
		text = arena_printf(arena, "%s%s%s", text, *text ? " " : "", quote(arena, *arg));
	if (strlen(text) > 60)
		text = arena_printf(arena, "%.*s…", 59, text);
	return quote(arena, text);
}

static int64_t age_of(const struct running *r)
{
	int64_t now = time(NULL);

	return now > r->entry.begun ? now - r->entry.begun : 0;
}

/* ---- for people ---- */

static void table_add(struct session *s, name_list *cells, const struct running *r, const member_list *all)
{
	struct usage usage;

	usage_of(s->arena, r, all, &usage);
	vec_push(s->arena, cells, r->entry.id);
	vec_push(s->arena, cells, quote(s->arena, r->entry.profile));
	vec_push(s->arena, cells, arena_printf(s->arena, "%d", r->entry.child));
	vec_push(s->arena, cells, age_text(s->arena, age_of(r)));
	vec_push(s->arena, cells, size_text(s->arena, usage.memory));
	vec_push(s->arena, cells, arena_printf(s->arena, "%llu", (unsigned long long)usage.tasks));
	vec_push(s->arena, cells, arena_printf(s->arena, "%s%s", usage.frozen ? "(frozen) " : "", command_text(s->arena, &r->entry)));
}

static void table_print(struct session *s, const running_list *list, const member_list *all)
{
	static const char *const heads[COLUMNS] = { "ID", "PROFILE", "PID", "AGE", "MEMORY", "TASKS", "COMMAND" };
	name_list cells = { 0 };
	size_t width[COLUMNS] = { 0 };

	for (size_t i = 0; i < COLUMNS; i++)
		vec_push(s->arena, &cells, heads[i]);
	vec_each (r, list)
		table_add(s, &cells, r, all);
	for (size_t i = 0; i < cells.n; i++)
		if (strlen(cells.v[i]) > width[i % COLUMNS])
			width[i % COLUMNS] = strlen(cells.v[i]);
	for (size_t i = 0; i < cells.n; i++) {
		bool last = i % COLUMNS == COLUMNS - 1;

		out(s, "%-*s%s", last ? 0 : (int)width[i % COLUMNS], cells.v[i], last ? "\n" : "  ");
	}
}

/* ---- for programs ---- */

static json_t *json_text(struct arena *arena, const char *text)
{
	json_t *j = json_string(text);

	return j ? j : json_string(quote(arena, text));
}

static json_t *command_json(struct arena *arena, const struct entry *e)
{
	json_t *list = json_array();

	vec_each (arg, &e->argv)
		json_array_append_new(list, json_text(arena, *arg));
	return list;
}

/*
 * As --json-status-fd says them.  Pid 1 cannot be looked at, so they are those of a process inside that is where sbox has put
 * it: without one, none is said.
 */
static void namespaces_json(struct session *s, json_t *j, const struct running *r, const member_list *all)
{
	struct join_number numbers[JOINED_KINDS + 1];
	struct joined joined;

	if (running_join(s->arena, r, all, &joined) < 0)
		return;
	join_numbers(&joined, numbers);
	join_close(&joined);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		if (numbers[i].inode)
			json_object_set_new(j, arena_printf(s->arena, "%s-namespace", numbers[i].kind),
					    json_integer((json_int_t)numbers[i].inode));
}

static json_t *sandbox_json(struct session *s, const struct running *r, const member_list *all)
{
	const struct entry *e = &r->entry;
	json_t *j = json_object();
	struct usage usage;

	usage_of(s->arena, r, all, &usage);
	json_object_set_new(j, "id", json_text(s->arena, e->id));
	json_object_set_new(j, "profile", json_text(s->arena, e->profile));
	json_object_set_new(j, "file", json_text(s->arena, e->file));
	json_object_set_new(j, "command", command_json(s->arena, e));
	json_object_set_new(j, "pid", json_integer(e->child));
	json_object_set_new(j, "supervisor-pid", json_integer(r->supervisor));
	json_object_set_new(j, "begun", json_integer(e->begun));
	json_object_set_new(j, "age", json_integer(age_of(r)));
	json_object_set_new(j, "memory", json_integer((json_int_t)usage.memory));
	json_object_set_new(j, "tasks", json_integer((json_int_t)usage.tasks));
	json_object_set_new(j, "cpu-seconds", json_real((double)usage.cpu_ns / 1e9));
	json_object_set_new(j, "counted-by", json_string(usage.of_cgroup ? "cgroup" : "processes"));
	json_object_set_new(j, "frozen", json_boolean(usage.frozen));
	json_object_set_new(j, "cgroup", e->cgroup ? json_text(s->arena, e->cgroup) : json_null());
	namespaces_json(s, j, r, all);
	return j;
}

static void json_print(struct session *s, const running_list *list, const member_list *all)
{
	json_t *root = json_array();

	vec_each (r, list)
		json_array_append_new(root, sandbox_json(s, r, all));
	char *text = json_dumps(root, JSON_INDENT(2));
	out(s, "%s\n", text ? text : "[]");
	free(text);
	json_decref(root);
}

static int list(struct session *s, int argc, char **argv)
{
	bool json = argc == 2 && streq(argv[1], "--json");
	running_list running = { 0 };
	member_list all = { 0 };

	if (argc > 1 && !json) {
		err_add(&s->err, NO_ORIGIN, "list: unexpected argument: %s", argv[1]);
		err_remedy(&s->err, "usage: sbox list [--json]");
		return EXIT_USAGE;
	}
	if (sandboxes_look(s, &running) < 0)
		return EXIT_SBOX;
	if (running.n)
		members_look(s->arena, &all);
	if (json)
		json_print(s, &running, &all);
	else
		table_print(s, &running, &all);
	running_done(&running);
	return 0;
}

const struct command cmd_list = { "list", list, "[--json]", "running sandboxes: id, profile, pid, age, memory, tasks, command" };
