#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A sandbox with a control group of the user's systemd: counted, frozen, thawed, and entered from another scope.
. "$TOP_SRCDIR/tests/lib/usersystemd.sh"

need_user_systemd "freeze, thaw and enter with a cgroup"
lines() {
	wc -l < count
}
setsid "$SBOX" --name=v --set cgroup.pids-max=50 -- sh -c 'while :; do echo x; sleep 0.2; done' > count 2> err < /dev/null &
for ((i = 0; i < 100; i++)); do
	[ -s count ] && break
	sleep 0.2
done
run "$SBOX" list --json
like "what runs is counted by its cgroup" "$out" '"counted-by": "cgroup"'
run "$SBOX" enter v -- cat /proc/self/cgroup
is "who enters is in the cgroup of the sandbox" "$out" "0::/"
run "$SBOX" freeze v
is "freeze" "$status" 0
before=$(lines)
sleep 2
is "nothing moves" "$(lines)" "$before"
run "$SBOX" enter v -- true
like "what is frozen is not entered" "$err" 'sbox thaw v'
run "$SBOX" thaw v
is "thaw" "$status" 0
for ((i = 0; i < 100 && $(lines) <= before; i++)); do
	sleep 0.2
done
check "it goes on" test "$(lines)" -gt "$before"
"$SBOX" freeze v
run "$SBOX" kill v
is "what is frozen can be ended" "$status" 0
run "$SBOX" list --json
is "and is gone" "$out" "[]"
setsid "$SBOX" --name=w --set cgroup.manager=none -- sleep 100 > /dev/null 2>&1 < /dev/null &
for ((i = 0; i < 100; i++)); do
	"$SBOX" list | grep -q '^w ' && break
	sleep 0.2
done
run "$SBOX" freeze w
like "without a cgroup freeze is refused with the remedy" "$status $err" '^125 .*cgroup.manager=systemd'
"$SBOX" kill --signal=KILL w
wait
finish
