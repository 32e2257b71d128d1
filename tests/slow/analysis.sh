#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timeout: 1200
# What analyzers say of every source: gcc's, which follows paths, clang-tidy and cppcheck.  Nothing, but for what is named here and
# in .clang-tidy.
. "$TOP_SRCDIR/tests/lib/tap.sh"

cd "$TOP_SRCDIR" || exit 1
defines=(-D_GNU_SOURCE '-DSYSTEM_PROFILE_DIR=""' '-DSHIPPED_PROFILE_DIR=""' '-DSHIPPED_APPARMOR_PROFILE=""' '-DSCOPE_HELPER=""' -Isrc -I"$TOP_BUILDDIR")

# Another version says other things.
analyze() {
	gcc -O2 -fanalyzer "${defines[@]}" -c "$1" -o /dev/null 2>&1 | grep -E 'warning:|error:' | sort -u
}
if ! have gcc || [ "$(gcc -dumpversion)" != 12 ]; then
	skip "gcc -fanalyzer" "this is for gcc 12"
else
	count=0
	found=$(while read -r source; do analyze "$source"; done < <(find src -name '*.c' ! -path '*/scope/*' | sort))
	count=$(find src -name '*.c' ! -path '*/scope/*' | wc -l)
	is "gcc -fanalyzer on $count sources" "$found" ""
fi

# clang's analyzer gives a function up early (by default it looks at 225,000 of its states): a minute instead of five.
tidy() {
	clang-tidy --quiet --config-file=.clang-tidy "$@" -- "${defines[@]}" -std=gnu11 -Xclang -analyzer-config -Xclang max-nodes=20000 2>&1 |
		grep -E 'warning:|error:'
}
if ! have clang-tidy; then
	skip "clang-tidy" "it is not installed"
elif ! clang-tidy --version | grep -q 'version 14\.'; then
	skip "clang-tidy" "this is for version 14"
else
	mapfile -t sources < <(find src -name '*.c' ! -path '*/scope/*' | sort)
	half=$((${#sources[@]} / 2))
	tidy "${sources[@]:0:half}" > "$T/first" &
	tidy "${sources[@]:half}" > "$T/second"
	wait
	is "clang-tidy" "$(cat "$T/first" "$T/second")" ""
fi

if ! have cppcheck; then
	skip "cppcheck" "it is not installed"
else
	# It takes vec_each() for a syntax error unless it is told a type, tries machines that there are not, does not know ranges in initialisers
	# nor that a call may add a problem to err->problems.
	found=$(cppcheck --enable=warning,portability --quiet "${defines[@]}" '-D__typeof__(x)=char *' -D__x86_64__ --suppress=missingInclude \
		--suppress=missingIncludeSystem --suppress=preprocessorErrorDirective --suppress=internalAstError --suppress=unknownEvaluationOrder:src/launch/supervise.c \
		--suppress=incorrectLogicOperator:src/launch/supervise.c --suppress=uninitvar:src/net/resolver.c \
		--suppress=CastIntegerToAddressAtReturn:src/profile/source.c --suppress=ctunullpointer:src/base/macro.h \
		src 2>&1 | grep -E '(error|warning|portability):')
	is "cppcheck" "$found" ""
fi
finish
