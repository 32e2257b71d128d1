/* SPDX-License-Identifier: MIT */
/* `learn --merge`: whatever stands in a profile, and whatever a learned program called its files, lines are only added. */
#include "fuzz.h"
#include "learn/learn.h"

/* The first line is a path that a program used, the rest is the profile. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	char *copy = arena_alloc(arena, size + 1);
	memcpy(copy, data, size);
	char *text = strchr(copy, '\n');

	if (text && strlen(copy) + strlen(text) <= size) {
		*text++ = 0;
		const char *comment = comment_text(arena, copy);

		CLAIM(!strpbrk(comment, "\n\r"));
		struct line line = { .section = "files", .key = "ro", .value = copy, .why = comment };
		line_list lines = { 0 };

		vec_push(arena, &lines, line);
		const char *written = line_text(&lines.v[0], arena), *newline = strchr(written, '\n');

		/* One comment and one line, whatever the path is called. */
		while (newline && newline[1]) {
			CLAIM(written[0] == '#' || newline[1] == 'r' || newline[1] == '#' || newline[1] == ';');
			newline = strchr(newline + 1, '\n');
		}
		const char *after = merge(text, &lines, arena);

		CLAIM(strlen(after) + 1 >= strlen(text));
		(void)merge_difference(text, after, arena);
	}
	arena_free(arena);
	return 0;
}
