#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# [hooks] and [process] log: who may ask for them, what they get, and what the program cannot do to them.
. "$TOP_SRCDIR/tests/lib/tap.sh"

mkdir -p "$HOME/bin" "$HOME/.config/sbox/profiles" "$HOME/given"
note=$T/note
cat > "$HOME/bin/hook" << END
#!/bin/sh
echo "\$SBOX_HOOK status=\$SBOX_STATUS name=\$SBOX_PROFILE_NAME cwd=\$SBOX_CWD pwd=\$(pwd) args=\$*" >> $note
ls /proc/self/fd | wc -l >> $note.fds
END
chmod 755 "$HOME/bin/hook"
hooks() { printf '[hooks]\nbefore = %s\nafter = %s\n' "$1" "$1"; }
{ printf '[profile]\nextends = default\n' && hooks "$HOME/bin/hook"; } > "$HOME/.config/sbox/profiles/hooked.ini"
notes() { cat "$note" 2> /dev/null; rm -f "$note"; }

# ---- hooks
run sbox --profile=hooked -- sh -c 'ls -d ~/bin; exit 3'
is "before and after run outside, with the profile's name, the command and the status" "$(notes)" \
"before status= name=hooked cwd=$PWD pwd=/ args=sh -c ls -d ~/bin; exit 3
after status=3 name=hooked cwd=$PWD pwd=/ args=sh -c ls -d ~/bin; exit 3"
is "... the program's status is sbox's, its output no hook's" "$status:$out" 3:
is "... with no descriptor but 0, 1 and 2 (and ls's own)" "$(sort -u "$note.fds")" 4
SBOX_STATUS=77 SBOX_HOOK=after SBOX_PROFILE_NAME=caller run sbox --profile=hooked -- true
has "... what the caller calls so is not handed on" "$(notes)" "before status= name=hooked"
run sbox --profile=hooked -- nonexistent
has "after runs when the program was not found" "$(notes)" "after status=127"
run sbox --profile=hooked -- sh -c 'kill -TERM $$'
has "... when a signal ended it" "$(notes)" "after status=143"
run sbox --profile=hooked --set process.timeout=200ms -- sleep 60
has "... when its time was over" "$(notes)" "after status=143"
run sbox --profile=hooked --set hooks.before=/bin/false -- touch "$HOME/given/ran"
is "a before that fails stops the launch" "$status:$(ls "$HOME/given")" 125:
has "... says which" "$err" "/bin/false ended with status 1, so nothing was run"
has "... and after runs all the same: the first before was begun" "$(notes)" "after status=125"
run sbox --set hooks.after=/bin/false -- true
is "an after that fails is a warning" "$status" 0
has "... that names the line" "$err" "hooks.after: warning: /bin/false ended with status 1"
cat > "$HOME/bin/waiter" << END
#!/bin/sh
sleep 30 &
trap 'kill \$!; exit 0' TERM
: > $T/waits
wait
END
chmod 755 "$HOME/bin/waiter"
"$SBOX" --set hooks.before="$HOME/bin/waiter" -- touch "$HOME/given/ran" 2> stopped & pid=$!
for _ in $(seq 200); do [ -e "$T/waits" ] && break; sleep 0.05; done
kill -TERM "$pid"
wait "$pid"
is "SIGTERM while a hook runs goes to the hook, and nothing is run after it" "$?:$(ls "$HOME/given"):$(grep -c 'waiter ended with status 143' stopped)" 125::1
"$SBOX" --profile=hooked -- sleep 100 & pid=$!
for _ in $(seq 200); do [ -s "$note" ] && pgrep -P "$pid" > /dev/null && break; sleep 0.05; done
sleep 0.2
kill -KILL "$pid"
wait "$pid" 2> /dev/null
for _ in $(seq 200); do grep -q after "$note" && break; sleep 0.05; done
has "after runs when the supervisor was killed" "$(notes)" "after status=137"
run sbox check --run hooked
is "a trial of the profile runs no hook" "$(notes)" ""

