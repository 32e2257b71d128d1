/* SPDX-License-Identifier: MIT */
/*
 * sbox's own resolver: a process outside, with sockets inside.  It is asked at 127.0.0.1:53 of the sandbox, looks up
 * allowed names alone, at the host's servers, and opens the way to exactly the addresses that it then answers, before it
 * answers.  The program can reach nothing of it but those two sockets; it can do nothing but talk to them, to servers and to
 * the one table of the sandbox.
 */
#include "net/resolver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <strings.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"
#include "base/fd.h"
#include "net/dns.h"
#include "net/egress.h"

enum {
	PENDING_MAX = 256,      /* questions that wait for a server; more wait in the socket, or are refused by TCP */
	CLIENTS_MAX = 16,       /* programs that ask by TCP */
	MESSAGE_MAX = 8192,     /* of a server by TCP; longer ones are no answer to a question for addresses */
	ATTEMPTS = 3,           /* rounds over the servers */
	WAIT_MS = 1500,         /* for one server, the first time; longer each round */
	CLIENT_MS = 10000,
	TTL_MIN = 10,           /* a program connects a moment after it asked */
	TTL_MAX = 86400,
};

/** struct stream - one message by TCP, with its length before it */
struct stream {
	uint8_t data[MESSAGE_MAX + 2];
	size_t n;
};

/** struct client - a program that asks by TCP; one question at a time */
struct client {
	int fd; /* negative: none */
	int64_t until;
	uint8_t data[DNS_UDP_MAX + 2];
	size_t n;
	bool waits; /* for the answer of a pending question */
};

/** struct pending - a question that a server was asked */
struct pending {
	int fd; /* negative: free */
	bool tcp;
	bool asked; /* tcp: the question was sent */
	uint16_t id;
	unsigned attempt;
	int64_t until;
	struct dns_question question;
	struct grant grant;
	struct client *client; /* NULL: by UDP, from */
	struct sockaddr_in from;
	struct stream *stream;
};

struct resolver {
	const struct plan_network *net;
	const struct resolver_io *io;
	struct dns_answer answer; /* the one just read: too large for a stack */
	struct pending pending[PENDING_MAX];
	struct client clients[CLIENTS_MAX];
	struct stream streams[PENDING_MAX];
};

/* ---- to the program ---- */

static void client_end(struct client *c)
{
	fd_close(&c->fd);
	c->n = 0;
	c->waits = false;
}

static void reply(struct resolver *r, struct client *client, const struct sockaddr_in *from, const uint8_t *data, size_t size)
{
	uint8_t framed[DNS_UDP_MAX + 2];

	if (!client) {
		(void)sendto(r->io->udp, data, size, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)from, sizeof(*from));
		return;
	}
	framed[0] = (uint8_t)(size >> 8);
	framed[1] = (uint8_t)size;
	memcpy(framed + 2, data, size);
	client->waits = false;
	client->until = clock_ms() + CLIENT_MS;
	/* Who does not read a few hundred bytes gets none. */
	if (send(client->fd, framed, size + 2, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)size + 2)
		client_end(client);
}

static void reply_code(struct resolver *r, struct client *client, const struct sockaddr_in *from, const struct dns_question *q,
		       unsigned rcode)
{
	uint8_t data[DNS_UDP_MAX];

	reply(r, client, from, data, dns_reply_write(q, rcode, NULL, 0, 0, data));
}

static void pending_end(struct pending *p)
{
	fd_close(&p->fd);
	p->client = NULL;
}

static void pending_fail(struct resolver *r, struct pending *p)
{
	reply_code(r, p->client, &p->from, &p->question, DNS_SERVFAIL);
	pending_end(p);
}

/* ---- to the servers ---- */

static socklen_t server_address(const struct plan_server *s, struct sockaddr_storage *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->ss_family = (sa_family_t)s->family;
	if (s->family == AF_INET) {
		struct sockaddr_in *v4 = (struct sockaddr_in *)ret;

		v4->sin_port = htons(53);
		memcpy(&v4->sin_addr, s->address, 4);
		return sizeof(*v4);
	}
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;
	v6->sin6_port = htons(53);
	memcpy(&v6->sin6_addr, s->address, 16);
	return sizeof(*v6);
}

