#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Each sandbox has namespaces of its own, and none can be made inside.
. "$TOP_SRCDIR/tests/lib/tap.sh"

ns_of() { # SBOX-ARG... : "user=…", one a line
	run sbox "$@" -- sh -c 'for ns in user mnt pid ipc uts cgroup net time; do echo "$ns $(readlink /proc/self/ns/$ns)"; done'
}

outside() {
	readlink "/proc/self/ns/$1"
}

ns_of
is "a plain run works" "$status" 0
for ns in user mnt pid ipc uts cgroup net; do
	like "$ns is read inside" "$out" "$ns $ns:\[[0-9]+\]"
	hasnt "$ns is not the host's" "$out" "$ns $(outside "$ns")"
done
has "time is the host's" "$out" "time $(outside time)"

for ns in ipc uts cgroup; do
	ns_of --set "namespaces.$ns=host"
	has "$ns = host shares it" "$out" "$ns $(outside "$ns")"
	hasnt "$ns = host shares nothing else" "$out" "mnt $(outside mnt)"
done
ns_of --net=host
has "--net=host shares the network" "$out" "net $(outside net)"

# The second user namespace: mounts and network belong to one that the program is not in, so no capability that it might
# get reaches them.  NS_GET_USERNS answers EPERM for an owner outside of the caller's namespace.
cp "$PROBE" probe
for ns in mnt net pid uts ipc cgroup; do
	run sbox -- ./probe ns-owner "$ns"
	is "$ns belongs to a user namespace above the program's" "$out" EPERM
done
run sbox -- cat /proc/sys/user/max_user_namespaces
like "the limit on user namespaces cannot be raised" "$(sbox -- sh -c 'echo 9999 > /proc/sys/user/max_user_namespaces' 2>&1)" "[Rr]ead-only|[Pp]ermission"

refuses "unshare -U" sbox -- unshare -U true
refuses "unshare -Ur" sbox -- unshare -Ur true
refuses "unshare -m" sbox -- unshare -m true
refuses "unshare -n" sbox -- unshare -n true
refuses "unshare --pid --fork" sbox -- unshare --pid --fork true
refuses "unshare -U as root inside" sbox --set ids.user=root -- unshare -U true

# Behind the filter stands a limit in the first namespace, which the second one uses up.  The user outside owns the first
# and may enter it: not even with all capabilities there can one more be made.
cat > limit.py << 'END'
import ctypes, fcntl, os, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)
p = subprocess.Popen([os.environ["SBOX"], *sys.argv[1:], "--", "sh", "-c", "echo ready; read line"], stdin=subprocess.PIPE,
                     stdout=subprocess.PIPE)
p.stdout.readline()
init = int(open(f"/proc/{p.pid}/task/{p.pid}/children").read().split()[0])
program = int(open(f"/proc/{init}/task/{init}/children").read().split()[0])
second = os.open(f"/proc/{program}/ns/user", os.O_RDONLY)
first = fcntl.ioctl(second, 0xb702)  # NS_GET_PARENT
if os.fork() == 0:
    if libc.setns(first, 0x10000000) < 0:
        print("setns", os.strerror(ctypes.get_errno()), flush=True)
    elif libc.unshare(0x10000000) < 0:
        print(os.strerror(ctypes.get_errno()), flush=True)
    else:
        print("made", flush=True)
    os._exit(0)
os.wait()
p.stdin.close()
p.wait()
END
run python3 limit.py
is "the first user namespace has room for the second one and no more" "$out" "No space left on device"
run python3 limit.py --set namespaces.nested=full
is "(with nested = full there is no such limit)" "$out" made

# nested = sandbox: what browsers use, and no mount call.
run sbox --set namespaces.nested=sandbox -- unshare -Ur id -u
is "nested = sandbox allows a user namespace" "$status:$out" 0:0
run sbox --set namespaces.nested=sandbox -- unshare -Urn true
is "nested = sandbox allows a network namespace in it" "$status" 0
refuses "nested = sandbox keeps mount shut" sbox --set namespaces.nested=sandbox -- unshare -Urm mount -t tmpfs tmpfs /tmp
# nested = full: an inner launcher works.
run sbox --set namespaces.nested=full -- unshare -Urm sh -c 'mount -t tmpfs tmpfs /tmp && echo mounted'
is "nested = full allows mounts in a namespace of its own" "$status:$out" 0:mounted
run sbox --set namespaces.nested=full -- unshare -Urpmf --mount-proc sh -c 'ls /proc | grep -c "^[0-9]"'
is "nested = full allows a fresh /proc" "$status" 0
for ns in user mnt; do
	run sbox --set namespaces.nested=full -- ./probe ns-owner mnt
	is "nested = full still runs below the namespace that owns the mounts ($ns)" "$out" EPERM
