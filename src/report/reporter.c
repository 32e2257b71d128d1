/* SPDX-License-Identifier: MIT */
#include "report/reporter.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>

#include "base/fd.h"
#include "plan/verdict.h"
#include "report/bus_log.h"
#include "report/judge.h"
#include "report/listener.h"
#include "report/target.h"

/** struct bus_client - who is connected to a bus: the log does not say whose message it is about */
struct bus_client {
	struct someone last; /* pid 0: nobody yet; its texts are the two below */
	char command[16], exe[256];
	bool several;        /* an earlier one was there when that one came */
};

/** struct reporter - the reporter at work */
struct reporter {
	const struct plan *plan;
	const struct reporter_io *io;
	struct records records;
	struct uses uses;   /* plan->report.learns */
	uint64_t task_room; /* of suspect_task() */
	struct bus_log bus_logs[BUS_COUNT];
	struct bus_client bus_clients[BUS_COUNT];
	char mounts[64];    /* the sandbox's mount namespace, once it is known */
	bool broken; /* the output takes nothing any more: go on answering */
};

/*
 * The wall: what the filter's table says, from the registers alone.  Whatever does not plainly pass is refused, also what
 * the kernel should not have asked (kill and trap are its own business).
 */
static int answer_of(const struct call_verdict *call)
{
	uint32_t action = call->verdict & SECCOMP_RET_ACTION_FULL;

	if (action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG || (action == SECCOMP_RET_USER_NOTIF && call->rule))
		return 0;
	return call->error ? call->error : EPERM;
}

static bool report_is_json(const struct plan *plan)
{
	return plan->report.file || plan->report.learns;
}

static void put(struct reporter *r, const char *text)
{
	if (!r->broken && fd_write_all(r->io->out, text, strlen(text)) < 0)
		r->broken = true;
}

static void note_of(struct reporter *r, const struct denial *d, const struct someone *who, struct arena *arena)
{
	struct record *known = records_find(&r->records, d->kind, d->call, d->object);

	if (known) {
		records_count(&r->records, known);
		return;
	}
	known = records_add(&r->records, d, who);
	if (known && report_is_json(r->plan))
		put(r, report_json(known, "first", arena));
}

static void note(struct reporter *r, struct stopped *s, const struct denial *d)
{
	note_of(r, d, &s->who, s->arena);
}

static void note_call(struct reporter *r, struct stopped *s)
{
	struct call_verdict *c = &s->call;
	struct denial d = { .kind = DENIAL_SYSCALL, .call = c->name, .error = answer_of(c) };

	if (d.error) {
		plan_ask_denied(r->plan, &s->n->data, s->arena, c);
		d.kind = c->family ? DENIAL_SOCKET : DENIAL_SYSCALL;
		d.object = c->argument;
		d.fallback = c->fallback;
		d.why = c->is;
		note(r, s, &d);
		if (c->verdict != SECCOMP_RET_USER_NOTIF)
			return;
	}
	d = (struct denial){ .kind = DENIAL_NOTIFIED, .call = c->name, .object = "", .why = { .kind = VERDICT_ALLOWED } };
	d.why.from = c->rule ? c->rule->from : r->plan->filter->default_from;
	d.why.text = arena_printf(s->arena, "%s was called", c->name);
	note(r, s, &d);
}

/* What has a record needs no second look at the host; a missing path is recorded as what it turned out to be. */
static struct record *known_as(struct reporter *r, const struct stopped *s, const struct suspect *u)
{
	static const enum denial_kind others[] = { DENIAL_MASKED, DENIAL_DEVICE };
	struct record *known = records_find(&r->records, u->kind, s->call.name, u->object);

	for (size_t i = 0; i < ARRAY_SIZE(others) && !known && (u->kind == DENIAL_PATH || u->kind == DENIAL_READ_ONLY); i++)
		known = records_find(&r->records, others[i], s->call.name, u->object);
	return known;
}

static void note_suspect(struct reporter *r, struct stopped *s, const struct suspect *u)
{
	struct record *known = known_as(r, s, u);
	struct denial d;

	if (known)
		records_count(&r->records, known);
	else if (u->ask && seen_opened(r->io->seen, u->ask))
		return; /* no line names the address, an allowed name led to it */
	else if (judge(s, u, r->io->host_new(s->arena, r->plan->caller), &d))
		note(r, s, &d);
}

static bool is_new(struct reporter *r, const struct stopped *s)
{
	vec_each (use, &s->used)
		if (!uses_know(&r->uses, use))
			return true;
	for (size_t i = 0; i < s->n_suspects; i++)
		if (!known_as(r, s, &s->suspects[i]))
			return true;
	return answer_of(&s->call) || s->call.verdict == SECCOMP_RET_USER_NOTIF;
}

/*
 * A process may have put itself into a root or mounts of its own (nested = sandbox, full): what it does not see there,
 * it is itself that hides it.
 */