/* One that is on the host itself is asked there, whatever the interface. */
static int server_bind(const struct plan_network *net, int fd, const struct plan_server *s)
{
	if (!net->interface || plan_is_loopback(s->family, s->address))
		return 0;
	return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, net->interface, (socklen_t)strlen(net->interface)) < 0 ? -errno : 0;
}

/* A socket of its own for each question: its port, which the kernel chooses, is as hard to guess as its number. */
static int server_ask(struct resolver *r, struct pending *p, bool tcp)
{
	const struct plan_server *s = &r->net->servers.v[p->attempt % r->net->servers.n];
	struct sockaddr_storage address;
	socklen_t size = server_address(s, &address);
	uint8_t data[DNS_UDP_MAX];

	fd_close(&p->fd);
	p->tcp = tcp;
	p->asked = !tcp;
	p->stream->n = 0;
	p->until = clock_ms() + WAIT_MS * (1 + p->attempt / (int64_t)r->net->servers.n);
	if (getrandom(&p->id, sizeof(p->id), 0) != sizeof(p->id))
		return -errno;
	p->fd = socket(s->family, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (p->fd < 0)
		return -errno;
	int bound = server_bind(r->net, p->fd, s);
	if (bound < 0)
		return bound;
	if (connect(p->fd, (struct sockaddr *)&address, size) < 0 && errno != EINPROGRESS)
		return -errno;
	if (!tcp && send(p->fd, data, dns_question_write(&p->question, p->id, data), MSG_NOSIGNAL) < 0)
		return -errno;
	return 0;
}

static void server_next(struct resolver *r, struct pending *p)
{
	do {
		if (++p->attempt >= ATTEMPTS * r->net->servers.n) {
			pending_fail(r, p);
			return;
		}
	} while (server_ask(r, p, false) < 0);
}

/*
 * Of the addresses in @a those that may be reached by this name; each is open when this returns.  A public name that leads
 * to a private address is how a page of the Internet reaches a router: only a line that names the address allows it, and
 * the kernel's table has that already.
 */
static size_t addresses_open(struct resolver *r, const struct pending *p, struct dns_answer *a, uint32_t ttl)
{
	const int family = p->question.type == DNS_A ? AF_INET : AF_INET6;
	bool withheld = false;
	uint8_t private[16];
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++) {
		struct grant own = egress_address(&r->net->rules, family, a->addresses[i]);

		if (own.rule && !own.allowed)
			continue;
		if (!own.allowed && egress_is_private(family, a->addresses[i])) {
			withheld = true;
			memcpy(private, a->addresses[i], sizeof(private));
			continue;
		}
		if (!egress_is_private(family, a->addresses[i]) &&
		    egress_open(r->io->nft, family, a->addresses[i], &p->grant.ports, ttl) < 0)
			continue;
		seen_open(r->io->seen, family, a->addresses[i], &p->grant.ports);
		memmove(a->addresses[n++], a->addresses[i], sizeof(a->addresses[i]));
	}
	if (withheld && !n)
		seen_refuse(r->io->seen, p->question.name, family, private);
	return n;
}

static void answered(struct resolver *r, struct pending *p, struct dns_answer *a)
{
	uint8_t data[DNS_UDP_MAX];
	size_t n = 0;

	/* An allowed name may be another name for a denied one. */
	for (size_t i = 0; i < a->n_chain; i++) {
		struct grant g = egress_name(&r->net->rules, a->chain[i]);

		if (g.rule && !g.allowed)
			a->n = 0;
	}
	uint32_t ttl = a->ttl > TTL_MAX ? TTL_MAX : a->ttl;
	if (a->n)
		n = addresses_open(r, p, a, ttl < TTL_MIN ? TTL_MIN : ttl);
	reply(r, p->client, &p->from, data,
	      dns_reply_write(&p->question, a->rcode, (const uint8_t (*)[16])a->addresses, n, ttl, data));
	pending_end(p);
}

