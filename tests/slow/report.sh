#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timeout: 300
# Programs that people use do the same with a report as without; what it costs is printed.
. "$TOP_SRCDIR/tests/lib/tap.sh"

both() { # DESC SBOX-ARG… : the same status and output with and without
	local desc=$1 before plain plain_status took
	shift
	before=$(date +%s%N)
	plain=$(timeout 120 "$SBOX" "$@" 2> /dev/null)
	plain_status=$?
	took=$((($(date +%s%N) - before) / 1000000))
	before=$(date +%s%N)
	out=$(timeout 120 "$SBOX" --report="$T/report.json" "$@" 2> "$T/stderr")
	status=$?
	err=$(cat "$T/stderr")
	echo "# $desc: $took ms, with a report $((($(date +%s%N) - before) / 1000000)) ms"
	tap_command="$*"
	is "$desc: the same with a report as without" "$status $out" "$plain_status $plain"
	like "... which is complete" "$(tail -n 1 "$T/report.json")" '"event":"end".*"without-record":0'
}

mkdir -p www
echo '<h1>Hello</h1>' > www/index.html
printf '#include <stdio.h>\nint main(void) { puts("built"); return 0; }\n' > main.c

both "python" -- python3 -c 'import asyncio, json, ssl, sqlite3, subprocess; print(subprocess.check_output(["uname"]).decode())'
if have gcc; then
	both "gcc" --profile=build -- sh -c 'gcc -O2 -o program main.c && ./program'
fi
if have node; then
	both "node" -- node -e 'const { Worker } = require("worker_threads"); new Worker("console.log(6 * 7)", { eval: true });'
fi
if have firefox-esr; then
	both "firefox" --profile=browser --home=ephemeral --rw="$PWD/www" -- firefox-esr --headless --no-remote \
		--screenshot "$PWD/www/page.png" "file://$PWD/www/index.html"
	check "... and it drew the page" test -s www/page.png
else
	skip "firefox: the same with a report as without" "firefox-esr is not installed"
fi
finish
