#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timeout: 300
# Seven real programs: each is learned, and then does the same under the profile that was written, with nothing denied.
. "$TOP_SRCDIR/tests/lib/tap.sh"
. "$TOP_SRCDIR/tests/lib/display.sh"

mkdir -p "$HOME"/{.ssh,.config/tool,project} "$T/www"
echo TOPSECRET > "$HOME/.ssh/id_rsa"
echo '{"greeting": "hello"}' > "$HOME/.config/tool/conf.json"
printf '[user]\n\tname = A\n\temail = a@example.org\n' > "$HOME/.gitconfig"
cd "$HOME/project" || exit 1

# What stands in a report that is not an answer as of an older kernel, nor the secret.
denials() {
	grep -E '^  [^ ]' "$1" | grep -v -e 'answered as by an older kernel' -e "$HOME/.ssh"
}

learned() { # NAME PROGRAM ARG...: learn, check, and run again under the profile
	local name=$1
	shift
	rm -f "$HOME/$name.ini"
	run "$SBOX" learn -o "$HOME/$name.ini" -- "$@"
	learning=$out
	is "$name is learned" "$status" 0
	check "$name: sbox check has no error" "$SBOX" check "$HOME/$name.ini"
	hasnt "$name: no line gives a secret" "$(grep -v '^;' "$HOME/$name.ini")" .ssh
	run "$SBOX" --report --profile="$HOME/$name.ini" -- "$@"
	running=$out
	echo "$err" > "$name.err"
	is "$name does it under its profile" "$status" 0
	is "$name: nothing is denied that it had" "$(denials "$name.err")" ""
}

# ---- a Python script: configuration, a module of its own, a cache, output
mkdir mod
echo 'def f(x): return x.upper()' > mod/__init__.py
cat > app.py << 'END'
import json, os, sqlite3, subprocess
import mod
home = os.path.expanduser("~")
os.makedirs(home + "/.cache/tool", exist_ok=True)
with open(home + "/.cache/tool/n", "a") as f: f.write("x")
print(mod.f(json.load(open(home + "/.config/tool/conf.json"))["greeting"]), subprocess.check_output(["expr", "6", "*", "7"]).decode().strip())
open("out.txt", "w").write("made")
END
before=$(find "$HOME" -not -path '*/sbox*' | sort)
learned python python3 app.py
is "python: the same comes out" "$running" "HELLO 42"
is "python: learning leaves nothing behind but the profile" "$(find "$HOME" -not -path '*/sbox*' -not -name '*.ini' | sort | comm -13 <(echo "$before") - | grep -v -e project -e '\.cache$' -e '\.local')" ""
is "python: its output is there" "$(cat out.txt)" made

# ---- git
git init -q repo
cd repo || exit 1
echo one > a
git add a
learned git git commit -q --allow-empty -m first
is "git: learning commits nothing, running does" "$(git log --oneline | wc -l)" 1
has "git: hooks stay shut" "$(cat "$HOME/git.ini")" 'ro = -${CWD}/.git/hooks'
cd .. || exit 1

# ---- gcc
printf '#include <stdio.h>\nint main(void) { return puts("built") < 0; }\n' > a.c
learned gcc gcc -O2 -o a a.c
is "gcc: what it built runs" "$(./a)" built

# ---- curl
echo page > "$T/www/index.html"
web_start "$T/www"
learned curl curl -s "$web/index.html"
is "curl: the page" "$learning, $running" "page, page"
like "curl: no other port" "$(grep ^connect "$HOME/curl.ini")" "^connect = ${web##*:}\$"

# ---- sqlite3, or Python's
if have sqlite3; then
	learned sqlite3 sqlite3 t.db 'create table if not exists t(x); insert into t values(1); select count(*) from t;'
	is "sqlite3: learning inserts nothing, running does" "$learning, $running" "1, 1"
else
	skip "sqlite3" "it is not installed"
fi

# ---- a program in Go: its calls come from threads that no C library made
if have age-keygen; then
	age-keygen -o "$HOME/.config/tool/age.key" 2> /dev/null
	echo text > plain
	learned age age -e -i "$HOME/.config/tool/age.key" -o sealed plain
	is "age (Go): what it made can be opened" "$(age -d -i "$HOME/.config/tool/age.key" sealed)" text
	has "age (Go): its key is one line" "$(grep -v '^;' "$HOME/age.ini")" 'ro = ${XDG_CONFIG_HOME}/tool/age.key'
else
	skip "a program in Go" "age is not installed"
fi

# ---- a GTK program
if have zenity; then
	display_start
	timeout -k 5 60 "$SBOX" learn -o "$HOME/gtk.ini" -- zenity --info --title=LEARNED --text=hello 2> gtk.log &
	pid=$!
	check "zenity opens a window while it is learned" wait_for_window LEARNED
	kill "$pid" # what was recorded until then is kept
	wait "$pid"
	has "zenity: its profile has windows" "$(cat "$HOME/gtk.ini")" "extends = base-desktop"
	check "zenity: sbox check has no error" "$SBOX" check "$HOME/gtk.ini"
	timeout -k 5 60 "$SBOX" --report="$T/gtk.json" --profile="$HOME/gtk.ini" -- zenity --info --title=PROFILED --text=hello 2>> gtk.log &
	pid=$!
	check "zenity opens a window under its profile" wait_for_window PROFILED
	drawn "zenity draws" 10 "$T/zenity.png"
	kill "$pid"
	wait "$pid"
	is "zenity: nothing is denied but another way to the X server" \
		"$(grep '"event":"total"' "$T/gtk.json" | grep '"fallback":false' | grep -v -e '"kind":"connect"' | head -3)" ""
else
	skip "a GTK program" "zenity is not installed"
fi
finish
