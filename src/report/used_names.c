/* SPDX-License-Identifier: MIT */
/* Host names that a program asks for, seen in what it sends: a name server's address says nothing, the question does. */
#include "report/judge.h"
#include "report/target.h"

enum { QUESTION_MAX = 512, MESSAGES_MAX = 4 };

/** struct message - struct msghdr and struct mmsghdr as every 64-bit ABI has them */
struct message {
	uint64_t name;
	uint32_t name_size, unused;
	uint64_t iov, iov_n, control, control_size;
	uint32_t flags, unused2;
	uint32_t sent, unused3; /* struct mmsghdr alone */
};

static void question_at(struct stopped *s, uint64_t address, uint64_t size, name_asked_fn *asks)
{
	uint8_t data[QUESTION_MAX];
	char name[NAME_ASKED_MAX];

	if (size && size <= sizeof(data) && target_read((pid_t)s->n->pid, address, data, (size_t)size) == 0 && asks(data, (size_t)size, name))
		used_add(s, DID_ASK, arena_strdup(s->arena, name), "");
}

static void question_in(struct stopped *s, uint64_t message, name_asked_fn *asks)
{
	struct {
		uint64_t base, size;
	} iov;
	struct message m;

	/* Behind the last struct msghdr there may be nothing. */
	if (target_read((pid_t)s->n->pid, message, &m, offsetof(struct message, sent)) == 0 && m.iov_n > 0 &&
	    target_read((pid_t)s->n->pid, m.iov, &iov, sizeof(iov)) == 0)
		question_at(s, iov.base, iov.size, asks);
}

void used_question(struct stopped *s, const struct watched *w, name_asked_fn *asks)
{
	uint64_t address = stopped_argument(s, 1), n = 1;

	if (s->n->data.arch != s->plan->filter->abis[0].audit_arch || s->n->data.nr & 0x40000000)
		return;
	if (w->use == USE_SEND) {
		question_at(s, address, stopped_argument(s, 2), asks);
		return;
	}
	if (streq(s->call.name, "sendmmsg"))
		n = stopped_argument(s, 2);
	for (uint64_t i = 0; i < n && i < MESSAGES_MAX; i++)
		question_in(s, address + i * sizeof(struct message), asks);
}
