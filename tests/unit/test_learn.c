/* SPDX-License-Identifier: MIT */
/* What a program used becomes few lines, none of which it can write itself. */
#include <criterion/criterion.h>

#include "base/path.h"
#include "leak_check.h"
#include "learn/choose.h"
#include "learn/learn.h"

TestSuite(learn, .fini = leak_check);

static bool secret_stub(const struct places *p, const char *dir)
{
	(void)p;
	/* ~/.tool holds one, so does all above it */
	return streq(dir, "/home/u/.tool") || streq(dir, "/home/u") || streq(dir, "/home/u/.config/vault");
}

static const char *risk_stub(const struct places *p, const char *path)
{
	(void)p;
	return path_below(path, "/home/u/bin") || streq(path, "/home/u/.bashrc") ? "run outside" : NULL;
}

static struct places places_of(struct arena *arena)
{
	struct places p = { .home = "/home/u", .holds_secret = secret_stub, .risk = risk_stub, .arena = arena };

	vec_push(arena, &p.names, (struct place_name){ "${XDG_CONFIG_HOME}", "/home/u/.config", true });
	vec_push(arena, &p.names, (struct place_name){ "${XDG_CACHE_HOME}", "/home/u/.cache", true });
	vec_push(arena, &p.names, (struct place_name){ "${XDG_DOCUMENTS_DIR}", "/home/u/Documents", false });
	vec_push(arena, &p.names, (struct place_name){ "~", "/home/u", false });
	return p;
}

/* "r /path" read, "l" looked at, "w" written, "m /dir" names made in it, "k" kept, "x" run, "d" a directory read, "s" a secret */
static const char *lines_of(struct arena *arena, const char *text)
{
	static const struct {
		char letter;
		unsigned bits;
		bool dir;
	} kinds[] = { { 'r', NEED_READ, false }, { 'l', NEED_LOOK, false }, { 'w', NEED_WRITE, false }, { 'm', NEED_MAKE, true },
		      { 'k', NEED_KEEP, true },  { 'x', NEED_EXEC, false }, { 'd', NEED_READ, true },   { 's', NEED_READ, false } };
	struct places places = places_of(arena);
	need_list needs = { 0 };
	line_list lines = { 0 };
	const char *ret = "";

	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		const char *path = arena_strndup(arena, text + 2, strcspn(text, "\n") - 2);

		for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
			if (kinds[i].letter == text[0])
				vec_push(arena, &needs,
					 (struct need){ .path = path, .bits = kinds[i].bits, .is_dir = kinds[i].dir, .call = "openat", .command = "p",
							.secret = text[0] == 's' ? path : NULL,
							.example = kinds[i].bits >= NEED_MAKE ? arena_printf(arena, "%s/n", path) : NULL });
	}
	generalise(&needs, &places, arena, &lines);
	vec_each (line, &lines)
		ret = arena_printf(arena, "%s%s%s %s\n", ret, line->off ? "; " : "", line->key, line->value);
	return ret;
}

#define BECOMES(needs, lines)                                                                                            \
	do {                                                                                                             \
		_cleanup_arena_ struct arena *arena = arena_new();                                                       \
		const char *got = lines_of(arena, needs);                                                                \
		cr_assert_str_eq(got, lines, "%s", got);                                                                 \
	} while (0)

Test(learn, one_file_stays_a_file_and_three_become_the_directory)
{
	BECOMES("r /srv/d/a\nr /srv/d/b\n", "ro /srv/d/a\nro /srv/d/b\n");
	BECOMES("r /srv/d/a\nl /srv/d/b\nx /srv/d/c\n", "ro /srv/d\n");
	BECOMES("d /srv/d\nr /srv/d/a\n", "ro /srv/d\n");
}

