/* SPDX-License-Identifier: MIT */
/* The resolver: what a program asks, and what a server (or somebody in its place) answers. */
#include "fuzz.h"
#include "net/dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_question asked, again;
	struct dns_answer answer;
	uint8_t wire[DNS_UDP_MAX];
	size_t n, cut;

	if (size < 1)
		return 0;
	/* The first byte says where the question ends and the answer begins. */
	cut = 1 + (size - 1) * data[0] / 255;
	if (dns_question_read(data + 1, cut - 1, &asked) < 0)
		return 0;
	CLAIM(strlen(asked.name) < DNS_NAME_MAX);
	n = dns_question_write(&asked, asked.id, wire);
	CLAIM(n > 0 && n <= sizeof(wire));
	/* What is asked of the server is what was understood of the program. */
	CLAIM(dns_question_read(wire, n, &again) == 0 && strcmp(again.name, asked.name) == 0 && again.type == asked.type);
	if (dns_answer_read(data + cut, size - cut, &asked, asked.id, &answer) < 0)
		return 0;
	CLAIM(answer.n <= DNS_ADDRESSES_MAX && answer.n_chain <= DNS_CHAIN_MAX);
	for (size_t i = 0; i < answer.n_chain; i++)
		CLAIM(strlen(answer.chain[i]) < DNS_NAME_MAX);
	return 0;
}
