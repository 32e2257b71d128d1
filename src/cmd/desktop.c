/* SPDX-License-Identifier: MIT */
/* sbox desktop: launchers in the user's menu that start through sbox. */
#include <errno.h>

#include "base/path.h"
#include "base/str.h"
#include "cmd/cmd.h"
#include "desktop/launchers.h"
#include "launch/launch.h"

/* struct words - the command line */
struct words {
	bool all, shell, force;
	const char *profile;
	char **programs; /* NULL-terminated */
};

/* ---- which profile, for which program ---- */

/* A name goes into a file that a shell reads, and into lines. */
static bool name_is_good(const char *name)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-";

	return *name && *name != '.' && *name != '-' && !name[strspn(name, allowed)];
}

/* By the program's name, or by what that leads to (x-www-browser). */
static int profile_by_links(struct session *s, const struct program *p, const char **ret)
{
	int r = profile_of_command(s->arena, &s->caller, p->name, ret, &s->err);

	vec_each (l, &p->links)
		if (r == 0 && !*ret)
			r = profile_of_command(s->arena, &s->caller, path_name(*l), ret, &s->err);
	return r;
}

/* It is there, and has no mistakes: a launcher that fails says so to nobody. */
static int check_profile(struct session *s, const char *name)
{
	const struct profile_request request = { .caller = &s->caller, .name = name };
	struct profile *ignored;

	return profile_load(s->arena, &request, &ignored, &s->err);
}

static int choose(struct session *s, const struct words *w, const char *word, struct program *ret,
		  const char **ret_profile)
{
	struct caller *c = &s->caller;
	const char *own = path_join(s->arena, c->home, ".local/bin");
	int r = 0;

	if (strchr(word, '/') && *word != '/')
		return err_add(&s->err, NO_ORIGIN, "%s is neither a name nor an absolute path", word);
	if (!program_find(s->arena, c, word, own, ret)) {
		err_add(&s->err, NO_ORIGIN, "there is no program %s", word);
		return -ENOENT;
	}
	if (!name_is_good(ret->name))
		return err_add(&s->err, NO_ORIGIN, "%s: the name has a character that sbox does not put into launchers",
			       word);
	*ret_profile = w->profile;
	if (!w->profile)
		r = profile_by_links(s, ret, ret_profile);
	if (r == 0 && !*ret_profile) {
		err_add(&s->err, NO_ORIGIN, "no profile lists %s in its commands", ret->name);
		err_remedy(&s->err, "choose one with --profile=NAME; sbox profiles lists them");
		return -ENOENT;
	}
	if (r == 0 && !name_is_good(*ret_profile))
		return err_add(&s->err, NO_ORIGIN,
			       "--profile=%s: a launcher takes the name of an installed profile, not a path",
			       *ret_profile);
	return r == 0 ? check_profile(s, *ret_profile) : r;
}

/* ---- install, remove ---- */

static void say_handled(struct session *s, const char *program, const handled_list *list)
{
	static const char *const texts[] = { [FATE_WRITTEN] = "starts in a sandbox, with profile ",
					     [FATE_SAME] = "is up to date, with profile ",
					     [FATE_RESTORED] = "is what it was before",
					     [FATE_REMOVED] = "is removed: there was none before",
					     [FATE_GONE] = "was no longer sbox's" };

	vec_each (h, list)
		out(s, "%s%s%s %s%s\n", program ? program : "", program ? ": " : "", quote(s->arena, h->path),
		    texts[h->fate], h->fate == FATE_WRITTEN || h->fate == FATE_SAME ? h->profile : "");
}

static int install_program(struct session *s, struct desktop *d, const struct words *w, const char *word)
{
	handled_list handled = { 0 };
	struct program program;
	const char *profile;
	int r = choose(s, w, word, &program, &profile);

	if (r == 0)
		r = desktop_install(d, &program, profile, w->shell, &handled);
	say_handled(s, program.name, &handled);
	if (r == 0 && !handled.n) {
		err_add(&s->err, NO_ORIGIN, "%s: no menu entry, D-Bus service or autostart entry starts it",
			program.name);
		err_remedy(&s->err, "for its name in a shell: sbox desktop install --shell %s", program.name);
		r = -ENOENT;
	}
	return r;
}

