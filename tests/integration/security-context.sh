#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A compositor with security-context-v1: programs inside reach it by a socket of their own, under their own name, and by no other.
. "$TOP_SRCDIR/tests/lib/tap.sh"

pids=()
trap 'kill "${pids[@]}" 2> /dev/null; wait 2> /dev/null' EXIT

heard() { # TEXT: until the compositor says it
	local i
	for ((i = 0; i < 200; i++)); do
		grep -qx -- "$1" said && return
		sleep 0.05
	done
	return 1
}

compositor() { # NAME [VARIABLE...]
	local name=$1
	shift
	env "$@" python3 "$TOP_SRCDIR/tests/lib/compositor.py" "$XDG_RUNTIME_DIR/$name" > said 2> compositor.log &
	pids+=($!)
	heard ready
	export WAYLAND_DISPLAY=$name
}

profile win << END
[profile]
extends = base
[desktop]
wayland = yes
END
come='import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(os.environ["XDG_RUNTIME_DIR"] + "/" + os.environ["WAYLAND_DISPLAY"])
s.recv(1)'

compositor wayland-3
run sbox --profile=win -- python3 -c "$come"
is "a program comes to the compositor" "$status" 0
heard "end sbox.profile.win"
like "the compositor knows of which sandbox, takes its client, and no more after its end" "$(cat said)" \
	'^ready
context sbox sbox.profile.win [0-9]+
client sbox.profile.win
end sbox.profile.win$'
is "no error on its side" "$(cat compositor.log)" ""
run sbox --profile=win -- sh -c 'ls -A "$XDG_RUNTIME_DIR"; find / -xdev -name "*wayland-3*" 2> /dev/null'
is "the one socket is there, the compositor's own is not" "$out" wayland-0
is "the name of the new one outside is gone" "$(ls -A "$XDG_RUNTIME_DIR/sbox/.sockets")" ""
run sbox explain --profile=win
has "explain says so" "$out" "a security context of the compositor's, for sbox.profile.win"
has "... as it does of the step" "$(sbox explain --steps --profile=win)" "a socket of the sandbox's own"

: > said
"$SBOX" --profile=win -- sleep 60 &
launcher=$!
for ((i = 0; i < 200; i++)); do
	grep -q context said && break
	sleep 0.05
done
kill -KILL "$launcher"
wait "$launcher" 2> /dev/null
check "the context ends when the launcher is killed" heard "end sbox.profile.win"

: > said
run sbox --profile=win -- /nonexistent
check "... and when nothing could be run" heard "end sbox.profile.win"
: > said
run sbox --profile=base -- true
is "without the word nobody comes" "$(cat said)" ""

kill "${pids[@]}"
compositor wayland-4 REFUSE=1
# the launcher that was killed may have left its socket, which a launch a minute later sweeps
before=$(ls -A "$XDG_RUNTIME_DIR/sbox/.sockets")
complains "a compositor that refuses what it offers: nothing runs" 125 "gives no security context: Protocol error" \
	sbox --profile=win -- echo run
is "... and nothing is left" "$(ls -A "$XDG_RUNTIME_DIR/sbox/.sockets")" "$before"
kill "${pids[@]}" 2> /dev/null
compositor wayland-5 WITHOUT=1
run sbox --profile=win -- sh -c 'echo "$WAYLAND_DISPLAY"; stat -c %i "$XDG_RUNTIME_DIR/$WAYLAND_DISPLAY"'
is "one without contexts gives its own socket" "$out" "wayland-0
$(stat -c %i "$XDG_RUNTIME_DIR/wayland-5")"
finish
