#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timeout: 600
# What others install from: `make install` with DESTDIR, the Debian package, the RPM.  tests/vm/package.sh installs the first.
. "$TOP_SRCDIR/tests/lib/tap.sh"

export TMPDIR=$T # lintian's and rpm's own

# A copy that can be configured: not the tree of the developer, which is.
mkdir src
tar -C "$TOP_SRCDIR" --exclude=.git --exclude=packages --exclude='*.o' --exclude=tests/logs --exclude=tests/bin --exclude=config.status \
	--exclude=autom4te.cache -cf - . | tar -C src -xf -
if ! have make || ! [ -x src/configure ]; then
	skip "packages" "no make, or no configure"
	finish
fi
rm -f src/Makefile src/config.h
build() { # DIR CONFIGURE-ARG...
	mkdir "$1" && (cd "$1" && shift && ../src/configure --quiet "$@" && make --quiet -j2) > "$T/log" 2>&1
}

# ---- make install
if build inst --prefix=/usr --sysconfdir=/etc && (cd inst && make --quiet install DESTDIR="$T/dest") > "$T/log" 2>&1; then
	pass "make install with DESTDIR"
else
	fail "make install with DESTDIR" "$(tail -20 "$T/log")"
fi
is "... everything is below /usr" "$(ls "$T/dest")" usr
for file in bin/sbox share/sbox/profiles/default.ini share/sbox/apparmor/sbox share/man/man1/sbox-apply.1 share/man/man7/sbox-hardening.7 \
	share/bash-completion/completions/sbox.bash share/zsh/site-functions/_sbox share/fish/vendor_completions.d/sbox.fish; do
	check "... $file" test -s "$T/dest/usr/$file"
done
has "... AppArmor's profile names the installed program" "$(cat "$T/dest/usr/share/sbox/apparmor/sbox")" '"/usr/bin/sbox"'
is "... nothing has a special mode" "$(find "$T/dest" -perm /7000)" ""
(cd inst && make --quiet uninstall DESTDIR="$T/dest") > "$T/log" 2>&1
is "make uninstall leaves nothing" "$(find "$T/dest" -type f -o -type l)" ""

# ---- Debian
if have dpkg-buildpackage && dpkg-checkbuilddeps src/debian/control 2> /dev/null; then
	if (cd inst && make --quiet deb) > "$T/log" 2>&1; then
		pass "the Debian package is built"
	else
		fail "the Debian package is built" "$(tail -20 "$T/log")"
	fi
	listed=$(dpkg-deb -c inst/packages/sbox_*.deb | awk '{ print $6 }')
	has "... with the program" "$listed" ./usr/bin/sbox
	has "... and its manuals" "$listed" ./usr/share/man/man7/sbox-hardening.7.gz
	has "... and zsh's completion, where Debian's zsh looks" "$listed" ./usr/share/zsh/vendor-completions/_sbox
	if have lintian; then
		run lintian --fail-on error inst/packages/sbox_*.changes
		is "... lintian finds no error" "$status:$(grep '^E:' <<< "$out")" 0:
	else
		skip "... lintian finds no error" "no lintian"
	fi
else
	skip "the Debian package is built" "no dpkg-buildpackage, or not what it needs"
fi

# ---- RPM: where rpm is not the system's own, its list of what is installed is empty
if have rpmbuild && have xz; then
	(cd inst && make --quiet dist) > "$T/log" 2>&1
	if rpmbuild -tb --nodeps --define "_topdir $T/rpm" --define "_tmppath $T" --define 'debug_package %{nil}' inst/sbox-*.tar.xz > "$T/log" 2>&1; then
		pass "the RPM is built"
	else
		fail "the RPM is built" "$(tail -20 "$T/log")"
	fi
	has "... with the program and its manuals" "$(rpm -qlp "$T"/rpm/RPMS/*/*.rpm 2> /dev/null | tr '\n' ' ')" /usr/bin/sbox
else
	skip "the RPM is built" "no rpmbuild"
fi

# ---- one file to copy to another machine
if readelf -lW inst/sbox | grep -q ' INTERP '; then
	skip "the launcher needs no library" "a static library is missing here"
else
	mkdir -p "$T/alone/bin" && cp inst/src/sbox "$T/alone/bin/"
	run env -i HOME="$HOME" "$T/alone/bin/sbox" --version
	is "the launcher alone runs" "$status" 0
	printf '[files]\nsystem = host\n' > alone.ini
	run env -i HOME="$HOME" PATH=/usr/bin "$T/alone/bin/sbox" --profile=./alone.ini -- echo inside
	is "... and makes a sandbox by a profile given by path" "$status:$out" 0:inside
	cp -r src/profiles "$T/alone/"
	run env -i HOME="$HOME" PATH=/usr/bin SBOX_PROFILE_PATH="$T/alone/profiles" "$T/alone/bin/sbox" --profile=untrusted -- echo inside
	is "... and with the directory of profiles by those" "$status:$out" 0:inside
	if [ -d /usr/share/sbox/profiles ]; then
		skip "... without, it says what is missing" "sbox is installed here"
	else
		run env -i HOME="$HOME" PATH=/usr/bin "$T/alone/bin/sbox" -- true
		has "... without, it says what is missing" "$status $err" "copy its directory of profiles"
	fi
fi
finish
