#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# runs as: root
# timeout: 30
# `io-max` and `cpus`, which root has to hand down to users first, as the remedy says; and the end of the user's systemd.
. "$TOP_SRCDIR/tests/lib/guest.sh"

id=$(id -u tester)
export XDG_RUNTIME_DIR=/run/user/$id
manager=/sys/fs/cgroup/user.slice/user-$id.slice/user@$id.service
disk=/dev/$(lsblk -no pkname "$(findmnt -no SOURCE -T /share)" | grep . || basename "$(findmnt -no SOURCE -T /share)")

# ---- as it is
run sbox --set "cgroup.io-max=$disk wbps=1M" -- echo it ran
is "io is not handed down: the program runs" "$status:$out" "0:it ran"
has "... and one line says so" "$err" "the controller io was not handed down"
remedy=$(sed -n 's/^  remedy: as root: \(.*\) (which ends what runs there)$/\1/p' <<< "$err")
like "... with what root has to do" "$remedy" '^mkdir .*delegate.conf.*daemon-reload'

# ---- after exactly that
check "the remedy works as it is written" sh -c "$remedy"
for ((i = 0; i < 100; i++)); do
	[ ! -S "$XDG_RUNTIME_DIR/systemd/private" ] || break
	sleep 0.1
done
mkdir -m 777 /share/io
cd /share/io || exit 1
run sbox --set "cgroup.io-max=$disk wbps=1M" --set profile.require=cgroup --rw /share/io -- python3 -c 'import mmap, os, time
fd = os.open("/share/io/file", os.O_WRONLY | os.O_CREAT | os.O_DIRECT, 0o600)
page = mmap.mmap(-1, 1 << 20)
begin = time.monotonic()
for i in range(4):
    os.write(fd, page)
os.fsync(fd)
print(round(time.monotonic() - begin, 1))'
took=$out
is "4 MB of direct writes at 1 MB a second, required" "$status:$err" 0:
check "... take three seconds and more" awk -v s="$took" 'BEGIN { exit !(s >= 3) }'
echo "# seen: 4 MB of direct writes at 1 MB/s: $took s"
mkfifo -m 666 go
as_user "$SBOX" --set "cgroup.io-max=$disk wbps=1M riops=500" --set cgroup.cpus=1 --set profile.require=cgroup -- cat < go > /dev/null 2> said &
exec 7> go
for ((i = 0; i < 100; i++)); do
	dir=$(echo "$manager"/app.slice/sbox-*/box)
	[ -d "$dir" ] && grep -q . "$dir/cgroup.procs" && break
	sleep 0.1
done
has "io.max says so" "$(cat "$dir/io.max")" "$(lsblk -dno MAJ:MIN "$disk" | tr -d ' ') rbps=max wbps=1048576 riops=500 wiops=max"
is "cpus: one of them" "$(cat "$dir/cpuset.cpus.effective")" 1

# ---- the user's systemd is stopped under a sandbox
systemctl stop "user@$id.service"
for ((i = 0; i < 100; i++)); do
	[ -z "$(pgrep -u "$id" -f sbox)" ] && break
	sleep 0.1
done
is "the end of the user's systemd ends the sandbox" "$(pgrep -u "$id" -l sbox)" ""
exec 7>&-
wait
is "... nothing is left" "$(find "/sys/fs/cgroup/user.slice/user-$id.slice" -name 'sbox-*')" ""
run sbox --set cgroup.memory-max=64M -- echo it ran
is "without it a limit is announced" "$status:$out" "0:it ran"
has "... with a remedy" "$err" "loginctl enable-linger tester"
systemctl start "user@$id.service"
check "and it is back" sbox --set cgroup.memory-max=64M --set profile.require=cgroup -- true
run sbox --set cgroup.cpus=9 -- true
has "a CPU that is not there is none that can be had" "$err" "cpuset.cpus 9 does not hold"

# ---- a service that was delegated to the user needs no scope: sbox divides its group
service=(systemd-run -q --pipe --wait -p User=tester -p Delegate=yes -p WorkingDirectory=/share/io)
run "${service[@]}" "$SBOX" --set cgroup.memory-max=64M --set profile.require=cgroup -v -- true
like "alone in a delegated service" "$status:$err" '^0:sbox: default: status 0 [^
]*peak memory'
run "${service[@]}" "$SBOX" explain --set cgroup.memory-max=64M
like "... explain says so" "$out" 'manager +subtree +# default; in /sys/fs/cgroup/system.slice/run-'
# shellcheck disable=SC2016 # expanded in the service; systemd-run wants "$$" for a "$"
run "${service[@]}" -E SBOX="$SBOX" bash -c '"$$SBOX" --set cgroup.memory-max=64M -- true 2> /dev/null
find "/sys/fs/cgroup$$(sed s/^0::// /proc/self/cgroup)" -type d | wc -l'
like "... with others in it, it is not divided" "$out" '^1$'

# As it was: other tests count on it.
rm -r /etc/systemd/system/user@.service.d/delegate.conf
systemctl daemon-reload
systemctl restart "user@$id.service"
finish
