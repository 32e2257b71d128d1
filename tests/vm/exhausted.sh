#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timeout: 60
# list, enter, freeze, thaw and kill where a sandbox has used up what its limits allow.
. "$TOP_SRCDIR/tests/lib/usersystemd.sh"

need_user_systemd "sandboxes that have used up their limits"
groups() {
	find "/sys/fs/cgroup/user.slice/user-$(id -u).slice" -name 'sbox-*'
}
until_true() { # CMD...
	local i
	for ((i = 0; i < 300; i++)); do
		"$@" > /dev/null 2>&1 && return
		sleep 0.1
	done
	return 1
}
box() { # FILE: what it says in the group of the only sandbox
	cat "$(find "/sys/fs/cgroup/user.slice/user-$(id -u).slice" -path '*/sbox-*.scope/box')/$1"
}
nothing_left() {
	[ -z "$(groups)$(pgrep -u "$(id -u)" -x 'sbox|sbox-init')" ]
}
has_tasks() {
	[ "$(box pids.current)" -ge "$1" ]
}

# ---- tasks
"$SBOX" --name=full --set cgroup.pids-max=6 -- sh -c 'for i in 1 2 3 4; do sleep 1000 & done; wait' 2> said &
check "(all tasks are taken)" until_true has_tasks 6
complains "tasks: who enters is told that there is room for none" 125 "full has 6 of the 6 tasks that its pids-max allows" \
	sbox enter full true
run sbox list
like "... they are counted" "$out" 'full +default +[0-9]+ +[0-9]+[smh] +[0-9.]+[KM] +6 '
check "... it can be frozen" sbox freeze full
check "... thawed" sbox thaw full
check "... and killed" sbox kill full
wait
check "nothing is left" until_true nothing_left

# ---- memory
"$SBOX" --name=small --set cgroup.memory-max=16M -- sleep 1000 2> said &
check "(a sandbox with little memory)" until_true sbox enter small true
run sbox enter small python3 -c 'bytearray(40 << 20)'
like "memory: who enters uses it as well, and one too much ends all" "$status:$err" '^137:sbox: the (sandbox small has ended|process that entered small was ended: out of memory)'
wait
has "... which the launcher explains" "$(cat said)" "sbox: out of memory: peak"
check "nothing is left" until_true nothing_left

# ---- processor time
"$SBOX" --name=busy --set cgroup.cpu-max=1% --set cgroup.pids-max=200 -- sh -c 'for i in $(seq 30); do while :; do :; done & done; wait' \
	2> said &
check "(many want the little processor time)" until_true has_tasks 3
run sbox list
like "time: it is listed" "$status:$out" '^0:.*busy +default'
# However far it has come: on the way in, or inside.
for signal in INT TERM; do
	timeout --foreground -s "$signal" 3 "$SBOX" enter busy true 2> entered
	like "... SIG$signal ends who waits to enter" "$?" '^(124|0)$'
done
run sbox freeze busy
like "... it is frozen, or will be, and that is said" "$status:$err" '^(0:$|125:sbox: not every process of busy stands still yet)'
check "... thawed" sbox thaw busy
run sbox kill --signal=KILL busy
like "... and killed" "$status:$err" '^(0:$|125:sbox: busy was killed, and has not ended within 5 seconds)'
wait
check "nothing is left" until_true nothing_left
finish
