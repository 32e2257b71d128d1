/* SPDX-License-Identifier: MIT */
/* hide and ro hold wherever their object is visible. */
#include "support.h"

TestSuite(plan_guard, .fini = leak_check);

#define LATER "----\n[profile]\nextends = ./base.ini\n[files]\n"

Test(plan_guard, each_line_holds_at_each_place)
{
	/* Many of both: a look-up that goes wrong once a few guards were added would miss the last ones. */
	struct arena *arena = arena_new();
	const char *profile = "[files]\nrw = /p:/aaa\nrw = /q:/zzz\n", *machine = "";

	for (int i = 0; i < 40; i++) {
		profile = arena_printf(arena, "%shide = /p/%d\nro = /q/%d\n", profile, i, i);
		machine = arena_printf(arena, "%sf /p/%d\nd /q/%d\n", machine, i, i);
	}
	PLAN(b, profile, machine);
	for (int i = 0; i < 40; i++) {
		cr_assert(is_kind(entry(b, arena_printf(arena, "/aaa/%d", i)), MOUNT_MASK), "%d", i);
		cr_assert(is_ro(entry(b, arena_printf(arena, "/zzz/%d", i))), "%d", i);
	}
	arena_free(arena);
}

Test(plan_guard, a_guard_is_pinned_at_its_other_place_too)
{
	PLAN(b, "[files]\nrw = /p:/srv\nro = /p/.git/hooks\n", "d /p/.git/hooks\n");
	cr_assert(is_kind(entry(b, "/srv/.git"), MOUNT_PIN));
	cr_assert_str_eq(entry(b, "/srv/.git")->source, "/p/.git");
	cr_assert(is_ro(entry(b, "/srv/.git/hooks")));
}

/* ---- the same object under another name ---- */

Test(plan_guard, a_bind_mount_of_the_host_is_no_way_around)
{
	PLAN(b, "[files]\nrw = /mnt/p\nhide = /home/u/p/.env\nro = /home/u/p/lib\n",
	     "= /mnt/p /home/u/p\nd /mnt\nf /home/u/p/.env\nd /home/u/p/lib\n");
	cr_assert(is_kind(entry(b, "/mnt/p/.env"), MOUNT_MASK));
	cr_assert(is_ro(entry(b, "/mnt/p/lib")));
}

Test(plan_guard, nor_is_one_of_the_very_object)
{
	PLAN(dir, "[files]\nrw = /mnt/p\n" LATER "hide = /home/u/p\n", "= /mnt/p /home/u/p\nd /mnt\n");
	cr_assert(!is_rw(entry(dir, "/mnt/p")));
	/* A file has other names as hard links, or as the bind mount of a file. */
	PLAN(file, "[files]\nro = /mnt/key\n" LATER "hide = /srv/key\n", "= /mnt/key /srv/key\nd /mnt\nf /srv/key\n");
	cr_assert(!is_ro(entry(file, "/mnt/key")));
}

Test(plan_guard, one_object_at_two_places_of_one_file_is_a_contradiction)
{
	REFUSED("[files]\nro = /srv/a:/x\nhide = /srv/a\n", "d /srv/a\n", 3, "both are about /srv/a");
	REFUSED("[files]\nrw = /srv/a:/x\nro = /srv/a:/y\n", "d /srv/a\n", 3, "both are about /srv/a");
	REFUSED("[files]\nrw = /mnt/p\nhide = /home/u/p\n", "= /mnt/p /home/u/p\nd /mnt\n", 3, "both are about /home/u/p");
	PLAN(b, "[files]\nro = /srv/a:/x\nro = /srv/a:/y\n", "d /srv/a\n");
	cr_assert(is_ro(entry(b, "/x")) && is_ro(entry(b, "/y")));
}

Test(plan_guard, the_later_layer_has_the_last_word_about_one_object)
{
	PLAN(hidden, "[files]\nro = /srv/a:/x\n" LATER "hide = /srv/a\n", "d /srv/a\n");
	cr_assert(!is_ro(entry(hidden, "/x")));
	PLAN(shown, "[files]\nhide = /srv/a\n" LATER "ro = /srv/a:/x\n", "d /srv/a\n");
	cr_assert(is_ro(entry(shown, "/x")));
}

