# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# An X server and a web server for tests with real programs, and a look at what is drawn.  Source it after tap.sh, and call
# display_start; display_end runs at the exit.
#
#   display_start           Xvfb with a cookie: $DISPLAY and $XAUTHORITY
#   wayland_start           Weston without a screen: $WAYLAND_DISPLAY; shot and drawn look at it, wait_for_window does not
#   web_start DIR           $web is the address of a server for it on the host's loopback
#   shot FILE               a picture of the screen, as PNG
#   colours FILE            how many colours are in it: 1 is a blank screen
#   wait_for_window TEXT [SECONDS]    until a window's title or class holds TEXT
#   drawn DESC MIN FILE     until the screen has at least MIN colours; $SBOX_TEST_SHOTS is a directory that keeps a copy
# shellcheck disable=SC2034 # web is for the test

display_pids=()

display_end() {
	local pid
	for pid in "${display_pids[@]}"; do
		kill "$pid" 2> /dev/null
	done
	wait 2> /dev/null
}
trap display_end EXIT

display_start() {
	local number cookie
	if ! have Xvfb || ! have import || ! have xwininfo || [ ! -d /tmp/.X11-unix ] && ! mkdir -m 1777 /tmp/.X11-unix 2> /dev/null; then
		skip "a display" "Xvfb, imagemagick and x11-utils are needed"
		finish
	fi
	export XAUTHORITY=$T/cookies
	: > "$XAUTHORITY"
	# The server takes every cookie of the file, under whatever number: its own is known when it runs.
	cookie=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')
	xauth -q -f "$XAUTHORITY" add :99 . "$cookie"
	# -noreset: else it begins anew when its last client leaves, as each xwininfo does, and turns away who connects meanwhile.
	exec 7< <(exec Xvfb -displayfd 1 -noreset -screen 0 1280x900x24 -auth "$XAUTHORITY" -nolisten tcp 2> "$T/xvfb.log" < /dev/null)
	display_pids+=($!)
	read -r -t 60 number <&7
	export DISPLAY=:$number
	xauth -q -f "$XAUTHORITY" remove :99
	xauth -q -f "$XAUTHORITY" add "$DISPLAY" . "$cookie"
	unset WAYLAND_DISPLAY
	like "an X server answers" "$(xwininfo -root 2>&1)" 'Width: 1280'
}

wayland_start() {
	local i
	if ! have weston || ! have weston-screenshooter; then
		skip "a compositor" "weston is needed"
		finish
	fi
	printf '[shell]\npanel-position=none\nbackground-color=0xff002244\n' > "$T/weston.ini"
	local extra=()
	! have Xwayland || extra=(--xwayland)
	# --debug: everybody may take pictures
	weston --config="$T/weston.ini" --backend=headless-backend.so --use-pixman --width=1280 --height=900 --socket=wayland-9 --idle-time=0 \
		--debug "${extra[@]}" > "$T/weston.log" 2>&1 &
	display_pids+=($!)
	for ((i = 0; i < 600; i++)); do
		[ -S "$XDG_RUNTIME_DIR/wayland-9" ] && break
		sleep 0.05
	done
	unset DISPLAY
	export WAYLAND_DISPLAY=wayland-9
	check "a compositor runs" test -S "$XDG_RUNTIME_DIR/wayland-9"
	shot() {
		weston-screenshooter > /dev/null 2>&1
		mv wayland-screenshot*.png "$1" 2> /dev/null
	}
}

web_start() { # DIR
	local line
	exec 8< <(cd "$1" && exec python3 -u -m http.server 0 --bind 127.0.0.1 2>&1)
	display_pids+=($!)
	read -r -t 60 line <&8
	web=http://127.0.0.1:$(grep -o 'port [0-9]*' <<< "$line" | tr -dc 0-9)
}

shot() {
	import -window root "$1" 2> /dev/null
}

colours() {
	identify -format %k "$1" 2> /dev/null || echo 0
}

wait_for_window() { # TEXT [SECONDS]
	local i
	for ((i = 0; i < ${2:-60} * 5; i++)); do
		# a title of one's own: the tree has windows without
		xwininfo -root -tree 2> /dev/null | grep -q -F -- "$1" && return
		sleep 0.2
	done
	return 1
}

drawn() { # DESC MIN FILE
	local i
	for ((i = 0; i < 150; i++)); do
		shot "$3"
		[ "$(colours "$3")" -ge "$2" ] && break
		sleep 0.2
	done
	if [ "$(colours "$3")" -ge "$2" ]; then
		pass "$1"
		[ -z "${SBOX_TEST_SHOTS:-}" ] || cp "$3" "$SBOX_TEST_SHOTS/"
	else
		fail "$1" "colours: $(colours "$3"), wanted at least $2"
	fi
}
