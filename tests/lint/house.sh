#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What keeps the code readable: no file over 500 lines, no function over 60, every function of a header said what it is for.
. "$TOP_SRCDIR/tests/lib/tap.sh"

# Functions begin and end with a brace in the first column; a block of a header is what stands between two empty lines.
# shellcheck disable=SC2016 # awk's dollars
long='FNR == 1 { begun = 0 }
	/^\{$/ { begun = FNR; what = last }
	/^\}/ && begun { if (FNR - begun - 1 > 60) print FILENAME ": " FNR - begun - 1 " lines: " what; begun = 0 }
	{ last = $0 }'
# shellcheck disable=SC2016
unsaid='FNR == 1 || /^[ \t]*$/ { said = 0 }
	/\/\*|\*\// { said = 1 }
	/^[a-z].*[a-z0-9_]\(.*\).*;$/ && !/^(typedef|static|return)/ && !said { print FILENAME ": " $0 }'

cd "$TOP_SRCDIR" || exit 1
mapfile -t sources < <(find src tests -name '*.[ch]' | sort)
mapfile -t headers < <(find src -name '*.h' | sort)
is "no file of src/ has more than 500 lines" "$(wc -l "${sources[@]}" | awk '$2 ~ /^src/ && $1 > 500 { print $2 ": " $1 }')" ""
is "no function has more than 60" "$(awk "$long" "${sources[@]}")" ""
is "every function in a header has a comment, its own or that of its group" "$(awk "$unsaid" "${headers[@]}")" ""

# HACKING's map: each directory of src/ and tests/ is on it, and what it names exists.
missing=
for dir in src/*/ tests/*/; do
	case $dir in tests/bin/ | tests/logs/ | src/.*) continue ;; esac
	[ -n "$(git ls-files "$dir" 2> /dev/null | head -n 1)" ] || [ ! -d .git ] || continue
	name=${dir#*/}
	grep -q "\b${name%/}/" HACKING.md || missing+=" $dir"
done
is "HACKING names each directory" "$missing" ""
missing=
while read -r name; do
	[ -n "$(find src man tests -name "$name" | head -n 1)" ] || missing+=" $name"
done < <(sed -n '/^## Where everything is/,/^## How a launch goes/p' HACKING.md | sed 's/<[a-z.]*>//g' | grep -oE '\b[a-z_0-9-]+\.(c|h|def|sh)\b' | sort -u)
is "what HACKING's map names is there" "$missing" ""

# The checks themselves: they must see what is wrong.
{
	printf 'void f(void)\n{\n'
	for ((i = 0; i < 61; i++)); do printf '\tf();\n'; done
	printf '}\n'
} > "$T/long.c"
printf '/* said */\nvoid f(void);\n\nvoid g(void);\n' > "$T/unsaid.h"
like "a long function is seen" "$(awk "$long" "$T/long.c")" ': 61 lines: void f'
is "a function without a comment is seen" "$(awk "$unsaid" "$T/unsaid.h")" "$T/unsaid.h: void g(void);"
finish
