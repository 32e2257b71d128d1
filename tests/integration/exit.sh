#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The exit status: the program's own, or why it has none.
. "$TOP_SRCDIR/tests/lib/tap.sh"

for n in 0 1 7 42 126 127 255; do
	run sbox -- sh -c "exit $n"
	is "exit $n" "$status" "$n"
done
for signal in HUP:1 INT:2 KILL:9 USR1:10 SEGV:11 PIPE:13 TERM:15; do
	run sbox -- sh -c "kill -${signal%:*} \$\$"
	is "ended by SIG${signal%:*}" "$status" $((128 + ${signal#*:}))
done
echo 'not a program' > plain
printf '\177ELF\2\1\1 and then nothing of it' > broken
chmod +x broken
complains "127: no such command" 127 no-such-command sbox -- no-such-command
complains "127: no such path" 127 ./nothing sbox -- ./nothing
complains "127: an empty word" 127 "" sbox -- ""

# ---- a tool of one's own ----
mkdir -p "$HOME/bin" "$HOME/.config/sbox/profiles"
printf '#!/bin/sh\necho "own $WHO"\n' > "$HOME/bin/own-tool"
chmod +x "$HOME/bin/own-tool"
printf '[profile]\nextends = default\ncommands = own-tool\n[files]\nro = ~/bin\n[environment]\nset = WHO=tool\n' > "$HOME/.config/sbox/profiles/mine.ini"
complains "by its name: the PATH inside does not lead to it" 127 "call it as $HOME/bin/own-tool" env "PATH=$HOME/bin:$PATH" "$SBOX" own-tool
run env "PATH=$HOME/bin:$PATH" "$SBOX" "$HOME/bin/own-tool"
is "... by its path: it runs, with the profile that lists its name" "$out" "own tool"
complains "... which takes none where no PATH leads" 127 "" env "PATH=/usr/bin:/bin" "$SBOX" "$HOME/bin/own-tool"
complains "126: not executable" 126 plain sbox -- ./plain
complains "126: a directory" 126 "" sbox -- /usr
complains "126: a damaged program" 126 broken sbox -- ./broken
complains "125: sbox itself failed" 125 nowhere sbox --ro "$HOME/nowhere" -- true
complains "2: wrong usage" 2 --no-such-option sbox --no-such-option -- true
complains "2: no command" 2 "" sbox
complains "2: no command after --" 2 "" sbox --
printf '#!/no/such/interpreter\n' > script
chmod +x script
complains "126: a script without its interpreter, which is named" 126 /no/such/interpreter sbox -- ./script
printf 'echo run by the shell "$@"; exit 4\n' > noline
chmod +x noline
run sbox -- ./noline "a  b" c
is "a script without a first line is the shell's, as execvp(3) has it" "$status:$out" "4:run by the shell a  b c"

# timeout
start=$(date +%s%N)
run sbox --set process.timeout=300ms -- sleep 60
is "timeout: SIGTERM, 143" "$status" 143
like "... after 300 ms" "$((($(date +%s%N) - start) / 1000000))" '^([3-9][0-9]{2}|[1-9][0-9]{3,4})$'
start=$(date +%s%N)
# time for bash to come to its trap
run sbox --set "process.timeout=$((500 * ${SBOX_TEST_SLOWDOWN:-1}))ms" -- bash -c 'trap "" TERM; while :; do sleep 1; done'
is "timeout: a program that ignores it is killed, 137" "$status" 137
like "... five seconds later" "$((($(date +%s%N) - start) / 100000000))" '^([5-9][0-9]|[1-9][0-9]{2})$'
run sbox --set process.timeout=10s -- sh -c 'exit 3'
is "timeout: a program that is done in time keeps its status" "$status" 3

# What the program leaves behind.
start=$(date +%s)
run sbox -- sh -c 'sleep 1000 & exit 3'
is "on-exit = kill: the status is the program's" "$status" 3
like "... and what it left does not hold things up" "$(($(date +%s) - start))" '^[01]$'
run sbox --cwd=rw --set process.on-exit=wait -- sh -c '(sleep 0.5; echo late > late) & exit 4'
is "on-exit = wait: what it left is waited for" "$status:$(cat late)" 4:late
run sbox -- sh -c '(sh -c "kill -9 \$\$") ; exit 5'
is "a dying child is not the program" "$status" 5
run sbox -- sh -c 'sh -c "sleep 0.2" & exec sh -c "exit 6"'
is "exec keeps the program the program" "$status" 6

# Orphans are reaped.
run sbox -- python3 -c '
import os, time
for _ in range(50):
    if os.fork() == 0:
        if os.fork() == 0:
            os._exit(0)
        os._exit(0)
for _ in range(50):
    os.wait()
time.sleep(0.3)
states = [open(f"/proc/{p}/stat").read().split(")")[1].split()[0] for p in os.listdir("/proc") if p.isdigit()]
print(states.count("Z"))'
is "orphans are reaped" "$out" 0
finish