static bool sees_the_sandbox(struct reporter *r, const struct stopped *s)
{
	char root[8], mounts[64];

	if (r->plan->nested == NESTED_DENY)
		return true;
	if (target_link((pid_t)s->n->pid, "root", root, sizeof(root)) < 0 || !streq(root, "/"))
		return false;
	if (r->plan->nested != NESTED_FULL)
		return true;
	if (target_link((pid_t)s->n->pid, "ns/mnt", mounts, sizeof(mounts)) < 0)
		return false;
	/* the first call is the launcher's execve() */
	if (!*r->mounts)
		memcpy(r->mounts, mounts, sizeof(mounts));
	return streq(r->mounts, mounts);
}

/* The program of the process, for one that was running when it came to ask for something. */
static void note_exe(struct stopped *s)
{
	char exe[PATH_MAX];

	if (target_link((pid_t)s->n->pid, "exe", exe, sizeof(exe)) > 0 && exe[0] == '/')
		used_add(s, DID_EXEC, arena_strdup(s->arena, exe), "");
}

static void look_at(struct reporter *r, struct stopped *s, const struct watched *w)
{
	if (w->kind == WATCHED_PATH)
		suspect_paths(s, w);
	else if (w->kind == WATCHED_ADDRESS)
		suspect_address(s, w);
	else
		suspect_task(s, &r->task_room);
	if (w->use == USE_OPEN || w->use == USE_OPEN_HOW || w->use == USE_CREAT)
		suspect_files(s);
	if (s->learns && r->io->asks && (w->use == USE_SEND || w->use == USE_MESSAGE))
		used_question(s, w, r->io->asks);
}

/* While the process stands still: afterwards it may be gone. */
static void look(struct reporter *r, struct stopped *s, int error)
{
	if (s->learns && !error && streq(s->call.name, "socket"))
		used_add(s, DID_SOCKET, plan_socket_family(&s->n->data, s->arena), "");
	if (s->call.rule && !error && watched_find(s->call.name) && sees_the_sandbox(r, s))
		for (const struct watched *w = watched_find(s->call.name); w; w = watched_next(w))
			look_at(r, s, w);
	/* Before an execve(2) it is the one that asks for it, known by what it did; the first is the launcher. */
	if (s->learns && s->used.n && !skip_prefix(s->call.name, "execve"))
		note_exe(s);
	if (is_new(r, s) || s->bus)
		s->who = target_who((pid_t)s->n->pid, s->arena);
}

static void note_used(struct reporter *r, struct stopped *s)
{
	vec_each (use, &s->used) {
		use->command = s->who.command ? s->who.command : "";
		if (!uses_know(&r->uses, use) && uses_add(&r->uses, use))
			put(r, use_json(use, s->arena));
	}
}

/* ---- the buses ---- */

static void note_refusal(void *data, enum bus bus, const struct bus_refusal *refusal)
{
	static const char *const calls[BUS_COUNT][BUS_RIGHT_COUNT] = {
		[BUS_SESSION] = { [BUS_SEE] = "dbus-see", [BUS_TALK] = "dbus-talk", [BUS_OWN] = "dbus-own" },
		[BUS_SYSTEM] = { [BUS_SEE] = "system-bus-see", [BUS_TALK] = "system-bus-talk", [BUS_OWN] = "system-bus-own" },
		[BUS_A11Y] = { [BUS_SEE] = "a11y-bus-see", [BUS_TALK] = "a11y-bus-talk", [BUS_OWN] = "a11y-bus-own" },
	};
	static const char *const of_the_bus[BUS_COUNT] = {
		[BUS_SESSION] = "dbus-call", [BUS_SYSTEM] = "system-bus-call", [BUS_A11Y] = "a11y-bus-call",
	};
	_cleanup_arena_ struct arena *arena = arena_new();
	struct reporter *r = data;
	const struct bus_client *c = &r->bus_clients[bus];
	const struct someone nobody = { .command = "", .exe = "" };
	struct denial d = { .kind = DENIAL_DBUS, .object = refusal->text,
			    .call = refusal->call ? of_the_bus[bus] : calls[bus][refusal->right] };

	if (refusal->call)
		plan_ask_bus_call(r->plan, bus, refusal->text, arena, &d.why);
	else
		plan_ask_bus(r->plan, bus, refusal->right, refusal->text, arena, &d.why);
	if (d.why.kind == VERDICT_DENIED)
		note_of(r, &d, c->several || !c->last.pid ? &nobody : &c->last, arena);
}

static bool lives(const struct someone *who, struct arena *arena)
{
	return who->outer && access(arena_printf(arena, "/proc/%d", who->outer), F_OK) == 0;
}

