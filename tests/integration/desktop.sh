#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# in guests: no: files that are written and read, and no sandbox
# sbox desktop, on a made-up machine: one program, and everything that a desktop starts it by.
. "$TOP_SRCDIR/tests/lib/tap.sh"

data=$T/data bin=$T/bin apps=$HOME/.local/share/applications
export XDG_DATA_DIRS=$data XDG_CONFIG_DIRS=$T/etc PATH=$bin:$PATH
mkdir -p "$data/applications/kde" "$data/dbus-1/services" "$T/etc/autostart" "$bin" "$HOME/.config/sbox/profiles" "$HOME/out"
# Says where it runs, and what with.
cat > "$bin/demo" << END
#!/bin/sh
{ readlink /proc/self/ns/pid; printf '<%s>' "\$@"; echo; } > "$HOME/out/seen"
[ "\$1" != --service ] # a bus waits for one that ends well
END
chmod 755 "$bin/demo"
ln -s demo "$bin/x-demo"
printf '#!/bin/sh\n# starts it\nexec demo "$@"\n' > "$bin/start-demo"
chmod 755 "$bin/start-demo"
profile demo << END
[profile]
extends = default
commands = demo
[files]
ro = $bin
rw = $HOME/out
END
entry() { # FILE EXEC [LINE...]
	printf '[Desktop Entry]\nType=Application\nName=Demo\nName[de]=Vorführung\nIcon=demo\nMimeType=text/x-demo;\nExec=%s\n' "$2" > "$1"
	[ $# -lt 3 ] || printf '%s\n' "${@:3}" >> "$1"
}
entry "$data/applications/demo.desktop" "demo %U" "DBusActivatable=true" "Actions=new;" "" "[Desktop Action new]" "Name=New" "Exec=$bin/demo --new"
entry "$data/applications/kde/alias.desktop" "env A=b x-demo"
entry "$data/applications/other.desktop" "/bin/true"
printf '[D-BUS Service]\nName=org.demo\nExec=%s --service\nSystemdService=demo.service\n' "$bin/demo" > "$data/dbus-1/services/org.demo.service"
entry "$T/etc/autostart/demo-start.desktop" "demo --background"
printf '[MIME Cache]\ntext/x-demo=other.desktop;demo.desktop;kde-alias.desktop;\n' > "$data/applications/mimeinfo.cache"

desktop() {
	run timeout 30 "$SBOX" desktop "$@"
}
snapshot() { # the home's launchers, byte for byte, with modes and times
	(cd "$HOME" && find .local/share .local/bin .config/autostart -printf '%p %y %m %l\n' -type f -exec stat -c %y {} \; -exec cksum {} \; 2> /dev/null | sort)
}

# ---- nothing but what was asked for ----
before=$(snapshot)
desktop install demo
is "install" "$status:$err" "0:"
is "the files that start it" "$(cd "$HOME" && find .local/share .config/autostart -type f | sort | tr '\n' ' ')" \
	".config/autostart/demo-start.desktop .local/share/applications/demo.desktop .local/share/applications/kde/alias.desktop .local/share/applications/mimeinfo.cache .local/share/dbus-1/services/org.demo.service "
is "every Exec goes through sbox" "$(grep -h ^Exec "$apps/demo.desktop")" \
	"Exec=$SBOX --profile=demo -- $bin/demo %U
Exec=$SBOX --profile=demo -- $bin/demo --new"
is "... a variable in front stays" "$(grep ^Exec "$apps/kde/alias.desktop")" "Exec=$SBOX --profile=demo -- env A=b $bin/x-demo"
is "nothing else of it changes" "$(grep -v '^#\|^Exec\|^TryExec\|^DBus' "$apps/demo.desktop")" \
	"$(grep -v '^Exec\|^DBus' "$data/applications/demo.desktop")"
has "it hides when the program goes" "$(cat "$apps/demo.desktop")" "TryExec=$bin/demo"
has "it is not started by the bus" "$(cat "$apps/demo.desktop")" "DBusActivatable=false"
has "the bus starts it inside" "$(cat "$HOME/.local/share/dbus-1/services/org.demo.service")" "Exec=$SBOX --profile=demo -- $bin/demo --service"
hasnt "... not systemd" "$(cat "$HOME/.local/share/dbus-1/services/org.demo.service")" SystemdService
has "who opens its type, in the order of before" "$(cat "$apps/mimeinfo.cache")" "text/x-demo=other.desktop;demo.desktop;kde-alias.desktop;"
if have desktop-file-validate; then
	check "valid by desktop-file-validate" desktop-file-validate "$apps/demo.desktop" "$apps/kde/alias.desktop" "$HOME/.config/autostart/demo-start.desktop"
	is "... without a word" "$out$err" ""
else
	skip "valid by desktop-file-validate" "desktop-file-utils is not installed"
fi
desktop list
is "list: up to date" "$(grep -c 'up to date$' <<< "$out")" 4
installed=$(snapshot)
desktop install demo
is "again: nothing is written" "$status:$(snapshot)" "0:$installed"

# ---- started ----
if have gio; then
	run timeout 30 gio launch "$apps/demo.desktop" "file:///x;touch \$HOME/pwned"
	for ((i = 0; i < 150; i++)); do [ ! -s "$HOME/out/seen" ] || break; sleep 0.1; done
	sleep 0.1
	has "GLib starts it with its argument" "$(cat "$HOME/out/seen")" "/x;touch"
	like "... in a pid namespace of its own" "$(head -n 1 "$HOME/out/seen")" '^pid:'
	hasnt "... not this one" "$(cat "$HOME/out/seen")" "$(readlink /proc/self/ns/pid)"
	rm -f "$HOME/out/seen"
else
	skip "GLib starts it" "gio is not installed"
fi
if have dbus-run-session && have gdbus; then
	# the bus takes the home of the passwd file
	run env XDG_DATA_HOME="$HOME/.local/share" timeout 30 dbus-run-session -- gdbus call --session --timeout 3 --dest org.freedesktop.DBus --object-path /org/freedesktop/DBus \
		--method org.freedesktop.DBus.StartServiceByName org.demo 0
	for ((i = 0; i < 150; i++)); do [ ! -s "$HOME/out/seen" ] || break; sleep 0.1; done
	has "a bus starts it" "$(cat "$HOME/out/seen")" "<--service>"
	hasnt "... inside" "$(cat "$HOME/out/seen")" "$(readlink /proc/self/ns/pid)"
else
	skip "a bus starts it" "dbus-daemon and gdbus are needed"
fi

# ---- verify ----
desktop verify demo
is "verify: there is a way" "$status" 1
has "... the shell" "$out" "shell: demo is $bin/demo"
has "... another name" "$out" "other name: $bin/x-demo leads to it"
has "... a script" "$out" "other name: $bin/start-demo, a script, names it"
hasnt "... not the menu" "$out" "menu:"
mkdir -p "$HOME/.config/systemd/user"
printf '[Service]\nExecStart=/usr/bin/env demo\n' > "$HOME/.config/systemd/user/d.service"
entry "$data/applications/new.desktop" "demo --other"
entry "$data/applications/wrapped.desktop" 'sh -c "demo --x"'
mkdir -p "$HOME/Schreibtisch/deep" "$HOME/.config/xfce4/panel/launcher-1"
echo 'XDG_DESKTOP_DIR="$HOME/Schreibtisch"' > "$HOME/.config/user-dirs.dirs"
entry "$HOME/Schreibtisch/icon.desktop" "demo"
entry "$HOME/.config/xfce4/panel/launcher-1/panel.desktop" "demo"
sh "$bin/demo" # not a process that lasts
cp /bin/sleep "$bin/lasting"
"$bin/lasting" 60 &
pid=$!
desktop verify demo lasting
has "... an entry that is new" "$out" "menu: $data/applications/new.desktop starts it"
has "... one that names it" "$out" "menu: $data/applications/wrapped.desktop names it"
has "... an icon on the desktop" "$out" "icon: $HOME/Schreibtisch/icon.desktop starts it"
has "... one of a panel" "$out" "icon: $HOME/.config/xfce4/panel/launcher-1/panel.desktop starts it"
rm -r "$HOME/Schreibtisch" "$HOME/.config/xfce4"
has "... a systemd unit" "$out" "systemd unit: $HOME/.config/systemd/user/d.service names it"
has "... a process outside" "$out" "running: process $pid is not in a sandbox"
kill "$pid"
wait "$pid" 2> /dev/null
rm "$data/applications"/{new,wrapped}.desktop "$HOME/.config/systemd/user/d.service" "$bin"/{lasting,x-demo,start-demo} "$data/applications/kde/alias.desktop"
desktop install --shell demo
PATH=$HOME/.local/bin:$PATH desktop verify demo
is "verify: with a word for the shell, none" "$status:$out" "0:demo: no way found by which it starts bare"
rm -f "$HOME/out/seen"
run env PATH="$HOME/.local/bin:$PATH" demo "a b" "\$(x)"
is "a shell starts it inside" "$(tail -n 1 "$HOME/out/seen")" "<a b><\$(x)>"
hasnt "... in another pid namespace" "$(cat "$HOME/out/seen")" "$(readlink /proc/self/ns/pid)"
desktop list
has "list: a source that is gone" "$out" "kde/alias.desktop: its source is gone"

# ---- an update of the package ----
entry "$data/applications/demo.desktop" "demo --better %U" "Keywords=x;"
desktop list
has "list: what an update changed" "$out" "its source has changed: install it again (Exec, Keywords"
desktop install demo
has "... and install takes it over" "$(cat "$apps/demo.desktop")" "-- $bin/demo --better %U"
echo "NoDisplay=true" >> "$apps/demo.desktop"
desktop install demo
is "somebody's change is not lost" "$status:$(tail -n 1 "$apps/demo.desktop")" "125:NoDisplay=true"
desktop remove demo
is "... by remove neither" "$status:$(tail -n 1 "$apps/demo.desktop")" "125:NoDisplay=true"
desktop install --force demo
is "... but with --force" "$status:$(tail -n 1 "$apps/demo.desktop")" "0:Keywords=x;"
desktop remove demo
is "remove" "$status:$err" "0:"
is "... leaves nothing" "$(snapshot)" "$before"
desktop remove demo
is "... which there is to be once" "$status" 125

# ---- the user's own former files ----
mkdir -p "$apps" "$HOME/dot"
entry "$apps/demo.desktop" "demo --mine %U" "X-Bytes=$(printf '\xff')"
chmod 751 "$apps/demo.desktop"
touch -d '2020-02-02 02:02:02.123456789' "$apps/demo.desktop"
entry "$HOME/dot/second.desktop" "demo --linked"
ln -s ../../../dot/second.desktop "$apps/second.desktop"
printf '[MIME Cache]\ntext/mine=demo.desktop;\n' > "$apps/mimeinfo.cache"
before=$(snapshot)
linked=$(cat "$HOME/dot/second.desktop")
desktop install demo
has "the user's own is the source" "$(cat "$apps/demo.desktop")" "Exec=$SBOX --profile=demo -- $bin/demo --mine %U"
has "... one behind a link too" "$(cat "$apps/second.desktop")" "Exec=$SBOX --profile=demo -- $bin/demo --linked"
is "... and what the link leads to is as it was" "$(cat "$HOME/dot/second.desktop")" "$linked"
has "the user's own types stay" "$(cat "$apps/mimeinfo.cache")" "text/mine=demo.desktop;"
desktop remove --all
is "remove: byte for byte, with modes, times and links" "$(snapshot)" "$before"

# ---- ended in the middle ----
if have strace && timeout 10 strace -o /dev/null true 2> /dev/null; then
	bad=
	for call in renameat unlinkat; do
		for ((n = 1; n <= 8; n++)); do
			timeout 30 strace -f -o /dev/null -e "inject=$call:signal=KILL:when=$n" "$SBOX" desktop install demo > /dev/null 2>&1
			ended=$?
			timeout 30 strace -f -o /dev/null -e "inject=$call:signal=KILL:when=$n" "$SBOX" desktop remove demo > /dev/null 2>&1
			timeout 30 "$SBOX" desktop install demo > /dev/null 2>&1
			timeout 30 "$SBOX" desktop remove demo > /dev/null 2>&1
			[ "$(snapshot)" = "$before" ] || bad="$bad $call:$n"
			[ "$ended" != 0 ] || break
		done
	done
	is "whenever it is ended, nothing is lost" "$bad" ""
else
	skip "whenever it is ended, nothing is lost" "strace cannot be used"
fi

# ---- hostile ----
rm -rf "${HOME:?}/.local/share" "$data/applications"
mkdir -p "$data/applications" "$HOME/.local/share" "$HOME/elsewhere"
entry "$data/applications/a.desktop" 'demo ; touch $HOME/pwned `touch pwned` | x %U'
entry "$data/applications/b.desktop" "demo" "Exec[\$e]=\$(touch $HOME/pwned)"
entry "$data/applications/c.desktop" "demo" "Exec=demo \"x %f\""
printf 'Exec=demo\n[Desktop Entry]\n' > "$data/applications/d.desktop"
head -c 3000000 /dev/zero > "$data/applications/e.desktop"
mkfifo "$data/applications/f.desktop"
ln -s /dev/zero "$data/applications/g.desktop"
ln -s . "$data/applications/loop"
entry "$data/applications/$(printf 'evil\nname.desktop')" "demo"
desktop install demo
is "hostile entries: what cannot be rewritten is said" "$status:$(grep -c 'left as it is' <<< "$err")" "125:1"
is "... what a shell could read is quoted" "$(grep ^Exec "$apps/a.desktop")" \
	"Exec=$SBOX --profile=demo -- $bin/demo \";\" touch \"\\\\\$HOME/pwned\" \"\\\\\`touch\" \"pwned\\\\\`\" \"|\" x %U"
check "... one line with a name of two does not come in" test ! -e "$apps/$(printf 'evil\nname.desktop')"
check "... nothing of it ran" test ! -e "$HOME/pwned"
desktop remove --all
rm -rf "$data/applications"
mkdir -p "$data/applications/sub" "$apps"
entry "$data/applications/sub/x.desktop" "demo"
ln -s "$HOME/elsewhere" "$apps/sub"
desktop install demo
is "a link out of the directory is not followed" "$status:$(ls "$HOME/elsewhere")" "125:"
rm "$apps/sub"
desktop install nothing-there
complains "a program that is not there" 125 "no program nothing-there" "$SBOX" desktop install nothing-there
complains "a program that no profile lists" 125 "no profile lists" "$SBOX" desktop install sh
complains "no program" 2 "which program" "$SBOX" desktop install
complains "an unknown word" 2 "unknown" "$SBOX" desktop instal demo
complains "a profile by path" 125 "not a path" "$SBOX" desktop install --profile=./x.ini demo
finish
