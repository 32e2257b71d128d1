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

# ---- more ids than one
map_of() {
	sed 's/^ *//; s/  */ /g' <<< "$1"
}
first=$(sed -n "s/^\($USER\|$uid\):\([0-9]*\):[0-9]*$/\2/p" /etc/subuid 2> /dev/null | head -n 1)
count=$(sed -n "s/^\($USER\|$uid\):[0-9]*:\([0-9]*\)$/\2/p" /etc/subuid 2> /dev/null | head -n 1)
if [ -z "$first" ]; then
	run sbox --set ids.map=subids -- true
	is "a user without subordinate ids: nothing is run" "$status" 125
	has "... and the line to add is named" "$err" "\"$USER:"
	for what in "map = subids" extents "kept capabilities" "what newuidmap refuses"; do
		skip "$what" "$USER has no subordinate ids in /etc/subuid"
	done
	finish
elif ! command -v newuidmap > /dev/null; then
	skip "more ids than one" "newuidmap is not installed"
	finish
fi

run sbox --set ids.map=subids --set ids.user=root -- sh -c 'id -u; id -g; cat /proc/self/uid_map /proc/self/setgroups'
is "map = subids, user = root: the caller is root, the granted ids are above, in the second namespace too" \
	"$(map_of "$out")" "0
0
0 0 1
1 1 $count
allow"
run sbox --set ids.map=subids -- sh -c 'id -un; stat -c %U mine; cat /proc/self/gid_map'
like "user = self: they are around" "$(map_of "$out")" "^$USER
$USER
0 0 $gid
$gid $gid 1
$((gid + 1)) $((gid + 1)) $((count - gid))$"
refuses "... without a capability none of them can be taken" sbox --set ids.map=subids --set ids.user=root -- \
	python3 -c 'import os; os.setuid(1)'
refuses "... nor a group" sbox --set ids.map=subids --set ids.user=root -- python3 -c 'import os; os.setgroups([1])'
refuses "... nor be given a file" sbox --cwd=rw --set ids.map=subids --set ids.user=root -- chown 1 mine
run sbox --set ids.map=subids -- sh -c 'grep -c "^CapBnd:	0*$" /proc/self/status; cat /proc/1/comm; ls /proc | grep -c "^[0-9]"'
is "... nothing but pid 1 and the program is inside" "$out" "1
sbox-init
4"
run sbox --cwd=rw --set ids.map=subids --set ids.user=root --set 'capabilities.keep=setuid setgid chown' \
	--set 'seccomp.allow=setgroups' -- sh -c 'touch given && chown 7:8 given && stat -c %u:%g given && python3 -c "
import os
os.setgroups([3]); os.setgid(2); os.setuid(1)
print(os.getuid(), os.getgid(), os.getgroups())"'
is "with capabilities they can be used" "$out" "7:8
1 2 [3]"
is "... outside they are the granted ones" "$(stat -c %u given)" $((first + 6))
sbox --cwd=rw --set ids.map=subids --set ids.user=root --set capabilities.keep=dac_override -- rm given
run sbox --set "ids.map=0:self 5:$first:3" -- sh -c 'id -u; cat /proc/self/uid_map'
is "extents" "$(map_of "$out")" "0
0 0 1
5 5 3"
run sbox --set "ids.map=0:self 1:4000000000:3" -- true
is "an extent that was not granted: nothing is run" "$status" 125
like "... newuidmap's own words are shown" "$err" 'ids.map: .*/newuidmap cannot map the ids: newuidmap: .*not allowed'
has "... and the line to add" "$err" "\"$USER:4000000000:3\""
run setpriv --no-new-privs "$SBOX" --set ids.map=subids -- true
has "no_new_privs around sbox is named as the cause" "$err" "started with no_new_privs"
run sbox explain --set ids.map=subids --set ids.user=root
like "explain shows the map" "$out" "map of users +1-$count .*are $first-"
run sbox explain --steps --set ids.map=subids
has "... and who writes it" "$out" id-map-outside
run strace -f -qq -e trace=clone,clone3,fork,vfork,execve "$SBOX" -- true
is "without a map no process more is made" "$(grep -c 'clone' <<< "$err")" 2
# many at once: no waiting for one another, nothing is left
for _ in 1 2 3 4 5 6 7 8; do
	"$SBOX" --set ids.map=subids -- sh -c 'exit 3' &
done
ended=0
for pid in $(jobs -p); do
	wait "$pid"
	[ $? != 3 ] || ended=$((ended + 1))
done
is "eight at once" "$ended" 8
finish
