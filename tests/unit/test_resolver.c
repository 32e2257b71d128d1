/* SPDX-License-Identifier: MIT */
/*
 * The resolver's loop, in a network of the test's own: the test is the programs that ask, by UDP and TCP, and the servers that
 * know, or lie, or say nothing.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "leak_check.h"
#include "net/dns.h"
#include "net/resolver.h"
#include "own_network.h"

/* Nothing here takes as long, on any machine. */
enum { PATIENCE_MS = 60000, PENDING_MAX = 256, CLIENTS_MAX = 16 };

static const uint8_t known[1][16] = { { 10, 1, 2, 3 } };

/** struct lab - a resolver that serves */
struct lab {
	struct plan plan;
	struct resolver_io io;
	struct sockaddr_in udp, tcp; /* where it is asked */
	int program;                 /* a socket that asks */
	pid_t pid;
};

/** struct message - and whom it came from */
struct message {
	uint8_t data[DNS_UDP_MAX + 2];
	size_t n;
	struct sockaddr_in from;
};

/* ---- sockets ---- */

static struct sockaddr_in address(const char *host, int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	need(inet_pton(AF_INET, host, &a.sin_addr) == 1);
	return a;
}

static int bound(int type, const char *host, int port, struct sockaddr_in *ret)
{
	struct sockaddr_in a = address(host, port);
	socklen_t size = sizeof(a);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	need(bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0);
	need(type != SOCK_STREAM || listen(fd, 64) == 0);
	if (ret)
		need(getsockname(fd, (struct sockaddr *)ret, &size) == 0);
	return fd;
}