/* What profiles list and this machine has; what no launcher starts is passed over. */
static int install_all(struct session *s, struct desktop *d, const struct words *w)
{
	profile_entries entries = { 0 };
	int result = profile_entries_find(s->arena, &s->caller, &entries, &s->err);

	vec_each (e, &entries) {
		char *words = arena_strdup(s->arena, e->commands ? e->commands : "");

		for (const char *word; (word = next_word(&words));) {
			handled_list handled = { 0 };
			struct program program;
			const char *profile;

			if (!program_find(s->arena, &s->caller, word, d->all.home[LAUNCHER_SHELL], &program))
				continue;
			int r = choose(s, w, word, &program, &profile);
			if (r == 0)
				r = desktop_install(d, &program, profile, w->shell, &handled);
			say_handled(s, program.name, &handled);
			if (r < 0)
				result = r;
		}
	}
	return result;
}

static int install(struct session *s, struct desktop *d, const struct words *w)
{
	int result = w->all ? install_all(s, d, w) : 0;

	for (char **p = w->programs; *p; p++) {
		int r = install_program(s, d, w, *p);

		if (r < 0)
			result = r;
	}
	int r = desktop_mime(d);
	return r < 0 ? r : result;
}

static bool is_managed(const struct desktop *d, const char *program)
{
	vec_each (r, &d->store.records)
		if (streq(r->program, program))
			return true;
	return false;
}

static int remove_program(struct session *s, struct desktop *d, const char *program)
{
	handled_list handled = { 0 };

	if (program && !is_managed(d, program)) {
		err_add(&s->err, NO_ORIGIN, "%s: sbox has written nothing for it", program);
		err_remedy(&s->err, "sbox desktop list");
		return -ENOENT;
	}
	int r = desktop_remove(d, program, &handled);
	say_handled(s, program, &handled);
	return r;
}

static int remove_(struct session *s, struct desktop *d, const struct words *w)
{
	int result = w->all ? remove_program(s, d, NULL) : 0;

	for (char **p = w->programs; *p; p++) {
		const char *name = path_name(*p);
		int r = remove_program(s, d, **p == '/' ? name : *p);

		if (r < 0)
			result = r;
	}
	int r = desktop_mime(d);
	return r < 0 ? r : result;
}

/* ---- list, verify ---- */

static int list(struct session *s, struct desktop *d, const struct words *w UNUSED)
{
	static const char *const states[] = {
		[RECORD_FINE] = "up to date",
		[RECORD_EDITED] = "was changed by somebody else: install --force writes it anew",
		[RECORD_MISSING] = "is no longer there: install it again",
		[RECORD_STALE] = "its source has changed: install it again",
		[RECORD_ORPHAN] = "its source is gone: remove it",
		[RECORD_MOVED] = "starts another sbox than this one: install it again",
	};

	vec_each (r, &d->store.records) {
		const char *what;

		if (r->kind == LAUNCHER_MIME)
			continue;
		enum record_state state = record_state(d, r, &what);
		out(s, "%s  %s  %s: %s%s%s%s\n", quote(s->arena, r->program), quote(s->arena, r->profile),
		    quote(s->arena, record_path(s->arena, r)), states[state], what ? " (" : "",
		    what ? quote(s->arena, what) : "", what ? ")" : "");
	}
	return 0;
}

static const char *profile_in(const struct desktop *d, const char *program)
{
	vec_each (r, &d->store.records)
		if (streq(r->program, program))
			return r->profile;
	return NULL;
}

static size_t verify_program(struct session *s, struct desktop *d, const char *word)
{
	struct program program;
	way_list ways = { 0 };

	(void)program_find(s->arena, &s->caller, word, d->all.home[LAUNCHER_SHELL], &program);
	desktop_ways(d, &program, profile_in(d, program.name), &ways);
	vec_each (way, &ways) {
		out(s, "%s: %s\n", way->program, quote(s->arena, way->what));
		if (way->remedy)
			out(s, "  remedy: %s\n", quote(s->arena, way->remedy));
	}
	if (!ways.n)
		out(s, "%s: no way found by which it starts bare\n", quote(s->arena, program.name));
	return ways.n;
}

