#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timeout: 240
# A Wayland compositor without a screen: programs inside draw on it, and get no X server although there is one.
. "$TOP_SRCDIR/tests/lib/tap.sh"
. "$TOP_SRCDIR/tests/lib/display.sh"

if ! have weston-simple-shm; then
	skip "Wayland" "weston is needed"
	finish
fi
wayland_start
export DISPLAY=:0
: > "$XDG_RUNTIME_DIR/other"

run sbox --profile=viewer -- sh -c 'echo "$WAYLAND_DISPLAY [$DISPLAY]"; ls -A "$XDG_RUNTIME_DIR"; ls -d /tmp/.X11-unix'
is "one socket, under its usual name, and no X server" "$out" "wayland-0 []
wayland-0"

draws() { # DESC COLOURS PROGRAM...: the compositor took a picture of its and asked for the next one, and shows it
	local desc=$1 least=$2 i
	shift 2
	: > log # not what the one before has said
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
	drawn "$desc: the screen shows it" "$least" "wayland-${desc%% *}.png"
	kill "$program" 2> /dev/null
	wait "$program" 2> /dev/null
}

draws "weston-simple-shm draws" 50 --profile=viewer weston-simple-shm
echo text > a.txt
! have gedit || draws "gedit (GTK) draws" 20 gedit a.txt
# its plugin for X11 alone finds no server
[ ! -e /usr/lib/libreoffice/program/libvclplug_gtk3lo.so ] || draws "LibreOffice draws" 400 soffice --norestore --nologo a.txt
! have firefox-esr || draws "Firefox draws" 20 firefox-esr about:blank
# without a GPU its window has one colour, outside as well
! have mpv || ! have ffmpeg || {
	run sbox ffmpeg -loglevel error -f lavfi -i testsrc=duration=5:size=320x240:rate=5 clip.mkv
	draws "mpv draws" 2 mpv --no-config --vo=wlshm --loop clip.mkv
}
python3 "$TOP_SRCDIR/tests/lib/pdf.py" a.pdf
! have evince || draws "evince (GTK) draws" 20 evince a.pdf
if compgen -G '/usr/lib/*/qt5/plugins/platforms/libqwayland*' > /dev/null && have qpdfview; then
	draws "qpdfview (Qt) draws" 20 --env QT_QPA_PLATFORM=wayland qpdfview a.pdf
else
	skip "qpdfview (Qt) draws" "qpdfview and qtwayland5 are needed"
fi
# the compositor's own X server, for what knows nothing else
server=$(sed -n 's/.*xserver listening on display \(:[0-9]*\).*/\1/p' "$T/weston.log")
if have gimp && [ -n "$server" ]; then
	convert -size 400x300 plasma:fractal a.png
	DISPLAY=$server timeout -k 5 120 "$SBOX" gimp -n -s a.png > log 2>&1 &
	program=$!
	drawn "GIMP 2, which knows X11 alone, draws" 2000 wayland-gimp.png
	kill "$program" 2> /dev/null
	wait "$program" 2> /dev/null
else
	skip "GIMP 2 draws" "gimp and xwayland are needed"
fi
run env -u WAYLAND_DISPLAY "$SBOX" --profile=base -- sh -c 'ls -A "$XDG_RUNTIME_DIR"'
is "without the word there is no socket" "$out" ""
finish