Test(learn, directories_collapse_from_the_deepest_upwards)
{
	BECOMES("r /srv/d/a/1\nr /srv/d/a/2\nr /srv/d/a/3\nr /srv/d/b\nr /srv/d/c\n", "ro /srv/d\n");
	BECOMES("r /srv/d/a/1\nr /srv/d/a/2\nr /srv/d/a/3\nr /srv/d/b\n", "ro /srv/d/a\nro /srv/d/b\n");
}

Test(learn, names_that_begin_alike_are_not_below_each_other)
{
	BECOMES("d /srv/a\nr /srv/a-b\nr /srv/a/c\n", "ro /srv/a\nro /srv/a-b\n");
}

Test(learn, four_hundred_files_are_one_line)
{
	_cleanup_arena_ struct arena *own = arena_new();
	const char *needs = "";

	for (int i = 0; i < 400; i++)
		needs = arena_printf(own, "%sr /srv/music/%d/%d.ogg\n", needs, i / 20, i);
	BECOMES(needs, "ro /srv/music\n");
}

Test(learn, walls_stay_files)
{
	BECOMES("r /etc/a\nr /etc/b\nr /etc/c\n", "ro /etc/a\nro /etc/b\nro /etc/c\n");
	BECOMES("r /home/u/a\nr /home/u/b\nr /home/u/c\n", "ro ~/a\nro ~/b\nro ~/c\n");
	BECOMES("r /home/u/.config/a\nr /home/u/.config/b\nr /home/u/.config/c\n",
		"ro ${XDG_CONFIG_HOME}/a\nro ${XDG_CONFIG_HOME}/b\nro ${XDG_CONFIG_HOME}/c\n");
	BECOMES("r /home/x/a\nr /home/y/a\nr /home/z/a\n", "ro /home/x/a\nro /home/y/a\nro /home/z/a\n");
	BECOMES("r /sys/class/a\nr /sys/class/b\nr /sys/class/c\n", "ro /sys/class/a\nro /sys/class/b\nro /sys/class/c\n");
}

Test(learn, a_directory_with_a_secret_in_it_is_never_given_whole)
{
	BECOMES("r /home/u/.tool/a\nr /home/u/.tool/b\nr /home/u/.tool/c\n", "ro ~/.tool/a\nro ~/.tool/b\nro ~/.tool/c\n");
	BECOMES("r /home/u/.config/vault/a\nr /home/u/.config/vault/b\n",
		"ro ${XDG_CONFIG_HOME}/vault/a\nro ${XDG_CONFIG_HOME}/vault/b\n");
	BECOMES("m /home/u/.tool\n", "; rw ~/.tool\n");
	BECOMES("m /home/u\n", "; rw ~\n");
	BECOMES("d /home/u\n", "; ro ~\n");
}

Test(learn, a_secret_is_switched_off)
{
	BECOMES("s /home/u/.ssh/id\nr /srv/x\n", "ro /srv/x\n; ro ~/.ssh/id\n");
}

Test(learn, what_the_host_runs_later_is_switched_off)
{
	BECOMES("w /home/u/.bashrc\nm /home/u/bin\nr /home/u/bin/x\n", "; rw ~/.bashrc\n; rw ~/bin\n");
}

Test(learn, a_programs_own_directory_is_one)
{
	BECOMES("r /home/u/.config/app/a\nr /home/u/.config/app/sub/b\n", "ro ${XDG_CONFIG_HOME}/app\n");
	BECOMES("r /home/u/.config/app/a\n", "ro ${XDG_CONFIG_HOME}/app/a\n");
	BECOMES("m /home/u/.cache/app/deep/er\nr /home/u/.cache/app/x\n", "rw ${XDG_CACHE_HOME}/app\n");
	BECOMES("r /home/u/.app/a\nr /home/u/.app/b\n", "ro ~/.app\n");
}

Test(learn, what_is_changed_in_place_needs_no_directory)
{
	BECOMES("w /srv/d/a\nr /srv/d/b\n", "rw /srv/d/a\nro /srv/d/b\n");
	BECOMES("w /srv/d/a\nr /srv/d/a\n", "rw /srv/d/a\n");
	BECOMES("m /srv/d\nw /srv/d/a\nr /srv/d/b/c\n", "rw /srv/d\n");
}

