#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# runs as: root
# doctor on a machine with systemd: what of the control groups is delegated, and whom to ask for the rest.
. "$TOP_SRCDIR/tests/lib/guest.sh"

row() { # NAME
	grep -E "^$1 +(ok|degraded|missing) " <<< "$out"
}
remedy_of() { # NAME
	grep -A1 -E "^$1 +(ok|degraded|missing) " <<< "$out" | sed -n 's/^ *remedy: //p'
}
uid=$(as_user id -u)
session=(env XDG_RUNTIME_DIR="/run/user/$uid")

# ---- control groups
run as_user "${session[@]}" "$SBOX" doctor
is "sandboxes can be made" "$status" 0
like "the user's systemd has what Debian delegates, and no more" "$(row cgroup)" \
	'cgroup +degraded +limits hold for the sandbox as a whole, except io-max, io-weight \(io\); cpus \(cpuset\)'
remedy=$(remedy_of cgroup)
like "... the remedy is a drop-in" "$remedy" '^as root: mkdir -p /etc/systemd/system/user@.service.d'
remedy=${remedy#as root: }
run bash -c "${remedy% (*}"
is "... it is a command" "$status" 0
systemctl restart "user@$uid.service"
for _ in $(seq 50); do
	run as_user "${session[@]}" "$SBOX" doctor
	[[ $(row cgroup) != *missing* ]] && break
	sleep 0.2
done
like "... which root can run" "$(row cgroup)" 'cgroup +ok +limits on memory, tasks, CPU time, CPUs and disks hold'
rm -r /etc/systemd/system/user@.service.d
run as_user env -u XDG_RUNTIME_DIR "$SBOX" doctor
like "no user bus" "$(row cgroup)" 'cgroup +missing .*no systemd of the user can be reached by XDG_RUNTIME_DIR: no limit of \[cgroup\] holds'
like "... remedy" "$(remedy_of cgroup)" "loginctl enable-linger"
run as_user env XDG_RUNTIME_DIR="$T" "$SBOX" doctor
like "a runtime directory where nobody answers" "$(row cgroup)" 'missing .*no systemd of the user can be reached'
systemctl stop "user@$uid.service"
run as_user env XDG_RUNTIME_DIR="/run/user/$uid" "$SBOX" doctor
like "a user manager that was stopped" "$(row cgroup)" 'cgroup +missing '
systemctl start "user@$uid.service"

# ---- subordinate ids
run as_user "$SBOX" doctor
like "subordinate ids" "$(row subids)" 'subids +ok '
mv /etc/subuid /etc/subuid.away
cp /etc/subgid /etc/subgid.away # the remedy adds to both
run as_user "$SBOX" doctor
like "nobody granted any" "$(row subids)" "missing +/etc/subuid grants user .* no subordinate ids"
remedy=$(remedy_of subids)
touch /etc/subuid
run bash -c "${remedy##*or: }"
run as_user "$SBOX" doctor
like "... the remedy is a command that root can run" "$(row subids)" 'subids +ok '
mv /etc/subuid.away /etc/subuid
mv /etc/subgid.away /etc/subgid
chmod u-s /usr/bin/newuidmap
run as_user "$SBOX" doctor
like "newuidmap without its set-user-ID bit" "$(row subids)" 'missing +/usr/bin/newuidmap cannot map the ids: newuidmap: .*not permitted'
chmod u+s /usr/bin/newuidmap

# ---- root
run "$SBOX" doctor
like "root is told about its processes" "$(row tasks)" 'tasks +degraded +the kernel holds root to no RLIMIT_NPROC'
finish
