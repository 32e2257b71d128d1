/* SPDX-License-Identifier: MIT */
/* Command lines of launchers: read as they are meant, written so that nobody can read them otherwise. */
#include <criterion/criterion.h>
#include <errno.h>

#include "arena_fixture.h"
#include "desktop/exec.h"

TestSuite(desktop_exec, .init = arena_open, .fini = arena_close);

static const char *words_of(enum exec_style style, const char *value, exec_words *ret)
{
	const char *problem = NULL, *text = "";

	if (exec_parse(a, style, value, ret, &problem) < 0)
		return problem;
	vec_each (w, ret)
		text = arena_printf(a, "%s<%s>", text, *w);
	return text;
}

static void expect(const char *value, const char *words, const char *written)
{
	exec_words parsed, again;
	const char *got = words_of(EXEC_ENTRY, value, &parsed);

	cr_assert_str_eq(got, words, "%s is %s, not %s", value, got, words);
	const char *text = exec_write(a, EXEC_ENTRY, &parsed);
	cr_assert_str_eq(text, written, "%s is written %s, not %s", value, text, written);
	got = words_of(EXEC_ENTRY, text, &again);
	cr_assert_str_eq(got, words, "what is written reads as %s", got);
}

Test(desktop_exec, words)
{
	expect("firefox %u", "<firefox><%u>", "firefox %u");
	expect("  a\t b  ", "<a><b>", "a b");
	expect("mpv --player-operation-mode=pseudo-gui -- %U", "<mpv><--player-operation-mode=pseudo-gui><--><%U>",
	       "mpv --player-operation-mode=pseudo-gui -- %U");
	expect("\"/opt/a b/c\" \"x\"", "</opt/a b/c><x>", "\"/opt/a b/c\" x");
	expect("a \"\"", "<a><>", "a \"\"");
	expect("a 100%%", "<a><100%%>", "a 100%%");
	expect("a \"%c\" %k %i", "<a><%c><%k><%i>", "a %c %k %i");
}

/* The value is a string of the file format first, then a command line. */
Test(desktop_exec, both_levels_of_escapes)
{
	expect("a \"\\\\$HOME\"", "<a><$HOME>", "a \"\\\\$HOME\"");
	expect("a \"\\\\\\\\\"", "<a><\\>", "a \"\\\\\\\\\"");
	expect("a\\sb", "<a><b>", "a b");
	expect("a \"x\\ty\"", "<a><x\ty>", "a \"x\ty\"");
	expect("a \"\\\\\"q\\\\\"\"", "<a><\"q\">", "a \"\\\\\"q\\\\\"\"");
}

/* What some launchers would give to a shell is a word like any other afterwards. */
Test(desktop_exec, nothing_is_left_for_a_shell)
{
	expect("a;rm x", "<a;rm><x>", "\"a;rm\" x");
	expect("a $HOME", "<a><$HOME>", "a \"\\\\$HOME\"");
	expect("a `id`", "<a><`id`>", "a \"\\\\`id\\\\`\"");
	expect("a 'b c;d'", "<a><b c;d>", "a \"b c;d\"");
	expect("a | b > c & d", "<a><|><b><>><c><&><d>", "a \"|\" b \">\" c \"&\" d");
	expect("a ~ * ? (x)", "<a><~><*><?><(x)>", "a \"~\" \"*\" \"?\" \"(x)\"");
	expect("a --app=https://x/?y&z", "<a><--app=https://x/?y&z>", "a \"--app=https://x/?y&z\"");
}

Test(desktop_exec, refused)
{
	static const char *const rows[][2] = {
		{ "", "Exec is empty" },
		{ "   ", "Exec is empty" },
		{ "a \"b", "Exec has a quote without an end" },
		{ "a 'b", "Exec has a quote without an end" },
		{ "a b\\\\", "Exec ends with a backslash" },
		{ "a \\q", "Exec has an unknown escape" },
		{ "a \\", "Exec has an unknown escape" },
		{ "a %z", "Exec has a % that is no field code" },
		{ "a %", "Exec has a % that is no field code" },
		{ "a %%%", "Exec has a % that is no field code" },
		{ "a #b", "Exec has a word that begins with #" },
		{ "a\\nb", "Exec has a control character" },
		{ "a \x1b[1m", "Exec has a control character" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		exec_words ignored;
		const char *problem;

		cr_assert_eq(exec_parse(a, EXEC_ENTRY, rows[i][0], &ignored, &problem), -EINVAL, "accepted: %s",
			     rows[i][0]);
		cr_assert_str_eq(problem, rows[i][1], "%s: %s", rows[i][0], problem);
	}
}

Test(desktop_exec, a_field_code_is_never_within_quotes)
{
	static const char *const rows[] = { "sh -c \"x %f\"", "a \"--title=a b %c\"", "a $%u", "a \"%u;%f\"" };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		exec_words words;
		const char *problem;

		cr_assert_eq(exec_parse(a, EXEC_ENTRY, rows[i], &words, &problem), 0);
		cr_assert_null(exec_write(a, EXEC_ENTRY, &words), "%s", rows[i]);
	}
}

Test(desktop_exec, a_service_has_no_field_codes)
{
	exec_words words;

	cr_assert_str_eq(words_of(EXEC_SERVICE, "a 100% \"%z\"", &words), "<a><100%><%z>");
	cr_assert_str_eq(exec_write(a, EXEC_SERVICE, &words), "a 100% %z");
	cr_assert_str_eq(exec_literal(a, EXEC_SERVICE, "/x%y"), "/x%y");
	cr_assert_str_eq(exec_literal(a, EXEC_ENTRY, "/x%y"), "/x%%y");
}

Test(desktop_exec, which_word_is_the_program)
{
	static const struct {
		const char *value;
		size_t at; /* 99: cannot be told */
	} rows[] = {
		{ "firefox %u", 0 },
		{ "env firefox", 1 },
		{ "env A=b C=d firefox -x", 3 },
		{ "/usr/bin/env -i A=b -u C firefox", 5 },
		{ "env -- firefox", 2 },
		{ "env -S \"firefox\"", 99 },
		{ "env A=b", 99 },
		{ "env -u", 99 },
		{ "env --unset=X firefox", 2 },
		{ "%f", 99 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		exec_words words;
		const char *problem;

		cr_assert_eq(exec_parse(a, EXEC_ENTRY, rows[i].value, &words, &problem), 0);
		cr_assert_eq(exec_program(&words), rows[i].at == 99 ? words.n : rows[i].at, "%s", rows[i].value);
	}
}
