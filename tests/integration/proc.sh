#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# /proc is fresh, its doors are shut, and pid 1 keeps its own closed.
. "$TOP_SRCDIR/tests/lib/tap.sh"

for name in environ mem exe root cwd fd/0 maps auxv ns/user ns/mnt; do
	case $name in
	exe | root | cwd | ns/* | fd/*) refuses "/proc/1/$name is shut" sbox -- readlink "/proc/1/$name" ;;
	*) refuses "/proc/1/$name is shut" sbox -- sh -c "test -n \"\$(head -c 1 /proc/1/$name | od -An -tx1)\"" ;;
	esac
done
refuses "... for user = root too" sbox --set ids.user=root -- sh -c 'cat /proc/1/environ | grep .'
run sbox -- sh -c 'ls /proc/1/fd'
is "the descriptors of pid 1 cannot be listed" "$out" ""
run sbox -- sh -c 'tr "\0" " " < /proc/1/cmdline'
hasnt "/proc/1/cmdline shows no path of the host" "$out" "$SBOX"
run sbox -- sh -c 'echo 999 > /proc/1/oom_score_adj'
refused "nor can pid 1 be made the first to be killed"

for path in /proc/sys/kernel/hostname /proc/sys/vm/drop_caches /proc/sys/user/max_user_namespaces /proc/sysrq-trigger \
	/proc/sys/kernel/core_pattern /proc/sys/net/ipv4/ip_forward; do
	[ -e "$path" ] || continue
	run sbox -- sh -c "echo x > $path"
	refused "$path cannot be written"
	run sbox --set ids.user=root -- sh -c "echo 1 > $path"
	refused "... nor by a root inside"
done
check "/proc/sys can be read" sbox -- cat /proc/sys/kernel/osrelease
run sbox -- cat /proc/self/mountinfo
for dir in /proc/sys /proc/bus /proc/fs /proc/irq /proc/sysrq-trigger; do
	[ -e "$dir" ] || continue
	is "$dir is read-only" "$(awk -v d="$dir" '$5 == d { print $6 ~ /^ro,/ }' <<< "$out")" 1
done
is "/proc is nosuid, nodev, noexec" "$(awk '$5 == "/proc" { print $6 ~ /nosuid/, $6 ~ /nodev/, $6 ~ /noexec/ }' <<< "$out")" "1 1 1"
for file in /proc/kcore /proc/keys /proc/timer_list /proc/sched_debug /proc/latency_stats; do
	[ -e "$file" ] || continue
	run sbox -- sh -c "head -c 1 $file"
	is "$file is masked" "$out" ""
done
refuses "a masked file cannot be uncovered" sbox -- umount /proc/sys
run sbox --set namespaces.nested=full -- cat /proc/self/mountinfo
is "nested = full leaves /proc/sys uncovered" "$(awk '$5 == "/proc/sys"' <<< "$out")" ""

# The session keyring: a key of the caller's session is in no namespace.
cat > key.py << 'END'
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
numbers = {"x86_64": (248, 250), "aarch64": (217, 219)}[os.uname().machine]
if sys.argv[1] == "add":
    libc.syscall(numbers[1], 1, None)  # KEYCTL_JOIN_SESSION_KEYRING: one of this test's own
    serial = libc.syscall(numbers[0], b"user", b"sbox-test", b"secret", 6, -3)
    os.execv(sys.argv[2], sys.argv[2:])
found = libc.syscall(numbers[1], 10, -3, b"user", b"sbox-test", 0)  # KEYCTL_SEARCH in the session keyring
print("found" if found > 0 else os.strerror(ctypes.get_errno()))
END
run python3 key.py add /usr/bin/python3 key.py search
is "(outside, the caller's key is found)" "$out" found
run python3 key.py add "$SBOX" -- python3 key.py search
is "the key calls are shut" "$out" "Operation not permitted"
run python3 key.py add "$SBOX" --set 'seccomp.allow=keyctl' -- python3 key.py search
is "... and where they are allowed, the session keyring is the sandbox's own" "$out" "Required key not available"

run sbox -- sh -c 'cat /proc/self/cgroup'
hasnt "the cgroup path of the host is not shown" "$out" "user.slice"
run sbox -- cat /proc/self/status
has "proc of the program itself is open" "$out" "Name:"
run sbox -- python3 -c '
import os
pid = os.fork()
if pid == 0:
    import time; time.sleep(1); os._exit(0)
print(open(f"/proc/{pid}/status").readline().strip(), os.readlink(f"/proc/{pid}/ns/pid") == os.readlink("/proc/self/ns/pid"))
os.kill(pid, 9)'
has "siblings can be read" "$out" "True"
run sbox -- ps aux
is "ps works" "$status" 0
hasnt "ps shows no process of the host" "$out" "tests/run.sh"
finish