Test(learn, a_directory_that_is_not_there_is_kept)
{
	BECOMES("k /home/u/.cache/app\n", "keep ${XDG_CACHE_HOME}/app\n");
	BECOMES("k /home/u/.cache/app\nm /home/u/.cache\n", "keep ${XDG_CACHE_HOME}/app\n; rw ${XDG_CACHE_HOME}\n");
}

/* ---- names that a program chose ---- */

static const char *value_of(struct arena *arena, const char *path)
{
	struct places places = places_of(arena);
	const char *value = path_value(&places, arena, path);

	return value ? value : "(none)";
}

Test(learn, a_value_means_the_path_and_nothing_else)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const struct {
		const char *path, *value;
	} cases[] = {
		{ "/srv/a b", "/srv/a b" },       { "/srv/a:b", "/srv/a\\:b" },      { "/srv/a*?[", "/srv/a\\*\\?\\[" },
		{ "/srv/${HOME}", "/srv/\\${HOME}" }, { "/srv/~", "/srv/~" },         { "/srv/%s%n", "/srv/%s%n" },
		{ "/home/u/x", "~/x" },           { "/home/ux", "/home/ux" },        { "/home/u/.config/a", "${XDG_CONFIG_HOME}/a" },
		{ "/home/u/Documents/a", "${XDG_DOCUMENTS_DIR}/a" }, { "/srv/\xc3\xa4", "/srv/\xc3\xa4" },
		/* what would end the line, be a comment, or be cut */
		{ "/srv/a\nrw = /", "(none)" },   { "/srv/a\rb", "(none)" },         { "/srv/a ;b", "(none)" },
		{ "/srv/a #b", "(none)" },        { "/srv/a ", "(none)" },           { "/srv/a\\:b", "(none)" },
		{ "/srv/\x1b[2J", "(none)" },     { "/srv/\xff", "(none)" },         { "/srv/\xe2\x80\xae", "(none)" },
		{ "/srv/a\tb", "(none)" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		cr_expect_str_eq(value_of(arena, cases[i].path), cases[i].value, "%s", cases[i].path);
	char deep[512];
	memset(deep, 'a', sizeof(deep) - 1);
	deep[0] = '/';
	deep[sizeof(deep) - 1] = '\0';
	cr_assert_str_eq(value_of(arena, deep), "(none)");
}

static size_t newlines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

Test(learn, no_line_has_another_one_in_it)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const char *const hostile[] = { "x\n[files]\nrw = /", "x\r\nrw = /", "%s%n\033]0;t\a", "a\xff\xfe", "\xe2\x80\xa8rw = /", "x ;y", "" };

	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++)
		for (size_t k = 0; k < ARRAY_SIZE(hostile); k++) {
			const struct line line = { .section = "files", .key = "rw", .value = hostile[i], .why = hostile[k] };
			const char *text = line_text(&line, arena);

			cr_expect_eq(newlines(text), 2, "%s", text);
			cr_expect(text[0] == ';', "%s", text);
			/* none of these values can stand in a line, so it is switched off */
			cr_expect(strstr(text, "\n;off rw = "), "%s", text);
		}
}

Test(learn, a_command_line_cannot_write_a_profile)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const struct profile_head head = { .date = "2026-11-22", .command = "sh -c x\n[files]\nrw = / ;#${HOME}", .extends = "base", .whole = true };
	const char *text = profile_text(&head, &(line_list){ 0 }, arena);

	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n')
		cr_expect(*line == ';' || skip_prefix(line, "[profile]\n") || skip_prefix(line, "description = ") || skip_prefix(line, "extends = base\n"),
			  "%s", line);
	cr_assert_null(strstr(strstr(text, "description"), "$"));
}

