/* SPDX-License-Identifier: MIT */
/*
 * The lines of `[seccomp]`.  One that names a call beats one that names its group; among equals the stricter wins
 * (kill, deny, notify, log, allow), whatever the layer: to take an inherited deny back, its list must be emptied.
 */
#include "plan/syscall_lines.h"

#include "base/str.h"

/* ---- lines ---- */

static void contradiction(struct syscall_lines *l, const struct setting *s, const struct setting *other)
{
	err_add(l->err, s->from, "%s: %s says the opposite", s->v.text, origin_text(l->err->arena, other->from));
}

static void overruled(struct syscall_lines *l, const struct setting *weak, const struct setting *strong)
{
	err_warn(l->err, weak->from, "%s: %s denies it", weak->v.text, origin_text(l->err->arena, strong->from));
	err_remedy(l->err, "empty that list first: an empty `%s =` above this line", keys[strong->key].name);
}

/* The strongest line stays.  A later layer may shut what an earlier one opened, but not open what that shut. */
static void decide(struct syscall_lines *l, struct decision *d, enum said said, const struct setting *s)
{
	bool opposite = d->by && opens(d->said) != opens(said) && streq(d->by->v.text, s->v.text);

	if (opposite && d->by->layer == s->layer)
		contradiction(l, s, d->by);
	else if (opposite && d->by->layer > s->layer && opens(d->said))
		overruled(l, d->by, s);
	if (said > d->said)
		*d = (struct decision){ said, s };
}

static void unknown_word(struct syscall_lines *l, const struct setting *s)
{
	const char *near = nearest(s->v.text, call_or_group_at, NULL);
	bool group = *s->v.text == '@';

	err_add(l->err, s->from, "unknown %s \"%s\"", group ? "group" : "system call", s->v.text);
	if (near)
		err_remedy(l->err, "did you mean \"%s\"?", near);
}

/* What the launcher itself does before its execve() must not wait for a reporter that knows nothing yet. */
static bool shuts(enum said said)
{
	return !opens(said) || said == SAID_NOTIFY;
}

static void group_line(struct syscall_lines *l, enum said said, const struct setting *s)
{
	enum syscall_group_id g = group_find(s->v.text);
	bool base = streq(s->v.text, "@base");

	if (!base && g == GROUP_COUNT) {
		unknown_word(l, s);
		return;
	}
	if (g == GROUP_ALWAYS && shuts(said)) {
		err_add(l->err, s->from, "@always: no program can do without these calls");
		return;
	}
	for (size_t i = 0; i < GROUP_COUNT; i++)
		if (base ? syscall_groups[i].in_base && i != GROUP_ALWAYS : i == g)
			decide(l, &l->groups[i], said, s);
}

static bool exists_somewhere(const struct syscall_lines *l, const char *name)
{
	for (size_t i = 0; i < l->abis.n; i++)
		if (abi_number(l->abis.v[i], name) >= 0)
			return true;
	return false;
}

/*
 * To allow a call that only an ABI has which is not in `arch` does nothing, and that must be said.  To deny one is no
 * mistake: x86-64 has mkdir and mkdirat, aarch64 the latter alone.
 */
static void no_such_call(struct syscall_lines *l, enum said said, const struct setting *s)
{
	bool known = call_find(s->v.text) != CALL_COUNT;

	if (s->optional || (known && !opens(said)))
		return;
	for (size_t i = 0; i < l->machine->n_abis; i++) {
		const struct abi *abi = &l->machine->abis[i];

		if (abi_number(abi, s->v.text) < 0)
			continue;
		err_add(l->err, s->from, "%s is a system call of %s only", s->v.text, abi->name);
		err_remedy(l->err, "leave it out, or add %s to [seccomp] arch", abi->name);
		return;
	}
	if (known)
		err_add(l->err, s->from, "%s is no system call of this machine", s->v.text);
	else
		unknown_word(l, s);
}

static void call_line(struct syscall_lines *l, enum said said, const struct setting *s)
{
	enum syscall_id call = call_find(s->v.text);
	size_t i = 0;

	if (!exists_somewhere(l, s->v.text)) {
		no_such_call(l, said, s);
		return;
	}
	if (call < CALL_COUNT && syscall_rows[call].group == GROUP_ALWAYS && shuts(said)) {
		err_add(l->err, s->from, "%s: no program can do without this call", s->v.text);
		return;
	}
	while (i < l->named.n && !streq(l->named.v[i].name, s->v.text))
		i++;
	if (i == l->named.n) {
		vec_push(l->plan->arena, &l->named, (struct named){ .call = call, .name = s->v.text });
		if (call < CALL_COUNT)
			l->named_at[call] = (uint8_t)(i + 1);
	}
	decide(l, &l->named.v[i].is, said, s);
}

