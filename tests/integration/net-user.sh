#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# runs as: root
# mode = user: the outside is reached, the host is not; names; published ports; pasta's life.
. "$TOP_SRCDIR/tests/lib/tap.sh"
if ! have pasta; then
	skip "mode = user" "pasta (passt) is not installed"
	finish
fi
. "$TOP_SRCDIR/tests/lib/netlab.sh"

netlab_web outside 8000 outside
netlab_web here 9000 host
get() { # URL...: from inside, one word each
	run user "$SBOX" --net=user -- sh -c 'for url; do curl -g -sS -m 5 "$url" || echo "no: $?"; done' get "$@"
}
link_local=$(ip -6 -br addr show dev h0 | grep -o 'fe80::[^/]*')
get http://198.51.100.7:8000 'http://[2001:db8:7::7]:8000'
is "a server outside is reached over IPv4 and IPv6" "$out" "outside
outside"
is "(the host's server answers on the host)" "$(curl -s http://127.0.0.1:9000; curl -s http://198.18.0.9:9000; curl -g -s "http://[$link_local%h0]:9000")" \
	"host
host
host"
for address in 127.0.0.1 127.0.0.2 0.0.0.0 192.0.2.2 198.18.0.9 192.0.2.1 '[::1]' '[2001:db8:1::2]' '[2001:db8:1::1]' '[::ffff:198.18.0.9]' \
	"[$link_local%h0]"; do
	get "http://$address:9000"
	like "the host's server is not reached at $address" "$out" '^no: (7|28)$'
done
# Inside while the host gets one more address.
cat > late.sh << 'END'
until [ -e go ]; do sleep 0.05; done
for _ in 1 2 3 4 5 6 7 8 9 10; do
	curl -s -m 1 http://198.18.0.77:9000 > /dev/null || break
	sleep 0.1
done
curl -s -m 5 http://198.18.0.77:9000; echo "$?"
END
chmod a+r late.sh
user "$SBOX" --net=user --cwd=ro -- sh late.sh > late &
late=$!
sleep 0.5
ip addr add 198.18.0.77/32 dev h1
touch go
wait $late
is "nor at an address that the host got later" "$(cat late)" 7
# ... also when the table cannot be changed: what the supervisor sends in a launch works, and nothing after that.
if have strace; then
	user strace -qq -o sends -e trace=sendto "$SBOX" --net=user -- true
	user strace -qq -o /dev/null -e trace=sendto -e inject=sendto:error=ENOBUFS:when=$(($(grep -c . sends) + 1))+ \
		"$SBOX" --net=user --cwd=ro -- sh -c 'echo > /dev/stderr; sleep 60' 2> shut &
	late=$!
	await grep -q . shut
	ip addr add 198.18.0.78/32 dev h1
	wait $late
	is "... and a sandbox for which it cannot be shut is ended" "$?" 137
	has "... with the reason" "$(cat shut)" "the host has a new address"
else
	skip "an address that cannot be shut" "strace is not installed"
fi

# ---- the caller's abstract sockets, and rights ----
refuses "a route cannot be added" user "$SBOX" --net=user -- ip route add 198.18.0.9/32 dev lo
refuses "nor a routing rule" user "$SBOX" --net=user -- ip rule add prio 1 table 7
refuses "an address cannot be added" user "$SBOX" --net=user -- ip addr add 198.18.0.10/32 dev lo
run user "$SBOX" --net=user -- sh -c 'ls -d /dev/net /dev/net/tun; ls /proc/self/fd | wc -l; ps -e -o comm= 2> /dev/null | grep pasta'
hasnt "neither the tun device nor pasta is inside" "$out" "pasta"

# ---- names ----
cat > zone << 'END'
web.test A 60 198.51.100.7
web.test AAAA 60 2001:db8:7::7
six.test AAAA 60 2001:db8:7::7
big.test IS truncated
END
python3 "$TOP_SRCDIR/tests/lib/nameserver.py" 127.0.0.53 53 zone log.local &
outside python3 "$TOP_SRCDIR/tests/lib/nameserver.py" 192.0.2.1 53 zone log.four &
outside python3 "$TOP_SRCDIR/tests/lib/nameserver.py" 2001:db8:7::7 53 zone log.six &
await test -e log.local
await test -e log.four
await test -e log.six
resolver_is() { # TEXT: what the host's resolv.conf says
	printf '%s\n' "$1" > "$T/resolv"
	mount --bind "$T/resolv" /etc/resolv.conf
}
times=$((20 / ${SBOX_TEST_SLOWDOWN:-1} + 1))
for server in 127.0.0.53 192.0.2.1 2001:db8:7::7; do
	resolver_is "nameserver $server
search corp.test"
	get http://web.test:8000 http://six.test:8000
	is "a name is resolved by the host's resolver at $server" "$out" "outside