Test(plan_guard, of_two_guards_the_one_that_takes_away_more)
{
	PLAN(b, "[files]\nrw = /p:/srv\nhide = /p/f\n" LATER "ro = /p/f:/x\n", "f /p/f\n");
	cr_assert(is_ro(entry(b, "/x")), "given by the later layer");
	cr_assert(is_kind(entry(b, "/srv/f"), MOUNT_MASK), "and nowhere else");
}

Test(plan_guard, a_pattern_gives_way_to_a_path_written_out)
{
	PLAN(b, "[files]\nhide = /srv/*\nro = /srv/a:/x\n", "d /srv/a\nd /srv/b\n");
	cr_assert(is_ro(entry(b, "/x")));
}

Test(plan_guard, something_longer_provides_its_own_content)
{
	PLAN(b, "[files]\nrw = /p:/srv\nhide = /p/.env\nro = /q/env:/srv/.env\n", "f /p/.env\nf /q/env\n");
	cr_assert(is_ro(entry(b, "/srv/.env")));
	cr_assert_str_eq(entry(b, "/srv/.env")->source, "/q/env");
}

Test(plan_guard, a_guard_never_shows_what_is_hidden)
{
	PLAN(b, "[files]\nrw = /p:/srv\nro = /p/a/lib\nhide = /p/a\n", "d /p/a/lib\n");
	cr_assert(is_kind(entry(b, "/srv/a"), MOUNT_MASK));
	cr_assert_null(entry(b, "/srv/a/lib"));
}

Test(plan_guard, a_given_device_can_be_hidden_by_its_name)
{
	PLAN(b, "[files]\ndev = /dev/kvm:/x/kvm\n" LATER "hide = /dev/kvm\n", "c /dev/kvm\n");
	cr_assert(!is_kind(entry(b, "/x/kvm"), MOUNT_DEVICE));
}

/* ---- paths are paths inside ---- */

Test(plan_guard, hide_means_what_is_there_inside)
{
	PLAN(ro, "[files]\nro = /p:/srv\nhide = /srv/.env\n", "f /p/.env\n");
	cr_assert(is_kind(entry(ro, "/srv/.env"), MOUNT_MASK));
	cr_assert_str_eq(entry(ro, "/srv/.env")->source, "/p/.env");
	PLAN(both, "[files]\nrw = /p\nrw = /p:/srv\nhide = /srv/.env\n", "f /p/.env\n");
	cr_assert(is_kind(entry(both, "/p/.env"), MOUNT_MASK), "and holds at its other place");
	PLAN(dir, "[files]\nro = /p:/srv\nhide = /srv/x\n", "d /p/x\nf /srv/x\n");
	cr_assert(entry(dir, "/srv/x")->is_dir, "what is there decides, not what the host has at that path");
}

Test(plan_guard, and_what_the_host_has_at_that_path)
{
	PLAN(b, "[files]\nro = /p:/srv\nro = /srv:/host\nhide = /srv/x\n", "f /p/x\nf /srv/x\n");
	cr_assert(is_kind(entry(b, "/srv/x"), MOUNT_MASK));
	cr_assert(is_kind(entry(b, "/host/x"), MOUNT_MASK));
}

Test(plan_guard, what_could_be_made_there_is_refused_or_watched)
{
	REFUSED("[files]\nrw = /p:/srv\nhide = /srv/.env\n", "d /p\n", 3, "/p/.env does not exist");
	PLAN(b, "[files]\nrw = /p:/srv\nhide = -/srv/.env\n", "d /p\n");
	cr_assert_eq(b->plan->watches.n, 1);
	cr_assert_str_eq(b->plan->watches.v[0].path, "/p/.env", "the host's name of it");
}

/* ---- links ---- */

