#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The manual pages are well-formed, and every key of the key table is in sbox-profile(5), under its section.
. "$TOP_SRCDIR/tests/lib/tap.sh"

page() { # NAME: where the build left it, or where a tarball has it
	if [ -f "$TOP_BUILDDIR/man/$1" ]; then
		echo "$TOP_BUILDDIR/man/$1"
	else
		echo "$TOP_SRCDIR/man/$1"
	fi
}

for name in sbox.1 sbox-profile.5; do
	if ! command -v mandoc > /dev/null; then
		skip "$name is well-formed" "no mandoc here"
		continue
	fi
	run mandoc -Tlint -Wwarning "$(page "$name")"
	is "$name is well-formed" "$out$(grep -v makewhatis <<< "$err")" ""
done

keys=$(sed -n 's/^KEY([a-z0-9_]*, "\([^"]*\)", "\([^"]*\)",.*/\1.\2/p' "$TOP_SRCDIR/src/profile/keys.def")
listed=$(awk '/^\.Ss \[/ { section = $2; gsub(/[][\\&]/, "", section) } /^\.It Ic .* No = / { print section "." $3 }' \
	"$(page sbox-profile.5)")
is "the key list of sbox-profile.5 is the key table's" "$listed" "$keys"
like "the key table has keys" "$(wc -l <<< "$keys")" '^[0-9]{3}$'
finish
