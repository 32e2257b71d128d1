#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What `sbox explain` says of each shipped profile, compared with the text in this directory: a change of policy is a
# difference that a reviewer sees.  The launcher looks at a root file system made here (chroot in a user namespace, with the machine's /dev), so
# the answer does not depend on the machine; what still does (memory, the kernel's last capability) is named.
#
#   SBOX_TEST_UPDATE=1 make check SUITES=golden    writes the texts anew; look at the difference before you keep it
. "$TOP_SRCDIR/tests/lib/tap.sh"

here=$TOP_SRCDIR/tests/golden
root=$T/root

# A small Debian: directories, links, empty files.
make_root() {
	mkdir -p "$root"/{dev,proc,tmp,run/user/1000,home/user/project/.git/hooks,home/user/.ssh,opt,root,var,boot,etc}
	mkdir -p "$root"/usr/{bin,sbin,lib,lib64,share,local/bin,games}
	local name
	for name in bin sbin lib lib64; do
		ln -s "usr/$name" "$root/$name"
	done
	mkdir -p "$root"/etc/{alternatives,ssl/certs,fonts,ld.so.conf.d,default}
	for name in ld.so.cache ld.so.conf nsswitch.conf hosts resolv.conf machine-id os-release localtime services protocols \
		host.conf shadow sudoers profile bash.bashrc inputrc mime.types; do
		: > "$root/etc/$name"
	done
	printf 'root:x:0:0:root:/root:/bin/bash\nuser:x:1000:1000:User:/home/user:/bin/bash\n' > "$root/etc/passwd"
	printf 'root:x:0:\nuser:x:1000:\n' > "$root/etc/group"
	: > "$root/home/user/project/.git/config"
	: > "$root/home/user/.ssh/id_rsa"
	for name in sh env make python3 pasta xdg-dbus-proxy; do
		: > "$root/usr/bin/$name"
		chmod 755 "$root/usr/bin/$name"
	done
	chmod 700 "$root/home/user" "$root/run/user/1000"
	# The launcher and what it reads, at the places that the build fixed.
	install -D "$SBOX" "$root/sbox"
	mkdir -p "$root$TOP_SRCDIR"
	cp -R "$TOP_SRCDIR/profiles" "$root$TOP_SRCDIR/"
	chmod -R u+w,go-w "$root$TOP_SRCDIR"
	# A launcher that is linked dynamically needs its libraries.
	ldd "$SBOX" 2> /dev/null | grep -o '/[^ ]*' | while read -r lib; do
		install -D "$lib" "$root$lib"
	done
}

explain() { # ARG...
	env -i HOME=/home/user USER=user LOGNAME=user SHELL=/bin/bash TERM=xterm LANG=C.UTF-8 XDG_RUNTIME_DIR=/run/user/1000 \
		PATH=/usr/bin:/bin \
		unshare --user --map-root-user --mount sh -c '
			mount --rbind /dev "$1/dev" && root=$1 && shift &&
			exec unshare --user --map-user=1000 --map-group=1000 --root="$root" --wd=/home/user/project /sbox explain "$@"
			' explain "$root" "$@"
}

# What depends on the machine is named or left out: the tree's path (and the columns behind it), a share of memory, counts
# that depend on which system calls this libseccomp and this architecture have, Landlock's ABI.
normalise() {
	awk '/^\[/ { section = $0 } section != "[landlock]" && !/\/dev\/(dri|nvidia|hidraw|video|media|input)/' |
		sed -E -e "s|$TOP_SRCDIR/||g" -e 's/ +# /  # /' -e "s/(the host's in any case), and that is not synchronised/\\1/" -e "s/\\bsize ($share)\\b/size {25% of RAM}/" \
			-e 's/[0-9]+ (calls allowed|of them by|instructions)/{n} \1/g' -e "s/^  $(uname -m | tr _ -) /  {native} /"
}

make_root
run explain --profile=default
if [ "$status" != 0 ] && [[ $err == *"unshare:"* ]]; then
	fail "a user namespace with a root of its own can be made" "$err"
	finish
fi
# A quarter of memory in whole pages, computed as the plan does it.
# shellcheck disable=SC2017 # with the same loss
share=$(($(awk '/^MemTotal:/ { print $2 }' /proc/meminfo) * 1024 / 100 * 25 / 4096 * 4))
share="${share}K|$((share / 1024))M|$((share / 1048576))G"
mkdir -p made
for profile in "$TOP_SRCDIR"/profiles/*.ini; do
	name=$(basename "$profile" .ini)
	run explain --profile="$name"
	printf '%s\n' "$out" | normalise > "made/$name.txt"
	if [ "$status" != 0 ]; then
		fail "$name can be explained" "$(tap_context)"
	elif difference=$(diff -u "$here/$name.txt" "made/$name.txt" 2>&1); then
		pass "explain of $name says what it said"
	else
		fail "explain of $name says what it said" "$(head -n 60 <<< "$difference")" \
			"if this is meant: SBOX_TEST_UPDATE=1 make check SUITES=golden"
	fi
done
run explain --profile=default --steps
printf '%s\n' "$out" | normalise > made/steps.txt
difference=$(diff -u "$here/steps.txt" made/steps.txt 2>&1)
is "the steps of a launch are what they were" "$difference" ""
for golden in "$here"/*.txt; do
	[ -f "$golden" ] || continue
	name=$(basename "$golden" .txt)
	[ "$name" = steps ] || check "$name.txt belongs to a profile" test -f "$TOP_SRCDIR/profiles/$name.ini"
done
finish
