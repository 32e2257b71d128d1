#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timeout: 300
# Firefox and Chromium with their own inner sandboxes.  Both draw a page without them, so the proof is a look from
# outside: content processes with two filters and a user namespace of their own.
. "$TOP_SRCDIR/tests/lib/tap.sh"

cp "$TOP_SRCDIR/tests/slow/browser.ini" browser.ini
mkdir -p www "$HOME/.ssh" "$HOME/shots"
echo secret > "$HOME/.ssh/id_rsa"
echo '<body style="background:#fc0"><h1>Hello</h1><script>document.write("js " + 6 * 7)</script>' > www/index.html
exec 8< <(cd www && exec python3 -u -m http.server 0 --bind 127.0.0.1 2>&1)
server=$!
trap 'kill $server' EXIT
read -r line <&8
port=$(grep -o 'port [0-9]*' <<< "$line" | tr -dc 0-9)
like "a server answers on the host's loopback" "$port" '^[0-9]+$'

chromium=(chromium --headless --disable-gpu --no-first-run --disable-background-networking --disable-component-update
	--disable-sync --disable-quic --user-data-dir=/tmp/profile)
firefox=(firefox-esr --headless --no-remote)

# The processes of the sandbox that pid 1 $1 began, one a line: filters, depth of pid namespaces, user namespace, name.
processes() {
	local all=$1 next=$1
	while [ -n "$next" ]; do
		next=$(for p in $next; do cat "/proc/$p/task/"*/children 2> /dev/null; done)
		all="$all $next"
	done
	for p in $all; do
		[ -r "/proc/$p/status" ] || continue
		echo "$(awk '/^Seccomp_filters/ { f = $2 } /^NSpid/ { n = NF - 1 } END { print f, n }' "/proc/$p/status")" \
			"$(readlink "/proc/$p/ns/user")" "$(cat "/proc/$p/comm")"
	done 2> /dev/null
}

look() { # NAME BROWSER...
	local name=$1 found i
	shift
	timeout -k 5 60 "$SBOX" --profile=./browser.ini -- "$@" "http://127.0.0.1:$port/" > look.log 2>&1 &
	local pid=$!
	for ((i = 0; i < 200; i++)); do
		sleep 0.1
		found=$(processes "$pid" | awk -v own="$(readlink /proc/$$/ns/user)" '$1 == 2 && $3 != own { print $3 }' | sort -u)
		first=$(processes "$pid" | awk '$1 == 1 && $2 == 2 { print $3; exit }')
		inner=$(grep -cv -F "${first:-none}" <<< "$found")
		[ -n "$found" ] && [ "$inner" -gt 0 ] && break
	done
	check "$name: processes under two filters in a user namespace of their own" test "$inner" -gt 0
	kill "$pid"
	wait "$pid"
}

shot() { # NAME FILE BROWSER...
	local name=$1 file=$2
	shift 2
	run timeout -k 5 90 "$SBOX" --profile=./browser.ini --rw "$HOME/shots" -- "$@" "http://127.0.0.1:$port/"
	is "$name draws a page" "$status" 0
	# the colour that the page asks for, in most of the picture
	is "$name: the picture is the page" "$(python3 - "$file" <<- 'END'
		import struct, sys, zlib
		data = open(sys.argv[1], "rb").read()
		at, body = 8, b""
		while at < len(data):
		    size, kind = struct.unpack(">I4s", data[at:at + 8])
		    if kind == b"IHDR":
		        width, height, depth, colour = struct.unpack(">IIBB", data[at + 8:at + 18])
		    if kind == b"IDAT":
		        body += data[at + 8:at + 8 + size]
		    at += 12 + size
		step = {2: 3, 6: 4}[colour]
		raw, row, hits = zlib.decompress(body), bytes(width * step), 0
		for y in range(height):
		    line = bytearray(raw[y * (width * step + 1) + 1:(y + 1) * (width * step + 1)])
		    how = raw[y * (width * step + 1)]
		    for x in range(width * step):
		        a = line[x - step] if x >= step else 0
		        b, c = row[x], row[x - step] if x >= step else 0
		        p = a + b - c
		        paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
		        line[x] = (line[x] + [0, a, b, (a + b) // 2, paeth][how]) & 255
		    row = bytes(line)
		    hits += sum(row[x:x + 3] == b"\xff\xcc\x00" for x in range(0, width * step, step))
		print("page" if hits * 2 > width * height else "something else")
	END
	)" page
}

shot firefox "$HOME/shots/firefox.png" "${firefox[@]}" --screenshot "$HOME/shots/firefox.png"
shot chromium "$HOME/shots/chromium.png" "${chromium[@]}" --screenshot="$HOME/shots/chromium.png"
look firefox "${firefox[@]}"
look chromium "${chromium[@]}"

run timeout -k 5 60 "$SBOX" --profile=./browser.ini -- "${chromium[@]}" --dump-dom "file://$HOME/.ssh/id_rsa"
hasnt "chromium cannot show ~/.ssh by file://" "$out" secret
refuses "with nested = sandbox no mount can be made" "$SBOX" --profile=./browser.ini -- unshare -Urm true
run "$SBOX" --profile=./browser.ini -- unshare -Ur id -u
is "... and a user namespace can" "$out" 0
finish
