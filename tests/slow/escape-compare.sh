#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2088,SC2001 # a profile expands the ~, not the shell
# runs as: root
# timeout: 900
# The same attempts to escape in sbox, bubblewrap and firejail: sbox must leave nothing open that another one shuts.
. "$TOP_SRCDIR/tests/lib/tap.sh"

[ "$(id -u)" = 0 ] || { skip "comparison with bubblewrap and firejail" "must be started by root, to make a user"; finish; }
[ -x "$TOP_BUILDDIR/tests/bin/escape" ] || { skip "comparison with bubblewrap and firejail" "tests/bin/escape is not built"; finish; }
run bash "$TOP_SRCDIR/tests/escape/compare.sh" "$T/tables"
is "the attempts were made" "$status" 0
sed 's/^/# /' <<< "$out"
for other in bwrap firejail; do
	if [ ! -f "$T/tables/$other.tsv" ]; then
		skip "sbox leaves nothing open that $other shuts" "$other is not installed"
		continue
	fi
	is "sbox leaves nothing open that $other shuts" "$(awk -F '\t' '
		NR == FNR { shut[$1] = $2 != "ALLOWED"; next }
		$2 == "ALLOWED" && shut[$1] { print $1 }' "$T/tables/$other.tsv" "$T/tables/sbox.tsv")" ""
done
is "sbox leaves nothing open" "$(awk -F '\t' '$2 == "ALLOWED" { print $1 }' "$T/tables/sbox.tsv")" ""
finish