/* While the new one still waits to be connected: what others have sent is theirs. */
static void client_comes(struct reporter *r, struct stopped *s)
{
	struct bus_client *c = &r->bus_clients[s->bus->size];

	if (c->last.pid == s->who.pid)
		return;
	bus_log_drain(&r->bus_logs[s->bus->size], note_refusal, r);
	c->several = c->last.pid && (c->several || lives(&c->last, s->arena));
	(void)snprintf(c->command, sizeof(c->command), "%s", s->who.command);
	(void)snprintf(c->exe, sizeof(c->exe), "%s", s->who.exe);
	c->last = (struct someone){ .pid = s->who.pid, .outer = s->who.outer, .command = c->command, .exe = c->exe };
}

/* ---- one call after the other ---- */

static void serve(struct reporter *r, const struct seccomp_notif *n)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct stopped s = { .plan = r->plan, .n = n, .arena = arena, .learns = r->plan->report.learns };

	plan_ask_call(r->plan, &n->data, arena, &s.call);
	int error = answer_of(&s.call);
	look(r, &s, error);
	if (s.bus)
		client_comes(r, &s);
	/* Who was interrupted asks again, or is no more: not counted, so that nothing is counted twice. */
	if (listener_answer(r->io->listener, n, error) < 0)
		return;
	note_used(r, &s);
	if (error || s.call.verdict == SECCOMP_RET_USER_NOTIF)
		note_call(r, &s);
	for (size_t i = 0; i < s.n_suspects; i++)
		note_suspect(r, &s, &s.suspects[i]);
}

/* Names that the resolver did not look up: the program never came to connect. */
static void note_names(struct reporter *r)
{
	uint32_t n = r->io->seen ? __atomic_load_n(&r->io->seen->n_refused, __ATOMIC_ACQUIRE) : 0;
	_cleanup_arena_ struct arena *arena = arena_new();
	struct host *host = r->io->host_new(arena, r->plan->caller);
	const struct someone nobody = { .command = "", .exe = "" };

	for (size_t i = 0; i < n && i < SEEN_REFUSED_MAX; i++) {
		const struct seen_refused *name = &r->io->seen->refused[i];
		struct denial d = { .kind = DENIAL_CONNECT, .call = "look-up", .error = ENXIO,
				    .object = arena_strndup(arena, name->name, NAME_TEXT_MAX) };
		const char *address = seen_address(arena, name), *text = d.object;

		d.object = address ? address : d.object;
		if (plan_ask_host(r->plan, host, d.object, arena, &d.why) < 0)
			continue;
		if (address)
			d.why.text = arena_printf(arena, "%s leads to %s, which is no address of the Internet and in no allow line", text, address);
		struct record *record = records_add(&r->records, &d, &nobody);
		for (uint32_t more = 1; record && more < name->count; more++)
			records_count(&r->records, record);
	}
}

static void report_write(struct reporter *r)
{
	_cleanup_arena_ struct arena *arena = arena_new();

	note_names(r);

	if (!report_is_json(r->plan)) {
		put(r, report_text(&r->records, arena));
		return;
	}
	for (size_t i = 0; i < r->records.n; i++) {
		_cleanup_arena_ struct arena *line = arena_new();

		put(r, report_json(r->records.order[i], "total", line));
	}
	put(r, report_json_end(&r->records, r->uses.beyond, arena));
}

int reporter_run(const struct plan *plan, const struct reporter_io *io)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct reporter r = { .plan = plan, .io = io };
	struct pollfd fds[2 + BUS_COUNT] = { { .fd = io->listener, .events = POLLIN }, { .fd = io->end, .events = POLLIN } };
	union notification n;

	records_init(&r.records, arena);
	for (enum bus i = 0; i < BUS_COUNT; i++)
		r.bus_logs[i] = (struct bus_log){ .fd = io->bus_logs[i], .pid = io->bus_pids[i], .bus = i };
	uses_init(&r.uses, arena);
	/* What was asked before the end is answered before the end: nothing is left out of the count. */
	while (!fds[1].revents || fds[0].revents & POLLIN) {
		for (size_t i = 0; i < BUS_COUNT; i++)
			fds[2 + i] = (struct pollfd){ .fd = r.bus_logs[i].fd, .events = POLLIN };
		if (ppoll(fds, ARRAY_SIZE(fds), NULL, NULL) < 0) {
			if (errno != EINTR)
				return -errno;
			fds[0].revents = fds[1].revents = 0;
			continue;
		}
		if (fds[0].revents & POLLIN && listener_next(io->listener, &n) == 0)
			serve(&r, &n.n);
		else if (fds[0].revents & (POLLHUP | POLLERR))
			fds[0].fd = -1; /* nobody is left who could be stopped */
		for (size_t i = 0; i < BUS_COUNT; i++)
			if (fds[2 + i].revents)
				(void)bus_log_read(&r.bus_logs[i], note_refusal, &r);
	}
	for (size_t i = 0; i < BUS_COUNT; i++)
		bus_log_drain(&r.bus_logs[i], note_refusal, &r);
	report_write(&r);
	return r.broken ? -EIO : 0;
}
