#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# runs as: root
# The Debian package (`make deb`) installed as a user would, tried, and removed.
. "$TOP_SRCDIR/tests/lib/guest.sh"

shopt -s nullglob
debs=("$TOP_BUILDDIR"/packages/sbox_*.deb)
if [ "${#debs[@]}" != 1 ]; then
	skip "the package" "there is none: make deb"
	finish
fi
installed=/usr/bin/sbox
user() { run as_user env -i HOME=/home/tester USER=tester PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 bash -c "$1"; }

# What it recommends is in the guest; libsystemd0 is what it depends on.
run dpkg -i "${debs[0]}"
is "it is installed" "$status" 0
user 'command -v sbox'
is "sbox is in the user's PATH" "$out" "$installed"
user "stat -c '%a %U' $installed"
is "... without a special mode or owner" "$out" "755 root"
user 'sbox doctor'
is "doctor: sandboxes can be made" "$status" 0
user 'sbox --profile=untrusted id -un'
is "a first sandbox" "$status:$out" "0:tester"
user 'echo secret > ~/secret; sbox -- cat ~/secret'
is "... which does not see the home" "$status" 1
user 'sbox check'
is "the installed profiles are right" "$status" 0
user 'sbox profiles'
has "... and found where they are installed" "$out" /usr/share/sbox/profiles/untrusted.ini
user 'cd $(mktemp -d) && echo a > f && sbox --cwd=overlay --name=t -- rm -rf f && cat f && sbox diff t && sbox discard t'
has "a destructive script on an overlay" "$out" a
listed=$(dpkg-deb -c "${debs[0]}")
for page in man1/sbox.1 man1/sbox-run.1 man1/sbox-apply.1 man5/sbox-profile.5 man7/sbox-hardening.7; do
	has "manual: $page" "$listed" "./usr/share/man/$page.gz" # a guest may leave manuals out when it installs
done
for file in bash-completion/completions/sbox.bash zsh/vendor-completions/_sbox fish/vendor_completions.d/sbox.fish; do
	check "completion: $file" test -s "/usr/share/$file"
done

# ---- AppArmor's profile, where its parser can read it
if apparmor_parser --skip-kernel-load --skip-cache /usr/share/sbox/apparmor/sbox > /dev/null 2>&1; then
	is "AppArmor's profile is installed" "$(readlink /etc/apparmor.d/sbox)" /usr/share/sbox/apparmor/sbox
	has "... and loaded" "$(cat /sys/kernel/security/apparmor/profiles)" "sbox (unconfined)"
	sysctl -qw kernel.apparmor_restrict_unprivileged_userns=1 2> /dev/null
	user 'sbox -- true'
	is "... sandboxes can be made with user namespaces restricted" "$status" 0
else
	is "AppArmor's profile is not where this parser would stumble over it" "$(ls /etc/apparmor.d/sbox 2>&1)" \
		"ls: cannot access '/etc/apparmor.d/sbox': No such file or directory"
fi

run dpkg -r sbox
is "it is removed" "$status" 0
is "... nothing of it is left" "$(ls -d /usr/bin/sbox /usr/share/sbox /etc/apparmor.d/sbox /usr/share/man/man1/sbox* 2> /dev/null)" ""
hasnt "... nor loaded" "$(cat /sys/kernel/security/apparmor/profiles 2> /dev/null)" "sbox (unconfined)"
finish
