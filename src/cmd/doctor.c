/* SPDX-License-Identifier: MIT */
/*
 * sbox doctor: what this machine can do, and what to do where it can't.  The walls are tried by a real launch of
 * `untrusted`, so that the words are those of a launch that fails; the rest is asked one mechanism at a time.
 */
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "cmd/cmd.h"
#include "launch/launch.h"

enum state { STATE_OK, STATE_DEGRADED, STATE_MISSING };
static const char *const state_names[] = { [STATE_OK] = "ok", [STATE_DEGRADED] = "degraded", [STATE_MISSING] = "missing" };

/** struct finding - one line of the report */
struct finding {
	const char *name;
	enum state state;
	const char *text;   /* what was found, and what it costs the user */
	const char *remedy; /* NULL when there is nothing to do */
};
typedef VEC(struct finding) findings;

/* ---- the walls ---- */

/* Problems are read from @err at the end. */
static void say_nothing(struct err *err UNUSED, void *data UNUSED)
{
}

static int launch_untrusted(struct session *s, struct err *err)
{
	char name[] = "true";
	char *const program[] = { name, NULL };
	const cli_settings cli = { 0 };
	const struct profile_request request = { .caller = &s->caller, .name = "untrusted", .cli = &cli };
	struct profile *profile;
	struct plan *plan;

	if (profile_load(s->arena, &request, &profile, err) < 0 || plan_build(s->arena, profile, s->host, program, &plan, err) < 0)
		return EXIT_SBOX;
	return launch_run(plan, say_nothing, NULL, err);
}

/* A supervisor gives its streams away, so the trial has a process of its own; it says on stderr what went wrong. */
static _Noreturn void sandbox_trial(struct session *s, int out_fd)
{
	struct err err;

	err_init(&err, s->arena);
	if (dup2(out_fd, STDERR_FILENO) < 0)
		_exit(EXIT_SBOX);
	int status = launch_untrusted(s, &err);
	vec_each (p, &err.problems)
		if (p->severity == SEVERITY_ERROR) {
			const char *line = arena_printf(s->arena, "%s\n%s\n", p->text, p->remedy ? p->remedy : "");

			(void)fd_write_all(STDERR_FILENO, line, strlen(line));
		}
	_exit(status);
}

static void sandbox_check(struct session *s, findings *f)
{
	int ends[2], status = 0;
	char *text = NULL;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return;
	pid_t pid = fork();
	if (pid == 0)
		sandbox_trial(s, ends[1]);
	(void)close(ends[1]);
	(void)fd_read_all(ends[0], s->arena, 1 << 16, &text, NULL);
	(void)close(ends[0]);
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0) {
		for (char *line; text && *text && (line = strsep(&text, "\n"));) {
			char *remedy = strsep(&text, "\n");

			vec_push(s->arena, f, (struct finding){ "sandbox", STATE_MISSING, line, remedy && *remedy ? remedy : NULL });
		}
		if (!f->n)
			vec_push(s->arena, f, (struct finding){ "sandbox", STATE_MISSING, "a launch of the profile untrusted fails", NULL });
		return;
	}
	vec_push(s->arena, f, (struct finding){ "sandbox", STATE_OK, "a launch of the profile untrusted works", NULL });
}

/* ---- what comes on top ---- */

static void landlock_check(struct session *s, findings *f)
{
	static const struct {
		int below;
		enum state state;
		const char *text;
	} rows[] = {
		{ 1, STATE_MISSING, "no Landlock: file rules stand on the mounts alone, TCP ports cannot be limited, and with "
				    "mode = host abstract unix sockets of the host can be reached" },
		{ 2, STATE_DEGRADED, "Landlock ABI 1: it cannot allow renames between directories, so file rules are not repeated" },
		{ 4, STATE_DEGRADED, "no TCP ports (ABI 4) and no scopes (ABI 6): with mode = host abstract unix sockets of the host "
				     "can be reached" },
		{ 6, STATE_DEGRADED, "no scopes (ABI 6): with mode = host abstract unix sockets of the host can be reached" },
	};
	int abi = (int)s->host->probe(s->host, PROBE_LANDLOCK_ABI, 0);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (abi < rows[i].below) {
			vec_push(s->arena, f,
				 (struct finding){ "landlock", rows[i].state, arena_printf(s->arena, "ABI %d: %s", abi, rows[i].text),
						   abi ? "Linux 6.12 or later has ABI 6" : "boot with lsm=landlock,… on a kernel with "
											  "CONFIG_SECURITY_LANDLOCK" });
			return;
		}
	vec_push(s->arena, f, (struct finding){ "landlock", STATE_OK,
						arena_printf(s->arena, "ABI %d: file rules, TCP ports and scopes", abi), NULL });
}

