/* SPDX-License-Identifier: MIT */
/* THE table of the options of run and explain: options.c parses by it, the manual's lists are made of it (man/keys-doc.c). */
#ifndef SBOX_CMD_OPTION_ROWS_H
#define SBOX_CMD_OPTION_ROWS_H

#include "cmd/cmd.h"

enum option_kind { OPT_KEY, OPT_ENV, OPT_SET, OPT_TEXT, OPT_FLAG, OPT_REPORT, OPT_ASK };
enum option_of { OF_BOTH, OF_RUN, OF_EXPLAIN };

/* Offset of a bool (OPT_FLAG) or a string (OPT_TEXT) in struct run_options. */
#define FIELD(field) .offset = offsetof(struct run_options, field)

/** struct option_row - one option */
struct option_row {
	const char *name;
	char letter;
	enum option_kind kind;
	enum option_of of;
	enum key_id key;  /* OPT_KEY */
	size_t offset;    /* OPT_FLAG, OPT_TEXT */
	int ask;          /* OPT_ASK */
	const char *arg;  /* NULL: takes none; "[…" : optional */
	const char *help;
};

static const struct option_row rows[] = {
	{ "profile", 'p', OPT_TEXT, OF_BOTH, FIELD(profile), .arg = "NAME|PATH", .help = "the profile; without it the one for the command, or default" },
	{ "ro", 0, OPT_KEY, .key = KEY_files_ro, .arg = "PATH", .help = "make PATH visible read-only" },
	{ "rw", 0, OPT_KEY, .key = KEY_files_rw, .arg = "PATH", .help = "make PATH visible read-write" },
	{ "hide", 0, OPT_KEY, .key = KEY_files_hide, .arg = "PATH", .help = "mask PATH" },
	{ "overlay", 0, OPT_KEY, .key = KEY_files_overlay, .arg = "PATH", .help = "keep changes of PATH apart" },
	{ "cwd", 0, OPT_KEY, .key = KEY_files_cwd, .arg = "MODE", .help = "the current directory: none, ro, rw, overlay" },
	{ "home", 0, OPT_KEY, .key = KEY_files_home, .arg = "MODE", .help = "the home: ephemeral, private, host-ro, host" },
	{ "net", 0, OPT_KEY, .key = KEY_network_mode, .arg = "MODE", .help = "the network: none, host, user" },
	{ "publish", 0, OPT_KEY, .key = KEY_network_publish, .arg = "SPEC", .help = "a port of the sandbox on the host" },
	{ "tty", 0, OPT_KEY, .key = KEY_process_tty, .arg = "MODE", .help = "the terminal: private, inherit, none" },
	{ "env", 0, OPT_ENV, .arg = "NAME[=VALUE]", .help = "pass a variable, or set it" },
	{ "set", 0, OPT_SET, .arg = "SECTION.KEY=VALUE", .help = "any key of a profile" },
	{ "name", 0, OPT_TEXT, OF_BOTH, FIELD(name), .arg = "ID", .help = "name of the running sandbox" },
	{ "report", 0, OPT_REPORT, OF_RUN, .arg = "[FILE]", .help = "say what was denied, and why" },
	{ "json-status-fd", 0, OPT_TEXT, OF_RUN, FIELD(status_fd), .arg = "N", .help = "write start and exit to descriptor N" },
	{ "dry-run", 0, OPT_FLAG, OF_RUN, FIELD(dry_run), .help = "explain instead of running" },
	{ "verbose", 'v', OPT_FLAG, OF_RUN, FIELD(verbose), .help = "say at the end how it went" },
	{ "quiet", 'q', OPT_FLAG, OF_RUN, FIELD(quiet), .help = "no warnings" },
	{ "json", 0, OPT_FLAG, OF_EXPLAIN, FIELD(json), .help = "as JSON" },
	{ "steps", 0, OPT_FLAG, OF_EXPLAIN, FIELD(steps), .help = "the launch, step by step" },
	{ "syscalls", 0, OPT_FLAG, OF_EXPLAIN, FIELD(syscalls), .help = "system calls: groups, members, verdicts" },
	{ "path", 0, OPT_ASK, OF_EXPLAIN, .ask = ASK_PATH, .arg = "PATH", .help = "is PATH visible, and by which line?" },
	{ "syscall", 0, OPT_ASK, OF_EXPLAIN, .ask = ASK_SYSCALL, .arg = "NAME", .help = "does NAME work, and by which line?" },
	{ "host", 0, OPT_ASK, OF_EXPLAIN, .ask = ASK_HOST, .arg = "HOST[:PORT]", .help = "can HOST be reached, and by which line?" },
	{ "dbus", 0, OPT_ASK, OF_EXPLAIN, .ask = ASK_DBUS, .arg = "NAME", .help = "can NAME be talked to, and by which line?  own:, see: and system: ask for more" },
	{ "help", 'h', OPT_FLAG, FIELD(help), .help = "this list" },
};

/** row_belongs() - is @row an option of run (or of explain)? */
static inline bool row_belongs(const struct option_row *row, bool run)
{
	return row->of == OF_BOTH || (row->of == OF_RUN) == run;
}

#endif
