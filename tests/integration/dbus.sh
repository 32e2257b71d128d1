#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The session and the system bus, through the proxy alone: what a rule names can be talked to, nothing else is there.
. "$TOP_SRCDIR/tests/lib/tap.sh"

if ! have dbus-daemon || ! have gdbus || [ ! -x /usr/bin/xdg-dbus-proxy ]; then
	skip "D-Bus" "dbus-daemon, gdbus and xdg-dbus-proxy are needed"
	finish
fi
unset DBUS_SESSION_BUS_ADDRESS DBUS_SYSTEM_BUS_ADDRESS

pids=()
at_end() {
	local pid
	for pid in "${pids[@]}"; do
		kill "$pid" 2> /dev/null
		wait "$pid" 2> /dev/null
	done
}
trap at_end EXIT

start_bus() { # ADDRESS: a bus of the test's own
	exec 7< <(exec dbus-daemon --session --nofork --print-address=1 --address="$1" 2> /dev/null)
	pids+=($!)
	read -r -t 30 address <&7
}

service() { # LOG SOCKET NAME...
	local log=$1 i
	shift
	python3 "$TOP_SRCDIR/tests/lib/busservice.py" "$@" > "$log" 2>&1 &
	pids+=($!)
	for ((i = 0; i < 200; i++)); do
		grep -q ready "$log" && return
		sleep 0.05
	done
}

call() { # NAME [MEMBER]: from inside
	echo "gdbus call --session --timeout 10 --dest $1 --object-path / --method $1.${2:-Ping}"
}

bus=$XDG_RUNTIME_DIR/bus
start_bus "unix:path=$bus"
service calls "$bus" org.test.Allowed org.test.Allowed.Part org.test.Forbidden org.freedesktop.Notifications org.freedesktop.portal.Desktop
like "a bus and a service" "$(cat calls)" ready
# shellcheck disable=SC2046 # words
run gdbus call --session --dest org.test.Allowed --object-path / --method org.test.Allowed.Ping
has "the service takes a program of the host for one" "$out" host

run sbox --profile=default -- sh -c 'echo "[$DBUS_SESSION_BUS_ADDRESS]"; ls -A "$XDG_RUNTIME_DIR"; ls /run/dbus 2> /dev/null'
is "without a rule there is no bus" "$out" "[]"

talk=(--set desktop.dbus-talk=org.test.Allowed)
# shellcheck disable=SC2046
run sbox "${talk[@]}" -- $(call org.test.Allowed)
has "a name that a rule lists can be talked to, and sees an application with an id" "$out" sbox.profile.default
: > calls
# shellcheck disable=SC2046
refuses "another one cannot" sbox "${talk[@]}" -- $(call org.test.Forbidden)
# shellcheck disable=SC2046
refuses "nor one below it, without .*" sbox "${talk[@]}" -- $(call org.test.Allowed.Part)
# shellcheck disable=SC2046
refuses "nor systemd" sbox "${talk[@]}" -- $(call org.freedesktop.systemd1)
is "the service heard nothing of that" "$(cat calls)" ""
# shellcheck disable=SC2046
run sbox --set 'desktop.dbus-talk=org.test.Allowed.*' -- $(call org.test.Allowed.Part)
is "with .* it can" "$status" 0
run sbox "${talk[@]}" -- gdbus call --session --dest org.freedesktop.DBus --object-path / --method org.freedesktop.DBus.ListNames
hasnt "a name without a rule is not even seen" "$out" Forbidden
has "the one with a rule is" "$out" org.test.Allowed

