#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# runs as: root
# boots with: security=selinux selinux=1
# SELinux without a policy: it knows no label, so every label is refused.  That a label of a real policy is taken is
# *not* tested here.
. "$TOP_SRCDIR/tests/lib/guest.sh"

label=system_u:system_r:sbox_test_t:s0
is "(selinuxfs is there)" "$(cat /sys/fs/selinux/enforce 2>&1)" 0
run sbox --set "selinux.label=$label" -- echo it ran
is "a label that is refused: the program runs without it" "$status:$out" "0:it ran"
like "... and one line says so" "$err" "^sbox: option --set selinux.label: warning: cannot take the SELinux label $label: [^
]*, continuing without it\$"
run sbox --set "selinux.label=$label" --set profile.require=selinux -- echo it ran
is "required: not run" "$status:$out" 125:
has "... and why" "$err" "cannot take the SELinux label $label: "
has "... and what to do" "$err" "remedy: a policy that has it must be loaded"
run sbox --set apparmor.label=x -- echo it ran
like "AppArmor is not at work beside it" "$status:$out:$err" '^0:it ran:.*AppArmor is not at work on this machine, continuing without label x$'
run sbox doctor
is "doctor: untrusted runs" "$status" 0
like "... SELinux is at work" "$out" 'selinux +ok '
skip "a label of a loaded policy is taken" "no policy in this guest: untested"
finish
