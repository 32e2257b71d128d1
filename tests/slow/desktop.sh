#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timeout: 200
# sbox desktop with the launchers of this machine: Firefox and gedit from the menu, as GLib's launcher and dex start them, seen from outside.
. "$TOP_SRCDIR/tests/lib/tap.sh"
. "$TOP_SRCDIR/tests/lib/display.sh"

for program in firefox-esr gedit gtk-launch desktop-file-validate gio; do
	if ! have "$program"; then
		skip "launchers of this machine" "$program is not installed"
		finish
	fi
done
apps=$HOME/.local/share/applications
mkdir -p www
echo '<title>from the menu</title><body style="background:#fc0"><h1>Hello</h1>' > www/index.html
display_start
web_start www

before=$(for type in text/html application/rss+xml x-scheme-handler/https text/plain; do gio mime "$type"; done)
run timeout 60 "$SBOX" desktop install --all
is "install --all" "$status:$err" "0:"
wrong=
while IFS= read -r file; do
	said=$(desktop-file-validate "$file" 2>&1 | sed 's/^[^:]*: //')
	[ "$said" = "$(desktop-file-validate "/usr/share/applications/${file#"$apps"/}" 2>&1 | sed 's/^[^:]*: //')" ] || wrong="$wrong $file: $said"
done < <(find "$apps" -name '*.desktop')
is "desktop-file-validate says of each what it says of the package's" "$wrong" ""
check "... of several" test "$(find "$apps" -name '*.desktop' | wc -l)" -ge 2
is "who opens what is as before" "$(for type in text/html application/rss+xml x-scheme-handler/https text/plain; do gio mime "$type"; done)" "$before"
run "$SBOX" desktop verify firefox-esr
hasnt "verify: no launcher starts Firefox bare" "$out" "menu:"

# The processes of this machine that run program $1, and their pid namespaces.
namespaces_of() {
	local pid
	for pid in /proc/[0-9]*; do
		case $(readlink "$pid/exe" 2> /dev/null) in
		"$1"*) readlink "$pid/ns/pid" ;;
		esac
	done | sort -u
}

launched() { # ENTRY PROGRAM PROFILE TITLE LAUNCHER...
	local own found
	"${@:5}" > "launch.$1.log" 2>&1 < /dev/null
	check "$1: a window" wait_for_window "$4" 60
	found=$(namespaces_of "$2")
	own=$(readlink /proc/self/ns/pid)
	like "$1: its processes are in one pid namespace" "$found" '^pid:\[[0-9]+\]$'
	hasnt "$1: ... which is not this one" "$found" "$own"
	run "$SBOX" list
	has "$1: a sandbox of its profile runs" "$out" "$3-"
	drawn "$1 draws" 20 "$1.png"
	check "$1: the sandbox ends" "$SBOX" kill "$3"
}

mkdir -p "$HOME/.local/state/sbox/homes/browser"
chmod 700 "$HOME/.local/state/sbox" "$HOME/.local/state/sbox/homes" "$HOME/.local/state/sbox/homes/browser"
launched firefox-esr /usr/lib/firefox-esr/firefox-esr browser "from the menu" gtk-launch firefox-esr "$web/"
launched org.gnome.gedit /usr/bin/gedit editor gedit gtk-launch org.gnome.gedit
if have dex; then
	launched firefox-esr /usr/lib/firefox-esr/firefox-esr browser "Mozilla Firefox" dex "$apps/firefox-esr.desktop"
	launched org.gnome.gedit /usr/bin/gedit editor gedit dex "$apps/org.gnome.gedit.desktop"
else
	skip "dex" "dex is not installed"
fi

run "$SBOX" desktop remove --all
is "remove --all" "$status:$err" "0:"
is "... leaves no file" "$(find "$HOME/.local/share" "$HOME/.config/autostart" -name '*.desktop' -o -name '*.service' -o -name mimeinfo.cache 2> /dev/null)" ""
finish
