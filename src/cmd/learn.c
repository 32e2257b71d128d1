/* SPDX-License-Identifier: MIT */
/* sbox learn: run a program in a sandbox that records, and write the profile that it needs. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "base/str.h"
#include "cmd/learn.h"
#include "launch/launch.h"

enum option_id { OPTION_MERGE = 256, OPTION_RO, OPTION_NET, OPTION_ENV };

static const struct option options[] = {
	{ "merge", no_argument, NULL, OPTION_MERGE }, { "ro", required_argument, NULL, OPTION_RO },
	{ "net", required_argument, NULL, OPTION_NET }, { "env", required_argument, NULL, OPTION_ENV },
	{ "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 },
};

static void ask(struct session *s, struct learn_options *o, enum key_id key, const char *value, const char *option)
{
	vec_push(s->arena, &o->asked,
		 (struct cli_setting){ .key = key, .value = value, .from = { .file = option, .key = keys[key].name } });
}

static int take(struct session *s, struct learn_options *o, int option)
{
	switch (option) {
	case 'o':
		o->file = streq(optarg, "-") || optarg[0] == '/' || !s->caller.cwd ? optarg : path_join(s->arena, s->caller.cwd, optarg);
		return 0;
	case 'h':
		o->help = true;
		return 0;
	case OPTION_MERGE:
		o->merge = true;
		return 0;
	case OPTION_RO:
		ask(s, o, KEY_files_ro, optarg, "option --ro");
		return 0;
	case OPTION_NET:
		ask(s, o, KEY_network_mode, optarg, "option --net");
		return 0;
	case OPTION_ENV:
		ask(s, o, strchr(optarg, '=') ? KEY_environment_set : KEY_environment_pass, optarg, "option --env");
		return 0;
	default:
		return -EINVAL;
	}
}

static int parse(struct session *s, int argc, char **argv, struct learn_options *ret)
{
	int option;

	*ret = (struct learn_options){ 0 };
	opterr = 0;
	optind = 1;
	for (int at = 1; (option = getopt_long(argc, argv, "+:o:h", options, NULL)) != -1; at = optind)
		if (take(s, ret, option) < 0) {
			err_add(&s->err, NO_ORIGIN, option == ':' ? "%s needs a value" : "unknown option: %s", argv[at]);
			err_remedy(&s->err, "usage: sbox learn %s", cmd_learn.synopsis);
			return -EINVAL;
		}
	ret->command = argv + optind;
	if (ret->help || ret->command[0])
		return 0;
	err_add(&s->err, NO_ORIGIN, "no command given");
	err_remedy(&s->err, "usage: sbox learn %s", cmd_learn.synopsis);
	return -EINVAL;
}

/* ---- where the profile goes ---- */

/* The user's own profile that is called as the program is. */
static int choose_file(struct session *s, struct learn_options *o)
{
	const char *name = path_name(o->command[0]);

	if (o->file)
		return 0;
	if (!learn_name_is_plain(name)) {
		err_add(&s->err, NO_ORIGIN, "%s is no name for a profile", name);
		err_remedy(&s->err, "say where it goes: sbox learn -o FILE …");
		return -EINVAL;
	}
	o->file = arena_printf(s->arena, "%s/sbox/profiles/%s.ini", s->caller.config_dir, name);
	return 0;
}

/* Before anything is run: a profile that cannot be written, or that is there, would make the run one in vain. */
static int check_file(struct session *s, const struct learn_options *o)
{
	struct stat st;

	if (streq(o->file, "-"))
		return o->merge ? err_add(&s->err, NO_ORIGIN, "--merge needs a file: -o FILE") : 0;
	if (stat(o->file, &st) < 0)
		return errno == ENOENT ? 0 : err_sys(&s->err, NO_ORIGIN, errno, "%s", o->file);
	if (!S_ISREG(st.st_mode))
		return err_add(&s->err, NO_ORIGIN, "%s is no regular file", o->file);
	if (!o->merge) {
		err_add(&s->err, NO_ORIGIN, "%s is there already", o->file);
		err_remedy(&s->err, "--merge adds to it; -o FILE writes another one");
		return -EEXIST;
	}
	const struct profile_request request = { .caller = &s->caller, .name = o->file, .command = o->command[0] };
	struct profile *profile;
	return profile_load(s->arena, &request, &profile, &s->err);
}

static bool was_run(int status)
{
	return status != EXIT_SBOX && status != EXIT_NOT_EXEC && status != EXIT_NOT_FOUND;
}

static int learn(struct session *s, int argc, char **argv)
{
	struct learn_options o;
	struct learned l = { 0 };

	if (parse(s, argc, argv, &o) < 0)
		return EXIT_USAGE;
	if (o.help) {
		out(s, "usage: sbox learn %s\n\n%s\n\n"
		       "  -o FILE       where the profile goes; - is stdout; else a profile of the user's, called as the command\n"
		       "  --merge       add to the profile that is there, and show the difference\n"
		       "  --ro PATH     show PATH to it, a secret too, and write that down\n"
		       "  --net MODE    the network while learning: host, user, none\n"
		       "  --env NAME[=VALUE]  pass a variable, or set it, and write that down\n",
		    cmd_learn.synopsis, cmd_learn.help);
		return 0;
	}
	if (choose_file(s, &o) < 0 || check_file(s, &o) < 0)
		return EXIT_SBOX;
	if (learn_run(s, &o, &l) < 0)
		return EXIT_SBOX;
	if (l.apart || (!l.trace.uses.n && !was_run(l.status)))
		return l.status;
	return learn_write(s, &o, &l) < 0 ? EXIT_SBOX : l.status;
}

const struct command cmd_learn = { "learn", learn, "[-o FILE] [--merge] [--ro=PATH] [--net=MODE] [--env=NAME] [--] COMMAND [ARG…]",
				   "record what COMMAND uses, and write a profile for it" };
