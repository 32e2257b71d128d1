#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Whatever it is given: one clear message, the right status, nothing run, nothing left.
. "$TOP_SRCDIR/tests/lib/tap.sh"

ini() { # NAME: a profile by path, from stdin
	cat > "$1.ini"
}
by_path() {
	sbox --profile="./$1.ini" -- sh -c 'echo was run'
}

complains "no command" 2 "" sbox
complains "an unknown option" 2 --profil sbox --profil=x -- true
complains "an option without its value" 2 --ro sbox --ro
complains "an unknown profile, with the nearest" 125 untrusted sbox --profile=untrustd -- true
complains "a profile by a path that is not there" 125 nowhere.ini sbox --profile=./nowhere.ini -- true
complains "an empty profile name" 125 "" sbox --profile= -- true
complains "a profile name that climbs" 125 "" sbox --profile=.. -- true

ini shut <<< '[profile]'
chmod 000 shut.ini
complains "an unreadable profile" 125 shut.ini by_path shut
mkdir dir.ini
complains "a directory as profile" 125 dir.ini by_path dir
mkfifo fifo.ini
complains "a FIFO as profile does not hang" 125 fifo.ini timeout -k 1 5 "$SBOX" --profile=./fifo.ini -- true
complains "a device as profile" 125 /dev/zero timeout -k 1 10 "$SBOX" --profile=/dev/zero -- true
complains "a terminal-less /dev/tty as profile" 125 "" timeout -k 1 5 setsid -w "$SBOX" --profile=/dev/tty -- true
complains "/dev/null is no profile either" 125 /dev/null sbox --profile=/dev/null -- true
head -c 20000 /dev/urandom > garbage.ini
complains "binary garbage" 125 garbage.ini by_path garbage
like "... never reaches the terminal raw" "$(printf %s "$err" | LC_ALL=C tr -d '\n\t\040-\176' | wc -c)" '^0$'
printf '[files]\nro = /usr\0/etc\n' > nul.ini
complains "a NUL byte" 125 nul.ini:2 by_path nul
printf '[profile]\ndescription = \033[2J\033]0;title\007\n[files]\nnothing = 1\n' > escape.ini
complains "an escape sequence" 125 escape.ini by_path escape
hasnt "... is not printed raw" "$err" $'\033'
printf '\xef\xbb\xbf[profile]\r\nextends = default\r\n' > crlf.ini
run by_path crlf
case $status in
0) pass "a file with a BOM and CRLF is either read or refused" ;;
*) complains "a file with a BOM and CRLF is either read or refused" 125 crlf.ini by_path crlf ;;
esac
head -c 3000000 /dev/zero | tr '\0' '#' > huge.ini
complains "a huge profile" 125 huge.ini by_path huge
{ echo '[files]'; printf 'ro = /%s\n' "$(head -c 5000 /dev/zero | tr '\0' x)"; } > long.ini
complains "an overlong line" 125 long.ini:2 by_path long

ini key <<< $'[files]\nrwx = /tmp'
complains "an unknown key names file, line and the nearest" 125 key.ini:2 by_path key
has "... the nearest" "$err" "rw"
ini section <<< $'[file]\nrw = /tmp'
complains "an unknown section" 125 section.ini:1 by_path section
has "... the nearest" "$err" files
ini word <<< $'[network]\nmode = nome'
complains "an unknown word" 125 word.ini:2 by_path word
has "... the nearest" "$err" none
ini var <<< $'[files]\nro = ${HOMEE}/x'
complains "an unknown variable" 125 var.ini:2 by_path var
has "... the nearest" "$err" HOME
ini unit <<< $'[files]\ntmp-size = 10Q'
complains "an unknown unit" 125 unit.ini:2 by_path unit
ini range <<< $'[process]\nnice = 77'
complains "a number out of range" 125 range.ini:2 by_path range
ini indent <<< $'[files]\nro = /usr\n  /etc'
complains "an indented line" 125 indent.ini:3 by_path indent
ini semicolon <<< $'[environment]\nset = A=b ;c'
complains "a ' ;' inside a value" 125 semicolon.ini:2 by_path semicolon
ini nosection <<< 'ro = /usr'
complains "a key before any section" 125 nosection.ini:1 by_path nosection
ini noequals <<< $'[files]\nro /usr'
complains "a line without =" 125 noequals.ini:2 by_path noequals
ini empty <<< $'[network]\nmode ='
complains "an empty scalar" 125 empty.ini:2 by_path empty
ini relative <<< $'[files]\nro = usr/share'
complains "a relative path in a profile" 125 relative.ini:2 by_path relative
ini missing <<< $'[files]\nsystem = host\nro = /no/such/place'
complains "a missing source names the line" 125 missing.ini:3 by_path missing
ini twice <<< $'[network]\nmode = none\nmode = host'
complains "two lines that contradict each other name both" 125 twice.ini:3 by_path twice
has "... both" "$err" 2
ini contradiction <<< $'[files]\nsystem = host\nro = /usr/share\nrw = /usr/share'
complains "ro and rw of one path name both lines" 125 contradiction.ini:4 by_path contradiction
ini sysadmin <<< $'[capabilities]\nkeep = sys_admin'
complains "sys_admin is refused" 125 sysadmin.ini:2 by_path sysadmin

