#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# runs as: root
# interface: all that leaves the sandbox leaves by it, TCP and UDP, IPv4 and IPv6, and sbox's own questions for names.
. "$TOP_SRCDIR/tests/lib/tap.sh"
if ! have pasta; then
	skip "interface" "pasta (passt) is not installed"
	finish
fi
. "$TOP_SRCDIR/tests/lib/netlab.sh"

# A second outside, with the addresses of the first, behind another interface of the host.
unshare --net sleep infinity &
other=$!
await eval '[ "$(readlink /proc/$other/ns/net)" != "$(readlink /proc/self/ns/net)" ]'
other() {
	nsenter --target "$other" --net -- "$@"
}
ip link add x0 type veth peer name o0 netns "$other"
ip addr add 198.18.2.2/24 dev x0
ip -6 addr add 2001:db8:2::2/64 dev x0 nodad
ip link set x0 up
ip route add default via 198.18.2.1 metric 500
other ip link set lo up
other ip addr add 198.51.100.7/32 dev lo
other ip -6 addr add 2001:db8:7::7/128 dev lo nodad
other ip addr add 198.18.2.1/24 dev o0
other ip -6 addr add 2001:db8:2::1/64 dev o0 nodad
other ip link set o0 up

cat > who.py << 'END'
import socket, sys, threading
me = sys.argv[1].encode()
def serve(host, kind):
    s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((host, 7000))
    if kind == socket.SOCK_DGRAM:
        while True:
            s.sendto(me, s.recvfrom(10)[1])
    s.listen()
    while True:
        c, _ = s.accept(); c.recv(10); c.sendall(me); c.close()
for host in ("198.51.100.7", "2001:db8:7::7"):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        threading.Thread(target=serve, args=(host, kind)).start()
END
cat > ask.py << 'END'
import socket
for host in ("198.51.100.7", "2001:db8:7::7"):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind); s.settimeout(5)
        try:
            s.connect((host, 7000)); s.send(b"x"); print(s.recv(100).decode(), end=" ")
        except OSError as e:
            print(e.strerror or type(e).__name__, end=" ")
END
chmod a+r ask.py
outside python3 who.py usual &
other python3 who.py other &
cat > zone << 'END'
web.test A 60 198.51.100.7
web.test AAAA 60 2001:db8:7::7
END
outside python3 "$TOP_SRCDIR/tests/lib/nameserver.py" 198.51.100.7 53 zone log.usual &
other python3 "$TOP_SRCDIR/tests/lib/nameserver.py" 198.51.100.7 53 zone log.other &
python3 "$TOP_SRCDIR/tests/lib/nameserver.py" 127.0.0.53 53 zone log.local &
for log in usual other local; do
	await test -e log.$log
done
await outside python3 ask.py
printf 'nameserver 198.51.100.7\n' > "$T/resolv"
mount --bind "$T/resolv" /etc/resolv.conf

asked() { # OPTION...
	run user "$SBOX" --net=user --cwd=ro "$@" -- sh -c 'getent ahosts web.test | grep -c STREAM; python3 ask.py'
}
asked
is "without it the host's routes decide" "$out" "2
usual usual usual usual "
complains "an interface without IPv6 and a way out" 125 "no default route" user "$SBOX" --net=user --set network.interface=h1 -- true
complains "what is no interface" 125 "no interface h9" user "$SBOX" --net=user --set network.interface=h9 -- true
complains "without pasta" 125 "needs mode = user" user "$SBOX" --set network.interface=x0 -- true
new=$(grep -c map-host-loopback "$(command -v pasta)")
# IPv4 alone.
if [ "$new" = 0 ]; then
	complains "UDP would leave elsewhere with an old pasta" 125 "would let UDP leave" user "$SBOX" --net=user --set network.interface=x0 -- true
else
	asked --set network.interface=x0
	is "an interface with IPv4 alone: the sandbox has no IPv6" "$out" "2
other other Network is unreachable Network is unreachable "
fi
ip -6 route add default via 2001:db8:2::1 dev x0 metric 5000
rm log.*
asked --set network.interface=x0
is "TCP and UDP leave by it, over IPv4 and IPv6" "$out" "2
other other other other "
is "and questions for names" "$(ls log.*)" log.other
asked --set network.interface=x0 --set network.allow=web.test
is "with an allowlist as well" "$out" "2
other other other other "
is "sbox's own resolver asks there too" "$(ls log.*)" log.other
run user "$SBOX" explain --net=user --set network.interface=x0 true
has "explain says which families" "$out" "IPv4 and IPv6"
printf 'nameserver 127.0.0.53\n' > "$T/resolv"
asked --set network.interface=x0 --set network.allow=web.test
is "a resolver on the host's loopback is asked there by sbox" "$out:$(ls log.*)" "2
other other other other :log.local
log.other"
complains "but not by pasta" 125 "dns = ADDRESS" user "$SBOX" --net=user --set network.interface=x0 -- true
asked --set network.interface=x0 --set network.dns=198.51.100.7
is "dns names another" "$out" "2
other other other other "
cat > server.py << 'END'
import socket, sys, threading
def udp():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("", 7001))
    while True:
        s.sendto(b"inside", s.recvfrom(10)[1])
threading.Thread(target=udp, daemon=True).start()
s = socket.socket(); s.bind(("", 7001)); s.listen()
print("up", flush=True)
c, _ = s.accept(); c.recv(10); c.sendall(b"inside"); c.close()
sys.stdin.read()
END
chmod a+r server.py
mkfifo up hold
user "$SBOX" --net=user --cwd=ro --set network.interface=x0 --set network.dns=198.51.100.7 --publish=7001:7001 --publish=7001:7001/udp -- \
	python3 server.py < hold > up &
server=$!
exec 8> hold
read -r _ < up
is "a published port answers as before" "$(python3 -c '
import socket
for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
    s = socket.socket(socket.AF_INET, kind); s.settimeout(5); s.connect(("127.0.0.1", 7001)); s.send(b"x"); print(s.recv(10).decode())' | tr '\n' ' ')" \
	"inside inside "
exec 8>&-
wait $server
finish
