#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timeout: 240
# A program that tries every known way out, one by one, under `untrusted`: each must be blocked, with the errno that tells
# by which wall.  Without a sandbox many of the same attempts work, so a blocked one means something.
. "$TOP_SRCDIR/tests/lib/tap.sh"

escape=$TOP_BUILDDIR/tests/bin/escape
[ -x "$escape" ] || { skip "attempts to escape" "tests/bin/escape is not built"; finish; }
command -v python3 > /dev/null || { skip "attempts to escape" "python3 is not installed"; finish; }

attack() { # KIND: one row a line: id, result, errno, expected, what
	python3 "$TOP_SRCDIR/tests/escape/run.py" "$1" "$escape" > "$1.tsv" 2> "$T/stderr"
	status=$?
	[ "$status" = 0 ] || sed 's/^/# /' "$T/stderr" | grep -v '^# ok'
}

attack bare
is "everything is tried without a sandbox" "$status" 0
open=$(cut -f2 bare.tsv | grep -c ALLOWED)
echo "# without a sandbox $open of $(wc -l < bare.tsv) attempts work"
check "(without a sandbox many attempts work)" test "$open" -ge 100

attack sbox
is "all attempts were made" "$status:$(cut -f1 sbox.tsv)" "0:$(cut -f1 bare.tsv)"
# What this machine gives to nobody is not an attempt that failed.
while IFS=$'\t' read -r id result how expected what; do
	case "$result:|$expected|" in
	blocked:*"|$how|"*) pass "$what ($id): $how" ;;
	unknown:*) skip "$what ($id)" "the outside has nothing of the kind" ;;
	*) fail "$what ($id)" "$result, $how; expected: $expected" ;;
	esac
done < sbox.tsv
echo "# of $(wc -l < sbox.tsv) attempts $(cut -f2 sbox.tsv | grep -c ALLOWED) worked"

# ---- how much of the kernel is in reach
cp "$escape" .
if [ "$(uname -m)" = x86_64 ]; then
	(ulimit -c 0 && ./escape calls) > bare.calls 2> /dev/null
	run sbox --profile=untrusted -- ./escape calls
	# One that answers EPERM outside as well is refused either way.
	count=$(paste bare.calls - <<< "$out" | awk '$4 != "ENOSYS" && $4 != "EPERM" && $4 != "EACCES" { n++ } END { print n + 0 }')
	known=$(awk '$2 != "ENOSYS" { n++ } END { print n }' bare.calls)
	listed=$("$SBOX" explain --profile=untrusted | awk '/calls allowed/ { print $2; exit }')
	echo "# of $known calls of this kernel $count answer under untrusted; its table allows $listed"
	check "fewer than 200 system calls answer" test "$count" -gt 100 -a "$count" -lt 200
	check "... no more than the table says (and one that no filter sees)" test "$count" -le $((listed + 1))
else
	skip "fewer than 200 system calls answer" "counted on x86-64"
	skip "... no more than the table says" "counted on x86-64"
fi
finish
