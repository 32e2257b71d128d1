/* SPDX-License-Identifier: MIT */
/* Messages of a bus. */
#include "base/dbus_wire.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_message m;

	for (long at = 0; (size_t)at < size;) {
		long n = wire_read(data + at, size - (size_t)at, 65536, &m);

		if (n <= 0)
			break;
		CLAIM((size_t)n <= size - (size_t)at);
		CLAIM(m.body_size <= (size_t)n && m.types);
		size_t in = 0;
		uint32_t number;

		while (wire_body_string(&m, &in) || wire_body_u32(&m, &in, &number))
			CLAIM(in <= m.body_size);
		at += n;
	}
	return 0;
}
