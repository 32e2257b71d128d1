/* SPDX-License-Identifier: MIT */
/* Desktop entries and D-Bus services, before and after: what changes, what stays, what is refused. */
#include <criterion/criterion.h>

#include "arena_fixture.h"
#include "desktop/launchers.h"
#include "desktop/rewrite.h"

TestSuite(desktop_rewrite, .init = arena_open, .fini = arena_close);

#define HEAD                                                                                                           \
	"# Starts x in a sandbox, with the profile p.  Made by sbox from /src\n# This takes it away: sbox desktop "    \
	"remove x\n"

static const char *rewritten(enum exec_style style, const char *text, size_t size)
{
	const struct rewrite how = { .style = style,
				     .sbox = "/bin/sbox",
				     .profile = "p",
				     .program = "x",
				     .source = "/src",
				     .try_exec = style == EXEC_ENTRY ? "/usr/bin/x" : NULL };
	const char *out = NULL, *problem = NULL;

	return rewrite_text(a, text, size, &how, &out, &problem) < 0 ? problem : out;
}

static void expect(const char *text, const char *want)
{
	const char *got = rewritten(EXEC_ENTRY, text, strlen(text));

	cr_assert_str_eq(got, want, "got:\n%s\nwant:\n%s", got, want);
}

Test(desktop_rewrite, every_exec_and_nothing_else)
{
	expect("# a comment\n[Desktop Entry]\nName=X\nName[de]=Ix\nIcon=x\nTryExec=y\nExec = x %U\nActions=new;\n\n"
	       "[Desktop Action new]\nName=New\nExec=x --new\nExec=sh -c evil\n[X-Old Group]\nExec=other\n",
	       HEAD "# a comment\n[Desktop Entry]\nTryExec=/usr/bin/x\nName=X\nName[de]=Ix\nIcon=x\nExec=/bin/sbox "
		    "--profile=p -- x %U\nActions=new;\n\n"
		    "[Desktop Action new]\nName=New\nExec=/bin/sbox --profile=p -- x --new\nExec=/bin/sbox --profile=p "
		    "-- sh -c evil\n"
		    "[X-Old Group]\nExec=/bin/sbox --profile=p -- other\n");
}

Test(desktop_rewrite, no_other_way_to_start_it)
{
	expect("[Desktop "
	       "Entry]\nType=Application\nDBusActivatable=true\nExec=x\nExec[de]=bare\nTryExec[de]=y\nTerminalOptions=-"
	       "e bare\nActions=a;b;\n"
	       "[Desktop Action a]\nName=A\n[Desktop Action b]\nExec=x -b\n",
	       HEAD "[Desktop Entry]\nTryExec=/usr/bin/x\nType=Application\nDBusActivatable=false\nExec=/bin/sbox "
		    "--profile=p -- x\nActions=b;\n"
		    "[Desktop Action b]\nExec=/bin/sbox --profile=p -- x -b\n");
	const char *service = "[D-BUS Service]\nName=org.x\nExec=/usr/bin/x --service\nSystemdService=x.service\n";
	cr_assert_str_eq(rewritten(EXEC_SERVICE, service, strlen(service)),
			 HEAD "[D-BUS Service]\nName=org.x\nExec=/bin/sbox --profile=p -- /usr/bin/x --service\n");
}

Test(desktop_rewrite, what_starts_through_sbox_stays)
{
	expect("[Desktop Entry]\nExec=/bin/sbox --profile=q -- x\n",
	       HEAD "[Desktop Entry]\nTryExec=/usr/bin/x\nExec=/bin/sbox --profile=q -- x\n");
	expect("[Desktop Entry]\nExec=/tmp/sbox x\n",
	       HEAD "[Desktop Entry]\nTryExec=/usr/bin/x\nExec=/bin/sbox --profile=p -- /tmp/sbox x\n");
}

Test(desktop_rewrite, blanks_and_line_ends_hide_nothing)
{
	expect("\t[Desktop Entry]  \r\n \r Exec\t=  x\r\n",
	       HEAD "[Desktop Entry]\nTryExec=/usr/bin/x\nExec=/bin/sbox --profile=p -- x\n");
	expect("[Desktop Entry]\nExec=x",
	       HEAD "[Desktop Entry]\nTryExec=/usr/bin/x\nExec=/bin/sbox --profile=p -- x\n");
}

