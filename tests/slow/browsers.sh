#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timeout: 800
# Firefox and Chromium under the shipped profile, with windows on an X server and on a Wayland compositor: what they show,
# what they keep, what they cannot see.  Both draw a page without their own inner sandboxes, so the proof of those is a look from outside.
. "$TOP_SRCDIR/tests/lib/tap.sh"
. "$TOP_SRCDIR/tests/lib/display.sh"

if ! have firefox-esr || ! have chromium; then
	skip "browsers" "firefox-esr and chromium are needed"
	finish
fi
mkdir -p www "$HOME/.ssh" "$HOME/Downloads"
echo TOPSECRET > "$HOME/.ssh/id_rsa"
echo secret > "$HOME/letter.txt"
cat > www/index.html << 'END'
<title>first</title><body style="background:#fc0"><h1>Hello</h1>
<script>
document.write("js " + 6 * 7);
var before = localStorage.getItem("kept");
localStorage.setItem("kept", "yes");
document.title = before ? "page kept" : "page new";
if (location.hash == "#save") { var a = document.createElement("a"); a.href = "data.bin"; a.download = "data.bin"; document.body.append(a); a.click(); }
</script>
END
echo payload > www/data.bin
display_start
web_start www

# No questions at the first start, no calls home.
mkdir -p prefs
cat > prefs/user.js << 'END'
user_pref("browser.aboutwelcome.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.download.alwaysOpenPanel", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("browser.sessionstore.resume_from_crash", false);
user_pref("app.update.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("browser.safebrowsing.downloads.remote.enabled", false);
END
options=() # of sbox
firefox() {
	mkdir -p "$HOME/.local/state/sbox/homes/browser/ff"
	chmod 700 "$HOME/.local/state/sbox/homes" "$HOME/.local/state/sbox" "$HOME/.local/state/sbox/homes/browser"
	cp prefs/user.js "$HOME/.local/state/sbox/homes/browser/ff/"
	exec timeout -k 5 120 "$SBOX" "${options[@]}" firefox-esr --profile "$HOME/ff" "$@" > firefox.log 2>&1
}
chromium() {
	exec timeout -k 5 120 "$SBOX" "${options[@]}" chromium --no-first-run --disable-background-networking --disable-component-update \
		--disable-sync --password-store=basic "$@" > chromium.log 2>&1
}

# The processes of the sandbox that pid $1 began, one a line: filters, depth of pid namespaces, user namespace, name.
processes() {
	local all=$1 next=$1
	while [ -n "$next" ]; do
		next=$(for p in $next; do cat "/proc/$p/task/"*/children 2> /dev/null; done)
		all="$all $next"
	done
	for p in $all; do
		[ -r "/proc/$p/status" ] || continue
		echo "$(awk '/^Seccomp_filters/ { f = $2 } /^NSpid/ { n = NF - 1 } END { print f, n }' "/proc/$p/status")" \
			"$(readlink "/proc/$p/ns/user")" "$(cat "/proc/$p/comm")"
	done 2> /dev/null
}

inner_sandbox() { # NAME PID
	local found i inner=0 first
	for ((i = 0; i < 100; i++)); do
		found=$(processes "$2" | awk -v own="$(readlink /proc/$$/ns/user)" '$1 == 2 && $3 != own { print $3 }' | sort -u)
		first=$(processes "$2" | awk '$1 == 1 && $2 == 2 { print $3; exit }')
		[ -n "$found" ] && inner=$(grep -cv -F "${first:-none}" <<< "$found")
		[ "$inner" -gt 0 ] && break
		sleep 0.2
	done
	check "$1: processes under two filters in a user namespace of their own" test "$inner" -gt 0
}

close_browser() { # PID
	kill "$1" 2> /dev/null
	wait "$1" 2> /dev/null
}

background() { # FILE: is most of the picture the colour that the page asks for?
	convert "$1" -fill black +opaque '#ffcc00' -fill white -opaque '#ffcc00' -format '%[fx:mean>0.4?1:0]' info:
}

tour() { # DISPLAY BROWSER: what a user does on one day and the next
	local on=$1 browser=$2 pid i
	rm -rf "$HOME/.local/state/sbox/homes/browser"
	"$browser" "$web/#save" &
	pid=$!
	check "$on, $browser: a window shows the page" wait_for_window "page new" 60
	inner_sandbox "$on, $browser" "$pid"
	drawn "$on, $browser draws" 50 "$on-$browser.png"
	is "$on, $browser: the picture is the page" "$(background "$on-$browser.png")" 1
	for ((i = 0; i < 100; i++)); do
		[ -s "$HOME/Downloads/data.bin" ] && break
		sleep 0.2
	done
	is "$on, $browser saves a file to ~/Downloads" "$(cat "$HOME/Downloads/data.bin" 2>&1)" payload
	rm -f "$HOME/Downloads/"*
	sleep 8 # the browsers write what they keep now and then
	close_browser "$pid"

	"$browser" "$web/" &
	pid=$!
	check "$on, $browser: the next run finds what this one kept" wait_for_window "page kept" 60
	close_browser "$pid"

	"$browser" "file://$HOME/.ssh/id_rsa" &
	pid=$!
	drawn "$on, $browser opens a window for file://" 20 "$on-$browser-ssh.png"
	case $browser in
	firefox) check "$on, firefox: it finds no ~/.ssh/id_rsa" wait_for_window "Problem loading page" 30 ;;
	chromium) check "$on, chromium: it finds no ~/.ssh/id_rsa" wait_for_window "id_rsa" 30 ;; # the title of its error page
	esac
	check "$on, $browser: it runs in the private home" test -n "$(ls -A "$HOME/.local/state/sbox/homes/browser")"
	close_browser "$pid"
}

