/* SPDX-License-Identifier: MIT */
/*
 * From the record to a file.  The text is tried before it is one: as a profile it makes a plan, and what that plan still does
 * not give is said.  A line that the plan refuses is switched off rather than left to refuse every launch.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "cmd/learn.h"
#include "plan/ask.h"
#include "plan/secrets.h"

enum { LINES_OFF_MAX = 32, PROFILE_MAX = 1 << 20, FAMILIES_SHOWN = 8 };

/** struct draft - the profile on its way */
struct draft {
	struct session *s;
	const struct learn_options *o;
	const struct learned *l;
	const char *file;     /* what is replaced: o->file without links; NULL: stdout */
	const char *tried;    /* where a text is to be read as a profile: beside @file, or in memory */
	int fd;               /* of @tried */
	const char *before;   /* --merge: the text that was there; else NULL */
	struct profile_head head;
	struct places places;
};

bool learn_name_is_plain(const char *name)
{
	return *name && *name != '.' && *name != '-' && strlen(name) < 64 &&
	       !name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-")];
}

/* ---- a text as a profile ---- */

static int draft_put(struct draft *d, const char *text)
{
	size_t n = strlen(text);

	if (ftruncate(d->fd, 0) < 0 || pwrite(d->fd, text, n, 0) != (ssize_t)n)
		return -errno;
	return 0;
}

/* Return: 0 and the plan; -errno with the problems in @err. */
static int draft_plan(struct draft *d, const char *text, struct plan **ret, struct err *err)
{
	struct session *s = d->s;
	const struct profile_request request = { .caller = &s->caller, .name = d->tried, .command = d->o->command[0] };
	struct profile *profile;

	err_init(err, s->arena);
	int r = draft_put(d, text);
	if (r < 0)
		return err_sys(err, NO_ORIGIN, -r, "cannot write %s", d->tried);
	r = profile_load(s->arena, &request, &profile, err);
	return r < 0 ? r : plan_build(s->arena, profile, s->host, d->o->command, ret, err);
}

static const char *draft_text(struct draft *d, const line_list *lines)
{
	return d->before ? merge(d->before, lines, d->s->arena) : profile_text(&d->head, lines, d->s->arena);
}

/* ---- what a profile says already: with --merge, a line may not be needed, or would take something away ---- */

static bool has_text(const struct profile *p, enum key_id key, const char *text)
{
	vec_each (s, profile_list(p, key))
		if (s->v.text && streq(s->v.text, text))
			return true;
	return false;
}

static bool is_open(const struct profile *p, const struct line *line, enum key_id key)
{
	/* A list of what may be reached shuts what it does not name. */
	if (key == KEY_network_allow)
		return profile_number(p, KEY_network_mode) != NET_NONE && !profile_list(p, key)->n;
	if (key == KEY_landlock_connect || key == KEY_landlock_bind)
		return profile_number(p, KEY_network_mode) != NET_NONE && !profile_list(p, key)->n;
	if (key == KEY_network_mode)
		return profile_number(p, key) == NET_HOST || (profile_number(p, key) == NET_USER && streq(line->value, "user"));
	return false;
}

static bool is_said(const struct profile *p, const struct line *line)
{
	enum key_id key = key_find(line->section, line->key);

	if (key == KEY_COUNT || line->off)
		return false;
	if (key == KEY_profile_extends)
		return profile_number(p, KEY_desktop_wayland) || profile_number(p, KEY_desktop_x11);
	if (streq(line->section, "desktop"))
		return profile_number(p, key) != 0;
	if (key == KEY_seccomp_allow || key == KEY_seccomp_sockets)
		return has_text(p, key, line->value);
	return is_open(p, line, key);
}

static void leave_out_said(struct draft *d, const struct profile *p, line_list *lines)
{
	size_t n = 0;

	vec_each (line, lines)
		if (!d->before || !is_said(p, line))
			lines->v[n++] = *line;
	lines->n = n;
}

/* ---- lines ---- */

static bool holds_secret(const struct places *p, const char *dir)
{
	return is_secret(p->plan, p->arena, dir) || secret_below(p->plan, p->host, p->arena, dir);
}