Test(learn, what_is_no_record_is_skipped)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct trace t;

	trace_read(arena,
		   "garbage\n{}\n[1]\n{\"event\":\"use\",\"did\":\"fly\",\"object\":\"/x\"}\n{\"event\":\"use\",\"did\":\"read\",\"object\":7}\n"
		   "{\"event\":\"use\",\"did\":\"read\",\"object\":\"/a\\nb\",\"command\":\"c\"}\n{\"event\":\"first\",\"change\":[1,\"[files] ro = /x\"]}\n"
		   "{\"event\":\"end\",\"without-record\":0}\n{\"event\":\"use\"",
		   &t);
	cr_assert_eq(t.uses.n, 2);
	cr_assert_str_eq(t.uses.v[0].object, "");
	cr_assert_str_eq(t.uses.v[1].object, "/a\nb");
	cr_assert_eq(t.refused.n, 1);
	cr_assert_eq(t.refused.v[0].change.n, 1);
	cr_assert(t.whole);
	trace_read(arena, "{\"event\":\"end\",\"without-record\":0,\"uses-without-record\":3}\n", &t);
	cr_assert(!t.whole);
	trace_read(arena, "", &t);
	cr_assert(!t.whole);
}

/* ---- the network ---- */

static const char *network_of(struct arena *arena, bool pasta, const char *uses)
{
	struct trace t = { 0 };
	struct choice c = { 0 };
	const char *ret = "";

	for (; *uses; uses += strcspn(uses, "\n"), uses += *uses == '\n') {
		size_t word = strcspn(uses, " ");
		const char *did = arena_strndup(arena, uses, word);

		for (size_t i = 0; i < DID_COUNT; i++)
			if (streq(did, did_words[i]))
				vec_push(arena, &t.uses,
					 (struct use){ .did = (enum did)i, .object = arena_strndup(arena, uses + word + 1, strcspn(uses, "\n") - word - 1),
						       .call = "connect" });
	}
	choose_network(&t, pasta, true, arena, &c);
	vec_each (line, &c.lines)
		ret = arena_printf(arena, "%s%s %s\n", ret, line->key, line->value);
	return ret;
}

#define NETWORK(pasta, uses, lines)                                                                                      \
	do {                                                                                                             \
		_cleanup_arena_ struct arena *arena = arena_new();                                                       \
		const char *got = network_of(arena, pasta, uses);                                                        \
		cr_assert_str_eq(got, lines, "%s", got);                                                                 \
	} while (0)

Test(learn, no_network_for_who_asks_for_none)
{
	NETWORK(true, "read /x\n", "");
	/* its own processes among themselves; a library that asks for a route */
	NETWORK(true, "bind 127.0.0.1:4000\nreach 127.0.0.1:4000\nbind 127.0.0.1:0\nreach-udp 10.1.1.1:80\n", "");
}

Test(learn, names_and_their_ports)
{
	NETWORK(true, "ask example.org\nreach-udp 10.0.0.1:53\nreach 192.0.2.1:443\nreach [2001:db8::1]:443\n", "mode user\nallow example.org:443\n");
	NETWORK(true, "reach 192.0.2.1:443\n", "mode user\nallow 192.0.2.1:443\n");
	NETWORK(true, "ask a.example.org\nask b.example.org\nask c.example.org\nask d.example.org\nreach 192.0.2.1:443\n",
		"mode user\nallow *.example.org:443\n");
	NETWORK(false, "ask example.org\nreach 192.0.2.1:443\n", "mode host\nconnect 443 53\n");
}

Test(learn, services_of_the_machine_and_its_own)
{
	NETWORK(true, "reach 127.0.0.1:8080\n", "mode host\nconnect 8080\n");
	NETWORK(true, "bind 0.0.0.0:8000\n", "mode user\npublish 8000:8000\nallow 127.0.0.1\n");
	NETWORK(true, "bind 0.0.0.0:8000\nask example.org\nreach 192.0.2.1:443\n", "mode user\npublish 8000:8000\nallow example.org:443\n");
	NETWORK(false, "bind 0.0.0.0:8000\n", "mode host\nbind 8000\n");
	NETWORK(true, "bind 0.0.0.0:8000\nreach 127.0.0.1:80\n", "mode host\nconnect 80\nbind 8000\n");
}