tour X11 firefox
tour X11 chromium

run "$SBOX" --profile=browser cat "$HOME/.ssh/id_rsa"
hasnt "the keys of ssh are not there" "$out$err" TOPSECRET
run "$SBOX" --profile=browser ls "$HOME"
hasnt "nor is anything else of the home" "$out" letter.txt
run timeout -k 5 60 "$SBOX" --profile=browser chromium --headless --password-store=basic --user-data-dir=/tmp/p --dump-dom "file://$HOME/.ssh/id_rsa"
hasnt "chromium cannot show ~/.ssh by file://" "$out" TOPSECRET
refuses "with nested = sandbox no mount can be made" "$SBOX" --profile=browser unshare -Urm true
run "$SBOX" --profile=browser unshare -Ur id -u
is "... and a user namespace can" "$out" 0

# The X server: one socket, one cookie, and no other way to it.
xauth -q -f "$XAUTHORITY" add :98 . 11111111111111111111111111111111
run "$SBOX" --profile=browser xauth list
hasnt "cookies of other displays are not inside" "$out" 11111111111111111111111111111111
is "one cookie is" "$(wc -l <<< "$out")" 1
run "$SBOX" --profile=browser ls /tmp/.X11-unix
is "one socket is there" "$(wc -w <<< "$out")" 1
check "an X program reaches the server" "$SBOX" --profile=browser xwininfo -root
run "$SBOX" --profile=browser python3 -c 'import os,socket; s = socket.socket(socket.AF_UNIX); s.connect("\0/tmp/.X11-unix/X" + os.environ["DISPLAY"][1:].split(".")[0])'
refused "the abstract socket of the display's number inside is nobody's"
run "$SBOX" --profile=browser --env "HOST=${DISPLAY#:}" python3 -c 'import os,socket; s = socket.socket(socket.AF_UNIX); s.connect("\0/tmp/.X11-unix/X" + os.environ["HOST"])'
refused "the server's abstract socket is cut off"

# ---- the same on a Wayland compositor without a screen ----
wayland_start
options=(--env WAYLAND_DEBUG=1)
wait_for_window() { # TEXT [SECONDS]: a title that the compositor was told
	local i
	for ((i = 0; i < ${2:-60} * 5; i++)); do
		grep -q "set_title(\".*$1" firefox.log chromium.log 2> /dev/null && return
		sleep 0.2
	done
	return 1
}
for browser in firefox chromium; do
	rm -f firefox.log chromium.log
	tour Wayland "$browser"
done
finish
