#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timeout: 1200
# Each fuzzer for a minute (SBOX_FUZZ_SECONDS), from the seeds in the tree.
. "$TOP_SRCDIR/tests/lib/tap.sh"

if ! have clang; then
	skip "fuzzers" "clang is not installed"
	finish
fi
FUZZ_DIR=$T/fuzz TOP_BUILDDIR=$TOP_BUILDDIR "$TOP_SRCDIR/tests/fuzz/run" -s "${SBOX_FUZZ_SECONDS:-60}" > results 2> errors
while read -r name what rest; do
	if [ "$what" = FAILED ]; then
		fail "$name" "$(tail -n 30 "$T/fuzz/$name.log")" "$(for found in "$T/fuzz/found-$name"/*; do base64 "$found"; done)"
	else
		pass "$name: $what inputs, $rest edges"
	fi
done < results
[ -s results ] || fail "the fuzzers are built" "$(cat errors)"
finish
