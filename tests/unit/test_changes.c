/* SPDX-License-Identifier: MIT */
/* Layers made by hand, also such as no overlayfs makes: what they change, and that applying it reaches nothing else. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "leak_check.h"
#include "overlay/overlay.h"

/* Times of files have the clock's ticks. */
enum { TICK_US = 30000 };

static struct arena *arena;
static struct err problems;
static struct kept_layer layer;
static struct kept kept;
static char top[64];
static int at;

static void set_up(void)
{
	arena = arena_new();
	err_init(&problems, arena);
	(void)snprintf(top, sizeof(top), "/var/tmp/sbox-test-XXXXXX");
	cr_assert(mkdtemp(top));
	at = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert_eq(mkdirat(at, "host", 0755) | mkdirat(at, "layer", 0755) | mkdirat(at, "layer/upper", 0755) | mkdirat(at, "out", 0755), 0);
	int dir = openat(at, "layer", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	layer = (struct kept_layer){ .name = "layer", .path = "LAYER", .source = "SOURCE", .dir = dir,
				     .upper = openat(dir, "upper", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
				     .host = openat(at, "host", O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	kept = (struct kept){ .id = "t", .dir = dup(at), .locked = true };
	vec_push(arena, &kept.layers, layer);
}

static void tear_down(void)
{
	cr_assert_eq(tree_remove(AT_FDCWD, top), 0);
	fd_close(&layer.dir);
	fd_close(&layer.upper);
	fd_close(&layer.host);
	fd_close(&kept.dir);
	fd_close(&at);
	arena_free(arena);
	leak_check();
}

TestSuite(changes, .init = set_up, .fini = tear_down);

/* Criterion runs no .fini after it. */
static void skip(const char *why)
{
	(void)tree_remove(AT_FDCWD, top);
	cr_skip("%s", why);
}

static void file(const char *path, const char *text)
{
	_cleanup_close_ int fd = openat(at, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	cr_assert(fd >= 0 && fd_write_all(fd, text, strlen(text)) == 0, "%s", path);
}

static void dir(const char *path)
{
	cr_assert_eq(mkdirat(at, path, 0755), 0, "%s", path);
}

static bool attribute(const char *path, const char *name, const char *value)
{
	_cleanup_close_ int fd = openat(at, path, O_RDONLY | O_CLOEXEC);

	return fd >= 0 && fsetxattr(fd, name, value, strlen(value), 0) == 0;
}

static bool whiteout(const char *path)
{
	return mknodat(at, path, S_IFCHR, makedev(0, 0)) == 0;
}

static const char *text_of(const char *path)
{
	_cleanup_close_ int fd = openat(at, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char *text = NULL;

	return fd >= 0 && fd_read_all(fd, arena, 4096, &text, NULL) == 0 ? text : "(none)";
}

/* "added a; deleted b!; ": by the walk's order, "!" is a conflict. */
static const char *found(void)
{
	struct changes c;
	const char *text = "";

	cr_assert_eq(changes_find(&layer, CHANGES_MAX, arena, &c, &problems), 0);
	vec_each (e, &c.v)
		if (e->kind != CHANGE_NONE || e->conflict)
			text = arena_printf(arena, "%s%s %s%s; ", text, change_text(e), e->path, e->conflict ? "!" : "");
	return text;
}

static int apply_request(const struct apply_request *request, size_t *n)
{
	struct changes c;

	cr_assert_eq(changes_find(&layer, CHANGES_MAX, arena, &c, &problems), 0);
	return changes_apply(&kept, &layer, &c, request, n, arena, &problems);
}

static int apply(bool force, size_t *n)
{
	return apply_request(&(struct apply_request){ .force = force }, n);
}

static int apply_path(const char *path)
{
	size_t n;

	return apply_request(&(struct apply_request){ .paths = (const char *const[]){ path, NULL } }, &n);
}

/* The host's part is done; what the program did comes later. */
static void then(void)
{
	usleep(TICK_US);
}

Test(changes, each_kind_is_found)
{
	file("host/a", "a");
	file("host/b", "b");
	file("host/m", "m");
	file("host/same", "s");
	then();
	file("layer/upper/a", "new");
	file("layer/upper/m", "m");
	cr_assert_eq(fchmodat(at, "layer/upper/m", 0755, 0), 0);
	file("layer/upper/same", "s");
	file("layer/upper/n", "n");
	dir("layer/upper/d");
	file("layer/upper/d/f", "f");
	if (!whiteout("layer/upper/b"))
		skip("no whiteouts here");
	cr_assert_str_eq(found(), "modified a; deleted b; mode m; added n; added d; added d/f; ");
	size_t n;
	cr_assert_eq(apply(false, &n), 0);
	cr_assert_eq(n, 5, "what is in an added directory is part of that");
	cr_assert_str_eq(text_of("host/a"), "new");
	cr_assert_str_eq(text_of("host/b"), "(none)");
	cr_assert_str_eq(text_of("host/d/f"), "f");
	cr_assert(layer_gone(&kept, &layer), "nothing is left in the layer");
}

/* What is copied up takes its attributes along. */
Test(changes, attributes_that_stay_are_no_change)
{
	file("host/a", "a");
	file("host/b", "b");
	if (!attribute("host/a", "user.origin", "x") || !attribute("host/b", "user.origin", "x"))
		skip("no user attributes here");
	then();
	file("layer/upper/a", "a");
	file("layer/upper/b", "b");
	cr_assert(attribute("layer/upper/a", "user.origin", "x") && attribute("layer/upper/a", "user.overlay.origin", "y"));
	cr_assert(attribute("layer/upper/b", "user.origin", "y"));
	cr_assert_str_eq(found(), "mode b; ");
	cr_assert(attribute("layer/upper/a", "user.more", "x"));
	cr_assert_str_eq(found(), "mode a; mode b; ");
	size_t n;
	cr_assert_eq(apply(false, &n), 0);
	cr_assert_str_eq(found(), "");
}

Test(changes, a_host_file_that_changed_later_is_a_conflict)
{
	file("host/a", "a");
	then();
	file("layer/upper/a", "inside");
	then();
	file("host/a", "outside");
	/* its own time of change can be set, that of the inode cannot */
	const struct timespec old[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
	cr_assert_eq(utimensat(at, "host/a", old, 0), 0);
	cr_assert_str_eq(found(), "modified a!; ");
	size_t n;
	cr_assert_eq(apply(false, &n), -ESTALE);
	cr_assert_str_eq(text_of("host/a"), "outside");
	cr_assert_eq(apply(true, &n), 0);
	cr_assert_str_eq(text_of("host/a"), "inside");
}

Test(changes, an_opaque_directory_hides_what_the_host_has)
{
	dir("host/d");
	file("host/d/a", "a");
	file("host/d/b", "b");
	then();
	dir("layer/upper/d");
	file("layer/upper/d/b", "new");
	if (!attribute("layer/upper/d", OVERLAY_OPAQUE, "y"))
		skip("no user attributes here");
	cr_assert_str_eq(found(), "deleted d/a; modified d/b; ");
	cr_assert_eq(apply_path("d/b"), 0);
	cr_assert_str_eq(text_of("host/d/b"), "new");
	cr_assert_str_eq(text_of("host/d/a"), "a");
	cr_assert_str_eq(found(), "deleted d/a; ", "what was applied does not look deleted");
	then();
	file("host/d/a", "changed");
	cr_assert_str_eq(found(), "deleted d/a!; ", "a whiteout that apply wrote has the directory's time");
}

/* The host has d/x/old and d/n; inside d was removed, and d/x made again. */
static void d_and_x_anew(void)
{
	dir("host/d");
	dir("host/d/x");
	file("host/d/x/old", "a");
	file("host/d/n", "n");
	then();
	dir("layer/upper/d");
	dir("layer/upper/d/x");
}

/* rm -r d; mkdir -p d/x/y: overlayfs marks d alone. */
Test(changes, what_is_below_an_opaque_directory_hides_as_well)
{
	d_and_x_anew();
	file("layer/upper/d/x/new", "b");
	file("layer/upper/d/n", "m");
	if (!attribute("layer/upper/d", OVERLAY_OPAQUE, "y"))
		skip("no user attributes here");
	cr_assert_str_eq(found(), "modified d/n; deleted d/x/old; added d/x/new; ");
	cr_assert_eq(apply_path("d/n"), 0);
	size_t n;
	cr_assert_str_eq(found(), "added d/x/new; deleted d/x/old; ", "what was applied beside it leaves that as it is");
	cr_assert_eq(apply(false, &n), 0);
	cr_assert_str_eq(text_of("host/d/x/new"), "b");
	cr_assert_eq(faccessat(at, "host/d/x/old", F_OK, 0), -1);
}

Test(changes, an_emptied_directory_stays_emptied_when_others_are_applied)
{
	dir("host/d");
	file("host/d/old", "a");
	then();
	dir("layer/upper/d");
	file("layer/upper/f", "f");
	if (!attribute("layer/upper/d", OVERLAY_OPAQUE, "y"))
		skip("no user attributes here");
	cr_assert_eq(apply_path("f"), 0);
	size_t n;
	cr_assert_str_eq(found(), "deleted d/old; ");
	cr_assert_eq(apply(false, &n), 0);
	cr_assert_eq(faccessat(at, "host/d/old", F_OK, 0), -1);
	cr_assert_str_eq(found(), "");
}

Test(changes, a_directory_that_was_made_anew_and_hides_nothing_leaves_the_layer)
{
	size_t n;

	dir("host/d");
	then();
	dir("layer/upper/d");
	dir("layer/upper/d/x");
	if (!attribute("layer/upper/d", OVERLAY_OPAQUE, "y"))
		skip("no user attributes here");
	cr_assert_eq(apply(false, &n), 0);
	cr_assert_eq(faccessat(at, "host/d/x", F_OK, 0), 0);
	dir("layer/upper/d");
	cr_assert(attribute("layer/upper/d", OVERLAY_OPAQUE, "y"));
	cr_assert_eq(apply(false, &n), 0);
	cr_assert_eq(faccessat(at, "host/d/x", F_OK, 0), -1);
	dir("layer/upper/d");
	cr_assert(attribute("layer/upper/d", OVERLAY_OPAQUE, "y"));
	cr_assert_eq(apply(false, &n), 0);
	cr_assert_eq(n, 0);
	cr_assert_eq(faccessat(at, "layer/upper/d", F_OK, 0), -1);
}

/* rm -r d; mkdir d; and somebody changes d/a before the program makes its own. */
Test(changes, what_changed_on_the_host_since_it_was_hidden_is_a_conflict)
{
	dir("host/d");
	file("host/d/a", "a");
	file("host/d/b", "b");
	then();
	dir("layer/upper/d");
	if (!attribute("layer/upper/d", OVERLAY_OPAQUE, "y"))
		skip("no user attributes here");
	then();
	file("host/d/a", "changed");
	then();
	file("layer/upper/d/a", "new");
	file("layer/upper/d/b", "new");
	cr_assert_str_eq(found(), "modified d/a!; modified d/b; ");
}

/* The same after an apply, which makes it opaque no more: what is in it has hidden the host's as long as it. */
Test(changes, what_was_in_an_opaque_directory_is_as_old_as_that_after_an_apply)
{
	dir("host/d");
	file("host/d/a", "a");
	file("host/d/b", "b");
	file("host/d/moved", "m");
	dir("host/d/sub");
	file("host/d/sub/x", "x");
	file("host/d/sub/y", "y");
	file("layer/upper/moved", "new");
	then();
	file("host/d/moved", "changed, and removed inside");
	then();
	dir("layer/upper/d");
	cr_assert_eq(renameat(at, "layer/upper/moved", at, "layer/upper/d/moved"), 0);
	if (!attribute("layer/upper/d", OVERLAY_OPAQUE, "y"))
		skip("no user attributes here");
	then();
	file("host/d/a", "changed");
	file("host/d/sub/x", "changed");
	then();
	file("layer/upper/d/a", "new");
	file("layer/upper/d/b", "new");
	dir("layer/upper/d/sub");
	file("layer/upper/d/sub/x", "new");
	file("layer/upper/d/sub/y", "new");
	cr_assert_str_eq(found(), "modified d/a!; modified d/b; modified d/moved; modified d/sub/x!; modified d/sub/y; ");
	cr_assert_eq(apply_path("d/b"), 0);
	cr_assert_str_eq(found(), "modified d/a!; modified d/moved; modified d/sub/x!; modified d/sub/y; ");
	/* A later run sees what the host has by now. */
	file("host/d/later", "h");
	then();
	file("layer/upper/d/later", "l");
	cr_assert_str_eq(found(), "modified d/a!; modified d/later; modified d/moved; modified d/sub/x!; modified d/sub/y; ");
}

/* Made on the host by an apply, kept for what was not asked for. */
static bool d_was_applied_in_part(void)
{
	dir("layer/upper/d");
	file("layer/upper/d/x", "x");
	file("layer/upper/d/y", "y");
	if (!attribute("layer/upper/d", "user.overlay.other", "y"))
		return false;
	cr_assert_eq(apply_path("d/x"), 0);
	cr_assert_str_eq(found(), "added d/y; ");
	return true;
}

Test(changes, what_apply_made_and_the_host_changed_is_a_conflict)
{
	size_t n;

	if (!d_was_applied_in_part())
		skip("no user attributes here");
	cr_assert_eq(fchmodat(at, "host/d", 0700, 0), 0);
	cr_assert_str_eq(found(), "mode d!; added d/y; ");
	cr_assert_eq(renameat(at, "host/d", at, "out/d"), 0);
	cr_assert_str_eq(found(), "added d!; added d/y; ");
	dir("host/d");
	cr_assert_str_eq(found(), "unchanged d!; added d/y; ", "another directory");
	cr_assert_eq(unlinkat(at, "host/d", AT_REMOVEDIR), 0);
	file("host/d", "mine");
	cr_assert_str_eq(found(), "modified d!; added d/y; ");
	cr_assert_eq(apply(false, &n), -ESTALE);
	cr_assert_str_eq(text_of("host/d"), "mine");
	cr_assert_eq(apply(true, &n), 0);
	cr_assert_str_eq(text_of("host/d/y"), "y");
	cr_assert(layer_gone(&kept, &layer));
}

Test(changes, what_apply_made_is_no_conflict)
{
	size_t n;

	if (!d_was_applied_in_part())
		skip("no user attributes here");
	then();
	file("layer/upper/d/z", "z");
	cr_assert_eq(fchmodat(at, "layer/upper/d", 0700, 0), 0);
	cr_assert_str_eq(found(), "mode d; added d/y; added d/z; ");
	cr_assert_eq(apply_path("d/z"), 0);
	cr_assert_str_eq(found(), "mode d; added d/y; ", "the directory's new time is from apply");
	cr_assert_eq(apply(false, &n), 0);
	cr_assert(layer_gone(&kept, &layer));
}

Test(changes, the_mode_of_a_directory_is_no_conflict_after_what_was_applied_in_it)
{
	dir("host/d");
	file("host/d/a", "a");
	file("host/d/b", "b");
	then();
	dir("layer/upper/d");
	file("layer/upper/d/a", "new");
	file("layer/upper/d/b", "new");
	cr_assert_eq(fchmodat(at, "layer/upper/d", 0700, 0), 0);
	if (!attribute("layer/upper/d", "user.overlay.other", "y"))
		skip("no user attributes here");
	cr_assert_eq(apply_path("d/a"), 0);
	cr_assert_str_eq(found(), "mode d; modified d/b; ");
	then();
	cr_assert_eq(fchmodat(at, "host/d", 0711, 0), 0);
	cr_assert_str_eq(found(), "mode d!; modified d/b; ");
}

/* The second changes when the first, another name of it, is replaced. */
Test(changes, two_names_of_one_file_of_the_host_are_applied)
{
	size_t n;

	file("host/a", "old");
	cr_assert_eq(linkat(at, "host/a", at, "host/b", 0), 0);
	then();
	file("layer/upper/a", "1");
	file("layer/upper/b", "2");
	cr_assert_eq(apply(false, &n), 0);
	cr_assert_str_eq(text_of("host/a"), "1");
	cr_assert_str_eq(text_of("host/b"), "2");
}

/* A file comes into being on the host after the look: whatever is forced, that was not shown. */
Test(changes, what_is_new_on_the_host_is_not_replaced)
{
	static const char *const names[] = { "f", "l", "d" };
	const struct apply_request all = { .force = true };

	file("layer/upper/f", "inside");
	dir("layer/upper/d");
	cr_assert_eq(symlinkat("f", layer.upper, "l"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *path = arena_printf(arena, "host/%s", names[i]);
		struct changes c;
		size_t n;

		cr_assert_eq(changes_find(&layer, CHANGES_MAX, arena, &c, &problems), 0);
		file(path, "outside");
		cr_assert_eq(changes_apply(&kept, &layer, &c, &all, &n, arena, &problems), -ESTALE, "%s", path);
		cr_assert_str_eq(text_of(path), "outside");
		cr_assert_eq(unlinkat(at, path, 0), 0);
	}
	size_t n;
	cr_assert_eq(apply(false, &n), 0);
	cr_assert(layer_gone(&kept, &layer));
}

Test(changes, the_mode_of_the_top_that_changed_on_the_host_is_a_conflict)
{
	file("layer/upper/f", "f");
	file("layer/upper/g", "g");
	then();
	cr_assert_eq(fchmodat(at, "host", 0700, 0), 0);
	cr_assert_str_eq(found(), "mode .!; added f; added g; ");
	cr_assert_eq(apply_path("f"), 0);
	cr_assert_str_eq(found(), "mode .!; added g; ");
	size_t n;
	cr_assert_eq(apply(false, &n), -ESTALE);
	cr_assert_eq(apply(true, &n), 0);
}

/* No whiteout can be made in it, and without one what the host has in it would be there again. */
Test(changes, what_cannot_be_looked_into_keeps_hiding_what_the_host_has)
{
	struct stat st;

	if (geteuid() == 0)
		skip("root looks into everything");
	d_and_x_anew();
	file("layer/upper/d/n", "m");
	file("layer/upper/f", "f");
	if (!attribute("layer/upper/d", OVERLAY_OPAQUE, "y"))
		skip("no user attributes here");
	cr_assert_eq(fchmodat(at, "layer/upper/d/x", 0, 0), 0);
	cr_assert_eq(apply_path("d/n"), -ESTALE);
	cr_assert_str_eq(text_of("host/d/n"), "n");
	cr_assert_eq(apply_path("f"), 0);
	cr_assert_str_eq(text_of("host/f"), "f");
	cr_assert(fstatat(at, "layer/upper/d/x", &st, 0) == 0 && (st.st_mode & 07777) == 0, "%o", st.st_mode);
	cr_assert_eq(fchmodat(at, "layer/upper/d/x", 0755, 0), 0);
	cr_assert_str_eq(found(), "modified d/n; deleted d/x/old; ");
}

Test(changes, what_is_not_asked_for_keeps_its_mode)
{
	static const char *const dirs[] = { "layer/upper", "layer/upper/new", "layer/upper/mode", "layer/upper/instead" };
	struct stat st;

	dir("host/mode");
	file("host/instead", "i");
	then();
	file("layer/upper/f", "f");
	for (size_t i = 1; i < ARRAY_SIZE(dirs); i++)
		dir(dirs[i]);
	if (!attribute("layer/upper/new", "user.overlay.other", "y"))
		skip("no user attributes here");
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		cr_assert_eq(fchmodat(at, dirs[i], 0555, 0), 0);
	cr_assert_eq(apply_path("f"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		_cleanup_close_ int fd = openat(at, dirs[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		cr_assert(fstat(fd, &st) == 0 && (st.st_mode & 07777) == 0555, "%s: %o", dirs[i], st.st_mode);
		cr_assert_lt(fgetxattr(fd, LAYER_MODE, NULL, 0), 0, "%s", dirs[i]);
		/* so that the next user of it, and what tears this down, can go in */
		cr_assert_eq(fchmod(fd, 0755), 0);
	}
}

Test(changes, links_lead_nowhere)
{
	file("out/f", "mine");
	dir("host/d");
	then();
	cr_assert_eq(symlinkat("../../out", layer.upper, "l"), 0);
	dir("layer/upper/d");
	file("layer/upper/d/f", "theirs");
	cr_assert_eq(unlinkat(at, "host/d", AT_REMOVEDIR), 0);
	cr_assert_eq(symlinkat("../out", layer.host, "d"), 0);
	size_t n;
	cr_assert_eq(apply(false, &n), -ESTALE);
	cr_assert_eq(apply(true, &n), 0);
	cr_assert_str_eq(text_of("out/f"), "mine");
	cr_assert_str_eq(text_of("host/d/f"), "theirs");
	struct stat st;
	cr_assert(fstatat(at, "host/l", &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode));
}

Test(changes, a_host_directory_that_becomes_a_link_during_apply_is_not_followed)
{
	file("out/f", "mine");
	dir("host/d");
	file("host/d/f", "f");
	then();
	dir("layer/upper/d");
	file("layer/upper/d/f", "theirs");
	const struct apply_request all = { .force = true };
	struct changes c;
	size_t n;
	cr_assert_eq(changes_find(&layer, CHANGES_MAX, arena, &c, &problems), 0);
	cr_assert_eq(tree_remove(layer.host, "d"), 0);
	cr_assert_eq(symlinkat("../out", layer.host, "d"), 0);
	cr_assert_lt(changes_apply(&kept, &layer, &c, &all, &n, arena, &problems), 0);
	cr_assert_str_eq(text_of("out/f"), "mine");
}

/* As another sandbox that was given the same directory may do it, at the worst moment: these two take libc's place. */
static bool exchange;

static void become_link(void)
{
	if (exchange)
		cr_assert_eq(renameat(at, "host/tree/d", at, "host/tree/e") | symlinkat("../../out", at, "host/tree/d"), 0);
	exchange = false;
}

int chmod(const char *path, mode_t mode)
{
	become_link();
	return (int)syscall(SYS_fchmodat, AT_FDCWD, path, mode);
}

int fchmodat(int fd, const char *path, mode_t mode, int flags)
{
	cr_assert_eq(flags, 0);
	become_link();
	return (int)syscall(SYS_fchmodat, fd, path, mode);
}

Test(changes, a_directory_that_becomes_a_link_while_it_is_removed_is_not_followed)
{
	struct stat st;

	cr_assert_eq(syscall(SYS_fchmodat, at, "out", 0555), 0);
	dir("host/tree");
	cr_assert_eq(mkdirat(at, "host/tree/d", 0500), 0);
	exchange = true;
	(void)tree_remove(layer.host, "tree");
	cr_assert_not(exchange);
	cr_assert_eq(fstatat(at, "out", &st, 0), 0);
	cr_assert_eq(st.st_mode & 0777, 0555, "%o", st.st_mode & 0777);
}

Test(changes, a_second_name_stays_apart)
{
	then();
	file("layer/upper/one", "1");
	cr_assert_eq(linkat(at, "layer/upper/one", at, "layer/upper/two", 0), 0);
	const char *const only[] = { "one", NULL };
	const struct apply_request some = { .paths = only };
	struct changes c;
	size_t n;
	cr_assert_eq(changes_find(&layer, CHANGES_MAX, arena, &c, &problems), 0);
	cr_assert_eq(changes_apply(&kept, &layer, &c, &some, &n, arena, &problems), 0);
	file("layer/upper/two", "2");
	cr_assert_str_eq(text_of("host/one"), "1");
}

Test(changes, set_id_bits_are_not_taken_over)
{
	struct stat st;
	size_t n;

	file("layer/upper/s", "s");
	if (fchmodat(at, "layer/upper/s", 04755, 0) < 0)
		skip("no set-id bits here");
	cr_assert_eq(apply(false, &n), 0);
	cr_assert(fstatat(at, "host/s", &st, 0) == 0 && (st.st_mode & 07777) == 0755, "%o", st.st_mode);
}

Test(changes, an_interrupted_apply_goes_on)
{
	/* As it is after the directory was made on the host, and before anything else. */
	dir("layer/upper/d");
	file("layer/upper/d/f", "f");
	cr_assert_eq(fchmodat(at, "layer/upper/d", 0755, 0), 0);
	if (!attribute("layer/upper/d", LAYER_MODE, "365") || !attribute("layer/upper/d", LAYER_HOST, "0 0 0"))
		skip("no user attributes here");
	then();
	dir("host/d");
	dir("host/.sbox-apply-removes");
	file("host/.sbox-apply-removes/f", "f");
	size_t n;
	cr_assert_str_eq(found(), "mode d; added d/f; ");
	cr_assert_eq(apply(false, &n), 0);
	struct stat st;
	cr_assert(fstatat(at, "host/d", &st, 0) == 0 && (st.st_mode & 07777) == 0555, "%o", st.st_mode);
	cr_assert_str_eq(text_of("host/d/f"), "f");
	cr_assert_lt(faccessat(at, "host/.sbox-apply-removes", F_OK, 0), 0, "what was on its way out is gone");
	cr_assert(layer_gone(&kept, &layer));
	cr_assert_eq(fchmodat(at, "host/d", 0755, 0), 0);
}

/* Its copy has taken the host's place, and the file is still in the layer. */
Test(changes, an_apply_that_was_interrupted_after_a_copy_goes_on)
{
	const struct timespec times[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
	size_t n;

	file("layer/upper/setid", "s");
	file("layer/upper/shut", "s");
	then();
	file("host/setid", "s");
	file("host/shut", "s");
	cr_assert_eq(fchmodat(at, "layer/upper/setid", 04755, 0) | fchmodat(at, "host/setid", 0755, 0), 0);
	cr_assert_eq(utimensat(at, "layer/upper/shut", times, 0) | utimensat(at, "host/shut", times, 0), 0);
	cr_assert_eq(fchmodat(at, "layer/upper/shut", 0, 0) | fchmodat(at, "host/shut", 0, 0), 0);
	cr_assert_eq(apply(false, &n), 0);
	cr_assert(layer_gone(&kept, &layer));
}

/* Else it would be taken for what an interrupted apply left, and be removed without a word. */
Test(changes, the_names_that_apply_uses_are_no_programs)
{
	size_t n;

	dir("layer/upper/.sbox-apply-removes");
	file("layer/upper/.sbox-apply-removes/f", "f");
	file("layer/upper/.sbox-apply-writes", "w");
	cr_assert_str_eq(found(), "added .sbox-apply-writes!; added .sbox-apply-removes!; ");
	cr_assert_eq(apply(true, &n), -ESTALE);
	cr_assert_str_eq(text_of("layer/upper/.sbox-apply-removes/f"), "f");
}

Test(changes, depth_is_bounded)
{
	_cleanup_close_ int fd = dup(layer.upper);
	struct changes c;
	size_t n;

	for (int i = 0; i < 3000; i++) {
		cr_assert_eq(mkdirat(fd, "dd", 0755), 0);
		int below = openat(fd, "dd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		fd_close(&fd);
		fd = below;
	}
	cr_assert_eq(changes_find(&layer, CHANGES_MAX, arena, &c, &problems), 0);
	cr_assert_lt(c.v.n, 3000);
	cr_assert_eq(apply(true, &n), -ESTALE, "and what is too deep cannot be forced");
	cr_assert_eq(layer_discard(&kept, &layer), 0);
}

Test(changes, a_renamed_file_is_paired_by_content)
{
	struct changes c;

	file("host/a", "content");
	then();
	file("layer/upper/b", "content");
	file("layer/upper/c", "another");
	if (!whiteout("layer/upper/a"))
		skip("no whiteouts here");
	cr_assert_eq(changes_find(&layer, CHANGES_MAX, arena, &c, &problems), 0);
	changes_pair(&layer, &c);
	size_t pairs = 0;
	vec_each (e, &c.v)
		if (e->from) {
			pairs++;
			cr_assert_str_eq(e->path, "b");
			cr_assert_str_eq(e->from, "a");
		}
	cr_assert_eq(pairs, 1);
}

Test(changes, attributes_of_the_mechanism_stay_behind)
{
	char names[256];
	size_t n;

	file("host/a", "a");
	then();
	file("layer/upper/a", "new");
	if (!attribute("layer/upper/a", "user.overlay.origin", "x") || !attribute("layer/upper/a", "user.mine", "kept"))
		skip("no user attributes here");
	cr_assert_eq(apply(false, &n), 0);
	_cleanup_close_ int fd = openat(at, "host/a", O_RDONLY | O_CLOEXEC);
	ssize_t size = flistxattr(fd, names, sizeof(names));
	cr_assert(size == (ssize_t)sizeof("user.mine") && memcmp(names, "user.mine", (size_t)size) == 0, "%zd %s", size, names);
}

Test(changes, an_attribute_that_was_removed_from_a_directory_is_gone)
{
	char value[8];
	size_t n;

	dir("host/d");
	if (!attribute("host/d", "user.was", "x") || !attribute("host/d", "user.stays", "x"))
		skip("no user attributes here");
	then();
	dir("layer/upper/d");
	cr_assert(attribute("layer/upper/d", "user.stays", "y"));
	cr_assert_str_eq(found(), "mode d; ");
	cr_assert_eq(apply(false, &n), 0);
	_cleanup_close_ int fd = openat(at, "host/d", O_RDONLY | O_CLOEXEC);
	cr_assert_lt(fgetxattr(fd, "user.was", value, sizeof(value)), 0);
	cr_assert(fgetxattr(fd, "user.stays", value, sizeof(value)) == 1 && value[0] == 'y');
	cr_assert_str_eq(found(), "");
}

/* Not "too many changes", and not a host without a file. */
Test(changes, a_top_that_nobody_may_enter_is_said_to_be_one)
{
	struct changes c;

	if (geteuid() == 0)
		skip("root may enter everything");
	for (int i = 0; i < 2; i++) {
		const char *top_dir = i ? "host" : "layer/upper";

		cr_assert_eq(fchmodat(at, top_dir, 0400, 0), 0);
		cr_assert_eq(changes_find(&layer, CHANGES_MAX, arena, &c, &problems), -EACCES);
		cr_assert(strstr(problems.problems.v[i].text, i ? "SOURCE cannot be looked into" : "LAYER/upper cannot be looked into"), "%s",
			  problems.problems.v[i].text);
		cr_assert_eq(fchmodat(at, top_dir, 0755, 0), 0);
	}
	cr_assert_eq(changes_find(&layer, CHANGES_MAX, arena, &c, &problems), 0);
}