own=(gdbus call --session --dest org.freedesktop.DBus --object-path / --method org.freedesktop.DBus.RequestName)
run sbox --set 'desktop.dbus-own=org.test.Mine' -- "${own[@]}" org.test.Mine 0
has "a name can be owned that a rule lists" "$out" "uint32 1"
refuses "and no other" sbox --set 'desktop.dbus-own=org.test.Mine' -- "${own[@]}" org.test.Other 0
# shellcheck disable=SC2046
run sbox --set desktop.notifications=yes -- $(call org.freedesktop.Notifications Notify)
is "notifications = yes: a notification gets through" "$status" 0
# shellcheck disable=SC2046
refuses "... and nothing else does" sbox --set desktop.notifications=yes -- $(call org.test.Allowed)
mkdir -p "$HOME/.config/sbox/profiles"
printf '[profile]\nextends = base\n[desktop]\nportals = yes\n' > "$HOME/.config/sbox/profiles/my.app.ini"
# shellcheck disable=SC2046
run sbox --profile=my.app -- $(call org.freedesktop.portal.Desktop)
has "portals = yes: a portal sees the profile as an application" "$out" sbox.profile.my_app

run sbox --profile=my.app -- sh -c 'cat /.flatpak-info "$XDG_RUNTIME_DIR/flatpak-info"; ls -A /usr/share/applications'
is "inside it says the same of itself, and toolkits find no program to open a link with but by the portals" \
	"$(grep -c name=sbox.profile.my_app <<< "$out") $(wc -l <<< "$out")" "2 10"
"$SBOX" --profile=my.app -- sleep 30 > /dev/null 2>&1 &
launcher=$!
for ((i = 0; i < 100; i++)); do
	compgen -G "$XDG_RUNTIME_DIR/.flatpak/*/*" > /dev/null && break
	sleep 0.05
done
is "newer portals find its process" "$(cat "/proc/$(tr -dc 0-9 < "$XDG_RUNTIME_DIR/.flatpak/sbox-$launcher/bwrapinfo.json")/comm")" sbox-init
kill -KILL "$launcher"
wait "$launcher" 2> /dev/null
run sbox --profile=my.app -- true
is "nothing of that is left, nor of a launcher that was killed" "$(ls -A "$XDG_RUNTIME_DIR/.flatpak")" ""

# ---- the real sockets, and what is left ----
run sbox "${talk[@]}" -- sh -c 'ls -A "$XDG_RUNTIME_DIR"'
is "the one socket is there, under the usual name" "$out" bus
check "it is not the bus's own" test "$(stat -c %i "$bus")" != "$(sbox "${talk[@]}" -- stat -c %i "$bus" 2> /dev/null)"
is "its name outside is gone" "$(ls -A "$XDG_RUNTIME_DIR/sbox/.sockets")" ""
"$SBOX" "${talk[@]}" -- sleep 30 > /dev/null 2>&1 &
launcher=$!
find_proxy() {
	local pid
	for pid in /proc/[0-9]*; do
		{ tr '\0' ' ' < "$pid/cmdline"; } 2> /dev/null | grep -q "^/usr/bin/xdg-dbus-proxy .*$XDG_RUNTIME_DIR" && basename "$pid"
	done
}
for ((i = 0; i < 100; i++)); do
	proxy=$(find_proxy)
	[ -n "$proxy" ] && break
	sleep 0.05
done
like "the proxy runs" "$proxy" '^[0-9]+$'
is "without capabilities" "$(awk '/^Cap(Prm|Eff|Bnd)/ { print $2 }' "/proc/$proxy/status" | sort -u)" 0000000000000000
is "with no_new_privs" "$(awk '/^NoNewPrivs/ { print $2 }' "/proc/$proxy/status")" 1
check "in a root of its own" test -e "/proc/$proxy/root/.flatpak-info" -a ! -e "/proc/$proxy/root/home" -a ! -e "/proc/$proxy/root/proc/self"
is "with an empty environment" "$(tr -d '\0' < "/proc/$proxy/environ" | wc -c)" 0
kill -KILL "$launcher"
wait "$launcher" 2> /dev/null
for ((i = 0; i < 100; i++)); do
	[ -d "/proc/$proxy" ] || break
	sleep 0.05
done
check "it ends when the launcher is killed" test ! -d "/proc/$proxy"
is "none is left" "$(find_proxy)" ""

# ---- a bus with an abstract socket ----
start_bus "unix:abstract=sbox-test-$$"
# shellcheck disable=SC2046
run env DBUS_SESSION_BUS_ADDRESS="$address" "$SBOX" "${talk[@]}" -- gdbus call --session --dest org.freedesktop.DBus --object-path / \
	--method org.freedesktop.DBus.GetId
