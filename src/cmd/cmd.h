/* SPDX-License-Identifier: MIT */
/* Subcommands: one file and one exported row each.  Only cmd/ prints. */
#ifndef SBOX_CMD_CMD_H
#define SBOX_CMD_CMD_H

#include "base/caller.h"
#include "base/err.h"
#include "launch/running.h"
#include "plan/plan.h"
#include "profile/profile.h"

/** struct session - what every subcommand has at hand */
struct session {
	struct arena *arena;
	struct caller caller;
	struct host *host;
	name_list out;   /* what is to be printed on stdout */
	struct err err;  /* printed by main() after run() returned, unless it was printed before */
	char **argv;     /* the process's own, whole: its block is what the child overwrites */
};

struct command {
	const char *name;
	/** run() - @argv[0] is the subcommand's name (or "sbox").  Return: exit status. */
	int (*run)(struct session *s, int argc, char **argv);
	const char *synopsis; /* after the name */
	const char *help;     /* one line */
};

extern const struct command cmd_diff, cmd_apply, cmd_discard, cmd_desktop;
extern const struct command cmd_learn;
extern const struct command cmd_run, cmd_explain, cmd_check, cmd_profiles, cmd_doctor, cmd_list, cmd_kill, cmd_enter, cmd_freeze, cmd_thaw,
	cmd_help;
extern const struct command *const commands[]; /* ends with NULL */

/** command_of() - the subcommand called @word, or NULL */
const struct command *command_of(const char *word);

/** sandboxes_look() - the caller's running sandboxes; running_done() ends it.  Return: 0; -errno with a problem in s->err. */
int sandboxes_look(struct session *s, running_list *ret);

/** session_report() - print the problems: the first @max (0: all), then how to see the rest; @file may be NULL */
void session_report(struct session *s, size_t max, const char *file);

/** out() - formatted text for stdout; written when the subcommand has returned */
void out(struct session *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
/** session_flush() - write what out() collected.  Return: @status, or EXIT_SBOX with a problem when that failed. */
int session_flush(struct session *s, int status);

/** struct question - explain --path, --syscall, --host, --dbus */
struct question {
	enum { ASK_PATH, ASK_SYSCALL, ASK_HOST, ASK_DBUS } kind;
	const char *text;
};

/** struct run_options - the command line of run and explain */
struct run_options {
	const char *profile; /* --profile, or NULL */
	cli_settings cli;    /* options that are keys */
	char **command;      /* the rest: NULL-terminated, maybe empty */
	const char *name, *status_fd; /* --name, --json-status-fd, or NULL */
	bool verbose, quiet, dry_run;
	bool help;
	bool report;             /* --report … */
	const char *report_file; /* … =FILE, or NULL */
	/* explain */
	bool json, steps, syscalls;
	VEC(struct question) questions;
};

/** options_parse() - @argv[0] is the name of @command.  Return: 0, or -EINVAL with a problem in s->err. */
int options_parse(struct session *s, const struct command *command, int argc, char **argv, struct run_options *ret);
/** options_help() - the option list of @command, one line each, in s->arena */
const char *options_help(struct session *s, const struct command *command);
/** struct option_view - one option of run or explain, for completion */
struct option_view {
	const char *name;
	char letter;     /* 0: none */
	const char *arg; /* NULL: takes none; "[…": optional */
	const char *help;
	enum { VALUE_NONE, VALUE_KEY, VALUE_PROFILE, VALUE_SETTING, VALUE_VARIABLE, VALUE_FILE, VALUE_SYSCALL, VALUE_OTHER } value;
	enum key_id key; /* VALUE_KEY */
};
/** option_view_at() - the @i-th option of @command.  Return: false behind the last one. */
bool option_view_at(const struct command *command, size_t i, struct option_view *ret);
/** desktop_action_at() - the i-th word behind `sbox desktop`; NULL behind the last */
const char *desktop_action_at(size_t i, const char **ret_help);
/** complete() - `sbox help --complete`: @argv are the words after sbox, the last one is to be completed.  Return: exit status. */
int complete(struct session *s, int argc, char **argv);
/**
 * options_load() - the profile that @o means, and the plan
 * @launch: begun as soon as the plan is far enough, when it is to be launched and comes about; or NULL
 * Return: 0 or -errno; problems in s->err.
 */
int options_load(struct session *s, const struct run_options *o, struct launch *launch, struct profile **ret_profile,
		 struct plan **ret_plan);

/** explain_plan() - what `explain` and `run --dry-run` print.  Return: exit status. */
int explain_plan(struct session *s, const struct run_options *o);

#endif