done
refuses "nested = full does not undo what hides" sbox --set namespaces.nested=full -- unshare -Urm umount /tmp

run sbox -- uname -n
is "the host name is sbox" "$out" sbox
run sbox --set namespaces.hostname=cell7 -- uname -n
is "hostname = cell7" "$out" cell7
run sbox --set namespaces.uts=host -- uname -n
is "uts = host keeps the host's name" "$out" "$(uname -n)"

# Processes.
run sbox -- cat /proc/1/comm
is "pid 1 is sbox-init" "$out" sbox-init
run sbox -- sh -c 'echo $$'
like "the program is not pid 1" "$out" '^([2-9]|[0-9]{2,})$'
run sbox -- sh -c 'ls -d /proc/[0-9]* | wc -l'
like "only the sandbox's own processes are visible" "$out" '^[1-6]$'
run sbox -- sh -c "kill -0 $$"
is "no process of the host can be signalled" "$status" 1
run sbox -- bash -c 'read -ra s < /proc/self/stat; echo "${s[5]}"'
like "a session id of the host is not shown" "$out" '^[0-9]+$'

# ---- clocks
clocks='import time; print(int(time.clock_gettime(time.CLOCK_MONOTONIC)), int(time.clock_gettime(time.CLOCK_BOOTTIME)), int(time.time()))'
if [ -e /proc/self/ns/time ]; then
	moved() { # SBOX-ARG...: how far each clock is from the host's, to ten seconds
		local before after
		before=$(python3 -c "$clocks")
		run sbox "$@" -- python3 -c "$clocks"
		after=$out
		python3 -c 'import sys
a, b = (list(map(int, text.split())) for text in sys.argv[1:])
print(*(round(y - x, -2) for x, y in zip(a, b)))' "$before" "$after"
	}
	is "without an offset the clocks are the host's" "$(moved)" "0 0 0"
	is "monotonic-offset moves one clock" "$(moved --set namespaces.monotonic-offset=10000)" "10000 0 0"
	is "boottime-offset the other; the wall clock stays" "$(moved --set namespaces.boottime-offset=1d)" "0 86400 0"
	run sbox --set namespaces.boottime-offset=1d --set namespaces.monotonic-offset=90m -- cat /proc/self/timens_offsets
	is "both" "$(tr -s ' ' <<< "$out")" "monotonic 5400 0
boottime 86400 0"
	run sbox --set namespaces.monotonic-offset=-1500ms -- cat /proc/self/timens_offsets
	is "less than a second, backwards" "$(tr -s ' ' <<< "$out")" "monotonic -2 500000000
boottime 0 0"
	run sbox --set namespaces.boottime-offset=1d -- sh -c 'sed "s/ .*//; s/\..*//" /proc/uptime'
	like "uptime goes by it" "$((out > 86400))" 1
	run sbox --set namespaces.boottime-offset=1d -- sh -c 'readlink /proc/self/ns/time'
	check "... in a time namespace of its own" test "$out" != "$(readlink /proc/self/ns/time)"
	refuses "the program cannot move them" sbox --set namespaces.boottime-offset=1d -- sh -c 'echo boottime 5 0 > /proc/self/timens_offsets'
	run sbox --set namespaces.monotonic-offset=-100000d -- true
	is "before the machine was started: nothing is run" "$status" 125
	has "... the line is named" "$err" "namespaces.monotonic-offset: cannot set the offset of the clock monotonic"
	has "... and why" "$err" "below zero"
	run sbox --set namespaces.boottime-offset=1d --set process.timeout=1 -- sleep 60
	is "the timeout goes by the host's clock" "$status" 143
else
	skip "clocks" "this kernel has no time namespaces"
fi
run sbox explain
like "explain: the wall clock is shared" "$out" "time +host .*the wall clock is the host's"
finish