# ---- who may set them
cp "$HOME/.config/sbox/profiles/hooked.ini" ./mine.ini
complains "not a profile given by its path" 125 "not from a profile given by its path" sbox --profile=./mine.ini -- true
printf '[profile]\nextends = %s/mine.ini\n' "$PWD" > "$HOME/.config/sbox/profiles/child.ini"
complains "... nor by way of an installed one that extends it" 125 "mine.ini:4: before: a hook is taken from" sbox --profile=child -- true
SBOX_PROFILE_PATH=$PWD:$TOP_SRCDIR/profiles complains "... nor one from SBOX_PROFILE_PATH" 125 "a hook is taken from" sbox --profile=mine -- true
chmod g+w "$HOME/bin/hook"
complains "not a program that others can write" 125 "others can write $HOME/bin/hook" sbox --profile=hooked -- true
chmod g-w "$HOME/bin/hook"
mkdir open && chmod 777 open && cp "$HOME/bin/hook" open/hook
complains "... or replace" 125 "everybody can write $PWD/open" sbox --set hooks.before=open/hook -- true
complains "not a program that the sandbox can write" 125 "the sandbox can write there (option --rw)" \
	sbox --profile=hooked --rw="$HOME" -- true
ln -s "$HOME/bin/hook" "$HOME/given/link"
complains "... nor a link that it could replace" 125 "the sandbox can write there" \
	sbox --rw="$HOME/given" --set hooks.after="$HOME/given/link" -- true
check "an overlay's changes are not the host's" sbox --overlay="$HOME/given" --set hooks.after="$HOME/given/link" -- true
notes > /dev/null
complains "a missing program" 125 "cannot run $HOME/nothing" sbox --set hooks.before="$HOME/nothing" -- true

# ---- log
log=$HOME/out.log
run sbox --set process.log="$log" -- sh -c 'echo one; printf "\033[31mtwo\nrest" >&2; exit 4'
is "log: nothing of it is on stdout or stderr" "$status:$out:$err" 4::
like "... each line has time, profile, pid and where it came from" "$(cat "$log")" \
	'20[0-9-]+T[0-9:.]+Z default\[[0-9]+\] out: one'
has "... control bytes are escaped" "$(cat "$log")" 'out: \x1b[31mtwo'
has "... what has no newline at the end is there" "$(cat "$log")" 'out: rest'
like "... sbox's own lines: the start" "$(grep ' sbox: started: ' "$log")" 'Z default\[[0-9]+\] sbox: started: sh -c '
like "... and the end" "$(tail -1 "$log")" 'Z default\[[0-9]+\] sbox: ended: status 4$'
is "... readable by the user alone" "$(stat -c %a "$log")" 600
before=$(cat "$log")
run sbox --set process.log="$log" -- sh -c 'echo "sbox: ended: status 0"; : > /proc/self/fd/1; exec 3<>/proc/self/fd/1; truncate -s 0 /proc/self/fd/1; cat ~/out.log'
is "log: it is appended to, and the program cannot take anything back" "$(head -n "$(wc -l <<< "$before")" "$log")" "$before"
has "... or say a line in sbox's name" "$(cat "$log")" "out: sbox: ended: status 0"
run sbox --set process.log="$log" --set process.timeout=100ms -- sleep 60
has "... sbox's messages are in it" "$(cat "$log")" "] sbox: timeout after 0.1 s"
has "... and on stderr too" "$err" "sbox: timeout after 0.1 s"
run sbox --set process.log="$log" -- sh -c 'head -c 9000 /dev/zero | tr "\0" x'
is "... an endless line comes in parts" "$(grep -c 'out: x*$' "$log")" 3
complains "log: not where the program can write" 125 "the sandbox can write there" sbox --rw="$HOME/given" --set process.log="$HOME/given/l" -- true
mkfifo "$T/fifo"
mkdir -p "$HOME/logs"
ln -sfn "$HOME/logs" "$HOME/given/link"
complains "log: nor by way of a link that it can turn elsewhere" 125 "the sandbox can write there" \
	sbox --rw="$HOME/given" --set process.log="$HOME/given/link/l" -- true
complains "log: not a FIFO" 125 "not a file" sbox --set process.log="$T/fifo" -- true
complains "log: not in a directory that is not there" 125 "cannot write" sbox --set process.log="$T/none/l" -- true
if [ -S /run/systemd/journal/stdout ]; then
	check "log = journal" sbox --set process.log=journal -- echo to the journal
else
	complains "log = journal, without one" 125 "cannot reach the journal" sbox --set process.log=journal -- true
fi
if have script; then
	run script -qec "'$SBOX' --set process.log=$log -- sh -c 'read x; echo got \$x; test -t 0 && ! test -t 1 && echo split'" /dev/null <<< word
	has "log: stdin stays the (private) terminal" "$(tail -3 "$log")" "out: split"
fi
finish
