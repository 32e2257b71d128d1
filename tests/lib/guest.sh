# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# For tests in the guest that are root there: they prepare the machine, and sbox is an ordinary user's all the same.

. "$TOP_SRCDIR/tests/lib/tap.sh"

as_user() {
	setpriv --reuid=tester --regid=tester --clear-groups --inh-caps=-all -- "$@"
}

sbox() {
	as_user timeout --foreground -k 5 $((30 * ${SBOX_TEST_SLOWDOWN:-1})) "$SBOX" "$@"
}

# The profile of AppArmor on stdin is loaded, with the version of the language that this parser has.
apparmor_load() {
	{
		[ ! -e /etc/apparmor.d/abi/4.0 ] || echo 'abi <abi/4.0>,'
		cat
	} | apparmor_parser -r
}

apparmor_unload() { # NAME
	echo -n "$1" > /sys/kernel/security/apparmor/.remove
}
