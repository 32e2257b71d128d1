#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Signals reach the program as if it ran bare.  (jobcontrol.py asks the same of a terminal.)
. "$TOP_SRCDIR/tests/lib/tap.sh"

# The program says when it is ready, so no signal comes too early.
signalled() { # SIGNAL HANDLER-SCRIPT [SBOX-ARG...]
	local signal=$1 script=$2 pid
	shift 2
	rm -f ready
	mkfifo ready
	"$SBOX" "$@" -- bash -c "$script" > ready 2> "$T/stderr" &
	pid=$!
	read -r -t 10 line < ready
	[ "$line" = ready ] || echo "# the program did not start: $line"
	kill "-$signal" "$pid"
	wait "$pid"
	status=$?
	err=$(cat "$T/stderr")
	tap_command="kill -$signal of sbox -- bash -c '$script'"
}

for signal in TERM HUP INT USR1 USR2 QUIT WINCH CONT; do
	signalled $signal "trap 'exit 42' $signal; echo ready; while :; do sleep 0.02; done"
	is "SIG$signal is handed to the program" "$status" 42
done
for signal in TERM:15 HUP:1 INT:2 USR1:10; do
	signalled "${signal%:*}" 'echo ready; exec sleep 60'
	is "SIG${signal%:*} ends a program that does not handle it" "$status" $((128 + ${signal#*:}))
done
signalled TERM 'trap "" TERM; echo ready; sleep 0.3; exit 9'
is "a program may ignore SIGTERM" "$status" 9
signalled KILL 'echo ready; exec sleep 60'
is "SIGKILL of the launcher" "$status" 137

# What the caller left of masks and dispositions does not come in.
run env --ignore-signal=INT,TERM,QUIT,PIPE,USR1 --block-signal=USR2,ALRM "$SBOX" -- cat /proc/self/status
is "no signal is blocked, ignored or caught" "$(awk '/^Sig(Blk|Ign|Cgt):/ { print $2 }' <<< "$out" | sort -u)" 0000000000000000
run env --ignore-signal=CHLD timeout -k 5 30 "$SBOX" -- sh -c 'sleep 0.1; exit 7'
is "SIGCHLD ignored by the caller" "$status" 7
run env --block-signal=CHLD timeout -k 5 30 "$SBOX" -- sh -c 'exit 7'
is "SIGCHLD blocked by the caller" "$status" 7
run env --ignore-signal=TERM timeout -k 5 30 "$SBOX" --set process.timeout=200ms -- sleep 60
is "SIGTERM ignored by the caller: a timeout still works" "$status" 143

# The whole pipeline in one go, as a shell does it.
run bash -c 'timeout -s TERM 0.3 "$SBOX" -- sleep 60; echo $?'
is "timeout(1) around the launcher" "$out" 124
run bash -c 'timeout -s KILL 0.3 "$SBOX" -- sleep 61.5; echo $?'
has "timeout -s KILL around the launcher" "$out" 137
for _ in {1..50}; do
	run pgrep -fx 'sleep 61.5'
	[ -n "$out" ] || break
	sleep 0.1
done
is "... and the program is gone" "$out" ""

# STOP and CONT of the launcher's group, as a shell without a terminal does it.
rm -f ready
mkfifo ready
"$SBOX" -- sh -c 'echo ready; sleep 0.4; exit 12' > ready &
pid=$!
read -r line < ready
kill -STOP "$pid"
sleep 0.1
is "a stopped launcher is stopped" "$(ps -o state= -p "$pid")" T
kill -CONT "$pid"
wait "$pid"
is "... and goes on" "$?" 12

# nice, umask, rlimits: attributes of the program.
run sbox --set process.nice=5 -- nice
is "nice" "$out" 5
run sbox --set process.umask=077 -- sh -c umask
is "umask" "$out" 0077
(umask 027 && run sbox -- sh -c umask && cp "$T/stderr" /dev/null && echo "$out" > "$T/umask")
is "the umask is the caller's" "$(cat "$T/umask")" 0027
run sbox --set rlimits.nofile=100:200 --set rlimits.stack=4M --set rlimits.fsize=1M -- sh -c 'ulimit -Sn; ulimit -Hn; ulimit -s; ulimit -f'
is "rlimits" "$out" "100
200
4096
2048"
run sbox --cwd=rw --set rlimits.fsize=1M -- sh -c 'head -c 2000000 /dev/zero > big'
is "a limit holds" "$(stat -c %s big)" 1048576
run sbox -- sh -c 'ulimit -c; cat /proc/self/limits | grep core'
like "core files are off, and no handler is run (1 byte, not 0)" "$out" 'core file size +1 +1 '
run sbox --set rlimits.nproc=20 -- python3 -c '
import os, time
n = 0
try:
    for _ in range(100):
        if os.fork() == 0:
            time.sleep(2); os._exit(0)
        n += 1
except BlockingIOError:
    pass
print(n < 20)'
is "nproc bounds the tasks of the sandbox" "$out" True
run sbox --set process.oom-score-adj=321 -- cat /proc/self/oom_score_adj
is "oom-score-adj" "$out" 321
for bad in nofile=many nofile=-1 nofile=10:5 core=x fsize=; do
	complains "rlimits.$bad is refused" 125 "" sbox --set "rlimits.$bad" -- true
done
finish
