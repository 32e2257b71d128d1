#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timeout: 3000
# runs as: root
# sbox as others may build it: the other compiler, each optional part left out, with musl, where the other suites are run as well,
# and for aarch64, where the unit tests and the commands that need no sandbox run under qemu-user.  Some fifteen minutes, so only
# where SBOX_MATRIX=1 asks for it.
. "$TOP_SRCDIR/tests/lib/tap.sh"

if [ -z "${SBOX_MATRIX:-}" ]; then
	skip "the matrix" "SBOX_MATRIX=1 asks for it"
	finish
fi
jobs=$(nproc)
mkdir "$T/src" && tar -C "$TOP_SRCDIR" --exclude=.git --exclude='*.o' --exclude='*.a' --exclude=tests/bin --exclude=autom4te.cache -cf - . | tar -C "$T/src" -xf -
(cd "$T/src" && rm -f config.status config.h Makefile sbox && autoreconf -fi) > "$T/autoreconf" 2>&1 ||
	fail "autoreconf" "$(tail -n 20 "$T/autoreconf")"

# Configures, and builds all and the unit tests.
build() { # NAME CONFIGURE-ARG...
	local name=$1

	shift
	mkdir "$T/$name"
	if (cd "$T/$name" && "$T/src/configure" --quiet --enable-werror "$@" && make -s -j"$jobs" && make -s -j"$jobs" check run_tests=true) > "$T/$name.log" 2>&1; then
		pass "$name: it is built"
	else
		fail "$name: it is built" "$(tail -n 20 "$T/$name.log")"
		return 1
	fi
}

# Every unit test but those that @except names.
unit() { # NAME EXCEPT COMMAND...
	local name=$1 except=$2 failed='' n=0 test out

	shift 2
	for test in "$T/$name"/tests/bin/test_*; do
		case $test in *.o) continue ;; esac
		case " $except " in *" ${test##*/} "*) continue ;; esac
		out=$(cd "$T/$name" && timeout 300 "$@" "$test" 2>&1 < /dev/null) || failed+="${test##*/}: $(tail -n 5 <<< "$out")
"
		n=$((n + 1))
	done
	is "$name: $n files of unit tests" "$failed" ""
}

for with in "gcc CC=gcc" "clang CC=clang" "dynamic CC=gcc --disable-static" "soft CC=gcc --disable-hardening" "without-systemd CC=gcc --without-systemd"; do
	read -ra words <<< "$with"
	if ! have "${words[1]#CC=}"; then
		skip "${words[0]}" "${words[1]#CC=} is not installed"
	elif build "${words[@]}"; then
		unit "${words[0]}" ""
	fi
	[ "${words[0]}" = gcc ] || rm -rf "${T:?}/${words[0]}"
done

# ---- musl --------------------------------------------------------------------------------------------------------------
# The programs that the tests run inside stay glibc's, since a report names the calls that a program made.
musl() {
	local words result name counts

	if ! words=$("$T/src/tests/musl" "$T/musl-libs" 2> "$T/err"); then
		skip "musl" "$(tail -n 1 "$T/err")"
		return
	fi
	read -rd '' -a words <<< "$words"
	build musl "${words[@]}" || return
	unit musl ""
	like "musl: the launcher is static" "$(readelf -lW "$T/musl/sbox" | grep -c INTERP)" "^0$"
	TOP_SRCDIR=$T/src TOP_BUILDDIR=$T/gcc SBOX=$T/musl/sbox bash "$T/src/tests/run.sh" golden integration > "$T/musl.tests" 2>&1
	while read -r result name counts; do
		case $result in
		ok) pass "musl: $name: $counts" ;;
		FAIL) fail "musl: $name: $counts" "$(sed -n "\\|^FAIL $name |,/^[a-zA-Z]/p" "$T/musl.tests" | grep '^ ')" ;;
		esac
	done < <(grep -E '^(ok|FAIL) ' "$T/musl.tests")
	like "musl: the suites came to their end" "$(tail -n 1 "$T/musl.tests")" "^[0-9]+ passed, [0-9]+ failed"
}
if [ -x "$T/gcc/tests/bin/probe" ]; then
	musl
else
	skip "musl" "its tests need what the build by gcc makes"
fi
rm -rf "${T:?}/gcc" "${T:?}/musl"

# ---- aarch64 -----------------------------------------------------------------------------------------------------------
for tool in qemu-aarch64-static mmdebstrap unshare; do
	if ! have "$tool"; then
		skip "aarch64" "$tool is not installed (qemu-user-static mmdebstrap)"
		finish
	fi
done
# Debian installs gcc-aarch64-linux-gnu only where gcc-multilib is not, which other tests need.
if have aarch64-linux-gnu-gcc; then
	cross=aarch64-linux-gnu-gcc
elif have clang && have aarch64-linux-gnu-ld; then
	cross="clang --target=aarch64-linux-gnu"
else
	skip "aarch64" "no compiler: clang with binutils-aarch64-linux-gnu, or gcc-aarch64-linux-gnu, which excludes gcc-multilib"
	finish
fi
root=$T/arm64
# Debian's own libraries, unpacked; nothing of them runs here.
if ! mmdebstrap --quiet --architectures=arm64 --variant=extract \
	--include=libc6-dev,libgcc-12-dev,libseccomp-dev,libcap-dev,libinih-dev,libjansson-dev,libcriterion-dev,linux-libc-dev bookworm "$root" http://deb.debian.org/debian > "$T/root.log" 2>&1; then
	skip "aarch64" "no libraries: $(tail -n 1 "$T/root.log")"
	finish
fi
# The interpreter is registered in a user namespace, for that alone (Linux 6.7).
cat > "$T/arm" <<END
#!/bin/sh
unset XDG_RUNTIME_DIR # another user's, in here
mount -t binfmt_misc none /proc/sys/fs/binfmt_misc && cat /usr/lib/binfmt.d/qemu-aarch64.conf > /proc/sys/fs/binfmt_misc/register || exit 99
QEMU_LD_PREFIX=$root exec "\$@"
END
chmod +x "$T/arm"
arm=(unshare -Urm "$T/arm")
export PKG_CONFIG_LIBDIR=$root/usr/lib/aarch64-linux-gnu/pkgconfig:$root/usr/share/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root
if ! build aarch64 --host=aarch64-linux-gnu --without-systemd CC="$cross --sysroot=$root"; then
	finish
fi
cd "$T/aarch64" || exit 1
if ! "${arm[@]}" ./sbox --version > /dev/null 2> "$T/err"; then
	skip "aarch64 under qemu-user" "$(cat "$T/err")"
	finish
fi
# qemu-user has no seccomp (test_bpf) and, before 9.2, no openat2 (test_desktop_record); in a user namespace an owner is
# nobody's (test_profile_find).
unit aarch64 "test_bpf test_desktop_record test_profile_find" "${arm[@]}"
"${arm[@]}" ./sbox check > out 2> err
is "aarch64: every shipped profile is read" "$? $(tail -n 1 out | grep -o '0 errors') $(cat err)" "0 0 errors "
for profile in default browser build untrusted agent; do
	"${arm[@]}" ./sbox explain --profile="$profile" --syscalls -- true > out 2> err
	is "aarch64: $profile is explained" "$? $(cat err)" "0 "
done
"${arm[@]}" ./sbox explain --syscall stat -- true > out 2>&1
like "aarch64: a call that it has not" "$(cat out)" "stat is no system call of this machine"
finish
