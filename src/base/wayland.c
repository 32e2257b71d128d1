/* SPDX-License-Identifier: MIT */
#include "base/wayland.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/macro.h"

/* A compositor that is busy with one slow frame answers within milliseconds; this is a hang. */
enum { PATIENCE_MS = 5000, MESSAGE_MAX = 4096, HEADER = 8 };

/* Object ids: the first is the protocol's, the others are ours. */
enum { DISPLAY = 1, REGISTRY, FIRST_SYNC, MANAGER, CONTEXT, SECOND_SYNC };
/* Opcodes, in the order of the protocol's description. */
enum { DISPLAY_SYNC, DISPLAY_GET_REGISTRY };
enum { DISPLAY_ERROR };
enum { REGISTRY_BIND };
enum { REGISTRY_GLOBAL };
enum { CALLBACK_DONE };
enum { MANAGER_DESTROY, MANAGER_CREATE_LISTENER };
enum { CONTEXT_DESTROY, CONTEXT_SET_ENGINE, CONTEXT_SET_APP_ID, CONTEXT_SET_INSTANCE, CONTEXT_COMMIT };

static const char interface[] = "wp_security_context_manager_v1";

struct connection {
	int fd;
	int64_t end;       /* when patience ends: clock_ms() */
	bool offered;      /* the compositor has the interface */
	uint32_t name;     /* its number in the registry */
	char buffer[MESSAGE_MAX];
	size_t have;       /* bytes in it */
};

/** struct request - one message in the making: native byte order, everything in units of 32 bits */
struct request {
	uint32_t words[MESSAGE_MAX / sizeof(uint32_t)];
	size_t n;
};

/* ---- requests ---- */

static void request_begin(struct request *r, uint32_t object, uint32_t opcode)
{
	r->words[0] = object;
	r->words[1] = opcode;
	r->n = 2;
}

static void put_number(struct request *r, uint32_t number)
{
	r->words[r->n++] = number;
}

/* With its NUL, and filled up to the next word.  The caller's strings are far shorter than a message. */
static void put_string(struct request *r, const char *text)
{
	size_t size = strlen(text) + 1, words = (size + 3) / 4;

	put_number(r, (uint32_t)size);
	r->words[r->n + words - 1] = 0;
	memcpy(r->words + r->n, text, size);
	r->n += words;
}

static int request_send(struct connection *c, struct request *r, const int *fds, size_t n_fds)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))] = { 0 };
	struct iovec data = { r->words, r->n * sizeof(uint32_t) };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };

	r->words[1] |= (uint32_t)data.iov_len << 16;
	if (n_fds) {
		message.msg_control = control;
		message.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		struct cmsghdr *head = CMSG_FIRSTHDR(&message);
		*head = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(n_fds * sizeof(int)) };
		memcpy(CMSG_DATA(head), fds, n_fds * sizeof(int));
	}
	/* A fresh connection has room for all that is ever sent here: less than all is no short write but a broken peer. */
	ssize_t sent = sendmsg(c->fd, &message, MSG_NOSIGNAL);
	return sent == (ssize_t)data.iov_len ? 0 : sent < 0 ? -errno : -EPROTO;
}

static int send_numbers(struct connection *c, uint32_t object, uint32_t opcode, uint32_t number)
{
	struct request r;

	request_begin(&r, object, opcode);
	put_number(&r, number);
	return request_send(c, &r, NULL, 0);
}

static int send_string(struct connection *c, uint32_t object, uint32_t opcode, const char *text)
{
	struct request r;

	if (strlen(text) > MESSAGE_MAX / 2)
		return -EINVAL;
	request_begin(&r, object, opcode);
	put_string(&r, text);
	return request_send(c, &r, NULL, 0);
}

/* ---- events ---- */

static uint32_t number_at(const struct connection *c, size_t offset)
{
	uint32_t number;

	memcpy(&number, c->buffer + offset, sizeof(number));
	return number;
}

/* global(name, interface, version) */
static void see_global(struct connection *c, size_t size)
{
	if (size < HEADER + 12 || number_at(c, HEADER + 4) != sizeof(interface) || size < HEADER + 8 + sizeof(interface) ||
	    memcmp(c->buffer + HEADER + 8, interface, sizeof(interface)) != 0)
		return;
	c->offered = true;
	c->name = number_at(c, HEADER);
}