static void server_said(struct resolver *r, struct pending *p, const uint8_t *data, size_t size)
{
	switch (dns_answer_read(data, size, &p->question, p->id, &r->answer)) {
	case 0:
		answered(r, p, &r->answer);
		return;
	case -EMSGSIZE:
		if (p->tcp || server_ask(r, p, true) < 0)
			server_next(r, p);
		return;
	case -EREMOTEIO:
		server_next(r, p);
		return;
	default:
		/* By UDP, somebody may be guessing: the right answer can still come. */
		if (p->tcp)
			server_next(r, p);
	}
}

static void server_udp(struct resolver *r, struct pending *p)
{
	uint8_t data[4096];
	ssize_t n = recv(p->fd, data, sizeof(data), MSG_DONTWAIT);

	if (n >= 0)
		server_said(r, p, data, (size_t)n);
	else if (errno != EAGAIN && errno != EINTR)
		server_next(r, p);
}

static void server_tcp(struct resolver *r, struct pending *p)
{
	struct stream *s = p->stream;
	uint8_t data[DNS_UDP_MAX + 2];

	if (!p->asked) {
		size_t size = dns_question_write(&p->question, p->id, data + 2);

		data[0] = (uint8_t)(size >> 8);
		data[1] = (uint8_t)size;
		p->asked = true;
		if (send(p->fd, data, size + 2, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)size + 2)
			server_next(r, p);
		return;
	}
	ssize_t n = recv(p->fd, s->data + s->n, sizeof(s->data) - s->n, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		s->n += (size_t)n;
	size_t want = s->n >= 2 ? ((size_t)s->data[0] << 8 | s->data[1]) : 0;
	if (s->n >= 2 && s->n - 2 >= want)
		server_said(r, p, s->data + 2, want);
	else if (n <= 0 || want > MESSAGE_MAX)
		server_next(r, p);
}

/* ---- from the program ---- */

/* A free one, or NULL. */
static struct pending *pending_new(struct resolver *r)
{
	for (size_t i = 0; i < PENDING_MAX; i++)
		if (r->pending[i].fd < 0 && !r->pending[i].client) {
			r->pending[i].stream = &r->streams[i];
			return &r->pending[i];
		}
	return NULL;
}

static void question(struct resolver *r, struct client *client, const struct sockaddr_in *from, const uint8_t *data, size_t size)
{
	struct dns_question q;

	if (dns_question_read(data, size, &q) < 0) {
		if (client)
			client_end(client);
		return;
	}
	struct grant g = egress_name(&r->net->rules, q.name);
	/* NXDOMAIN and not REFUSED: at once "no such host", where else the next server would be tried, and again later. */
	if (!g.allowed) {
		seen_refuse(r->io->seen, q.name, 0, NULL);
		reply_code(r, client, from, &q, DNS_NXDOMAIN);
		return;
	}
	if (q.type != DNS_A && q.type != DNS_AAAA) {
		reply_code(r, client, from, &q, DNS_NOERROR);
		return;
	}
	struct pending *p = r->net->servers.n ? pending_new(r) : NULL;
	if (!p) {
		reply_code(r, client, from, &q, DNS_SERVFAIL);
		return;
	}
	p->question = q;
	p->grant = g;
	p->client = client;
	p->attempt = 0;
	if (from)
		p->from = *from;
	if (client)
		client->waits = true;
	if (server_ask(r, p, false) < 0)
		server_next(r, p);
}

static void questions_udp(struct resolver *r)
{
	/* Not for ever: answers want to be read as well. */
	for (int round = 0; round < 64 && pending_new(r); round++) {
		uint8_t data[DNS_UDP_MAX];
		struct sockaddr_in from;
		socklen_t from_size = sizeof(from);
		ssize_t n = recvfrom(r->io->udp, data, sizeof(data), MSG_DONTWAIT, (struct sockaddr *)&from, &from_size);

		if (n < 0)
			return;
		if (from_size == sizeof(from))
			question(r, NULL, &from, data, (size_t)n);
	}
}

static void client_accept(struct resolver *r)
{
	int fd = accept4(r->io->tcp, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct client *oldest = NULL;

	if (fd < 0)
		return;
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *c = &r->clients[i];

		if (c->fd < 0) {
			oldest = c;
			break;
		}
		if (!c->waits && (!oldest || c->until < oldest->until))
			oldest = c;
	}
	if (!oldest) {
		fd_close(&fd);
		return;
	}
	client_end(oldest);
	oldest->fd = fd;
	oldest->until = clock_ms() + CLIENT_MS;
}

/* Questions that are whole, until one has to wait: glibc asks for both kinds of address at once (use-vc). */
static void client_serve(struct resolver *r, struct client *c)
{
	while (c->fd >= 0 && !c->waits && c->n >= 2) {
		uint8_t data[DNS_UDP_MAX];
		size_t want = (size_t)c->data[0] << 8 | c->data[1];

		if (want > sizeof(data))
			client_end(c);
		if (c->fd < 0 || c->n - 2 < want)
			return;
		memcpy(data, c->data + 2, want);
		c->n -= want + 2;
		memmove(c->data, c->data + 2 + want, c->n);
		question(r, c, NULL, data, want);
	}
}

static void client_read(struct resolver *r, struct client *c)
{
	ssize_t n = recv(c->fd, c->data + c->n, sizeof(c->data) - c->n, MSG_DONTWAIT);

	if (n > 0) {
		c->n += (size_t)n;
		client_serve(r, c);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		client_end(c);
	}
}

/* ---- the loop ---- */

static int deadline(struct resolver *r)
{
	int64_t now = clock_ms(), next = now + CLIENT_MS;

	for (size_t i = 0; i < PENDING_MAX; i++)
		if (r->pending[i].fd >= 0 && r->pending[i].until <= now)
			server_next(r, &r->pending[i]);
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *c = &r->clients[i];

		if (c->fd >= 0 && !c->waits && c->until <= now)
			client_end(c);
		/* what came while it waited */
		client_serve(r, c);
	}
	for (size_t i = 0; i < PENDING_MAX; i++)
		if (r->pending[i].fd >= 0 && r->pending[i].until < next)
			next = r->pending[i].until;
	return next > now ? (int)(next - now) : 0;
}

