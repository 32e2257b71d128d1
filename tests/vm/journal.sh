#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# runs as: root
# `[process] log = journal`, with a journal.
. "$TOP_SRCDIR/tests/lib/guest.sh"

if ! [ -S /run/systemd/journal/stdout ] || ! have journalctl; then
	skip "log = journal" "no systemd-journald runs here"
	finish
fi
cd / || exit 1
run sbox --profile=untrusted --set process.log=journal -- sh -c 'printf "one\n<0>two\033[2J\n"; echo three >&2; exit 3'
is "the program's status" "$status" 3
is "... its output is in the journal alone" "$out" ""
# What was sent is not there at once.
for ((i = 0; i < 100; i++)); do
	lines=$(journalctl -q -b -t sbox -o cat)
	[[ $lines != *"ended: status 3"* ]] || break
	sleep 0.2
done
has "the journal has the start" "$lines" "sbox: started: sh -c"
has "... each line with where it came from" "$lines" "out: one"
has "... a line that would set its own priority, and steer a terminal, is text" "$lines" 'out: <0>two\x1b[2J'
has "... errors, too" "$lines" "out: three"
has "... and the end" "$lines" "ended: status 3"
is "all have one priority" "$(journalctl -q -b -t sbox -o json --output-fields=PRIORITY | grep -o '"PRIORITY":"[0-9]"' | sort -u)" '"PRIORITY":"6"'
is "the lines are the user's" "$(journalctl -q -b -t sbox -o json --output-fields=_UID | grep -o '"_UID":"[0-9]*"' | sort -u)" '"_UID":"1000"'
finish
