#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# --json-status-fd: what a program that drives sbox is told, and that the program inside has no part in it.
. "$TOP_SRCDIR/tests/lib/tap.sh"

lines() { # ARG...: $out is what came on the descriptor, $status sbox's own
	run sbox --json-status-fd=3 "$@" 3> status
	out=$(cat status)
}
field() { # LINE-NUMBER KEY
	python3 -c 'import json, sys; print(json.loads(open("status").read().splitlines()[int(sys.argv[1])]).get(sys.argv[2]))' "$1" "$2"
}

lines -- sh -c 'exit 7'
is "two lines" "$(wc -l < status)" 2
is "the first is the start" "$(field 0 event)" start
is "the second is the end" "$(field 1 event):$(field 1 exit-code):$(field 1 cause)" exit:7:exited
like "the start names the process" "$(field 0 child-pid)" '^[0-9]+$'

run sbox --cwd=rw --json-status-fd=3 -- sh -c 'readlink /proc/self/ns/net /proc/self/ns/mnt > ns' 3> status
is "it names the namespaces" "net:[$(field 0 net-namespace)] mnt:[$(field 0 mnt-namespace)]" "$(tr '\n' ' ' < ns | sed 's/ $//')"
run sbox --json-status-fd=3 -- sh -c '(: >&3) 2> /dev/null && echo has it' 3> status
is "the program does not have the descriptor" "$out" ""

lines --name=driven -- true
is "it names the id" "$(field 0 id)" driven
lines -- no-such-program
is "a command that is not found" "$status:$(field 1 exit-code):$(field 1 cause)" 127:127:not-run
lines --set=process.timeout=1s -- sleep 20
is "a timeout" "$(field 1 exit-code):$(field 1 cause)" 143:timeout
lines -- sh -c 'kill -KILL $$'
is "a signal" "$(field 1 exit-code)" 137
lines --ro=/no/such/dir -- true
is "nothing was begun: nothing is said" "$(cat status)" ""

complains() { # DESC TEXT COMMAND...
	run "${@:3}"
	like "$1" "$status:$err" "^125:sbox: .*$2"
}
complains "a descriptor that is not open" "descriptor 9 is not open" sbox --json-status-fd=9 -- true
complains "one of 0 to 2" "no descriptor above 2" sbox --json-status-fd=1 -- true
complains "no number" "no descriptor above 2" sbox --json-status-fd=x -- true
run sbox --json-status-fd=3 --set=process.pass-fds=3 -- true 3> status
like "one that the program gets as well" "$status:$err" "^125:.*pass-fds"
# A reader that has gone is no reason to end anything.
run bash -c '"$SBOX" --json-status-fd=3 -- sh -c "sleep 0.3; exit 5" 3>&1 >/dev/null | true; echo ${PIPESTATUS[0]}'
like "a reader that has gone" "$out" '^(5|125)$'
# ... and neither is one that does not read: the pipe is full before sbox begins.
run timeout 20 python3 - << 'END'
import fcntl, os, subprocess
r, w = os.pipe()
fcntl.fcntl(w, fcntl.F_SETFL, os.O_NONBLOCK)
try:
    while True:
        os.write(w, b"x" * 65536)
except BlockingIOError:
    pass
fcntl.fcntl(w, fcntl.F_SETFL, 0)
p = subprocess.run([os.environ["SBOX"], f"--json-status-fd={w}", "--", "true"], pass_fds=[w], stderr=subprocess.PIPE, text=True, check=False)
print(p.returncode, p.stderr)
END
like "a reader that does not read: an error, and no hanging" "$out" '^125 sbox: cannot write to the descriptor of --json-status-fd'
finish