static void lines_read(struct syscall_lines *l)
{
	static const struct {
		enum key_id key;
		enum said said;
	} lists[] = {
		{ KEY_seccomp_allow, SAID_ALLOW },
		{ KEY_seccomp_log, SAID_LOG },
		{ KEY_seccomp_notify, SAID_NOTIFY },
		{ KEY_seccomp_deny, SAID_DENY },
		{ KEY_seccomp_kill, SAID_KILL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		vec_each (s, profile_list(l->plan->profile, lists[i].key)) {
			if (*s->v.text == '@')
				group_line(l, lists[i].said, s);
			else if (l->named.n < UINT8_MAX)
				call_line(l, lists[i].said, s);
			else
				err_add(l->err, s->from, "more than %d system calls are named: use groups", UINT8_MAX);
		}
}

/* ---- what else the profile says ---- */

static void implied_groups(struct syscall_lines *l)
{
	static const struct {
		enum syscall_group_id group;
		enum nested_mode from;
	} implied[] = {
		{ GROUP_ALWAYS, NESTED_DENY },   { GROUP_SANDBOX, NESTED_SANDBOX }, { GROUP_MOUNT, NESTED_FULL },
		{ GROUP_NAMESPACES, NESTED_FULL }, { GROUP_SET_ID, NESTED_FULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(implied); i++) {
		struct decision *d = &l->groups[implied[i].group];

		if (l->plan->nested >= implied[i].from && d->said == SAID_NOTHING)
			d->said = SAID_IMPLIED;
	}
}

static void conditions_look(struct syscall_lines *l)
{
	l->holds = WHEN_ALWAYS;
	l->holds |= l->plan->nested == NESTED_DENY ? WHEN_NESTED_DENY : 0;
	l->holds |= l->plan->nested == NESTED_SANDBOX ? WHEN_NESTED_SANDBOX : 0;
	l->holds |= opens(l->groups[GROUP_SET_ID].said) ? 0 : WHEN_NO_SET_ID;
	l->holds |= opens(l->groups[GROUP_DEBUG].said) ? WHEN_DEBUG : WHEN_NO_DEBUG;
	if (profile_number(l->plan->profile, KEY_process_tty) == TTY_INHERIT)
		l->holds |= WHEN_SHARED_GROUP | (l->plan->landlock.scoped & SCOPED_SIGNAL ? 0 : WHEN_SIGNALS_LEAVE);
	l->holds |= l->plan->landlock.handled_net ? WHEN_TCP_PORTS : 0;
}

static void arch_unknown(struct syscall_lines *l, const struct setting *s)
{
	const char *known = "native";

	for (size_t i = 0; i < l->machine->n_abis; i++)
		known = arena_printf(l->err->arena, "%s, %s", known, l->machine->abis[i].name);
	err_add(l->err, s->from, "%s is no ABI of this machine (%s)", s->v.text, known);
	err_remedy(l->err, "a leading - leaves it out where there is none");
}

/* The native ABI is always in: the program could not even be started otherwise. */
static void arch_read(struct syscall_lines *l)
{
	bool wanted[8] = { true };

	vec_each (s, profile_list(l->plan->profile, KEY_seccomp_arch)) {
		size_t i = 0;

		while (i < l->machine->n_abis && !streq(l->machine->abis[i].name, s->v.text))
			i++;
		if (i < l->machine->n_abis)
			wanted[i] = true;
		else if (!streq(s->v.text, "native") && !s->optional)
			arch_unknown(l, s);
	}
	for (size_t i = 0; i < l->machine->n_abis; i++)
		if (wanted[i])
			vec_push(l->plan->arena, &l->abis, &l->machine->abis[i]);
}

/* ---- walls ---- */

static void group_wall(struct syscall_lines *l, enum syscall_group_id g)
{
	const struct syscall_group *group = &syscall_groups[g];
	const struct setting *s = l->groups[g].by;

	if (!s || !opens(l->groups[g].said))
		return;
	if (group->wall == WALL_NEVER) {
		err_add(l->err, s->from, "%s: no line can open these calls: %s", group->name, group->why);
	} else if (group->wall == WALL_NAMED) {
		err_add(l->err, s->from, "%s cannot be allowed as a whole: %s", group->name, group->why);
		err_remedy(l->err, "name the calls that are needed: sbox explain --syscalls lists them");
	} else if (group->wall == WALL_FULL && l->plan->nested != NESTED_FULL) {
		err_add(l->err, s->from, "%s works only with [namespaces] nested = full: %s", group->name, group->why);
	} else if (g == GROUP_IO_URING) {
		err_warn(l->err, s->from, "%s: %s", group->name, group->why);
	}
}

static void call_wall_check(struct syscall_lines *l, const struct named *n)
{
	const struct setting *s = n->is.by;

	if (n->call == CALL_COUNT || !opens(n->is.said))
		return;
	enum wall wall = call_wall(n->call);
	const char *why = call_why(n->call);
	if (wall == WALL_NEVER) {
		err_add(l->err, s->from, "%s: no line can open this call: %s", n->name, why);
	} else if (wall == WALL_FULL && l->plan->nested != NESTED_FULL) {
		err_add(l->err, s->from, "%s works only with [namespaces] nested = full: %s", n->name, why);
	} else if (wall == WALL_SET_ID && (l->holds & WHEN_NO_SET_ID)) {
		err_add(l->err, s->from, "%s works only together with @set-id: %s", n->name, why);
		err_remedy(l->err, "write allow = @set-id instead");
	} else if (syscall_rows[n->call].group == GROUP_IO_URING) {
		err_warn(l->err, s->from, "%s: %s", n->name, why);
	}
}

static void walls_check(struct syscall_lines *l)
{
	for (size_t g = 0; g < GROUP_COUNT; g++)
		group_wall(l, (enum syscall_group_id)g);
	vec_each (n, &l->named)
		call_wall_check(l, n);
}

void syscall_lines_read(struct syscall_lines *l)
{
	arch_read(l);
	lines_read(l);
	implied_groups(l);
	conditions_look(l);
	walls_check(l);
}
