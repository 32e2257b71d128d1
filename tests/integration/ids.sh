#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Who the program is.
. "$TOP_SRCDIR/tests/lib/tap.sh"

uid=$(id -u)
gid=$(id -g)
touch mine
run sbox -- id -u
is "the uid is the caller's" "$out" "$uid"
run sbox -- id -g
is "the gid is the caller's" "$out" "$gid"
run sbox -- whoami
is "whoami" "$out" "$USER"
run sbox -- id -un
is "id -un" "$out" "$USER"
run sbox -- sh -c 'id -gn >/dev/null && stat -c "%U %u" mine'
is "own files are own files" "$status:$out" "0:$USER $uid"
run sbox -- stat -c %U /usr
is "root's files are nobody's" "$out" nobody
run sbox -- ls -l mine
like "ls -l shows names" "$out" "$USER"
run sbox -- sh -c 'echo ~; getent passwd "$(id -u)" | cut -d: -f6,7'
is "the passwd entry holds home and shell" "$out" "$HOME
$HOME:$SHELL"
run sbox -- cat /proc/self/uid_map
like "one uid is mapped" "$out" "^ *$uid +$uid +1$"
run sbox -- cat /proc/self/gid_map
like "one gid is mapped" "$out" "^ *$gid +$gid +1$"
run sbox -- cat /proc/self/setgroups
is "setgroups is denied" "$out" deny
refuses "no other uid can be taken" sbox -- python3 -c 'import os; os.setuid(1)'
refuses "nor uid 0" sbox -- python3 -c 'import os; os.setuid(0)'

run sbox --set ids.user=root -- sh -c 'id -u; id -g; whoami; stat -c %U mine'
is "user = root" "$out" "0
0
root
root"
run sbox --cwd=rw --set ids.user=root -- sh -c 'echo x > made'
is "... writes files as the caller" "$(stat -c %u made)" "$uid"
for command in 'chown 1 made' 'mount -t tmpfs x /tmp' 'python3 -c "import os; os.chroot(\"/\")"' 'date -s 12:00'; do
	# shellcheck disable=SC2086
	refuses "... and has no power of root: $command" sbox --cwd=rw --set ids.user=root -- sh -c "exec $command"
done
run sbox --set ids.user=root -- grep CapEff /proc/self/status
like "... and no capability" "$out" '0000000000000000'

run sbox --set ids.user=1234 -- sh -c 'id -u; id -g; stat -c %u mine'
is "user = 1234" "$(head -n 1 <<< "$out"):$(tail -n 1 <<< "$out")" 1234:1234
run sbox --set ids.user=1234 -- whoami
is "... has a name" "$status" 0
for bad in 4294967295 -1 99999999999 joe; do
	complains "user = $bad" 125 "" sbox --set "ids.user=$bad" -- true
done
finish