# Loops.
ini a <<< $'[profile]\nextends = ./b.ini'
ini b <<< $'[profile]\nextends = ./a.ini'
complains "an extends cycle" 125 a.ini by_path a
has "... is shown as a chain" "$err" b.ini
ini self <<< $'[profile]\nextends = ./self.ini'
complains "a profile that extends itself" 125 self.ini by_path self
ini orphan <<< $'[profile]\nextends = nobody-has-this'
complains "a parent that does not exist names the line" 125 orphan.ini:2 by_path orphan
ln -s loop-b.ini loop-a.ini
ln -s loop-a.ini loop-b.ini
complains "a symlink loop as profile" 125 loop-a.ini by_path loop-a
ln -s loop2 loop1
ln -s loop1 loop2
complains "a symlink loop as source" 125 loop1 sbox --ro loop1 -- true

# Several problems: the first three and a way to see all.
ini many <<< $'[files]\na = 1\nb = 2\nc = 3\nd = 4\ne = 5'
complains "many problems: the first three are shown" 125 many.ini:4 by_path many
hasnt "... not the fourth" "$err" many.ini:5
like "... and how to see all" "$err" '2 more: sbox check .*many.ini'
run sbox check ./many.ini
is "check exits 1" "$status" 1
is "check shows all" "$(grep -c 'many.ini:[2-6]' <<< "$out$err")" 5

# Who may have written it.
ini world <<< '[profile]'
chmod 666 world.ini
complains "a profile that everybody can write" 125 world.ini by_path world
mkdir -p open
chmod 777 open
cp key.ini open/x.ini
complains "a bad profile never runs its program" 125 "" sbox --profile=./key.ini -- sh -c 'echo was run'
mkdir -p "$HOME/.config/sbox/profiles"
echo '[profile]' > "$HOME/.config/sbox/profiles/everybody.ini"
chmod 666 "$HOME/.config/sbox/profiles/everybody.ini"
complains "the same for one of the user's directory" 125 everybody.ini sbox --profile=everybody -- true
rm "$HOME/.config/sbox/profiles/everybody.ini"

# The caller's state.
for closed in '0<&-' '1>&-' '0<&- 1>&-' '0<&- 1>&- 2>&-'; do
	eval "\"\$SBOX\" -- true $closed"
	is "closed $closed" "$?" 0
	eval "\"\$SBOX\" -- sh -c 'exit 9' $closed"
	is "closed $closed, status" "$?" 9
done
run bash -c 'ulimit -n 10; exec "$SBOX" -- true'
case $status in
0) pass "RLIMIT_NOFILE = 10" ;;
*) complains "RLIMIT_NOFILE = 10" 125 "" bash -c 'ulimit -n 10; exec "$SBOX" -- true' ;;
esac
for n in 3 4 5 6 7 8; do
	run bash -c "ulimit -n $n; exec \"\$SBOX\" -- true"
	like "RLIMIT_NOFILE = $n: it works or says why not" "$status:${err:0:6}" '^(0:|125:sbox: |12[67]:)'