struct resolver *resolver_new(struct arena *arena, const struct plan *plan, const struct resolver_io *io)
{
	struct resolver *r = arena_alloc(arena, sizeof(*r));

	r->net = &plan->network;
	r->io = io;
	for (size_t i = 0; i < PENDING_MAX; i++)
		r->pending[i].fd = -EBADF;
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		r->clients[i].fd = -EBADF;
	return r;
}

static void polls_fill(struct resolver *r, struct pollfd *fds)
{
	fds[0] = (struct pollfd){ .fd = pending_new(r) ? r->io->udp : -1, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = r->io->tcp, .events = POLLIN };
	/* While a client waits nothing is read from it, and its end is seen when the answer is sent. */
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		fds[2 + i] = (struct pollfd){ .fd = r->clients[i].waits ? -1 : r->clients[i].fd, .events = POLLIN };
	for (size_t i = 0; i < PENDING_MAX; i++) {
		const struct pending *p = &r->pending[i];

		fds[2 + CLIENTS_MAX + i] = (struct pollfd){ .fd = p->fd, .events = p->asked ? POLLIN : POLLOUT };
	}
}

/* What was closed meanwhile, and perhaps opened anew, is not what was polled: a descriptor that has nothing says so. */
static void polls_serve(struct resolver *r, const struct pollfd *fds)
{
	for (size_t i = 0; i < PENDING_MAX; i++)
		if (fds[2 + CLIENTS_MAX + i].revents && r->pending[i].fd == fds[2 + CLIENTS_MAX + i].fd)
			(r->pending[i].tcp ? server_tcp : server_udp)(r, &r->pending[i]);
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (fds[2 + i].revents && r->clients[i].fd == fds[2 + i].fd)
			client_read(r, &r->clients[i]);
	if (fds[0].revents)
		questions_udp(r);
	if (fds[1].revents)
		client_accept(r);
}

int resolver_run(struct resolver *r)
{
	struct pollfd fds[2 + CLIENTS_MAX + PENDING_MAX];

	for (;;) {
		int wait = deadline(r);
		struct timespec left = { wait / 1000, wait % 1000 * 1000000L };

		polls_fill(r, fds);
		if (ppoll(fds, ARRAY_SIZE(fds), &left, NULL) >= 0)
			polls_serve(r, fds);
		else if (errno != EINTR)
			return -errno;
	}
}