Test(learn, a_name_that_is_none_is_no_line)
{
	NETWORK(true, "ask *\nask a.b\\nmode\nask ..\nask .x.y\nask a b.c\nask -x.y\nask x.y.\n", "");
}

/* ---- merge ---- */

static const char *merged(struct arena *arena, const char *text, const char *section, const char *key, const char *value)
{
	line_list lines = { 0 };

	vec_push(arena, &lines, (struct line){ .section = section, .key = key, .value = value, .why = "read (p: openat)" });
	return merge(text, &lines, arena);
}

Test(learn, merge_keeps_every_line_and_adds_to_the_section)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const char *before = "# mine\n[files]\nro = /a\n\n[network]\n; why\nmode = user\n";

	cr_assert_str_eq(merged(arena, before, "files", "ro", "/b"),
			 "# mine\n[files]\nro = /a\n; read (p: openat)\nro = /b\n\n[network]\n; why\nmode = user\n");
	cr_assert_str_eq(merged(arena, before, "seccomp", "allow", "@aio"),
			 "# mine\n[files]\nro = /a\n\n[network]\n; why\nmode = user\n\n[seccomp]\n; read (p: openat)\nallow = @aio\n");
	cr_assert_str_eq(merged(arena, before, "files", "ro", "/a"), before);
}

Test(learn, merge_contradicts_nobody)
{
	_cleanup_arena_ struct arena *arena = arena_new();

	cr_assert_str_eq(merged(arena, "[network]\nmode = none\n", "network", "mode", "host"),
			 "[network]\nmode = none\n; this file says \"mode = none\"; read (p: openat)\n;off mode = host\n");
	cr_assert_str_eq(merged(arena, "[files]\nro = /a\n", "files", "rw", "/a"),
			 "[files]\nro = /a\n; this file says \"ro = /a\"; read (p: openat)\n;off rw = /a\n");
	cr_assert_str_eq(merged(arena, "[files]\nhide = /a\n", "files", "ro", "/a"),
			 "[files]\nhide = /a\n; this file says \"hide = /a\"; read (p: openat)\n;off ro = /a\n");
	/* what somebody has switched off stays so */
	cr_assert_str_eq(merged(arena, "[files]\n;off ro = /a\n", "files", "ro", "/a"), "[files]\n;off ro = /a\n");
}

Test(learn, merge_widens_what_was_learned)
{
	_cleanup_arena_ struct arena *arena = arena_new();

	cr_assert_str_eq(merged(arena, "[files]\n; read (p: stat)\nro = /a\nro = /b\n", "files", "rw", "/a"),
			 "[files]\n; read (p: stat)\n; read (p: openat)\nrw = /a\nro = /b\n");
}

Test(learn, the_difference_is_what_changed)
{
	_cleanup_arena_ struct arena *arena = arena_new();

	cr_assert_str_eq(merge_difference("a\nb\n", "a\nb\n", arena), "");
	cr_assert_str_eq(merge_difference("[f]\na\nb\n", "[f]\na\nx\nb\ny\n", arena), "@@ -3 +3 @@ [f]\n+x\n@@ -4 +5 @@ [f]\n+y\n");
	cr_assert_str_eq(merge_difference("a\nb\n", "a\nc\n", arena), "@@ -2 +2 @@ \n-b\n+c\n");
}

Test(learn, a_line_that_is_refused_is_switched_off)
{
	_cleanup_arena_ struct arena *arena = arena_new();

	cr_assert_str_eq(line_off("a\nb\nc\n", 2, "no\nway", arena), "a\n; no\\x0away\n;off b\nc\n");
	cr_assert_str_eq(line_off("a\n", 7, "x", arena), "a\n");
}
