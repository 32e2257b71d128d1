#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timeout: 600
# What the user's session serves, by its own programs: sound, portals, a screen reader's bus, notifications, media keys, the
# tray, printing.  Each reaches a sandbox by its word, and not without.  And programs of one instance beside a bare one.
. "$TOP_SRCDIR/tests/lib/tap.sh"
. "$TOP_SRCDIR/tests/lib/display.sh"

begin() { # PROGRAM...: in the background, until the end
	"$@" > /dev/null 2>&1 &
	display_pids+=($!)
}

until_there() { # TEST...: for ten seconds and more
	local i
	for ((i = 0; i < 200 * ${SBOX_TEST_SLOWDOWN:-1}; i++)); do
		"$@" > /dev/null 2>&1 && return
		sleep 0.05
	done
	return 1
}

# ---- sound ----
loud() { # FILE: samples of 16 bits that are not silence
	python3 -c 'import array, sys
data = open(sys.argv[1], "rb").read()[44:] # behind the head of a WAV file
sys.exit(max(map(abs, array.array("h", data[:len(data) // 2 * 2])), default=0) < 1000)' "$1"
}
if have pulseaudio && have parec && have ffmpeg && have mpv; then
	mkdir -p "$XDG_RUNTIME_DIR/pulse"
	begin pulseaudio -n -F /dev/null --daemonize=no --exit-idle-time=-1 --use-pid-file=no --disallow-exit \
		-L "module-native-protocol-unix socket=$XDG_RUNTIME_DIR/pulse/native" -L "module-null-sink sink_name=silent"
	check "a PulseAudio server runs" until_there pactl info
	check "ffmpeg inside makes a tone" "$SBOX" --cwd=rw ffmpeg -loglevel error -f lavfi -i sine=frequency=440:duration=30 tone.wav
	parec -d silent.monitor --format=s16le --rate=8000 --channels=1 > heard.raw 2> /dev/null &
	display_pids+=($!)
	timeout 60 "$SBOX" --set desktop.pulseaudio=no mpv --no-config --no-video --ao=pulse tone.wav > mpv.log 2>&1
	check "without the word nothing is heard" test "$(loud heard.raw && echo loud)" = ""
	timeout 60 "$SBOX" mpv --no-config --no-video --ao=pulse tone.wav > mpv.log 2>&1 &
	player=$!
	check "sound of mpv inside reaches the server outside" until_there loud heard.raw
	kill "$player" 2> /dev/null
	wait "$player" 2> /dev/null
else
	skip "PulseAudio" "pulseaudio, pulseaudio-utils, ffmpeg and mpv are needed"
fi
# ---- printing ----
if [ -x /usr/sbin/cupsd ] && have lpstat; then
	mkdir -p cups/{run,spool/tmp,cache,log}
	printf 'ServerRoot %s\nRequestRoot %s/spool\nTempDir %s/spool/tmp\nCacheDir %s/cache\nStateDir %s/run\n' "$PWD/cups"{,,,,} > cups/cups-files.conf
	printf 'ErrorLog %s/error\nAccessLog %s/access\nPageLog %s/page\n' "$PWD/cups/log"{,,} >> cups/cups-files.conf
	printf 'Listen %s\nWebInterface No\n<Location />\nOrder allow,deny\nAllow all\n</Location>\n' "$PWD/cups.sock" > cups/cupsd.conf
	begin /usr/sbin/cupsd -f -c "$PWD/cups/cupsd.conf" -s "$PWD/cups/cups-files.conf"
	export CUPS_SERVER=$PWD/cups.sock
	# lpstat -r succeeds with "scheduler is not running" as well
	if until_there sh -c 'lpstat -r | grep -q "is running"'; then
		run sbox --profile=office -- lpstat -r
		has "a program inside reaches the printers' server" "$out" "scheduler is running"
		run sbox --profile=office --set desktop.cups=no -- lpstat -r
		hasnt "... and not without the word" "$out" "scheduler is running"
	else
		skip "printing" "cupsd does not start here as an ordinary user"
	fi
	unset CUPS_SERVER
else
	skip "printing" "cups-daemon and cups-client are needed"
fi

# ---- a bus, and what lives on it ----
if ! have dbus-daemon || ! have gdbus || [ ! -x /usr/bin/xdg-dbus-proxy ]; then
	skip "D-Bus" "dbus-daemon, gdbus and xdg-dbus-proxy are needed"
	finish
fi
mkdir -p portals "$HOME/.local/share/applications" "$HOME/.config" "$HOME/Downloads"
bus=$XDG_RUNTIME_DIR/bus
export DBUS_SESSION_BUS_ADDRESS=unix:path=$bus XDG_DESKTOP_PORTAL_DIR=$PWD/portals XDG_CURRENT_DESKTOP=sboxtest
begin dbus-daemon --session --nofork --address="$DBUS_SESSION_BUS_ADDRESS"
check "a session bus runs" until_there gdbus call --session --dest org.freedesktop.DBus --object-path / --method org.freedesktop.DBus.GetId
# ---- sound by PipeWire, whose session manager wants a bus ----
if have pipewire && have pw-cli && have pw-record; then
	begin pipewire
	check "a PipeWire server runs" until_there pw-cli info 0
	run sbox --profile=media -- pw-cli info 0
	like "a program inside reaches it" "$out" 'type: PipeWire:Interface:Core'
	run sbox --profile=media --set desktop.pipewire=no -- pw-cli info 0
	refused "... and not without the word"
else
	skip "PipeWire" "pipewire and pipewire-bin are needed"
fi
links() { # until TEXT is in the graph
	until_there sh -c 'pw-link -l | grep -q "$0"' "$1"
}
if have pipewire && have wireplumber && have pw-record && have ffmpeg && have mpv; then
	begin wireplumber
	until_there sh -c 'pw-cli ls Client | grep -q WirePlumber'
	run pw-cli create-node adapter '{ factory.name=support.null-audio-sink node.name=silent media.class=Audio/Sink object.linger=true audio.position=[FL FR] }'
	[ -s tone.wav ] || run sbox --cwd=rw ffmpeg -loglevel error -f lavfi -i sine=frequency=440:duration=30 tone.wav
	begin pw-record -P '{ stream.capture.sink=true }' --target silent --format s16 --rate 8000 --channels 2 heard.wav
	check "the sound of a PipeWire sink is recorded" links pw-record:input
	timeout 60 "$SBOX" --set desktop.pipewire=no mpv --no-config --no-video --ao=pipewire tone.wav > mpv.log 2>&1
	check "... which is silence without the word" test "$(loud heard.wav && echo loud)" = ""
	timeout 60 "$SBOX" mpv --no-config --no-video --ao=pipewire tone.wav > mpv.log 2>&1 &
	player=$!
	check "sound of mpv inside reaches PipeWire outside" until_there loud heard.wav
	kill "$player" 2> /dev/null
	wait "$player" 2> /dev/null
else
	skip "sound to PipeWire" "pipewire, pipewire-bin, wireplumber, ffmpeg and mpv are needed"
fi

# ---- services on the bus ----
python3 "$TOP_SRCDIR/tests/lib/busservice.py" "$bus" org.freedesktop.Notifications org.kde.StatusNotifierWatcher org.freedesktop.portal.IBus \
	org.test.Secrets >> calls 2>&1 &
display_pids+=($!)
until_there grep -q ready calls
if have notify-send; then
	run sbox --profile=chat --net=none -- notify-send -t 1000 hello
	has "a notification passes the proxy" "$(cat calls)" " Notify"
	: > calls
	refuses "... a name that no line gives does not" sbox --profile=chat --net=none -- \
		gdbus call --session --timeout 5 --dest org.test.Secrets --object-path / --method org.test.Secrets.Get
	is "... nor heard of it" "$(cat calls)" ""
	refuses "without the word there is none" sbox --profile=viewer -- notify-send -t 1000 hello
else
	skip "a notification" "libnotify-bin is needed"
fi
: > calls
run sbox --profile=base --set desktop.tray=yes -- gdbus call --session --timeout 10 --dest org.kde.StatusNotifierWatcher \
	--object-path /StatusNotifierWatcher --method org.kde.StatusNotifierWatcher.RegisterStatusNotifierItem :1.9
has "tray = yes: an icon is registered" "$(cat calls)" "org.kde.StatusNotifierWatcher RegisterStatusNotifierItem"
run sbox --profile=base --set desktop.ime=yes -- gdbus call --session --timeout 10 --dest org.freedesktop.portal.IBus \
	--object-path /org/freedesktop/IBus --method org.freedesktop.IBus.Portal.CreateInputContext x
has "ime = yes: the input method's portal is reached" "$(cat calls)" "org.freedesktop.portal.IBus CreateInputContext"
cp "$TOP_SRCDIR/tests/lib/busservice.py" .
"$SBOX" --profile=base --cwd=ro --set desktop.mpris=yes -- sh -c 'exec python3 busservice.py "$XDG_RUNTIME_DIR/bus" org.mpris.MediaPlayer2.test' > player 2>&1 &
display_pids+=($!)
until_there grep -q ready player
run gdbus call --session --timeout 10 --dest org.mpris.MediaPlayer2.test --object-path /org/mpris/MediaPlayer2 --method org.mpris.MediaPlayer2.Player.PlayPause
has "mpris = yes: a media key reaches the player inside" "$(cat player)" "org.mpris.MediaPlayer2.test PlayPause"

# ---- the desktop's portals ----
open_uri=(gdbus call --session --timeout 20 --dest org.freedesktop.portal.Desktop --object-path /org/freedesktop/portal/desktop
	--method org.freedesktop.portal.OpenURI.OpenURI "")
if [ -x /usr/libexec/xdg-desktop-portal ]; then
	printf '[portal]\nDBusName=org.freedesktop.impl.portal.desktop.sboxtest\nInterfaces=%s\nUseIn=sboxtest\n' \
		"org.freedesktop.impl.portal.AppChooser;org.freedesktop.impl.portal.Lockdown;" > portals/test.portal
	cat > "$HOME/.local/share/applications/handler.desktop" << END
[Desktop Entry]
Type=Application
Name=handler
Exec=$PWD/handler %u
MimeType=x-scheme-handler/https;text/plain;
END
	printf '#!/bin/sh\necho "$1" >> %s/opened\n' "$PWD" > handler
	chmod 755 handler
	printf '[Default Applications]\nx-scheme-handler/https=handler.desktop\ntext/plain=handler.desktop\n' > "$HOME/.config/mimeapps.list"
	: > opened
	python3 "$TOP_SRCDIR/tests/lib/portal.py" "$bus" handler > asked 2>&1 &
	display_pids+=($!)
	until_there grep -q ready asked
	begin /usr/libexec/xdg-desktop-portal
	until_there "${open_uri[@]}" https://host.example/ '{}'
	check "a portal runs, and opens a link of the host's" until_there grep -q host.example opened

	profile linked << END
[profile]
extends = viewer
[desktop]
portals = yes
END
	echo text > "$HOME/Downloads/a.txt"
	run sbox --profile=linked -- "${open_uri[@]}" https://inside.example/ '{}'
	check "with portals = yes a link from inside is opened by the host's handler" until_there grep -qx https://inside.example/ opened
	run sbox --profile=linked -- gio open https://gio.example/
	check "... by the toolkit's own way" until_there grep -qx https://gio.example/ opened
	! have xdg-open || {
		run sbox --profile=linked -- xdg-open https://xdg.example/
		check "... by xdg-open" until_there grep -qx https://xdg.example/ opened
	}
	run sbox --profile=linked -- gio open "$HOME/Downloads/a.txt"
	check "... and a file" until_there grep -q /Downloads/a.txt opened
	has "the portal's backend sees the expected application id" "$(cat asked)" "ChooseApplication sbox.profile.linked"
	: > opened
	refuses "without portals = yes the portal is not reached" sbox --profile=viewer -- "${open_uri[@]}" https://no.example/ '{}'
	run sbox --profile=viewer --env HANDLER=1 -- sh -c 'gio open https://no.example/; xdg-open https://no.example/; gio open ~/Downloads/a.txt'
	is "... and nothing runs outside" "$(cat opened)" ""
	refuses "systemd cannot be asked to run something outside" sbox --profile=linked -- gdbus call --session --timeout 5 --dest org.freedesktop.systemd1 \
		--object-path /org/freedesktop/systemd1 --method org.freedesktop.systemd1.Manager.StartTransientUnit x.service fail '[]' '[]'
else
	skip "portals" "xdg-desktop-portal is needed"
fi

# ---- single instances, and a screen reader: they need a screen ----
display_start
window_of() { # TEXT: how many windows have it in their title
	xwininfo -root -tree 2> /dev/null | grep -c -F -- "\"$1"
}
# A bare one runs on this screen, this bus and in this home; the one inside has a window of its own, which goes with the sandbox.
beside() { # PROGRAM TITLE-OF-BARE TITLE-INSIDE ARGS ARG-OF-BARE ARG-INSIDE
	local program=$1 bare=$2 inside=$3 outside pid args
	if ! have "$program"; then
		skip "a single instance of $program" "$program is not installed"
		return
	fi
	read -ra args <<< "$4"
	TMPDIR=$T timeout -k 5 200 "$program" "${args[@]}" "$5" > "bare.$program.log" 2>&1 &
	outside=$!
	check "a bare $program runs" wait_for_window "$bare" 60
	timeout -k 5 100 "$SBOX" "$program" "${args[@]}" "$6" > "$program.log" 2>&1 &
	pid=$!
	check "$program inside opens a window of its own beside it" wait_for_window "$inside" 60
	check "... in a process of the sandbox" pgrep -P "$(pgrep -P "$pid" -u "$(id -u)" | head -n 1)" -u "$(id -u)"
	check "... while the bare one shows what it showed" test "$(window_of "$bare")" -ge 1
	kill "$pid"
	wait "$pid" 2> /dev/null
	check "... and takes it along" until_there sh -c '! xwininfo -root -tree | grep -q -F -- "\"$0"' "$inside"
	check "... while the bare one stays" test "$(window_of "$bare")" -ge 1
	kill "$outside" 2> /dev/null
	wait "$outside" 2> /dev/null
	rm -f "/tmp/OSL_PIPE_$(id -u)_"* # the office's, which heeds no TMPDIR
}
for name in bare inside; do
	echo $name > $name.txt
	echo "<title>page $name</title>$name" > $name.html
done
web_start .
beside firefox-esr "page bare" "page inside" "" "$web/bare.html" "$web/inside.html"
beside chromium "page bare" "page inside" "--no-first-run --password-store=basic" "$web/bare.html" "$web/inside.html"
beside soffice "bare.txt" "inside.txt" "--norestore --nologo" bare.txt inside.txt
beside gedit "bare.txt" "inside.txt" "" bare.txt inside.txt
if [ -x /usr/libexec/at-spi-bus-launcher ] && have gedit; then
	begin /usr/libexec/at-spi-bus-launcher --launch-immediately
	until_there compgen -G "$XDG_RUNTIME_DIR/at-spi/*"
	# with the display's number, or without, when a bare program had it started
	reader=$(compgen -G "$XDG_RUNTIME_DIR/at-spi/*" | head -n 1)
	children() {
		gdbus call --address "unix:path=$reader" --timeout 5 --dest org.a11y.atspi.Registry --object-path /org/a11y/atspi/accessible/root \
			--method org.a11y.atspi.Accessible.GetChildren
	}
	timeout 90 "$SBOX" --set desktop.a11y=yes gedit inside.txt > gedit.log 2>&1 &
	pid=$!
	shows() { # does one of the registry's children call itself gedit?
		local name
		for name in $(children | grep -o "':1[.][0-9]*'" | tr -d "'"); do
			gdbus call --address "unix:path=$reader" --timeout 5 --dest "$name" --object-path /org/a11y/atspi/accessible/root \
				--method org.freedesktop.DBus.Properties.Get org.a11y.atspi.Accessible Name | grep -q gedit && return
		done
		return 1
	}
	check "a bus of assistive technologies runs" until_there children
	check "a11y = yes: a screen reader can read gedit inside" until_there shows
	kill "$pid"
	wait "$pid" 2> /dev/null
else
	skip "a screen reader's bus" "at-spi2-core and gedit are needed"
fi
finish
