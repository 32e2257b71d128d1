/* SPDX-License-Identifier: MIT */
#include "profile_support.h"

TestSuite(profile_expand, .init = world_open, .fini = world_close);

static const char *text(const char *value)
{
	assert_loads(arena_printf(w->arena, "[environment]\nset = V=%s\n", value));
	return nth(KEY_environment_set, 0)->v.text;
}

static const char *path(const char *value)
{
	assert_loads(arena_printf(w->arena, "[files]\nro = %s\n", value));
	return nth(KEY_files_ro, 0)->v.src;
}

static const char *home(const char *rest)
{
	return arena_printf(w->arena, "%s/%s", w->caller.home, rest);
}

Test(profile_expand, variables)
{
	cr_assert_str_eq(text("${HOME}/a"), home("a"));
	cr_assert_str_eq(text("<${USER}${USER}>"), "<alicealice>");
	cr_assert_str_eq(text("${UID}"), arena_printf(w->arena, "%u", w->caller.uid));
	cr_assert_str_eq(path("${CWD}/x"), home("work/x"));
	cr_assert_str_eq(path("${XDG_CONFIG_HOME}/a"), home(".config/a"));
	cr_assert_str_eq(path("${XDG_DATA_HOME}"), home(".local/share"));
	cr_assert_str_eq(path("${XDG_STATE_HOME}"), home(".local/state"));
	cr_assert_str_eq(path("${XDG_CACHE_HOME}"), home(".cache"));
	w->caller.runtime_dir = "/run/x";
	cr_assert_str_eq(path("${XDG_RUNTIME_DIR}/bus"), "/run/x/bus");
}

Test(profile_expand, nothing_else_is)
{
	cr_assert_str_eq(text("$HOME `id` $(id) a$ ~ {x}"), "$HOME `id` $(id) a$ ~ {x}");
	cr_assert_str_eq(text("\\${HOME} \\$x \\n"), "${HOME} $x \\n");
	cr_assert_str_eq(text(""), "");
}

Test(profile_expand, tilde_only_at_the_start_of_a_path)
{
	cr_assert_str_eq(path("~"), w->caller.home);
	cr_assert_str_eq(path("~/a~"), home("a~"));
	cr_assert_str_eq(path("/a/~/b"), "/a/~/b");
	assert_refused("[files]\nro = ~bob/x\n", "only the own home can be written with a tilde");
}

Test(profile_expand, unknown_variable_is_an_error_with_the_nearest)
{
	assert_refused("[files]\nro = ${HOMEE}/x\n", "t.ini:2: ro: unknown variable ${HOMEE}");
	cr_assert(said("did you mean ${HOME}?"));
	assert_refused("[files]\nro = ${XDG_DOWNLOADS_DIR}\n", "did you mean ${XDG_DOWNLOAD_DIR}?");
	assert_refused("[files]\nro = ${HOME/x\n", "\"${\" without \"}\"");
	assert_refused("[environment]\nset = PS1=${debian_chroot}\n", "is written \\$");
}

Test(profile_expand, cwd_that_was_deleted)
{
	w->caller.cwd = NULL;
	assert_refused("[files]\nrw = ${CWD}\n", "rw: ${CWD}: the current directory cannot be named");
}

Test(profile_expand, user_directories)
{
	cr_assert_str_eq(path("${XDG_DOWNLOAD_DIR}"), home("Downloads"));
	put("home/.config/user-dirs.dirs", "# comment\nXDG_DOWNLOAD_DIR=\"$HOME/in "
					   "box\"\nXDG_MUSIC_DIR=\"/srv/music\"\nXDG_VIDEOS_DIR=\"nonsense\"\n");
	cr_assert_str_eq(path("${XDG_DOWNLOAD_DIR}/x"), home("in box/x"));
	cr_assert_str_eq(path("${XDG_MUSIC_DIR}"), "/srv/music");
	cr_assert_str_eq(path("${XDG_VIDEOS_DIR}"), home("Videos"));
	cr_assert_str_eq(path("${XDG_DOCUMENTS_DIR}"), home("Documents"));
}

Test(profile_expand, a_user_directory_that_is_switched_off_does_not_give_the_home_away)
{
	put("home/.config/user-dirs.dirs",
	    "XDG_DOWNLOAD_DIR=\"$HOME/\"\nXDG_MUSIC_DIR=\"$HOME/..\"\nXDG_PICTURES_DIR=\"/\"\n");
	cr_assert_str_eq(path("${XDG_DOWNLOAD_DIR}"), home("Downloads"));
	cr_assert_str_eq(path("${XDG_MUSIC_DIR}"), home("Music"));
	cr_assert_str_eq(path("${XDG_PICTURES_DIR}"), home("Pictures"));
}
