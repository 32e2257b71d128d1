/* SPDX-License-Identifier: MIT */
/*
 * sbox-scope: has the user's systemd make a scope for one process, with its part of the cgroup tree delegated to it, over the
 * session bus.  sbox itself speaks to systemd's own socket; this is for where only the bus reaches it.
 *
 *   sbox-scope UNIT PID SLICE|"" CONTROLLER…
 *   sbox-scope UNIT          ends an empty one, whose sbox was killed while it was being made
 *
 * A program of its own, so that the launcher needs no D-Bus library: sbox starts it when a limit is to be held by a scope and
 * systemd's socket is not there, and nobody else has a use for it (it can do what `systemd-run --user` can).  Nothing is printed when all went well; else
 * one line that says why, and the exit status is 1.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#define SYSTEMD "org.freedesktop.systemd1"
#define MANAGER "/org/freedesktop/systemd1", SYSTEMD ".Manager"

enum { PATIENCE = 8 }; /* seconds; then SIGALRM, which the launcher takes for "does not answer" */

struct job {
	const char *path;
	char *result; /* NULL: not known yet */
	char *removed[16]; /* jobs that ended before our own had a name */
	char *results[16];
	size_t n;
};

static int fail(int r, const char *what, const sd_bus_error *error)
{
	printf("%s: %s\n", what, error && error->message ? error->message : strerror(-r));
	return 1;
}

static int job_removed(sd_bus_message *m, void *data, sd_bus_error *error)
{
	struct job *job = data;
	const char *path, *unit, *result;
	uint32_t id;

	(void)error;
	if (sd_bus_message_read(m, "uoss", &id, &path, &unit, &result) < 0)
		return 0;
	if (job->path && strcmp(path, job->path) == 0)
		job->result = strdup(result);
	else if (!job->path && job->n < sizeof(job->removed) / sizeof(job->removed[0])) {
		job->removed[job->n] = strdup(path);
		job->results[job->n++] = strdup(result);
	}
	return 0;
}

static int add_properties(sd_bus_message *m, uint32_t pid, const char *slice, char *const *controllers)
{
	int r = sd_bus_message_append(m, "(sv)", "Description", "s", "sandbox of sbox");

	if (r >= 0)
		r = sd_bus_message_append(m, "(sv)", "PIDs", "au", 1, pid);
	if (r >= 0)
		r = sd_bus_message_append(m, "(sv)", "CollectMode", "s", "inactive-or-failed");
	if (r >= 0 && *slice)
		r = sd_bus_message_append(m, "(sv)", "Slice", "s", slice);
	if (r < 0)
		return r;
	r = sd_bus_message_open_container(m, 'r', "sv");
	if (r >= 0)
		r = sd_bus_message_append(m, "s", "DelegateControllers");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', "as");
	if (r >= 0)
		r = sd_bus_message_append_strv(m, (char **)controllers);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int start(sd_bus *bus, const char *unit, uint32_t pid, const char *slice, char *const *controllers, sd_bus_error *error,
		 sd_bus_message **ret)
{
	sd_bus_message *m = NULL;
	int r = sd_bus_message_new_method_call(bus, &m, SYSTEMD, MANAGER, "StartTransientUnit");

	if (r >= 0)
		r = sd_bus_message_append(m, "ss", unit, "fail");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "(sv)");
	if (r >= 0)
		r = add_properties(m, pid, slice, controllers);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	if (r >= 0)
		r = sd_bus_message_append(m, "a(sa(sv))", 0);
	if (r >= 0)
		r = sd_bus_call(bus, m, UINT64_C(1000000) * PATIENCE, error, ret);
	sd_bus_message_unref(m);
	return r;
}

static int wait_job(sd_bus *bus, struct job *job)
{
	for (size_t i = 0; i < job->n && !job->result; i++)
		if (strcmp(job->removed[i], job->path) == 0)
			job->result = job->results[i];
	while (!job->result) {
		int r = sd_bus_process(bus, NULL);

		if (r == 0)
			r = sd_bus_wait(bus, UINT64_MAX);
		if (r < 0)
			return r;
	}
	return 0;
}

static int make(sd_bus *bus, char **argv)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *answer = NULL;
	struct job job = { 0 };
	/* Asked for first: the job may end before the answer comes. */
	int r = sd_bus_match_signal(bus, NULL, NULL, MANAGER, "JobRemoved", job_removed, &job);

	if (r >= 0)
		r = sd_bus_call_method(bus, SYSTEMD, MANAGER, "Subscribe", &error, NULL, NULL);
	if (r >= 0)
		r = start(bus, argv[1], (uint32_t)atoi(argv[2]), argv[3], argv + 4, &error, &answer);
	if (r >= 0)
		r = sd_bus_message_read(answer, "o", &job.path);
	if (r >= 0)
		r = wait_job(bus, &job);
	if (r < 0)
		return fail(r, "the user's systemd refused a scope", &error);
	if (strcmp(job.result, "done") == 0)
		return 0;
	printf("the user's systemd could not start a scope: %s\n", job.result);
	return 1;
}

static int stop(sd_bus *bus, const char *unit)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r = sd_bus_call_method(bus, SYSTEMD, MANAGER, "StopUnit", &error, NULL, "ss", unit, "fail");

	return r < 0 ? fail(r, "the user's systemd did not stop the scope", &error) : 0;
}

int main(int argc, char **argv)
{
	sd_bus *bus = NULL;

	if (argc != 2 && (argc < 5 || atoi(argv[2]) <= 0)) {
		fputs("usage: sbox-scope UNIT [PID SLICE CONTROLLER...]; sbox starts it\n", stderr);
		return 2;
	}
	alarm(PATIENCE);
	int r = sd_bus_open_user(&bus);
	if (r < 0)
		return fail(r, "cannot reach the user's systemd", NULL);
	return argc == 2 ? stop(bus, argv[1]) : make(bus, argv);
}
