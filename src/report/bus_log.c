/* SPDX-License-Identifier: MIT */
#include "report/bus_log.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>

#include "base/fd.h"
#include "base/str.h"

/* ---- lines ---- */

static void keep(struct bus_log *log, bool call, const char *from, size_t n)
{
	n = n > BUS_TEXT_MAX ? BUS_TEXT_MAX : n;
	memcpy(log->text, from, n);
	log->text[n] = '\0';
	log->asked = (struct bus_refusal){ .call = call, .right = BUS_TALK, .text = log->text };
}

/* "C12: -> org.example.App call org.example.Iface.Member at /path", or "signal" for "call"; of a long name the beginning. */
static void sent(struct bus_log *log, const char *line)
{
	static const char *const words[] = { " return ", " fake ", " signal ", " call " };
	static const char itself[] = "org.freedesktop.DBus ", nobody[] = "(no dest) ";
	const char *to = strstr(line, ": -> "), *end = NULL;
	size_t word = 0;

	log->asked.text = NULL;
	if (!to)
		return;
	to += strlen(": -> ");
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		const char *at = strstr(to, words[i]);

		if (at && (!end || at < end)) {
			end = at;
			word = i;
		}
	}
	if (end && word < 2)
		return;
	if (end && word == 3 && (skip_prefix(to, itself) || skip_prefix(to, nobody)))
		keep(log, true, end + strlen(words[word]), strcspn(end + strlen(words[word]), " "));
	else
		keep(log, false, to, end ? (size_t)(end - to) : strlen(to));
}

/* "Filtering message due to arg0 org.example.App, policy: 0 (required 2)": the bus was asked about a name. */
static bool asked_about(struct bus_log *log, const char *name, struct bus_refusal *ret)
{
	static const char mark[] = ", policy: ";
	static const enum bus_right rights[] = { BUS_SEE, BUS_TALK, BUS_OWN }; /* 1, 2, 3 */
	const char *end = NULL;
	int has, required;

	for (const char *at = strstr(name, mark); at; at = strstr(at + 1, mark))
		end = at;
	keep(log, false, name, end ? (size_t)(end - name) : strlen(name));
	if (!end || sscanf(end + strlen(mark), "%d (required %d)", &has, &required) != 2 || required < 1 || required > (int)ARRAY_SIZE(rights))
		return false;
	*ret = log->asked;
	ret->right = rights[required - 1];
	log->asked.text = NULL;
	return true;
}

bool bus_log_line(struct bus_log *log, const char *line, struct bus_refusal *ret)
{
	const char *name = skip_prefix(line, "Filtering message due to arg0 ");

	if (name)
		return asked_about(log, name, ret);
	if (line[0] == 'C')
		sent(log, line);
	if (!log->asked.text || (!skip_prefix(line, "*HIDDEN*") && !skip_prefix(line, "*DENIED*")))
		return false;
	*ret = log->asked;
	log->asked.text = NULL;
	return true;
}

/* ---- the pipe ---- */

static void take(struct bus_log *log, char c, bus_refused_fn *fn, void *data)
{
	struct bus_refusal refusal;

	if (c != '\n') {
		if (log->n < sizeof(log->line) - 1)
			log->line[log->n++] = c ? c : '?';
		return;
	}
	log->line[log->n] = '\0';
	log->n = 0;
	if (bus_log_line(log, log->line, &refusal))
		fn(data, log->bus, &refusal);
}

bool bus_log_read(struct bus_log *log, bus_refused_fn *fn, void *data)
{
	struct pollfd pipe = { .fd = log->fd, .events = POLLIN };
	const struct timespec now = { 0 };
	char some[4096];

	if (log->fd < 0 || ppoll(&pipe, 1, &now, NULL) <= 0)
		return false;
	ssize_t n = read(log->fd, some, sizeof(some));
	if (n <= 0) {
		fd_close(&log->fd);
		return false;
	}
	for (ssize_t i = 0; i < n; i++)
		take(log, some[i], fn, data);
	return true;
}

/* It waits for something; or it is no more, and waits for nothing. */
static bool waits(pid_t pid)
{
	char path[32], text[512];

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return true;
	text[n] = '\0';
	const char *state = strrchr(text, ')');
	return !state || state[1] != ' ' || strchr("SZX", state[2]);
}

/*
 * What was sent to the proxy before its sender ended has woken it.  So when it sleeps it has read all of that; unless it
 * sleeps for want of room in the pipe, which is then not empty.
 */
void bus_log_drain(struct bus_log *log, bus_refused_fn *fn, void *data)
{
	enum { READS_MAX = 16384, PAUSES_MAX = 200 };
	const struct timespec pause = { .tv_nsec = 5000000 };

	for (int reads = 0, pauses = 0; reads < READS_MAX && pauses < PAUSES_MAX && log->fd >= 0;) {
		bool idle = waits(log->pid);

		if (bus_log_read(log, fn, data)) {
			reads++;
			continue;
		}
		if (idle)
			return;
		(void)ppoll(NULL, 0, &pause, NULL);
		pauses++;
	}
}