Test(plan_guard, a_link_that_a_program_could_have_planted_is_not_followed)
{
	static const char machine[] = "l /p/data /home/u/.ssh\nf /home/u/.ssh/id\nd /srv\n";

	REFUSED("[files]\nrw = /p\nro = /p/data\n", machine, 3, "symbolic link");
	REFUSED("[files]\nrw = /p\nro = /p/data:/keys\n", machine, 3, "symbolic link");
	REFUSED("[files]\nrw = /p:/x\nro = /p/data/id:/key\n", machine, 3, "writable inside");
	REFUSED("[files]\nrw = /p\nro = /p/da*\n", machine, 3, "symbolic link");
	REFUSED("[files]\nrw = /mnt/p\nro = /p/data:/keys\n", "l /p/data /home/u/.ssh\nd /home/u/.ssh\n= /mnt/p /p\nd /mnt\n", 3,
		"symbolic link");
	PLAN(b, "[files]\nro = /p\nro = /p/data:/keys\n", machine);
	cr_assert(is_ro(entry(b, "/keys")), "below something read-only the user put it there");
}

Test(plan_guard, a_file_in_the_way_of_an_optional_line_is_protected_instead)
{
	static const char lines[] = "[files]\nrw = /p\nro = -/p/.git/hooks\nro = -/p/.git/config\nro = -/home/u/.vim/x\n";

	PLAN(b, lines, "f /p/.git\nf /home/u/.vim\n");
	cr_assert(is_ro(entry(b, "/p/.git")));
	cr_assert_eq(entry(b, "/p/.git")->from.line, 3);
	cr_assert_null(entry(b, "/home/u/.vim"), "what is not visible does not become so");
	PLAN(other, "[files]\nrw = /p:/srv\nro = -/p/.git/hooks\n", "f /p/.git\n");
	cr_assert(is_ro(entry(other, "/srv/.git")), "wherever it is visible");
	PLAN(named, "[files]\nrw = /p\nro = -/p/.git/hooks\nrw = /p/.git\n", "f /p/.git\n");
	cr_assert_null(entry(named, "/p/.git"), "a line about the file itself has the last word");
}

/* ---- sbox's own ---- */

Test(plan_guard, sboxs_own_directories_are_hidden_wherever_they_show)
{
	PLAN(b, "[files]\nrw = /home/u:/x\nro = /home:/y\nrw = /mnt/u\n",
	     "d /home/u/.config/sbox\nd /home/u/.local/share\n= /mnt/u /home/u\nd /mnt\n");
	cr_assert(is_kind(entry(b, "/x/.config/sbox"), MOUNT_MASK));
	cr_assert(is_kind(entry(b, "/y/u/.config/sbox"), MOUNT_MASK));
	cr_assert(is_kind(entry(b, "/mnt/u/.config/sbox"), MOUNT_MASK), "under another name of the home, too");
	cr_assert(is_kind(entry(b, "/x/.local/share/sbox"), MOUNT_MASK), "missing, and could be made: it is made first");
	cr_assert_null(entry(b, "/home/u/.config/sbox"), "not visible at its own path");
}

Test(plan_guard, no_line_uncovers_them)
{
	REFUSED("[files]\nro = /home/u/.config/sbox/profiles\n", "d /home/u/.config/sbox/profiles\n", 2, "belongs to sbox");
	REFUSED("[files]\nro = /home/u/.local/state/sbox:/x\n", "d /home/u/.local/state/sbox\n", 2, "belongs to sbox");
	REFUSED("[files]\nro = /mnt/u/.config/sbox\n", "d /home/u/.config/sbox\n= /mnt/u /home/u\nd /mnt\n", 2, "belongs to sbox");
	PLAN(b, "[files]\nrw = /home/u\nhide = /home/u/.config/sbox\n", "d /home/u/.config/sbox\n");
	cr_assert(is_kind(entry(b, "/home/u/.config/sbox"), MOUNT_MASK));
	cr_assert_str_eq(entry(b, "/home/u/.config/sbox")->from.file, "always");
}

Test(plan_guard, what_lies_inside_at_their_path_but_is_not_theirs_is_left_alone)
{
	PLAN(b, "[files]\nrw = /x:/home/u\nro = /home/u/.config:/cfg\n", "d /x/.config/sbox\nd /home/u/.config/sbox\n");
	cr_assert_null(entry(b, "/home/u/.config/sbox"));
	cr_assert(is_kind(entry(b, "/cfg/sbox"), MOUNT_MASK));
}