static const char *risk(const struct places *p, const char *path)
{
	return risk_of_writing(p->plan, p->host, p->arena, path);
}

static void places_fill(struct draft *d)
{
	struct session *s = d->s;
	const struct caller *c = &s->caller;
	struct places *p = &d->places;
	const struct place_name own[] = {
		{ "${XDG_CONFIG_HOME}", c->config_dir, true }, { "${XDG_DATA_HOME}", c->data_dir, true },
		{ "${XDG_STATE_HOME}", c->state_dir, true },   { "${XDG_CACHE_HOME}", c->cache_dir, true },
	};
	const char *path, *name;

	*p = (struct places){ .home = c->home, .holds_secret = holds_secret, .risk = risk, .plan = d->l->plan, .host = s->host, .arena = s->arena };
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		vec_push(s->arena, &p->names, own[i]);
	for (size_t i = 0; (name = user_dir_at(s->arena, c, i, &path)); i++)
		vec_push(s->arena, &p->names, (struct place_name){ arena_printf(s->arena, "${%s}", name), path, false });
	vec_push(s->arena, &p->names, (struct place_name){ "~", c->home, false });
}

static void add_asked(struct draft *d, line_list *lines)
{
	struct arena *arena = d->s->arena;

	vec_each (c, &d->o->asked) {
		const char *value = c->value;

		if (c->key == KEY_network_mode)
			continue; /* it held for the learning; what was used says what is needed */
		if (c->key == KEY_files_ro && value[0] != '/' && value[0] != '~' && d->s->caller.cwd)
			value = path_join(arena, d->s->caller.cwd, value);
		if (c->key == KEY_files_ro && value[0] == '/') {
			const char *path = path_value(&d->places, arena, path_normalize(arena, value));

			value = path ? path : value;
		}
		vec_push(arena, lines, (struct line){ .section = keys[c->key].section, .key = keys[c->key].name, .value = value,
						      .why = "asked for on the command line of learn" });
	}
}

static bool changed_below(const struct draft *d, const char *path)
{
	vec_each (use, &d->l->trace.uses)
		if ((use->did == DID_WRITE || use->did == DID_MAKE) && path_below(use->object, path))
			return true;
	return false;
}

/* What git would run or believe later, outside: also when the program changed it, which a hostile one would. */
static void guard_git(struct draft *d, line_list *lines)
{
	static const char *const guarded[] = { ".git/hooks", ".git/config" };
	struct arena *arena = d->s->arena;

	for (size_t i = 0; i < ARRAY_SIZE(guarded); i++) {
		const char *path = path_join(arena, d->s->caller.cwd, guarded[i]);

		vec_push(arena, lines, (struct line){ .section = "files", .key = "ro", .value = arena_printf(arena, "-${CWD}/%s", guarded[i]),
						      .why = changed_below(d, path) ? "WARNING: changed here, and git outside believes it: leave the line out only if the program is meant to" :
										      "not changed here, and git outside believes it" });
	}
}

/* The current directory as such: the profile is then good for other projects, too. */
static void add_cwd(struct draft *d, line_list *lines, const line_list *rest)
{
	unsigned bits = needs_in_cwd(&d->l->trace, d->l->plan);
	const char *cwd = d->s->caller.cwd;
	line_list with = { 0 };
	struct plan *plan;
	struct err err;

	if (!bits)
		return;
	bool write = bits & NEED_MAKE;
	vec_push(d->s->arena, &with, (struct line){ .section = "files", .key = "cwd", .value = write ? "rw" : "ro",
						    .why = write ? "files below the current directory were made or changed" : "read (below the current directory)" });
	if (write)
		guard_git(d, &with);
	vec_each (line, rest)
		vec_push(d->s->arena, &with, *line);
	/* A home or a system directory is never given that way: then each path counts for itself. */
	if (draft_plan(d, draft_text(d, &with), &plan, &err) < 0 || !streq(plan_entry_of(plan, cwd)->target, cwd))
		return;
	*lines = with;
}

