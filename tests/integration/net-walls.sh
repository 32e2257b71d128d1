#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# runs as: root
# mode = user against a program that tries to reach the host by every way a socket can name it: the host hears nothing.
. "$TOP_SRCDIR/tests/lib/tap.sh"
if ! have pasta; then
	skip "the host from inside" "pasta (passt) is not installed"
	finish
fi
. "$TOP_SRCDIR/tests/lib/netlab.sh"

# Everything that a host may listen to, at one port: TCP, UDP, both families, groups that its own services join.
cat > hear.py << 'END'
import socket, struct, sys, threading
def say(how, data, peer):
    print("heard", how, data.decode(), peer[0], flush=True)
def udp(family, *groups):
    s = socket.socket(family, socket.SOCK_DGRAM)
    if family == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    s.bind(("", 9000))
    for g in groups:
        if family == socket.AF_INET:
            s.setsockopt(0, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(g) + socket.inet_aton("192.0.2.2"))
        else:
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, socket.inet_pton(family, g) + struct.pack("I", socket.if_nametoindex("h0")))
    while True:
        d, p = s.recvfrom(100); say("udp", d, p)
def tcp(family):
    s = socket.socket(family)
    if family == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    s.bind(("", 9000)); s.listen(100)
    while True:
        c, p = s.accept(); say("tcp", b"connection", p); c.close()
for f, a in ((udp, (socket.AF_INET, "224.0.0.251", "239.255.255.250")), (udp, (socket.AF_INET6, "ff02::fb", "ff05::c")),
             (tcp, (socket.AF_INET,)), (tcp, (socket.AF_INET6,))):
    threading.Thread(target=f, args=a, daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
END
cat > knock.py << 'END'
import socket, struct, sys
out, = [n for _, n in socket.if_nameindex() if n != "lo"]
index = socket.if_nametoindex(out)
any4 = b"\0" * 4
def device(s): s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, out.encode())
def unicast(s): s.setsockopt(socket.IPPROTO_IPV6 if s.family == socket.AF_INET6 else 0, 76 if s.family == socket.AF_INET6 else 50, struct.pack("!I", index))
def multicast(s): s.setsockopt(0, socket.IP_MULTICAST_IF, struct.pack("4s4sI", any4, any4, index))
def broadcast(s): s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1); device(s)
def direct(s): s.setsockopt(socket.SOL_SOCKET, socket.SO_DONTROUTE, 1); device(s)
def source(s): s.setsockopt(0, socket.IP_OPTIONS, bytes([131, 7, 4]) + socket.inet_aton("127.0.0.1") + b"\0")
def packet(s): pass
hosts = ["127.0.0.1", "127.255.255.254", "0.0.0.0", "0.0.0.1", "192.0.2.2", "192.0.2.255", "198.18.0.9", "255.255.255.255", "224.0.0.1",
         "224.0.0.251", "239.255.255.250", "::1", "::", "::7f00:1", "::ffff:127.0.0.1", "::ffff:0:127.0.0.1", "::ffff:198.18.0.9",
         "2001:db8:1::2", "ff02::1", "ff02::fb", "ff05::c", "ff0e::1"] + sys.argv[1:]
tried = 0
for h in hosts:
    v6 = ":" in h
    to = (h, 9000, 0, index if h[:2] in ("fe", "ff") else 0) if v6 else (h, 9000)
    for how in (None, device, unicast, multicast, broadcast, direct, source, packet):
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            s = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, kind); s.settimeout(0.2)
            tried += 1
            try:
                if how:
                    how(s)
                if kind == socket.SOCK_STREAM:
                    s.connect(to); s.sendall(b"x"); print("connected", h, how, s.getsockname() == s.getpeername())
                elif how is packet:
                    info = (socket.IPPROTO_IPV6, 50, b"\0" * 16 + struct.pack("I", index)) if v6 and "." not in h else \
                        (0, 8, struct.pack("I4s4s", index, any4, any4))
                    s.sendmsg([h.encode()], [info], 0, to)
                else:
                    s.sendto(("%s %s" % (h, how and how.__name__)).encode(), to)
            except OSError:
                pass
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(5)
s.sendto(b"x", ("198.51.100.7", 9000))
print(tried > 300, s.recv(10).decode())
END
chmod a+r knock.py
cat > answer.py << 'END'
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("198.51.100.7", 9000))
while True:
    s.sendto(b"outside", s.recvfrom(10)[1])
END
outside python3 answer.py &
mkfifo hold
python3 hear.py < hold > heard &
exec 8> hold
await grep -q ready heard
link_local=$(ip -6 -br addr show dev h0 | grep -o 'fe80::[^/]*')
knock() { # OPTION...
	run user timeout 200 "$SBOX" --net=user --cwd=ro "$@" -- python3 knock.py "$link_local" "::ffff:192.0.2.2" "fe80::1"
	is "what is sent outside arrives, what was sent before it has gone its way ($*)" "$out" "True outside"
	is "the host heard none of it" "$(sort heard | uniq | head -n 20)" ready
}
knock
knock --publish=127.0.0.1:9555:9000
knock --set network.allow=198.51.100.7
# From the host itself the listeners are heard.
python3 -c '
import socket
for h in ("127.0.0.1", "198.18.0.9", "224.0.0.1"):
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"test", (h, 9000))
socket.create_connection(("127.0.0.1", 9000))'
await grep -q tcp heard
is "(it hears what the host sends)" "$(grep -c ^heard heard)" 4
exec 8>&-

# ---- from namespaces of the program's own, and with more rights ----
for nested in sandbox full; do
	run user "$SBOX" --net=user --set namespaces.nested=$nested -- sh -c 'unshare --user --map-root-user ip link set lo down && echo done
		unshare --user --map-root-user --net ip -br link | cut -d " " -f 1 | tr "\n" " "'
	is "nested = $nested: root in a namespace below is none over the network, and what it makes has no way out" "$out" "lo "
done
for cap in net_admin net_raw; do
	complains "keep = $cap" 125 "cannot be kept with mode = user" user "$SBOX" --net=user --set capabilities.keep=$cap -- true
done
complains "multicast in allow" 125 "do not leave the sandbox" user "$SBOX" --net=user --set network.allow=224.0.0.251 -- true
run user "$SBOX" explain --net=user --host 224.0.0.251 --host ff02::fb:5353 --host '[ff02::fb]:5353'
is "explain knows" "$(grep -c 'multicast and broadcast do not leave the sandbox' <<< "$out")" 3
if [ -x /usr/sbin/nft ]; then
	refuses "the table cannot be read or changed" user "$SBOX" --net=user -- /usr/sbin/nft flush ruleset
else
	skip "the table cannot be read or changed" "nft (nftables) is not installed"
fi

finish
