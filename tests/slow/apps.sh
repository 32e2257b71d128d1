#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timeout: 800
# Each shipped profile with the real program: a window that is looked at, a file that is made, and no ~/.ssh.
. "$TOP_SRCDIR/tests/lib/tap.sh"
. "$TOP_SRCDIR/tests/lib/display.sh"

mkdir -p "$HOME"/{.ssh,Downloads,Documents,Pictures,Music} project
echo TOPSECRET > "$HOME/.ssh/id_rsa"
chmod 700 "$HOME/.ssh"
cd project || exit 1
display_start

# ---- something to open ----
echo "The quick brown fox" > text.txt
python3 "$TOP_SRCDIR/tests/lib/pdf.py" a.pdf

no_secrets() { # PROFILE
	run "$SBOX" --profile="$1" cat "$HOME/.ssh/id_rsa"
	hasnt "$1: ~/.ssh is not there" "$out" TOPSECRET
	refuses "$1: ... not even the directory" "$SBOX" --profile="$1" ls "$HOME/.ssh"
	run "$SBOX" check --run "$1"
	is "$1: what [test] says holds inside" "$status" 0
}

options=() # of sbox, for the windows that follow

# The program comes by its name alone: the profile's `commands` finds it.
window() { # PROFILE COLOURS TITLE PROGRAM ARG...
	local profile=$1 least=$2 title=$3
	shift 3
	if ! have "$1"; then
		skip "$profile: $1 opens a window" "$1 is not installed"
		return
	fi
	timeout -k 5 120 "$SBOX" "${options[@]}" "$@" > "log.$1" 2>&1 &
	local pid=$!
	if wait_for_window "$title" 90; then
		pass "$profile: $1 opens a window"
	else
		fail "$profile: $1 opens a window" "$(tail -n 20 "log.$1")"
	fi
	drawn "$profile: $1 draws" "$least" "$T/shot-$profile-$1.png"
	kill "$pid" 2> /dev/null
	wait "$pid" 2> /dev/null
	local i
	for ((i = 0; i < 50; i++)); do # the next one starts on an empty screen
		wait_for_window "$title" 0 || break
		xwininfo -root -tree | grep -q -F -- "$title" || break
		sleep 0.1
	done
}

makes() { # PROFILE FILE PROGRAM ARG...
	local profile=$1 file=$2
	shift 2
	if ! have "$1"; then
		skip "$profile: $1 makes $file" "$1 is not installed"
		return
	fi
	run timeout -k 5 100 "$SBOX" "$@"
	if [ "$status" = 0 ] && [ -s "$file" ]; then
		pass "$profile: $1 makes $file"
	else
		fail "$profile: $1 makes $file" "$(tap_context)"
	fi
}

no_secrets viewer
window viewer 20 a.pdf evince a.pdf
window viewer 3 a.pdf mupdf a.pdf
window viewer 20 qpdfview qpdfview a.pdf # Qt
refuses "viewer: nothing is written" "$SBOX" pdftoppm -png a.pdf page
check "viewer: pdftoppm makes a picture where it may write" "$SBOX" --cwd=rw pdftoppm -png a.pdf page
cp a.pdf "$HOME/Downloads/d.pdf"
run "$SBOX" pdftotext "$HOME/Downloads/d.pdf" -
has "viewer: pdftotext reads ~/Downloads" "$out" "A document"

no_secrets media
makes media clip.mkv ffmpeg -loglevel error -f lavfi -i testsrc=duration=8:size=320x240:rate=10 clip.mkv
window media 20 clip.mkv mpv --no-config --loop clip.mkv
makes media clip.ts cvlc -I dummy --play-and-exit clip.mkv --sout '#std{access=file,mux=ts,dst=clip.ts}'

no_secrets graphics
makes graphics pic.png convert -size 200x200 plasma:red-blue pic.png
window graphics 50 "GNU Image" gimp --no-splash pic.png
window graphics 20 Inkscape inkscape

no_secrets editor
window editor 20 text.txt gedit text.txt
window editor 10 text.txt gvim -f text.txt
run "$SBOX" vim -es -u NONE -c 'normal ccchanged by vim' -c wq text.txt
is "editor: vim writes the file" "$(cat text.txt)" "changed by vim"
mkdir -p .git/hooks
: > .git/config
refuses "editor: git's hooks are not written" "$SBOX" --profile=editor touch .git/hooks/post-commit

no_secrets office
makes office text.pdf soffice --headless --convert-to pdf text.txt
window office 30 "LibreOffice Writer" soffice --norestore --nologo text.txt

no_secrets archive
makes archive a.tar tar -cf a.tar text.txt
python3 - << 'END'
import io, tarfile
with tarfile.open("evil.tar", "w") as t:
    for name in ("../out.txt", "/tmp/out.txt", "in.txt"):
        info = tarfile.TarInfo(name)
        info.size = 4
        t.addfile(info, io.BytesIO(b"evil"))
END
run "$SBOX" tar -xPf evil.tar
check "archive: nothing leaves the directory" test ! -e ../out.txt -a ! -e /tmp/out.txt

no_secrets games
PATH=$PATH:/usr/games
options=(--env SDL_AUDIODRIVER=dummy) # it ends when it has no sound
window games 20 Abe abe

# Their network needs a device that not every machine lets its users open; their windows need no network.
options=()
if have pasta && [ -w /dev/net/tun ]; then
	no_secrets chat
	no_secrets mail
	no_secrets electron
else
	skip "chat, mail, electron: the network of their own" "pasta and a /dev/net/tun that users may open are needed"
	options=(--net=none)
fi
window chat 10 HexChat hexchat
window mail 10 Thunderbird thunderbird
echo '<title>an app</title><body style="background:#fc0">' > app.html
options+=(--profile=electron --ro "$PWD" --ro /etc/chromium.d)
window electron 2 "an app" chromium --no-first-run --password-store=basic --app="file://$PWD/app.html"
finish