is "an abstract bus is reached through the proxy" "$status" 0
run env DBUS_SESSION_BUS_ADDRESS="$address" "$SBOX" --net=host --env "A=${address#unix:abstract=}" \
	"${talk[@]}" -- python3 -c 'import os, socket; socket.socket(socket.AF_UNIX).connect("\0" + os.environ["A"].split(",")[0])'
if [ "$(python3 -c 'import ctypes; print(ctypes.CDLL(None).syscall(444, None, 0, 1))')" -ge 6 ]; then
	refused "... and not directly, with the host's network"
	hasnt "... nothing is said" "$err" "abstract socket"
else
	has "... it is said where Landlock cannot cut it off" "$err" "DBUS_SESSION_BUS_ADDRESS is an abstract socket, which is reached past the proxy"
	run env DBUS_SESSION_BUS_ADDRESS="$address" "$SBOX" --env "A=${address#unix:abstract=}" \
		"${talk[@]}" -- python3 -c 'import os, socket; socket.socket(socket.AF_UNIX).connect("\0" + os.environ["A"].split(",")[0])'
	refused "... a network of its own does"
fi

# ---- the system bus ----
start_bus "unix:path=$PWD/system"
service system-calls "$PWD/system" org.test.System org.test.Hidden
export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$PWD/system
system=(gdbus call --address unix:path=/run/dbus/system_bus_socket --timeout 10 --object-path /)
run sbox --set desktop.system-bus-talk=org.test.System -- "${system[@]}" --dest org.test.System --method org.test.System.Ping
is "the system bus, as far as a rule says" "$status" 0
refuses "and no further" sbox --set desktop.system-bus-talk=org.test.System -- "${system[@]}" --dest org.test.Hidden --method org.test.Hidden.Ping
run sbox --set desktop.system-bus-talk=org.test.System -- sh -c 'ls -A "$XDG_RUNTIME_DIR"'
is "the session bus does not come with it" "$out" ""

# ---- the bus of assistive technologies ----
mkdir -p "$XDG_RUNTIME_DIR/at-spi"
start_bus "unix:path=$XDG_RUNTIME_DIR/at-spi/bus_7"
service registry "$XDG_RUNTIME_DIR/at-spi/bus_7" org.a11y.atspi.Registry org.test.Reader
registry() { # METHOD OBJECT: from inside, with a11y = yes
	DISPLAY=:7.0 sbox --set desktop.a11y=yes -- sh -c "gdbus call --address \"\$AT_SPI_BUS_ADDRESS\" --timeout 10 \
		--dest ${3:-org.a11y.atspi.Registry} --object-path /org/a11y/atspi/$2 --method org.a11y.atspi.$1"
}
run registry Socket.Embed accessible/root
is "a program shows itself to assistive technologies" "$status" 0
refuses "... cannot ask who else is there" registry Accessible.GetChildren accessible/root
refuses "... nor have the keys of others reported" registry DeviceEventController.RegisterKeystrokeListener registry/deviceeventcontroller
refuses "... nor talk to anybody else" registry Socket.Embed accessible/root org.test.Reader
is "the registry heard of the first alone" "$(grep -v -e ready -e Introspect registry)" "org.a11y.atspi.Registry Embed"

# ---- what is no rule ----
complains "a rule for everybody is none" 125 "not a name of a bus" sbox --set 'desktop.dbus-talk=*' -- true
complains "nor one for a whole domain" 125 "not a name of a bus" sbox --set 'desktop.dbus-talk=org.*' -- true
complains "nor an option of the proxy" 125 "not a name of a bus" sbox --set 'desktop.dbus-talk=org.test.A=--log' -- true
run env DBUS_SESSION_BUS_ADDRESS='unixexec:path=/bin/sh' "$SBOX" "${talk[@]}" -- sh -c 'echo "[$DBUS_SESSION_BUS_ADDRESS]"'
is "an address that starts a program is no bus" "$out" "[]"
finish
