#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timeout: 600
# The tests of the walls once more, each launch with a report: nothing that was shut opens, nothing that worked fails.
. "$TOP_SRCDIR/tests/lib/tap.sh"

mkdir -p reports
cat > with-report << END2
#!/bin/sh
case \$1 in
explain | check | doctor | profiles | list | kill | help | run) exec "$SBOX" "\$@" ;;
esac
exec "$SBOX" --report="$PWD/reports/\$\$" "\$@"
END2
chmod 755 with-report

for name in escape seccomp mounts home namespaces network landlock caps exit signals; do
	dir=$T/walls/$name
	mkdir -p "$dir/home" "$dir/work"
	mkdir -p "$dir/run"
	chmod 700 "$dir/run"
	run env -C "$dir/work" T="$dir" HOME="$dir/home" XDG_RUNTIME_DIR="$dir/run" SBOX="$PWD/with-report" \
		bash "$TOP_SRCDIR/tests/integration/$name.sh"
	wrong=$(grep -A 6 '^not ok' <<< "$out")
	is "$name.sh: $(grep -c '^ok' <<< "$out") checks hold with a report" "$status $wrong" "0 "
done
like "there was a report of each launch" "$(find reports -type f | wc -l)" '^[0-9]{3,}$'
finish
