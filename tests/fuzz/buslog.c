/* SPDX-License-Identifier: MIT */
/* What the proxy of the message buses logs: half of each line is a program's. */
#include "base/arena.h"
#include "fuzz.h"
#include "report/bus_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bus_log log = { .fd = -1 };
	struct bus_refusal refusal;
	char line[BUS_LINE_MAX];
	size_t n = 0;

	for (size_t i = 0; i < size; i++) {
		if (data[i] != '\n' && n < sizeof(line) - 1) {
			line[n++] = (char)data[i];
			continue;
		}
		line[n] = 0;
		n = 0;
		if (bus_log_line(&log, line, &refusal))
			CLAIM(refusal.text && strlen(refusal.text) <= BUS_TEXT_MAX);
	}
	return 0;
}
