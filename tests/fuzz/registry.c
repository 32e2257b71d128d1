/* SPDX-License-Identifier: MIT */
/* The file by which a running sandbox is found. */
#include "fuzz.h"
#include "launch/registry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct entry entry = { 0 };

	if (size <= REGISTRY_TEXT_MAX && registry_parse(arena, (const char *)data, size, &entry) == 0) {
		CLAIM(entry.child > 0);
		CLAIM(entry.profile);
	}
	arena_free(arena);
	return 0;
}
