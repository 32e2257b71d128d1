#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# runs as: root
# Machines that refuse user namespaces: the launch and doctor name the cause and the remedy, in the same words.
. "$TOP_SRCDIR/tests/lib/guest.sh"

all='file, network, unix, ptrace, signal, mount, umount, pivot_root, dbus,'

# What a launch says; the same cause and remedy must be in what doctor says.
refuses_both() { # DESC TEXT...
	local desc=$1 text remedy
	shift
	run sbox -- echo it ran
	is "$desc: nothing is run" "$status:$out" 125:
	for text in "$@"; do
		has "... its cause: $text" "$err" "$text"
	done
	remedy=$(sed -n 's/^  remedy: //p' <<< "$err")
	like "... with one remedy" "$remedy" '^[^
]+$'
	is "... and one problem" "$(grep -c '^sbox: ' <<< "$err")" 1
	text=$(sed -n '1s/^sbox: //p' <<< "$err")
	run sbox doctor
	is "... doctor: untrusted would not run" "$status" 1
	like "... in the same words" "$out" "sandbox +missing +${text//[()]/.}"
	has "... and with the same remedy" "$out" "$remedy"
	run sbox doctor --json
	check "... and as JSON" python3 -c 'import json, sys
rows = {r["name"]: r for r in json.loads(sys.argv[1])}
assert rows["sandbox"]["state"] == "missing" and rows["sandbox"]["remedy"] == sys.argv[2]' "$out" "$remedy"
}

check "(as it is, sbox runs)" sbox -- true
run sbox doctor
is "(and doctor is content)" "$status" 0

# ---- sysctls
echo 0 > /proc/sys/kernel/unprivileged_userns_clone
refuses_both "kernel.unprivileged_userns_clone = 0" "Operation not permitted" "sysctl kernel.unprivileged_userns_clone=1"
echo 1 > /proc/sys/kernel/unprivileged_userns_clone
for name in user mnt net; do
	path=/proc/sys/user/max_${name}_namespaces
	before=$(cat "$path")
	echo 0 > "$path"
	refuses_both "user.max_${name}_namespaces = 0" "No space left on device" "user.max_${name}_namespaces is 0"
	echo "$before" > "$path"
done
check "(it runs again)" sbox -- true

# ---- AppArmor.  Ubuntu's own restriction is not in Debian's kernels; what it does to a program is: its user namespace
# is made, with no capability in it, or not made at all.
confine() { # RULES
	apparmor_load << END
profile sbox-confined "$SBOX" { $all $1 }
END
}
shipped="$TOP_BUILDDIR/profiles/apparmor/sbox-tree allows all"
new=
[ ! -e /etc/apparmor.d/abi/4.0 ] || new=userns,
confine "$new"
refuses_both "a profile without capability" "AppArmor profile sbox-confined confines sbox" "it must allow userns, capability" "$shipped"
run sbox doctor
like "... doctor: AppArmor is the cause" "$out" 'apparmor +degraded +at work, and keeps sbox from making its user namespace'
if [ -n "$new" ]; then
	confine "capability,"
	refuses_both "a profile without userns" "Permission denied" "AppArmor profile sbox-confined confines sbox" "$shipped"
	apparmor_unload sbox-confined
	if grep -q '^unprivileged_userns ' /sys/kernel/security/apparmor/profiles; then
		run as_user aa-exec -p unprivileged_userns -- "$SBOX" -- echo it ran
		is "the profile that distributions put such programs into: nothing is run" "$status:$out" 125:
		has "... its name is told" "$err" "the AppArmor profile unprivileged_userns confines sbox"
	else
		skip "the profile that distributions put such programs into" "not loaded here"
	fi
	check "the shipped profile is loaded" apparmor_parser -r "$TOP_BUILDDIR/profiles/apparmor/sbox-tree"
else
	skip "a profile without userns" "this kernel does not ask AppArmor about user namespaces (6.7 does)"
	apparmor_unload sbox-confined
fi
check "... and sbox runs" sbox -- true
[ -z "$new" ] || apparmor_unload sbox-tree
finish
