/* SPDX-License-Identifier: MIT */
/*
 * The log: what the program writes and what sbox says, each line with its time and where it came from.  The program gets
 * a pipe, not the file: with the file it could take back what it wrote, and read what others did.  A process of its own
 * copies, which can call nothing but read and write; lines of the program cannot pass for sbox's, and no byte of theirs
 * reaches the terminal of whoever reads the log.
 */
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "kernel/sys.h"
#include "launch/supervisor.h"

enum { LINE_MAX_BYTES = 4096, TURNS = 32 };

static const char companion_name[] = "the logger";

/** struct stream - one of the two pipes, and the line that is still coming */
struct stream {
	int fd;
	const char *tag;
	size_t n;
	char line[LINE_MAX_BYTES];
};

/** struct logger - what the process has */
struct logger {
	struct stream streams[2];
	int sink;
	bool journal;      /* it adds the time itself, and wants a priority */
	const char *head;  /* "browser[1234] " */
	int error;         /* of the first line that could not be written */
};

/* ---- the process ---- */

static void write_line(struct logger *g, const struct stream *s, struct arena *arena)
{
	const char *text = quote(arena, arena_strndup(arena, s->line, s->n));
	char when[64] = "<6>";

	if (!g->journal) {
		struct timespec now = { 0 };
		struct tm tm;

		(void)clock_gettime(CLOCK_REALTIME, &now);
		(void)gmtime_r(&now.tv_sec, &tm);
		size_t n = strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
		(void)snprintf(when + n, sizeof(when) - n, ".%03ldZ ", now.tv_nsec / 1000000);
	}
	const char *row = arena_printf(arena, "%s%s%s%s\n", when, g->head, s->tag, text);
	int r = fd_write_all(g->sink, row, strlen(row));
	if (r < 0 && !g->error)
		g->error = -r;
}

/* A line that is longer than the buffer comes out as several. */
static void take(struct logger *g, struct stream *s, const char *data, size_t size)
{
	_cleanup_arena_ struct arena *arena = arena_new();

	for (size_t i = 0; i < size; i++) {
		bool end = data[i] == '\n';

		if (!end)
			s->line[s->n++] = data[i] ? data[i] : ' ';
		if (end || s->n == sizeof(s->line)) {
			write_line(g, s, arena);
			s->n = 0;
		}
	}
}

static void read_stream(struct logger *g, struct stream *s)
{
	char data[LINE_MAX_BYTES];
	ssize_t n = read(s->fd, data, sizeof(data));

	if (n > 0) {
		take(g, s, data, (size_t)n);
	} else if (n == 0 || errno != EINTR) {
		if (s->n)
			take(g, s, "\n", 1);
		fd_close(&s->fd);
	}
}

/*
 * Both end with the sandbox, also when the supervisor was killed; until then nothing ends this process.  The program's
 * output goes first, as much as a pipe holds, so that what sbox says of its end comes after it.
 */
static int logger_run(struct logger *g)
{
	for (unsigned turn = 0;; turn++) {
		struct pollfd fds[2] = { { 0 } };

		for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
			fds[i] = (struct pollfd){ .fd = g->streams[i].fd, .events = POLLIN };
		if (fds[0].fd < 0 && fds[1].fd < 0)
			return g->error;
		if (ppoll(fds, ARRAY_SIZE(fds), NULL, NULL) < 0)
			continue;
		if (fds[0].revents)
			read_stream(g, &g->streams[0]);
		if (fds[1].revents && (!fds[0].revents || turn % TURNS == 0)) {
			/* Somebody may hold the program's pipe a little longer: what came of its last line is all of it. */
			if (g->streams[0].n)
				take(g, &g->streams[0], "\n", 1);
			read_stream(g, &g->streams[1]);
		}
	}
}