static int lines_find(struct draft *d, line_list *ret)
{
	struct session *s = d->s;
	struct choice choice;
	struct plan *plan;
	struct err err;
	need_list needs = { 0 };

	choose(&d->l->trace, d->l->plan, &d->places, s->arena, &choice);
	d->head.extends = choice.extends;
	if (d->before) {
		int r = draft_plan(d, d->before, &plan, &s->err);

		if (r < 0)
			return r;
		if (!streq(choice.extends, "base"))
			choice_extend(s->arena, &choice);
		leave_out_said(d, plan->profile, &choice.lines);
	}
	*ret = choice.lines;
	add_asked(d, ret);
	add_cwd(d, ret, &(line_list){ ret->v, ret->n, ret->n });
	int r = draft_plan(d, draft_text(d, ret), &plan, &err);
	if (r < 0) {
		s->err = err;
		return r;
	}
	needs_find(&d->l->trace, plan, s->host, s->arena, &needs);
	generalise(&needs, &d->places, s->arena, ret);
	return 0;
}

/* ---- the text ---- */

/* The line that is to blame, when it is one of the file itself. */
static unsigned blamed(const struct draft *d, const struct err *err)
{
	vec_each (p, &err->problems)
		if (p->severity == SEVERITY_ERROR && p->from.file && streq(p->from.file, d->tried) && p->from.line)
			return p->from.line;
	return 0;
}

static int text_settle(struct draft *d, const char **text, struct plan **ret_plan)
{
	struct err err;
	int r = -EINVAL;

	for (int i = 0; i < LINES_OFF_MAX; i++) {
		r = draft_plan(d, *text, ret_plan, &err);
		unsigned line = r < 0 ? blamed(d, &err) : 0;

		if (r == 0 || !line)
			break;
		*text = line_off(*text, line, err.problems.v[0].text, d->s->arena);
	}
	if (r < 0)
		d->s->err = err;
	return r;
}

static size_t count(const char *text, const char *start)
{
	size_t n = 0;

	for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
		n += strncmp(text, start, strlen(start)) == 0;
	return n;
}

/* What to type next: a name is found by sbox itself, a path wants the profile said. */
static const char *how_to_use(const struct draft *d)
{
	struct arena *arena = d->s->arena;
	const char *dir = arena_printf(arena, "%s/sbox/profiles", d->s->caller.config_dir), *command = quote(arena, d->o->command[0]);
	const char *name = path_below(d->o->file, dir), *end = name ? strrchr(name, '.') : NULL;

	if (!name || !end || strchr(name, '/') || !streq(end, ".ini"))
		return arena_printf(arena, "sbox --profile=%s %s", quote(arena, d->o->file), command);
	if (d->head.name && !d->before)
		return arena_printf(arena, "sbox %s", command);
	return arena_printf(arena, "sbox --profile=%s %s", quote(arena, arena_strndup(arena, name, (size_t)(end - name))), command);
}

static void say_written(struct draft *d, const char *text)
{
	struct session *s = d->s;
	const char *shown = d->file ? d->file : "the profile";
	size_t off = count(text, ";off "), warnings = count(text, "; WARNING");

	if (d->before)
		out(s, "--- %s\n+++ %s, with what was learned\n%s", quote(s->arena, d->file), quote(s->arena, d->file),
		    merge_difference(d->before, text, s->arena));
	err_note(&s->err, "learned: %s%s%s", shown,
		 off ? arena_printf(s->arena, "; %zu %s switched off, for you to decide", off, off == 1 ? "line is" : "lines are") : "",
		 warnings ? arena_printf(s->arena, "; %zu %s a WARNING above", warnings, warnings == 1 ? "line has" : "lines have") : "");
	if (d->file)
		err_note(&s->err, "run it so: %s", how_to_use(d));
	if (!d->l->trace.whole)
		err_warn(&s->err, NO_ORIGIN, "not everything was recorded: run it again with --merge");
}

/* ---- the file ---- */

static int make_dirs(struct session *s, const char *dir)
{
	for (const char *slash = strchr(dir + 1, '/'); ; slash = strchr(slash + 1, '/')) {
		const char *path = slash ? arena_strndup(s->arena, dir, (size_t)(slash - dir)) : dir;

		if (mkdir(path, 0700) < 0 && errno != EEXIST && errno != EROFS && errno != EACCES)
			return err_sys(&s->err, NO_ORIGIN, errno, "cannot make %s", path);
		if (!slash)
			return 0;
	}
}

