/* SPDX-License-Identifier: MIT */
/*
 * The user's systemd has a socket of its own beside the bus.  A call of it needs no bus in between, no library, and no
 * process that loads one, which together took as long as systemd itself.  What it answers is only believed as far as
 * the launch goes on at once or gives up: where this process is, the kernel is asked (cgroup_scope.c).
 */
#include "kernel/cgroup_bus.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/dbus_wire.h"
#include "base/fd.h"
#include "base/path.h"
#include "kernel/host_parts.h"
#include "kernel/kernel.h"
#include "kernel/sys.h"

#define SYSTEMD "org.freedesktop.systemd1"

enum { CALL_MAX = 4096, ANSWER_MAX = 65536, SERIAL = 1 };

/** struct bus_talk - one connection; @unit: the scope that this process is to be in, NULL for none */
struct bus_talk {
	int fd;
	int signals; /* of impatience; they are left pending */
	int64_t until;
	const char *unit;
	bool greeted; /* the line that lets us in was read */
	bool taken;   /* the call was: its job is in the queue */
	unsigned char *in;
	size_t n;
	struct arena *arena;
	const char *why;
};

/* ---- the calls ---- */

static void property(struct wire *w, const char *name, const char *types)
{
	wire_align(w, 8);
	wire_string(w, name);
	wire_signature(w, types);
}

static void text_property(struct wire *w, const char *name, const char *value)
{
	property(w, name, "s");
	wire_string(w, value);
}

static void start_body(struct wire *w, const struct plan *plan, const char *unit)
{
	wire_string(w, unit);
	wire_string(w, "fail");
	size_t properties = wire_array(w, 8);
	text_property(w, "Description", "sandbox of sbox");
	text_property(w, "CollectMode", "inactive-or-failed");
	if (plan->cgroup.slice)
		text_property(w, "Slice", plan->cgroup.slice);
	property(w, "PIDs", "au");
	size_t list = wire_array(w, sizeof(uint32_t));
	wire_u32(w, (uint32_t)getpid());
	wire_array_end(w, list, sizeof(uint32_t));
	property(w, "DelegateControllers", "as");
	list = wire_array(w, sizeof(uint32_t));
	for (size_t i = 0; plan->cgroup.controllers[i]; i++)
		wire_string(w, plan->cgroup.controllers[i]);
	wire_array_end(w, list, sizeof(uint32_t));
	wire_array_end(w, properties, 8);
	wire_array_end(w, wire_array(w, 8), 8); /* no other units */
}

/* Who we are, in the same breath as the call: the other side knows it from the socket. */
static int call(struct bus_talk *t, const char *member, const char *types, const struct wire *body)
{
	unsigned char bytes[2 * CALL_MAX];
	char id[16];
	struct wire out = { .data = bytes, .size = sizeof(bytes) };
	const struct wire_call c = { .destination = SYSTEMD, .path = "/org/freedesktop/systemd1", .interface = SYSTEMD ".Manager",
				     .member = member, .types = types, .body = body };

	bytes[out.n++] = '\0';
	out.n += (size_t)snprintf((char *)bytes + out.n, 32, "AUTH EXTERNAL ");
	(void)snprintf(id, sizeof(id), "%u", (unsigned)geteuid());
	for (const char *digit = id; *digit; digit++)
		out.n += (size_t)snprintf((char *)bytes + out.n, 3, "%02x", (unsigned)*digit);
	out.n += (size_t)snprintf((char *)bytes + out.n, 16, "\r\nBEGIN\r\n");
	wire_call(&out, SERIAL, &c);
	if (out.full)
		return -E2BIG;
	ssize_t n = send(t->fd, bytes, out.n, MSG_NOSIGNAL);
	return n < 0 ? -errno : (size_t)n == out.n ? 0 : -EAGAIN;
}

/* ---- the answer ---- */

static const char *first_string(struct bus_talk *t, const struct wire_message *m)
{
	size_t at = 0;
	const char *text = m->types[0] == 's' ? wire_body_string(m, &at) : NULL;

	return text ? arena_strndup(t->arena, text, strcspn(text, "\n")) : "no reason given";
}

/* Of all that systemd tells of: the end of the job that this unit, whose name is ours alone, was started by. */
static int job_end(struct bus_talk *t, const struct wire_message *m)
{
	size_t at = 0;
	uint32_t id;
	bool known = wire_body_u32(m, &at, &id) && wire_body_string(m, &at);
	const char *unit = known ? wire_body_string(m, &at) : NULL, *result = unit ? wire_body_string(m, &at) : NULL;

	if (!result || !streq(unit, t->unit))
		return 0;
	if (streq(result, "done"))
		return 1;
	t->why = arena_printf(t->arena, "the user's systemd could not start a scope: %s", result);
	return -EIO;
}

/* Return: 1 when nothing more is to be waited for, 0, or -errno. */
static int message(struct bus_talk *t, const struct wire_message *m)
{
	if (m->type == WIRE_ERROR && m->reply_to == SERIAL) {
		t->why = arena_printf(t->arena, "the user's systemd refused: %s", first_string(t, m));
		return -EIO;
	}
	if (m->type == WIRE_RETURN && m->reply_to == SERIAL) {
		t->taken = true;
		return !t->unit;
	}
	if (t->unit && m->type == WIRE_SIGNAL && m->member && streq(m->member, "JobRemoved") && streq(m->types, "uoss"))
		return job_end(t, m);
	return 0;
}

