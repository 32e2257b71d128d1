#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timeout: 120
# A Wayland compositor without a screen: programs inside draw on it, and get no X server although there is one.
. "$TOP_SRCDIR/tests/lib/tap.sh"

if ! have weston || ! have weston-simple-shm; then
	skip "Wayland" "weston is needed"
	finish
fi
weston --backend=headless-backend.so --socket=wayland-9 --idle-time=0 > weston.log 2>&1 &
pid=$!
trap 'kill $pid' EXIT
for ((i = 0; i < 100; i++)); do
	[ -S "$XDG_RUNTIME_DIR/wayland-9" ] && break
	sleep 0.1
done
check "a compositor runs" test -S "$XDG_RUNTIME_DIR/wayland-9"
export WAYLAND_DISPLAY=wayland-9 DISPLAY=:0
: > "$XDG_RUNTIME_DIR/other"

run sbox --profile=games -- sh -c 'echo "$WAYLAND_DISPLAY [$DISPLAY]"; ls -A "$XDG_RUNTIME_DIR"; ls -d /tmp/.X11-unix'
is "one socket, under its usual name, and no X server" "$out" "wayland-0 []
wayland-0"

draws() { # DESC PROGRAM...: the compositor took a picture of its and asked for the next one
	local desc=$1 i
	shift
	timeout -k 5 60 "$SBOX" --env WAYLAND_DEBUG=1 "$@" > log 2>&1 &
	local program=$!
	for ((i = 0; i < 300; i++)); do
		grep -qE 'wl_buffer@[0-9]+\.release|wl_callback@[0-9]+\.done' log && grep -q 'xdg_toplevel@[0-9]*\.configure' log && break
		sleep 0.1
	done
	if grep -q 'wl_surface@[0-9]*\.commit' log && grep -q 'xdg_toplevel@[0-9]*\.configure' log; then
		pass "$desc"
	else
		fail "$desc" "$(tail -n 20 log)"
	fi
	kill "$program" 2> /dev/null
	wait "$program" 2> /dev/null
}

draws "a client of the compositor draws" --profile=games weston-simple-shm
echo text > a.txt
! have gedit || draws "gedit (GTK) draws" gedit a.txt
! have firefox-esr || draws "Firefox draws" firefox-esr about:blank
! have mpv || ! have ffmpeg || {
	run sbox ffmpeg -loglevel error -f lavfi -i testsrc=duration=5:size=64x64:rate=5 clip.mkv
	draws "mpv draws" mpv --no-config --vo=wlshm --loop clip.mkv
}
run env -u WAYLAND_DISPLAY "$SBOX" --profile=base -- sh -c 'ls -A "$XDG_RUNTIME_DIR"'
is "without the word there is no socket" "$out" ""
finish