static void label_check(struct session *s, findings *f, const char *name, enum probe probe, const char *on, const char *remedy)
{
	int64_t state = s->host->probe(s->host, probe, 0);

	vec_push(s->arena, f,
		 (struct finding){ name, state > 0 ? STATE_OK : STATE_MISSING,
				   state > 0  ? on :
				   state == 0 ? "built into the kernel and switched off: label lines are announced and have no effect" :
						"not in this kernel: label lines are announced and have no effect",
				   state > 0 ? NULL : remedy });
}

/* A profile that confines sbox is no trouble as long as a sandbox can be made. */
static void apparmor_check(struct session *s, findings *f, bool runs)
{
	struct err cause;

	err_init(&cause, s->arena);
	err_add(&cause, NO_ORIGIN, "at work, and keeps sbox from making its user namespace");
	if (!runs && s->host->probe(s->host, PROBE_APPARMOR, 0) > 0 && apparmor_remedy(&cause)) {
		vec_push(s->arena, f, (struct finding){ "apparmor", STATE_DEGRADED, cause.problems.v[0].text, cause.problems.v[0].remedy });
		return;
	}
	label_check(s, f, "apparmor", PROBE_APPARMOR,
		    arena_printf(s->arena, "at work: label lines hold; should it keep user namespaces from sbox (Ubuntu does), %s",
				 apparmor_install(s->arena)),
		    "boot with apparmor=1 security=apparmor");
}

static void clock_check(struct session *s, findings *f)
{
	vec_push(s->arena, f, (struct finding){ "clock", STATE_OK, "a sandbox shares the host's clock and cannot set it", NULL });
}

/* ---- the report ---- */

static void print_text(struct session *s, const findings *f)
{
	vec_each (i, f) {
		out(s, "%-10s %-9s %s\n", i->name, state_names[i->state], quote(s->arena, i->text));
		if (i->remedy)
			out(s, "%-10s %-9s remedy: %s\n", "", "", quote(s->arena, i->remedy));
	}
}

static void print_json(struct session *s, const findings *f)
{
	json_t *root = json_array();

	vec_each (i, f) {
		json_t *row = json_pack("{s:s,s:s,s:s,s:s*}", "name", i->name, "state", state_names[i->state], "text", i->text,
					"remedy", i->remedy);
		json_array_append_new(root, row);
	}
	char *text = json_dumps(root, JSON_INDENT(2));
	out(s, "%s\n", text ? text : "[]");
	free(text);
	json_decref(root);
}

static int doctor(struct session *s, int argc, char **argv)
{
	bool json = argc == 2 && streq(argv[1], "--json");
	findings f = { 0 };

	if (argc > 1 && !json) {
		err_add(&s->err, NO_ORIGIN, "doctor takes no argument but --json");
		return EXIT_USAGE;
	}
	sandbox_check(s, &f);
	bool runs = f.n && f.v[0].state == STATE_OK;
	landlock_check(s, &f);
	apparmor_check(s, &f, runs);
	label_check(s, &f, "selinux", PROBE_SELINUX, "at work: label lines hold",
		    "boot with security=selinux selinux=1 and a policy; AppArmor is off then");
	clock_check(s, &f);
	if (json)
		print_json(s, &f);
	else
		print_text(s, &f);
	return runs ? 0 : 1;
}

const struct command cmd_doctor = { "doctor", doctor, "[--json]", "what this machine can do, and the remedy where it can't" };