static bool comes(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

static struct message received(int fd)
{
	struct message m;
	socklen_t size = sizeof(m.from);

	need(comes(fd, PATIENCE_MS));
	ssize_t n = recvfrom(fd, m.data, sizeof(m.data), 0, (struct sockaddr *)&m.from, &size);
	need(n > 0);
	m.n = (size_t)n;
	return m;
}

/* ---- the lab ---- */

/*
 * Asked are @away servers that no route leads to, then 127.0.0.2 and so on, @servers of them; names below "test" are allowed, and
 * the addresses 10.0.0.0/8.
 */
static void lab_begin(struct lab *lab, size_t away, size_t servers)
{
	struct arena *arena = arena_new();

	for (size_t i = 0; i < away; i++)
		vec_push(arena, &lab->plan.network.servers,
			 (struct plan_server){ .family = AF_INET6, .address = { 0x20, 1, 0xd, 0xb8, [15] = (uint8_t)(i + 1) } });
	for (size_t i = 0; i < servers; i++)
		vec_push(arena, &lab->plan.network.servers,
			 (struct plan_server){ .family = AF_INET, .address = { 127, 0, 0, (uint8_t)(i + 2) } });
	vec_push(arena, &lab->plan.network.rules, (struct egress_rule){ .name = "test", .below = true });
	vec_push(arena, &lab->plan.network.rules, (struct egress_rule){ .family = AF_INET, .address = { 10 }, .prefix = 8 });
	lab->io = (struct resolver_io){ .nft = -EBADF };
	lab->io.udp = bound(SOCK_DGRAM, "127.0.0.1", 0, &lab->udp);
	lab->io.tcp = bound(SOCK_STREAM, "127.0.0.1", 0, &lab->tcp);
	lab->program = bound(SOCK_DGRAM, "127.0.0.1", 0, NULL);
	lab->pid = fork();
	need(lab->pid >= 0);
	if (lab->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		_exit(-resolver_run(resolver_new(arena, &lab->plan, &lab->io)));
	}
	close(lab->io.udp);
	close(lab->io.tcp);
}

#define LAB(name, away, servers)                                      \
	static void name(struct lab *lab);                              \
	static void name##_in_lab(void)                                 \
	{                                                               \
		struct lab lab = { 0 };                                 \
                                                                        \
		lab_begin(&lab, away, servers);                         \
		name(&lab);                                             \
		/* it still serves */                                   \
		need(waitpid(lab.pid, NULL, WNOHANG) == 0);             \
	}                                                               \
	Test(resolver, name)                                            \
	{                                                               \
		in_own_network(name##_in_lab);                          \
	}                                                               \
	static void name(struct lab *lab)

/* ---- the program ---- */

static size_t asking(const char *label, uint16_t id, uint8_t ret[DNS_UDP_MAX])
{
	struct dns_question q = { .type = DNS_A };

	q.wire_size = (size_t)snprintf((char *)q.wire, sizeof(q.wire), "%c%s\4test", (char)strlen(label), label) + 1;
	return dns_question_write(&q, id, ret);
}

static void ask(const struct lab *lab, const char *label, uint16_t id)
{
	uint8_t data[DNS_UDP_MAX];
	size_t n = asking(label, id, data);

	need(sendto(lab->program, data, n, 0, (const struct sockaddr *)&lab->udp, sizeof(lab->udp)) == (ssize_t)n);
}

static int client(const struct lab *lab)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	need(connect(fd, (const struct sockaddr *)&lab->tcp, sizeof(lab->tcp)) == 0);
	return fd;
}

static void ask_tcp(int fd, const char *label, uint16_t id)
{
	uint8_t data[DNS_UDP_MAX + 2];
	size_t n = asking(label, id, data + 2);

	data[0] = 0;
	data[1] = (uint8_t)n;
	need(send(fd, data, n + 2, MSG_NOSIGNAL) == (ssize_t)n + 2);
}

static unsigned rcode(const struct message *m, uint16_t id)
{
	need(m->n >= 12);
	need((m->data[0] << 8 | m->data[1]) == id);
	return m->data[3] & 0xf;
}

/* The answer to @id is the address that is known. */
static void learns(const struct lab *lab, uint16_t id)
{
	struct message m = received(lab->program);

	need(rcode(&m, id) == DNS_NOERROR);
	need(memcmp(m.data + m.n - 4, known[0], 4) == 0);
}

static void learns_nothing(const struct lab *lab, uint16_t id)
{
	struct message m = received(lab->program);

	need(rcode(&m, id) == DNS_SERVFAIL);
}

/* By TCP, whole: Return: the code. */
static unsigned told(int fd, uint16_t id)
{
	struct message m;
	uint8_t size[2];

	need(comes(fd, PATIENCE_MS));
	need(recv(fd, size, 2, MSG_WAITALL) == 2);
	m.n = (size_t)(size[0] << 8 | size[1]);
	need(recv(fd, m.data, m.n, MSG_WAITALL) == (ssize_t)m.n);
	return rcode(&m, id);
}

static bool hangs_up(int fd)
{
	char byte;

	return comes(fd, PATIENCE_MS) && recv(fd, &byte, 1, 0) <= 0;
}

/* ---- the servers ---- */

static int server(int type, int which)
{
	char host[16];

	(void)snprintf(host, sizeof(host), "127.0.0.%d", which + 1);
	return bound(type, host, 53, NULL);
}

static size_t answering(const struct message *question, unsigned code, uint8_t ret[DNS_UDP_MAX])
{
	struct dns_question q;

	need(dns_question_read(question->data, question->n, &q) == 0);
	return dns_reply_write(&q, code, known, code == DNS_NOERROR, 60, ret);
}

static void answer(int fd, const struct message *question, unsigned code)
{
	uint8_t data[DNS_UDP_MAX];
	size_t n = answering(question, code, data);

	need(sendto(fd, data, n, 0, (const struct sockaddr *)&question->from, sizeof(question->from)) == (ssize_t)n);
}

static size_t answering_cut(const struct message *question, uint8_t ret[DNS_UDP_MAX])
{
	size_t n = answering(question, DNS_NOERROR, ret);

	ret[2] |= 2;
	return n;
}

/* Too long for UDP. */
static void answer_cut(int fd, const struct message *question)
{
	uint8_t data[DNS_UDP_MAX];
	size_t n = answering_cut(question, data);

	need(sendto(fd, data, n, 0, (const struct sockaddr *)&question->from, sizeof(question->from)) == (ssize_t)n);
}

/* The question that comes by TCP; the connection goes to @ret_fd. */
static struct message accepted(int listener, int *ret_fd)
{
	struct message m;
	uint8_t size[2];

	need(comes(listener, PATIENCE_MS));
	*ret_fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	need(recv(*ret_fd, size, 2, MSG_WAITALL) == 2);
	m.n = (size_t)(size[0] << 8 | size[1]);
	need(recv(*ret_fd, m.data, m.n, MSG_WAITALL) == (ssize_t)m.n);
	return m;
}

/* The server at @udp is asked, and what it answers reaches the program. */
static void is_told(const struct lab *lab, int udp, uint16_t id)
{
	ask(lab, "web", id);
	struct message m = received(udp);
	answer(udp, &m, DNS_NOERROR);
	learns(lab, id);
}

TestSuite(resolver, .fini = leak_check, .timeout = 0);

LAB(what_a_server_knows_is_told, 0, 1)
{
	int udp = server(SOCK_DGRAM, 1);

	is_told(lab, udp, 7);
}

LAB(who_is_no_server_costs_no_time, 0, 2)
{
	int udp = server(SOCK_DGRAM, 2);

	is_told(lab, udp, 1); /* the first is not there, and its machine says so */
	close(udp);
	ask(lab, "web", 2);
	learns_nothing(lab, 2);
}

LAB(where_no_route_leads_nobody_is_asked, 2, 1)
{
	int udp = server(SOCK_DGRAM, 1);

	is_told(lab, udp, 1);
}

LAB(a_server_that_cannot_say_is_followed_by_the_next, 0, 2)
{
	int first = server(SOCK_DGRAM, 1), second = server(SOCK_DGRAM, 2);

	ask(lab, "web", 1);
	struct message m = received(first);
	answer(first, &m, DNS_SERVFAIL);
	m = received(second);
	answer(second, &m, DNS_NOERROR);
	learns(lab, 1);
}

LAB(a_guess_does_not_end_the_wait_for_the_answer, 0, 1)
{
	int udp = server(SOCK_DGRAM, 1);

	ask(lab, "web", 1);
	struct message m = received(udp), guess = m;
	guess.data[1] ^= 1;
	answer(udp, &guess, DNS_NOERROR);
	answer(udp, &m, DNS_NOERROR);
	learns(lab, 1);
}

LAB(a_long_answer_comes_by_tcp_in_pieces, 0, 1)
{
	int udp = server(SOCK_DGRAM, 1), tcp = server(SOCK_STREAM, 1), fd;
	uint8_t data[DNS_UDP_MAX + 2];

	ask(lab, "web", 1);
	struct message m = received(udp);
	answer_cut(udp, &m);
	m = accepted(tcp, &fd);
	size_t n = answering(&m, DNS_NOERROR, data + 2);
	data[0] = (uint8_t)(n >> 8);
	data[1] = (uint8_t)n;
	for (size_t i = 0; i < n + 2; i++) {
		need(send(fd, data + i, 1, MSG_NOSIGNAL) == 1);
		if (i < 4)
			usleep(1000); /* each is seen alone, or not: it is the same */
	}
	learns(lab, 1);
}

/* What may be wrong with a server by TCP; each time the next round asks by UDP, and is answered. */
LAB(a_server_that_is_no_good_by_tcp_is_asked_again, 0, 1)
{
	int udp = server(SOCK_DGRAM, 1), tcp = server(SOCK_STREAM, 1), fd;
	static const struct {
		const char *sent, *what;
		size_t n;
	} wrong[] = {
		{ "", "hangs up at once", 0 },
		{ "\0\x40\x12", "hangs up in the middle", 3 },
		{ "\x20\x01", "has more to say than any answer", 2 },
		{ "\0\0", "says nothing", 2 },
		{ "\0\4what", "says something else", 6 },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		ask(lab, "web", (uint16_t)i);
		struct message m = received(udp);
		answer_cut(udp, &m);
		(void)accepted(tcp, &fd);
		need(send(fd, wrong[i].sent, wrong[i].n, MSG_NOSIGNAL) == (ssize_t)wrong[i].n);
		if (i < 2)
			close(fd);
		m = received(udp);
		answer(udp, &m, DNS_NOERROR);
		learns(lab, (uint16_t)i);
		need(i < 2 || hangs_up(fd));
	}
	uint8_t data[DNS_UDP_MAX + 2] = { 0 };
	ask(lab, "web", 98);
	struct message m = received(udp);
	answer_cut(udp, &m);
	m = accepted(tcp, &fd);
	size_t n = answering_cut(&m, data + 2); /* by TCP as well */
	data[1] = (uint8_t)n;
	need(send(fd, data, n + 2, MSG_NOSIGNAL) == (ssize_t)n + 2);
	m = received(udp);
	answer(udp, &m, DNS_NOERROR);
	learns(lab, 98);
	close(tcp); /* nobody there */
	ask(lab, "web", 99);
	m = received(udp);
	answer_cut(udp, &m);
	m = received(udp);
	answer(udp, &m, DNS_NOERROR);
	learns(lab, 99);
}

/* The question that asks for @label, whatever is asked once more meanwhile. */
static struct message question_for(int udp, const char *label)
{
	for (;;) {
		struct message m = received(udp);

		if (memcmp(m.data + 13, label, strlen(label)) == 0)
			return m;
	}
}

LAB(with_all_room_taken_a_question_waits_or_is_refused, 0, 1)
{
	int udp = server(SOCK_DGRAM, 1), tcp = client(lab);
	struct message first = { 0 };
	char label[8];

	for (int i = 0; i < PENDING_MAX; i++) {
		(void)snprintf(label, sizeof(label), "n%03d", i);
		ask(lab, label, (uint16_t)i);
		struct message m = question_for(udp, label);
		if (i == 0)
			first = m;
	}
	ask(lab, "late", 1000);
	ask_tcp(tcp, "tcp", 2000);
	need(told(tcp, 2000) == DNS_SERVFAIL);
	answer(udp, &first, DNS_NOERROR);
	learns(lab, 0);
	struct message m = question_for(udp, "late");
	answer(udp, &m, DNS_NOERROR);
	learns(lab, 1000);
}

LAB(a_program_by_tcp_that_is_silent_makes_room_for_another, 0, 1)
{
	int udp = server(SOCK_DGRAM, 1), clients[CLIENTS_MAX + 1];
	struct message m;

	for (size_t i = 0; i < CLIENTS_MAX; i++)
		clients[i] = client(lab);
	ask_tcp(clients[CLIENTS_MAX - 1], "web", 1);
	m = received(udp);
	answer(udp, &m, DNS_NOERROR);
	need(told(clients[CLIENTS_MAX - 1], 1) == DNS_NOERROR);
	usleep(2000); /* the clock of the resolver has milliseconds */
	clients[CLIENTS_MAX] = client(lab);
	need(hangs_up(clients[0])); /* the oldest */
	ask_tcp(clients[CLIENTS_MAX], "web", 2);
	m = received(udp);
	answer(udp, &m, DNS_NOERROR);
	need(told(clients[CLIENTS_MAX], 2) == DNS_NOERROR);
}

LAB(a_program_by_tcp_that_waits_for_an_answer_keeps_its_place, 0, 1)
{
	int udp = server(SOCK_DGRAM, 1), clients[CLIENTS_MAX];
	struct message first = { 0 };
	char label[8];

	for (int i = 0; i < CLIENTS_MAX; i++) {
		(void)snprintf(label, sizeof(label), "n%03d", i);
		clients[i] = client(lab);
		ask_tcp(clients[i], label, (uint16_t)i);
		struct message m = question_for(udp, label);
		if (i == 0)
			first = m;
	}
	need(hangs_up(client(lab))); /* one more than there is room for */
	answer(udp, &first, DNS_NOERROR);
	need(told(clients[0], 0) == DNS_NOERROR);
}

LAB(a_program_by_tcp_asks_twice_at_once, 0, 1)
{
	int udp = server(SOCK_DGRAM, 1), fd = client(lab);

	ask_tcp(fd, "one", 1);
	ask_tcp(fd, "two", 2);
	struct message m = question_for(udp, "one");
	answer(udp, &m, DNS_NOERROR);
	need(told(fd, 1) == DNS_NOERROR);
	m = question_for(udp, "two");
	answer(udp, &m, DNS_NOERROR);
	need(told(fd, 2) == DNS_NOERROR);
}

LAB(what_is_no_question_ends_a_connection, 0, 1)
{
	static const char *const wrong[] = { "\2\1", "\0\4what", "\0\0" };
	static const size_t sizes[] = { 2, 6, 2 };
	int udp = server(SOCK_DGRAM, 1);

	for (size_t i = 0; i < 3; i++) {
		int fd = client(lab);

		need(send(fd, wrong[i], sizes[i], MSG_NOSIGNAL) == (ssize_t)sizes[i]);
		need(hangs_up(fd));
		close(fd);
	}
	need(sendto(lab->program, "what", 4, 0, (const struct sockaddr *)&lab->udp, sizeof(lab->udp)) == 4);
	is_told(lab, udp, 1);
}

LAB(who_leaves_before_the_answer_harms_nobody, 0, 1)
{
	const struct linger at_once = { .l_onoff = 1 };
	int udp = server(SOCK_DGRAM, 1), fd = client(lab);

	ask_tcp(fd, "gone", 1);
	struct message m = question_for(udp, "gone");
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
	answer(udp, &m, DNS_NOERROR);
	ask(lab, "web", 2);
	m = question_for(udp, "web");
	answer(udp, &m, DNS_NOERROR);
	learns(lab, 2);
}

LAB(what_no_line_allows_is_asked_nobody, 0, 0)
{
	static const uint8_t other[] = "\0\7\1\0\0\1\0\0\0\0\0\0\3web\3org\0\0\1\0\1";
	struct message m;

	need(sendto(lab->program, other, sizeof(other) - 1, 0, (const struct sockaddr *)&lab->udp, sizeof(lab->udp)) > 0);
	m = received(lab->program);
	need(rcode(&m, 7) == DNS_NXDOMAIN);
	ask(lab, "web", 8); /* and there is nobody who could be asked */
	learns_nothing(lab, 8);
}