/* Return: how many bytes were used up, 0 when there are too few, -errno. */
static long greeting(struct bus_talk *t)
{
	const unsigned char *end = memchr(t->in, '\n', t->n);

	if (!end)
		return t->n < ANSWER_MAX ? 0 : -EBADMSG;
	if (t->n < 3 || memcmp(t->in, "OK ", 3) != 0)
		return -EACCES;
	t->greeted = true;
	return end + 1 - t->in;
}

static int take_in(struct bus_talk *t)
{
	struct wire_message m;
	size_t at = 0;
	int r = 0;

	while (r == 0) {
		unsigned char *rest = t->in + at;
		long size;

		if (!t->greeted) {
			size = greeting(t);
		} else {
			size = wire_read(rest, t->n - at, ANSWER_MAX, &m);
			r = size > 0 ? message(t, &m) : 0;
		}
		if (size < 0)
			return (int)size;
		if (size == 0)
			break;
		at += (size_t)size;
	}
	t->n -= at;
	memmove(t->in, t->in + at, t->n);
	return r;
}

/* Until there is something to be read. */
static int await(const struct bus_talk *t)
{
	struct pollfd fds[] = { { .fd = t->fd, .events = POLLIN }, { .fd = t->signals, .events = POLLIN } };
	int64_t left = t->until - clock_ns();

	if (left <= 0)
		return -ETIMEDOUT;
	int n = poll(fds, ARRAY_SIZE(fds), (int)(left / 1000000) + 1);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	return fds[1].revents ? -ECANCELED : n ? 1 : -ETIMEDOUT;
}

static int answer(struct bus_talk *t)
{
	int r = 0;

	while (r == 0) {
		r = await(t);
		if (r <= 0) {
			if (r < 0)
				return r;
			continue;
		}
		ssize_t n = recv(t->fd, t->in + t->n, ANSWER_MAX - t->n, 0);
		if (n == 0)
			return -ECONNRESET;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		t->n += n > 0 ? (size_t)n : 0;
		r = take_in(t);
		/* Moved is what counts: systemd then has its signals to send and its log to write before it says so. */
		if (r == 0 && t->unit && t->taken)
			r = cgroup_own_is(t->unit);
	}
	return r < 0 ? r : 0;
}

/* ---- both ---- */

static int open_private(const struct plan *plan, struct bus_talk *t)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = plan->caller->runtime_dir ? path_join(t->arena, plan->caller->runtime_dir, "systemd/private") : "";

	if (!*path || strlen(path) >= sizeof(address.sun_path))
		return -ENOENT;
	strcpy(address.sun_path, path);
	/* Not blocking: whoever hangs may have a full queue, and no signal gets through here. */
	t->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (t->fd < 0)
		return -errno;
	if (connect(t->fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return 0;
	return errno == EAGAIN ? -ETIMEDOUT : -errno;
}

static int ask(const struct plan *plan, const char *unit, const char *member, const char *types, const struct wire *body,
	       struct bus_talk **ret)
{
	struct bus_talk *t = arena_alloc(plan->arena, sizeof(*t));

	*t = (struct bus_talk){ .fd = -EBADF, .signals = -EBADF, .unit = unit, .arena = plan->arena };
	int r = body->full ? -E2BIG : open_private(plan, t);
	if (r == 0)
		r = call(t, member, types, body);
	if (r == 0)
		*ret = t;
	else
		fd_close(&t->fd);
	return r;
}

int bus_scope_ask(const struct plan *plan, const char *unit, struct bus_talk **ret)
{
	unsigned char bytes[CALL_MAX];
	struct wire body = { .data = bytes, .size = sizeof(bytes) };

	start_body(&body, plan, unit);
	return ask(plan, unit, "StartTransientUnit", "ssa(sv)a(sa(sv))", &body, ret);
}

pid_t bus_peer(const struct bus_talk *t)
{
	struct ucred peer = { 0 };
	socklen_t size = sizeof(peer);

	return getsockopt(t->fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? peer.pid : 0;
}

int bus_scope_await(struct bus_talk *t, int patience_ms, const char **ret_why)
{
	unsigned char in[ANSWER_MAX];

	t->in = in;
	t->until = clock_ns() + patience_ms * INT64_C(1000000);
	t->signals = sys_signalfd(SIGNALS_OF_IMPATIENCE, SFD_CLOEXEC | SFD_NONBLOCK);
	int r = t->signals < 0 ? -errno : answer(t);
	t->in = NULL;
	fd_close(&t->fd);
	fd_close(&t->signals);
	*ret_why = t->why;
	return r;
}

int bus_scope_stop(const struct plan *plan, const char *unit, const char **ret_why)
{
	unsigned char bytes[CALL_MAX];
	struct wire body = { .data = bytes, .size = sizeof(bytes) };
	struct bus_talk *t = NULL;

	wire_string(&body, unit);
	wire_string(&body, "fail");
	int r = ask(plan, NULL, "StopUnit", "ss", &body, &t);
	return r < 0 ? r : bus_scope_await(t, HELPER_MS, ret_why);
}