Test(desktop_rewrite, refused)
{
	static const char *const rows[][2] = {
		{ "", "it has no Exec" },
		{ "[Desktop Entry]\nName=x\n", "it has no Exec" },
		{ "[Other]\nExec=x\n", "it has no Exec" },
		{ "Exec=x\n[Desktop Entry]\n", "line 1: a key before the first group" },
		{ "[Desktop Entry]\nExec=x\nevil\n", "line 3: neither a group nor a key with a value" },
		{ "[Desktop Entry]\nExec[$e]=$(evil)\n", "line 2: a key with something in brackets that is no locale" },
		{ "[Desktop Entry]\nExec[]=x\n", "line 2: a key with something in brackets that is no locale" },
		{ "[Desktop Entry]\nExec[de=x\n", "line 2: a key with something in brackets that is no locale" },
		{ "[Desktop Entry]\nExec x=y\n", "line 2: a key with something between its name and its value" },
		{ "[Desktop Entry] x\nExec=x\n", "line 1: something behind the name of a group" },
		{ "[Desktop [Entry]\nExec=x\n", "line 1: a group without a name or an end" },
		{ "[]\nExec=x\n", "line 1: a group without a name or an end" },
		{ "[Desktop Entry]\nExec=x\vy\n", "line 2: a control character" },
		{ "[Desktop Entry]\nExec=x\n[Desktop Action a]\nExec=x \"%f y\"\n",
		  "Exec has a field code in an argument that must be quoted, which has no meaning" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *got = rewritten(EXEC_ENTRY, rows[i][0], strlen(rows[i][0]));

		cr_assert_str_eq(got, rows[i][1], "%s: %s", rows[i][0], got);
	}
	cr_assert_str_eq(rewritten(EXEC_ENTRY, "[Desktop Entry]\nExec=x\0", 23), "it holds a NUL byte");
}

/* Whatever the bytes: an answer, and each Exec of it begins with sbox. */
Test(desktop_rewrite, any_bytes)
{
	static const char pieces[][20] = { "[Desktop Entry]\n",
					   "Exec=",
					   "x",
					   "\n",
					   " ",
					   "[",
					   "]",
					   "=",
					   "\\",
					   "\"",
					   "%u",
					   "%",
					   "\r",
					   "\xff",
					   "[de]",
					   ";",
					   "#",
					   "Actions=a;\n",
					   "[Desktop Action a]\n",
					   "'" };
	unsigned seed = 1;

	for (size_t round = 0; round < 20000; round++) {
		arena_free(a);
		a = arena_new();
		char text[400] = "[Desktop Entry]\nExec=x\n";
		size_t n = strlen(text);

		for (size_t i = 0; i < 14; i++) {
			seed = seed * 1103515245 + 12345;
			const char *piece = pieces[(seed >> 16) % ARRAY_SIZE(pieces)];

			memcpy(text + n, piece, strlen(piece));
			n += strlen(piece);
		}
		const char *got = rewritten(EXEC_ENTRY, text, n), *ignored;
		keylines lines;

		if (!skip_prefix(got, "# Starts"))
			continue;
		cr_assert_eq(keyfile_parse(a, got, strlen(got), &lines, &ignored), 0, "%s", got);
		vec_each (l, &lines)
			if (l->kind == LINE_KEY && streq(l->key, "Exec"))
				cr_assert(!l->locale && skip_prefix(l->value, "/bin/sbox --profile=p -- "), "%s", got);
	}
}

/* ---- who opens what ---- */

static keylines cache_of(const char *text)
{
	const char *ignored;
	keylines lines;

	cr_assert_eq(keyfile_parse(a, text, strlen(text), &lines, &ignored), 0);
	return lines;
}

Test(desktop_rewrite, mime_keeps_the_order_of_before)
{
	keylines base = cache_of("[MIME Cache]\ntext/x=own.desktop;\ntext/html=mine.desktop;\n");
	keylines caches[] = { cache_of("[MIME Cache]\ntext/html=b.desktop;x.desktop;\n"),
			      cache_of("[MIME Cache]\ntext/html=x.desktop;c.desktop;\n") };
	mime_claims claims = { 0 };
	struct mime_claim claim = { .id = "x.desktop" };

	cr_assert_null(mime_merge(a, &base, &claims, caches, 2), "nothing is claimed");
	keyfile_list(a, "text/html;;text/new;a=b;[x;", &claim.types);
	vec_push(a, &claims, claim);
	cr_assert_str_eq(mime_merge(a, &base, &claims, caches, 2),
			 "[MIME "
			 "Cache]\ntext/html=mine.desktop;b.desktop;x.desktop;c.desktop;\ntext/new=x.desktop;\ntext/"
			 "x=own.desktop;\n");
}
