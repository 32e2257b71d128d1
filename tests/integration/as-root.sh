#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# runs as: root
# Root may use it as well, and gives the program nothing of its power.
. "$TOP_SRCDIR/tests/lib/tap.sh"

if [ "$(id -u)" != 0 ]; then
	skip "sbox started by root" "not started as root"
	finish
fi
# Profiles that belong to a user are none for root.
mkdir own
cp "$TOP_SRCDIR"/profiles/*.ini own/
export SBOX_PROFILE_PATH=$PWD/own
cp "$PROBE" probe
run sbox -- id -u
is "the program is root by name" "$status:$out" 0:0
run sbox -- cat /proc/self/status
for set in CapInh CapPrm CapEff CapBnd CapAmb; do
	is "$set is empty" "$(sed -n "s/^$set:[[:space:]]*//p" <<< "$out")" 0000000000000000
done
is "seccomp" "$(sed -n 's/^Seccomp:[[:space:]]*//p' <<< "$out")" 2
for path in /etc/shadow /root /var/log /dev/sda /dev/vda /dev/mem; do
	refuses "$path is not there" sbox -- ls -d "$path"
done
for path in /usr/x /etc/x /x /proc/sys/kernel/hostname /proc/sysrq-trigger; do
	refuses "$path cannot be written" sbox -- sh -c "echo x > $path"
done
for call in mount umount2 unshare-user setns bpf init_module reboot swapon open_by_handle_at; do
	run sbox -- ./probe try $call
	is "$call is refused" "$out" "$call EPERM"
done
refuses "a device node cannot be made" sbox --cwd=rw -- mknod node b 1 1
refuses "a user's files cannot be given away" sbox --cwd=rw -- chown 1 probe
echo secret > "$T/closed"
chmod 600 "$T/closed"
refuses "what is not given is not there" sbox -- cat "$T/closed"
# In the sandbox root is nobody in particular, and explain knows it.
echo others > "$T/others"
for mode in 600 640; do
	chown 65533:0 "$T/others" && chmod $mode "$T/others"
	run sbox --ro="$T/others" -- cat "$T/others"
	read_it=$status
	run sbox explain --ro="$T/others" --path "$T/others"
	is "a file of somebody else's, mode $mode: explain says what happens" "$read_it:$(grep -c 'permissions do not let you read it' <<< "$out")" \
		"$([ $mode = 600 ] && echo 1:1 || echo 0:0)"
done
# ... nor in fewer groups than he is in.
chown 65533:1 "$T/others"
for groups in 0 0,1; do
	run setpriv --groups=$groups -- "$SBOX" --ro="$T/others" -- cat "$T/others"
	read_it=$status
	run setpriv --groups=$groups -- "$SBOX" explain --ro="$T/others" --path "$T/others"
	is "a file of a second group's, groups $groups: explain says what happens" "$read_it:$(grep -c 'permissions do not let you read it' <<< "$out")" \
		"$([ $groups = 0 ] && echo 1:1 || echo 0:0)"
done
for file in kmsg kpagecount kpageflags slabinfo vmallocinfo; do
	run sbox -- sh -c "head -c 100 /proc/$file | wc -c"
	is "nothing is in /proc/$file" "${out:-0}" 0
done
for file in mtrr pressure/memory acpi/wakeup scsi/scsi; do
	if [ -e "/proc/$file" ]; then
		refuses "/proc/$file cannot be opened for writing" sbox -- sh -c ": >> /proc/$file"
	fi
done
run sbox -- sh -c 'kill -9 1; echo alive'
is "pid 1 survives" "$out" alive
run sbox doctor
like "doctor says what does not hold for root" "$out" 'tasks +degraded +the kernel holds root to no RLIMIT_NPROC'
finish
