/* SPDX-License-Identifier: MIT */
/*
 * The manual's lists, from the tables that the program uses: copies stdin to stdout and puts a list where a line says
 * @KEYS@, @GROUPS@ (of system calls) or @FAMILIES@ (of sockets); one option where it says "@OPTION ro@", and behind the others
 * "@OPTIONS run@" those that were not named.  Run when the manual is made, never installed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cmd/option_rows.h"
#include "plan/syscall_groups.h"
#include "profile/profile.h"

/* How a value is written, in mdoc(7). */
static const char *const syntax[] = {
	[T_TEXT] = "Ar text",
	[T_NAME] = "Ar word",
	[T_LINE] = "Ar text",
	[T_NAMES] = "Ar word ...",
	[T_WORD] = NULL,
	[T_WORDS] = NULL,
	[T_BOOL] = "Cm yes | no",
	[T_NUMBER] = "Ar number",
	[T_INT] = "Ar number",
	[T_MODE] = "Ar mode",
	[T_SHARE] = "Ar size | percentage",
	[T_DURATION] = "Ar duration",
	[T_OFFSET] = "Ar duration",
	[T_PATH] = "Ar path",
	[T_ACCESS] = "Ar path Ns Op Cm :rw",
	[T_BIND] = "Ar path Ns Op : Ns Ar inside",
	[T_TMPFS] = "Ar path Oo Cm size Ns = Ns Ar size Oc Op Cm mode Ns = Ns Ar mode",
	[T_SYMLINK] = "Ar link No -> Ar target",
	[T_DATA] = "Ar path text",
	[T_SYSTEM] = "Cm none | host | Ar directory",
	[T_USER] = "Cm self | root | Ar number",
	[T_NETNS] = "Ar path | Cm fd : Ns Ar number",
	[T_IDMAP] = "Cm self | subids | Ar extents",
	[T_ACTION] = "Ar action",
	[T_RLIMIT] = "Ar limit Ns Op : Ns Ar hard",
	[T_ENV] = "Ar name Ns = Ns Ar value",
	[T_LOG] = "Cm journal | Ar path",
};
_Static_assert(ARRAY_SIZE(syntax) == T_LOG + 1, "a type of value has no syntax");

enum { WIDTH = 64 };

/* @text as text lines of at most a little more than WIDTH; nothing in it is taken for a request, an escape or a hyphen.
 */
static void put_text(const char *text)
{
	static const char ellipsis[] = "…";
	int column = 0;

	for (bool start = true; *text; text++, column++) {
		if (start && (*text == '.' || *text == '\''))
			fputs("\\&", stdout);
		start = column > WIDTH && *text == ' ';
		if (start) {
			putchar('\n');
			column = 0;
		} else if (strncmp(text, ellipsis, sizeof(ellipsis) - 1) == 0) {
			fputs("...", stdout);
			text += sizeof(ellipsis) - 2;
		} else if (*text == '\\') {
			fputs("\\e", stdout);
		} else if (*text == '-') {
			fputs("\\-", stdout);
		} else {
			putchar(*text);
		}
	}
}

static void put_words(const struct key *key)
{
	puts(".Bl -tag -width Ds -compact");
	for (const struct word *w = key->words; w->name; w++) {
		printf(".It Cm %s\n", w->name);
		put_text(w->help);
		putchar('\n');
	}
	puts(".El");
}

static void put_key(const struct key *key)
{
	printf(".It Ic %s No = ", key->name);
	if (key->words) {
		fputs("Cm", stdout);
		for (const struct word *w = key->words; w->name; w++)
			printf("%s %s", w == key->words ? "" : " |", w->name);
		puts(key->type == T_WORDS ? " ..." : "");
	} else {
		puts(syntax[key->type]);
	}
	put_text(key->help);
	puts(".");
	if (key->def) {
		fputs("Default: ", stdout);
		put_text(key->def);
		puts(".");
	}
	if (key->words)
		put_words(key);
}

static void put_keys(void)
{
	for (enum key_id k = 0; k < KEY_COUNT; k++) {
		bool first = k == 0 || !streq(keys[k].section, keys[k - 1].section);
		bool last = k + 1 == KEY_COUNT || !streq(keys[k].section, keys[k + 1].section);

		if (first)
			printf(".Ss [%s]\\&\n.Bl -tag -width Ds\n", keys[k].section);
		put_key(&keys[k]);
		if (last)
			puts(".El");
	}
}