outside"
	for ((i = 0; i < times; i++)); do
		user "$SBOX" --net=user "--env=RES_OPTIONS=attempts:1 timeout:4" -- getent ahosts web.test
	done > asked-once 2>&1
	is "... and at the first attempt, each of $times times" "$(grep -c STREAM asked-once)" $((2 * times))
	run user "$SBOX" --net=user -- cat /etc/resolv.conf
	hasnt "127.0.0.53 is not named inside" "$out" 127.0.0.53
	has "the search list stays" "$out" "search corp.test"
	run user "$SBOX" --net=user -- timeout 40 getent ahostsv4 big.test
	[ "$server" = 127.0.0.53 ] || has "an answer that needs TCP comes" "$out" 198.51.100.7
	like "what needs TCP does not hang" "$status" '^[02]$'
	umount /etc/resolv.conf
done
# Where pasta's AppArmor profile looks as well.
mkdir -p /run/systemd/resolve "$T/resolve" && printf 'nameserver 127.0.0.53\n' > "$T/resolve/stub-resolv.conf"
mount --bind "$T/resolve" /run/systemd/resolve
cp -a /etc "$T/etc" 2> /dev/null
ln -sf ../run/systemd/resolve/stub-resolv.conf "$T/etc/resolv.conf"
mount --bind "$T/etc" /etc
get http://web.test:8000
if [ "$out" != outside ] && grep -qs '^ *@{etc_ro}/resolv.conf' /etc/apparmor.d/abstractions/passt; then
	skip "the host's resolv.conf may be a link into /run" "Debian 12's AppArmor profile lets pasta read /etc/resolv.conf alone"
else
	is "the host's resolv.conf may be a link into /run" "$out" outside
fi
umount /etc
umount /run/systemd/resolve
rmdir --ignore-fail-on-non-empty -p /run/systemd/resolve 2> /dev/null
resolver_is "nameserver 203.0.113.8"
run user "$SBOX" --net=user --set network.dns=192.0.2.1 -- sh -c 'cat /etc/resolv.conf; curl -sS -m 5 http://web.test:8000'
is "dns = ADDR is asked instead" "$out" "nameserver 192.0.2.1
outside"
umount /etc/resolv.conf
complains "a resolver on the sandbox's loopback" 125 "own loopback" user "$SBOX" --net=user --set network.dns=127.0.0.1 -- true

# ---- published ports ----
cat > echo.py << 'END'
import socket, sys, threading
port = int(sys.argv[1])
def tcp():
    s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("", port)); s.listen()
    while True:
        c, _ = s.accept(); c.sendall(b"tcp " + c.recv(100)); c.close()
def udp():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("", port))
    while True:
        d, p = s.recvfrom(100); s.sendto(b"udp " + d, p)
for f in (tcp, udp):
    threading.Thread(target=f, daemon=True).start()
print("up", flush=True)
sys.stdin.read()
END
cat > ask.py << 'END'
import socket, sys
host, port, kind = sys.argv[1], int(sys.argv[2]), sys.argv[3]
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
s.settimeout(5)
try:
    s.connect((host, port)); s.send(b"x"); print(s.recv(100).decode())
except OSError as e:
    print("no: %s" % type(e).__name__)
END
chmod a+r echo.py ask.py
mkfifo hold up
user "$SBOX" --net=user --cwd=ro --publish=18080:80 --publish=192.0.2.2:18081:80 --publish=7000:7000/udp -- python3 echo.py 80 < hold > up &
server=$!
exec 8> hold
read -r _ < up
is "a TCP port of the sandbox answers on the host's loopback" "$(python3 ask.py 127.0.0.1 18080 tcp)" "tcp x"
is "and nowhere else" "$(python3 ask.py 192.0.2.2 18080 tcp)" "no: ConnectionRefusedError"
is "with an address it answers there, for others" "$(outside python3 ask.py 192.0.2.2 18081 tcp)" "tcp x"
is "and only there" "$(python3 ask.py 127.0.0.1 18081 tcp)" "no: ConnectionRefusedError"
complains "a port in use" 125 "cannot be published: Address" user "$SBOX" --net=user --publish=18080:80 -- touch "$T/ran"
has "with the way to find who has it" "$err" "ss -tlanp"
exec 8>&-
wait $server
user "$SBOX" --net=user --cwd=ro --publish=7000:7000/udp -- python3 echo.py 7000 < hold > up &
server=$!
exec 8> hold
read -r _ < up
is "a UDP port answers" "$(python3 ask.py 127.0.0.1 7000 udp)" "udp x"
exec 8>&-
wait $server
complains "a port that the user may not have" 125 "Permission denied" user "$SBOX" --net=user --publish=81:80 -- true
complains "an address that is not the host's" 125 "must be one of this machine's" user "$SBOX" --net=user --publish=198.51.100.7:8081:80 -- true
complains "a port without a network" 125 "needs mode = user" user "$SBOX" --publish=8081:80 -- true

