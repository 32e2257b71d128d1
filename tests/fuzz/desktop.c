/* SPDX-License-Identifier: MIT */
/* A package's desktop entry: what is rewritten keeps everything else, and means one thing to all readers. */
#include "desktop/exec.h"
#include "fuzz.h"

static void exec_twice(struct arena *arena, enum exec_style style, const char *value)
{
	const char *problem = NULL;
	exec_words words = { 0 }, again = { 0 };

	if (exec_parse(arena, style, value, &words, &problem) < 0) {
		CLAIM(problem);
		return;
	}
	CLAIM(exec_program(&words) <= words.n);
	const char *written = exec_write(arena, style, &words);

	if (!written)
		return;
	CLAIM(!strpbrk(written, "\n\r"));
	CLAIM(exec_parse(arena, style, written, &again, &problem) == 0);
	CLAIM(again.n == words.n);
	for (size_t i = 0; i < words.n; i++)
		CLAIM(strcmp(words.v[i], again.v[i]) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	const char *problem = NULL;
	keylines lines = { 0 }, again = { 0 };

	if (keyfile_parse(arena, (const char *)data, size, &lines, &problem) == 0) {
		const char *text = keyfile_text(arena, &lines);

		CLAIM(keyfile_parse(arena, text, strlen(text), &again, &problem) == 0 && again.n == lines.n);
		for (size_t i = 0; i < lines.n; i++) {
			CLAIM(lines.v[i].kind == again.v[i].kind && strcmp(lines.v[i].group, again.v[i].group) == 0);
			if (lines.v[i].kind != LINE_KEY)
				continue;
			CLAIM(strcmp(lines.v[i].key, again.v[i].key) == 0 && strcmp(lines.v[i].value, again.v[i].value) == 0);
			exec_twice(arena, EXEC_ENTRY, lines.v[i].value);
			exec_twice(arena, EXEC_SERVICE, lines.v[i].value);
			(void)keyfile_unescape(arena, lines.v[i].value);
		}
	} else {
		CLAIM(problem);
	}
	arena_free(arena);
	return 0;
}
