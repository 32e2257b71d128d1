#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Where profiles come from, how layers are merged, whose line wins.
. "$TOP_SRCDIR/tests/lib/tap.sh"

conf=$HOME/.config/sbox/profiles
mkdir -p "$conf"
value() { # the host name inside: a scalar that is easy to see
	run sbox "$@" -- uname -n
}
setting() { # HOSTNAME [EXTENDS]
	echo '[profile]'
	echo "extends = ${2:-default}"
	echo '[namespaces]'
	echo "hostname = $1"
}

# ---- search order
setting mine > "$conf/p.ini"
value --profile=p
is "the user's directory" "$out" mine
setting here > p.ini
setting here > build.ini
value --profile=p
is "the working directory is never searched" "$out" mine
value --profile=./p.ini
is "... but a path is a path" "$out" here
setting other > other.ini
complains "a name that is only in the working directory is not found" 125 other sbox --profile=other -- true
setting shadowing default > "$conf/build.ini"
value --profile=build
is "the user's profile shadows the shipped one" "$out" shadowing
setting next build > "$conf/build.ini"
run sbox --profile=build -- sh -c 'uname -n; echo x > wrote'
is "its own name means the next one in the search order" "$out:$(cat wrote)" next:x
rm -f wrote "$conf/build.ini"
mkdir -p alt1 alt2 "$T/xdg/sbox/profiles"
setting first > alt1/p.ini
setting second > alt2/p.ini
cp "$TOP_SRCDIR"/profiles/*.ini alt2/
SBOX_PROFILE_PATH=$PWD/alt1:$PWD/alt2 value --profile=p
is "SBOX_PROFILE_PATH: the first hit wins" "$out" first
SBOX_PROFILE_PATH=$PWD/alt2 run sbox --profile=q -- true
is "SBOX_PROFILE_PATH replaces the search" "$status" 125
cp "$TOP_SRCDIR"/profiles/*.ini "$T/xdg/sbox/profiles/"
setting xdg > "$T/xdg/sbox/profiles/p.ini"
XDG_CONFIG_HOME=$T/xdg value --profile=p
is "XDG_CONFIG_HOME" "$out" xdg

# ---- drop-ins
mkdir -p "$conf/p.d" "$conf/base.d" p.d
printf '[namespaces]\nhostname = dropin1\n' > "$conf/p.d/10-a.ini"
value --profile=p
is "a drop-in lies over the file" "$out" dropin1
printf '[namespaces]\nhostname = dropin2\n' > "$conf/p.d/20-b.ini"
value --profile=p
is "drop-ins in C order" "$out" dropin2
printf '[namespaces]\nhostname = text\n' > "$conf/p.d/90-c.txt"
value --profile=p
is "only *.ini" "$out" dropin2
value --profile=p --set namespaces.hostname=cli
is "the command line is the last layer" "$out" cli
printf '[namespaces]\nhostname = no\n' > p.d/x.ini
value --profile=./p.ini
is "a profile given by path has no drop-ins" "$out" here
rm -r "$conf/p.d"
if [ -f "$TOP_SRCDIR/profiles/base.ini" ]; then
	printf '[environment]\nset = FROM_BASE=yes\n' > "$conf/base.d/x.ini"
	run sbox --profile=untrusted -- sh -c 'echo $FROM_BASE'
	is "base.d reaches everything that extends base" "$out" yes
fi
rm -r "$conf/base.d"
mkdir -p "$conf/p.d"
printf '[nonsense]\nx = 1\n' > "$conf/p.d/x.ini"
complains "a broken drop-in is an error that names it" 125 p.d/x.ini sbox --profile=p -- true
rm -r "$conf/p.d"

# ---- extends
setting grandparent > "$conf/g.ini"
printf '[profile]\nextends = g\n' > "$conf/f.ini"
printf '[profile]\nextends = f\n' > "$conf/c.ini"
value --profile=c
is "extends over two steps" "$out" grandparent
setting second > "$conf/g2.ini"
printf '[profile]\nextends = g g2\n' > "$conf/c.ini"
value --profile=c
is "parents in their order: the later one wins" "$out" second
mkdir sub
setting relative > sub/parent.ini
printf '[profile]\nextends = ./sub/parent.ini\n' > child.ini
value --profile=./child.ini
is "a path is relative to the file that says so" "$out" relative
printf '[profile]\nextends = ../child.ini\n' > sub/back.ini
cd /
value --profile="$T/work/sub/back.ini" --cwd=none
is "... wherever the caller is" "$out" relative
cd "$T/work"

# ---- lists and scalars
cat > list.ini << END
[profile]
extends = default
[environment]
set = A=1
set = B=2
[environment]
set = C=3
END
run sbox --profile=./list.ini -- sh -c 'echo $A$B$C'
is "a list key repeated adds; a section may be opened again" "$out" 123
cat > reset.ini << END
[profile]
extends = ./list.ini
[environment]
set =
set = C=4
END
run sbox --profile=./reset.ini -- sh -c 'echo $A$B$C'
is "an empty assignment empties the list inherited so far" "$out" 4
printf '[profile]\nextends = default\n[namespaces]\nhostname = a\nhostname = a\n' > same.ini
value --profile=./same.ini
is "the same thing said twice is no contradiction" "$out" a
printf '[profile]\nextends = default\n[files]\nro = %s\nro = %s\n' "$HOME" "$HOME" > same.ini
check "... in a list either" sbox --profile=./same.ini -- true
printf '[profile]\nextends = default\n[files]\nrw = %s\n' "$T/work/sub" > parent.ini
printf '[profile]\nextends = ./parent.ini\n[files]\nro = %s\n' "$T/work/sub" > child.ini
refuses "a later layer wins over an earlier one" sbox --profile=./child.ini -- sh -c 'echo x > sub/x'
check "... on the command line too" sbox --profile=./child.ini --rw sub -- sh -c 'echo x > sub/x'
mkdir -p "$HOME/v" "$HOME/Docs"
mkdir -p "$HOME/.config"
echo 'XDG_DOCUMENTS_DIR="$HOME/Docs"' > "$HOME/.config/user-dirs.dirs"
printf '[profile]\nextends = default\n[files]\nro = ${HOME}/v\nro = ${XDG_DOCUMENTS_DIR}\nro = ${CWD}/sub\n[environment]\nset = X=${USER}-${UID}\n' > vars.ini
run sbox --profile=./vars.ini -- sh -c 'ls -d ~/v ~/Docs; echo $X'
is "variables" "$status:$(tail -n 1 <<< "$out")" "0:$USER-$(id -u)"

# ---- commands
cat > "$conf/tool.ini" << END
[profile]
extends = default
commands = uname hostname
[namespaces]
hostname = for-uname
END
run sbox uname -n
is "the profile whose commands list COMMAND" "$out" for-uname
run sbox /usr/bin/uname -n
is "... or its path in a standard directory" "$out" for-uname
cp /usr/bin/uname uname
run sbox ./uname -n
is "... not ./uname" "$out" sbox
run sbox --profile=default uname -n
is "--profile beats it" "$out" sbox
cp "$conf/tool.ini" "$conf/tool2.ini"
complains "claimed by two in one directory: an error that names both" 125 tool2 sbox uname -n
has "... both" "$err" tool.ini
rm "$conf/tool2.ini"
SBOX_PROFILE_PATH=$PWD/alt2 run sbox uname -n
is "no profile for it: default" "$out" sbox

# ---- what one permits that another does not
mkdir -p "$HOME/d/in" "$HOME/e"
printf '[profile]\nextends = default\n[files]\nro = ~/d\nrw = ~/e\n[process]\ntimeout = 60\n' > one.ini
printf '[profile]\nextends = default\n[files]\nrw = ~/d\nro = ~/d/in\n[seccomp]\nallow = ptrace\n[capabilities]\nkeep = net_bind_service\n[network]\nmode = host\n[environment]\nset = A=b\n' > two.ini
run sbox profiles --diff ./one.ini ./two.ini
first=${out%%./one.ini permits*} second=${out#*./one.ini permits}
has "profiles --diff: a path, with the line" "$first" "$HOME/d: read -> write  # $PWD/two.ini:4"
hasnt "... not one that is the same on both sides" "$out" "$HOME/d/in:"
has "... what the first alone gives" "$second" "$HOME/e: write -> absent  # $PWD/one.ini:5"
has "... system calls, by group" "$first" "@debug: ptrace"
has "... capabilities" "$first" "keep: none -> net_bind_service"
has "... namespaces" "$first" "network: private -> host"
has "... environment" "$first" "A: none -> b"
has "... a limit that only one has: the other permits more" "$first" "timeout: 60 s -> none"
is "... JSON says the same" "$(sbox profiles --diff --json ./one.ini ./two.ini | python3 -c '
import json, sys
print(*sorted(d["section"] + ":" + d["what"].split("/")[-1] + ":" + str(d.get("more")) for d in json.load(sys.stdin)["differences"] if d["section"] in ("files", "seccomp", "process") and "/etc/" not in d["what"]))')" \
	"files:d:b files:e:a process:timeout:b seccomp:ptrace:b"
evil=$(printf 'e\033[1m.ini')
printf '[profile]\nextends = default\n[environment]\nset = A=\033[1m\n' > "$evil"
run sbox profiles --diff default "./$evil"
hasnt "... and no byte of a name or a value steers the terminal" "$out$err" $'\033'
run sbox profiles --diff default default
is "... nothing" "$out" "default and default permit the same"
complains "... one that is not there" 125 "unknown profile" sbox profiles --diff default nosuch
complains "... one name" 2 "--diff needs two" sbox profiles --diff default
finish
