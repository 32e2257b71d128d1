#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timeout: 60
# `[cgroup]` by a scope of the user's systemd, with real controllers: limits hold, are explained, and leave nothing.
. "$TOP_SRCDIR/tests/lib/usersystemd.sh"

need_user_systemd "limits by systemd"
manager=/sys/fs/cgroup/user.slice/user-$(id -u).slice/user@$(id -u).service
units() {
	systemctl --user list-units --all --plain --no-legend 'sbox-*' | awk '{ print $1 }'
}
groups() {
	find "$manager" -name 'sbox-*'
}
# systemd removes a scope a moment after its last process has ended.
nothing_left() {
	local i
	for ((i = 0; i < 100; i++)); do
		[ -n "$(units)$(groups)" ] || return 0
		sleep 0.1
	done
	units
	groups
	return 1
}
box() { # what is to be there while a sandbox runs
	local i dir
	for ((i = 0; i < 100; i++)); do
		for dir in "$manager"/app.slice/sbox-*.scope/box "$manager"/*/sbox-*.scope/box; do
			if [ -d "$dir" ] && [ -n "$(cat "$dir/cgroup.procs")" ]; then
				echo "$dir"
				return
			fi
		done
		sleep 0.1
	done
}

# ---- each file says what the profile does
profile limited << 'END'
[profile]
extends = default
[cgroup]
memory-max = 64M
memory-high = 60M
pids-max = 50
cpu-max = 50%
cpu-weight = 30
END
mkfifo go
sbox --profile=limited -- cat < go > inside 2> said &
exec 7> go
dir=$(box)
like "a scope of its own, named after the profile" "$dir" '/sbox-limited-[0-9]+\.scope/box$'
for row in memory.max:67108864 memory.high:62914560 memory.swap.max:0 memory.oom.group:1 pids.max:50 "cpu.max:50000 100000" \
	cpu.weight:30; do
	is "... ${row%%:*}" "$(cat "$dir/${row%%:*}")" "${row#*:}"
done
is "the supervisor is beside it" "$(wc -l < "${dir%/box}/sup/cgroup.procs")" 1
echo 1 > "$dir/cgroup.freeze"
for ((i = 0; i < 50; i++)); do
	grep -q 'frozen 1' "$dir/cgroup.events" && break
	sleep 0.1
done
echo counted >&7
sleep 0.5
is "a frozen sandbox does nothing" "$(cat inside)" ""
echo 0 > "$dir/cgroup.freeze"
for ((i = 0; i < 50; i++)); do
	[ ! -s inside ] || break
	sleep 0.1
done
is "... and goes on when it is thawed" "$(cat inside)" counted
exec 7>&-
wait
is "nothing was said" "$(cat said)" ""
check "nothing is left of it" nothing_left

# ---- memory
sleep 300 &
bystander=$!
run sbox --profile=limited --set cgroup.memory-high=1G -- python3 -c 'import os, time
if os.fork() == 0:
    time.sleep(100)
held = bytearray(200 << 20)
print("allocated")'
is "200 MiB in 64: killed" "$status:$out" 137:
is "... and explained, with the line" "$err" \
	"sbox: out of memory: peak 64 MiB of memory-max 64 MiB ($HOME/.config/sbox/profiles/limited.ini:4)"
check "... nobody outside" kill -0 "$bystander"
kill "$bystander"
wait
run sbox --profile=limited -v -- python3 -c 'bytearray(20 << 20)'
like "-v says what was used" "$err" 'status 0 after [0-9.]+ s, CPU [0-9.]+ s, peak memory [2-5][0-9](\.[0-9])? MiB'

# ---- tasks
run sbox --profile=limited -- python3 -c 'import os, time
n = 0
try:
    while n < 2000:
        if os.fork() == 0:
            time.sleep(100)
        n += 1
except BlockingIOError:
    pass
print(n)'
is "a fork bomb stops at pids-max" "$status:$((out >= 40 && out < 50))" 0:1
like "... and it is said, with the count" "$err" 'limited.ini:6: pids-max: warning: the limit of 50 tasks was reached: [1-9][0-9]* more'

# ---- CPU
run sbox --profile=limited -- python3 -c 'import time
begin, used = time.monotonic(), time.process_time()
while time.monotonic() < begin + 5:
    pass
print(round((time.process_time() - used) / (time.monotonic() - begin) * 100))'
is "half a CPU, within a tenth, over five seconds" "$status:$((out >= 45 && out <= 55))" 0:1
echo "# seen: cpu-max = 50%: $out % over five seconds"

# ---- what this machine does not hand down to users
run sbox --set cgroup.cpus=0 -- echo it ran
is "a controller that is not delegated: the program runs" "$status:$out" "0:it ran"
has "... one line says so" "$err" "option --set cgroup.cpus: warning: cpuset.cpus 0 does not hold: the controller cpuset was not handed down"
has "... and names the file, its text and the commands" "$err" "  remedy: as root: mkdir -p /etc/systemd/system/user@.service.d && \
printf '[Service]\\nDelegate=cpu cpuset io memory pids\\n' > /etc/systemd/system/user@.service.d/delegate.conf && systemctl daemon-reload"
complains "... an error when it is required" 125 "cgroup is required, and this limit does not hold" \
	sbox --set cgroup.cpus=0 --set profile.require=cgroup -- echo it ran
run env -u XDG_RUNTIME_DIR "$SBOX" --set cgroup.memory-max=64M --set cgroup.pids-max=20 -- bash -c 'ulimit -u'
is "no systemd: the tasks are held by a resource limit" "$status:$out" 0:20
has "... the rest is announced" "$err" "continuing without memory-max"

# ---- a slice bounds the sum
check "a slice with a limit" systemctl --user set-property --runtime sboxsum.slice TasksMax=30
mkfifo stay
sbox --set cgroup.slice=sboxsum -- python3 -c 'import os, time
for i in range(12):
    if os.fork() == 0:
        time.sleep(100)
open(0).read()' < stay 2> said &
exec 7> stay
dir=$(box)
has "... holds the scope" "$dir" "/sboxsum.slice/"
for ((i = 0; i < 100; i++)); do
	[ "$(cat "$dir/pids.current")" -lt 14 ] || break
	sleep 0.1
done
run sbox --set cgroup.slice=sboxsum -- python3 -c 'import os, time
n = 0
try:
    while n < 100:
        if os.fork() == 0:
            time.sleep(100)
        n += 1
except BlockingIOError:
    pass
print(n)'
is "... and all sandboxes in it together" "$status:$((out > 0 && out <= 16))" 0:1
exec 7>&-
wait
is "... nothing to say about it" "$(cat said)" ""
run sbox --set cgroup.slice=sboxempty -- true
has "a slice without a limit bounds nothing, and that is said" "$err" "sboxempty.slice has no limit, so it bounds nothing"
systemctl --user stop sboxsum.slice sboxempty.slice > /dev/null 2>&1

# ---- in a scope with others
# shellcheck disable=SC2016 # expanded in the scope
run systemd-run --user --scope -q bash -c '"$SBOX" --profile=limited -- true; cat /proc/self/cgroup'
is "in a scope that is not its own sbox asks for another" "$status:$err" 0:
has "... and the first is left as it was" "$out" "/app.slice/run-"
check "nothing is left of these" nothing_left

# ---- a manager asked for by name, without a limit: a group that can be frozen
"$SBOX" --name=bare --set cgroup.manager=systemd -- sleep 100 2> said &
for ((i = 0; i < 100; i++)); do
	"$SBOX" list | grep -q '^bare ' && break
	sleep 0.1
done
check "a manager by name makes a group: it can be frozen" "$SBOX" freeze bare
check "... and thawed" "$SBOX" thaw bare
"$SBOX" kill --signal=KILL bare
wait
is "... nothing was said" "$(cat said)" ""

# ---- the scope is asked for before the rest of the plan is made
for ((i = 0; i < 5; i++)); do
	run sbox --set cgroup.memory-max=64M --ro /nonexistent/path -- true
	has "a plan that fails afterwards is an error as any" "$status:$err" "125:sbox: option --ro"
done
check "... and leaves no unit and no group" nothing_left
check "... also none that failed" test -z "$(systemctl --user list-units --all --failed --plain --no-legend 'sbox-*')"
# A plan that takes long: systemd has moved sbox before the process that writes the log is made.
mkdir many
(cd many && seq -f 'name-%.0f' 20000 | xargs touch)
run sbox --set cgroup.memory-max=64M --set profile.require=cgroup --ro "-$PWD/many/*none" --set "process.log=$T/log" -- echo it ran
rm -r many
is "a process that a step started meanwhile is not in the way of the limits" "$status:$err" 0:
has "... and writes the log" "$(cat "$T/log")" "out: it ran"
check "nothing is left of these" nothing_left

# ---- where only the session bus leads to systemd
mkdir -m 700 "$T/bus-only"
ln -s "$XDG_RUNTIME_DIR/bus" "$T/bus-only/bus"
run env XDG_RUNTIME_DIR="$T/bus-only" "$SBOX" --set cgroup.memory-max=64M --set profile.require=cgroup -v -- true
like "a scope over the session bus" "$status:$err" '^0:sbox: default: status 0 [^
]*peak memory'
run env XDG_RUNTIME_DIR="$T/bus-only" DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent "$SBOX" --set cgroup.memory-max=64M -- echo it ran
like "... that does not answer there either" "$status:$out:$err" '^0:it ran:.*warning: no cgroup could be made: cannot reach the user.s systemd'
check "nothing is left of these" nothing_left

# ---- a systemd that hangs
manager_pid=$(systemctl show -p MainPID --value "user@$(id -u).service")
kill -STOP "$manager_pid"
"$SBOX" --set cgroup.memory-max=64M -- echo it ran > inside 2> said &
waiting=$!
sleep 2
kill -TERM "$waiting"
wait "$waiting"
is "while systemd hangs, a signal ends the waiting" "$?:$(cat inside)" 125:
has "... which is said" "$(cat said)" "interrupted while the cgroup was being made"
run sbox --set cgroup.memory-max=64M -- echo it ran
kill -CONT "$manager_pid"
is "... it is not waited for without end" "$status:$out" "0:it ran"
has "... which is said as well" "$err" "the user's systemd does not answer, continuing without memory-max"
check "nothing is left of these" nothing_left

# ---- nothing stays
failed=0
for ((i = 0; i < 200; i++)); do
	"$SBOX" --set cgroup.memory-max=64M -- true || failed=$((failed + 1))
done
is "200 limited launches" "$failed" 0
check "... leave no unit and no group" nothing_left
for ((i = 0; i < 50; i++)); do
	"$SBOX" --set cgroup.memory-max=64M -- sleep 60 2> /dev/null &
	sleep "0.$((RANDOM % 5))$((RANDOM % 10))"
	kill -KILL "$!"
	wait "$!" 2> /dev/null
done
check "SIGKILL at 50 moments, and another launch" sbox --set cgroup.memory-max=64M -- true
check "... leave no unit and no group" nothing_left
is "... and no process" "$(pgrep -u "$(id -u)" -f 'sleep 60|sbox-scope' || true)" ""
like "systemd's own process is where it was" "$(cat "/proc/$manager_pid/cgroup")" '/init\.scope$'
finish
