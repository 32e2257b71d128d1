#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# No capability, no new privilege, for the program and for pid 1.
. "$TOP_SRCDIR/tests/lib/tap.sh"

cp "$PROBE" probe
zero=0000000000000000
field() { # NAME: of the status text in $out
	sed -n "s/^$1:[[:space:]]*//p" <<< "$out"
}

for args in "--cwd=ro" "--set ids.user=root" "--net=host" "--set namespaces.nested=sandbox" "--set namespaces.nested=full"; do
	# shellcheck disable=SC2086
	run sbox $args -- cat /proc/self/status
	for set in CapInh CapPrm CapEff CapBnd CapAmb; do
		is "$args: $set is empty" "$(field $set)" $zero
	done
	is "$args: no_new_privs" "$(field NoNewPrivs)" 1
	is "$args: seccomp" "$(field Seccomp)" 2
done
run sbox -- ./probe securebits
# NOROOT and NO_CAP_AMBIENT_RAISE locked on; NO_SETUID_FIXUP and KEEP_CAPS locked off.
is "the securebits are locked" "$out" eb
run sbox -- cat /proc/1/status
for set in CapInh CapPrm CapEff CapBnd CapAmb; do
	is "pid 1: $set is empty" "$(field $set)" $zero
done
is "pid 1: no_new_privs" "$(field NoNewPrivs)" 1
is "pid 1: seccomp" "$(field Seccomp)" 2
is "pid 1: name" "$(field Name)" sbox-init

# A set-user-id program gains nothing.
run sbox -- sh -c 'su -c id < /dev/null'
refused "su"
refuses "ping has no raw socket" sbox -- python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)'
run sbox --cwd=rw -- sh -c 'cp /usr/bin/id suid && chmod u+s suid; ./suid -u'
is "a set-user-id file made inside gives nothing" "$out" "$(id -u)"

# Ports: every one may be bound in an own network namespace, without a capability.
run sbox -- ./probe bind 80
is "port 80 can be bound" "$out" ok
run sbox --net=host -- ./probe bind 80
is "... but not on the host's network" "$out" EACCES

# keep
run sbox --set capabilities.keep=net_bind_service -- cat /proc/self/status
is "keep = net_bind_service: in the effective set" "$(field CapEff)" 0000000000000400
is "keep = net_bind_service: and the bounding set holds no other" "$(field CapBnd)" 0000000000000400
is "keep: no_new_privs all the same" "$(field NoNewPrivs)" 1
run sbox --set capabilities.keep=net_raw -- python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1); print("raw")'
is "keep = net_raw works over the own network" "$out" raw
run sbox --set capabilities.keep=net_raw -- cat /proc/1/status
is "keep: pid 1 has none" "$(field CapEff)" $zero
complains "keep = sys_admin is refused" 125 sys_admin sbox --set capabilities.keep=sys_admin -- true
complains "an unknown capability is refused, with the nearest word" 125 net_raw sbox --set capabilities.keep=net_rwa -- true
refuses "keep of one does not undo mounts" sbox --set capabilities.keep=net_admin -- umount /tmp
finish
