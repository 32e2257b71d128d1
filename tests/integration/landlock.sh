#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The second wall behind the mounts, where this kernel has it: what only Landlock holds.
. "$TOP_SRCDIR/tests/lib/tap.sh"

abi=$(python3 -c 'import ctypes; print(ctypes.CDLL(None).syscall(444, None, 0, 1))')
cp "$PROBE" probe

# ---- files: a descriptor that came in for reading cannot be opened anew for writing
if [ "$abi" -ge 1 ]; then
	echo as-it-was > "$HOME/file"
	run sbox --set landlock.fs=off -- sh -c 'echo changed > /proc/self/fd/0' < "$HOME/file"
	is "(without Landlock, /proc/self/fd/0 can be opened for writing)" "$(cat "$HOME/file")" changed
	echo as-it-was > "$HOME/file"
	run sbox -- sh -c 'cat; echo changed > /proc/self/fd/0' < "$HOME/file"
	is "fs = mirror: stdin that was opened for reading is read" "$out" as-it-was
	is "... and cannot be opened for writing" "$(cat "$HOME/file")" as-it-was
	run bash -c '"$SBOX" -- sh -c "echo again > /dev/stdout; echo x > /dev/stderr" > "$T/o" 2> "$T/e"'
	is "... while a stream can be opened by its name" "$(cat "$T/o" "$T/e")" "again
x"
else
	skip "fs = mirror" "this kernel has no Landlock"
fi

# ---- the plan's own rules: what is given works through Landlock as well
mkdir -p "$HOME/p/sub"
echo x > "$HOME/p/f"
run sbox --rw "$HOME/p" --ro "$HOME/p/sub" -- sh -c 'cd ~/p && mkdir d && mv f d/g && ln d/g h && ln -s g d/s && mkfifo q && : > d/g && rm -r d h q && echo fine'
is "a writable directory allows all that files are for" "$status:$out" 0:fine
check "... renames between its directories too" sbox --rw "$HOME/p" -- sh -c 'cd ~/p && mkdir e && echo 1 > a && mv a e/a && mv e/a b && rm -r b e'
refuses "... and nothing below a read-only part of it" sbox --rw "$HOME/p" --ro "$HOME/p/sub" -- sh -c 'echo x > ~/p/sub/x'

# ---- scopes and ports, which matter most on the host's network
cat > server.py << 'END'
import socket, sys
ports = []
for _ in range(2):
    t = socket.socket(); t.bind(("127.0.0.1", 0)); t.listen(); ports.append(t)
a = socket.socket(socket.AF_UNIX); a.bind("\0sbox-landlock-" + sys.argv[1]); a.listen()
print(*(t.getsockname()[1] for t in ports), flush=True)
sys.stdin.read()
END
cat > client.py << 'END'
import os, socket, sys
def attempt(what, f):
    try:
        f(); print(what, "ok")
    except OSError as e:
        print(what, e.strerror)
attempt("abstract", lambda: socket.socket(socket.AF_UNIX).connect("\0sbox-landlock-" + sys.argv[1]))
for port in sys.argv[2:4]:
    attempt("connect", lambda: socket.socket().connect(("127.0.0.1", int(port))))
def own():
    s = socket.socket(socket.AF_UNIX); s.bind("\0inside-%d" % os.getpid()); s.listen()
    socket.socket(socket.AF_UNIX).connect("\0inside-%d" % os.getpid())
attempt("own", own)
END
mkfifo ports hold
python3 server.py $$ < hold > ports &
server=$!
exec 8> hold
read -r one two < ports
is "(outside, all answer)" "$(python3 client.py $$ "$one" "$two" | grep -c ok)" 4

if [ "$abi" -ge 6 ]; then
	run sbox --net=host -- python3 client.py $$ "$one" "$two"
	is "host's network: its abstract sockets are out of reach, the ports are not" "$out" "abstract Operation not permitted
connect ok
connect ok
own ok"
	run sbox --net=host --set landlock.scope= -- python3 client.py $$ "$one" "$two"
	is "an empty scope gives them" "$(head -n 1 <<< "$out")" "abstract ok"
else
	skip "host's network: its abstract sockets are out of reach" "Landlock ABI $abi, 6 is needed"
	run sbox --net=host -- true
	is "... the run works without" "$status" 0
fi
if [ "$abi" -ge 4 ]; then
	run sbox --net=host --set "landlock.connect=$one" -- python3 client.py $$ "$one" "$two"
	is "connect = PORT: this port and no other" "$(grep connect <<< "$out")" "connect ok
connect Permission denied"
	# What the kernel's Landlock does not take for TCP, or for a connection.
	cat > other.py << 'END'
import socket, sys
port = int(sys.argv[1])
def attempt(name, f):
    try:
        f(); print(name, "ok")
    except OSError as e:
        print(name, e.strerror)
for family, host in (socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"):
    for protocol in 262, 256: # MPTCP, SMC
        attempt(protocol, lambda: socket.socket(family, socket.SOCK_STREAM, protocol).connect((host, port)))
def fast(send):
    s = socket.socket()
    send(s, 0x20000000 | socket.MSG_NOSIGNAL) # MSG_FASTOPEN
attempt("sendto", lambda: fast(lambda s, f: s.sendto(b"x", f, ("127.0.0.1", port))))
attempt("sendmsg", lambda: fast(lambda s, f: s.sendmsg([b"x"], [], f, ("127.0.0.1", port))))
END
	for options in "landlock.connect=$one" landlock.bind=8080; do
		run sbox --net=host --set "$options" -- python3 other.py "$two"
		is "$options: nor with TCP by another name" "$(sort -u <<< "$out")" "256 Protocol not supported
262 Protocol not supported
sendmsg Operation not supported
sendto Operation not supported"
	done
	run sbox --net=host --set "landlock.connect=$one" -- python3 client.py $$ "$one" "$two"
	has "... and TCP itself is as it was" "$out" "connect ok"
	run sbox --set landlock.bind=8080 -- sh -c './probe bind 8080; ./probe bind 8081'
	is "bind = PORT: this port and no other" "$out" "ok
EACCES"
else
	skip "connect = PORT" "Landlock ABI $abi, 4 is needed"
	run sbox --net=host --set "landlock.connect=$one" -- true
	like "... is said instead of being ignored" "$status:$err" '^0:sbox: .*TCP ports are not limited: .*, continuing without it'
fi
exec 8>&-
wait "$server"
complains "require = landlock of a kernel that has it, or a refusal" "$([ "$abi" -ge 1 ] && echo 3 || echo 125)" "" \
	sbox --set profile.require=landlock -- sh -c 'echo "sbox: it ran" >&2; exit 3'
finish
