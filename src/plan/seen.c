/* SPDX-License-Identifier: MIT */
#include "plan/seen.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>

#include "plan/plan.h"

static bool ports_same(const struct ports *a, const struct ports *b)
{
	return a->n == b->n && memcmp(a->v, b->v, a->n * sizeof(a->v[0])) == 0;
}

void seen_open(struct names_seen *seen, int family, const uint8_t *address, const struct ports *ports)
{
	uint32_t n = seen ? seen->n_opened : 0;
	const size_t size = family == AF_INET ? 4 : 16;

	if (!seen)
		return;
	for (size_t i = 0; i < SEEN_OPENED_MAX && i < n; i++) {
		const struct seen_opened *o = &seen->opened[i];

		if (o->family == family && memcmp(o->address, address, size) == 0 && ports_same(&o->ports, ports))
			return;
	}
	struct seen_opened *o = &seen->opened[n % SEEN_OPENED_MAX];
	o->family = family;
	memcpy(o->address, address, size);
	o->ports = *ports;
	__atomic_store_n(&seen->n_opened, n + 1, __ATOMIC_RELEASE);
}

void seen_refuse(struct names_seen *seen, const char *name, int family, const uint8_t *address)
{
	uint32_t n = seen ? seen->n_refused : 0;

	if (!seen || strlen(name) > NAME_TEXT_MAX)
		return;
	for (size_t i = 0; i < n; i++)
		if (seen->refused[i].family == family && strcasecmp(seen->refused[i].name, name) == 0) {
			seen->refused[i].count++;
			return;
		}
	if (n == SEEN_REFUSED_MAX)
		return;
	struct seen_refused *r = &seen->refused[n];
	memcpy(r->name, name, strlen(name) + 1);
	r->family = family;
	if (family)
		memcpy(r->address, address, sizeof(r->address));
	r->count = 1;
	__atomic_store_n(&seen->n_refused, n + 1, __ATOMIC_RELEASE);
}

const char *seen_address(struct arena *arena, const struct seen_refused *refused)
{
	int family = refused->family;
	char text[INET6_ADDRSTRLEN];

	if (family != AF_INET && family != AF_INET6)
		return NULL;
	return inet_ntop(family, refused->address, text, sizeof(text)) ? arena_strdup(arena, text) : NULL;
}

bool seen_opened(const struct names_seen *seen, const char *host)
{
	uint32_t n = seen ? __atomic_load_n(&seen->n_opened, __ATOMIC_ACQUIRE) : 0;
	const char *start = host + (*host == '['), *end = *host == '[' ? strchr(host, ']') : strchr(host, '.') ? strchr(host, ':') : NULL;
	const char *port = end && *end == ']' && end[1] == ':' ? end + 2 : end && *end == ':' ? end + 1 : NULL;
	char text[64] = "";
	uint8_t address[16];
	size_t size = end ? (size_t)(end - start) : strlen(start);

	if (!seen || size >= sizeof(text))
		return false;
	memcpy(text, start, size);
	int family = plan_address(text, address);
	for (size_t i = 0; family > 0 && i < SEEN_OPENED_MAX && i < n; i++) {
		const struct seen_opened *o = &seen->opened[i];

		if (o->family == family && memcmp(o->address, address, family == AF_INET ? 4 : 16) == 0 &&
		    (!port || ports_has(&o->ports, (uint16_t)atoi(port))))
			return true;
	}
	return false;
}
