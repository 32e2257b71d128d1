#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The manual pages are well-formed, every key of the key table is in sbox-profile(5), every subcommand and option somewhere.
. "$TOP_SRCDIR/tests/lib/tap.sh"

page() { # NAME: where the build left it, or where a tarball has it
	if [ -f "$TOP_BUILDDIR/man/$1" ]; then
		echo "$TOP_BUILDDIR/man/$1"
	else
		echo "$TOP_SRCDIR/man/$1"
	fi
}

for name in sbox.1 sbox-desktop.1 sbox-diff.1 sbox-doctor.1 sbox-explain.1 sbox-hardening.7 sbox-learn.1 sbox-list.1 sbox-profile.5 sbox-run.1; do
	if have mandoc; then
		run mandoc -Tlint -Wstyle "$(page "$name")"
		is "$name is well-formed" "$(grep -v 'makewhatis\|referenced manual not found\|line longer than 80' <<< "$out$err")" ""
	else
		skip "$name is well-formed" "no mandoc here"
	fi
	if have man && man --version 2> /dev/null | grep -q '^man [0-9]'; then
		run env LC_ALL=C.UTF-8 MANWIDTH=100 man --warnings -l "$(page "$name")"
		is "$name has no mistake that groff finds" "$err" ""
	else
		skip "$name has no mistake that groff finds" "no man-db here"
	fi
done

# ---- every subcommand has a page that names its options
mapfile -t usages < <("$SBOX" help | sed -n 's/^  sbox //p')
links=$(sed -n 's/^man_links = //p' "$TOP_SRCDIR/Makefile.am")
missing=
for usage in "${usages[@]}"; do
	command=${usage%% *}
	target=$(tr ' ' '\n' <<< "$links" | sed -n "s/^$command://p")
	file=$(page "sbox-${target:-$command}.1")
	[ "$command" = help ] && file=$(page sbox.1)
	grep -q "^\.Cm .*\b$command\b\|^\.Op Cm $command\|^\.It Cm $command" "$file" || missing+="$command: no page"$'\n'
	while read -r option; do
		grep -q "Fl -${option#--}\b" "$file" || missing+="$command $option: not in $file"$'\n'
	done < <(grep -o -- '--[a-z][a-z-]*' <<< "$usage")
done
is "every subcommand has a page with all its options" "$missing" ""
for command in run explain; do
	missing=
	for option in $("$SBOX" "$command" --help | sed -n 's/^  \(--[a-z-]*\).*/\1/p'); do
		cat "$(page "sbox-$command.1")" "$(page sbox-run.1)" | grep -q "Fl -${option#--}\b" || missing+=" $option"
	done
	is "every option of $command is in its page" "$missing" ""
done

keys=$(sed -n 's/^KEY([a-z0-9_]*, "\([^"]*\)", "\([^"]*\)",.*/\1.\2/p' "$TOP_SRCDIR/src/profile/keys.def")
listed=$(awk '/^\.Ss \[/ { section = $2; gsub(/[][\\&]/, "", section) } /^\.It Ic .* No = / { print section "." $3 }' \
	"$(page sbox-profile.5)")
is "the key list of sbox-profile.5 is the key table's" "$listed" "$keys"
like "the key table has keys" "$(wc -l <<< "$keys")" '^[0-9]{3}$'
finish