static int logger_main(const struct plan *plan, struct launch *l, struct logger *g)
{
	_cleanup_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct tm tm;
	time_t now = 0;

	(void)prctl(PR_SET_NAME, "sbox-logger");
	if (null < 0 || setsid() < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
		return EIO;
	l->n_kept = 0;
	launch_keep(l, g->sink);
	for (size_t i = 0; i < ARRAY_SIZE(g->streams); i++)
		launch_keep(l, g->streams[i].fd);
	release_fds(l);
	null = -EBADF;
	(void)gmtime_r(&now, &tm); /* the first one looks for the zone's file */
	if (caps_drop_supervisor(plan, l) < 0 || filter_load_logger(plan, l) < 0)
		return EIO;
	return logger_run(g);
}

/* ---- the supervisor's side ---- */

/* Where a sandboxed program could write, the plan has refused it; what else lies on the way is no link. */
static int file_open(const struct plan *plan, struct launch *l, int *ret)
{
	struct open_how how = { .flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, .mode = 0600,
				.resolve = RESOLVE_NO_SYMLINKS };
	_cleanup_close_ int fd = sys_openat2(AT_FDCWD, plan->log.file, &how);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(l->err, plan->log.from, errno, "cannot write %s", plan->log.file);
	if (!S_ISREG(st.st_mode))
		return err_add(l->err, plan->log.from, "cannot write %s: not a file", plan->log.file);
	*ret = fd_take(&fd);
	return 0;
}

/* journald's stream protocol: name, unit, priority, "lines begin with one", and three times "not there as well". */
static int journal_open(const struct plan *plan, struct launch *l, int *ret)
{
	static const char header[] = "sbox\n\n6\n1\n0\n0\n0\n";
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/run/systemd/journal/stdout" };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		int r = err_sys(l->err, plan->log.from, errno, "cannot reach the journal");

		err_remedy(l->err, "this machine has no systemd-journald that runs: log = FILE");
		return r;
	}
	int r = fd_write_all(fd, header, sizeof(header) - 1);
	if (r < 0)
		return err_sys(l->err, plan->log.from, -r, "cannot write to the journal");
	*ret = fd_take(&fd);
	return 0;
}

static void say_line(const struct launch *l, const char *what, const char *text)
{
	const char *line = arena_printf(l->plan->arena, "sbox: %s%s\n", what, text);

	(void)fd_write_all(l->log_sbox, line, strlen(line));
}

static const char *command_text(const struct plan *plan)
{
	const char *text = "";

	for (char **a = plan->argv; *a; a++)
		text = arena_printf(plan->arena, "%s %s", text, *a);
	return quote(plan->arena, text); /* one line, whatever is in it */
}

int log_open(const struct plan *plan, struct launch *l)
{
	_cleanup_close_ int sink = -EBADF;
	struct logger g = { .journal = plan->log.to == LOG_JOURNAL,
			    .head = arena_printf(plan->arena, "%s[%d] ", plan->registry.profile, getpid()) };
	int outs[2], own[2];
	int r = g.journal ? journal_open(plan, l, &sink) : file_open(plan, l, &sink);

	if (r < 0)
		return r;
	if (pipe2(outs, O_CLOEXEC) < 0)
		return -errno;
	l->log_out = outs[1];
	_cleanup_close_ int out = outs[0];
	if (pipe2(own, O_CLOEXEC) < 0)
		return -errno;
	l->log_sbox = own[1];
	_cleanup_close_ int sbox = own[0];
	launch_keep(l, l->log_sbox);
	g.sink = sink;
	g.streams[0] = (struct stream){ .fd = out, .tag = "out: " };
	g.streams[1] = (struct stream){ .fd = sbox, .tag = "" };
	pid_t pid = companion_fork(l, 0, companion_name, "nothing is written to the log any more");
	if (pid == 0)
		_exit(logger_main(plan, l, &g));
	if (pid < 0)
		return pid;
	say_line(l, "started:", command_text(plan));
	return 0;
}

int log_take(const struct plan *plan UNUSED, struct launch *l)
{
	return dup2(l->log_out, 1) < 0 || dup2(l->log_out, 2) < 0 ? -errno : 0;
}

void log_say(const struct launch *l, const struct err *err)
{
	if (l->log_sbox >= 0)
		err_print(err, l->log_sbox, 0);
}

int log_end(const struct plan *plan, struct launch *l)
{
	if (l->log_sbox < 0)
		return 0;
	log_say(l, l->err);
	say_line(l, "ended: status ", arena_printf(plan->arena, "%d", l->status));
	fd_close(&l->log_out);
	fd_close(&l->log_sbox);
	/* The program may have handed its end of the pipe to somebody who lives on; a journal may not read. */
	return -companion_wait(l, companion_name, HELPER_MS);
}