/* Return: 1 when it was the end of what @sync asked for, 0, -EPROTO when the compositor complains. */
static int see_event(struct connection *c, size_t size, uint32_t sync)
{
	uint32_t object = number_at(c, 0), opcode = number_at(c, 4) & 0xffff;

	if (object == DISPLAY && opcode == DISPLAY_ERROR)
		return -EPROTO;
	if (object == REGISTRY && opcode == REGISTRY_GLOBAL)
		see_global(c, size);
	return object == sync && opcode == CALLBACK_DONE;
}

static int receive(struct connection *c)
{
	struct pollfd poll_fd = { .fd = c->fd, .events = POLLIN };
	int64_t left = c->end - clock_ms();
	int n = left > 0 ? poll(&poll_fd, 1, (int)left) : 0;

	if (n <= 0)
		return n == 0 ? -ETIMEDOUT : errno == EINTR ? 0 : -errno;
	/* Descriptors that come along are not taken: the kernel closes them. */
	ssize_t size = recv(c->fd, c->buffer + c->have, sizeof(c->buffer) - c->have, MSG_DONTWAIT);
	if (size < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (size == 0)
		return -EPROTO;
	c->have += (size_t)size;
	return 0;
}

/* All that the compositor has to say up to its answer to @sync. */
static int round_trip(struct connection *c, uint32_t sync)
{
	int r = send_numbers(c, DISPLAY, DISPLAY_SYNC, sync);

	while (r == 0) {
		size_t size = c->have >= HEADER ? number_at(c, 4) >> 16 : HEADER;

		if (size < HEADER || size > sizeof(c->buffer))
			return -EPROTO;
		if (c->have < HEADER || c->have < size) {
			r = receive(c);
			continue;
		}
		r = see_event(c, size, sync);
		c->have -= size;
		memmove(c->buffer, c->buffer + size, c->have);
	}
	return r < 0 ? r : 0;
}

/* ---- the whole ---- */

static int connect_to(const char *path, struct connection *c)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	*c = (struct connection){ .fd = -EBADF, .end = clock_ms() + PATIENCE_MS };
	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	/* Not to wait for a compositor that accepts nobody any more: its queue is full then. */
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	int r = send_numbers(c, DISPLAY, DISPLAY_GET_REGISTRY, REGISTRY);
	return r < 0 ? r : round_trip(c, FIRST_SYNC);
}

int wayland_offers_context(const char *path)
{
	struct connection c;
	int r = connect_to(path, &c);

	fd_close(&c.fd);
	return r < 0 ? r : c.offered;
}

static int ask(struct connection *c, const struct wayland_context *context, int listen_fd, int end_fd)
{
	const struct {
		uint32_t opcode;
		const char *text;
	} words[] = { { CONTEXT_SET_ENGINE, context->engine }, { CONTEXT_SET_APP_ID, context->app_id },
		      { CONTEXT_SET_INSTANCE, context->instance } };
	const int fds[] = { listen_fd, end_fd };
	struct request bind, create, commit;

	request_begin(&bind, REGISTRY, REGISTRY_BIND);
	put_number(&bind, c->name);
	put_string(&bind, interface);
	put_number(&bind, 1);
	put_number(&bind, MANAGER);
	int r = request_send(c, &bind, NULL, 0);
	request_begin(&create, MANAGER, MANAGER_CREATE_LISTENER);
	put_number(&create, CONTEXT);
	if (r == 0)
		r = request_send(c, &create, fds, ARRAY_SIZE(fds));
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(words); i++)
		r = send_string(c, CONTEXT, words[i].opcode, words[i].text);
	request_begin(&commit, CONTEXT, CONTEXT_COMMIT);
	if (r == 0)
		r = request_send(c, &commit, NULL, 0);
	/* An error in any of this comes before the answer. */
	return r < 0 ? r : round_trip(c, SECOND_SYNC);
}

int wayland_make_context(const char *path, const struct wayland_context *context, int listen_fd, int end_fd)
{
	struct connection c;
	int r = connect_to(path, &c);

	if (r == 0)
		r = c.offered ? ask(&c, context, listen_fd, end_fd) : -EOPNOTSUPP;
	fd_close(&c.fd);
	return r;
}