static int draft_open(struct draft *d)
{
	struct session *s = d->s;

	if (!d->file) {
		d->fd = memfd_create("sbox-profile", MFD_CLOEXEC);
		d->tried = arena_printf(s->arena, "/proc/self/fd/%d", d->fd);
		return d->fd < 0 || fchmod(d->fd, 0600) < 0 ? err_sys(&s->err, NO_ORIGIN, errno, "cannot make a file in memory") : 0;
	}
	char *real = realpath(d->file, NULL);
	if (real)
		d->file = arena_strdup(s->arena, real);
	free(real);
	int r = make_dirs(s, path_parent(s->arena, d->file));
	if (r < 0)
		return r;
	char *tried = arena_printf(s->arena, "%s.new-XXXXXX", d->file);
	d->fd = mkostemp(tried, O_CLOEXEC);
	d->tried = tried;
	return d->fd < 0 ? err_sys(&s->err, NO_ORIGIN, errno, "cannot make a file beside %s", d->file) : 0;
}

static int before_read(struct draft *d)
{
	struct session *s = d->s;
	char *text;

	if (!d->o->merge)
		return 0;
	_cleanup_close_ int fd = open(d->file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT ? 0 : err_sys(&s->err, NO_ORIGIN, errno, "cannot read %s", d->file);
	int r = fd_read_all(fd, s->arena, PROFILE_MAX, &text, NULL);
	if (r < 0)
		return err_sys(&s->err, NO_ORIGIN, -r, "cannot read %s", d->file);
	d->before = text;
	return 0;
}

static int draft_finish(struct draft *d, const char *text)
{
	struct session *s = d->s;
	mode_t mask = umask(0);

	umask(mask);
	if (!d->file) {
		out(s, "%s", text);
		return 0;
	}
	if (fchmod(d->fd, 0666 & ~mask) < 0 || fsync(d->fd) < 0 || rename(d->tried, d->file) < 0)
		return err_sys(&s->err, NO_ORIGIN, errno, "cannot write %s", d->file);
	d->tried = NULL;
	return 0;
}

static int write_draft(struct draft *d)
{
	line_list lines = { 0 };
	struct plan *plan;
	int r = before_read(d);

	if (r == 0)
		r = lines_find(d, &lines);
	if (r < 0)
		return r;
	const char *text = draft_text(d, &lines);
	r = text_settle(d, &text, &plan);
	if (r == 0)
		r = draft_finish(d, text);
	if (r == 0)
		say_written(d, text);
	return r;
}

static const char *families(struct draft *d)
{
	const char *text = "";
	size_t n = 0;

	vec_each (use, &d->l->trace.uses)
		if (use->did == DID_SOCKET && n++ < FAMILIES_SHOWN)
			text = arena_printf(d->s->arena, "%s%s%s", text, *text ? ", " : "", use->object);
	return text;
}

static void head_fill(struct draft *d)
{
	struct session *s = d->s;
	const char *command = "", *name = path_name(d->o->command[0]);
	char *date = arena_alloc(s->arena, 16);
	time_t now = time(NULL);
	struct tm tm;

	(void)strftime(date, 16, "%Y-%m-%d", localtime_r(&now, &tm));
	for (char **arg = d->o->command; *arg && strlen(command) < 200; arg++)
		command = arena_printf(s->arena, "%s%s%s", command, *command ? " " : "", *arg);
	/* A name stands for what is found in a standard directory; ./NAME is another program. */
	bool named = !strchr(d->o->command[0], '/') && learn_name_is_plain(name);
	d->head = (struct profile_head){ .date = date, .command = command, .name = named ? name : NULL, .sockets = families(d),
					  .whole = d->l->trace.whole };
}

int learn_write(struct session *s, const struct learn_options *o, const struct learned *l)
{
	struct draft d = { .s = s, .o = o, .l = l, .file = streq(o->file, "-") ? NULL : o->file, .fd = -EBADF };
	int r = draft_open(&d);

	head_fill(&d);
	places_fill(&d);
	if (r == 0)
		r = write_draft(&d);
	if (r < 0 && d.file && d.tried && d.fd >= 0)
		(void)unlink(d.tried);
	fd_close(&d.fd);
	return r;
}
