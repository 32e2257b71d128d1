/* SPDX-License-Identifier: MIT */
/* What a compositor may answer, and what it may not. */
#include "base/wayland.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "leak_check.h"

TestSuite(wayland, .fini = leak_check);

struct words {
	uint32_t v[64];
	size_t n;
};

static void put(struct words *w, uint32_t object, uint32_t opcode, uint32_t size)
{
	w->v[w->n++] = object;
	w->v[w->n++] = size << 16 | opcode;
}

static void put_global(struct words *w, uint32_t name, const char *interface)
{
	uint32_t size = (uint32_t)strlen(interface) + 1, n = (size + 3) / 4;

	put(w, 2, 0, (5 + n) * 4);
	w->v[w->n++] = name;
	w->v[w->n++] = size;
	memcpy(w->v + w->n, interface, size);
	w->n += n;
	w->v[w->n++] = 1;
}

static void put_done(struct words *w)
{
	put(w, 3, 0, 12);
	w->v[w->n++] = 0;
}

/* A compositor that says @size bytes of @words, and hangs up when @hangs_up. */
static int answer_to(const struct words *words, size_t size, bool hangs_up)
{
	char dir[] = "/tmp/sbox-wayland-XXXXXX", path[sizeof(dir) + 2];
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	cr_assert(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/s", dir);
	memcpy(address.sun_path, path, strlen(path));
	cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	cr_assert_eq(listen(fd, 1), 0);
	pid_t pid = fork();
	if (pid == 0) {
		char buffer[256];
		int peer = accept(fd, NULL, NULL);

		(void)!write(peer, words->v, size);
		while (!hangs_up && read(peer, buffer, sizeof(buffer)) > 0)
			;
		_exit(0);
	}
	int r = wayland_offers_context(path);
	close(fd);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	unlink(path);
	rmdir(dir);
	return r;
}

Test(wayland, contexts_are_offered_or_not)
{
	struct words with = { 0 }, without = { 0 };

	put_global(&with, 7, "wl_shm");
	put_global(&with, 9, "wp_security_context_manager_v1");
	put_done(&with);
	cr_assert_eq(answer_to(&with, with.n * 4, false), 1);
	put_global(&without, 7, "wl_shm");
	put_global(&without, 8, "wp_security_context_manager_v12");
	put_global(&without, 9, "wp_security_context_manager_v");
	put_done(&without);
	cr_assert_eq(answer_to(&without, without.n * 4, false), 0);
}

Test(wayland, a_broken_answer_is_none)
{
	static const uint32_t sizes[] = { 0, 4, 7, 0xffff };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct words w = { 0 };

		put(&w, 2, 0, sizes[i]);
		cr_assert_eq(answer_to(&w, w.n * 4, false), -EPROTO, "%u", sizes[i]);
	}
	struct words complains = { 0 };
	put(&complains, 1, 0, 8);
	cr_assert_eq(answer_to(&complains, complains.n * 4, false), -EPROTO);
}

/* A name that is said to be longer than its message is, and one that ends early. */
Test(wayland, a_name_with_a_wrong_length_is_not_ours)
{
	struct words w = { 0 };

	put(&w, 2, 0, 12 + 8);
	w.v[w.n++] = 5;
	w.v[w.n++] = 31;
	w.v[w.n++] = 0;
	put(&w, 2, 0, 8);
	put_done(&w);
	cr_assert_eq(answer_to(&w, w.n * 4, false), 0);
}

Test(wayland, an_end_in_the_middle_is_no_answer)
{
	struct words w = { 0 };

	put_global(&w, 7, "wl_shm");
	put_done(&w);
	for (size_t size = 0; size < w.n * 4; size += 5)
		cr_assert_lt(answer_to(&w, size, true), 0);
}

Test(wayland, nobody_there)
{
	cr_assert_eq(wayland_offers_context("/nonexistent/wayland-0"), -ENOENT);
}
