/* SPDX-License-Identifier: MIT */
/* Whose files lie below a directory, for ids that exist inside and for such that do not. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/kernel.h"
#include "leak_check.h"

static struct arena *arena;
static char top[64];

static void set_up(void)
{
	arena = arena_new();
	(void)snprintf(top, sizeof(top), "/var/tmp/sbox-test-XXXXXX");
	cr_assert(mkdtemp(top));
}

static const char *below(const char *path)
{
	return arena_printf(arena, "%s/%s", top, path);
}

static void tear_down(void)
{
	(void)unlink(below("d/e/f"));
	(void)rmdir(below("d/e"));
	(void)rmdir(below("d"));
	cr_assert_eq(rmdir(top), 0);
	arena_free(arena);
	leak_check();
}

TestSuite(owners, .init = set_up, .fini = tear_down);

static void d_e_f(void)
{
	cr_assert_eq(mkdir(below("d"), 0755) | mkdir(below("d/e"), 0755), 0);
	int fd = open(below("d/e/f"), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	cr_assert(fd >= 0);
	close(fd);
}

Test(owners, without_a_map_only_the_callers_id_is_inside)
{
	const struct plan_ids own = { .outer_uid = getuid(), .outer_gid = getgid() };
	const struct plan_ids other = { .outer_uid = getuid() + 1, .outer_gid = getgid() };
	const struct plan_ids group = { .outer_uid = getuid(), .outer_gid = getgid() + 1 };

	d_e_f();
	cr_assert_null(owners_foreign(arena, top, &own));
	cr_assert_str_eq(owners_foreign(arena, top, &other), below("d"));
	cr_assert_str_eq(owners_foreign(arena, top, &group), below("d"));
	cr_assert_null(owners_foreign(arena, below("none"), &other));
}

Test(owners, a_map_has_ranges)
{
	const uint32_t u = getuid(), g = getgid();
	const struct id_extent around[] = { { .inside = 0, .outside = u + 5, .count = 10 }, { .inside = 10, .outside = u, .count = 1 } };
	const struct id_extent before[] = { { .inside = 0, .outside = u + 1, .count = 10 } };
	const struct id_extent group[] = { { .inside = 0, .outside = g, .count = 1 } };
	struct plan_ids ids = { .outer_uid = u, .outer_gid = g, .mapped = true, .uids = { .extents = around, .n = 2 },
				.gids = { .extents = group, .n = 1 } };

	d_e_f();
	cr_assert_null(owners_foreign(arena, top, &ids));
	ids.uids.extents = before;
	ids.uids.n = 1;
	cr_assert_str_eq(owners_foreign(arena, top, &ids), below("d"), "the caller's id is not among them");
}