static const char *const walls[] = {
	[WALL_OPEN] = NULL,
	[WALL_NAMED] = "Each of these calls can be allowed, by its own name.",
	[WALL_SET_ID] = NULL,
	[WALL_FULL] = "No line allows these calls without\n.Ql nested = full .",
	[WALL_NEVER] = "No line allows these calls.",
};

static void put_group(const struct syscall_group *g)
{
	printf(".It Cm %s\n", g->name);
	put_text(g->help);
	puts(".");
	puts("Reason:");
	put_text(g->why);
	puts(".");
	if (!g->in_base)
		puts(g->refusal == REFUSE_PERM	? "Not allowed: EPERM." :
		     g->refusal == REFUSE_NOSYS ? "Not allowed: ENOSYS." :
						  "Not allowed: as\n.Ic default\nsays.");
	if (walls[g->wall])
		puts(walls[g->wall]);
}

static void put_groups(void)
{
	puts(".Bl -tag -width Ds\n.It Cm @base\nwhat ordinary programs need; stands for");
	for (size_t i = 0, n = 0; i < GROUP_COUNT; i++)
		if (syscall_groups[i].in_base)
			printf("%s.Cm %s", n++ ? " ,\n" : "", syscall_groups[i].name);
	puts(" .");
	for (size_t i = 0; i < GROUP_COUNT; i++)
		put_group(&syscall_groups[i]);
	puts(".El");
}

static void put_families(void)
{
	for (size_t i = 0; i < FAMILY_COUNT; i++)
		printf(".Cm %s %s\n", socket_families[i].name, i + 1 < FAMILY_COUNT ? "," : ".");
}

/* ---- options ---- */

static void put_argument(const struct option_row *row)
{
	const struct word *words = row->kind == OPT_KEY ? keys[row->key].words : NULL;

	if (words) {
		fputs(" Ns = Ns Cm", stdout);
		for (const struct word *w = words; w->name; w++)
			printf("%s %s", w == words ? "" : " |", w->name);
	} else if (row->arg && row->arg[0] == '[') {
		printf(" Ns Op = Ns Ar %.*s", (int)strlen(row->arg) - 2, row->arg + 1);
	} else if (row->arg) {
		printf(" Ns = Ns Ar %s", row->arg);
	}
	putchar('\n');
}

static void put_option(const struct option_row *row)
{
	fputs(".It ", stdout);
	if (row->letter)
		printf("Fl %c , ", row->letter);
	printf("Fl -%s", row->name);
	put_argument(row);
	if (*row->help >= 'a' && *row->help <= 'z')
		putchar(*row->help - 'a' + 'A');
	else
		putchar(*row->help);
	put_text(row->help + 1);
	puts(strchr("?.", row->help[strlen(row->help) - 1]) ? "" : ".");
}

/* Return: was @line about options?  @named: the rows that lines have named so far. */
static bool put_options(const char *line, bool *named)
{
	char name[64];
	size_t i = 0;

	if (sscanf(line, "@OPTION %63[a-z-]@", name) == 1) {
		while (i < ARRAY_SIZE(rows) && !streq(rows[i].name, name))
			i++;
		if (i == ARRAY_SIZE(rows)) {
			fprintf(stderr, "no such option: %s\n", name);
			exit(EXIT_FAILURE);
		}
		named[i] = true;
		put_option(&rows[i]);
		return true;
	}
	if (sscanf(line, "@OPTIONS %63[a-z]@", name) != 1)
		return false;
	for (; i < ARRAY_SIZE(rows); i++)
		if (!named[i] && row_belongs(&rows[i], streq(name, "run")))
			put_option(&rows[i]);
	return true;
}

static const struct list {
	const char *line;
	void (*put)(void);
} lists[] = {
	{ "@KEYS@\n", put_keys },
	{ "@GROUPS@\n", put_groups },
	{ "@FAMILIES@\n", put_families },
};

int main(void)
{
	bool named[ARRAY_SIZE(rows)] = { false };
	char line[1024];

	while (fgets(line, sizeof(line), stdin)) {
		size_t i = 0;

		while (i < ARRAY_SIZE(lists) && !streq(line, lists[i].line))
			i++;
		if (i < ARRAY_SIZE(lists))
			lists[i].put();
		else if (!put_options(line, named))
			fputs(line, stdout);
	}
	return ferror(stdin) || fflush(stdout) || ferror(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