static int verify(struct session *s, struct desktop *d, const struct words *w)
{
	const char *last = "";
	size_t ways = 0;

	for (char **p = w->programs; *p; p++)
		ways += verify_program(s, d, *p);
	if (*w->programs)
		return ways ? -EEXIST : 0;
	/* the records come by program */
	vec_each (r, &d->store.records) {
		if (r->kind == LAUNCHER_MIME || streq(r->program, last))
			continue;
		last = r->program;
		ways += verify_program(s, d, last);
	}
	return ways ? -EEXIST : 0;
}

/* ---- the command line ---- */

static const struct action {
	const char *name;
	int (*run)(struct session *s, struct desktop *d, const struct words *w);
	bool write, shell, all, programs;
	const char *help;
} actions[] = {
	{ "install", install, .write = true, .shell = true, .all = true, .programs = true,
	  .help = "its launchers start it through sbox" },
	{ "remove", remove_, .write = true, .all = true, .programs = true, .help = "put back what was there" },
	{ "list", list, .help = "what is installed, and whether it is up to date" },
	{ "verify", verify, .programs = true, .help = "each way by which it could still start bare" },
};

static int usage(struct session *s, const char *what, const char *word)
{
	err_add(&s->err, NO_ORIGIN, "desktop: %s%s%s", what, word ? ": " : "", word ? word : "");
	err_remedy(&s->err, "usage: sbox desktop %s", cmd_desktop.synopsis);
	return EXIT_USAGE;
}

static const struct action *action_of(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (streq(actions[i].name, word))
			return &actions[i];
	return NULL;
}

/* Return: 0, or the index of the word that cannot be. */
static int parse(const struct action *a, int argc, char **argv, struct words *ret)
{
	int i = 2;

	for (; i < argc && argv[i][0] == '-'; i++) {
		const char *profile = skip_prefix(argv[i], "--profile=");

		if (streq(argv[i], "--"))
			break;
		if (streq(argv[i], "--all") && a->all)
			ret->all = true;
		else if (streq(argv[i], "--shell") && a->shell)
			ret->shell = true;
		else if (streq(argv[i], "--force") && a->write)
			ret->force = true;
		else if (profile && *profile && a->shell)
			ret->profile = profile;
		else
			return i;
	}
	i += i < argc && streq(argv[i], "--");
	ret->programs = argv + i;
	return i < argc && (!a->programs || ret->all) ? i : 0;
}

const char *desktop_action_at(size_t i, const char **ret_help)
{
	if (i >= ARRAY_SIZE(actions))
		return NULL;
	*ret_help = actions[i].help;
	return actions[i].name;
}

static int run_action(struct session *s, const struct action *a, const struct words *w)
{
	struct desktop d;
	int r = desktop_open(&d, s->arena, &s->caller, a->write, &s->err);
	int status = EXIT_SBOX;

	if (r == 0) {
		d.force = w->force;
		r = a->run(s, &d, w);
		status = r == 0 ? 0 : s->err.errors ? EXIT_SBOX : 1;
	}
	desktop_close(&d);
	return status;
}

static int desktop(struct session *s, int argc, char **argv)
{
	const struct action *a = argc > 1 ? action_of(argv[1]) : NULL;
	struct words w = { 0 };

	if (argc > 1 && (streq(argv[1], "--help") || streq(argv[1], "-h"))) {
		out(s, "usage: sbox desktop %s\n\n", cmd_desktop.synopsis);
		for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
			out(s, "  %-8s %s\n", actions[i].name, actions[i].help);
		return 0;
	}
	if (!a)
		return usage(s, argc > 1 ? "unknown" : "what?", argc > 1 ? argv[1] : NULL);
	int wrong = parse(a, argc, argv, &w);
	if (wrong)
		return usage(s, "unexpected argument", argv[wrong]);
	if (a->write && !w.all && !*w.programs)
		return usage(s, "which program?", NULL);
	return run_action(s, a, &w);
}

const struct command cmd_desktop = { "desktop", desktop,
				     "install [--shell] [--profile=NAME] [--force] PROGRAM…|--all; remove [--force] "
				     "PROGRAM…|--all; list; verify [PROGRAM…]",
				     "launchers in the user's menu that start through sbox" };
