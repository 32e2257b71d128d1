#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timeout: 1200
# What analyzers say of every source: gcc's, which follows paths, and cppcheck.  Nothing, but for what is named here.
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
