#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timeout: 3600
# runs as: root
# README's two commands on a machine that has nothing: a Debian of SBOX_FRESH (by default trixie), unpacked and made the root of
# namespaces of its own, where ./bootstrap installs what is missing and `make check` runs.  Ten minutes, so only where
# SBOX_MATRIX=1 asks for it.
. "$TOP_SRCDIR/tests/lib/tap.sh"

suite=${SBOX_FRESH:-trixie}
if [ -z "${SBOX_MATRIX:-}" ]; then
	skip "a fresh Debian" "SBOX_MATRIX=1 asks for it"
	finish
fi
if ! have mmdebstrap; then
	skip "a fresh Debian" "mmdebstrap is not installed"
	finish
fi
if [ ! -e "$TOP_SRCDIR/.git" ]; then
	skip "a fresh Debian" "the tree is no checkout of git"
	finish
fi
# An old machine's image of the archive is past its date.
if ! mmdebstrap --quiet --variant=apt --include=ca-certificates,git,mount --aptopt='Acquire::Check-Valid-Until "false"' \
	"$suite" "$T/root" http://deb.debian.org/debian > "$T/log" 2>&1; then
	skip "a fresh Debian" "cannot unpack $suite: $(tail -n 1 "$T/log")"
	finish
fi
git -c safe.directory='*' clone -q "$TOP_SRCDIR" "$T/root/root/sbox"
cat > "$T/root/root/inside" <<'END'
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
mount -t proc proc /proc
umount -l /outside
mount -t devpts -o newinstance,ptmxmode=666 devpts /dev/pts
cd /root/sbox
./bootstrap --enable-werror || exit 1
echo "built by $(gcc -dumpfullversion)"
make -j2 check
END
# chroot(2) alone is no root that the kernel makes user namespaces in.
env -i root="$T/root" PATH="$PATH" unshare --mount --pid --fork --kill-child --propagation private sh -ec '
	mount --bind "$root" "$root"
	mkdir "$root/outside"
	mount --rbind /sys "$root/sys"
	mount --rbind /dev "$root/dev"
	mount -t tmpfs tmpfs "$root/run"
	cd "$root"
	pivot_root . outside
	exec chroot . sh /root/inside' > "$T/log" 2>&1
status=$?
like "bootstrap runs something real" "$(cat "$T/log")" "A shell ran in a sandbox"
is "make check: $(grep 'built by' "$T/log"), $(grep -o '[0-9]* passed, [0-9]* failed.*' "$T/log" | tail -n 1)" "$status" 0
[ $status = 0 ] || grep -A9 '^FAIL' "$T/log" | sed 's/^/# /'
umount -R "$T/root" 2> /dev/null
finish
