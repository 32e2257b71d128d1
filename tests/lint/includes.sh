#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Includes point one way: base ← profile ← plan ← kernel, report ← desktop, net ← learn, overlay ← launch ← cmd ← main.
# So the plan can be read, tested and reused without knowing how it is carried out.
. "$TOP_SRCDIR/tests/lib/tap.sh"

# What a file of each directory may include, beside its own directory and the system.
may_include() {
	case $1 in
	base | scope) echo "" ;;
	profile) echo "base" ;;
	plan) echo "base profile" ;;
	kernel | report) echo "base plan profile/words.h" ;;
	desktop | net) echo "base plan profile/words.h kernel" ;;
	learn | overlay) echo "base plan profile/words.h kernel desktop net report" ;;
	launch) echo "base plan profile/words.h kernel desktop net report overlay" ;;
	cmd) echo "base profile plan kernel desktop net report learn overlay launch" ;;
	main.c) echo "base cmd kernel launch" ;;
	*) return 1 ;;
	esac
}

# Every include of $1 that its directory may not have.
wrong_includes() { # FILE AREA
	local allowed line included area ok word
	allowed=$(may_include "$2")
	grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$1" | while IFS= read -r line; do
		included=${line#*\"}
		included=${included%%\"*}
		area=${included%%/*}
		ok=
		case $included in
		config.h | "$area") [ "$included" = config.h ] && ok=1 ;;
		esac
		[ "$area" != "$2" ] || ok=1
		for word in $allowed; do
			if [ "$word" = "$area" ] || [ "$word" = "$included" ]; then
				ok=1
			fi
		done
		[ -n "$ok" ] || echo "$1:${line%%:*}: may not include \"$included\""
	done
}

cd "$TOP_SRCDIR/src" || exit 1
for area in *; do
	[ -d "$area" ] || [ "${area%.c}" != "$area" ] || continue # what the build makes beside main.c
	if ! may_include "$area" > /dev/null; then
		fail "src/$area has a place in the order of includes" "add it to tests/lint/includes.sh and to HACKING.md"
		continue
	fi
	wrong=$(find "$area" -name '*.[ch]' -o -name '*.def' | sort | while IFS= read -r file; do
		wrong_includes "$file" "$area"
	done)
	is "src/$area includes only what lies before it" "$wrong" ""
done

# One reader of INI text, and no file reads profile.h behind the plan's back.
is "only profile/ini.c includes <ini.h>" "$(grep -rlE '#[[:space:]]*include[[:space:]]*<ini\.h>' . --include='*.[ch]')" "./profile/ini.c"
finish