done
run bash -c 'ulimit -v 20000; exec "$SBOX" -- true'
like "RLIMIT_AS = 20 MB" "$status:${err:0:6}" '^(0:|125:sbox: |127:)'
# stderr is a pipe here: a file could not take the message.
run bash -c '{ ulimit -f 0; "$SBOX" -- true; echo "status $?" > /dev/stderr; } 2>&1 | cat >&2; exit "${PIPESTATUS[0]}"'
like "RLIMIT_FSIZE = 0: it works or says why not" "$err" '^(status 0|sbox: )'
run env -u HOME "$SBOX" -- sh -c 'echo ~'
like "HOME unset: the passwd file is asked, or it is said" "$status:$err" '^(0:|125:sbox: .*HOME)'
run env HOME=relative/home "$SBOX" -- true
like "HOME relative" "$status:$err" '^(0:|125:sbox: .*HOME)'
run env HOME= "$SBOX" -- true
like "HOME empty" "$status:$err" '^(0:|125:sbox: .*HOME)'
run env HOME=/no/such/home "$SBOX" -- sh -c 'touch ~/x && echo ~'
is "a home that is not there" "$status:$out" 0:/no/such/home
run env HOME=/ "$SBOX" --cwd=none -- true
like "HOME=/" "$status:$err" '^(0:|125:sbox: .*HOME)'
run env -u XDG_RUNTIME_DIR "$SBOX" -- true
is "no runtime directory" "$status" 0
run env XDG_RUNTIME_DIR=/no/such/dir "$SBOX" -- true
is "a runtime directory that is not there" "$status" 0
run env XDG_CONFIG_HOME=relative "$SBOX" -- true
is "a relative XDG_CONFIG_HOME is ignored" "$status" 0
run env -u USER -u LOGNAME -u SHELL -u TERM -u PATH "$SBOX" -- true
is "none of USER, LOGNAME, SHELL, TERM, PATH" "$status" 0
run env USER=$'x\ny:0:0' "$SBOX" -- sh -c 'wc -l < /etc/passwd; id -u'
hasnt "a USER with a newline makes no second passwd entry" "$(sed -n 1p <<< "$out"):$status" "0:0"
has "... and the ids are right" "$out" "$(id -u)"
run "$PROBE" argc0 "$SBOX"
is "argc = 0" "$status:${err:0:6}" "2:sbox: "

# The kernel says no.
# In a user namespace the tree's owner may be nobody, and a profile of nobody's is refused: copies are our own.
mkdir "$T/own"
cp "$TOP_SRCDIR"/profiles/*.ini "$T/own/"
cat > nouserns.sh << 'END'
echo 0 > /proc/sys/user/max_user_namespaces
exec "$SBOX" -- sh -c 'echo was run'
END
SBOX_PROFILE_PATH=$T/own run unshare -r sh nouserns.sh
is "user namespaces disabled: status, nothing run" "$status:$out" 125:
has "... the sysctl is named" "$err" max_user_namespaces
is "... in one message" "$(grep '^sbox: ' <<< "$err" | grep -vc ': warning: ')" 1
run sbox --ro "$SBOX:/srv/sbox" -- /srv/sbox -- true
case $status in
125) like "sbox inside sbox: one clear message" "$err" '^sbox: ' ;;
*) fail "sbox inside sbox: one clear message" "$status" "$err" ;;
esac
is "... one" "$(grep -c '^sbox: ' <<< "$err")" 1

# Set-id and file capabilities.
for kind in setuid setgid caps; do
	if [ -x "$SET_ID_DIR/$kind" ]; then
		complains "sbox refuses to run when it is $kind" 125 "" "$SET_ID_DIR/$kind" -- true
		complains "... for explain too" 125 "" "$SET_ID_DIR/$kind" explain
	else
		skip "sbox refuses to run when it is $kind" "only root can make such a copy, and not where nosuid is mounted"
	fi
done

# Many and long arguments go through.
run sbox -- sh -c 'echo $#' sh $(seq 20000)
is "20,000 arguments" "$out" 20000
run sbox -- printf %s "$(head -c 100000 /dev/zero | tr '\0' a)"
is "an argument of 100,000 bytes" "${#out}" 100000
run sbox -- printf '%s|' "" $'a\nb' $'\xff\xfe' "--" "-x" '$(id)' '`id`' '*'
is "odd arguments arrive as they are" "$out" "|"$'a\nb'"|"$'\xff\xfe'"|--|-x|\$(id)|\`id\`|*|"
finish
