#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A mask guards an object, not a name: when a program outside replaces the file, the supervisor says so, or ends it all.
. "$TOP_SRCDIR/tests/lib/tap.sh"

mkdir -p "$HOME/p/dir"
start() { # SBOX-ARG... : waits until the program runs
	echo one > "$HOME/p/.env"
	rm -f ready
	mkfifo ready
	"$SBOX" --rw "$HOME/p" "$@" -- sh -c 'echo ready; i=0; while [ $i -lt 40 ]; do sleep 0.05; i=$((i + 1)); done; cat ~/p/.env 2> /dev/null; exit 3' > ready 2> "$T/stderr" &
	pid=$!
	exec 7< ready
	read -r line <&7
	[ "$line" = ready ] || echo "# did not start: $line $(cat "$T/stderr")"
}
end() {
	out=$(cat <&7)
	exec 7<&-
	wait "$pid"
	status=$?
	err=$(cat "$T/stderr")
}

start --hide "$HOME/p/.env"
echo two > "$HOME/p/new"
mv "$HOME/p/new" "$HOME/p/.env"
sleep 0.3
has "a replaced file is reported at once, by its name" "$(cat "$T/stderr")" "$HOME/p/.env"
end
like "... in one message that starts with sbox:" "$(grep -c '^sbox: ' <<< "$err")" '^1$'
is "... and the program goes on (on-unmask = warn)" "$status" 3

start --ro "$HOME/p/.env"
echo two > "$HOME/p/new"
mv "$HOME/p/new" "$HOME/p/.env"
end
has "a read-only file that was replaced is reported too" "$err" "$HOME/p/.env"

start --hide "$HOME/p/.env" --set process.on-unmask=kill
echo two > "$HOME/p/new"
mv "$HOME/p/new" "$HOME/p/.env"
end
like "on-unmask = kill ends the sandbox" "$status" '^(137|143)$'
hasnt "... before it could read what came" "$out" two

start --hide "-$HOME/p/later"
echo here > "$HOME/p/later"
sleep 0.3
end
has "an optional path that appears is reported" "$err" "$HOME/p/later"
rm -f "$HOME/p/later"

start --hide "$HOME/p/.env"
echo more >> "$HOME/p/.env"
touch "$HOME/p/other"
end
is "a file that is merely written, or another one, is not" "$err" ""

start --hide "$HOME/p/.env" -q
echo two > "$HOME/p/new"
mv "$HOME/p/new" "$HOME/p/.env"
sleep 0.3
end
is "-q: not said" "$err" ""
finish
