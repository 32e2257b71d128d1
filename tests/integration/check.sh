#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# sbox check: lints and the score, as text and as JSON.
. "$TOP_SRCDIR/tests/lib/tap.sh"

mkdir -p "$HOME/fine" "$HOME/.config"
profile wide <<'END'
[profile]
extends = base
[files]
rw = ~/fine
rw = ~/.config
[process]
tty = inherit
END

run sbox check
if have pasta; then
	is "the shipped profiles have neither errors nor lints" "$status:$(grep -c warning <<< "$err")" "0:$(grep -c wide.ini <<< "$err")"
else
	skip "the shipped profiles have neither errors nor lints" "some have mode = user, and there is no pasta"
fi
like "... and a line with a score each" "$out" 'untrusted +[0-9]\.[0-9]  tight'
like "... but parts, which are not run" "$out" 'base +-  part of other profiles'

run sbox check wide
is "a lint is no error" "$status" 0
has "... says where" "$err" "wide.ini:5: rw: warning: "
has "... what" "$err" /.config/autostart
has "... its name" "$err" "(startup-writable)"
has "... and what to do" "$err" "remedy: give a narrower directory"
has "each line has its own" "$err" "wide.ini:7: tty: warning"
like "the end counts" "$out" '1 profile: 0 errors, 2 warnings'

run sbox check --verbose wide
like "--verbose: what each part costs, and the line" "$out" '0\.80 of 0\.80  tty .*wide.ini:7'
run sbox check --json wide untrusted
is "--json is JSON, with everything in it" "$(python3 -c '
import json, sys
got = json.load(sys.stdin)
wide, untrusted = got["profiles"]
assert got["errors"] == 0 and got["warnings"] == 2, got
assert [p["line"] for p in wide["problems"]] == [5, 7] and untrusted["problems"] == [], got
assert wide["problems"][0]["severity"] == "warning" and wide["problems"][0]["remedy"], got
assert 10 >= wide["score"] > untrusted["score"] > 0 and wide["rating"] == "fair", got
assert abs(sum(i["cost"] for i in wide["items"]) - wide["score"]) < 0.01, got
print("fine")' <<< "$out" 2>&1)" fine
is "... and nothing on stderr" "$err" ""

sed -i '1a accept = tty-inherit startup-writable' "$HOME/.config/sbox/profiles/wide.ini"
run sbox check wide
is "accept: what is meant is not warned about" "$status:$err" 0:
sed -i 's/tty-inherit/tty-inherits/' "$HOME/.config/sbox/profiles/wide.ini"
run sbox check wide
is "... and a name that is none is an error" "$status" 1
has "... with the nearest" "$err" "did you mean tty-inherit?"
run sbox check ./nowhere.ini
is "what cannot be read has no score" "$status" 1
like "... and its line says so" "$out" 'nowhere.* -  has errors'
finish