# ---- pasta's life ----
pasta_name='(pasta|passt)(\.avx2)?'
pastas() {
	pgrep -x "$pasta_name" | wc -l
}
no_pasta() {
	! pgrep -x "$pasta_name"
}
is "no pasta is left" "$(pastas)" 0
user mkdir -m 700 "$T/user/run"
registered=(user env XDG_RUNTIME_DIR="$T/user/run" "$SBOX")
"${registered[@]}" --net=user --name=net -- sleep 100 &
sandbox=$!
await pgrep -x "$pasta_name"
registered_now() {
	"${registered[@]}" list | grep -q '^net '
}
await registered_now
run "${registered[@]}" enter net curl -sS -m 5 http://198.51.100.7:8000
is "who enters has the sandbox's network" "$status:$out" 0:outside
run "${registered[@]}" enter net curl -sS -m 5 http://127.0.0.1:9000
is "... and nothing of the host's" "$status" 7
kill -9 "$(pgrep -u "$netlab_uid" -x sbox | head -n 1)"
wait $sandbox
await no_pasta
is "it dies with the supervisor" "$(pastas)" 0
user "$SBOX" --net=user -- sh -c 'echo up; sleep 3; echo still' > said 2> words &
sandbox=$!
await grep -q up said
kill -9 "$(pgrep -x "$pasta_name")"
await grep -q pasta words
has "its end is said" "$(cat words)" "pasta ended before the program: the sandbox has no connection any more"
wait $sandbox
is "and the program goes on" "$(tail -n 1 said)" still
run bash -c 'trap "" PIPE; exec "$@"' ignored setpriv --reuid "$netlab_uid" --regid "$netlab_uid" --clear-groups env HOME="$T/user" "$SBOX" --net=user -- true
is "it starts where SIGPIPE is ignored" "$status" 0
cp -R "$TOP_SRCDIR/profiles" "$T/profiles"
run env SBOX_PROFILE_PATH="$T/profiles" HOME="$T/user" "$SBOX" --net=user -- curl -sS -m 5 http://198.51.100.7:8000
is "root may use it as well" "$out" outside
run user "$SBOX" --net=user -- sh -c 'exit 42'
is "the status is the program's" "$status" 42

# ---- a namespace of root's, prepared as by ip netns ----
: > "$T/prepared" && mount --bind "/proc/$netlab_outside/ns/net" "$T/prepared"
rooted() {
	env SBOX_PROFILE_PATH="$T/profiles" HOME="$T/user" XDG_RUNTIME_DIR="$T/user" "$@"
}
run rooted "$SBOX" --set network.join="$T/prepared" -- sh -c 'curl -sS -m 5 http://127.0.0.1:8000; ip route add default dev lo || echo refused'
is "root joins it" "$out" "outside
refused"
mkdir -p "$T/user" && chown 0 "$T/user" && chmod 700 "$T/user"
rooted "$SBOX" --name=rooted --set network.join="$T/prepared" -- sleep 100 &
joined=$!
await eval 'rooted "$SBOX" list | grep -q ^rooted'
run rooted "$SBOX" enter rooted curl -sS -m 5 http://127.0.0.1:8000
is "and who enters is in it" "$out" outside
rooted "$SBOX" kill rooted
wait $joined
chown "$netlab_uid:$netlab_uid" "$T/user"
complains "the user may not" 125 "only root may enter it" user "$SBOX" --set network.join="$T/prepared" -- true
has "and is told how" "$err" "nsenter --net=$T/prepared setpriv --reuid=$netlab_uid"
run nsenter --net="$T/prepared" setpriv --reuid="$netlab_uid" --regid="$netlab_uid" --clear-groups env HOME="$T/user" \
	"$SBOX" --net=host -- curl -sS -m 5 http://127.0.0.1:8000
is "which works" "$out" outside

# ---- what is missing ----
mkdir "$T/closed" && mount -t tmpfs -o mode=755 tmpfs "$T/closed" && mknod -m 600 "$T/closed/tun" c 10 200
mount --bind "$T/closed/tun" /dev/net/tun
complains "a closed /dev/net/tun" 125 "pasta needs /dev/net/tun" user "$SBOX" --net=user -- true
has "with the remedy" "$err" "chmod 0666 /dev/net/tun"
umount /dev/net/tun
resolver_is "nameserver 192.0.2.1"
ip route del default && ip -6 route del default
run user "$SBOX" --net=user -- true
if [ "$status" = 0 ]; then
	skip "no way out" "this pasta starts without a route (since November 2024): a network of the sandbox's own, and nothing beyond"
else
	complains "no way out" 125 "pasta did not start" user "$SBOX" --net=user -- true
	has "with the remedy" "$err" "no default route"
fi
finish
