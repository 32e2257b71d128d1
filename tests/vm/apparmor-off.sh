#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# runs as: root
# boots with: apparmor=0
# AppArmor is built in and switched off: a hint is announced, a requirement is an error, doctor says which it is.
. "$TOP_SRCDIR/tests/lib/guest.sh"

is "(AppArmor is off)" "$(cat /sys/module/apparmor/parameters/enabled)" N
run sbox --set apparmor.label=sbox-test -- echo it ran
is "the program runs without its label" "$status:$out" "0:it ran"
like "... and one line says so" "$err" '^sbox: option --set apparmor.label: [^
]*AppArmor is not at work on this machine, continuing without label sbox-test$'
run sbox --set apparmor.label=sbox-test --set profile.require=apparmor -- echo it ran
is "required: not run" "$status:$out" 125:
has "... the remedy is a boot option" "$err" "remedy: boot with apparmor=1"
run sbox doctor
is "doctor: untrusted runs" "$status" 0
like "... AppArmor is switched off" "$out" 'apparmor +missing +built into the kernel and switched off'
finish
